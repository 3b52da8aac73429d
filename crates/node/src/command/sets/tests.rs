//! Transcripts, as redis-server 7.0.15 answers them, and what does not fit one: chance, many members, laws.

use crate::command::testing::{Db, check, check_on, events};
use crate::engine::Settings;
use crate::keyspace::Keyspaces;
use mainstay_foundation::Rng;
use std::collections::BTreeSet;

#[test]
fn members() {
    check(
        r#"
        SADD s 3 1 2 1 => :3
        SADD s 2 => :0
        SMEMBERS s => *3 $1 1 $1 2 $1 3
        SISMEMBER s 1 => :1
        SISMEMBER s 01 => :0
        SISMEMBER none 1 => :0
        SMISMEMBER s 1 9 3 => *3 :1 :0 :1
        SMISMEMBER none 1 9 => *2 :0 :0
        SCARD s => :3
        SCARD none => :0
        SREM s 1 1 9 => :1
        SREM none 1 => :0
        SADD s x "" => :2
        SMEMBERS s => *4 $1 2 $1 3 $1 x $0
        SREM s 2 3 x "" => :4
        SMEMBERS s => *0
        SCARD s => :0
        SET t v => +OK
        SADD t 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        SREM t 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        SISMEMBER t 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        SMEMBERS t => -WRONGTYPE Operation against a key holding the wrong kind of value
        @resp 3
        SADD s a => :1
        SMEMBERS s => ~1 $1 a
        SMEMBERS none => ~0
        "#,
    );
}

#[test]
fn moving_a_member() {
    check(
        r#"
        SADD a 1 2 => :2
        SMOVE a b 1 => :1
        SMOVE a b 9 => :0
        SMOVE a a 2 => :1
        SMOVE a a 9 => :0
        SADD b 2 => :1
        SMOVE a b 2 => :1
        SCARD a => :0
        SMEMBERS b => *2 $1 1 $1 2
        SET t v => +OK
        SMOVE none t 1 => :0
        SMOVE b t 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        SMOVE t b 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        SMOVE b t none => -WRONGTYPE Operation against a key holding the wrong kind of value
        SCARD b => :2
        "#,
    );
}

#[test]
fn algebra() {
    check(
        r#"
        SADD a 1 2 3 4 => :4
        SADD b 2 4 6 => :3
        SADD c 4 => :1
        SINTER a b => *2 $1 2 $1 4
        SINTER a b c => *1 $1 4
        SINTER a none b => *0
        SUNION a b => *5 $1 1 $1 2 $1 3 $1 4 $1 6
        SUNION none none => *0
        SDIFF a b => *2 $1 1 $1 3
        SDIFF a none b c => *2 $1 1 $1 3
        SDIFF none a => *0
        SDIFF a a => *0
        SINTERCARD 2 a b => :2
        SINTERCARD 2 a b LIMIT 1 => :1
        SINTERCARD 2 a b LIMIT 0 => :2
        SINTERCARD 2 a none => :0
        SINTERSTORE d a b => :2
        SUNIONSTORE d d c => :2
        SMEMBERS d => *2 $1 2 $1 4
        SDIFFSTORE a a b => :2
        SMEMBERS a => *2 $1 1 $1 3
        SDIFFSTORE d none => :0
        SCARD d => :0
        SINTERSTORE d a none => :0
        # What a destination held before does not matter, not even to a source of the same name.
        SET d v => +OK
        SUNIONSTORE d a => :2
        SCARD d => :2
        SET t v => +OK
        SINTERSTORE t a none => :0
        GET t => $-1
        SET t v => +OK
        SINTER none t => -WRONGTYPE Operation against a key holding the wrong kind of value
        SUNION a t => -WRONGTYPE Operation against a key holding the wrong kind of value
        SDIFF none t => -WRONGTYPE Operation against a key holding the wrong kind of value
        SUNIONSTORE d a t => -WRONGTYPE Operation against a key holding the wrong kind of value
        SCARD d => :2
        @resp 3
        SINTER a d => ~2 $1 1 $1 3
        SDIFF a d => ~0
        SUNION c => ~1 $1 4
        "#,
    );
}

#[test]
fn counting_an_intersection_refuses_what_it_cannot_read() {
    check(
        r#"
        SINTERCARD 0 a => -ERR numkeys should be greater than 0
        SINTERCARD x a => -ERR numkeys should be greater than 0
        SINTERCARD 3 a b => -ERR Number of keys can't be greater than number of args
        SINTERCARD 1 a LIMIT -1 => -ERR LIMIT can't be negative
        SINTERCARD 1 a LIMIT x => -ERR LIMIT can't be negative
        SINTERCARD 1 a LIMIT => -ERR syntax error
        SINTERCARD 1 a COUNT 1 => -ERR syntax error
        SINTERCARD 1 a LIMIT 1 LIMIT 2 => :0
        "#,
    );
}

#[test]
fn random_members() {
    check(
        r#"
        SPOP none => $-1
        SPOP none 1 => *0
        SRANDMEMBER none => $-1
        SRANDMEMBER none -5 => *0
        SADD s a => :1
        SRANDMEMBER s => $1 a
        SRANDMEMBER s 5 => *1 $1 a
        SRANDMEMBER s -2 => *2 $1 a $1 a
        SRANDMEMBER s 0 => *0
        SPOP s 0 => *0
        SPOP s => $1 a
        SCARD s => :0
        SADD s 1 2 3 => :3
        SPOP s 9 => *3 $1 1 $1 2 $1 3
        SCARD s => :0
        SPOP s -1 => -ERR value is out of range, must be positive
        SPOP s x => -ERR value is out of range, must be positive
        SPOP s 1 2 => -ERR syntax error
        SRANDMEMBER s x => -ERR value is not an integer or out of range
        SRANDMEMBER s 1 2 => -ERR syntax error
        SRANDMEMBER s -9223372036854775808 => -ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
        SET t v => +OK
        SPOP t => -WRONGTYPE Operation against a key holding the wrong kind of value
        SPOP t 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        SRANDMEMBER t => -WRONGTYPE Operation against a key holding the wrong kind of value
        @resp 3
        SADD s a => :1
        SRANDMEMBER s 1 => *1 $1 a
        SPOP s 1 => ~1 $1 a
        SPOP s 1 => ~0
        SPOP s => _
        "#,
    );
}

#[test]
fn a_small_set_is_scanned_at_once() {
    check(
        r#"
        SSCAN none 0 BAD => *2 $1 0 *0
        SADD s 1 2 31 => :3
        SSCAN s 0 COUNT 1 => *2 $1 0 *3 $1 1 $1 2 $2 31
        SSCAN s 0 MATCH *1 COUNT 100 => *2 $1 0 *2 $1 1 $2 31
        SSCAN s x => -ERR invalid cursor
        SSCAN s 0 COUNT 0 => -ERR syntax error
        SSCAN s 0 MATCH => -ERR syntax error
        "#,
    );
}

/// The words of a reply that are contents: neither headers nor lengths.
fn contents(reply: &str) -> BTreeSet<String> {
    reply.split(' ').filter(|word| !word.starts_with(['*', '$', ':'])).map(str::to_owned).collect()
}

fn add_numbered(db: &mut Db, key: &str, prefix: &str, count: usize) {
    (0..count).for_each(|n| _ = db.run(&format!("SADD {key} {prefix}{n}")));
}

#[test]
fn what_is_popped_is_gone_and_nothing_else_in_the_replay_too() {
    let mut db = Db::new();
    for (prefix, size) in [("", 40), ("m", 40), ("m", 400), ("", 700)] {
        for count in [1, 3, size / 2, size - 1] {
            add_numbered(&mut db, "s", prefix, size);
            let all = contents(&db.run("SMEMBERS s"));
            let popped = contents(&db.run(&format!("SPOP s {count}")));
            let left = contents(&db.run("SMEMBERS s"));
            assert_eq!(popped.len(), count, "{count} of {size}");
            assert!(popped.is_disjoint(&left));
            assert_eq!(&popped | &left, all);
            assert!(left.contains(&contents(&db.run("SRANDMEMBER s")).pop_first().unwrap()));
            assert!(contents(&db.run(&format!("SRANDMEMBER s {count}"))).is_subset(&left));
        }
        db.run("SPOP s");
        db.run("SPOP s 100000");
    }
    db.verify();
}

#[test]
fn the_log_names_what_chance_took() {
    let mut db = Db::new();
    db.run("SADD s 1 2 3 4 5");
    let popped = contents(&db.run("SPOP s"));
    db.run("SPOP s 9");
    db.run("SPOP s 9");
    let logged = db.logged();
    assert_eq!(logged[0], "SADD s 1 2 3 4 5");
    assert_eq!(logged[1], format!("SREM s {}", popped.first().unwrap()));
    assert_eq!(logged[2..], ["(gone) s"]);
    db.verify();
}

#[test]
fn repeated_draws_end_at_the_output_limit() {
    let mut settings = Settings::default();
    settings.output_normal.hard = 1_000;
    let mut db = Db::with(settings, Keyspaces::only_default());
    let transcript = r#"
        SADD s a => :1
        SRANDMEMBER s -9223372036854775807 => -ERR reply exceeds the client's output limit of 1000 bytes
        SCARD s => :1
    "#;
    check_on(&mut db, transcript);
}

#[test]
fn large_sets_are_scanned_page_by_page() {
    let mut db = Db::new();
    add_numbered(&mut db, "s", "m", 400);
    let (mut seen, mut cursor, mut pages) = (BTreeSet::new(), "0".to_owned(), 0);
    loop {
        let reply = db.run(&format!("SSCAN s {cursor} COUNT 30"));
        seen.extend(contents(&reply).into_iter().filter(|word| word.starts_with('m')));
        reply.split(' ').nth(2).unwrap().clone_into(&mut cursor);
        pages += 1;
        if cursor == "0" {
            break;
        }
    }
    assert!(pages > 3, "{pages} pages");
    assert_eq!(seen, contents(&db.run("SMEMBERS s")));
}

/// Every operation against the standard library's sets, over all encodings and with sets so unequal that each way to subtract is
/// taken.
#[test]
fn algebra_equals_that_of_the_standard_library() {
    let mut rng = Rng::new(11);
    let mut db = Db::new();
    for _ in 0..60 {
        let count = 1 + rng.below(5) as usize;
        let mut twins = Vec::new();
        for at in 0..count {
            db.run(&format!("SPOP k{at} 100000"));
            let (prefix, size) = (["", "m"][rng.below(2) as usize], [0, 3, 40, 200][rng.below(4) as usize]);
            (0..size).for_each(|_| _ = db.run(&format!("SADD k{at} {prefix}{}", rng.below(250))));
            twins.push(contents(&db.run(&format!("SMEMBERS k{at}"))));
        }
        let keys: String = (0..count).map(|at| format!(" k{at}")).collect();
        let fold = |apply: fn(&BTreeSet<String>, &BTreeSet<String>) -> BTreeSet<String>| {
            twins[1..].iter().fold(twins[0].clone(), |left, right| apply(&left, right))
        };
        let (inter, union, diff) = (fold(|a, b| a & b), fold(|a, b| a | b), fold(|a, b| a - b));
        assert_eq!(db.run(&format!("SINTERCARD {count}{keys} LIMIT 7")), format!(":{}", inter.len().min(7)));
        for (operation, expected) in [("SINTER", inter), ("SUNION", union), ("SDIFF", diff)] {
            assert_eq!(contents(&db.run(&format!("{operation}{keys}"))), expected, "{operation}{keys}");
            assert_eq!(db.run(&format!("{operation}STORE d{keys}")), format!(":{}", expected.len()));
            assert_eq!(contents(&db.run("SMEMBERS d")), expected, "{operation}STORE{keys}");
        }
    }
    db.verify();
}

#[test]
fn subscribers_hear_of_changes() {
    let heard = events(&[
        "SADD a 1 2",
        "SADD a 1",
        "SMOVE a b 1",
        "SMOVE a b 2",
        "SREM b 9",
        "SPOP b 0",
        "SUNIONSTORE c b",
        "SINTERSTORE c none",
        "SINTERSTORE c none",
        "SPOP b 9",
    ]);
    let expected =
        ["sadd a", "srem a", "sadd b", "srem a", "del a", "sadd b", "sunionstore c", "del c", "spop b", "del b"];
    assert_eq!(heard, expected);
}
