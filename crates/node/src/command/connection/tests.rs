//! Connections, from the first byte that clients send.

use crate::command::testing::{Db, check, check_on, shown};
use crate::engine::{ClientInfo, Flow};
use crate::resp::{Encoder, Parsed, Parser, Protocol};
use crate::session::Session;

const GREETING: &str = "$6 server $5 redis $7 version $5 7.4.0 $5 proto :3 $2 id :0 $4 mode $10 standalone $4 role $6 master $7 modules *0";

#[test]
fn ping_and_select() {
    check(
        r#"
        PING => +PONG
        PING hello => $5 hello
        PING a b => -ERR wrong number of arguments for 'ping' command
        SELECT 16 => -ERR DB index is out of range
        SELECT -1 => -ERR DB index is out of range
        SELECT 256 => -ERR DB index is out of range
        SELECT abc => -ERR value is not an integer or out of range
        SELECT 15 => +OK
        SET k v => +OK
        SELECT 0 => +OK
        GET k => $-1
        QUIT => +OK
        READONLY => -ERR This instance has cluster support disabled
        READWRITE => -ERR This instance has cluster support disabled
        ASKING => -ERR This instance has cluster support disabled
        ASKING x => -ERR wrong number of arguments for 'asking' command
        "#,
    );
}

#[test]
fn hello_agrees_on_the_protocol_and_on_nothing_if_it_fails() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        HELLO 1 => -NOPROTO unsupported protocol version
        HELLO 4 => -NOPROTO unsupported protocol version
        HELLO x => -ERR Protocol version is not an integer or out of range
        HELLO 3 foo => -ERR Syntax error in HELLO option 'foo'
        HELLO 3 SETNAME => -ERR Syntax error in HELLO option 'SETNAME'
        HELLO 3 AUTH default => -ERR Syntax error in HELLO option 'AUTH'
        HELLO 3 SETNAME "a b" => -ERR Client names cannot contain spaces, newlines or special characters.
        HELLO 3 AUTH nobody pw => -WRONGPASS invalid username-password pair or user is disabled.
        GET k => $-1
        "#,
    );
    assert_eq!(db.run("HELLO 3 AUTH default any SETNAME bob"), format!("%7 {GREETING}"));
    assert_eq!(db.session(0).client.protocol.load(std::sync::atomic::Ordering::Relaxed), 3);
    check_on(&mut db, "GET k => _\nCLIENT GETNAME => $3 bob\nRESET => +RESET\nGET k => $-1\nCLIENT GETNAME => $-1");
    assert_eq!(db.run("HELLO"), format!("*14 {}", GREETING.replace("proto :3", "proto :2")));
}

#[test]
fn a_password_is_demanded_once_there_is_one() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        AUTH x => -ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?
        AUTH default x => +OK
        AUTH a b c => -ERR syntax error
        9> PING => +PONG
        ACL SETUSER default >pw => +OK
        # Who was the default user already stays so.
        PING => +PONG
        9> PING => +PONG
        # Others have to log in.
        1> PING => -NOAUTH Authentication required.
        1> HELLO => -NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
        1> AUTH wrong => -WRONGPASS invalid username-password pair or user is disabled.
        1> AUTH default wrong => -WRONGPASS invalid username-password pair or user is disabled.
        1> AUTH pw => +OK
        1> PING => +PONG
        # RESET forgets it.
        1> RESET => +RESET
        1> PING => -NOAUTH Authentication required.
        ACL SETUSER default nopass => +OK
        1> PING => +PONG
        "#,
    );
}

#[test]
fn reset_makes_the_connection_new() {
    let mut db = Db::new();
    check_on(
        &mut db,
        r#"
        SELECT 3 => +OK
        CLIENT SETNAME me => +OK
        WATCH k => +OK
        MULTI => +OK
        SET k v => +QUEUED
        RESET => +RESET
        EXEC => -ERR EXEC without MULTI
        GET k => $-1
        CLIENT GETNAME => $-1
        SUBSCRIBE a => *3 $9 subscribe $1 a :1
        PSUBSCRIBE b* => *3 $10 psubscribe $2 b* :2
        RESET => +RESET
        1> PUBLISH a x => :0
        1> PUBLISH bb x => :0
        CLIENT REPLY OFF =>
        PING =>
        RESET => +RESET
        PING => +PONG
        "#,
    );
    assert_eq!(db.session(0).db, 0);
    assert!(db.session(0).watched.is_empty());
}

/// Runs bytes as a connection would, until they end or the connection does.
fn talk(bytes: &[u8]) -> String {
    let mut db = Db::new();
    db.connect("127.0.0.1:50000");
    let (mut parser, mut at, mut said) = (Parser::default(), 0, Vec::new());
    while at < bytes.len() {
        let limits = db.engine.settings().request;
        let Ok(Parsed::Request(used)) = parser.parse(&bytes[at..], &limits) else { panic!("a request begins at {at}") };
        let args: Vec<Vec<u8>> = parser
            .spans()
            .iter()
            .map(|&(start, len)| bytes[at..][start as usize..(start + len) as usize].to_vec())
            .collect();
        at += used;
        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        said.push(db.run_args(1, &args));
    }
    said.join(" | ")
}

fn request(line: &str) -> Vec<u8> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
    }
    bytes
}

#[test]
fn what_clients_send_at_connect_works() {
    // Client, what it sends, and how each reply begins.
    let cases: [(&str, &[&str], &[&str]); 7] = [
        (
            "redis-py 8",
            &[
                "HELLO 3",
                "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip",
                "CLIENT SETINFO LIB-NAME redis-py",
                "CLIENT SETINFO LIB-VER 8.1.0",
            ],
            &["%7 ", "-ERR maintenance notifications are not supported", "+OK", "+OK"],
        ),
        (
            "redis-py 8, cluster",
            &["CLUSTER SLOTS", "COMMAND"],
            &["-ERR This instance has cluster support disabled", "*"],
        ),
        (
            "ioredis 6",
            &["HELLO 3", "CLIENT SETINFO LIB-VER 6.0.0", "CLIENT SETINFO LIB-NAME ioredis", "INFO", "CLUSTER INFO"],
            &["%7 ", "+OK", "+OK", "=", "-ERR This instance"],
        ),
        ("valkey-glide", &["HELLO 3", "CLIENT SETINFO LIB-NAME GlidePy", "INFO REPLICATION"], &["%7 ", "+OK", "="]),
        (
            "redis-rs",
            &["CLIENT SETINFO LIB-NAME redis-rs", "CLIENT SETINFO LIB-VER 1.8.0", "PING"],
            &["+OK", "+OK", "+PONG"],
        ),
        ("fred", &["PING", "CLIENT ID", "INFO server"], &["+PONG", ":1", "$"]),
        (
            "go-redis and lettuce",
            &[
                "HELLO 3",
                "SELECT 1",
                "READONLY",
                "CLIENT TRACKING ON",
                "CLIENT SETINFO LIB-NAME go-redis",
                "CLUSTER NODES",
            ],
            &["%7 ", "+OK", "-ERR This", "-ERR client tracking is not supported", "+OK", "-ERR This instance"],
        ),
    ];
    for (client, sent, expected) in cases {
        let bytes: Vec<u8> = sent.iter().flat_map(|line| request(line)).collect();
        let heard = talk(&bytes);
        let heard: Vec<&str> = heard.split(" | ").collect();
        assert_eq!(heard.len(), expected.len(), "{client}");
        for (at, (heard, expected)) in heard.iter().zip(expected).enumerate() {
            assert!(heard.starts_with(expected), "{client}: {} => {heard}", sent[at]);
        }
    }
}

#[test]
fn quit_closes_and_hello_switches_the_running_encoder() {
    // The kit makes an encoder for each command; a connection keeps one for a whole batch.
    let db = Db::new();
    let mut out = Encoder::new(Vec::new(), Protocol::Resp2);
    let mut own = Session::new(ClientInfo::detached(7), db.engine.dice());
    assert!(matches!(db.engine.execute(&mut own, &[b"HELLO", b"3"], &mut out), Flow::Continue));
    out.clear();
    db.engine.execute(&mut own, &[b"GET", b"k"], &mut out);
    assert_eq!(shown(out.bytes()), "_");
    assert!(matches!(db.engine.execute(&mut own, &[b"QUIT"], &mut out), Flow::Close));
}
