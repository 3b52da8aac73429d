//! The sections of `INFO`.

use super::human;
use crate::command::testing::Db;
use crate::engine::Machine;

fn lines(text: &str) -> Vec<String> {
    text.split_once(' ').map_or("", |(_, body)| body).split(' ').map(String::from).collect()
}

#[test]
fn fields_that_clients_read_are_there() {
    let mut db = Db::new();
    db.run("SET k v PX 100000");
    db.run("SET l v");
    db.run("SELECT 2");
    db.run("SET k v");
    let info = lines(&db.run("INFO"));
    for field in [
        "redis_version:7.4.0",
        "redis_mode:standalone",
        "loading:0",
        "role:master",
        "connected_slaves:0",
        "cluster_enabled:0",
        "maxmemory_policy:noeviction",
        "db0:keys=2,expires=1,avg_ttl=0",
        "db2:keys=1,expires=0,avg_ttl=0",
        "total_error_replies:0",
    ] {
        assert!(info.iter().any(|line| line == field), "{field} in {info:?}");
    }
    let memory = info.iter().find_map(|line| line.strip_prefix("used_memory:")).and_then(|bytes| bytes.parse().ok());
    assert!(memory.is_some_and(|bytes: u64| bytes > 100));
    assert!(!info.iter().any(|line| line.starts_with("cmdstat_")), "only when asked for");
}

#[test]
fn sections_come_alone_in_groups_and_in_their_order() {
    let mut db = Db::new();
    let titles = |text: String| {
        let words = lines(&text);
        let titles = words.windows(2).filter(|pair| pair[0] == "#").map(|pair| pair[1].clone());
        titles.collect::<Vec<String>>().join(" ")
    };
    let usual = "Server Clients Memory Persistence Stats Replication CPU Errorstats Cluster Keyspace";
    let all = "Server Clients Memory Persistence Stats Replication CPU Commandstats Errorstats Cluster Keyspace";
    for (asked, expected) in [
        ("INFO", usual),
        ("INFO default", usual),
        ("INFO all", all),
        ("INFO EVERYTHING", all),
        ("INFO replication", "Replication"),
        ("INFO keyspace SERVER", "Server Keyspace"),
        ("INFO nosuch", ""),
        ("INFO commandstats default", all),
    ] {
        assert_eq!(titles(db.run(asked)), expected, "{asked}");
    }
    assert_eq!(db.run("INFO nosuch"), "$0");
    db.session(0).speak(crate::resp::Protocol::Resp3);
    assert!(db.run("INFO cpu").starts_with("=11 txt:# CPU"), "text for people in RESP3");
}

#[test]
fn commands_and_errors_are_counted() {
    let mut db = Db::new();
    for line in ["SET k v", "SET k v", "ZADD k 1 m", "SET k", "NOSUCH"] {
        db.run(line);
    }
    let info = db.run("INFO commandstats errorstats stats");
    assert!(info.contains("cmdstat_set:calls=2,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0"), "{info}");
    assert!(info.contains("cmdstat_zadd:calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1"), "{info}");
    assert!(info.contains("errorstat_ERR:count=2") && info.contains("errorstat_WRONGTYPE:count=1"), "{info}");
    assert!(info.contains("total_error_replies:3"), "{info}");
}

#[test]
fn it_runs_within_transactions_and_scripts() {
    let mut db = Db::new();
    db.run("SET k v");
    db.run("MULTI");
    db.run("INFO keyspace");
    assert!(db.run("EXEC").contains("db0:keys=1"));
    assert!(db.run("EVAL \"return redis.call('info', 'keyspace')\" 1 k").contains("db0:keys=1"));
}

#[test]
fn look_ups_of_readers_are_counted() {
    let mut db = Db::new();
    for line in ["SET k v", "GET k", "GET absent", "MGET k k absent", "EXISTS k absent", "INCR n", "ZSCORE z m"] {
        db.run(line);
    }
    let info = db.run("INFO stats");
    assert!(info.contains("keyspace_hits:4 keyspace_misses:4"), "{info}");
    db.run("GET k");
    db.run("CONFIG RESETSTAT");
    assert!(db.run("INFO stats").contains("keyspace_hits:0 keyspace_misses:0"));
}

struct Told;

impl Machine for Told {
    fn info(&self, section: &str) -> Vec<(&'static str, String)> {
        match section {
            "server" => vec![("process_id", "42".into())],
            "memory" => vec![("used_memory", "1000".into())],
            _ => Vec::new(),
        }
    }

    fn parameter(&self, _name: &str) -> Option<String> {
        None
    }
}

#[test]
fn the_machine_has_the_first_word() {
    let mut db = Db::new();
    db.engine.set_machine(Box::new(Told));
    let info = db.run("INFO server memory");
    assert!(info.contains("# Server process_id:42 redis_version:7.4.0"), "{info}");
    assert_eq!(info.matches("used_memory:").count(), 1, "{info}");
    assert!(info.contains("used_memory:1000"), "{info}");
}

#[test]
fn amounts_are_readable() {
    for (bytes, text) in [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1_938_632, "1.85M"), (3 << 30, "3.00G")] {
        assert_eq!(human(bytes), text);
    }
}
