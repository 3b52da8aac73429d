//! The register of connections, and the mailbox through which others reach one.

use super::blocking::Waiter;
use super::settings::OutputLimit;
use crate::resp::{Encoder, Protocol};
use mainstay_foundation::{Instant, Timestamp};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

/// What lies in a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub enum Mail {
    /// Bytes to be sent as they are.
    Bytes(Vec<u8>),
    /// The connection has to be closed, for this reason.
    Close(&'static str),
}

/// Messages for one connection from others. Bounded: who does not read is closed.
#[derive(Debug)]
pub struct Mailbox {
    resp3: AtomicBool,
    limit: Mutex<OutputLimit>,
    inner: Mutex<MailboxInner>,
}

#[derive(Debug, Default)]
struct MailboxInner {
    bytes: Vec<u8>,
    close: Option<&'static str>,
    waker: Option<Waker>,
}

impl Mailbox {
    fn new(limit: OutputLimit) -> Self {
        Self { resp3: AtomicBool::new(false), limit: Mutex::new(limit), inner: Mutex::default() }
    }

    /// The connection changed its protocol.
    pub fn set_protocol(&self, protocol: Protocol) {
        self.resp3.store(protocol == Protocol::Resp3, Ordering::Relaxed);
    }

    /// Adds an out-of-band message of bulk strings. Beyond the hard limit the connection is told to close instead.
    pub fn push(&self, parts: &[&[u8]]) {
        let protocol = if self.resp3.load(Ordering::Relaxed) { Protocol::Resp3 } else { Protocol::Resp2 };
        let hard = self.limit.lock().hard;
        let mut inner = self.inner.lock();
        if inner.close.is_some() {
            return;
        }
        let mut encoder = Encoder::new(std::mem::take(&mut inner.bytes), protocol);
        encoder.push(parts.len());
        for part in parts {
            encoder.bulk(part);
        }
        inner.bytes = encoder.into_bytes();
        if hard > 0 && inner.bytes.len() > hard {
            inner.bytes = Vec::new();
            inner.close = Some("its output buffer is full of messages that it does not read");
        }
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// Tells the connection to close.
    pub fn close(&self, why: &'static str) {
        let mut inner = self.inner.lock();
        inner.close.get_or_insert(why);
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// Whether the connection was told to close.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.inner.lock().close.is_some()
    }

    /// Waits for mail; call again when woken.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Mail> {
        let mut inner = self.inner.lock();
        if let Some(why) = inner.close {
            return Poll::Ready(Mail::Close(why));
        }
        if inner.bytes.is_empty() {
            // Mostly the same task asks again: its waker is cloned only when it changed.
            if inner.waker.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
                inner.waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        }
        Poll::Ready(Mail::Bytes(std::mem::take(&mut inner.bytes)))
    }

    /// Waits for the order to close, leaving other mail where it is; call again when woken.
    pub fn poll_close(&self, cx: &mut Context<'_>) -> Poll<&'static str> {
        let mut inner = self.inner.lock();
        match inner.close {
            Some(why) => Poll::Ready(why),
            None => {
                inner.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Takes bytes that are already there, if any.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.inner.lock().bytes)
    }

    /// Bytes waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.lock().bytes.len()
    }

    /// Whether no bytes wait.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What is known of a connection from outside, as `CLIENT LIST` shows it.
#[derive(Debug)]
pub struct ClientInfo {
    /// Never given twice.
    pub id: u64,
    /// `ip:port` of the client.
    pub address: String,
    /// `ip:port` of the listener.
    pub local_address: String,
    /// When it connected.
    pub since: Timestamp,
    /// Messages from others.
    pub mailbox: Arc<Mailbox>,
    /// `CLIENT SETNAME`.
    pub name: Mutex<Vec<u8>>,
    /// `CLIENT SETINFO LIB-NAME`.
    pub library_name: Mutex<Vec<u8>>,
    /// `CLIENT SETINFO LIB-VER`.
    pub library_version: Mutex<Vec<u8>>,
    /// The user's name.
    pub user: Mutex<Vec<u8>>,
    /// The selected database.
    pub db: AtomicU8,
    /// 2 or 3.
    pub protocol: AtomicU8,
    /// When it last sent something (monotonic, nanoseconds).
    pub last_active: AtomicU64,
    /// The id of its last command.
    pub last_command: AtomicU16,
    /// Commands queued in a transaction; -1 without one.
    pub queued: AtomicI64,
    /// Watched keys.
    pub watching: AtomicUsize,
    /// Subscribed channels.
    pub channels: AtomicUsize,
    /// Subscribed patterns.
    pub patterns: AtomicUsize,
    /// Unparsed bytes.
    pub query_bytes: AtomicUsize,
    /// `CLIENT NO-EVICT`: told by `CLIENT LIST`; no connection is closed for memory here.
    pub no_evict: AtomicBool,
    /// `CLIENT NO-TOUCH`: told by `CLIENT LIST`.
    pub no_touch: AtomicBool,
    /// Bytes not yet sent.
    pub output_bytes: AtomicUsize,
    waiter: Mutex<Weak<Waiter>>,
}

impl ClientInfo {
    /// A connection for tests and simulations, outside the register.
    #[must_use]
    pub fn detached(id: u64) -> Arc<Self> {
        let limit = OutputLimit { hard: 0, soft: 0, soft_seconds: 0 };
        Arc::new(Self::new(id, String::from("-"), String::from("-"), Timestamp::default(), limit))
    }

    fn new(id: u64, address: String, local_address: String, since: Timestamp, limit: OutputLimit) -> Self {
        Self {
            id,
            address,
            local_address,
            since,
            mailbox: Arc::new(Mailbox::new(limit)),
            name: Mutex::default(),
            library_name: Mutex::default(),
            library_version: Mutex::default(),
            user: Mutex::new(b"default".to_vec()),
            db: AtomicU8::new(0),
            protocol: AtomicU8::new(2),
            last_active: AtomicU64::new(0),
            last_command: AtomicU16::new(u16::MAX),
            queued: AtomicI64::new(-1),
            watching: AtomicUsize::new(0),
            channels: AtomicUsize::new(0),
            patterns: AtomicUsize::new(0),
            query_bytes: AtomicUsize::new(0),
            no_evict: AtomicBool::new(false),
            no_touch: AtomicBool::new(false),
            output_bytes: AtomicUsize::new(0),
            waiter: Mutex::default(),
        }
    }

    pub(super) fn block(&self, waiter: &Arc<Waiter>) {
        *self.waiter.lock() = Arc::downgrade(waiter);
    }

    /// What it waits for, if it is blocked.
    #[must_use]
    pub fn blocked(&self) -> Option<Arc<Waiter>> {
        self.waiter.lock().upgrade()
    }

    /// Whether it waits for a key.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked().is_some_and(|waiter| waiter.is_waiting())
    }

    /// Whether it subscribed to anything.
    #[must_use]
    pub fn is_subscriber(&self) -> bool {
        self.channels.load(Ordering::Relaxed) + self.patterns.load(Ordering::Relaxed) > 0
    }

    /// Bytes of replies that it did not take yet.
    #[must_use]
    pub fn unsent_bytes(&self) -> usize {
        self.output_bytes.load(Ordering::Relaxed)
    }

    /// Notes how many bytes of replies wait.
    pub fn set_unsent_bytes(&self, bytes: usize) {
        self.output_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Idle time.
    #[must_use]
    pub fn idle_s(&self, now: Instant) -> u64 {
        now.since(Instant::from_nanos(self.last_active.load(Ordering::Relaxed))).as_secs()
    }
}

/// All connections.
#[derive(Debug, Default)]
pub struct Clients {
    next: AtomicU64,
    all: Mutex<BTreeMap<u64, Arc<ClientInfo>>>,
}

impl Clients {
    /// Registers a connection.
    pub fn add(&self, address: String, local_address: String, since: Timestamp, limit: OutputLimit) -> Arc<ClientInfo> {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let client = Arc::new(ClientInfo::new(id, address, local_address, since, limit));
        self.all.lock().insert(id, Arc::clone(&client));
        client
    }

    /// Forgets a connection.
    pub fn remove(&self, id: u64) {
        self.all.lock().remove(&id);
    }

    /// The connection of that id.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<Arc<ClientInfo>> {
        self.all.lock().get(&id).cloned()
    }

    /// All connections, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<ClientInfo>> {
        self.all.lock().values().cloned().collect()
    }

    /// How many there ever were.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.lock().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
