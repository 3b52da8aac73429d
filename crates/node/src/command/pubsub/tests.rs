//! Channels.

use crate::command::testing::{Db, check, check_on};

#[test]
fn confirmations_come_one_per_channel_and_count() {
    check(
        r#"
        SUBSCRIBE a b a => *3 $9 subscribe $1 a :1 *3 $9 subscribe $1 b :2 *3 $9 subscribe $1 a :2
        PING => *2 $4 pong $0
        PING x => *2 $4 pong $1 x
        UNSUBSCRIBE a => *3 $11 unsubscribe $1 a :1
        UNSUBSCRIBE zz => *3 $11 unsubscribe $2 zz :1
        PSUBSCRIBE p* => *3 $10 psubscribe $2 p* :2
        PUNSUBSCRIBE => *3 $12 punsubscribe $2 p* :1
        SUBSCRIBE c => *3 $9 subscribe $1 c :2
        UNSUBSCRIBE => *3 $11 unsubscribe $1 b :1 *3 $11 unsubscribe $1 c :0
        UNSUBSCRIBE => *3 $11 unsubscribe $-1 :0
        PUNSUBSCRIBE => *3 $12 punsubscribe $-1 :0
        PING => +PONG
        SUBSCRIBE => -ERR wrong number of arguments for 'subscribe' command
        # A client of RESP3 may go on as usual.
        HELLO 3 SETNAME => -ERR Syntax error in HELLO option 'SETNAME'
        @resp 3
        SUBSCRIBE a => >3 $9 subscribe $1 a :1
        PING => +PONG
        GET k => _
        UNSUBSCRIBE => >3 $11 unsubscribe $1 a :0
        UNSUBSCRIBE => >3 $11 unsubscribe _ :0
        "#,
    );
}

#[test]
fn messages_reach_listeners_in_their_protocol() {
    let mut db = Db::new();
    let (two, three) = (db.connect("10.0.0.1:1"), db.connect("10.0.0.1:2"));
    db.run_as(two, "SUBSCRIBE news");
    db.run_as(two, "PSUBSCRIBE n*");
    db.run_as(three, "HELLO 3");
    db.run_as(three, "SUBSCRIBE news");
    check_on(
        &mut db,
        r#"
        PUBLISH news hi => :3
        PUBLISH nope x => :1
        PUBLISH other x => :0
        EVAL "return redis.call('publish', 'news', 'lua')" 0 => :3
        "#,
    );
    assert_eq!(
        db.mail(two),
        "*3 $7 message $4 news $2 hi *4 $8 pmessage $2 n* $4 news $2 hi *4 $8 pmessage $2 n* $4 nope $1 x \
         *3 $7 message $4 news $3 lua *4 $8 pmessage $2 n* $4 news $3 lua"
    );
    assert_eq!(db.mail(three), ">3 $7 message $4 news $2 hi >3 $7 message $4 news $3 lua");
    assert!(db.logged().is_empty(), "messages are not logged");
}

#[test]
fn pubsub_tells_who_listens() {
    let mut db = Db::new();
    let listener = db.connect("10.0.0.1:1");
    check_on(&mut db, "PUBSUB CHANNELS => *0\nPUBSUB NUMPAT => :0\nPUBSUB NUMSUB => *0");
    db.run_as(listener, "SUBSCRIBE news other");
    db.run_as(listener, "PSUBSCRIBE n* m*");
    check_on(
        &mut db,
        r#"
        PUBSUB CHANNELS n* => *1 $4 news
        PUBSUB NUMSUB news nobody => *4 $4 news :1 $6 nobody :0
        PUBSUB NUMPAT => :2
        PUBSUB SHARDCHANNELS => *0
        PUBSUB SHARDNUMSUB a => *2 $1 a :0
        PUBSUB NUMPAT x => -ERR wrong number of arguments for 'pubsub|numpat' command
        PUBSUB foo => -ERR unknown subcommand 'foo'. Try PUBSUB HELP.
        "#,
    );
    let other = crate::session::Session::new(crate::engine::ClientInfo::detached(99), db.engine.dice());
    let mut client = std::mem::replace(db.session(listener), other);
    db.engine.leave(&mut client);
    check_on(&mut db, "PUBSUB CHANNELS => *0\nPUBSUB NUMPAT => :0");
}

#[test]
fn confirmations_and_messages_are_sent_to_who_wants_no_replies() {
    check(
        r#"
        @resp 3
        CLIENT REPLY OFF =>
        SUBSCRIBE a => >3 $9 subscribe $1 a :1
        PSUBSCRIBE p* => >3 $10 psubscribe $2 p* :2
        PING =>
        UNSUBSCRIBE a => >3 $11 unsubscribe $1 a :1
        SUBSCRIBE =>
        CLIENT REPLY ON => +OK
        CLIENT REPLY SKIP =>
        PUNSUBSCRIBE => >3 $12 punsubscribe $2 p* :0
        PING => +PONG
        "#,
    );
}
