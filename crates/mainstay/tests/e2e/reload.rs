//! SIGHUP: what changes at once, what waits for a restart, and that nothing changes where the file is wrong.

use crate::kit::{Durability, Options, Server, skipped_for_want_of};

fn with(toml: &str) -> Options {
    Options { toml: toml.to_owned(), durability: Durability::EverySecond, ..Options::default() }
}

fn keys_of(server: &Server, keyspace: &str) -> Option<i64> {
    let reply = server.connect().ask(&format!("KEYSPACE INFO {keyspace}"));
    if reply.error().is_some() {
        return None;
    }
    let items = reply.items();
    let at = items.iter().position(|item| item.to_string() == r#""keys""#).expect("a count of keys");
    Some(items[at + 1].integer())
}

#[test]
fn keyspaces_come_change_and_go_and_count_the_keys_that_are_there() {
    if skipped_for_want_of("reloads") {
        return;
    }
    let mut server = Server::subject_with(with(""));
    let mut client = server.connect();
    for n in 0..5 {
        client.ask(&format!("SET a:{n} v"));
    }
    assert_eq!((keys_of(&server, "default"), keys_of(&server, "a")), (Some(5), None));
    server.reload(with("[keyspace.a]\nprefix = \"a:\"\nmax_keys = 6\n"));
    assert_eq!((keys_of(&server, "default"), keys_of(&server, "a")), (Some(0), Some(5)));
    assert_eq!(client.line("SET a:5 v"), "+OK", "the connection lives on");
    assert!(client.line("SET a:6 v").starts_with("-QUOTA"));
    server.reload(with("[keyspace.a]\nprefix = \"a:\"\nmax_keys = 7\nttl = \"1h\"\n"));
    assert_eq!(client.line("SET a:6 v"), "+OK");
    assert!(client.ask("TTL a:6").integer() > 3_500, "the default TTL holds from now on");
    assert_eq!(client.line("TTL a:0"), ":-1", "and not for what was written before");
    server.reload(with(""));
    assert_eq!((keys_of(&server, "default"), keys_of(&server, "a")), (Some(7), None));
}

#[test]
fn a_keyspace_that_becomes_durable_keeps_what_it_holds() {
    if skipped_for_want_of("reloads") {
        return;
    }
    let never = "[keyspace.s]\nprefix = \"s:\"\ndurability = \"never\"\n";
    let mut server = Server::subject_with(with(never));
    let mut client = server.connect();
    client.ask("SET s:string begin");
    client.ask("RPUSH s:list a b");
    client.ask("SELECT 3");
    client.ask("SET s:elsewhere x PX 100000000");
    client.ask("SELECT 0");
    server.reload(with("[keyspace.s]\nprefix = \"s:\"\ndurability = \"always\"\n"));
    client.ask("APPEND s:string -end");
    client.ask("RPUSH s:list c");
    let server = server.restart_after_kill();
    let mut client = server.connect();
    assert_eq!(client.line("GET s:string"), r#""begin-end""#);
    assert_eq!(client.line("LRANGE s:list 0 -1"), r#"["a", "b", "c"]"#);
    client.ask("SELECT 3");
    assert!(client.ask("PTTL s:elsewhere").integer() > 0);
}

#[test]
fn limits_users_and_the_log_level_change_at_once() {
    if skipped_for_want_of("reloads") {
        return;
    }
    let mut server = Server::subject_with(with(""));
    let mut client = server.connect();
    assert_eq!(client.line("CONFIG GET maxclients"), r#"["maxclients", "10000"]"#);
    let log = server.reload(with(
        "[limits]\nmax_clients = 77\nmax_transaction = 1\n[acl.user.late]\nrules = \"on nopass ~* +@all\"\n[log]\nlevel = \"debug\"\n",
    ));
    assert!(log.contains(r#""changed":4"#) && log.contains(r#""not_changed":0"#), "{log}");
    assert_eq!(client.line("CONFIG GET maxclients"), r#"["maxclients", "77"]"#);
    assert_eq!(client.line("AUTH late any"), "+OK");
    client.ask("MULTI");
    client.ask("PING");
    assert!(client.line("PING").contains("at most 1 commands"));
    // A user that is gone takes its connections along.
    server.reload(with("[limits]\nmax_clients = 78\n"));
    client.send_line("PING");
    assert!(client.try_receive().is_err());
    assert!(server.connect().line("AUTH late any").starts_with("-WRONGPASS"));
}

#[test]
fn what_needs_a_restart_is_named_each_time_and_stays() {
    if skipped_for_want_of("reloads") {
        return;
    }
    let mut server = Server::subject_with(with("[node]\nthreads = 2\n"));
    for _ in 0..2 {
        let log = server.reload(with("[node]\nthreads = 1\n[wal]\nsegment = \"1MiB\"\n[limits]\nmax_clients = 9\n"));
        for named in ["node.threads", "wal.segment", "takes effect at start only"] {
            assert!(log.contains(named), "{named} is not named: {log}");
        }
        assert!(log.contains(r#""not_changed":2"#), "{log}");
        assert_eq!(server.connect().line("CONFIG GET maxclients"), r#"["maxclients", "9"]"#);
    }
}

#[test]
fn a_wrong_file_changes_nothing() {
    if skipped_for_want_of("reloads") {
        return;
    }
    let mut server = Server::subject_with(with("[limits]\nmax_clients = 50\n"));
    for (toml, named) in [
        ("[limits]\nmax_clients = 60\nmax_cliens = 1\n", "max_cliens"),
        ("[limits]\nmax_clients = 60\n[acl.user.a]\nrules = \"on\"\npassword = \"env:E2E_NO_SUCH\"\n", "E2E_NO_SUCH"),
        ("not toml", "toml"),
    ] {
        let log = server.reload(with(toml));
        assert!(log.contains(r#""msg":"refused""#) && log.contains(named), "{named}: {log}");
        assert_eq!(server.connect().line("CONFIG GET maxclients"), r#"["maxclients", "50"]"#);
    }
    let log = server.reload(with("[limits]\nmax_clients = 60\n"));
    assert!(log.contains(r#""msg":"done""#), "{log}");
    assert_eq!(server.connect().line("CONFIG GET maxclients"), r#"["maxclients", "60"]"#);
}
