//! How each server program is started, and how it shows that it is ready.

use super::server::{Address, Durability, Options, Program, Server};
use super::{Client, Directory, require};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// How long a server may take to be ready, replay included.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Why a server did not become ready.
#[derive(Debug)]
pub(crate) struct StartFailure {
    /// `None`: it ran but never became ready, and was killed.
    pub(crate) status: Option<ExitStatus>,
    /// Everything it printed.
    pub(crate) output: String,
}

impl std::fmt::Display for StartFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.status {
            Some(status) => write!(f, "the server ended at start with {status}:\n{}", self.output),
            None => write!(f, "the server was not ready after {START_TIMEOUT:?}:\n{}", self.output),
        }
    }
}

pub(super) fn start(program: Program, options: Options, directory: Arc<Directory>) -> Result<Server, StartFailure> {
    match program {
        Program::Mainstay => start_mainstay(options, directory),
        Program::StandIn | Program::Reference => start_redis(program, options, directory),
    }
}

fn start_mainstay(options: Options, directory: Arc<Directory>) -> Result<Server, StartFailure> {
    let config = write_configuration(&options, &directory);
    let data = options.data.clone().unwrap_or_else(|| directory.path().join("data"));
    let mut command = command_of(Path::new(env!("CARGO_BIN_EXE_mainstay")), &options, &directory);
    command.arg("serve").arg("-c").arg(&config).arg("--data").arg(data);
    command.args(["--listen-resp", "127.0.0.1:0"]).stdout(Stdio::piped());
    if !options.admin_from_file {
        command.args(["--listen-admin", "127.0.0.1:0"]);
    }
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let lines = lines_of(&mut child);
    let mut printed = String::new();
    let (mut resp, mut resp_tls, mut admin) = (None, None, None);
    let give_up = Instant::now() + START_TIMEOUT;
    while resp.is_none() || admin.is_none() {
        let Ok(line) = lines.recv_timeout(give_up.saturating_duration_since(Instant::now())) else {
            return Err(failure_of(&mut child, &directory, &printed));
        };
        resp = resp.or_else(|| listening(&line, "resp"));
        resp_tls = resp_tls.or_else(|| listening(&line, "resp_tls"));
        admin = admin.or_else(|| listening(&line, "admin"));
        printed.push_str(&line);
        printed.push('\n');
    }
    let address = Address::Tcp(resp.expect("the loop ended"));
    let server = Server { program: Program::Mainstay, options, directory, child, address, admin, resp_tls };
    Ok(once_loaded(server))
}

/// Puts the TOML file of `options` where `mainstay` reads it at start and at each reload.
pub(super) fn write_configuration(options: &Options, directory: &Directory) -> PathBuf {
    let file = directory.path().join("mainstay.toml");
    std::fs::write(&file, toml_of(options)).expect("the directory takes files");
    file
}

fn toml_of(options: &Options) -> String {
    let durability = match options.durability {
        Durability::Never => "never",
        Durability::EverySecond => "everysec",
        Durability::Always => "always",
    };
    format!("{}\n[keyspace.default]\ndurability = \"{durability}\"\n", options.toml)
}

fn start_redis(program: Program, options: Options, directory: Arc<Directory>) -> Result<Server, StartFailure> {
    let mut command = command_of(&require("redis-server"), &options, &directory);
    let address = if program == Program::Reference {
        let socket = directory.path().join("redis.sock");
        command.args(["--port", "0", "--unixsocket"]).arg(&socket);
        Address::Unix(socket)
    } else {
        let address = free_address();
        command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
        Address::Tcp(address)
    };
    command.args(["--save", "", "--dir"]).arg(options.data.as_deref().unwrap_or(directory.path()));
    command.args(match options.durability {
        Durability::Never => ["--appendonly", "no", "--appendfsync", "no"],
        Durability::EverySecond => ["--appendonly", "yes", "--appendfsync", "everysec"],
        Durability::Always => ["--appendonly", "yes", "--appendfsync", "always"],
    });
    // SORT … ALPHA collates as the environment says: byte order is what can be compared.
    command.args(&options.redis_arguments).env("LC_ALL", "C");
    command.stdout(std::fs::File::create(directory.path().join("stdout")).expect("the directory takes files"));
    let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut server = Server { program, options, directory, child, address, admin: None, resp_tls: None };
    let give_up = Instant::now() + START_TIMEOUT;
    while Client::try_connect(&server.address).is_err() {
        if server.child.try_wait().expect("a child can be waited for").is_some() || Instant::now() > give_up {
            let directory = Arc::clone(&server.directory);
            return Err(failure_of(&mut server.child, &directory, ""));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(once_loaded(server))
}

/// The program with its standard error in a file, and the limit on file sizes where one is asked for: the shell sets
/// it, and ignores the signal that would kill the process in place of an error from `write`.
fn command_of(program: &Path, options: &Options, directory: &Directory) -> Command {
    let mut command = match options.file_bytes_max {
        None => Command::new(program),
        Some(bytes) => {
            let mut shell = Command::new("sh");
            let blocks = bytes / 512;
            shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")).arg(program);
            shell
        }
    };
    let errors = std::fs::File::create(directory.path().join("stderr")).expect("the directory takes files");
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    command.current_dir(directory.path()).stdin(Stdio::null()).stderr(errors);
    command
}

/// An address nobody listens on now. Another process could take it before the server does; the start fails then.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("a listener has an address")
}

/// The address in `listening NAME=ADDRESS`, wherever in the line it stands.
fn listening(line: &str, name: &str) -> Option<SocketAddr> {
    let rest = line.split_once("listening ")?.1;
    let address = rest.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))?;
    address.parse().ok()
}

/// Standard output line by line, read to its end by a thread of its own so that the server never blocks on a full pipe.
fn lines_of(child: &mut Child) -> mpsc::Receiver<String> {
    let output = child.stdout.take().expect("standard output is a pipe");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

/// Waits until the data is there.
fn once_loaded(server: Server) -> Server {
    let give_up = Instant::now() + START_TIMEOUT;
    let mut client = server.connect();
    while client.ask("PING").error().is_some_and(|error| error.starts_with("LOADING")) {
        assert!(Instant::now() < give_up, "still loading after {START_TIMEOUT:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    server
}

/// Collects what a process said that closed its output or never got ready; kills it if it still runs.
fn failure_of(child: &mut Child, directory: &Directory, printed: &str) -> StartFailure {
    let give_up = Instant::now() + Duration::from_secs(5);
    let mut status = None;
    while status.is_none() && Instant::now() < give_up {
        status = child.try_wait().expect("a child can be waited for");
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    let _ = child.wait();
    let file = |name| std::fs::read(directory.path().join(name)).unwrap_or_default();
    let (log, errors) = (file("stdout"), file("stderr"));
    let output = format!("{printed}{}{}", String::from_utf8_lossy(&log), String::from_utf8_lossy(&errors));
    StartFailure { status, output }
}
