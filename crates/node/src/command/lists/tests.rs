//! Transcripts, as redis-server 7.0.15 answers them.

use crate::command::testing::{Db, check, events};
use crate::engine::{ClientInfo, Flow, WaitOutcome};
use crate::resp::Encoder;
use crate::session::Session;
use std::task::{Context, Poll, Waker};

#[test]
fn pushing_and_popping() {
    check(
        r#"
        LPUSH l a b c => :3
        RPUSH l d "" => :5
        LRANGE l 0 -1 => *5 $1 c $1 b $1 a $1 d $0
        LPUSHX none x => :0
        RPUSHX none x => :0
        RPUSHX l e => :6
        LPUSHX l y z => :8
        LLEN l => :8
        LPOP l => $1 z
        RPOP l => $1 e
        LPOP l 0 => *0
        LPOP l 2 => *2 $1 y $1 c
        RPOP l 99 => *4 $0  $1 d $1 a $1 b
        LLEN l => :0
        LPOP l => $-1
        RPOP l 2 => *-1
        LPOP l 0 => *-1
        LPOP l -1 => -ERR value is out of range, must be positive
        LPOP l x => -ERR value is out of range, must be positive
        RPOP l 1 2 => -ERR wrong number of arguments for 'rpop' command
        SET s v => +OK
        LPUSH s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        RPUSHX s a => -WRONGTYPE Operation against a key holding the wrong kind of value
        LPOP s => -WRONGTYPE Operation against a key holding the wrong kind of value
        LPOP s 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        LLEN s => -WRONGTYPE Operation against a key holding the wrong kind of value
        @resp 3
        LPOP l => _
        LPOP l 1 => _
        "#,
    );
}

#[test]
fn popping_from_the_first_of_several() {
    check(
        r#"
        RPUSH b 1 2 3 => :3
        LMPOP 2 a b LEFT => *2 $1 b *1 $1 1
        LMPOP 2 a b right COUNT 9 => *2 $1 b *2 $1 3 $1 2
        LMPOP 2 a b LEFT => *-1
        SET s v => +OK
        RPUSH b 1 => :1
        LMPOP 2 s b LEFT => -WRONGTYPE Operation against a key holding the wrong kind of value
        LMPOP 2 b s LEFT => *2 $1 b *1 $1 1
        LMPOP 0 b LEFT => -ERR numkeys should be greater than 0
        LMPOP x b LEFT => -ERR numkeys should be greater than 0
        LMPOP 2 b LEFT => -ERR syntax error
        LMPOP 3 b LEFT => -ERR syntax error
        LMPOP 9223372036854775807 b LEFT => -ERR syntax error
        LMPOP 1 b MIDDLE => -ERR syntax error
        LMPOP 1 b LEFT COUNT => -ERR syntax error
        LMPOP 1 b LEFT COUNT 0 => -ERR count should be greater than 0
        LMPOP 1 b LEFT COUNT 1 COUNT 1 => -ERR syntax error
        LMPOP 1 b LEFT LIMIT 1 => -ERR syntax error
        "#,
    );
}

#[test]
fn indexes() {
    check(
        r#"
        RPUSH l a b c d => :4
        LRANGE l 1 2 => *2 $1 b $1 c
        LRANGE l -2 99 => *2 $1 c $1 d
        LRANGE l -99 0 => *1 $1 a
        LRANGE l 3 1 => *0
        LRANGE l 4 9 => *0
        LRANGE none 0 -1 => *0
        LRANGE none x -1 => -ERR value is not an integer or out of range
        LINDEX l 0 => $1 a
        LINDEX l -1 => $1 d
        LINDEX l 4 => $-1
        LINDEX l -5 => $-1
        LINDEX l x => -ERR value is not an integer or out of range
        LINDEX none x => $-1
        LSET l -1 D => +OK
        LSET l 1 "a longer element" => +OK
        LRANGE l 0 -1 => *4 $1 a $16 a longer element $1 c $1 D
        LSET l 4 x => -ERR index out of range
        LSET l -5 x => -ERR index out of range
        LSET l x x => -ERR value is not an integer or out of range
        LSET none x x => -ERR no such key
        LTRIM l 1 -2 => +OK
        LRANGE l 0 -1 => *2 $16 a longer element $1 c
        LTRIM l 0 99 => +OK
        LLEN l => :2
        LTRIM l 2 1 => +OK
        LLEN l => :0
        LTRIM l 0 1 => +OK
        LTRIM l 0 x => -ERR value is not an integer or out of range
        "#,
    );
}

#[test]
fn inserting_and_removing_by_value() {
    check(
        r#"
        RPUSH l a b a => :3
        LINSERT l BEFORE a x => :4
        LINSERT l after b y => :5
        LRANGE l 0 -1 => *5 $1 x $1 a $1 b $1 y $1 a
        LINSERT l AFTER none y => :-1
        LINSERT none AFTER a y => :0
        LINSERT l BESIDE a y => -ERR syntax error
        RPUSH l a => :6
        LREM l -2 a => :2
        LRANGE l 0 -1 => *4 $1 x $1 a $1 b $1 y
        LREM l 5 x => :1
        LREM l 0 none => :0
        RPUSH l a => :4
        LREM l 0 a => :2
        LREM l 1 b => :1
        LREM l 1 y => :1
        LLEN l => :0
        LREM l 1 y => :0
        LREM l x y => -ERR value is not an integer or out of range
        "#,
    );
}

#[test]
fn finding_by_value() {
    check(
        r#"
        RPUSH l a b c 1 2 3 c c => :8
        LPOS l c => :2
        LPOS l c RANK 2 => :6
        LPOS l c RANK -1 => :7
        LPOS l c RANK 4 => $-1
        LPOS l c COUNT 2 => *2 :2 :6
        LPOS l c COUNT 0 => *3 :2 :6 :7
        LPOS l c COUNT 0 RANK -2 => *2 :6 :2
        LPOS l c COUNT 0 MAXLEN 7 => *2 :2 :6
        LPOS l c MAXLEN 2 => $-1
        LPOS l c COUNT 0 MAXLEN 2 => *0
        LPOS l c MAXLEN 0 RANK -1 COUNT 1 => *1 :7
        LPOS none c => $-1
        LPOS none c COUNT 1 => *0
        LPOS l c RANK 0 => -ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
        LPOS l c RANK x => -ERR value is not an integer or out of range
        LPOS l c COUNT -1 => -ERR COUNT can't be negative
        LPOS l c MAXLEN -1 => -ERR MAXLEN can't be negative
        LPOS l c MAXLEN => -ERR syntax error
        LPOS l c FIRST 1 => -ERR syntax error
        "#,
    );
}

#[test]
fn moving() {
    check(
        r#"
        RPUSH a 1 2 3 => :3
        LMOVE a b LEFT RIGHT => $1 1
        LMOVE a b right left => $1 3
        RPOPLPUSH a b => $1 2
        LLEN a => :0
        LRANGE b 0 -1 => *3 $1 2 $1 3 $1 1
        RPOPLPUSH a b => $-1
        # A list may turn in itself, even one of a single element.
        RPOPLPUSH b b => $1 1
        LMOVE b b LEFT LEFT => $1 1
        LMOVE b b LEFT RIGHT => $1 1
        LRANGE b 0 -1 => *3 $1 2 $1 3 $1 1
        RPUSH c 1 => :1
        LMOVE c c RIGHT LEFT => $1 1
        LRANGE c 0 -1 => *1 $1 1
        SET s v => +OK
        LMOVE b s LEFT LEFT => -WRONGTYPE Operation against a key holding the wrong kind of value
        LMOVE s b LEFT LEFT => -WRONGTYPE Operation against a key holding the wrong kind of value
        LMOVE none s LEFT LEFT => $-1
        LMOVE b b LEFT UP => -ERR syntax error
        LLEN b => :3
        "#,
    );
}

#[test]
fn clients_wait_in_order_of_arrival() {
    check(
        r#"
        RPUSH q a b => :2
        2> BLPOP none q 0 => *2 $1 q $1 a
        2> BRPOP q none 0.5 => *2 $1 q $1 b
        2> BLPOP q none 0 => (waits)
        3> BRPOP q 0 => (waits)
        4> BLPOP q q 0 => (waits)
        RPUSH q a b c d => :4
        2> => *2 $1 q $1 a
        3> => *2 $1 q $1 d
        4> => *2 $1 q $1 b
        LRANGE q 0 -1 => *1 $1 c
        2> BLMPOP 0 2 p q RIGHT COUNT 5 => *2 $1 q *1 $1 c
        2> BLMPOP 0 2 p q RIGHT COUNT 2 => (waits)
        RPUSH p a b c => :3
        2> => *2 $1 p *2 $1 c $1 b
        LLEN p => :1
        "#,
    );
}

#[test]
fn moves_wait_too_and_wake_others() {
    check(
        r#"
        2> BLMOVE a b LEFT RIGHT 0 => (waits)
        3> BRPOPLPUSH b c 0 => (waits)
        4> BLPOP c 0 => (waits)
        RPUSH a x => :1
        2> => $1 x
        3> => $1 x
        4> => *2 $1 c $1 x
        2> BLMOVE a a LEFT RIGHT 0 => (waits)
        RPUSH a 1 2 => :2
        2> => $1 1
        LRANGE a 0 -1 => *2 $1 2 $1 1
        2> BRPOPLPUSH a a 0 => $1 1
        "#,
    );
}

#[test]
fn another_type_is_an_error_only_for_who_comes_and_at_the_destination() {
    check(
        r#"
        SET s v => +OK
        BLPOP none s 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        BLMOVE s none LEFT LEFT 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        2> BLPOP t 0 => (waits)
        SET t v => +OK
        2> => (waits)
        GETDEL t => $1 v
        RPUSH t w => :1
        2> => *2 $1 t $1 w
        2> BLMOVE t s LEFT LEFT 0 => (waits)
        3> BRPOP t 0 => (waits)
        RPUSH t w => :1
        2> => -WRONGTYPE Operation against a key holding the wrong kind of value
        3> => *2 $1 t $1 w
        "#,
    );
}

#[test]
fn waiting_forms_refuse_what_they_cannot_read() {
    check(
        r#"
        BLPOP l x => -ERR timeout is not a float or out of range
        BRPOP l -1 => -ERR timeout is negative
        BLMOVE l l LEFT UP x => -ERR syntax error
        BLMOVE l l LEFT LEFT x => -ERR timeout is not a float or out of range
        BRPOPLPUSH l l -0.1 => -ERR timeout is negative
        BLMPOP x 0 l LEFT => -ERR numkeys should be greater than 0
        BLMPOP x 1 l LEFT => -ERR timeout is not a float or out of range
        BLMPOP 0 2 l LEFT => -ERR syntax error
        "#,
    );
}

#[test]
fn a_wait_that_is_over_answers_with_a_missing_array() {
    let db = Db::new();
    for line in ["BLPOP a b 0.25", "BRPOP a 0.25", "BLMPOP 0.25 1 a LEFT", "BLMOVE a b LEFT LEFT 0.25"] {
        let mut session = Session::new(ClientInfo::detached(7), db.engine.dice());
        let args: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let Flow::Wait(waiter) = db.engine.execute(&mut session, &args, &mut Encoder::default()) else {
            panic!("{line} waits")
        };
        assert_eq!(waiter.timeout_ms, Some(250), "{line}");
        assert!(waiter.time_out());
        let outcome = waiter.poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(outcome, Poll::Ready(WaitOutcome::TimedOut(b"*-1\r\n".to_vec())), "{line}");
        db.engine.forget_waiter(&waiter);
    }
}

#[test]
fn the_log_keeps_forms_that_do_not_wait() {
    let mut db = Db::new();
    for line in ["RPUSH a 1 2 3 4 5", "BLPOP a 0", "BLMPOP 0 1 a RIGHT COUNT 2", "BLMOVE a b LEFT RIGHT 0"] {
        db.run(line);
    }
    db.run("BRPOPLPUSH b c 0");
    db.run("LTRIM c 0 -1");
    db.run("BLPOP b 0");
    let expected = ["RPUSH a 1 2 3 4 5", "LPOP a", "RPOP a 2", "LMOVE a b LEFT RIGHT", "LMOVE b c RIGHT LEFT"];
    assert_eq!(db.logged(), expected);
    db.verify();
}

#[test]
fn subscribers_hear_of_changes() {
    let heard = events(&[
        "RPUSH a 1 2 3",
        "LPUSHX none 1",
        "LMOVE a b LEFT RIGHT",
        "LSET a 0 x",
        "LSET a 9 x",
        "LTRIM a 0 -1",
        "LREM a 0 none",
        "RPOPLPUSH b b",
        "LPOP b",
        "LMPOP 1 a RIGHT COUNT 2",
    ]);
    let expected = [
        "rpush a", "rpush b", "lpop a", "lset a", "ltrim a", "lpush b", "rpop b", "lpop b", "del b", "rpop a", "del a",
    ];
    assert_eq!(heard, expected);
}
