//! What connections may do wrong, and what the others notice of it: nothing.

use crate::kit::{Client, Server, escaped, eventually};
use std::time::Duration;

/// Sends raw bytes and returns everything that comes back before the server closes.
fn until_closed(server: &Server, bytes: &[u8]) -> Vec<String> {
    let mut client = server.connect();
    client.send_raw(bytes).expect("the connection is open");
    client.replies_until_closed().iter().map(ToString::to_string).collect()
}

#[test]
fn broken_protocol_is_answered_once_and_closed() {
    let server = Server::subject();
    for (bytes, error) in [
        (&b"*abc\r\n"[..], "-ERR Protocol error: invalid multibulk length"),
        (b"*2147483648\r\n", "-ERR Protocol error: invalid multibulk length"),
        (b"*1\r\n:1\r\n", "-ERR Protocol error: expected '$', got ':'"),
        (b"*1\r\nPING\r\n", "-ERR Protocol error: expected '$', got 'P'"),
        (b"*1\r\n$abc\r\n", "-ERR Protocol error: invalid bulk length"),
        (b"*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length"),
        (b"*1\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length"),
        (b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$99999999999\r\n", "-ERR Protocol error: invalid bulk length"),
        (b"GET \"unbalanced\r\n", "-ERR Protocol error: unbalanced quotes in request"),
        (b"GET 'x'y\r\n", "-ERR Protocol error: unbalanced quotes in request"),
    ] {
        assert_eq!(until_closed(&server, bytes), [error], "after {}", escaped(bytes));
    }
    // What came before the mistake is answered.
    let replies = until_closed(&server, b"*1\r\n$4\r\nPING\r\n*1\r\n$3\r\nGET\r\n*x\r\nPING\r\n");
    assert_eq!(replies.len(), 3, "{replies:?}");
    assert_eq!(replies[0], "+PONG");
    assert_eq!(server.connect().line("PING"), "+PONG");
}

#[test]
fn an_endless_line_is_refused() {
    let server = Server::subject();
    let inline = vec![b'a'; 70 * 1024];
    assert_eq!(until_closed(&server, &inline), ["-ERR Protocol error: too big inline request"]);
    let mut count = b"*".to_vec();
    count.extend(vec![b'1'; 70 * 1024]);
    assert_eq!(until_closed(&server, &count), ["-ERR Protocol error: too big mbulk count string"]);
    let mut length = b"*1\r\n$".to_vec();
    length.extend(vec![b'1'; 70 * 1024]);
    assert_eq!(until_closed(&server, &length), ["-ERR Protocol error: too big bulk count string"]);
}

#[test]
fn inline_commands_are_words_and_quotes() {
    let server = Server::subject();
    let mut client = server.connect();
    let mut ask = |bytes: &[u8]| {
        client.send_raw(bytes).expect("the connection is open");
        client.receive().to_string()
    };
    assert_eq!(ask(b"PING\r\n"), "+PONG");
    assert_eq!(ask(b"PING\n"), "+PONG");
    assert_eq!(ask(b"  SET   k   \"a \\x00\\n\\\"b\" \r\n"), "+OK");
    assert_eq!(ask(b"GET k\r\n"), r#""a \x00\n\"b""#);
    assert_eq!(ask(b"SET k 'it\\'s'\r\n"), "+OK");
    assert_eq!(ask(b"GET k\r\n"), r#""it's""#);
    // Empty requests of either form have no reply.
    assert_eq!(ask(b"\r\n\r\n*0\r\n*-1\r\nECHO last\r\n"), r#""last""#);
}

#[test]
fn requests_may_arrive_byte_by_byte() {
    let server = Server::subject();
    let mut client = server.connect();
    for byte in b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n\r\n\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" {
        client.send_raw(&[*byte]).expect("the connection is open");
        std::thread::sleep(Duration::from_micros(200));
    }
    assert_eq!(client.receive().to_string(), "+OK");
    assert_eq!(client.receive().to_string(), r#""\r\n\r\n""#);
}

#[test]
fn a_half_closed_connection_still_gets_its_replies() {
    let server = Server::subject();
    let mut client = server.connect();
    for _ in 0..100 {
        client.send_line("INCR n");
    }
    client.shutdown_write();
    let replies = client.replies_until_closed();
    // A server may take the end of input as the end of interest, but what it answers is in order and what ran, ran whole.
    for (index, reply) in replies.iter().enumerate() {
        assert_eq!(reply.integer(), index as i64 + 1);
    }
    assert!(server.connect().ask("GET n").text().parse::<usize>().expect("a number") >= replies.len());
}

#[test]
fn a_request_cut_off_in_the_middle_changes_nothing() {
    let server = Server::subject();
    let mut other = server.connect();
    other.ask("SET k before");
    for cut in [1, 5, 20, 30, 40] {
        let request = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\nxxxxxxxxxxxxx";
        let mut client = server.connect();
        client.send_raw(&request[..cut.min(request.len())]).expect("the connection is open");
        drop(client);
    }
    eventually("the aborted connections are gone", || connected(&mut other) == 1);
    assert_eq!(other.line("GET k"), r#""before""#);
}

fn connected(client: &mut Client) -> u64 {
    let info = client.ask("INFO clients").text();
    let line = info.lines().find_map(|line| line.strip_prefix("connected_clients:"));
    line.expect("INFO says how many clients are connected").trim().parse().expect("a number")
}

#[test]
fn a_reader_that_does_not_read_is_closed_and_the_others_go_on() {
    let server = Server::subject();
    let mut other = server.connect();
    let limit = "normal 1048576 0 0";
    assert_eq!(other.call(["CONFIG", "SET", "client-output-buffer-limit", limit]).to_string(), "+OK");
    other.call(["SET", "big", &"x".repeat(100_000)]);
    let mut lazy = server.connect();
    let request = crate::kit::encode(["GET", "big"]);
    // Far more than the limit and what the sockets' own buffers hold together.
    for _ in 0..400 {
        if lazy.send_raw(&request).is_err() {
            break;
        }
    }
    eventually("the lazy reader is closed", || connected(&mut other) == 1);
    assert_eq!(other.line("PING"), "+PONG");
}

#[test]
fn two_thousand_idle_connections_cost_the_others_nothing() {
    let server = Server::subject();
    let idle: Vec<Client> = (0..2_000).map(|_| server.connect()).collect();
    let mut client = server.connect();
    eventually("all are connected", || connected(&mut client) == 2_001);
    for n in 1..=1_000 {
        assert_eq!(client.ask("INCR n").integer(), n);
    }
    drop(idle);
    eventually("all are gone", || connected(&mut client) == 1);
}

#[test]
fn values_of_many_megabytes_pass_unharmed() {
    let server = Server::subject();
    let mut client = server.connect();
    let value: Vec<u8> = (0..20_000_000u32).map(|n| (n % 251) as u8).collect();
    assert_eq!(client.call([&b"SET"[..], b"big", &value]).to_string(), "+OK");
    assert_eq!(client.ask("STRLEN big").integer(), 20_000_000);
    let crate::kit::Reply::Bulk(back) = client.ask("GET big") else { panic!("not a bulk") };
    assert!(back == value);
}

#[test]
fn a_deep_pipeline_is_answered_in_order() {
    let server = Server::subject();
    let mut client = server.connect();
    let mut requests = Vec::new();
    for n in 0..20_000 {
        requests.extend(crate::kit::encode(["ECHO", &n.to_string()]));
    }
    client.send_raw(&requests).expect("the server reads on while replies wait");
    for n in 0..20_000 {
        assert_eq!(client.receive().text(), n.to_string());
    }
}

#[test]
fn a_value_above_the_limit_is_refused_before_it_is_stored() {
    let server = Server::subject();
    let mut client = server.connect();
    client.ask("SET k x");
    let reply = client.ask("SETRANGE k 536870911 xx");
    assert_eq!(reply.to_string(), "-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    assert_eq!(client.line("STRLEN k"), ":1");
}

#[test]
fn a_page_in_a_browser_cannot_make_it_write() {
    let server = Server::subject();
    for head in ["POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"] {
        let mut browser = server.connect();
        let _ = browser.send_raw(format!("{head}\r\nSET stolen 1\r\n").as_bytes());
        browser.replies_until_closed();
    }
    assert_eq!(server.connect().ask("EXISTS stolen").integer(), 0);
}

#[test]
fn a_reader_that_lags_behind_gets_all_it_asked_for() {
    let server = Server::subject();
    let mut client = server.connect();
    client.ask("CONFIG SET client-output-buffer-limit \"normal 67108864 0 0\"");
    client.call(["SET", "big", &"x".repeat(1 << 20)]);
    // Requests for more than the limit, all sent before the first reply is read.
    let requests = crate::kit::encode(["GET", "big"]).repeat(96);
    client.send_raw(&requests).expect("the server reads on");
    for _ in 0..96 {
        assert_eq!(client.receive().text().len(), 1 << 20);
    }
    assert_eq!(client.line("PING"), "+PONG");
}

#[test]
fn a_command_over_very_many_keys_is_no_more_than_many_commands() {
    let server = Server::subject();
    let mut client = server.connect();
    let keys: Vec<String> = (0..100_000).map(|n| format!("k{n}")).collect();
    let pairs = keys.iter().flat_map(|key| [key.as_str(), "v"]);
    assert_eq!(client.call(std::iter::once("MSET").chain(pairs)).to_string(), "+OK");
    assert_eq!(client.call(std::iter::once("DEL").chain(keys.iter().map(String::as_str))).integer(), 100_000);
}
