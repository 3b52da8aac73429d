//! Every limit is met with an error or a closed connection, never with growth or a stall of others.

use crate::kit::{Client, Options, Reply, Server, eventually, skipped_for_want_of};

fn limited(limits: &str) -> Server {
    Server::subject_with(Options { toml: limits.to_owned(), ..Options::default() })
}

/// What comes back for `bytes` before the server closes.
fn until_closed(server: &Server, bytes: &[u8]) -> Vec<String> {
    let mut client = server.connect();
    client.send_raw(bytes).expect("the connection is open");
    client.replies_until_closed().iter().map(ToString::to_string).collect()
}

#[test]
fn one_client_too_many_is_told_and_closed() {
    if skipped_for_want_of("limits in TOML") {
        return;
    }
    let server = limited("[limits]\nmax_clients = 3\n");
    let mut clients: Vec<Client> = Vec::new();
    // Who waited for the server to be ready takes a moment to be gone.
    eventually("three have a place", || {
        let mut client = server.connect();
        if client.ask("PING").error().is_none() {
            clients.push(client);
        }
        clients.len() == 3
    });
    assert_eq!(until_closed(&server, b""), ["-ERR max number of clients reached"]);
    assert_eq!(clients[0].line("PING"), "+PONG");
    clients.pop();
    eventually("the place is free", || {
        server.connect().call(["PING"]).error().is_none_or(|error| !error.contains("max number"))
    });
}

#[test]
fn a_request_beyond_its_limits_closes_its_connection() {
    if skipped_for_want_of("limits in TOML") {
        return;
    }
    let server = limited("[limits]\nmax_arguments = 16\nmax_bulk_bytes = \"1KiB\"\nmax_inline_bytes = \"64B\"\n");
    for (request, error) in [
        (b"*17\r\n".to_vec(), "-ERR Protocol error: invalid multibulk length"),
        (b"*2\r\n$4\r\nECHO\r\n$1025\r\n".to_vec(), "-ERR Protocol error: invalid bulk length"),
        (vec![b'x'; 65], "-ERR Protocol error: too big inline request"),
    ] {
        assert_eq!(until_closed(&server, &request), [error]);
    }
    let mut client = server.connect();
    let value = "x".repeat(1_024);
    assert_eq!(client.call(["ECHO", &value]).text(), value);
    assert_eq!(client.call(["DEL"].into_iter().chain(["k"; 15])).to_string(), ":0");
}

#[test]
fn limits_before_authentication_are_those_of_the_file() {
    if skipped_for_want_of("limits in TOML") {
        return;
    }
    let server = limited(
        "[limits]\nunauthenticated_arguments = 3\nunauthenticated_bulk_bytes = \"64B\"\n[acl.user.default]\nrules = \"off\"\n",
    );
    assert_eq!(until_closed(&server, b"*4\r\n"), ["-ERR Protocol error: unauthenticated multibulk length"]);
    let request = b"*2\r\n$4\r\nAUTH\r\n$65\r\n";
    assert_eq!(until_closed(&server, request), ["-ERR Protocol error: unauthenticated bulk length"]);
}

#[test]
fn keys_and_values_beyond_their_limits_change_nothing() {
    if skipped_for_want_of("limits in TOML") {
        return;
    }
    let server = limited(
        "[limits]\nmax_value_bytes = \"1KiB\"\n[keyspace.small]\nprefix = \"s:\"\nmax_key_bytes = \"8B\"\nmax_value_bytes = \"16B\"\n",
    );
    let mut client = server.connect();
    for (request, error) in [
        (["SET", "s:1234567", "v"], "-ERR key of 9 bytes exceeds the limit of 8 bytes of keyspace 'small'"),
        (
            ["SET", "s:1", "12345678901234567"],
            "-ERR value of 17 bytes exceeds the limit of 16 bytes of keyspace 'small'",
        ),
    ] {
        assert_eq!(client.call(request).to_string(), error);
    }
    let long = "x".repeat(1_025);
    assert_eq!(
        client.call(["SET", "k", &long]).to_string(),
        "-ERR value of 1025 bytes exceeds the limit of 1024 bytes of keyspace 'default'"
    );
    assert_eq!(client.line("DBSIZE"), ":0");
    // No key is longer than 64 KiB, not even one that a script makes after it has written.
    let script = "redis.call('SET', 'a', '1'); return redis.pcall('SET', string.rep('k', 65537), 'v')";
    let reply = client.call(["EVAL", script, "0"]).to_string();
    assert!(reply.starts_with("-ERR key of 65537 bytes exceeds the limit of 65536 bytes"), "{reply}");
    assert_eq!(client.line("DBSIZE"), ":1");
}

#[test]
fn a_transaction_that_is_too_long_is_aborted() {
    if skipped_for_want_of("limits in TOML") {
        return;
    }
    let server = limited("[limits]\nmax_transaction = 3\n");
    let mut client = server.connect();
    client.ask("MULTI");
    (0..3).for_each(|_| assert_eq!(client.line("INCR n"), "+QUEUED"));
    assert_eq!(client.line("INCR n"), "-ERR a transaction holds at most 3 commands");
    assert!(client.line("EXEC").starts_with("-EXECABORT"));
    assert_eq!(client.line("GET n"), "$-1");
}

#[test]
fn unfinished_requests_of_all_clients_are_bounded() {
    if skipped_for_want_of("limits in TOML") {
        return;
    }
    let server = limited("[limits]\nmax_query_bytes = \"1MiB\"\n");
    let mut greedy = server.connect();
    let _ = greedy.send_raw(b"*2\r\n$4\r\nECHO\r\n$4194304\r\n");
    // The server may close while the rest is under way.
    let _ = greedy.send_raw(&vec![b'x'; 4 << 20]);
    eventually("the greedy client is closed", || {
        server.log().contains("the query buffers of all clients are over their limit")
    });
    assert_eq!(server.connect().call(["ECHO", &"x".repeat(100_000)]).text().len(), 100_000);
}

#[test]
fn a_subscriber_that_does_not_read_is_closed() {
    if skipped_for_want_of("limits in TOML") {
        return;
    }
    let server = limited("[limits]\npubsub_output_hard = \"1MiB\"\npubsub_output_soft = \"1MiB\"\n");
    let mut lazy = server.connect();
    lazy.ask("SUBSCRIBE news");
    let mut other = server.connect();
    let message = "x".repeat(100_000);
    eventually("the subscriber is gone", || other.call(["PUBLISH", "news", &message]).integer() == 0);
    eventually("the reason is logged", || server.log().contains("its output buffer is full"));
    assert_eq!(other.line("PING"), "+PONG");
}

#[test]
fn a_full_keyspace_refuses_growth_and_goes_on_reading_and_deleting() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let server = limited("[keyspace.cache]\nprefix = \"c:\"\nmax_memory = \"1MiB\"\n");
    let mut client = server.connect();
    let value = "x".repeat(10_000);
    let mut written = 0;
    let refusal = loop {
        match client.call(["SET", &format!("c:{written}"), &value]) {
            Reply::Error(text) => break String::from_utf8_lossy(&text).into_owned(),
            _ => written += 1,
        }
    };
    assert_eq!(refusal, "OOM command not allowed when used memory > 'maxmemory'.");
    assert!((90..=110).contains(&written), "{written} values of 10 kB in 1 MiB");
    assert_eq!(client.ask("STRLEN c:0").integer(), 10_000);
    assert!(client.line("LPUSH c:list x").starts_with("-OOM"));
    assert_eq!(client.line("SET elsewhere v"), "+OK", "other keyspaces have room of their own");
    for n in 0..written / 2 {
        assert_eq!(client.line(&format!("DEL c:{n}")), ":1");
    }
    assert_eq!(client.call(["SET", "c:again", &value]).to_string(), "+OK");
}

#[test]
fn a_keyspace_of_so_many_keys_takes_no_more() {
    if skipped_for_want_of("keyspaces") {
        return;
    }
    let server = limited("[keyspace.few]\nprefix = \"f:\"\nmax_keys = 3\n");
    let mut client = server.connect();
    (0..3).for_each(|n| assert_eq!(client.line(&format!("SET f:{n} v")), "+OK"));
    assert_eq!(client.line("SET f:3 v"), "-QUOTA keyspace 'few' is at its limit of 3 keys");
    assert_eq!(client.line("SADD f:set m"), "-QUOTA keyspace 'few' is at its limit of 3 keys");
    assert_eq!(client.line("GET f:0"), r#""v""#);
    assert_eq!(client.line("DEL f:0"), ":1");
    assert_eq!(client.line("SET f:3 v"), "+OK");
}
