//! A blocking client that shows every reply as it came.

use super::{Address, Reply};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// No reply of a test takes longer than this.
const REPLY_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// One connection. Requests go out as sent, without waiting; replies come in order.
#[derive(Debug)]
pub(crate) struct Client {
    stream: Stream,
    received: Vec<u8>,
    parsed: usize,
}

impl Client {
    /// Connects or panics.
    pub(crate) fn connect(address: &Address) -> Self {
        Self::try_connect(address).unwrap_or_else(|error| panic!("cannot connect to {address:?}: {error}"))
    }

    pub(crate) fn try_connect(address: &Address) -> io::Result<Self> {
        let stream = match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(REPLY_TIMEOUT))?;
                Stream::Tcp(stream)
            }
            Address::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(REPLY_TIMEOUT))?;
                Stream::Unix(stream)
            }
        };
        Ok(Self { stream, received: Vec::new(), parsed: 0 })
    }

    /// Sends one command as an array of bulks and waits for its reply.
    #[track_caller]
    pub(crate) fn call<A: AsRef<[u8]>>(&mut self, arguments: impl IntoIterator<Item = A>) -> Reply {
        self.send(arguments);
        self.receive()
    }

    /// `call` with the words of `line`; none may hold a space.
    #[track_caller]
    pub(crate) fn ask(&mut self, line: &str) -> Reply {
        self.call(line.split_whitespace())
    }

    /// `ask`, shown on one line: see [`Reply`]'s `Display`.
    #[track_caller]
    pub(crate) fn line(&mut self, line: &str) -> String {
        self.ask(line).to_string()
    }

    /// Sends one command without waiting.
    #[track_caller]
    pub(crate) fn send<A: AsRef<[u8]>>(&mut self, arguments: impl IntoIterator<Item = A>) {
        self.send_raw(&encode(arguments)).unwrap_or_else(|error| panic!("cannot send: {error}"));
    }

    /// Sends the words of `line` without waiting.
    #[track_caller]
    pub(crate) fn send_line(&mut self, line: &str) {
        self.send(line.split_whitespace());
    }

    /// Sends bytes as they are.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes),
            Stream::Unix(stream) => stream.write_all(bytes),
        }
    }

    /// The next reply; panics when the connection ends or stays silent for too long.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> Reply {
        self.try_receive().unwrap_or_else(|error| panic!("no reply: {error}"))
    }

    /// The next reply, or why there is none (`UnexpectedEof`: the server closed).
    pub(crate) fn try_receive(&mut self) -> io::Result<Reply> {
        loop {
            if let Some((reply, length)) = Reply::parse(&self.received[self.parsed..]) {
                self.parsed += length;
                if self.parsed == self.received.len() {
                    self.received.clear();
                    self.parsed = 0;
                }
                return Ok(reply);
            }
            if self.read_some()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// True when nothing arrives within `patience`.
    pub(crate) fn is_silent(&mut self, patience: Duration) -> bool {
        self.set_read_timeout(patience);
        let silent = self.parsed == self.received.len()
            && matches!(self.read_some(), Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut));
        self.set_read_timeout(REPLY_TIMEOUT);
        silent
    }

    /// Reads until the server closes and returns every reply before that.
    pub(crate) fn replies_until_closed(&mut self) -> Vec<Reply> {
        let mut replies = Vec::new();
        loop {
            match self.try_receive() {
                Ok(reply) => replies.push(reply),
                Err(error) => {
                    let silent = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                    assert!(!silent, "the connection stays open");
                    return replies;
                }
            }
        }
    }

    /// Reads bytes until the server closes; whether `text` was not among them.
    pub(crate) fn closes_without(&mut self, text: &str) -> bool {
        while self.read_some().expect("the server closes in time") > 0 {}
        !String::from_utf8_lossy(&self.received).contains(text)
    }

    /// Says that nothing more will be sent; replies still arrive.
    pub(crate) fn shutdown_write(&self) {
        let done = match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
        };
        done.expect("the connection is open");
    }

    fn set_read_timeout(&self, timeout: Duration) {
        let done = match &self.stream {
            Stream::Tcp(stream) => stream.set_read_timeout(Some(timeout)),
            Stream::Unix(stream) => stream.set_read_timeout(Some(timeout)),
        };
        done.expect("the timeout is not zero");
    }

    fn read_some(&mut self) -> io::Result<usize> {
        let mut chunk = [0; 64 * 1024];
        let count = match &mut self.stream {
            Stream::Tcp(stream) => stream.read(&mut chunk)?,
            Stream::Unix(stream) => stream.read(&mut chunk)?,
        };
        self.received.extend_from_slice(&chunk[..count]);
        Ok(count)
    }
}

/// One command as an array of bulk strings.
pub(crate) fn encode<A: AsRef<[u8]>>(arguments: impl IntoIterator<Item = A>) -> Vec<u8> {
    let mut body = Vec::new();
    let mut count = 0;
    for argument in arguments {
        let argument = argument.as_ref();
        body.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        body.extend_from_slice(argument);
        body.extend_from_slice(b"\r\n");
        count += 1;
    }
    let mut request = format!("*{count}\r\n").into_bytes();
    request.append(&mut body);
    request
}
