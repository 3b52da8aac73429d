//! Requests per second and CPU per request, for small commands.

use crate::load::{Work, both, compare};
use crate::options::Options;
use crate::report::{Goal, Report, Row};
use crate::server::Durability;

const KEYS: u64 = 100_000;
const VALUE: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// Random keys (or fields and members), so that no run lives in one cache line.
const COMMANDS: &[(&str, &[&str])] = &[
    ("SET", &["SET", "key:__rand_int__", VALUE]),
    ("GET", &["GET", "key:__rand_int__"]),
    ("INCR", &["INCR", "counter:__rand_int__"]),
    ("LPUSH", &["LPUSH", "list:__rand_int__", "item"]),
    ("HSET", &["HSET", "hash:__rand_int__", "field:__rand_int__", "value"]),
    ("ZADD", &["ZADD", "zset:__rand_int__", "1", "member:__rand_int__"]),
    (
        "MSET",
        &[
            "MSET",
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
            "key:__rand_int__",
            VALUE,
        ],
    ),
];

/// Which commands are measured under a durability.
const PLAN: &[(Durability, &[&str])] = &[
    (Durability::Never, &["SET", "GET", "INCR", "LPUSH", "HSET", "ZADD", "MSET"]),
    (Durability::EverySecond, &["SET", "GET"]),
    (Durability::Always, &["SET"]),
];

pub fn measure(options: &Options, report: &mut Report) {
    for (durability, names) in PLAN {
        for (name, command) in COMMANDS.iter().filter(|(name, _)| names.contains(name)) {
            // New servers for each command: lists and hashes of the one do not weigh on the next.
            let servers = both(options, *durability);
            for server in &servers {
                crate::load::fill(server, KEYS, &[]);
            }
            for pipeline in [1, 16] {
                let full = requests(*durability, name, pipeline);
                let work = Work { command, pipeline, requests: options.scaled(full), keys: KEYS };
                let compared = compare(options, &servers, &work);
                let what = format!("{name} P={pipeline}, durability {}", durability.name());
                let (rate_goal, cpu_goal) = goals(*durability, name, pipeline);
                report.add(Row::new("throughput", &what, "requests/s", &compared.rate, rate_goal));
                report.add(Row::new("CPU per request", &what, "µs", &compared.cpu, cpu_goal));
            }
        }
    }
}

/// Enough for about a second a run.
fn requests(durability: Durability, name: &str, pipeline: u64) -> u64 {
    match (durability, name, pipeline) {
        (Durability::Always, _, 1) => 30_000,
        (Durability::Always, ..) => 200_000,
        (_, "MSET", 1) => 50_000,
        (_, "MSET", _) => 100_000,
        (_, _, 1) => 80_000,
        _ => 600_000,
    }
}

fn goals(durability: Durability, name: &str, pipeline: u64) -> (Goal, Goal) {
    match (durability, pipeline) {
        (Durability::Always, _) => (Goal::RatioAtLeast(1.0), Goal::None),
        (Durability::EverySecond, _) => (Goal::None, Goal::None),
        (Durability::Never, 1) => (Goal::RatioAtLeast(0.95), Goal::RatioAtMost(1.0)),
        (Durability::Never, _) if matches!(name, "SET" | "GET" | "INCR") => (Goal::RatioAtLeast(1.2), Goal::None),
        (Durability::Never, _) => (Goal::RatioAtLeast(1.0), Goal::None),
    }
}
