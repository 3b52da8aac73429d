use crate::command::testing::{Db, check};

#[test]
fn object_replies_are_those_of_redis() {
    check(
        r##"
        SET i 12345 => +OK
        OBJECT ENCODING i => $3 int
        SET e "hello" => +OK
        OBJECT ENCODING e => $6 embstr
        SET e 01234567890123456789012345678901234567890123 => +OK
        OBJECT ENCODING e => $6 embstr
        SET r 012345678901234567890123456789012345678901234 => +OK
        OBJECT ENCODING r => $3 raw
        SET a 1 => +OK
        APPEND a 2 => :2
        OBJECT ENCODING a => $3 raw
        APPEND new 12 => :2
        OBJECT ENCODING new => $3 int
        SETRANGE sr 0 12 => :2
        OBJECT ENCODING sr => $3 raw
        INCR i => :12346
        OBJECT ENCODING i => $3 int
        SET e abc => +OK
        SETRANGE e 0 x => :3
        OBJECT ENCODING e => $3 raw
        SET e abc => +OK
        OBJECT ENCODING e => $6 embstr
        SET big 9223372036854775808 => +OK
        OBJECT ENCODING big => $6 embstr
        SET neg -5 => +OK
        OBJECT ENCODING neg => $3 int
        SET zero 007 => +OK
        OBJECT ENCODING zero => $6 embstr
        SET a 5 => +OK
        APPEND a 5 => :2
        INCR a => :56
        OBJECT ENCODING a => $3 int
        RENAME sr sr2 => +OK
        OBJECT ENCODING sr2 => $3 raw
        @list l a
        OBJECT ENCODING l => $9 quicklist
        @set s 1
        OBJECT ENCODING s => $6 intset
        @set s2 a
        @hash h f v
        OBJECT ENCODING h => $8 listpack
        @zset z 1 a
        OBJECT ENCODING z => $8 listpack
        OBJECT ENCODING none => $-1
        OBJECT REFCOUNT e => :1
        OBJECT REFCOUNT none => $-1
        OBJECT IDLETIME e => :0
        OBJECT IDLETIME none => $-1
        OBJECT FREQ e => -ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.
        OBJECT FREQ none => $-1
        OBJECT BOGUS e => -ERR unknown subcommand 'BOGUS'. Try OBJECT HELP.
        OBJECT ENCODING => -ERR wrong number of arguments for 'object|encoding' command
        OBJECT ENCODING a b => -ERR wrong number of arguments for 'object|encoding' command
        OBJECT => -ERR wrong number of arguments for 'object' command
        OBJECT HELP x => -ERR wrong number of arguments for 'object|help' command
        MEMORY USAGE none => $-1
        MEMORY USAGE e SAMPLES => -ERR syntax error
        MEMORY USAGE e SAMPLES x => -ERR value is not an integer or out of range
        MEMORY USAGE e SAMPLES -1 => -ERR syntax error
        MEMORY USAGE e BOGUS 1 => -ERR syntax error
        MEMORY USAGE => -ERR wrong number of arguments for 'memory|usage' command
        MEMORY BOGUS => -ERR unknown subcommand 'BOGUS'. Try MEMORY HELP.
        MEMORY => -ERR wrong number of arguments for 'memory' command
        MEMORY PURGE => +OK
        MEMORY PURGE x => -ERR wrong number of arguments for 'memory|purge' command
        "##,
    );
}

#[test]
fn idle_time_counts_from_the_last_use() {
    check(
        "
        SET k v => +OK
        @sleep 5000
        OBJECT IDLETIME k => :5
        OBJECT ENCODING k => $6 embstr
        EXISTS k => :1
        TTL k => :-1
        OBJECT IDLETIME k => :5
        TOUCH k => :1
        OBJECT IDLETIME k => :0
        @sleep 2000
        GET k => $1 v
        OBJECT IDLETIME k => :0
        ",
    );
}

#[test]
fn memory_is_told_exactly() {
    let mut db = Db::new();
    db.run("SET k 0123456789");
    let usage: usize = db.run("MEMORY USAGE k SAMPLES 5")[1..].parse().expect("a number");
    let counted = db.engine.spaces().bytes() as usize;
    assert_eq!(usage, counted + size_of::<usize>() + 1, "the item, and its place in the table");
    let stats = db.run("MEMORY STATS");
    assert!(stats.contains("keys.count :1") && stats.contains(&format!("dataset.bytes :{counted}")), "{stats}");
    for line in ["MEMORY DOCTOR", "MEMORY HELP", "MEMORY MALLOC-STATS", "OBJECT HELP"] {
        assert!(db.run(line).len() > 40, "{line}");
    }
}
