//! The token bucket of the systems-design reference, word for word.

use crate::kit::{Client, Durability, Options, Server};
use std::time::Duration;

pub(crate) const TOKEN_BUCKET: &str = include_str!("../../../node/src/script/tests/token_bucket.lua");

fn allowed(client: &mut Client, capacity: &str, refill: &str, requested: &str) -> bool {
    let reply = client.call(["EVAL", TOKEN_BUCKET, "1", "bucket", capacity, refill, requested]);
    reply.integer() == 1
}

#[test]
fn five_are_allowed_then_refused_then_refilled() {
    let server = Server::subject();
    let mut client = server.connect();
    // Refilling so slowly that nothing comes back during the first part.
    for n in 1..=5 {
        assert!(allowed(&mut client, "5", "0.001", "1"), "request {n} of 5");
    }
    assert!(!allowed(&mut client, "5", "0.001", "1"), "the sixth");
    assert!(!allowed(&mut client, "5", "0.001", "1"), "and the seventh");
    assert!((3_590..=3_600).contains(&client.ask("TTL bucket").integer()));
    // At 50 tokens a second, 200 ms fill it to the brim and not above.
    std::thread::sleep(Duration::from_millis(200));
    for n in 1..=5 {
        assert!(allowed(&mut client, "5", "50", "1"), "request {n} after the refill");
    }
}

#[test]
fn more_than_the_capacity_is_never_allowed() {
    let server = Server::subject();
    let mut client = server.connect();
    assert!(!allowed(&mut client, "5", "1000", "6"));
    assert!(allowed(&mut client, "5", "1000", "5"));
}

#[test]
fn all_clients_together_get_no_more_than_the_bucket_holds() {
    let server = Server::subject();
    let granted: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let mut client = server.connect();
                scope.spawn(move || (0..50).filter(|_| allowed(&mut client, "100", "0.001", "1")).count())
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("no client fails")).sum()
    });
    assert_eq!(granted, 100);
}

#[test]
fn by_its_hash_after_load() {
    let server = Server::subject();
    let mut client = server.connect();
    let sha = client.call(["SCRIPT", "LOAD", TOKEN_BUCKET]).text();
    let mut call = || client.call(["EVALSHA", &sha, "1", "bucket", "2", "0.001", "1"]).integer();
    assert_eq!([call(), call(), call()], [1, 1, 0]);
}

#[test]
fn a_script_that_never_ends_can_be_killed() {
    let server = Server::subject();
    let (mut stuck, mut other) = (server.connect(), server.connect());
    other.ask("CONFIG SET busy-reply-threshold 50");
    stuck.send(["EVAL", "while true do end", "0"]);
    crate::kit::eventually("others hear that it is busy", || {
        other.ask("GET k").error().is_some_and(|error| error.starts_with("BUSY"))
    });
    assert_eq!(other.line("SCRIPT KILL"), "+OK");
    assert!(stuck.receive().error().expect("an error").contains("Script killed by user"));
    assert_eq!(other.line("PING"), "+PONG");
    assert!(other.ask("SCRIPT KILL").error().expect("an error").starts_with("NOTBUSY"));
}

/// Whichever thread a script takes, and however late another comes for that thread's work.
#[test]
fn scripts_that_never_end_keep_nobody_from_killing_them() {
    let server = Server::subject();
    let mut killer = server.connect();
    killer.ask("CONFIG SET busy-reply-threshold 10");
    for round in 0..60 {
        let (mut stuck, mut other) = (server.connect(), server.connect());
        other.ask("PING");
        stuck.send(["EVAL", "while true do end", "0"]);
        // Long enough for the other threads to fall asleep.
        std::thread::sleep(std::time::Duration::from_millis(60));
        assert!(other.ask("GET k").error().is_some_and(|error| error.starts_with("BUSY")), "round {round}");
        assert_eq!(killer.line("SCRIPT KILL"), "+OK", "round {round}");
        assert!(stuck.receive().error().is_some_and(|error| error.contains("killed by user")), "round {round}");
    }
}

#[test]
fn a_script_that_has_written_is_not_killed() {
    let server = Server::subject();
    let (mut stuck, mut other) = (server.connect(), server.connect());
    other.ask("CONFIG SET busy-reply-threshold 50");
    let script = "redis.call('set', 'k', 'v') local start = redis.call('time') \
                  repeat local now = redis.call('time') until (now[1] - start[1]) * 1e6 + now[2] - start[2] > 700000 \
                  return 'done'";
    stuck.send(["EVAL", script, "0"]);
    crate::kit::eventually("others hear that it is busy", || {
        other.ask("GET k").error().is_some_and(|error| error.starts_with("BUSY"))
    });
    assert!(other.ask("SCRIPT KILL").error().expect("an error").starts_with("UNKILLABLE"));
    assert_eq!(stuck.receive().text(), "done");
    assert_eq!(other.line("GET k"), r#""v""#);
}

#[test]
fn a_script_that_has_written_and_never_ends_does_not_outlive_a_shutdown() {
    let options = Options { durability: Durability::EverySecond, ..Options::default() };
    let server = Server::subject_with(options.clone());
    let (mut stuck, mut other) = (server.connect(), server.connect());
    other.ask("SET before 1");
    other.ask("CONFIG SET busy-reply-threshold 50");
    stuck.send(["EVAL", "redis.call('set', KEYS[1], '1') while true do end", "1", "half"]);
    crate::kit::eventually("others hear that it is busy", || {
        other.ask("GET half").error().is_some_and(|error| error.starts_with("BUSY"))
    });
    other.send_line("SHUTDOWN NOSAVE");
    let (_, directory) = server.terminate();
    let again = Server::try_subject_in(options, directory).unwrap_or_else(|failure| panic!("{failure}"));
    let mut client = again.connect();
    assert_eq!(client.line("MGET before half"), r#"["1", $-1]"#);
}

#[test]
fn a_script_that_writes_more_than_the_log_has_room_for_fails_and_the_node_goes_on() {
    let toml = "[wal]\nsegment = \"1MiB\"\nmax_bytes = \"16MiB\"\n[snapshot]\nevery = \"4MiB\"\n";
    let server = Server::subject_with(Options {
        toml: toml.to_owned(),
        durability: Durability::EverySecond,
        ..Options::default()
    });
    let mut client = server.connect();
    let script = "for i = 1, 3000 do redis.call('set', 's' .. i, string.rep('x', 10000)) end";
    assert!(client.call(["EVAL", script, "0"]).error().expect("an error").contains("NOSPACE"));
    let written = client.ask("DBSIZE").integer();
    crate::kit::eventually("it writes again", || client.line("SET after 1") == "+OK");
    let server = server.restart_after_kill();
    let mut client = server.connect();
    assert_eq!(client.ask("DBSIZE").integer(), written + 1);
}
