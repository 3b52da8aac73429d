//! Load on one server: redis-benchmark for requests per second, a pipelined client for filling.

use crate::options::Options;
use crate::report::Sample;
use crate::server::{Durability, LOAD_CPU, Server, Side, pinned};
use std::path::Path;

/// Connections of a throughput run.
const CLIENTS: &str = "50";
/// Commands in flight while filling.
const FILL_BATCH: u64 = 1_000;

/// What one run of redis-benchmark sends.
pub struct Work<'a> {
    /// `__rand_int__` becomes a number below `keys`, twelve digits long.
    pub command: &'a [&'a str],
    pub pipeline: u64,
    pub requests: u64,
    pub keys: u64,
}

/// One run.
pub struct Run {
    pub requests_per_second: f64,
    pub server_cpu_us_per_request: f64,
}

pub fn run(server: &Server, work: &Work<'_>) -> Run {
    let mut command = pinned(Path::new("redis-benchmark"), LOAD_CPU);
    command.args(["-h", "127.0.0.1", "-p", &server.address().port().to_string(), "-c", CLIENTS, "--csv", "-e"]);
    command.args(["-P", &work.pipeline.to_string(), "-n", &work.requests.to_string(), "-r", &work.keys.to_string()]);
    command.args(work.command);
    let before = server.cpu();
    let output = command.output().unwrap_or_else(|error| panic!("cannot run redis-benchmark: {error}"));
    let cpu = server.cpu() - before;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = || format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && !text.contains("Error"), "redis-benchmark failed: {}", complaint());
    // "test","rps",…: the name may hold commas, so count from the end.
    let columns: Vec<&str> = text.lines().last().unwrap_or_default().rsplit(',').collect();
    let rate = columns.get(6).and_then(|rate| rate.trim_matches('"').parse().ok());
    Run {
        requests_per_second: rate.unwrap_or_else(|| panic!("redis-benchmark printed no rate: {}", complaint())),
        server_cpu_us_per_request: cpu.as_secs_f64() * 1e6 / work.requests as f64,
    }
}

/// Samples of both sides from interleaved rounds; who begins changes every round.
pub struct Compared {
    pub rate: [Sample; 2],
    pub cpu: [Sample; 2],
}

pub fn compare(options: &Options, servers: &[Server; 2], work: &Work<'_>) -> Compared {
    let mut compared = Compared { rate: Default::default(), cpu: Default::default() };
    for round in 0..options.rounds {
        for turn in 0..2 {
            let side = (round + turn) % 2;
            let run = run(&servers[side], work);
            compared.rate[side].push(run.requests_per_second);
            compared.cpu[side].push(run.server_cpu_us_per_request);
        }
    }
    compared
}

/// Both servers: `mainstay` first.
pub fn both(options: &Options, durability: Durability) -> [Server; 2] {
    [Side::Mainstay, Side::Redis].map(|side| Server::start(options, side, durability))
}

/// Sets `count` keys of 16 bytes to values of 64 bytes, with more arguments for SET where wanted.
pub fn fill(server: &Server, count: u64, more: &[&str]) {
    let mut client = server.connect();
    let value = "v".repeat(64);
    let mut sent = 0;
    while sent < count {
        let batch = FILL_BATCH.min(count - sent);
        for n in sent..sent + batch {
            let key = format!("key:{n:012}");
            let arguments: Vec<&str> = ["SET", &key, &value].iter().chain(more).copied().collect();
            client.queue(&arguments);
        }
        client.flush();
        for _ in 0..batch {
            let reply = client.reply();
            assert_eq!(reply, "+OK");
        }
        sent += batch;
    }
}
