//! Resident bytes per key, for small keys with and without a time to live.

use crate::load::fill;
use crate::options::Options;
use crate::report::{Goal, Report, Row, Sample};
use crate::server::{Durability, Server, Side};

const BYTES_PER_KEY_MAX: f64 = 125.0;
const BYTES_PER_TTL_MAX: f64 = 8.0;

pub fn measure(options: &Options, report: &mut Report) {
    let keys = options.scaled(1_000_000);
    let mut plain: [Sample; 2] = Default::default();
    let mut expiring: [Sample; 2] = Default::default();
    let mut difference: [Sample; 2] = Default::default();
    // The size depends on the content alone; three rounds show that.
    for _ in 0..options.rounds.min(3) {
        for (index, side) in [Side::Mainstay, Side::Redis].into_iter().enumerate() {
            let without = bytes_per_key(options, side, keys, &[]);
            let with = bytes_per_key(options, side, keys, &["EX", "100000"]);
            plain[index].push(without);
            expiring[index].push(with);
            difference[index].push(with - without);
        }
    }
    let what = |more: &str| format!("{keys} keys of 16 B with values of 64 B{more}");
    report.add(Row::new("memory", &what(""), "B/key", &plain, Goal::AtMost(BYTES_PER_KEY_MAX)));
    report.add(Row::new("memory", &what(" and a TTL"), "B/key", &expiring, Goal::None));
    report.add(Row::new("memory", "what a TTL adds", "B/key", &difference, Goal::AtMost(BYTES_PER_TTL_MAX)));
}

fn bytes_per_key(options: &Options, side: Side, keys: u64, more: &[&str]) -> f64 {
    let server = Server::start(options, side, Durability::Never);
    let before = server.resident_bytes();
    fill(&server, keys, more);
    (server.resident_bytes().saturating_sub(before)) as f64 / keys as f64
}
