//! What operators see: health, metrics, and the command line's exit codes.

use crate::kit::{Directory, Server, require};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// The status and the body of a GET.
fn get(server: &Server, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.admin()).expect("the admin address answers");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("the timeout is not zero");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the connection is open");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap_or_else(|error| panic!("GET {path}: {error}"));
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
    (status, body.to_owned())
}

/// True, and says so, when there is no `mainstay` to ask.
fn skipped() -> bool {
    let stand_in = Server::subject_is_stand_in();
    if stand_in {
        eprintln!("SKIPPED: redis-server has no admin pages");
    }
    stand_in
}

#[test]
fn health_and_readiness() {
    if skipped() {
        return;
    }
    let server = Server::subject();
    assert_eq!(get(&server, "/healthz").0, 200);
    assert_eq!(get(&server, "/readyz").0, 200);
    assert_eq!(get(&server, "/no-such-page").0, 404);
}

#[test]
fn metrics_are_what_prometheus_reads() {
    if skipped() {
        return;
    }
    let server = Server::subject();
    let mut client = server.connect();
    for line in ["SET k v", "GET k", "LPUSH k x", "NOSUCH", "HSET h f v"] {
        client.ask(line);
    }
    let (status, metrics) = get(&server, "/metrics");
    assert_eq!(status, 200);
    assert!(metrics.lines().filter(|line| line.starts_with("mainstay_")).count() > 10, "{metrics}");
    let mut promtool = Command::new(require("promtool"));
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("promtool starts");
    child.stdin.take().expect("a pipe").write_all(metrics.as_bytes()).expect("promtool reads");
    let output = child.wait_with_output().expect("promtool ends");
    assert!(output.status.success(), "{}{metrics}", String::from_utf8_lossy(&output.stderr));
}

fn mainstay(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
    command.args(arguments).stdin(Stdio::null()).output().expect("the program starts")
}

/// Runs `mainstay check` on a file with this text; its exit code and everything it printed.
fn check(text: &str) -> (Option<i32>, String) {
    let directory = Directory::new();
    let file = directory.path().join("mainstay.toml");
    std::fs::write(&file, text).expect("the directory takes files");
    let output = mainstay(&["check", &file.to_string_lossy()]);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn check_accepts_and_refuses_files() {
    if skipped() {
        return;
    }
    let (code, text) = check("[node]\nname = \"n1\"\n[keyspace.default]\ndurability = \"always\"\n");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("always"), "the contract is printed:\n{text}");
    let (code, text) = check("[keyspace.default]\ndurability = \"sometimes\"\n");
    assert_eq!(code, Some(65), "{text}");
    for word in ["durability", "sometimes", "always", "everysec", "never"] {
        assert!(text.contains(word), "{word} is not named:\n{text}");
    }
    let (code, text) = check("[keyspace.default]\nno_such_key = 1\n");
    assert_eq!(code, Some(65), "{text}");
    assert!(text.contains("no_such_key"), "{text}");
    assert_eq!(check("not = toml = at all").0, Some(65));
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    if skipped() {
        return;
    }
    assert_eq!(mainstay(&["no-such-command"]).status.code(), Some(64));
    assert_eq!(mainstay(&["serve", "--no-such-option"]).status.code(), Some(64));
    assert_eq!(mainstay(&["--version"]).status.code(), Some(0));
    assert_eq!(mainstay(&["--help"]).status.code(), Some(0));
}

#[test]
fn an_open_address_without_credentials_is_refused() {
    if skipped() {
        return;
    }
    let directory = Directory::new();
    let data = directory.path().to_string_lossy().into_owned();
    let output = mainstay(&["serve", "--listen-resp", "0.0.0.0:0", "--data", &data]);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("0.0.0.0"), "the address is not named:\n{text}");
}
