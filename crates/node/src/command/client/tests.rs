//! Connections as others see them.

use crate::command::testing::{Db, check_on};

fn three() -> (Db, [u64; 3]) {
    let mut db = Db::new();
    let ids = ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.2:1"].map(|address| db.connect(address));
    (db, ids)
}

#[test]
fn names_and_marks() {
    let (mut db, _) = three();
    check_on(
        &mut db,
        r#"
        1> CLIENT ID => :1
        1> CLIENT SETNAME "a b" => -ERR Client names cannot contain spaces, newlines or special characters.
        1> CLIENT SETNAME ab => +OK
        1> CLIENT GETNAME => $2 ab
        1> CLIENT SETNAME "" => +OK
        1> CLIENT GETNAME => $-1
        1> CLIENT SETINFO LIB-NAME lib(x_v1) => +OK
        1> CLIENT SETINFO lib-ver 1.0 => +OK
        1> CLIENT SETINFO lib-ver "1 0" => -ERR lib-ver cannot contain spaces, newlines or special characters.
        1> CLIENT SETINFO lib-foo x => -ERR Unrecognized option 'lib-foo'
        1> CLIENT NO-EVICT maybe => -ERR syntax error
        1> CLIENT NO-EVICT on => +OK
        1> CLIENT NO-TOUCH on => +OK
        1> CLIENT TRACKING maybe => -ERR syntax error
        1> CLIENT TRACKING on => -ERR client tracking is not supported
        1> CLIENT TRACKING off => +OK
        1> CLIENT TRACKINGINFO => *6 $5 flags *1 $3 off $8 redirect :-1 $8 prefixes *0
        1> CLIENT GETREDIR => :-1
        1> CLIENT CACHING yes => -ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled
        1> CLIENT foo => -ERR unknown subcommand 'foo'. Try CLIENT HELP.
        1> CLIENT => -ERR wrong number of arguments for 'client' command
        1> CLIENT ID x => -ERR wrong number of arguments for 'client|id' command
        "#,
    );
    let line = db.run_as(1, "CLIENT INFO");
    assert!(
        line.contains("id=1 addr=10.0.0.1:1 laddr=127.0.0.1:6379 fd=-1 name= age=0 idle=0 flags=eT db=0 sub=0 psub=0"),
        "{line}"
    );
    assert!(
        line.contains("multi=-1 watch=0 ") && line.contains("cmd=client|info user=default redir=-1 resp=2"),
        "{line}"
    );
    assert!(line.contains("lib-name=lib(x_v1) lib-ver=1.0\\n"), "{line}");
}

#[test]
fn lists_show_state_and_filter() {
    let (mut db, ids) = three();
    check_on(
        &mut db,
        r#"
        1> SUBSCRIBE a b => *3 $9 subscribe $1 a :1 *3 $9 subscribe $1 b :2
        2> SELECT 3 => +OK
        2> WATCH k => +OK
        2> MULTI => +OK
        2> PING => +QUEUED
        3> CLIENT LIST foo => -ERR syntax error
        3> CLIENT LIST TYPE => -ERR syntax error
        3> CLIENT LIST TYPE foo => -ERR Unknown client type 'foo'
        3> CLIENT LIST TYPE master => $0
        3> CLIENT LIST ID => -ERR syntax error
        3> CLIENT LIST ID x => -ERR Invalid client ID
        3> CLIENT LIST ID 100 => $0
        "#,
    );
    let all = db.run_as(ids[2], "CLIENT LIST");
    let lines: Vec<&str> = all.split("\\n").collect();
    assert!(lines[0].contains("flags=P db=0 sub=2 psub=0"), "{all}");
    assert!(lines[1].contains("flags=x db=3 sub=0 psub=0 ssub=0 multi=1 watch=1"), "{all}");
    assert!(lines[2].contains("flags=N") && lines[2].contains("cmd=client|list"), "{all}");
    let some = db.run_as(ids[2], "CLIENT LIST ID 3 1 100");
    assert!(some.find("id=3").unwrap() < some.find("id=1 ").unwrap() && !some.contains("id=2"), "{some}");
    let listeners = db.run_as(ids[2], "CLIENT LIST TYPE pubsub");
    assert!(listeners.contains("id=1") && !listeners.contains("id=3"), "{listeners}");
}

#[test]
fn kill_refuses_what_it_does_not_understand() {
    let (mut db, _) = three();
    check_on(
        &mut db,
        r#"
        3> CLIENT KILL => -ERR wrong number of arguments for 'client|kill' command
        3> CLIENT KILL foo => -ERR No such client
        3> CLIENT KILL ID 0 => -ERR client-id should be greater than 0
        3> CLIENT KILL ID x => -ERR client-id should be greater than 0
        3> CLIENT KILL ID 999 => :0
        3> CLIENT KILL ID 1 TYPE => -ERR syntax error
        3> CLIENT KILL TYPE foo => -ERR Unknown client type 'foo'
        3> CLIENT KILL USER foo => -ERR No such user 'foo'
        3> CLIENT KILL ADDR 1.2.3.4:5 => :0
        3> CLIENT KILL SKIPME maybe => -ERR syntax error
        3> CLIENT KILL foo bar => -ERR syntax error
        "#,
    );
    assert_eq!([1, 2, 3].map(|id| db.mail(id)), ["", "", ""]);
}

#[test]
fn kill_closes_those_whom_all_filters_name() {
    // The filter, its answer, and whether clients 1 to 3 are closed; client 3 asks.
    let cases: [(&str, &str, [bool; 3]); 9] = [
        ("10.0.0.1:2", "+OK", [false, true, false]),
        ("10.0.0.2:1", "+OK", [false, false, true]),
        ("ID 1", ":1", [true, false, false]),
        ("ID 3", ":0", [false, false, false]),
        ("ID 3 SKIPME no", ":1", [false, false, true]),
        ("TYPE normal", ":1", [false, true, false]),
        ("TYPE pubsub", ":1", [true, false, false]),
        ("USER default SKIPME no", ":3", [true, true, true]),
        ("LADDR 127.0.0.1:6379 ADDR 10.0.0.1:2", ":1", [false, true, false]),
    ];
    for (filter, answer, closed) in cases {
        let (mut db, ids) = three();
        db.run_as(1, "SUBSCRIBE a");
        assert_eq!(db.run_as(ids[2], &format!("CLIENT KILL {filter}")), answer, "{filter}");
        assert_eq!(ids.map(|id| db.mail(id) == "(closed)"), closed, "{filter}");
    }
}

#[test]
fn a_pause_puts_commands_off() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        CLIENT PAUSE => -ERR wrong number of arguments for 'client|pause' command
        CLIENT PAUSE x => -ERR timeout is not an integer or out of range
        CLIENT PAUSE -1 => -ERR timeout is negative
        CLIENT PAUSE 1 foo => -ERR CLIENT PAUSE mode must be WRITE or ALL
        CLIENT PAUSE 100 WRITE => +OK
        1> GET k => $-1
        1> SET k v => (retries)
        1> PUBLISH a b => (retries)
        1> EVAL "return 1" 0 => (retries)
        1> EVAL_RO "return 1" 0 => :1
        1> MULTI => +OK
        1> GET k => +QUEUED
        1> EXEC => *1 $-1
        @sleep 99
        1> SET k v => (retries)
        @sleep 1
        1> SET k v => +OK
        CLIENT PAUSE 100 => +OK
        1> GET k => (retries)
        # A milder pause does not take the stricter one back.
        1> CLIENT UNPAUSE => +OK
        1> GET k => $1 v
        "#,
    );
}

#[test]
fn replies_are_left_out_on_demand() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        CLIENT REPLY foo => -ERR syntax error
        CLIENT REPLY SKIP =>
        PING =>
        PING => +PONG
        CLIENT REPLY OFF =>
        SET k v =>
        NOSUCH =>
        CLIENT REPLY SKIP =>
        PING =>
        PING =>
        CLIENT REPLY ON => +OK
        GET k => $1 v
        "#,
    );
}

#[test]
fn a_blocked_client_is_unblocked() {
    let mut db = Db::new();
    let waiting = db.connect("10.0.0.1:1");
    for (reason, outcome) in [("", "*-1"), (" TIMEOUT", "*-1"), (" ERROR", "(unblocked)")] {
        assert_eq!(db.run_as(waiting, "BZPOPMIN z 0"), "(waits)");
        assert!(db.run("CLIENT LIST").contains("flags=b"));
        assert_eq!(db.run(&format!("CLIENT UNBLOCK {waiting}{reason}")), ":1");
        assert_eq!(db.run(&format!("CLIENT UNBLOCK {waiting}{reason}")), ":0");
        assert_eq!(db.hear(waiting), outcome);
    }
    check_on(
        &mut db,
        r#"
        CLIENT UNBLOCK x => -ERR value is not an integer or out of range
        CLIENT UNBLOCK 999 => :0
        CLIENT UNBLOCK 1 foo => -ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR
        "#,
    );
}
