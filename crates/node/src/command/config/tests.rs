//! Parameters.

use super::parameters::{PARAMETERS, Set};
use crate::command::testing::{Db, check, check_on};
use crate::engine::Machine;

#[test]
fn values_are_told_by_patterns() {
    check(
        r#"
        CONFIG GET nosuch => *0
        CONFIG GET => -ERR wrong number of arguments for 'config|get' command
        CONFIG GET maxcl* timeout => *4 $10 maxclients $5 10000 $7 timeout $1 0
        CONFIG GET TIMEOUT Time* => *2 $7 TIMEOUT $1 0
        CONFIG GET maxmemory appendonly save databases => *8 $10 appendonly $3 yes $9 databases $2 16 $9 maxmemory $1 0 $4 save $0
        CONFIG GET client-output-buffer-limit => *2 $26 client-output-buffer-limit $67 normal 268435456 67108864 60 slave 0 0 0 pubsub 33554432 8388608 60
        @resp 3
        CONFIG GET appendfsync => %1 $11 appendfsync $8 everysec
        "#,
    );
}

#[test]
fn values_are_set_all_or_none() {
    check(
        r#"
        CONFIG SET nosuch 1 => -ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'
        CONFIG SET timeout 5 b => -ERR syntax error
        CONFIG SET timeout 5 nosuch 2 => -ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'
        CONFIG SET timeout 5 timeout 5 => -ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter
        CONFIG SET timeout 5 maxclients abc => -ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument couldn't be parsed into an integer
        CONFIG SET timeout 5 databases 3 => -ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config: it is built in
        CONFIG GET timeout => *2 $7 timeout $1 0
        CONFIG SET timeout 5 MAXCLIENTS 7 => +OK
        CONFIG GET timeout maxclients => *4 $10 maxclients $1 7 $7 timeout $1 5
        # What is so already may be asked for.
        CONFIG SET databases 16 save "" appendonly yes => +OK
        CONFIG SET maxclients 0 => -ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument must be between 1 and 4294967295 inclusive
        CONFIG SET timeout -1 => -ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between 0 and 2147483647 inclusive
        CONFIG SET slowlog-log-slower-than -2 => -ERR CONFIG SET failed (possibly related to argument 'slowlog-log-slower-than') - argument must be between -1 and 9223372036854775807 inclusive
        CONFIG SET hash-max-ziplist-entries 3 => +OK
        CONFIG GET hash-max-*-entries => *4 $25 hash-max-listpack-entries $1 3 $24 hash-max-ziplist-entries $1 3
        CONFIG SET hash-max-listpack-value 1kb => +OK
        CONFIG GET hash-max-listpack-value => *2 $23 hash-max-listpack-value $4 1024
        CONFIG SET hash-max-listpack-value 1x => -ERR CONFIG SET failed (possibly related to argument 'hash-max-listpack-value') - argument must be a memory value
        CONFIG SET proto-max-bulk-len 1 => -ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - argument must be between 1048576 and 536870912 inclusive
        CONFIG SET busy-reply-threshold 100 => +OK
        CONFIG GET lua-time-limit => *2 $14 lua-time-limit $3 100
        CONFIG REWRITE => -ERR the configuration comes from a TOML file, which the node never writes; change it there
        CONFIG foo => -ERR unknown subcommand 'foo'. Try CONFIG HELP.
        "#,
    );
}

#[test]
fn memory_is_limited_from_now_on() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r##"
        SET k 0123456789 => +OK
        CONFIG SET maxmemory 1kb => +OK
        CONFIG GET maxmemory => *2 $9 maxmemory $4 1024
        SET k2 v => +OK
        CONFIG SET maxmemory 1 timeout x => -ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer
        CONFIG GET maxmemory => *2 $9 maxmemory $4 1024
        CONFIG SET maxmemory 1x => -ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value
        MULTI => +OK
        CONFIG SET maxmemory 1 => +QUEUED
        EXEC => *1 +OK
        SET k3 v => -OOM command not allowed when used memory > 'maxmemory'.
        GET k => $10 0123456789
        DEL k2 => :1
        # A script without a first line is stopped where it writes, one with it before it begins.
        EVAL "return redis.call('get', KEYS[1])" 1 k => $10 0123456789
        EVAL "return redis.pcall('set', KEYS[1], 1)" 1 k => -OOM command not allowed when used memory > 'maxmemory'.
        EVAL "#!lua flags=\nreturn 1" 0 => -OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'
        EVAL "#!lua\nreturn 1" 1 k => -OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'
        EVAL "#!lua flags=no-writes\nreturn redis.call('get', KEYS[1])" 1 k => $10 0123456789
        EVAL "#!lua flags=allow-oom\nreturn redis.call('set', KEYS[1], 1)" 1 k => +OK
        CONFIG SET maxmemory 0 => +OK
        SET k3 v => +OK
        "##,
    );
    db.verify();
}

#[test]
fn events_and_output_limits_are_read_as_redis_writes_them() {
    let mut db = Db::new();
    let events = [("KEx", "xKE"), ("KA", "AK"), ("AKEm", "AKEm"), ("g$lszhxetdKE", "AKE"), ("", ""), ("Kl", "lK")];
    for (set, shown) in events {
        assert_eq!(db.run(&format!("CONFIG SET notify-keyspace-events \"{set}\"")), "+OK");
        let expected = format!("*2 $22 notify-keyspace-events ${} {shown}", shown.len());
        assert_eq!(db.run("CONFIG GET notify-keyspace-events"), expected.trim_end());
    }
    check_on(
        &mut db,
        r#"
        CONFIG SET notify-keyspace-events q => -ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'.
        CONFIG SET client-output-buffer-limit "normal 1mb 1kb 10 replica 1 1 1" => +OK
        CONFIG GET client-output-buffer-limit => *2 $26 client-output-buffer-limit $61 normal 1048576 1024 10 slave 0 0 0 pubsub 33554432 8388608 60
        CONFIG SET client-output-buffer-limit "foo 0 0 0" => -ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - Invalid client class specified in buffer limit configuration.
        CONFIG SET client-output-buffer-limit "normal 0 0" => -ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - Wrong number of arguments in buffer limit configuration.
        CONFIG SET client-output-buffer-limit "normal a 0 0" => -ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - Error in hard, soft or soft_seconds setting in buffer limit configuration.
        "#,
    );
}

#[test]
fn events_are_published_once_they_are_wanted() {
    let mut db = Db::new();
    let listener = db.connect("10.0.0.1:1");
    db.run_as(listener, "PSUBSCRIBE __key*");
    db.run("SET k v");
    db.run("CONFIG SET notify-keyspace-events K$");
    db.run("SET k v");
    assert_eq!(db.mail(listener), "*4 $8 pmessage $6 __key* $16 __keyspace@0__:k $3 set");
}

#[test]
fn what_is_told_may_be_said_again() {
    let mut db = Db::new();
    for parameter in PARAMETERS {
        let (settings, name) = (db.engine.settings(), parameter.name);
        let value = (parameter.get)(&db.engine, &settings);
        assert_eq!(db.run(&format!("CONFIG SET {name} \"{value}\"")), "+OK", "{name}");
        assert_eq!((parameter.get)(&db.engine, &db.engine.settings()), value, "{name}");
        if let Set::Fixed(_) = parameter.set {
            assert!(db.run(&format!("CONFIG SET {name} other")).contains("can't set immutable config"), "{name}");
        }
    }
    let names: Vec<&str> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
    assert!(names.is_sorted(), "{names:?}");
}

struct Port7000;

impl Machine for Port7000 {
    fn info(&self, _section: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        (name == "port").then(|| "7000".into())
    }
}

#[test]
fn the_shell_tells_what_it_decides() {
    let mut db = Db::new();
    assert_eq!(db.run("CONFIG GET port"), "*2 $4 port $0");
    db.engine.set_machine(Box::new(Port7000));
    assert_eq!(db.run("CONFIG GET port"), "*2 $4 port $4 7000");
}

#[test]
fn counters_begin_anew() {
    let mut db = Db::new();
    db.run("NOSUCH");
    db.run("SET k v");
    assert!(db.run("INFO errorstats").contains("errorstat_ERR:count=1"));
    assert_eq!(db.run("CONFIG RESETSTAT"), "+OK");
    let info = db.run("INFO errorstats commandstats");
    assert!(!info.contains("errorstat_ERR") && !info.contains("cmdstat_set"), "{info}");
}
