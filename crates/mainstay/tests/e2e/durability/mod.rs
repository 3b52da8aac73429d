//! What an acknowledged write survives: the death of the process, a restart, a full disk, a damaged log.

mod damage;
mod full_disk;

use crate::kit::{Client, Durability, Options, Server};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Connections that write at once.
const WRITERS: usize = 8;

fn durable(durability: Durability) -> Options {
    Options { durability, ..Options::default() }
}

#[test]
fn every_acknowledged_write_survives_a_kill_under_always() {
    kill_under_load(Durability::Always);
}

#[test]
fn every_acknowledged_write_survives_a_kill_under_everysec() {
    kill_under_load(Durability::EverySecond);
}

/// Several times: writers count upwards until the server dies under them; after the restart nobody's counter is behind
/// the last acknowledged value, nor more than one ahead.
fn kill_under_load(durability: Durability) {
    let mut server = Server::subject_with(durable(durability));
    for round in 0..3 {
        let counters = write_until_killed(&server, round);
        server = server.restart_after_kill();
        let mut client = server.connect();
        for (writer, &acknowledged) in counters.iter().enumerate() {
            let kept = client.ask(&format!("GET counter:{round}:{writer}")).text().parse::<i64>().expect("a number");
            assert!((acknowledged..=acknowledged + 1).contains(&kept), "acknowledged {acknowledged}, kept {kept}");
            let list = client.ask(&format!("LLEN list:{round}:{writer}")).integer();
            assert!(list == kept || list == kept - 1, "the counter says {kept}, the list has {list} items");
        }
    }
}

/// Returns each writer's last acknowledged value. The kill comes while all of them write.
fn write_until_killed(server: &Server, round: usize) -> Vec<i64> {
    let started = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (mut client, started) = (server.connect(), &started);
                scope.spawn(move || count_upwards(&mut client, &format!("{round}:{writer}"), started))
            })
            .collect();
        while !started.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(150));
        crate::kit::shell_signal("KILL", server.pid());
        writers.into_iter().map(|writer| writer.join().expect("no writer panics")).collect()
    })
}

fn count_upwards(client: &mut Client, name: &str, started: &AtomicBool) -> i64 {
    let mut acknowledged = 0;
    loop {
        let push = crate::kit::encode(["RPUSH", &format!("list:{name}"), "item"]);
        let incr = crate::kit::encode(["INCR", &format!("counter:{name}")]);
        if client.send_raw(&[incr, push].concat()).is_err() {
            return acknowledged;
        }
        let Ok(count) = client.try_receive() else { return acknowledged };
        acknowledged = count.integer();
        if client.try_receive().is_err() {
            return acknowledged;
        }
        if acknowledged >= 20 {
            started.store(true, Ordering::Relaxed);
        }
    }
}

/// One key of every kind, and what reads it back.
const EVERYTHING: &[(&str, &str)] = &[
    ("SET string value", "GET string"),
    ("SETBIT bits 100 1", "GET bits"),
    ("INCRBYFLOAT float 1.5", "GET float"),
    ("SET expiring value PXAT 4102444800123", "PEXPIRETIME expiring"),
    ("SET gone value PXAT 1", "EXISTS gone"),
    ("HSET hash f1 v1 f2 v2", "HMGET hash f1 f2"),
    ("RPUSH list a b c", "LRANGE list 0 -1"),
    ("SADD set only", "SMEMBERS set"),
    ("ZADD zset 1.5 a -inf b", "ZRANGE zset 0 -1 WITHSCORES"),
    ("XADD stream 5-1 f v", "XRANGE stream - +"),
    ("XGROUP CREATE stream group 0", "XLEN stream"),
    ("XREADGROUP GROUP group alice STREAMS stream >", "XPENDING stream group"),
    ("XADD empty 7-7 f v", "XLEN empty"),
    ("XDEL empty 7-7", "XADD empty 7-6 must be-refused"),
];

#[test]
fn a_restart_keeps_every_kind_of_value() {
    for restart in [Server::restart_after_terminate, Server::restart_after_kill] {
        let mut server = Server::subject_with(durable(Durability::Always));
        let mut client = server.connect();
        for (write, _) in EVERYTHING {
            assert!(client.ask(write).error().is_none(), "{write}");
        }
        client.call(["EVAL", "redis.call('SET', 'by-script', redis.call('TIME')[1])", "0"]);
        client.ask("MULTI");
        client.ask("SET in-multi 1");
        client.ask("EXEC");
        let read = |client: &mut Client| -> Vec<String> {
            let reads = EVERYTHING.iter().map(|(_, read)| *read).chain(["GET by-script", "GET in-multi", "DBSIZE"]);
            reads.map(|line| client.line(line)).collect()
        };
        let before = read(&mut client);
        drop(client);
        // Twice, so that what the first start wrote is read as well.
        for _ in 0..2 {
            server = restart(server);
            assert_eq!(read(&mut server.connect()), before);
        }
    }
}

#[test]
fn what_a_flush_removed_stays_away() {
    let server = Server::subject_with(durable(Durability::Always));
    let mut client = server.connect();
    client.ask("MSET a 1 b 2");
    client.ask("FLUSHALL");
    client.ask("SET c 3");
    let server = server.restart_after_kill();
    assert_eq!(server.connect().line("MGET a b c"), r#"[$-1, $-1, "3"]"#);
}

#[test]
fn a_snapshot_and_what_came_after_it() {
    let server = Server::subject_with(durable(Durability::Always));
    let mut client = server.connect();
    for n in 0..2_000 {
        client.send_line(&format!("SET key:{n} {n}"));
    }
    (0..2_000).for_each(|_| drop(client.receive()));
    let before = client.ask("LASTSAVE").integer();
    // LASTSAVE counts whole seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    assert!(client.ask("BGSAVE").error().is_none());
    crate::kit::eventually("the snapshot is written", || client.ask("LASTSAVE").integer() > before);
    client.ask("SET key:0 changed");
    client.ask("DEL key:1");
    let server = server.restart_after_kill();
    let mut client = server.connect();
    assert_eq!(client.line("MGET key:0 key:1 key:1999"), r#"["changed", $-1, "1999"]"#);
    assert_eq!(client.ask("DBSIZE").integer(), 1_999);
}
