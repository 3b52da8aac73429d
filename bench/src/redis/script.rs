//! The token bucket of the reference by EVALSHA.

use crate::load::{Work, both, compare};
use crate::options::Options;
use crate::report::{Goal, Report, Row};
use crate::server::Durability;

const TOKEN_BUCKET: &str = include_str!("../../../crates/mainstay/tests/e2e/token_bucket.lua");

pub fn measure(options: &Options, report: &mut Report) {
    let servers = both(options, Durability::Never);
    let hashes = servers.each_ref().map(|server| server.connect().call(&["SCRIPT", "LOAD", TOKEN_BUCKET]));
    assert_eq!(hashes[0], hashes[1], "a script has one hash everywhere");
    let command = ["EVALSHA", &hashes[0], "1", "bucket:__rand_int__", "1000000", "1000000", "1"];
    for (pipeline, requests) in [(1, 40_000), (16, 80_000)] {
        let work = Work { command: &command, pipeline, requests: options.scaled(requests), keys: 10_000 };
        let compared = compare(options, &servers, &work);
        let what = format!("token bucket by EVALSHA P={pipeline}");
        report.add(Row::new("throughput", &what, "requests/s", &compared.rate, Goal::RatioAtLeast(1.0)));
        report.add(Row::new("CPU per request", &what, "µs", &compared.cpu, Goal::None));
    }
}
