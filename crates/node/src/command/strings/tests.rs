use crate::command::testing::{Db, check};

#[test]
fn strings_replies_are_those_of_redis() {
    check(
        r##"
        # SET: options
        SET a 1 => +OK
        SET a 2 NX => $-1
        SET a 2 XX => +OK
        GET a => $1 2
        SET b 1 XX => $-1
        GET b => $-1
        SET b 1 NX GET => $-1
        SET b 2 NX GET => $1 1
        SET b 3 XX GET => $1 1
        GET b => $1 3
        SET a 1 NX XX => -ERR syntax error
        SET a 1 XX NX => -ERR syntax error
        SET a 1 EX => -ERR syntax error
        SET a 1 EX x => -ERR value is not an integer or out of range
        SET a 1 EX x BOGUS => -ERR syntax error
        SET a 1 EX 0 => -ERR invalid expire time in 'set' command
        SET a 1 EX -1 => -ERR invalid expire time in 'set' command
        SET a 1 PX 9223372036854775807 => -ERR invalid expire time in 'set' command
        SET a 1 EX 9223372036854775807 => -ERR invalid expire time in 'set' command
        SET a 1 EX 9223372036854775 => -ERR invalid expire time in 'set' command
        SET a 1 EX 10 PX 10 => -ERR syntax error
        SET a 1 EX 10 EX 20 => +OK
        TTL a => :20
        SET a 1 EX 10 KEEPTTL => -ERR syntax error
        SET a 1 KEEPTTL EX 10 => -ERR syntax error
        SET a 1 KEEPTTL KEEPTTL => +OK
        TTL a => :20
        SET a 1 PERSIST => -ERR syntax error
        SET a 1 => +OK
        TTL a => :-1
        SET a 1 EXAT 1 => +OK
        GET a => $-1
        EXISTS a => :0
        SET a 1 PXAT 4102444800000 => +OK
        PEXPIRETIME a => :4102444800000
        SET a 2 GET KEEPTTL => $1 1
        PEXPIRETIME a => :4102444800000
        SET a => -ERR wrong number of arguments for 'set' command
        @list l x
        SET l 1 GET => -WRONGTYPE Operation against a key holding the wrong kind of value
        SET l 1 NX GET => -WRONGTYPE Operation against a key holding the wrong kind of value
        TYPE l => +list
        SET l 1 => +OK
        TYPE l => +string
        SETNX a 1 => :0
        SETNX new 1 => :1
        SETEX a 10 v => +OK
        SETEX a 0 v => -ERR invalid expire time in 'setex' command
        SETEX a x v => -ERR value is not an integer or out of range
        PSETEX a -5 v => -ERR invalid expire time in 'psetex' command
        PSETEX a 1900 v => +OK
        TTL a => :2
        GETSET a w => $1 v
        TTL a => :-1
        GETSET nope x => $-1
        # GETEX and GETDEL
        GETEX missing EX 0 => $-1
        GETEX missing BOGUS => -ERR syntax error
        GETEX a => $1 w
        GETEX a EX 100 => $1 w
        TTL a => :100
        GETEX a PERSIST => $1 w
        TTL a => :-1
        GETEX a PERSIST EX 1 => -ERR syntax error
        GETEX a EX 1 PERSIST => -ERR syntax error
        GETEX a EX 10 PX 10 => -ERR syntax error
        GETEX a EX 10 EX 20 => $1 w
        TTL a => :20
        GETEX a KEEPTTL => -ERR syntax error
        GETEX a NX => -ERR syntax error
        GETEX a EX => -ERR syntax error
        GETEX a EX 0 => -ERR invalid expire time in 'getex' command
        GETEX a EX x => -ERR value is not an integer or out of range
        GETEX a PERSIST PERSIST => $1 w
        GETEX a EXAT 1 => $1 w
        EXISTS a => :0
        GETDEL a => $-1
        SET a 5 => +OK
        GETDEL a => $1 5
        GETDEL a => $-1
        @list li 1
        GETEX li EX 0 => -WRONGTYPE Operation against a key holding the wrong kind of value
        GETDEL li => -WRONGTYPE Operation against a key holding the wrong kind of value
        GET li => -WRONGTYPE Operation against a key holding the wrong kind of value
        GETSET li 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        STRLEN li => -WRONGTYPE Operation against a key holding the wrong kind of value
        GETRANGE li 0 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        INCR li => -WRONGTYPE Operation against a key holding the wrong kind of value
        APPEND li x => -WRONGTYPE Operation against a key holding the wrong kind of value
        SETRANGE li 0 x => -WRONGTYPE Operation against a key holding the wrong kind of value
        SETRANGE li 0 "" => -WRONGTYPE Operation against a key holding the wrong kind of value
        INCRBYFLOAT li 1 => -WRONGTYPE Operation against a key holding the wrong kind of value
        MGET li a b => *3 $-1 $-1 $1 3
        SETNX li 1 => :0
        # lengths and ranges
        SET s "Hello World" => +OK
        STRLEN s => :11
        STRLEN none => :0
        GETRANGE s 0 4 => $5 Hello
        GETRANGE s -5 -1 => $5 World
        GETRANGE s -1 -5 => $0
        GETRANGE s 0 -1 => $11 Hello World
        GETRANGE s 0 100 => $11 Hello World
        GETRANGE s 5 3 => $0
        GETRANGE s -100 2 => $3 Hel
        GETRANGE s -100 -50 => $1 H
        GETRANGE s 11 12 => $0
        GETRANGE none 0 1 => $0
        GETRANGE s x 1 => -ERR value is not an integer or out of range
        GETRANGE s 0 y => -ERR value is not an integer or out of range
        SUBSTR s 1 3 => $3 ell
        SETRANGE s 6 Redis => :11
        GET s => $11 Hello Redis
        SETRANGE s 20 ! => :21
        GET s => $21 Hello Redis\x00\x00\x00\x00\x00\x00\x00\x00\x00!
        SETRANGE s -1 x => -ERR offset is out of range
        SETRANGE s x y => -ERR value is not an integer or out of range
        SETRANGE none 3 "" => :0
        EXISTS none => :0
        SETRANGE none2 3 ab => :5
        GET none2 => $5 \x00\x00\x00ab
        SETRANGE s 536870912 x => -ERR string exceeds maximum allowed size (proto-max-bulk-len)
        SETRANGE s 9223372036854775807 x => -ERR string exceeds maximum allowed size (proto-max-bulk-len)
        APPEND app a => :1
        APPEND app bcd => :4
        GET app => $4 abcd
        APPEND app "" => :4
        APPEND empty "" => :0
        EXISTS empty => :1
        GET empty => $0
        # numbers
        INCR n => :1
        INCR n => :2
        DECR n => :1
        INCRBY n 10 => :11
        DECRBY n 4 => :7
        GET n => $1 7
        INCRBY n x => -ERR value is not an integer or out of range
        INCRBY n 1.5 => -ERR value is not an integer or out of range
        INCRBY n 9223372036854775807 => -ERR increment or decrement would overflow
        SET n 9223372036854775807 => +OK
        INCR n => -ERR increment or decrement would overflow
        SET n -9223372036854775808 => +OK
        DECR n => -ERR increment or decrement would overflow
        DECRBY n -9223372036854775808 => -ERR decrement would overflow
        DECRBY n 1 => -ERR increment or decrement would overflow
        SET n " 1" => +OK
        INCR n => -ERR value is not an integer or out of range
        SET n 01 => +OK
        INCR n => -ERR value is not an integer or out of range
        SET n abc => +OK
        INCR n => -ERR value is not an integer or out of range
        DECR n => -ERR value is not an integer or out of range
        SET n 10 EX 100 => +OK
        INCR n => :11
        TTL n => :100
        SET n 99999 => +OK
        INCR n => :100000
        SET n 100 => +OK
        DECR n => :99
        GET n => $2 99
        SET f 10.50 => +OK
        INCRBYFLOAT f 0.1 => $4 10.6
        INCRBYFLOAT f -5 => $3 5.6
        INCRBYFLOAT f 2.5e0 => $3 8.1
        INCRBYFLOAT f x => -ERR value is not a valid float
        INCRBYFLOAT f inf => -ERR increment would produce NaN or Infinity
        INCRBYFLOAT f nan => -ERR value is not a valid float
        SET f abc => +OK
        INCRBYFLOAT f 1 => -ERR value is not a valid float
        INCRBYFLOAT newf 3.0 => $1 3
        INCRBYFLOAT newf 1e3 => $4 1003
        SET f 3.0 EX 100 => +OK
        INCRBYFLOAT f 1 => $1 4
        TTL f => :100
        # several keys
        MSET x 1 y 2 => +OK
        MGET x y zz => *3 $1 1 $1 2 $-1
        MSET x 1 y => -ERR wrong number of arguments for 'mset' command
        MSETNX x 1 y => -ERR wrong number of arguments for 'msetnx' command
        MSETNX x 5 w 5 => :0
        MSETNX v 5 w 5 => :1
        MGET v w x => *3 $1 5 $1 5 $1 1
        MSETNX q 1 q 2 => :1
        GET q => $1 2
        MSET => -ERR wrong number of arguments for 'mset' command
        SET x 1 EX 100 => +OK
        MSET x 2 => +OK
        TTL x => :-1
        "##,
    );
}

#[test]
fn lcs_replies_are_those_of_redis() {
    check(
        r##"
        MSET k1 ohmytext k2 mynewtext => +OK
        LCS k1 k2 => $6 mytext
        LCS k1 k2 LEN => :6
        LCS k1 k2 IDX => *4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6
        LCS k1 k2 IDX MINMATCHLEN 4 => *4 $7 matches *1 *2 *2 :4 :7 *2 :5 :8 $3 len :6
        LCS k1 k2 IDX MINMATCHLEN 4 WITHMATCHLEN => *4 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6
        LCS k1 k2 IDX MINMATCHLEN -1 WITHMATCHLEN => *4 $7 matches *2 *3 *2 :4 :7 *2 :5 :8 :4 *3 *2 :2 :3 *2 :0 :1 :2 $3 len :6
        LCS k1 k2 IDX LEN => -ERR If you want both the length and indexes, please just use IDX.
        LCS k1 k2 MINMATCHLEN => -ERR syntax error
        LCS k1 k2 MINMATCHLEN x => -ERR value is not an integer or out of range
        LCS k1 k2 BOGUS => -ERR syntax error
        LCS k1 k2 WITHMATCHLEN => $6 mytext
        LCS k1 none => $0
        LCS k1 none LEN => :0
        LCS k1 none IDX => *4 $7 matches *0 $3 len :0
        LCS none none2 IDX => *4 $7 matches *0 $3 len :0
        @list l a
        LCS k1 l => -ERR The specified keys must contain string values
        LCS l k1 BOGUS => -ERR The specified keys must contain string values
        LCS k1 k1 => $8 ohmytext
        LCS k1 k1 IDX WITHMATCHLEN => *4 $7 matches *1 *3 *2 :0 :7 *2 :0 :7 :8 $3 len :8
        MSET a abcdgh b aedfhr => +OK
        LCS a b => $3 adh
        LCS a b IDX WITHMATCHLEN => *4 $7 matches *3 *3 *2 :5 :5 *2 :4 :4 :1 *3 *2 :3 :3 *2 :2 :2 :1 *3 *2 :0 :0 *2 :0 :0 :1 $3 len :3
        MSET a xaaby b aabzaab => +OK
        LCS a b IDX WITHMATCHLEN => *4 $7 matches *1 *3 *2 :1 :3 *2 :0 :2 :3 $3 len :3
        @resp 3
        LCS k1 k2 IDX WITHMATCHLEN => %2 $7 matches *2 *3 *2 :4 :7 *2 :5 :8 :4 *3 *2 :2 :3 *2 :0 :1 :2 $3 len :6
        "##,
    );
}

#[test]
fn what_depends_on_arithmetic_is_logged_as_its_result() {
    let mut db = Db::new();
    for line in ["SET f 1", "INCRBYFLOAT f 0.5", "INCR n", "APPEND n 0", "GETEX n", "GETEX n PERSIST", "SET n 1 XX GET"]
    {
        db.run(line);
    }
    assert_eq!(db.logged(), ["SET f 1", "SET f 1.5 KEEPTTL", "INCR n", "APPEND n 0", "SET n 1 XX GET"]);
    db.verify();
}

#[test]
fn strings_grow_and_numbers_change_under_an_expiry() {
    check(
        r#"
        SET s "" PX 5000 => +OK
        APPEND s abcdefghijklmnopqrstuvwxyz => :26
        SETRANGE s 100 tail => :104
        PTTL s => :5000
        SET n 99999999 PX 5000 => +OK
        INCR n => :100000000
        DECR n => :99999999
        INCRBYFLOAT n 0.5 => $10 99999999.5
        PTTL n => :5000
        @sleep 4999
        STRLEN s => :104
        @sleep 1
        STRLEN s => :0
        INCR n => :1
        PTTL n => :-1
        APPEND s x => :1
        "#,
    );
}
