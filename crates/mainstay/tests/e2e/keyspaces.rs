//! What each keyspace promises, kept side by side in one node.

use crate::kit::{Client, Durability, Options, Server, skipped_for_want_of};

/// `always`, `everysec` by default, and one that is not logged, with a TTL.
const PROMISES: &str = r#"
[keyspace.account]
prefix = "account:"
durability = "always"

[keyspace.session]
prefix = "session:"
durability = "never"
ttl = "1h"
ttl_jitter = 0.5
"#;

fn server() -> Server {
    let options = Options { toml: PROMISES.to_owned(), durability: Durability::EverySecond, ..Options::default() };
    Server::subject_with(options)
}

fn fill(client: &mut Client) {
    for line in ["SET account:1 100", "SET other o", "SET session:1 s", "HSET session:2 f v"] {
        assert!(client.ask(line).error().is_none(), "{line}");
    }
}

#[test]
fn a_kill_takes_what_is_not_logged_and_nothing_else() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let server = server();
    fill(&mut server.connect());
    let server = server.restart_after_kill();
    let mut client = server.connect();
    assert_eq!(client.line("MGET account:1 other"), r#"["100", "o"]"#);
    assert_eq!(client.line("EXISTS session:1 session:2"), ":0");
}

#[test]
fn an_orderly_stop_keeps_everything() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let server = server();
    fill(&mut server.connect());
    let server = server.restart_after_terminate();
    let mut client = server.connect();
    assert_eq!(client.line("MGET account:1 other session:1"), r#"["100", "o", "s"]"#);
    assert_eq!(client.line("HGET session:2 f"), r#""v""#);
    // It keeps them once: a kill after that start takes them.
    client.ask("SET account:1 200");
    let server = server.restart_after_kill();
    let mut client = server.connect();
    assert_eq!(client.line("MGET account:1 session:1"), r#"["200", $-1]"#);
}

#[test]
fn a_command_over_promises_keeps_each() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let server = server();
    let mut client = server.connect();
    client.ask("MSET session:a 1 account:a 1 other:a 1");
    client.ask("RENAME session:a account:b");
    client.ask("SET session:c 7");
    client.ask("COPY session:c other:c");
    client.ask("MULTI");
    client.ask("INCR session:n");
    client.ask("INCR account:n");
    client.ask("EXEC");
    client.call([
        "EVAL",
        "return redis.call('SET', KEYS[1], redis.call('GET', KEYS[2]))",
        "2",
        "account:d",
        "session:c",
    ]);
    let read = "MGET account:a account:b other:a other:c account:n account:d session:a session:c session:n";
    assert_eq!(client.line(read), r#"["1", "1", "1", "7", "1", "7", $-1, "7", "1"]"#);
    let server = server.restart_after_kill();
    assert_eq!(server.connect().line(read), r#"["1", "1", "1", "7", "1", "7", $-1, $-1, $-1]"#);
}

#[test]
fn the_default_ttl_is_shortened_and_never_lengthened() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let server = server();
    let mut client = server.connect();
    let hour = 3_600_000;
    let mut lives = Vec::new();
    for n in 0..200 {
        client.ask(&format!("SET session:{n} v"));
        lives.push(client.ask(&format!("PTTL session:{n}")).integer());
    }
    assert!(lives.iter().all(|life| (hour / 2 - 60_000..=hour).contains(life)), "{lives:?}");
    let (shortest, longest) = (lives.iter().min(), lives.iter().max());
    assert!(shortest < Some(&(hour * 6 / 10)) && longest > Some(&(hour * 9 / 10)), "they are spread: {lives:?}");
    // A client that names a time is obeyed, and one that takes it away too.
    client.ask("SET session:0 v EX 10000");
    assert!(client.ask("TTL session:0").integer() > 9_900);
    client.ask("PERSIST session:0");
    assert_eq!(client.line("TTL session:0"), ":-1");
    // A change in place leaves the life as it is.
    let before = client.ask("PEXPIRETIME session:1").integer();
    client.ask("APPEND session:1 w");
    assert_eq!(client.ask("PEXPIRETIME session:1").integer(), before);
    // Every kind of value gets one when it is made.
    for line in [
        "HSET session:h f v",
        "RPUSH session:l a",
        "SADD session:s m",
        "ZADD session:z 1 m",
        "XADD session:x * f v",
        "INCR session:i",
        "SETBIT session:b 1 1",
    ] {
        client.ask(line);
        let key = line.split(' ').nth(1).expect("a key");
        assert!(client.ask(&format!("TTL {key}")).integer() > 1_700, "{line}");
    }
}

#[test]
fn a_restart_keeps_the_very_lives_that_keys_had() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let toml = "[keyspace.token]\nprefix = \"token:\"\nttl = \"1h\"\nttl_jitter = 0.5\n";
    let options = Options { toml: toml.to_owned(), durability: Durability::Always, ..Options::default() };
    let mut server = Server::subject_with(options);
    let mut client = server.connect();
    for n in 0..20 {
        client.ask(&format!("SET token:{n} v"));
        client.ask(&format!("RPUSH token:list:{n} v"));
    }
    client.ask("SET explicit v PXAT 4102444800123");
    client.ask("SET short v PX 1");
    let read = |client: &mut Client| -> Vec<i64> {
        let tokens = (0..20).flat_map(|n| [format!("token:{n}"), format!("token:list:{n}")]);
        let keys = tokens.chain(["explicit".to_owned(), "short".to_owned()]);
        keys.map(|key| client.ask(&format!("PEXPIRETIME {key}")).integer()).collect()
    };
    crate::kit::eventually("the short one is over", || client.ask("EXISTS short").integer() == 0);
    let before = read(&mut client);
    assert_eq!(before[40..], [4_102_444_800_123, -2]);
    for restart in [Server::restart_after_kill, Server::restart_after_terminate, Server::restart_after_kill] {
        server = restart(server);
        assert_eq!(read(&mut server.connect()), before);
    }
}

#[test]
fn a_key_tells_where_it_belongs_and_why() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let server = server();
    let mut client = server.connect();
    client.ask("SET account:7 x");
    let told = client.line("KEYSPACE EXPLAIN account:7");
    for part in [r#""keyspace", "account""#, r#""durability", "always""#, "'account:'", r#""exists", :1"#] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(client.line("KEYSPACE LIST"), r#"["default", "account", "session"]"#);
}
