use crate::command::testing::{Db, check, check_on};
use crate::engine::{Clock, Settings};
use crate::keyspace::{Durability, Keyspace, Keyspaces};

#[test]
fn keys_replies_are_those_of_redis() {
    check(
        r##"
        MSET a 1 b 2 c 3 => +OK
        EXISTS a b c d a => :4
        TOUCH a b d a => :3
        DEL a d => :1
        UNLINK b c e b => :2
        EXISTS a b c => :0
        DEL => -ERR wrong number of arguments for 'del' command
        @list l 1
        @set s 1
        @hash h f v
        @zset z 1 m
        @stream x
        SET k v => +OK
        TYPE l => +list
        TYPE s => +set
        TYPE h => +hash
        TYPE z => +zset
        TYPE x => +stream
        TYPE k => +string
        TYPE none => +none
        # RENAME
        RENAME none y => -ERR no such key
        RENAME none none => -ERR no such key
        RENAME k k => +OK
        RENAMENX k k => :0
        RENAMENX none k => -ERR no such key
        RENAME k k2 => +OK
        GET k2 => $1 v
        EXISTS k => :0
        RENAMENX k2 l => :0
        RENAMENX k2 k3 => :1
        RENAME k3 l => +OK
        GET l => $1 v
        SET t 1 EX 100 => +OK
        SET u 2 => +OK
        RENAME u t => +OK
        TTL t => :-1
        SET u 2 EX 100 => +OK
        RENAME u t => +OK
        TTL t => :100
        GET t => $1 2
        RENAME h h2 => +OK
        @list names h2 h3
        SORT names BY nosort GET *->f => *2 $1 v $-1
        RENAME z z2 => +OK
        SORT z2 BY nosort => *1 $1 m
        RENAME => -ERR wrong number of arguments for 'rename' command
        # COPY
        SET k v EX 100 => +OK
        COPY k kc => :1
        GET kc => $1 v
        TTL kc => :100
        COPY k kc => :0
        SET k w => +OK
        COPY k kc REPLACE => :1
        GET kc => $1 w
        TTL kc => :-1
        COPY none kc => :0
        COPY none kc REPLACE => :0
        COPY k k => -ERR source and destination objects are the same
        COPY k k DB 0 => -ERR source and destination objects are the same
        COPY k k DB 1 => :1
        COPY k k DB 1 => :0
        COPY k k DB 1 REPLACE => :1
        COPY k k DB 16 => -ERR DB index is out of range
        COPY k k DB x => -ERR value is not an integer or out of range
        COPY k kd DB -1 => -ERR DB index is out of range
        COPY k kd DB => -ERR syntax error
        COPY k kd BOGUS => -ERR syntax error
        COPY k kd REPLACE REPLACE DB 2 DB 3 => :1
        @db 3
        GET kd => $1 w
        @db 1
        GET k => $1 w
        DEL k => :1
        @db 0
        COPY h2 h3 => :1
        SORT names BY nosort GET *->f => *2 $1 v $1 v
        @hash h3 f 2
        SORT names BY nosort GET *->f => *2 $1 v $1 2
        COPY z2 z3 => :1
        COPY s s3 => :1
        SORT s3 => *1 $1 1
        COPY x x3 => :1
        TYPE x3 => +stream
        APPEND k more => :5
        COPY k raw => :1
        OBJECT ENCODING raw => $3 raw
        # MOVE
        MOVE k 0 => -ERR source and destination objects are the same
        MOVE k 16 => -ERR DB index is out of range
        MOVE k -1 => -ERR DB index is out of range
        MOVE k x => -ERR value is not an integer or out of range
        MOVE none 1 => :0
        MOVE k 1 => :1
        EXISTS k => :0
        @db 1
        GET k => $5 wmore
        SET z2 1 => +OK
        @db 0
        MOVE z2 1 => :0
        TYPE z2 => +zset
        SET tt 1 EX 100 => +OK
        MOVE tt 1 => :1
        @db 1
        TTL tt => :100
        @db 0
        # databases
        DBSIZE => :13
        @db 1
        DBSIZE => :3
        @db 0
        SWAPDB 0 1 => +OK
        DBSIZE => :3
        @db 1
        DBSIZE => :13
        @db 0
        SWAPDB 0 0 => +OK
        SWAPDB x 1 => -ERR invalid first DB index
        SWAPDB 0 x => -ERR invalid second DB index
        SWAPDB 0 16 => -ERR DB index is out of range
        SWAPDB -1 1 => -ERR DB index is out of range
        SWAPDB 0 1 => +OK
        FLUSHDB BOGUS => -ERR syntax error
        FLUSHDB ASYNC SYNC => -ERR syntax error
        FLUSHDB ASYNC => +OK
        DBSIZE => :0
        @db 1
        DBSIZE => :3
        FLUSHALL SYNC => +OK
        DBSIZE => :0
        FLUSHALL => +OK
        FLUSHALL BOGUS => -ERR syntax error
        RANDOMKEY => $-1
        SET only 1 => +OK
        RANDOMKEY => $4 only
        "##,
    );
}

#[test]
fn flushes_and_swaps_replay() {
    let mut db = Db::new();
    check_on(
        &mut db,
        "
        MSET a 1 b 2 c 3 d 4 => +OK
        @db 1
        MSET a x e y => +OK
        SWAPDB 0 1 => +OK
        MGET a e b => *3 $1 1 $-1 $1 2
        FLUSHDB => +OK
        DBSIZE => :0
        @db 0
        MGET a e b => *3 $1 x $1 y $-1
        COPY a a DB 2 => :1
        MOVE e 3 => :1
        RENAME a z => +OK
        ",
    );
    db.verify();
    assert_eq!(db.run("FLUSHALL"), "+OK");
    db.verify();
    assert!(db.engine.state(Clock::now(&db.clock)).is_empty());
}

#[test]
fn a_flush_is_as_durable_as_the_strictest_keyspace() {
    let lax = Keyspace { durability: Durability::Never, ..Keyspace::default_space() };
    let strict =
        Keyspace { name: "strict".into(), prefix: b"s:"[..].into(), durability: Durability::Always, ..lax.clone() };
    let mut db = Db::with(Settings::default(), Keyspaces::new(vec![lax.clone(), strict]));
    db.run("SET s:1 v");
    let waits_for = db.session(0).sync_lsn;
    db.run("FLUSHALL");
    assert!(db.session(0).sync_lsn > waits_for, "the reply waits for the record of the flush");
    let mut db = Db::with(Settings::default(), Keyspaces::new(vec![lax]));
    db.run("SET a v");
    db.run("FLUSHALL");
    assert_eq!(db.logged(), [""; 0], "nothing is logged where nothing is kept");
}

#[test]
fn expired_keys_are_no_obstacle() {
    check(
        "
        SET old 1 PX 10 => +OK
        SET k v => +OK
        @sleep 10
        EXISTS old => :0
        TYPE old => +none
        DEL old => :0
        RENAMENX k old => :1
        SET gone 1 PX 10 => +OK
        @sleep 10
        RENAME gone x => -ERR no such key
        COPY gone x => :0
        MOVE gone 1 => :0
        COPY old gone => :1
        TTL gone => :-1
        ",
    );
}

#[test]
fn copies_share_nothing() {
    check(
        "
        @list l a b
        @zset z 1 m 2 n
        @hash h f v
        COPY l l2 => :1
        DEL l => :1
        SORT l2 BY nosort => *2 $1 a $1 b
        COPY z z2 => :1
        DEL z => :1
        SORT z2 BY nosort DESC => *2 $1 n $1 m
        COPY h h2 DB 4 => :1
        DEL h => :1
        @db 4
        TYPE h2 => +hash
        ",
    );
}
