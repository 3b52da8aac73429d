//! The longest time one connection waits while the server does something large.

use crate::load::fill;
use crate::options::Options;
use crate::report::{Goal, Report, Row, Sample};
use crate::server::{Durability, Server, Side};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const STALL_MS_MAX: f64 = 20.0;
/// How often the prober asks.
const PERIOD: Duration = Duration::from_millis(1);
/// From setting the last key to the moment when all expire at once.
const UNTIL_EXPIRY: Duration = Duration::from_secs(30);

pub fn measure(options: &Options, report: &mut Report) {
    let keys = options.scaled(1_000_000);
    let mut growing: [Sample; 2] = Default::default();
    let mut expiring: [Sample; 2] = Default::default();
    let mut saving: [Sample; 2] = Default::default();
    for _ in 0..options.rounds.min(3) {
        for (index, side) in [Side::Mainstay, Side::Redis].into_iter().enumerate() {
            growing[index].push(while_growing(options, side, 4 * keys));
            expiring[index].push(while_expiring(options, side, keys));
            saving[index].push(while_saving(options, side, keys));
        }
    }
    let row = |what: String, samples| Row::new("worst stall", &what, "ms", samples, Goal::AtMost(STALL_MS_MAX));
    report.add(row(format!("growing to {} keys", 4 * keys), &growing));
    report.add(row(format!("{keys} keys expire at once"), &expiring));
    report.add(row(format!("snapshot of {keys} keys"), &saving));
}

fn while_growing(options: &Options, side: Side, keys: u64) -> f64 {
    let server = Server::start(options, side, Durability::Never);
    probed(&server, || fill(&server, keys, &[]))
}

fn while_expiring(options: &Options, side: Side, keys: u64) -> f64 {
    let server = Server::start(options, side, Durability::Never);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970") + UNTIL_EXPIRY;
    fill(&server, keys, &["PXAT", &at.as_millis().to_string()]);
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    assert!(now() < at, "filling took longer than {UNTIL_EXPIRY:?}");
    probed(&server, || {
        std::thread::sleep(at.saturating_sub(now()));
        let give_up = Instant::now() + Duration::from_secs(60);
        let mut client = server.connect();
        while client.call(&["DBSIZE"]) != ":0" && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(50));
        }
    })
}

fn while_saving(options: &Options, side: Side, keys: u64) -> f64 {
    let server = Server::start(options, side, Durability::Never);
    fill(&server, keys, &[]);
    let mut client = server.connect();
    let before = client.call(&["LASTSAVE"]);
    // LASTSAVE counts whole seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    probed(&server, || {
        let started = client.call(&["BGSAVE"]);
        assert!(started.starts_with('+'), "BGSAVE: {started}");
        while client.call(&["LASTSAVE"]) == before {
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

/// Runs `work` while another connection asks once a millisecond; its longest wait in milliseconds.
fn probed(server: &Server, work: impl FnOnce()) -> f64 {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let prober = scope.spawn(|| {
            let mut client = server.connect();
            let mut longest = Duration::ZERO;
            while !done.load(Ordering::Relaxed) {
                let asked = Instant::now();
                client.call(&["GET", "key:000000000001"]);
                longest = longest.max(asked.elapsed());
                std::thread::sleep(PERIOD);
            }
            longest
        });
        work();
        done.store(true, Ordering::Relaxed);
        prober.join().expect("the prober does not fail").as_secs_f64() * 1e3
    })
}
