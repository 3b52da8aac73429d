//! One connection: bytes in, commands run inline, bytes out.
//!
//! A turn reads what the socket has into a buffer of the thread, runs the requests in it one after the other, and writes their replies in
//! one piece. A connection owns buffers only while a request or a reply is unfinished, so ten thousand idle ones cost little. Replies
//! wait for the log where their keyspace promises it.

use super::node::{Node, Phase};
use mainstay_node::engine::{Clock, Flow, Mail, Request, WaitOutcome, Waiter};
use mainstay_node::resp::{Encoder, Parsed, Parser};
use mainstay_node::session::Session;
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// Replies are sent when they reach this, before more requests are run.
const FLUSH_BYTES: usize = 256 << 10;
/// With so many bytes of replies unsent, no more requests of the client are run.
const PAUSE_BYTES: usize = 32 << 20;
/// What a blocked client may send ahead.
const BLOCKED_BYTES_MAX: usize = 64 << 10;
/// Pause before a command is tried again that met a running script.
const RETRY: Duration = Duration::from_millis(1);

thread_local! {
    /// Input and output of the running turn.
    static SCRATCH: RefCell<(Vec<u8>, Vec<u8>)> = RefCell::new((vec![0; READ_BYTES], Vec::with_capacity(READ_BYTES)));
}

/// What follows a turn.
enum Step {
    /// Wait for more input.
    Read,
    /// Go on with input that is there, once the replies are sent.
    Resume,
    /// The same, a moment later.
    Retry,
    /// Wait for a key.
    Wait(Arc<Waiter>),
    /// Do something that only the shell can, then go on.
    Ask(Request),
    /// Send what is written and close.
    Close(&'static str),
    /// The client is gone.
    Gone,
}

/// Where a turn's requests lie.
enum Input<'a> {
    /// In the thread's buffer.
    Scratch(&'a [u8]),
    /// In the connection's own.
    Owned(Vec<u8>),
}

impl Input<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Scratch(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

struct Connection<S> {
    stream: S,
    node: Arc<Node>,
    session: Session,
    parser: Parser,
    /// An unfinished request, or requests that wait for their turn.
    pending: Vec<u8>,
    /// Replies not yet sent.
    unsent: Vec<u8>,
    /// How many bytes of `unsent` are sent.
    sent: usize,
    /// Whether `pending` is to be looked at before the socket.
    resume: bool,
}

/// Serves a connection to its end.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(stream: S, node: Arc<Node>, peer: String, local: String) {
    let limit = node.engine.settings().output_pubsub;
    let client = node.engine.clients.add(peer, local, node.clock.now(), limit);
    let mut session = Session::new(Arc::clone(&client), node.engine.dice());
    node.engine.greet(&mut session);
    let mut connection = Connection {
        stream,
        node: Arc::clone(&node),
        session,
        parser: Parser::default(),
        pending: Vec::new(),
        unsent: Vec::new(),
        sent: 0,
        resume: false,
    };
    if let Some(why) = connection.serve().await {
        node.logger.info(
            "connection",
            "closed",
            &[("client", &client.id), ("peer", &client.address), ("reason", &why)],
        );
    }
    let Connection { mut session, pending, .. } = connection;
    node.query_bytes.fetch_sub(pending.capacity(), Ordering::Relaxed);
    node.engine.leave(&mut session);
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Serves until the client leaves (`None`) or has to (the reason).
    async fn serve(&mut self) -> Option<String> {
        loop {
            let step = match poll_fn(|cx| self.poll_turn(cx)).await {
                Ok(step) => step,
                Err(error) if is_departure(&error) => return None,
                Err(error) => return Some(error.to_string()),
            };
            match step {
                // Replies that the socket does not take yet go out between further turns: a client may send a long pipeline before
                // it reads. Only their limit ends that.
                Step::Read => continue,
                Step::Resume => {
                    self.resume = true;
                    continue;
                }
                _ if self.unsent.is_empty() => {}
                _ => {
                    if let Err(error) = self.flush().await {
                        return (!is_departure(&error)).then(|| error.to_string());
                    }
                }
            }
            match step {
                Step::Read | Step::Resume => {}
                Step::Retry => {
                    tokio::time::sleep(RETRY).await;
                    self.resume = true;
                }
                Step::Wait(waiter) => {
                    if let Some(ended) = self.wait(waiter).await {
                        return ended;
                    }
                    self.resume = true;
                }
                Step::Ask(request) => {
                    if let Err(error) = self.node.perform(request).await {
                        self.unsent.extend_from_slice(format!("-ERR {error}\r\n").as_bytes());
                    } else if request == Request::SnapshotNow {
                        self.unsent.extend_from_slice(b"+OK\r\n");
                    }
                    if let Err(error) = self.flush().await {
                        return (!is_departure(&error)).then(|| error.to_string());
                    }
                    self.resume = true;
                }
                Step::Close("") | Step::Gone => return None,
                Step::Close(why) => return Some(why.to_owned()),
            }
        }
    }

    /// One turn: replies that wait, mail, requests that wait, or what the socket has.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Step>> {
        if !self.unsent.is_empty() {
            if let Poll::Ready(Err(error)) = self.poll_drain(cx) {
                return Poll::Ready(Err(error));
            }
            let hard = self.node.engine.settings().output_normal.hard;
            if hard > 0 && hard < PAUSE_BYTES && self.unsent.len() - self.sent > hard {
                self.forget_unsent();
                return Poll::Ready(Ok(Step::Close(
                    "its output buffer is over its limit: it does not read its replies",
                )));
            }
        }
        // A client that is behind with reading has its requests read on, so that it is not stuck with sending them, but not run.
        let paused = self.unsent.len() - self.sent >= PAUSE_BYTES;
        if !paused && std::mem::take(&mut self.resume) && !self.pending.is_empty() {
            let input = std::mem::take(&mut self.pending);
            return SCRATCH.with_borrow_mut(|(_, out)| self.take_turn(cx, Input::Owned(input), out)).map(Ok);
        }
        match self.poll_mail(cx) {
            Poll::Ready(step) => return Poll::Ready(Ok(step)),
            Poll::Pending => {}
        }
        SCRATCH.with_borrow_mut(|(input, out)| {
            let mut read = ReadBuf::new(input);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            let read = read.filled();
            if read.is_empty() {
                if paused && self.resume {
                    // It will send no more, but is owed answers to what it sent.
                    return Poll::Pending;
                }
                return Poll::Ready(Ok(Step::Gone));
            }
            if self.pending.is_empty() && !paused {
                return self.take_turn(cx, Input::Scratch(read), out).map(Ok);
            }
            let before = self.pending.capacity();
            self.pending.extend_from_slice(read);
            let grown = self.pending.capacity() - before;
            let total = self.node.query_bytes.fetch_add(grown, Ordering::Relaxed) + grown;
            if total > self.node.engine.settings().query_bytes_max {
                return Poll::Ready(Ok(Step::Close("the query buffers of all clients are over their limit")));
            }
            if paused {
                self.resume = true;
                return Poll::Ready(Ok(Step::Read));
            }
            if self.parser.wanted(self.pending.len()) > 0 {
                return Poll::Ready(Ok(Step::Read));
            }
            let input = std::mem::take(&mut self.pending);
            self.take_turn(cx, Input::Owned(input), out).map(Ok)
        })
    }

    /// Messages from others. While replies wait for the client to read, messages stay in the mailbox, where their own limit holds.
    fn poll_mail(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        let mailbox = &self.session.client.mailbox;
        if !self.unsent.is_empty() {
            return mailbox.poll_close(cx).map(Step::Close);
        }
        match ready!(mailbox.poll(cx)) {
            Mail::Bytes(bytes) => {
                self.unsent = bytes;
                Poll::Ready(Step::Read)
            }
            Mail::Close(why) => Poll::Ready(Step::Close(why)),
        }
    }

    /// Runs the requests in `input`, keeps what is left of it, and sends the replies if they may leave at once.
    fn take_turn(&mut self, cx: &mut Context<'_>, input: Input<'_>, out: &mut Vec<u8>) -> Poll<Step> {
        self.session.clock = self.node.clock.instant();
        self.session.client.last_active.store(self.session.clock.as_nanos(), Ordering::Relaxed);
        out.clear();
        let mut encoder = Encoder::new(std::mem::take(out), self.session.protocol);
        let (used, step) = self.run_requests(input.bytes(), &mut encoder);
        *out = encoder.into_bytes();
        self.node.engine.flush_samples(&mut self.session);
        self.keep(input, used);
        let sent = if self.unsent.is_empty() && self.session.sync_lsn <= self.node.journal.synced_lsn() {
            match Pin::new(&mut self.stream).poll_write(cx, out) {
                Poll::Ready(Ok(sent)) => sent,
                // The error comes again with the next write, where it is handled.
                Poll::Ready(Err(_)) | Poll::Pending => 0,
            }
        } else {
            0
        };
        if sent < out.len() {
            self.unsent.extend_from_slice(&out[sent..]);
            self.session.client.set_unsent_bytes(self.unsent.len() - self.sent);
        }
        if out.capacity() > 4 * FLUSH_BYTES {
            *out = Vec::with_capacity(READ_BYTES);
        }
        Poll::Ready(step)
    }

    /// Sends replies as far as the log and the socket allow; ready when none is left.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.session.sync_lsn > self.node.journal.synced_lsn()
            && ready!(self.node.journal.poll_synced(self.session.sync_lsn, cx)).is_err()
        {
            // What the replies tell is unknown: the connection ends without them.
            self.forget_unsent();
            return Poll::Ready(Err(io::Error::other("the log failed before its writes were durable")));
        }
        while self.sent < self.unsent.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unsent[self.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.sent += sent,
            }
            self.session.client.set_unsent_bytes(self.unsent.len() - self.sent);
        }
        self.forget_unsent();
        Poll::Ready(Ok(()))
    }

    fn forget_unsent(&mut self) {
        (self.unsent, self.sent) = (Vec::new(), 0);
        self.session.client.set_unsent_bytes(0);
    }

    /// Keeps what follows the first `used` bytes of `input`.
    fn keep(&mut self, input: Input<'_>, used: usize) {
        let before = match &input {
            Input::Scratch(_) => 0,
            Input::Owned(bytes) => bytes.capacity(),
        };
        self.pending = match input {
            Input::Owned(bytes) if used == 0 => bytes,
            Input::Owned(bytes) => bytes[used..].to_vec(),
            Input::Scratch(bytes) => bytes[used..].to_vec(),
        };
        let now = self.pending.capacity();
        if now >= before {
            self.node.query_bytes.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.node.query_bytes.fetch_sub(before - now, Ordering::Relaxed);
        }
    }

    /// Runs requests until the input ends, or something has to be done first. Returns how much of the input is done with.
    fn run_requests(&mut self, input: &[u8], out: &mut Encoder) -> (usize, Step) {
        let settings = self.node.engine.settings();
        let mut at = 0;
        loop {
            let limits = if self.session.user.is_some() { settings.request } else { settings.unauthenticated };
            let (used, flow) = match self.parser.parse(&input[at..], &limits) {
                Ok(Parsed::Incomplete) => return (at, Step::Read),
                Ok(Parsed::Request(used)) => (used, self.run_spans(&input[at..], out)),
                Ok(Parsed::Inline(used, words)) => {
                    let args: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
                    (used, self.node.engine.execute(&mut self.session, &args, out))
                }
                Err(error) => {
                    out.error(format!("ERR Protocol error: {error}").as_bytes());
                    return (input.len(), Step::Close("it broke the protocol"));
                }
            };
            if matches!(flow, Flow::Retry) {
                return (at, Step::Retry);
            }
            at += used;
            match flow {
                Flow::Continue => {}
                Flow::Retry => unreachable!("handled above"),
                Flow::Close => return (at, Step::Close("")),
                Flow::Wait(waiter) => return (at, Step::Wait(waiter)),
                Flow::Ask(request) => return (at, Step::Ask(request)),
            }
            if out.len() >= FLUSH_BYTES {
                return (at, Step::Resume);
            }
        }
    }

    /// Runs the request that the parser just found.
    fn run_spans(&mut self, input: &[u8], out: &mut Encoder) -> Flow {
        const FEW: usize = 8;
        let spans = self.parser.spans();
        let arg = |&(start, len): &(u32, u32)| &input[start as usize..start as usize + len as usize];
        if spans.len() <= FEW {
            let mut few: [&[u8]; FEW] = [&[]; FEW];
            few.iter_mut().zip(spans).for_each(|(slot, span)| *slot = arg(span));
            self.node.engine.execute(&mut self.session, &few[..spans.len()], out)
        } else {
            let args: Vec<&[u8]> = spans.iter().map(arg).collect();
            self.node.engine.execute(&mut self.session, &args, out)
        }
    }

    /// Sends all replies before anything else happens; ends early if the connection is told to close while the client does not read.
    async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| match self.poll_drain(cx) {
            // A node that stops lets its clients take what they are owed, as long as its drain time lasts.
            Poll::Pending if !self.unsent.is_empty() && self.node.phase() != Phase::Draining => {
                self.session.client.mailbox.poll_close(cx).map(|why| Err(io::Error::other(why)))
            }
            other => other,
        })
        .await
    }

    /// Waits for a key; `Some` if the connection ended meanwhile.
    async fn wait(&mut self, waiter: Arc<Waiter>) -> Option<Option<String>> {
        let timeout = waiter.timeout_ms.map(Duration::from_millis);
        let mut timer = pin!(async {
            match timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => std::future::pending().await,
            }
        });
        let ended = poll_fn(|cx| {
            if let Poll::Ready(outcome) = waiter.poll(cx) {
                return Poll::Ready(Ok(outcome));
            }
            if timer.as_mut().poll(cx).is_ready() {
                waiter.time_out();
                if let Poll::Ready(outcome) = waiter.poll(cx) {
                    return Poll::Ready(Ok(outcome));
                }
            }
            self.poll_while_blocked(cx).map(Err)
        })
        .await;
        self.node.engine.forget_waiter(&waiter);
        match ended {
            Ok(WaitOutcome::Served(reply, lsn)) => {
                self.unsent.extend_from_slice(&reply);
                self.session.sync_lsn = self.session.sync_lsn.max(lsn);
            }
            Ok(WaitOutcome::TimedOut(reply)) => self.unsent.extend_from_slice(&reply),
            Ok(WaitOutcome::Unblocked) => {
                self.unsent.extend_from_slice(b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
            }
            Err(why) => return Some(why),
        }
        if let Err(error) = self.flush().await {
            return Some((!is_departure(&error)).then(|| error.to_string()));
        }
        None
    }

    /// Ready if the client leaves or has to while it is blocked; what it sends ahead is kept.
    fn poll_while_blocked(&mut self, cx: &mut Context<'_>) -> Poll<Option<String>> {
        if let Poll::Ready(why) = self.session.client.mailbox.poll_close(cx) {
            return Poll::Ready(Some(why.to_owned()));
        }
        if self.pending.len() >= BLOCKED_BYTES_MAX {
            return Poll::Pending;
        }
        SCRATCH.with_borrow_mut(|(input, _)| {
            let mut read = ReadBuf::new(input);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read)) {
                Ok(()) if !read.filled().is_empty() => {
                    let before = self.pending.capacity();
                    self.pending.extend_from_slice(read.filled());
                    self.node.query_bytes.fetch_add(self.pending.capacity() - before, Ordering::Relaxed);
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                Ok(()) => Poll::Ready(None),
                Err(error) => Poll::Ready((!is_departure(&error)).then(|| error.to_string())),
            }
        })
    }
}

/// Whether the client just went away, which is no news.
fn is_departure(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionAborted
    )
}
