//! Commands that wait: who is served first, what wakes whom, and what ends a wait.

use crate::kit::{Client, Server, eventually};
use std::time::{Duration, Instant};

/// Long enough to see that nothing comes, short enough for many tests.
const QUIET: Duration = Duration::from_millis(60);

/// Sends a command that waits and returns once the server has it waiting.
fn block(server: &Server, client: &mut Client, line: &str) {
    let mut other = server.connect();
    let before = blocked(&mut other);
    client.send_line(line);
    eventually("one more blocked client", || blocked(&mut other) == before + 1);
}

fn blocked(client: &mut Client) -> u64 {
    let info = client.ask("INFO clients").text();
    let line = info.lines().find_map(|line| line.strip_prefix("blocked_clients:"));
    line.expect("INFO says how many clients are blocked").trim().parse().expect("a number")
}

#[test]
fn clients_are_served_in_the_order_they_came() {
    let server = Server::subject();
    let mut clients: Vec<Client> = (0..4).map(|_| server.connect()).collect();
    for client in &mut clients {
        block(&server, client, "BLPOP queue 0");
    }
    let mut producer = server.connect();
    assert_eq!(producer.line("RPUSH queue a b"), ":2");
    assert_eq!(clients[0].receive().to_string(), r#"["queue", "a"]"#);
    assert_eq!(clients[1].receive().to_string(), r#"["queue", "b"]"#);
    assert!(clients[2].is_silent(QUIET));
    assert_eq!(producer.line("LPUSH queue c"), ":1");
    assert_eq!(clients[2].receive().to_string(), r#"["queue", "c"]"#);
    assert!(clients[3].is_silent(QUIET));
    assert_eq!(producer.line("EXISTS queue"), ":0");
}

#[test]
fn a_client_that_left_is_not_served() {
    let server = Server::subject();
    let (mut first, mut second, mut producer) = (server.connect(), server.connect(), server.connect());
    block(&server, &mut first, "BLPOP queue 0");
    block(&server, &mut second, "BLPOP queue 0");
    drop(first);
    eventually("the server has noticed", || blocked(&mut producer) == 1);
    producer.ask("RPUSH queue a");
    assert_eq!(second.receive().to_string(), r#"["queue", "a"]"#);
}

#[test]
fn a_push_inside_a_transaction_serves_after_exec() {
    let server = Server::subject();
    let (mut waiting, mut producer) = (server.connect(), server.connect());
    block(&server, &mut waiting, "BLPOP queue 0");
    for line in ["MULTI", "LPUSH queue a", "LPUSH queue b", "LPUSH queue c"] {
        producer.ask(line);
    }
    assert!(waiting.is_silent(QUIET));
    assert_eq!(producer.line("EXEC"), "[:1, :2, :3]");
    assert_eq!(waiting.receive().to_string(), r#"["queue", "c"]"#);
    assert_eq!(producer.line("LRANGE queue 0 -1"), r#"["b", "a"]"#);
}

#[test]
fn what_a_transaction_takes_back_serves_nobody() {
    let server = Server::subject();
    let (mut waiting, mut producer) = (server.connect(), server.connect());
    block(&server, &mut waiting, "BLPOP queue 0");
    for line in ["MULTI", "LPUSH queue a", "DEL queue", "EXEC"] {
        producer.ask(line);
    }
    assert!(waiting.is_silent(QUIET));
    producer.ask("LPUSH queue real");
    assert_eq!(waiting.receive().to_string(), r#"["queue", "real"]"#);
}

#[test]
fn a_script_and_a_rename_wake_as_a_push_does() {
    let server = Server::subject();
    let (mut waiting, mut producer) = (server.connect(), server.connect());
    block(&server, &mut waiting, "BLPOP queue 0");
    producer.call(["EVAL", "return redis.call('rpush', KEYS[1], 'from script')", "1", "queue"]);
    assert_eq!(waiting.receive().to_string(), r#"["queue", "from script"]"#);
    block(&server, &mut waiting, "BRPOP queue 0");
    producer.ask("RPUSH other x");
    producer.ask("RENAME other queue");
    assert_eq!(waiting.receive().to_string(), r#"["queue", "x"]"#);
}

#[test]
fn the_first_key_with_something_is_taken() {
    let server = Server::subject();
    let (mut waiting, mut producer) = (server.connect(), server.connect());
    producer.ask("RPUSH b 1");
    producer.ask("RPUSH c 2");
    assert_eq!(waiting.line("BLPOP a b c 0"), r#"["b", "1"]"#);
    block(&server, &mut waiting, "BLPOP x y 0");
    for line in ["MULTI", "RPUSH y 1", "RPUSH x 2", "EXEC"] {
        producer.ask(line);
    }
    // The key that became ready first wakes the client.
    assert_eq!(waiting.receive().to_string(), r#"["y", "1"]"#);
}

#[test]
fn another_type_does_not_wake() {
    let server = Server::subject();
    let (mut waiting, mut producer) = (server.connect(), server.connect());
    block(&server, &mut waiting, "BLPOP queue 0");
    producer.ask("SET queue text");
    assert!(waiting.is_silent(QUIET));
    producer.ask("DEL queue");
    producer.ask("RPUSH queue item");
    assert_eq!(waiting.receive().to_string(), r#"["queue", "item"]"#);
}

#[test]
fn moves_go_on_down_a_chain() {
    let server = Server::subject();
    let (mut mover, mut popper, mut producer) = (server.connect(), server.connect(), server.connect());
    block(&server, &mut mover, "BLMOVE a b LEFT RIGHT 0");
    block(&server, &mut popper, "BLPOP b 0");
    producer.ask("RPUSH a item");
    assert_eq!(mover.receive().to_string(), r#""item""#);
    assert_eq!(popper.receive().to_string(), r#"["b", "item"]"#);
    assert_eq!(producer.line("EXISTS a b"), ":0");
}

#[test]
fn a_move_onto_another_type_fails_and_keeps_the_element() {
    let server = Server::subject();
    let (mut mover, mut producer) = (server.connect(), server.connect());
    producer.ask("SET target text");
    block(&server, &mut mover, "BLMOVE source target LEFT RIGHT 0");
    producer.ask("RPUSH source item");
    assert!(mover.receive().to_string().starts_with("-WRONGTYPE"));
    assert_eq!(producer.line("LRANGE source 0 -1"), r#"["item"]"#);
}

#[test]
fn sorted_sets_block_as_lists_do() {
    let server = Server::subject();
    let (mut least, mut most, mut many, mut producer) =
        (server.connect(), server.connect(), server.connect(), server.connect());
    block(&server, &mut least, "BZPOPMIN z 0");
    block(&server, &mut most, "BZPOPMAX z 0");
    block(&server, &mut many, "BZMPOP 0 1 z MIN COUNT 10");
    producer.ask("ZADD z 1 a 2 b 3 c 4 d");
    assert_eq!(least.receive().to_string(), r#"["z", "a", "1"]"#);
    assert_eq!(most.receive().to_string(), r#"["z", "d", "4"]"#);
    assert_eq!(many.receive().to_string(), r#"["z", [["b", "2"], ["c", "3"]]]"#);
}

#[test]
fn every_reader_of_a_stream_gets_the_entry() {
    let server = Server::subject();
    let (mut one, mut two, mut producer) = (server.connect(), server.connect(), server.connect());
    producer.ask("XADD s 1-1 old entry");
    block(&server, &mut one, "XREAD BLOCK 0 STREAMS s $");
    block(&server, &mut two, "XREAD BLOCK 0 STREAMS s 1-1");
    producer.ask("XADD s 2-1 new entry");
    let expected = r#"[["s", [["2-1", ["new", "entry"]]]]]"#;
    assert_eq!(one.receive().to_string(), expected);
    assert_eq!(two.receive().to_string(), expected);
}

#[test]
fn one_consumer_of_a_group_gets_the_entry() {
    let server = Server::subject();
    let (mut alice, mut bob, mut producer) = (server.connect(), server.connect(), server.connect());
    producer.ask("XGROUP CREATE s g $ MKSTREAM");
    block(&server, &mut alice, "XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    block(&server, &mut bob, "XREADGROUP GROUP g bob BLOCK 0 STREAMS s >");
    producer.ask("XADD s 1-1 f v");
    assert_eq!(alice.receive().to_string(), r#"[["s", [["1-1", ["f", "v"]]]]]"#);
    assert!(bob.is_silent(QUIET));
    // A group that goes away ends the wait with an error.
    producer.ask("XGROUP DESTROY s g");
    assert!(bob.receive().error().expect("an error").starts_with("NOGROUP"));
}

#[test]
fn a_deleted_stream_ends_the_wait_of_its_groups() {
    let server = Server::subject();
    let (mut alice, mut producer) = (server.connect(), server.connect());
    producer.ask("XGROUP CREATE s g $ MKSTREAM");
    block(&server, &mut alice, "XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    producer.ask("DEL s");
    assert!(alice.receive().error().is_some());
}

#[test]
fn timeouts_are_fractions_of_seconds_and_not_early() {
    let server = Server::subject();
    let mut client = server.connect();
    for (line, nothing) in [
        ("BLPOP k 0.1", "*-1"),
        ("BRPOP k 0.1", "*-1"),
        ("BLMOVE k t LEFT LEFT 0.1", "*-1"),
        ("BRPOPLPUSH k t 0.1", "*-1"),
        ("BLMPOP 0.1 1 k LEFT", "*-1"),
        ("BZPOPMIN k 0.1", "*-1"),
        ("BZMPOP 0.1 1 k MIN", "*-1"),
        ("XREAD BLOCK 100 STREAMS k $", "*-1"),
    ] {
        let started = Instant::now();
        assert_eq!(client.line(line), nothing, "{line}");
        let took = started.elapsed();
        assert!((Duration::from_millis(99)..Duration::from_secs(5)).contains(&took), "{line} took {took:?}");
    }
}

#[test]
fn unblocking_from_another_connection() {
    let server = Server::subject();
    let (mut waiting, mut other) = (server.connect(), server.connect());
    let id = waiting.ask("CLIENT ID").integer();
    assert_eq!(other.line(&format!("CLIENT UNBLOCK {id}")), ":0", "it does not wait");
    block(&server, &mut waiting, "BLPOP queue 0");
    assert_eq!(other.line(&format!("CLIENT UNBLOCK {id}")), ":1");
    assert_eq!(waiting.receive().to_string(), "*-1");
    block(&server, &mut waiting, "BLPOP queue 0");
    assert_eq!(other.line(&format!("CLIENT UNBLOCK {id} ERROR")), ":1");
    assert_eq!(waiting.receive().to_string(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    assert_eq!(
        other.line(&format!("CLIENT UNBLOCK {id} NOSUCH")),
        "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"
    );
    other.ask("RPUSH queue left");
    assert_eq!(other.line("LLEN queue"), ":1", "nobody waits any more");
}

#[test]
fn what_was_pipelined_behind_a_wait_comes_after_it() {
    let server = Server::subject();
    let (mut waiting, mut producer) = (server.connect(), server.connect());
    producer.ask("SET k v");
    block(&server, &mut waiting, "BLPOP queue 0");
    waiting.send_line("GET k");
    waiting.send_line("INCR n");
    assert!(waiting.is_silent(QUIET));
    assert_eq!(producer.line("EXISTS n"), ":0", "a command behind a wait has not run");
    producer.ask("RPUSH queue item");
    assert_eq!(waiting.receive().to_string(), r#"["queue", "item"]"#);
    assert_eq!(waiting.receive().to_string(), r#""v""#);
    assert_eq!(waiting.receive().to_string(), ":1");
}

#[test]
fn expired_and_deleted_lists_do_not_serve() {
    let server = Server::subject();
    let (mut waiting, mut producer) = (server.connect(), server.connect());
    block(&server, &mut waiting, "BLPOP queue 0.3");
    for line in ["MULTI", "RPUSH queue item", "PEXPIRE queue 0", "EXEC"] {
        producer.ask(line);
    }
    assert_eq!(waiting.receive().to_string(), "*-1");
}
