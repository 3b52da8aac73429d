//! The two servers, each on one thread, pinned to one CPU.

use crate::client::Client;
use crate::options::Options;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The CPU of the servers; the load has the next one.
pub const SERVER_CPU: &str = "0";
pub const LOAD_CPU: &str = "1";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    Mainstay,
    Redis,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Durability {
    Never,
    EverySecond,
    Always,
}

impl Durability {
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::EverySecond => "everysec",
            Self::Always => "always",
        }
    }
}

/// A running server; killed on drop, and its data removed.
pub struct Server {
    child: Child,
    address: SocketAddr,
    start: Start,
}

/// How a server is started, and started again.
#[derive(Clone)]
struct Start {
    program: PathBuf,
    is_mainstay: bool,
    durability: Durability,
    directory: PathBuf,
}

impl Server {
    pub fn start(options: &Options, side: Side, durability: Durability) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("mainstay-bench-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a temporary directory can be made");
        let is_mainstay = side == Side::Mainstay && !options.is_self_comparison();
        let program = if is_mainstay { options.mainstay.clone() } else { PathBuf::from("redis-server") };
        Self::run(Start { program, is_mainstay, durability, directory })
    }

    fn run(start: Start) -> Self {
        let (child, address) = if start.is_mainstay { start_mainstay(&start) } else { start_redis(&start) };
        let mut server = Self { child, address, start };
        server.wait_until_loaded();
        server
    }

    /// Kills it, and starts it on the same data: how long until it answers.
    pub fn restart(self) -> (Self, Duration) {
        let start = self.start.clone();
        self.end_keeping_data();
        let begin = Instant::now();
        let server = Self::run(start);
        (server, begin.elapsed())
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn connect(&self) -> Client {
        Client::connect(self.address).expect("the server answers")
    }

    /// CPU time of all its threads so far.
    pub fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the server runs");
        let nanos: u64 = tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
            .filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok())
            .sum();
        Duration::from_nanos(nanos)
    }

    /// Resident bytes, from `smaps_rollup`.
    pub fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = std::fs::read_to_string(path).expect("the server runs");
        let line = text.lines().find_map(|line| line.strip_prefix("Rss:")).expect("a line with the resident size");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number of kB") * 1024
    }

    fn wait_until_loaded(&mut self) {
        let give_up = Instant::now() + Duration::from_secs(300);
        loop {
            if let Ok(mut client) = Client::connect(self.address)
                && client.call(&["PING"]) == "+PONG"
            {
                return;
            }
            let ended = self.child.try_wait().expect("a child can be waited for");
            assert!(ended.is_none(), "the server ended at start: {}", self.log());
            assert!(Instant::now() < give_up, "the server does not get ready: {}", self.log());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.start.directory.join("log")).unwrap_or_default()
    }

    fn end_keeping_data(mut self) {
        self.stop();
        std::mem::forget(self);
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.start.directory);
    }
}

/// The program pinned to a CPU, where there are two.
pub fn pinned(program: &Path, cpu: &str) -> Command {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.arg("-c").arg(cpu).arg(program);
    command
}

fn start_mainstay(start: &Start) -> (Child, SocketAddr) {
    let config = start.directory.join("mainstay.toml");
    let text = format!("[keyspace.default]\ndurability = \"{}\"\n", start.durability.name());
    std::fs::write(&config, text).expect("the directory takes files");
    let mut command = pinned(&start.program, SERVER_CPU);
    command.arg("serve").arg("-c").arg(config).arg("--data").arg(start.directory.join("data"));
    command.args(["--listen-resp", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0"]).env("MAINSTAY_NODE_THREADS", "1");
    let mut child = spawn(&mut command, &start.directory, Stdio::piped());
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.split_once("listening resp=")?.1.split_whitespace().next()?.parse().ok());
    let address = address.unwrap_or_else(|| {
        panic!(
            "mainstay did not say where it listens: {}",
            std::fs::read_to_string(start.directory.join("log")).unwrap_or_default()
        )
    });
    // Someone must read on, or the server blocks on a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address)
}

fn start_redis(start: &Start) -> (Child, SocketAddr) {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let mut command = pinned(&start.program, SERVER_CPU);
    command.args(["--port", &address.port().to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.arg("--dir").arg(&start.directory).args(["--auto-aof-rewrite-percentage", "0"]);
    command.args(match start.durability {
        Durability::Never => ["--appendonly", "no", "--appendfsync", "no"],
        Durability::EverySecond => ["--appendonly", "yes", "--appendfsync", "everysec"],
        Durability::Always => ["--appendonly", "yes", "--appendfsync", "always"],
    });
    (spawn(&mut command, &start.directory, Stdio::null()), address)
}

fn spawn(command: &mut Command, directory: &Path, stdout: Stdio) -> Child {
    let log = std::fs::File::create(directory.join("log")).expect("the directory takes files");
    let spawned = command.stdin(Stdio::null()).stdout(stdout).stderr(log).spawn();
    spawned.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"))
}
