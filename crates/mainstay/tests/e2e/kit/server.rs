//! Server processes: the one under test, and Debian's redis-server that it is compared with.
//!
//! The server under test is the `mainstay` binary of this build. With `E2E_SUBJECT=redis-server` it is redis-server
//! instead: so the tests themselves can be tried against the behaviour that they describe.

use super::start::{self, StartFailure};
use super::{Client, Directory, shell_signal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a server may take to end after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// Where a server listens for RESP.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Durability {
    #[default]
    Never,
    EverySecond,
    Always,
}

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) durability: Durability,
    /// More arguments for redis-server.
    pub(crate) redis_arguments: Vec<String>,
    /// More lines for the TOML file of `mainstay`, before its `[keyspace.default]`.
    pub(crate) toml: String,
    /// Variables that the process sees beside those of the test.
    pub(crate) environment: Vec<(String, String)>,
    /// Whether the admin address is that of `toml`, not a free port.
    pub(crate) admin_from_file: bool,
    /// No file of the process may grow past this many bytes; the write that would fails with an error.
    pub(crate) file_bytes_max: Option<u64>,
    /// Where data goes, if not into the server's own directory.
    pub(crate) data: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Program {
    Mainstay,
    /// redis-server on a TCP port, in the place of `mainstay`.
    StandIn,
    /// redis-server on a Unix socket.
    Reference,
}

/// A running server; killed on drop.
#[derive(Debug)]
pub(crate) struct Server {
    pub(super) program: Program,
    pub(super) options: Options,
    pub(super) directory: Arc<Directory>,
    pub(super) child: Child,
    pub(super) address: Address,
    pub(super) admin: Option<SocketAddr>,
    pub(super) resp_tls: Option<SocketAddr>,
}

impl Server {
    /// The server under test with default options.
    pub(crate) fn subject() -> Self {
        Self::subject_with(Options::default())
    }

    pub(crate) fn subject_with(options: Options) -> Self {
        start::start(Self::subject_program(), options, Arc::new(Directory::new()))
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Starts the server under test on an existing directory; the text says why it did not start.
    pub(crate) fn try_subject_in(options: Options, directory: Arc<Directory>) -> Result<Self, StartFailure> {
        start::start(Self::subject_program(), options, directory)
    }

    /// Debian's redis-server on a Unix socket, nothing persisted.
    pub(crate) fn reference() -> Self {
        start::start(Program::Reference, Options::default(), Arc::new(Directory::new()))
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// True when the server under test is not `mainstay`: what only `mainstay` has cannot be tested then.
    pub(crate) fn subject_is_stand_in() -> bool {
        Self::subject_program() == Program::StandIn
    }

    fn subject_program() -> Program {
        match std::env::var("E2E_SUBJECT").as_deref() {
            Err(_) | Ok("mainstay") => Program::Mainstay,
            Ok("redis-server") => Program::StandIn,
            Ok(other) => panic!("E2E_SUBJECT={other}: only `mainstay` and `redis-server` are known"),
        }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The TCP port of RESP; panics for a server on a Unix socket.
    pub(crate) fn port(&self) -> u16 {
        match &self.address {
            Address::Tcp(address) => address.port(),
            Address::Unix(path) => panic!("{} is not a port", path.display()),
        }
    }

    /// Where `mainstay` serves its admin pages.
    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin.expect("the program under test prints its admin address")
    }

    /// Where `mainstay` serves RESP over TLS.
    pub(crate) fn resp_tls(&self) -> SocketAddr {
        self.resp_tls.expect("the options ask for a TLS port")
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        let file = std::fs::read(self.directory.path().join("stderr")).expect("standard error is a file");
        String::from_utf8_lossy(&file).into_owned()
    }

    /// Gives it another configuration and SIGHUP; returns what it logs until that is done or refused.
    pub(crate) fn reload(&mut self, options: Options) -> String {
        let before = self.log().len();
        start::write_configuration(&options, &self.directory);
        self.options = options;
        shell_signal("HUP", self.pid());
        let ended = |log: &str| log.contains(r#""msg":"done""#) || log.contains(r#""msg":"refused""#);
        super::eventually("the reload", || ended(&self.log()[before..]));
        self.log()[before..].to_owned()
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(&self.address)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: the process gets no chance to write anything more. The directory stays.
    pub(crate) fn kill(mut self) -> Arc<Directory> {
        self.stop_now();
        Arc::clone(&self.directory)
    }

    /// SIGTERM, then waits for the end; panics after a minute.
    pub(crate) fn terminate(mut self) -> (ExitStatus, Arc<Directory>) {
        shell_signal("TERM", self.pid());
        let give_up = Instant::now() + STOP_TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return (status, Arc::clone(&self.directory));
            }
            assert!(Instant::now() < give_up, "SIGTERM did not end the server");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills it and starts it again on the same directory.
    pub(crate) fn restart_after_kill(self) -> Self {
        let (program, options) = (self.program, self.options.clone());
        let directory = self.kill();
        start::start(program, options, directory).unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Ends it by SIGTERM and starts it again on the same directory.
    pub(crate) fn restart_after_terminate(self) -> Self {
        let (program, options) = (self.program, self.options.clone());
        let (status, directory) = self.terminate();
        assert!(status.success(), "SIGTERM ended the server with {status}");
        start::start(program, options, directory).unwrap_or_else(|failure| panic!("{failure}"))
    }

    fn stop_now(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop_now();
    }
}
