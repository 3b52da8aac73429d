use crate::command::testing::{Db, check};
use std::collections::BTreeSet;

#[test]
fn scan_replies_are_those_of_redis() {
    check(
        r##"
        SCAN 0 => *2 $1 0 *0
        KEYS * => *0
        SET "" empty => +OK
        KEYS * => *1 $0
        KEYS "" => *1 $0
        KEYS ? => *0
        DEL "" => :1
        MSET one 1 => +OK
        SCAN 0 => *2 $1 0 *1 $3 one
        SCAN 0 COUNT 100 MATCH o* => *2 $1 0 *1 $3 one
        SCAN 0 COUNT 100 MATCH x* => *2 $1 0 *0
        SCAN 0 COUNT 100 TYPE string => *2 $1 0 *1 $3 one
        SCAN 0 COUNT 100 TYPE list => *2 $1 0 *0
        SCAN 0 COUNT 100 TYPE bogus => *2 $1 0 *0
        SCAN 0 COUNT 100 TYPE STRING MATCH o?e => *2 $1 0 *1 $3 one
        SCAN x => -ERR invalid cursor
        SCAN -1x => -ERR invalid cursor
        SCAN 18446744073709551616 => -ERR invalid cursor
        SCAN " 0" => -ERR invalid cursor
        SCAN 0 COUNT => -ERR syntax error
        SCAN 0 COUNT 0 => -ERR syntax error
        SCAN 0 COUNT -1 => -ERR syntax error
        SCAN 0 COUNT x => -ERR value is not an integer or out of range
        SCAN 0 MATCH => -ERR syntax error
        SCAN 0 BOGUS 1 => -ERR syntax error
        SCAN x COUNT 0 => -ERR invalid cursor
        SCAN => -ERR wrong number of arguments for 'scan' command
        KEYS o*e => *1 $3 one
        KEYS [op]ne => *1 $3 one
        KEYS x => *0
        KEYS => -ERR wrong number of arguments for 'keys' command
        DBSIZE => :1
        DBSIZE x => -ERR wrong number of arguments for 'dbsize' command
        "##,
    );
}

/// Scans all keys with these options; `between` runs after each call.
fn scan_all(db: &mut Db, options: &str, mut between: impl FnMut(&mut Db)) -> BTreeSet<String> {
    let (mut cursor, mut found) = (String::from("0"), BTreeSet::new());
    loop {
        let reply = db.run(&format!("SCAN {cursor} {options}"));
        let words: Vec<&str> = reply.split(' ').collect();
        // *2 $n cursor *count $n key $n key …
        cursor = words[2].into();
        found.extend(words[4..].chunks(2).map(|pair| String::from(pair[1])));
        if cursor == "0" {
            return found;
        }
        between(db);
    }
}

#[test]
fn a_scan_finds_every_key_that_stays() {
    let mut db = Db::new();
    let stays: BTreeSet<String> = (0..3_000).map(|n| format!("stays:{n}")).collect();
    for key in &stays {
        db.run(&format!("SET {key} v"));
    }
    let mut tick = 0;
    let found = scan_all(&mut db, "COUNT 100 MATCH stays:*", |db| {
        // Tables grow and shrink meanwhile.
        tick += 1;
        for n in 0..200 {
            db.run(&format!("{} {{t{tick}}}{n} v", if tick % 3 == 0 { "DEL" } else { "SET" }));
        }
    });
    assert_eq!(found, stays);
}

#[test]
fn scans_and_patterns_leave_out_expired_keys() {
    let mut db = Db::new();
    for n in 0..500 {
        db.run(&format!("SET live{n} v"));
        db.run(&format!("SET dead{n} v PX 10"));
    }
    db.sleep_ms(10);
    assert_eq!(scan_all(&mut db, "COUNT 64", |_| ()).len(), 500);
    assert!(db.run("KEYS *").starts_with("*500 "));
    assert_eq!(db.run("KEYS dead*"), "*0");
    assert_eq!(db.run("DBSIZE"), ":1000", "what is stored, until it is swept");
    for _ in 0..50 {
        assert!(db.run("RANDOMKEY").contains("live"));
    }
    db.engine.verify();
}

#[test]
fn a_lone_key_among_expired_ones_is_drawn() {
    let mut db = Db::new();
    for n in 0..200 {
        db.run(&format!("SET dead{n} v PX 10"));
    }
    db.run("SET live v");
    db.sleep_ms(10);
    assert_eq!(db.run("RANDOMKEY"), "$4 live");
    db.run("DEL live");
    assert_eq!(db.run("RANDOMKEY"), "$-1");
}

#[test]
fn random_keys_come_from_all_shards() {
    let mut db = Db::new();
    for n in 0..64 {
        db.run(&format!("SET {{one}}{n} v"));
        db.run(&format!("SET {n} v"));
    }
    let drawn: BTreeSet<String> = (0..2_000).map(|_| db.run("RANDOMKEY")).collect();
    assert!(drawn.len() > 120, "{} of 128 keys were drawn", drawn.len());
}

#[test]
fn a_count_bounds_the_work_of_a_call() {
    let mut db = Db::new();
    for n in 0..2_000 {
        db.run(&format!("SET {n} v"));
    }
    let reply = db.run("SCAN 0 COUNT 10");
    let count: usize = reply.split(' ').nth(3).and_then(|word| word[1..].parse().ok()).expect("an array");
    // A step of a table visits a home group of up to 14 items, and some of its neighbour.
    assert!((10..40).contains(&count), "{count}");
    let reply = db.run("SCAN 0 COUNT 10 MATCH nothing*");
    assert!(!reply.starts_with("*2 $1 0 "), "a call ends although nothing matches: {reply}");
}

#[test]
fn databases_are_scanned_apart() {
    check(
        "
        SET a 1 => +OK
        @db 1
        SET b 1 => +OK
        SCAN 0 COUNT 1000 => *2 $1 0 *1 $1 b
        KEYS * => *1 $1 b
        DBSIZE => :1
        RANDOMKEY => $1 b
        ",
    );
}

#[test]
fn transactions_and_scripts_see_all_shards() {
    check(
        r#"
        MSET a 1 b 2 c 3 w_1 9 w_2 8 => +OK
        @list l 1 2
        MULTI => +OK
        DBSIZE => +QUEUED
        KEYS ? => +QUEUED
        SCAN 0 COUNT 1000 MATCH nothing => +QUEUED
        SORT l BY w_* => +QUEUED
        SWAPDB 0 1 => +QUEUED
        DBSIZE => +QUEUED
        SWAPDB 0 1 => +QUEUED
        EXEC => *7 :6 *4 $1 b $1 c $1 l $1 a *2 $1 0 *0 *2 $1 2 $1 1 +OK :0 +OK
        EVAL "return #redis.call('KEYS','*')" 0 => :6
        EVAL "return redis.call('DBSIZE')" 0 => :6
        EVAL "return redis.call('SCAN','0','COUNT','1000','MATCH','w_1')" 0 => *2 $1 0 *1 $3 w_1
        EVAL "return redis.call('SORT','l','BY','w_*','GET','w_*')" 0 => *2 $1 8 $1 9
        EVAL "return redis.call('FLUSHDB')" 0 => +OK
        DBSIZE => :0
        "#,
    );
}
