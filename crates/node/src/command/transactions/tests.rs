//! Transactions and watches.

use crate::command::testing::{Db, check, check_on};
use crate::engine::{Flow, Settings};
use crate::keyspace::{Keyspace, Keyspaces};

#[test]
fn commands_run_together_and_errors_while_running_are_replies() {
    check(
        r#"
        MULTI => +OK
        SET a 1 => +QUEUED
        INCR a => +QUEUED
        ZADD a 1 m => +QUEUED
        SELECT 1 => +QUEUED
        GET a => +QUEUED
        1> GET a => $-1
        EXEC => *5 +OK :2 -WRONGTYPE Operation against a key holding the wrong kind of value +OK $-1
        SET a other => +OK
        SELECT 0 => +OK
        GET a => $1 2
        EXEC => -ERR EXEC without MULTI
        DISCARD => -ERR DISCARD without MULTI
        MULTI => +OK
        EXEC => *0
        "#,
    );
}

#[test]
fn what_cannot_be_queued_aborts() {
    check(
        r#"
        MULTI => +OK
        SET a => -ERR wrong number of arguments for 'set' command
        SET a 1 => +QUEUED
        EXEC => -EXECABORT Transaction discarded because of previous errors.
        MULTI => +OK
        NOSUCH => -ERR unknown command 'NOSUCH', with args beginning with:
        EXEC => -EXECABORT Transaction discarded because of previous errors.
        MULTI => +OK
        SAVE => -ERR Command not allowed inside a transaction
        EXEC => -EXECABORT Transaction discarded because of previous errors.
        MULTI => +OK
        SET a 1 => +QUEUED
        EXEC now => -EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command
        EXEC => -ERR EXEC without MULTI
        GET a => $-1
        # These two are errors, but no reason to abort.
        MULTI => +OK
        MULTI => -ERR MULTI calls can not be nested
        WATCH a => -ERR WATCH inside MULTI is not allowed
        SET a 1 => +QUEUED
        EXEC => *1 +OK
        MULTI => +OK
        SET a 2 => +QUEUED
        DISCARD => +OK
        GET a => $1 1
        "#,
    );
}

#[test]
fn a_change_of_a_watched_key_ends_the_transaction() {
    // What happens between WATCH and EXEC, and whether EXEC runs then.
    let cases: [(&str, bool); 9] = [
        ("1> GET k", true),
        ("1> SET other v", true),
        ("1> SET k v", false),
        ("1> INCRBYFLOAT k 1", false),
        ("SET k v", false),
        ("1> GETDEL k", false),
        ("1> GETDEL absent", true),
        ("UNWATCH", true),
        ("1> SET absent v", false),
    ];
    for (meanwhile, runs) in cases {
        let mut db = Db::new();
        check_on(&mut db, "SET k 1 => +OK\nWATCH k absent => +OK");
        match meanwhile.strip_prefix("1> ") {
            Some(command) => db.run_as(1, command),
            None => db.run(meanwhile),
        };
        check_on(&mut db, "MULTI => +OK\nPING => +QUEUED");
        assert_eq!(db.run("EXEC"), if runs { "*1 +PONG" } else { "*-1" }, "{meanwhile}");
        check_on(&mut db, "SET k v => +OK\nMULTI => +OK\nEXEC => *0");
    }
}

#[test]
fn a_watched_key_that_expires_counts_as_changed_and_one_that_had_expired_does_not() {
    check(
        r#"
        SET k v PX 100 => +OK
        WATCH k => +OK
        MULTI => +OK
        GET k => +QUEUED
        @sleep 100
        EXEC => *-1
        # It is expired, though still there.
        SET k v PX 100 => +OK
        @sleep 100
        WATCH k => +OK
        MULTI => +OK
        GET k => +QUEUED
        EXEC => *1 $-1
        "#,
    );
}

#[test]
fn watches_know_databases_and_end_with_discard() {
    check(
        r#"
        WATCH k => +OK
        1> SELECT 1 => +OK
        1> SET k v => +OK
        MULTI => +OK
        EXEC => *0
        WATCH k => +OK
        MULTI => +OK
        DISCARD => +OK
        SET k v => +OK
        MULTI => +OK
        UNWATCH => +QUEUED
        GET k => +QUEUED
        EXEC => *2 +OK $1 v
        "#,
    );
}

#[test]
fn subscriptions_and_messages_within_a_transaction() {
    let mut db = Db::new();
    let listener = db.connect("10.0.0.1:1");
    db.run_as(listener, "SUBSCRIBE news");
    check_on(
        &mut db,
        r#"
        MULTI => +OK
        PUBLISH news a => +QUEUED
        SUBSCRIBE x => +QUEUED
        PING => +QUEUED
        EXEC => *3 :1 *3 $9 subscribe $1 x :1 *2 $4 pong $0
        GET k => -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
        "#,
    );
    assert_eq!(db.mail(listener), "*3 $7 message $4 news $1 a");
}

#[test]
fn scripts_are_loaded_within_a_transaction() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        MULTI => +OK
        SCRIPT LOAD "return 1" => +QUEUED
        SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db => +QUEUED
        EXEC => *2 $40 e0e1f9fabfc9d4800c877a703b823ac0578ff8db *1 :1
        MULTI => +OK
        EVAL "return redis.call('set', KEYS[1], 'v')" 1 k => +QUEUED
        SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db => +QUEUED
        GET k => +QUEUED
        EXEC => *3 +OK *1 :1 $1 v
        "#,
    );
}

#[test]
fn a_transaction_over_a_limit_does_not_begin() {
    let spaces = Keyspaces::new(vec![
        Keyspace::default_space(),
        Keyspace { name: "small".into(), prefix: (*b"s:").into(), keys_max: Some(1), ..Keyspace::default_space() },
    ]);
    let mut db = Db::with(Settings::default(), spaces);
    check_on(
        &mut db,
        r#"
        MULTI => +OK
        SET k v => +QUEUED
        SET s:1 v => +QUEUED
        1> SET s:0 v => +OK
        EXEC => -EXECABORT Transaction discarded because of: QUOTA keyspace 'small' is at its limit of 1 keys
        GET k => $-1
        EXEC => -ERR EXEC without MULTI
        "#,
    );
}

#[test]
fn the_queue_is_bounded() {
    let mut db = Db::with(Settings { transaction_commands_max: 1, ..Settings::default() }, Keyspaces::only_default());
    check_on(
        &mut db,
        r#"
        MULTI => +OK
        PING => +QUEUED
        PING => -ERR a transaction holds at most 1 commands
        EXEC => -EXECABORT Transaction discarded because of previous errors.
        "#,
    );
}

#[test]
fn while_a_script_runs_others_try_again_and_nobody_blocks() {
    let mut db = Db::new();
    db.run("SET k v");
    let engine = &db.engine;
    std::thread::scope(|scope| {
        let script = scope.spawn(|| {
            let mut session = crate::session::Session::new(crate::engine::ClientInfo::detached(8), engine.dice());
            let mut out = crate::resp::Encoder::default();
            let body = b"redis.call('get', KEYS[1]) while true do end";
            engine.execute(&mut session, &[b"EVAL", body, b"1", b"k"], &mut out);
            crate::command::testing::shown(out.bytes())
        });
        while !engine.scripts_running() {
            std::thread::yield_now();
        }
        let mut session = crate::session::Session::new(crate::engine::ClientInfo::detached(9), engine.dice());
        let mut out = crate::resp::Encoder::default();
        let mut run = |args: &[&[u8]]| engine.execute(&mut session, args, &mut out);
        for retried in [&[b"INFO".as_slice()][..], &[b"WATCH", b"k"], &[b"GET", b"k"], &[b"KEYSPACE", b"INFO"]] {
            assert!(matches!(run(retried), Flow::Retry), "{}", retried[0].escape_ascii());
        }
        for served in [&[b"PING".as_slice()][..], &[b"UNWATCH"], &[b"MULTI"], &[b"DISCARD"], &[b"SCRIPT", b"KILL"]] {
            assert!(matches!(run(served), Flow::Continue), "{}", served[0].escape_ascii());
        }
        let killed = script.join().expect("the script ends");
        assert!(killed.starts_with("-ERR Error running script") || killed.contains("killed"), "{killed}");
    });
    check_on(&mut db, "GET k => $1 v");
}
