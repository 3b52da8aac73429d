//! The table of commands as clients see it.

use super::top_level;
use crate::command::testing::{Db, check, check_on, shown};
use crate::command::{Access, Command, Flags, Group, KeySpec, Run, index};
use crate::resp::Encoder;

#[test]
fn rows_are_told_in_the_ten_elements_of_redis() {
    check(
        r#"
        COMMAND INFO get nosuch config|get config|nosuch => *4 *10 $3 get :2 *2 +readonly +fast :1 :1 :1 *3 +@read +@string +@fast *0 *1 *6 $5 flags *2 +RO +access $12 begin_search *4 $4 type $5 index $4 spec *2 $5 index :1 $9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :0 $7 keystep :1 $5 limit :0 *0 $-1 *10 $10 config|get :-3 *4 +admin +noscript +loading +stale :0 :0 :0 *3 +@admin +@slow +@dangerous *0 *0 *0 $-1
        COMMAND INFO mset => *1 *10 $4 mset :-3 *2 +write +denyoom :1 :-1 :2 *3 +@write +@string +@slow *0 *1 *6 $5 flags *2 +OW +update $12 begin_search *4 $4 type $5 index $4 spec *2 $5 index :1 $9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :-1 $7 keystep :2 $5 limit :0 *0
        COMMAND INFO eval => *1 *10 $4 eval :-3 *5 +noscript +stale +skip_monitor +no_mandatory_keys +movablekeys :0 :0 :0 *2 +@slow +@scripting *0 *1 *6 $5 flags *3 +RW +access +update $12 begin_search *4 $4 type $5 index $4 spec *2 $5 index :2 $9 find_keys *4 $4 type $6 keynum $4 spec *6 $9 keynumidx :0 $8 firstkey :1 $7 keystep :1 *0
        COMMAND foo => -ERR unknown subcommand 'foo'. Try COMMAND HELP.
        COMMAND COUNT x => -ERR wrong number of arguments for 'command|count' command
        @resp 3
        COMMAND INFO get => *1 *10 $3 get :2 ~2 +readonly +fast :1 :1 :1 ~3 +@read +@string +@fast ~0 ~1 %3 $5 flags ~2 +RO +access $12 begin_search %2 $4 type $5 index $4 spec %1 $5 index :1 $9 find_keys %2 $4 type $5 range $4 spec %3 $7 lastkey :0 $7 keystep :1 $5 limit :0 ~0
        "#,
    );
}

#[test]
fn key_specifications_have_their_forms() {
    static ROWS: [Command; 3] = [
        Command::new("halves", -4, Group::Stream, Run::Container).keys(&[KeySpec::Halves {
            keyword: "streams",
            from: 1,
            options: &[],
            access: Access::Read,
        }]),
        Command::new("two", 3, Group::List, Run::Container).keys(&[
            KeySpec::Range { first: 1, last: 1, step: 1, access: Access::ReadWrite },
            KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Write },
        ]),
        Command::new("keyword", -2, Group::Generic, Run::Container)
            .keys(&[KeySpec::one(Access::Read), KeySpec::Keyword { keyword: "store", access: Access::Write }]),
    ];
    let expected = [
        (
            ":0 :0 :0",
            "+movablekeys",
            "$7 keyword $4 spec *4 $7 keyword $7 STREAMS $9 startfrom :1 $9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :-1 $7 keystep :1 $5 limit :2",
        ),
        (
            ":1 :2 :1",
            "*0",
            "$5 index $4 spec *2 $5 index :2 $9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :0 $7 keystep :1 $5 limit :0",
        ),
        (":1 :1 :1", "+movablekeys", "$7 keyword $5 STORE $9 startfrom :2"),
    ];
    for (row, (range, flags, spec)) in ROWS.iter().zip(expected) {
        let mut out = Encoder::default();
        // The number is that of any row: only the name is looked up by it.
        let number = index().find(b"get").expect("there is GET").number;
        super::rows::describe(crate::command::Found { command: row, number, parent: None }, &mut out);
        let told = shown(out.bytes());
        assert!(told.contains(range) && told.contains(flags) && told.contains(spec), "{}: {told}", row.name);
    }
}

#[test]
fn the_whole_table_is_told() {
    let mut db = Db::new();
    let count = top_level().count();
    assert_eq!(db.run("COMMAND COUNT"), format!(":{count}"));
    for whole in ["COMMAND", "COMMAND INFO"] {
        assert!(db.run(whole).starts_with(&format!("*{count} *10 ")), "{whole}");
    }
    assert!(db.run("COMMAND DOCS").starts_with(&format!("*{} ", 2 * count)));
    assert!(db.run("COMMAND LIST").starts_with(&format!("*{} ", index().len())));
}

#[test]
fn every_row_is_documented_and_consistent() {
    for found in index().rows() {
        let (row, name) = (found.command, index().name(found.number));
        assert!(
            !row.summary.is_empty() && !row.since.is_empty() && !row.complexity.is_empty(),
            "{name} lacks its docs"
        );
        assert_eq!(row.name, row.name.to_ascii_lowercase(), "{name}");
        assert!(!row.flags.contains(Flags::WRITE.union(Flags::READONLY)), "{name} writes or only reads");
        assert_eq!(matches!(row.run, Run::Container), row.arity == -2 && !row.subcommands.is_empty(), "{name}");
        let reads_data = row.flags.intersects(Flags::WRITE.union(Flags::READONLY));
        let open = matches!(row.group, Group::Transactions | Group::Scripting | Group::Generic | Group::Server);
        assert!(row.keys.is_empty() || reads_data || open, "{name} has keys, so it reads or writes");
    }
}

#[test]
fn lists_are_filtered() {
    check(
        r#"
        COMMAND LIST FILTERBY PATTERN mse* => *2 $4 mset $6 msetnx
        COMMAND LIST FILTERBY PATTERN MULTI => *1 $5 multi
        COMMAND LIST FILTERBY ACLCAT transaction => *5 $5 multi $4 exec $7 discard $5 watch $7 unwatch
        COMMAND LIST FILTERBY ACLCAT nosuch => *0
        COMMAND LIST FILTERBY MODULE m => *0
        COMMAND LIST FILTERBY foo bar => -ERR syntax error
        COMMAND LIST FILTERBY PATTERN => -ERR syntax error
        COMMAND LIST foo => -ERR syntax error
        "#,
    );
}

#[test]
fn docs_come_with_their_subcommands() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        COMMAND DOCS nosuch => *0
        COMMAND DOCS unwatch nosuch => *2 $7 unwatch *8 $7 summary $25 Ends the effect of WATCH. $5 since $5 2.2.0 $5 group $12 transactions $10 complexity $15 O(watched keys)
        "#,
    );
    let slowlog = db.run("COMMAND DOCS slowlog");
    assert!(slowlog.contains("$11 subcommands *8 $11 slowlog|get *8 $7 summary"), "{slowlog}");
}

#[test]
fn keys_are_extracted() {
    check(
        r#"
        COMMAND GETKEYS GET a => *1 $1 a
        COMMAND GETKEYS mset a 1 b 2 => *2 $1 a $1 b
        COMMAND GETKEYS EVAL x 0 => *0
        COMMAND GETKEYS EVAL x 2 a b c => *2 $1 a $1 b
        COMMAND GETKEYS KEYSPACE EXPLAIN a => *1 $1 a
        COMMAND GETKEYS GET => -ERR wrong number of arguments for 'command|getkeys' command
        COMMAND GETKEYS MSET a => -ERR Invalid number of arguments specified for command
        COMMAND GETKEYS nosuch a => -ERR Invalid command specified
        COMMAND GETKEYS PING x => -ERR The command has no key arguments
        COMMAND GETKEYS CONFIG GET => -ERR The command has no key arguments
        COMMAND GETKEYS CONFIG nosuch => -ERR Invalid command specified
        COMMAND GETKEYSANDFLAGS MSET a 1 b 2 => *2 *2 $1 a *2 +OW +update *2 $1 b *2 +OW +update
        COMMAND GETKEYSANDFLAGS GETSET a 1 => *1 *2 $1 a *3 +RW +access +update
        @resp 3
        COMMAND GETKEYSANDFLAGS GET a => *1 *2 $1 a ~2 +RO +access
        "#,
    );
}
