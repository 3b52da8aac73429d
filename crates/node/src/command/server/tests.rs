//! Snapshots, stopping, role.

use crate::command::testing::{Db, check, check_on};
use crate::engine::{ClientInfo, Flow, Request};
use crate::resp::{Encoder, split_line};
use crate::session::Session;

#[test]
fn answers_are_those_of_redis() {
    check(
        r#"
        ROLE => *3 $6 master :0 *0
        LASTSAVE => :1700000000
        LASTSAVE x => -ERR wrong number of arguments for 'lastsave' command
        BGSAVE foo => -ERR syntax error
        BGSAVE SCHEDULE => +Background saving started
        BGREWRITEAOF => +Background append only file rewriting started
        SHUTDOWN foo => -ERR syntax error
        SHUTDOWN NOSAVE SAVE => -ERR syntax error
        SHUTDOWN ABORT => -ERR No shutdown in progress.
        SHUTDOWN ABORT NOW => -ERR syntax error
        LATENCY LATEST => *0
        LATENCY HISTORY event => *0
        LATENCY RESET => :0
        LATENCY RESET event => :0
        "#,
    );
}

#[test]
fn the_shell_is_asked_for_what_only_it_can_do() {
    let db = Db::new();
    let mut session = Session::new(ClientInfo::detached(1), db.engine.dice());
    let cases: [(&str, &str, Request); 6] = [
        ("SAVE", "", Request::SnapshotNow),
        ("BGSAVE", "+Background saving started\r\n", Request::Snapshot),
        ("SHUTDOWN", "", Request::Shutdown { save: true }),
        ("SHUTDOWN NOW FORCE", "", Request::Shutdown { save: true }),
        ("SHUTDOWN NOSAVE", "", Request::Shutdown { save: false }),
        ("SHUTDOWN nosave now", "", Request::Shutdown { save: false }),
    ];
    for (line, reply, request) in cases {
        let mut out = Encoder::default();
        let words = split_line(line.as_bytes()).expect("quotes are balanced");
        let args: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let flow = db.engine.execute(&mut session, &args, &mut out);
        assert!(matches!(flow, Flow::Ask(asked) if asked == request), "{line}: {flow:?}");
        assert_eq!(out.bytes(), reply.as_bytes(), "{line}");
    }
}

#[test]
fn a_snapshot_is_noted() {
    let mut db = Db::new();
    db.sleep_ms(5_000);
    db.engine.note_saved();
    check_on(&mut db, "LASTSAVE => :1700000005");
    assert!(db.run("INFO persistence").contains("rdb_last_save_time:1700000005"));
}

#[test]
fn there_is_no_cluster() {
    check(
        r#"
        CLUSTER INFO => -ERR This instance has cluster support disabled
        CLUSTER SLOTS => -ERR This instance has cluster support disabled
        CLUSTER SHARDS => -ERR This instance has cluster support disabled
        CLUSTER NODES => -ERR This instance has cluster support disabled
        CLUSTER MYID => -ERR This instance has cluster support disabled
        CLUSTER KEYSLOT a => -ERR This instance has cluster support disabled
        CLUSTER COUNTKEYSINSLOT 1 => -ERR This instance has cluster support disabled
        CLUSTER GETKEYSINSLOT 1 10 => -ERR This instance has cluster support disabled
        CLUSTER HELP => -ERR This instance has cluster support disabled
        CLUSTER foo => -ERR unknown subcommand 'foo'. Try CLUSTER HELP.
        CLUSTER => -ERR wrong number of arguments for 'cluster' command
        CLUSTER KEYSLOT => -ERR wrong number of arguments for 'cluster|keyslot' command
        "#,
    );
}

#[test]
fn every_container_helps_except_the_one_that_refuses_everything() {
    let mut db = Db::new();
    for name in ["ACL", "CLIENT", "COMMAND", "CONFIG", "KEYSPACE", "LATENCY", "PUBSUB", "SLOWLOG"] {
        let help = db.run(&format!("{name} HELP"));
        assert!(help.contains(&format!("+{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are: ")), "{help}");
        assert!(help.ends_with("+HELP +    Prints this help."), "{help}");
    }
}
