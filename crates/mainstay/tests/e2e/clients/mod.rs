//! Real clients, each against a server of its own. `scripts/test` installs them.

mod redis_rs;

use crate::kit::{Server, clients_directory, require, run};
use std::process::Command;

/// One client's program: it prints `ok` at its end.
fn check_program(command: &mut Command) {
    let output = run(command);
    assert!(output.trim_end().ends_with("ok"), "the program ended without saying ok:\n{output}");
}

#[test]
fn redis_py() {
    let server = Server::subject();
    let python = clients_directory().join("venv/bin/python");
    assert!(python.is_file(), "no {}; scripts/test installs it", python.display());
    for protocol in ["2", "3"] {
        let mut command = Command::new(&python);
        check_program(command.arg("-c").arg(include_str!("redis_py.py")).arg(server.port().to_string()).arg(protocol));
    }
}

#[test]
fn ioredis() {
    let server = Server::subject();
    let clients = clients_directory();
    let own = clients.join("bin/node");
    let node = if own.is_file() { own } else { require("node") };
    let mut command = Command::new(node);
    command.arg("-e").arg(include_str!("ioredis.js")).arg(server.port().to_string());
    check_program(command.env("NODE_PATH", clients.join("node_modules")));
}

#[test]
fn redis_cli() {
    let server = Server::subject();
    let program = require("redis-cli");
    let cli = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        run(command.args(["-h", "127.0.0.1", "-p", &server.port().to_string()]).args(arguments)).trim_end().to_owned()
    };
    assert_eq!(cli(&["PING"]), "PONG");
    assert_eq!(cli(&["SET", "k", "a b"]), "OK");
    assert_eq!(cli(&["GET", "k"]), "a b");
    assert_eq!(cli(&["--no-raw", "GET", "nothing"]), "(nil)");
    assert_eq!(cli(&["--no-raw", "-3", "HSET", "h", "f", "v"]), "(integer) 1");
    assert_eq!(cli(&["--no-raw", "-3", "HGETALL", "h"]), "1# \"f\" => \"v\"");
    assert_eq!(cli(&["--csv", "RPUSH", "l", "1", "2"]), "2");
    assert_eq!(cli(&["--csv", "LRANGE", "l", "0", "-1"]), "\"1\",\"2\"");
    assert_eq!(cli(&["--scan", "--pattern", "h*"]), "h");
    assert_eq!(cli(&["-r", "3", "INCR", "n"]), "1\n2\n3");
    assert_eq!(cli(&["EVAL", "return ARGV[1]", "0", "x"]), "x");
    assert!(cli(&["--bigkeys"]).contains("Biggest"));
    assert!(cli(&["INFO", "server"]).contains("redis_version:"));
}

#[test]
fn redis_cli_pipes_protocol_from_standard_input() {
    use std::io::Write as _;
    let server = Server::subject();
    let port = server.port().to_string();
    let mut child = Command::new(require("redis-cli"))
        .args(["-h", "127.0.0.1", "-p", &port, "--pipe"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("redis-cli starts");
    let mut requests = Vec::new();
    for n in 0..10_000 {
        requests.extend(crate::kit::encode(["SET", &format!("key:{n}"), "value"]));
    }
    child.stdin.take().expect("a pipe").write_all(&requests).expect("redis-cli reads");
    let output = child.wait_with_output().expect("redis-cli ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("errors: 0, replies: 10000"), "{text}");
    assert_eq!(server.connect().ask("DBSIZE").integer(), 10_000);
}

#[test]
fn redis_benchmark_with_all_its_tests() {
    let server = Server::subject();
    let program = require("redis-benchmark");
    for pipeline in ["1", "16"] {
        let mut command = Command::new(&program);
        command.args(["-h", "127.0.0.1", "-p", &server.port().to_string(), "-n", "1000", "-c", "20", "-r", "100"]);
        let output = run(command.args(["--csv", "-e", "-P", pipeline]));
        let tests = output.lines().skip(1).filter(|line| line.starts_with('"')).count();
        assert!(tests >= 19, "only {tests} tests ran:\n{output}");
        assert!(!output.contains("Error from server"), "{output}");
    }
}
