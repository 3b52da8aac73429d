//! The slow log.

use crate::command::testing::{Db, check_on};
use mainstay_foundation::Instant;

/// Client 0 runs a command that takes 20 ms, as it seems from when the batch began.
fn slow(db: &mut Db, line: &str) -> String {
    db.session(0).clock = crate::engine::Clock::instant(&db.clock);
    db.sleep_ms(20);
    let reply = db.run(line);
    db.session(0).clock = Instant::from_nanos(u64::MAX);
    reply
}

#[test]
fn slow_commands_are_kept_newest_first() {
    let mut db = Db::new();
    db.session(0).clock = Instant::from_nanos(u64::MAX);
    check_on(&mut db, "SLOWLOG LEN => :0\nSLOWLOG GET => *0\nCLIENT SETNAME me => +OK");
    slow(&mut db, "SET k v");
    slow(&mut db, "GET k");
    check_on(
        &mut db,
        r#"
        SLOWLOG LEN => :2
        SLOWLOG GET 1 => *1 *6 :1 :1700000000 :20000 *2 $3 GET $1 k $1 - $2 me
        SLOWLOG GET -1 => *2 *6 :1 :1700000000 :20000 *2 $3 GET $1 k $1 - $2 me *6 :0 :1700000000 :20000 *3 $3 SET $1 k $1 v $1 - $2 me
        SLOWLOG GET 0 => *0
        SLOWLOG GET -2 => -ERR count should be greater than or equal to -1
        SLOWLOG GET abc => -ERR count should be greater than or equal to -1
        SLOWLOG GET 1 2 => -ERR unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP.
        SLOWLOG foo => -ERR unknown subcommand 'foo'. Try SLOWLOG HELP.
        CONFIG SET slowlog-max-len 1 => +OK
        SLOWLOG LEN => :1
        SLOWLOG RESET => +OK
        SLOWLOG LEN => :0
        CONFIG SET slowlog-log-slower-than -1 => +OK
        "#,
    );
    slow(&mut db, "GET k");
    check_on(&mut db, "SLOWLOG LEN => :0");
}

#[test]
fn passwords_stay_out_of_it() {
    let cases = [
        ("AUTH secret", "*2 $4 AUTH $10 (redacted)"),
        ("AUTH default secret", "*3 $4 AUTH $10 (redacted) $10 (redacted)"),
        (
            "HELLO 2 SETNAME me AUTH default secret",
            "*7 $5 HELLO $1 2 $7 SETNAME $2 me $4 AUTH $10 (redacted) $10 (redacted)",
        ),
        ("ACL SETUSER u >secret", "*4 $3 ACL $7 SETUSER $10 (redacted) $10 (redacted)"),
        (
            "CONFIG SET timeout 0 requirepass secret",
            "*6 $6 CONFIG $3 SET $7 timeout $1 0 $11 requirepass $10 (redacted)",
        ),
        ("HELLO 2 AUTH", "*3 $5 HELLO $1 2 $4 AUTH"),
        ("ACL WHOAMI", "*2 $3 ACL $6 WHOAMI"),
    ];
    for (line, kept) in cases {
        let mut db = Db::new();
        slow(&mut db, line);
        let log = db.run("SLOWLOG GET 1");
        assert!(log.contains(kept) && !log.contains("secret"), "{line}: {log}");
    }
}
