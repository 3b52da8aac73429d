//! How long a server that was killed takes until it answers again.

use crate::load::{both, fill};
use crate::options::Options;
use crate::report::{Goal, Report, Row, Sample};
use crate::server::Durability;

pub fn measure(options: &Options, report: &mut Report) {
    let keys = options.scaled(1_000_000);
    let mut seconds: [Sample; 2] = Default::default();
    let servers = both(options, Durability::EverySecond);
    for server in &servers {
        fill(server, keys, &[]);
    }
    let mut servers = servers.map(Some);
    for _ in 0..options.rounds.min(5) {
        for (index, slot) in servers.iter_mut().enumerate() {
            let (server, took) = slot.take().expect("a server runs").restart();
            let kept = server.connect().call(&["DBSIZE"]);
            assert_eq!(kept, format!(":{keys}"), "a restart keeps every key");
            seconds[index].push(took.as_secs_f64());
            *slot = Some(server);
        }
    }
    let what = format!("restart after a kill with {keys} keys in the log");
    report.add(Row::new("recovery", &what, "s", &seconds, Goal::RatioAtMost(1.0)));
}
