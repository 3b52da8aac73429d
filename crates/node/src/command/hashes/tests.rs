//! Transcripts, as redis-server 7.0.15 answers them, and what does not fit one: chance and many fields.

use crate::command::testing::{Db, check, check_on, events};
use crate::engine::Settings;
use crate::keyspace::Keyspaces;
use std::collections::BTreeSet;

#[test]
fn fields() {
    check(
        r#"
        HSET h a 1 b 2 => :2
        HSET h a 3 c "" => :1
        HGET h a => $1 3
        HGET h none => $-1
        HGET none a => $-1
        HMSET h d 4 => +OK
        HMGET h a none c => *3 $1 3 $-1 $0
        HMGET none a b => *2 $-1 $-1
        HSETNX h a 9 => :0
        HSETNX h e 5 => :1
        HSETNX new e 5 => :1
        HLEN h => :5
        HSTRLEN h a => :1
        HSTRLEN h none => :0
        HEXISTS h a => :1
        HEXISTS h none => :0
        HEXISTS none a => :0
        HDEL h a a none => :1
        HDEL none a => :0
        HKEYS h => *4 $1 b $1 c $1 d $1 e
        HVALS h => *4 $1 2 $0  $1 4 $1 5
        HGETALL h => *8 $1 b $1 2 $1 c $0  $1 d $1 4 $1 e $1 5
        HDEL h b c d e f => :4
        HLEN h => :0
        HGETALL h => *0
        HKEYS h => *0
        HSET h a => -ERR wrong number of arguments for 'hset' command
        HSET h a 1 b => -ERR wrong number of arguments for 'hset' command
        HMSET h a 1 b => -ERR wrong number of arguments for 'hmset' command
        SET s v => +OK
        HSET s a 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        HGET s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        HMGET s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        HGETALL s => -WRONGTYPE Operation against a key holding the wrong kind of value
        HDEL s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        @resp 3
        HSET h a 1 => :1
        HGETALL h => %1 $1 a $1 1
        HGETALL none => %0
        HKEYS none => *0
        HGET h none => _
        "#,
    );
}

#[test]
fn numbers() {
    check(
        r#"
        HINCRBY h n 5 => :5
        HINCRBY h n -7 => :-2
        HINCRBY h n x => -ERR value is not an integer or out of range
        HSET h t abc big 9223372036854775807 f 10.5 => :3
        HINCRBY h t 1 => -ERR hash value is not an integer
        HINCRBY h f 1 => -ERR hash value is not an integer
        HINCRBY h big 1 => -ERR increment or decrement would overflow
        HINCRBYFLOAT h f 0.1 => $4 10.6
        HINCRBYFLOAT h f -10.6 => $1 0
        HINCRBYFLOAT h new 3e2 => $3 300
        HINCRBYFLOAT h t 1 => -ERR hash value is not a float
        HINCRBYFLOAT h f x => -ERR value is not a valid float
        HINCRBYFLOAT h f nan => -ERR value is not a valid float
        HINCRBYFLOAT h f -inf => -ERR value is NaN or Infinity
        HSET h i inf => :1
        HINCRBYFLOAT h i 1 => -ERR increment would produce NaN or Infinity
        SET s v => +OK
        HINCRBY s n 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        HINCRBYFLOAT s n 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        HINCRBYFLOAT none n inf => -ERR value is NaN or Infinity
        HLEN none => :0
        "#,
    );
}

#[test]
fn random_fields() {
    check(
        r#"
        HRANDFIELD none => $-1
        HRANDFIELD none 3 => *0
        HSET h a 1 => :1
        HRANDFIELD h => $1 a
        HRANDFIELD h 5 => *1 $1 a
        HRANDFIELD h 0 => *0
        HRANDFIELD h 5 WITHVALUES => *2 $1 a $1 1
        HRANDFIELD h -2 => *2 $1 a $1 a
        HRANDFIELD h -2 withvalues => *4 $1 a $1 1 $1 a $1 1
        @resp 3
        HRANDFIELD h 5 WITHVALUES => *1 *2 $1 a $1 1
        HRANDFIELD h -2 WITHVALUES => *2 *2 $1 a $1 1 *2 $1 a $1 1
        HRANDFIELD none => _
        HRANDFIELD h x => -ERR value is not an integer or out of range
        HRANDFIELD h 1 WITHSCORES => -ERR syntax error
        HRANDFIELD h 1 WITHVALUES 1 => -ERR syntax error
        HRANDFIELD h -9223372036854775808 => -ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
        HRANDFIELD h 9223372036854775807 WITHVALUES => -ERR value is out of range
        "#,
    );
}

#[test]
fn a_packed_hash_is_scanned_at_once() {
    check(
        r#"
        HSCAN none 0 => *2 $1 0 *0
        HSCAN none 0 BAD => *2 $1 0 *0
        HSCAN none x => -ERR invalid cursor
        HSET h a 1 b 2 ab 3 => :3
        HSCAN h 0 COUNT 1 => *2 $1 0 *6 $1 a $1 1 $1 b $1 2 $2 ab $1 3
        HSCAN h 0 MATCH a* => *2 $1 0 *4 $1 a $1 1 $2 ab $1 3
        HSCAN h 0 MATCH none => *2 $1 0 *0
        HSCAN h 0 COUNT 0 => -ERR syntax error
        HSCAN h 0 COUNT x => -ERR value is not an integer or out of range
        HSCAN h 0 TYPE hash => -ERR syntax error
        HSCAN h 0 COUNT => -ERR syntax error
        HSCAN h " 0" => -ERR invalid cursor
        SET s v => +OK
        HSCAN s 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        "#,
    );
}

/// The words of a reply that are contents: neither headers nor lengths.
fn contents(reply: &str) -> Vec<&str> {
    reply.split(' ').filter(|word| !word.starts_with(['*', '$'])).collect()
}

#[test]
fn large_hashes_are_scanned_page_by_page_while_they_change() {
    let mut db = Db::new();
    for n in 0..500 {
        db.run(&format!("HSET h f{n} v{n}"));
    }
    let (mut seen, mut cursor, mut pages) = (BTreeSet::new(), "0".to_owned(), 0);
    loop {
        let reply = db.run(&format!("HSCAN h {cursor} COUNT 20"));
        let words = contents(&reply);
        assert!(words.len() <= 1 + 2 * 80, "a page is about as large as asked for: {}", words.len());
        for pair in words[1..].chunks(2) {
            assert_eq!(pair[0][1..], pair[1][1..], "fields come with their values");
            seen.insert(pair[0].to_owned());
        }
        words[0].clone_into(&mut cursor);
        db.run(&format!("HSET h late{pages} vate{pages}"));
        pages += 1;
        if cursor == "0" {
            break;
        }
    }
    assert!(pages > 5, "{pages} pages");
    assert!((0..500).all(|n| seen.contains(&format!("f{n}"))), "what was there all along is seen");
    db.verify();
}

#[test]
fn drawn_fields_are_distinct_unless_repetitions_are_asked_for() {
    let mut db = Db::new();
    for (key, fields) in [("small", 20), ("large", 400)] {
        for n in 0..fields {
            db.run(&format!("HSET {key} f{n} v{n}"));
        }
        for count in [1, 7, fields - 1, fields, fields + 5] {
            let reply = db.run(&format!("HRANDFIELD {key} {count}"));
            let drawn: BTreeSet<&str> = contents(&reply).into_iter().collect();
            assert_eq!(drawn.len(), count.min(fields), "{count} of {fields}");
        }
        let reply = db.run(&format!("HRANDFIELD {key} -{}", 3 * fields));
        assert_eq!(contents(&reply).len(), 3 * fields);
    }
}

#[test]
fn repeated_draws_end_at_the_output_limit() {
    let mut settings = Settings::default();
    settings.output_normal.hard = 1_000;
    let mut db = Db::with(settings, Keyspaces::only_default());
    let transcript = r#"
        HSET h a 1 => :1
        HRANDFIELD h -4000000000000000000 => -ERR reply exceeds the client's output limit of 1000 bytes
        HRANDFIELD h -4000000000000000000 WITHVALUES => -ERR reply exceeds the client's output limit of 1000 bytes
        HLEN h => :1
    "#;
    check_on(&mut db, transcript);
}

#[test]
fn sums_are_logged_as_they_are() {
    let mut db = Db::new();
    for line in ["HSET h f 0.1", "HINCRBYFLOAT h f 0.2", "HINCRBY h n 2", "HSETNX h n 3", "HDEL h none"] {
        db.run(line);
    }
    assert_eq!(db.logged(), ["HSET h f 0.1", "HSET h f 0.3", "HINCRBY h n 2"]);
    db.verify();
}

#[test]
fn subscribers_hear_of_changes() {
    let heard = events(&[
        "HMSET h a 1",
        "HSETNX h a 1",
        "HSETNX h b 1",
        "HINCRBY h a 1",
        "HINCRBYFLOAT h a 1",
        "HDEL h none",
        "HDEL h a b",
    ]);
    assert_eq!(heard, ["hset h", "hset h", "hincrby h", "hincrbyfloat h", "hdel h", "del h"]);
}
