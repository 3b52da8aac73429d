use super::*;
use crate::config::{Config, LogFormat, LogLevel};
use crate::serve::{self, Phase};
use crate::telemetry::Logger;
use crate::telemetry::log::LogOptions;
use mainstay_node::resp::{Encoder, Protocol};
use mainstay_node::session::Session;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct World {
    node: Arc<Node>,
    address: SocketAddr,
    dir: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A node with its admin API on a free port.
async fn world(name: &str, more: &str) -> World {
    let dir = std::env::temp_dir().join(format!("mainstay-admin-{}-{name}", std::process::id()));
    let source = format!("[node]\nname = \"n1\"\ndata_dir = \"{}\"\n[wal]\nsegment = \"1MiB\"\n{more}", dir.display());
    let (config, _) = Config::parse(&source, name).expect("a valid configuration");
    let options = LogOptions {
        level: LogLevel::Error,
        format: LogFormat::Json,
        node: "n1".to_owned(),
        redact: true,
        redact_key: [0; 16],
    };
    let clock = Arc::new(serve::SystemClock::start());
    let logger = Logger::start(options, clock, Box::new(std::io::sink())).expect("a logger");
    let node = serve::open_for_test(config, &logger);
    node.set_phase(Phase::Ready);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(super::serve(listener, Arc::clone(&node)));
    World { node, address, dir }
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl World {
    /// Sends a head, `Connection: close` added, and reads to the end.
    async fn send(&self, head: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.expect("the listener");
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).await.expect("a request");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("a reply");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", self.address)).await
    }

    fn run(&self, commands: &[&[&str]]) {
        let client = self.node.engine.clients.add(
            "127.0.0.1:1".to_owned(),
            "127.0.0.1:2".to_owned(),
            mainstay_foundation::Timestamp::default(),
            self.node.engine.settings().output_normal,
        );
        let mut session = Session::new(client, self.node.engine.dice());
        self.node.engine.greet(&mut session);
        let mut out = Encoder::new(Vec::new(), Protocol::Resp2);
        for command in commands {
            let args: Vec<&[u8]> = command.iter().map(|arg| arg.as_bytes()).collect();
            self.node.engine.execute(&mut session, &args, &mut out);
        }
        self.node.engine.flush_samples(&mut session);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_answers_and_what_is_no_page_is_refused() {
    let world = world("pages", "").await;
    for route in &routes::ROUTES {
        let query = if route.path.ends_with("explain") { "?key=a" } else { "" };
        let reply = world.get(&format!("{}{query}", route.path)).await;
        assert_eq!(reply.status, 200, "{}: {}", route.path, reply.body);
        for header in ["cache-control: no-store", "x-content-type-options: nosniff", "content-security-policy: "] {
            assert!(reply.head.contains(header), "{}: {}", route.path, reply.head);
        }
    }
    for path in ["/", "/metrics/", "/api/v1/none", "/API/v1/overview"] {
        let reply = world.get(path).await;
        assert_eq!((reply.status, &reply.json()["status"]), (404, &404.into()), "{path}");
        assert!(reply.head.contains("content-type: application/problem+json"), "{}", reply.head);
    }
    for method in ["POST", "DELETE", "OPTIONS"] {
        let reply = world.send(&format!("{method} /metrics HTTP/1.1\r\nHost: localhost\r\n")).await;
        assert_eq!(reply.status, 405, "{method}");
        assert!(reply.head.contains("allow: get, head"), "{}", reply.head);
    }
    let head = world.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let missing = world.get("/api/v1/keyspaces/explain").await;
    assert_eq!(missing.status, 400);
    assert!(missing.json()["detail"].as_str().is_some_and(|detail| detail.contains("`key`")));
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_the_node() {
    let world = world("ready", "").await;
    for (phase, status, reason) in
        [(Phase::Loading, 503, "loading"), (Phase::Ready, 200, ""), (Phase::Draining, 503, "draining")]
    {
        world.node.set_phase(phase);
        let reply = world.get("/readyz").await;
        assert_eq!(reply.status, status, "{}", reply.body);
        assert!(reply.json()["reasons"].to_string().contains(reason), "{}", reply.body);
        assert_eq!(world.get("/healthz").await.status, 200);
        assert_eq!(world.get("/api/v1/overview").await.json()["ready"], status == 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_and_keyspaces_tell_what_is_held() {
    let world = world("overview", "[keyspace.cart]\nprefix = \"cart:\"\nmax_memory = \"10MiB\"\n").await;
    world.run(&[&["SET", "cart:1", "x"], &["SET", "a", "y"], &["GET", "none"], &["GET", "a", "b"]]);
    let overview = world.get("/api/v1/overview").await.json();
    assert_eq!((&overview["node"], &overview["phase"]), (&"n1".into(), &"ready".into()));
    assert_eq!(overview["requests"]["outcomes"]["ok"], 3);
    assert_eq!(overview["clients"]["connected"], 1);
    assert_eq!(overview["wal"]["poisoned"], false);
    assert!(overview["wal"]["last_lsn"].as_u64().is_some_and(|lsn| lsn >= 3), "{overview}");
    let keyspaces = world.get("/api/v1/keyspaces").await.json();
    let cart = keyspaces["keyspaces"].as_array().expect("a list").iter().find(|space| space["name"] == "cart");
    let cart = cart.expect("declared");
    assert_eq!((&cart["keys"], &cart["max_memory_bytes"]), (&1.into(), &(10 << 20).into()));
    assert!(cart["contract"].as_object().is_some_and(|contract| !contract.is_empty()));
    let explained = world.get("/api/v1/keyspaces/explain?key=cart%3A1").await.json();
    assert_eq!((&explained["keyspace"], &explained["key"]), (&"cart".into(), &"cart:1".into()));
    assert_eq!(explained["slot"], mainstay_node::slot::of_key(b"cart:1"));
    assert!(explained["why"].as_str().is_some_and(|why| why.contains("`cart:`")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_cannot_read_through_a_browser() {
    let world = world("host", "").await;
    for (head, status) in [
        ("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n", 421),
        ("GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n", 421),
        ("GET /metrics HTTP/1.0\r\n", 421),
        ("GET /metrics HTTP/1.1\r\nHost: localhost:1\r\n", 200),
    ] {
        assert_eq!(world.send(head).await.status, status, "{head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_asked_for_where_they_are_declared() {
    let secret = std::env::temp_dir().join(format!("mainstay-admin-token-{}", std::process::id()));
    std::fs::write(&secret, "hunter2\n").expect("a temporary file");
    let declared = format!("[listen]\nadmin_token = \"file:{}\"\n", secret.display());
    let world = world("token", &declared).await;
    for (authorization, status) in [
        ("", 401),
        ("Authorization: Bearer hunter\r\n", 401),
        ("Authorization: Basic hunter2\r\n", 401),
        ("Authorization: Bearer hunter2\r\n", 200),
    ] {
        let reply = world.send(&format!("GET /metrics HTTP/1.1\r\nHost: n1.example\r\n{authorization}")).await;
        assert_eq!(reply.status, status, "{authorization}");
        assert_eq!(reply.head.contains("www-authenticate: bearer"), status == 401);
        let open = world.send(&format!("GET /readyz HTTP/1.1\r\nHost: n1.example\r\n{authorization}")).await;
        assert_eq!(open.status, 200);
    }
    std::fs::remove_file(secret).expect("removing a temporary file");
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_bounded() {
    let world = world("bounds", "").await;
    let long = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n", "x".repeat(HEAD_BYTES_MAX));
    assert!(matches!(world.send(&long).await.status, 400 | 431));
    let many = "X: y\r\n".repeat(HEADERS_MAX + 1);
    let many = world.send(&format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{many}")).await;
    assert!(matches!(many.status, 400 | 431));
    assert_eq!(world.get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let world = world("connections", "").await;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let mut stream = TcpStream::connect(world.address).await.expect("the listener");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("a request");
        let mut some = [0; 12];
        stream.read_exact(&mut some).await.expect("a reply");
        assert_eq!(&some, b"HTTP/1.1 200");
        held.push(stream);
    }
    let late = world.get("/healthz");
    tokio::pin!(late);
    assert!(tokio::time::timeout(Duration::from_millis(100), late.as_mut()).await.is_err(), "served beyond the limit");
    held.clear();
    assert_eq!(late.await.status, 200);
}

/// Skips, and says so, where promtool is not installed.
#[tokio::test(flavor = "multi_thread")]
async fn promtool_accepts_the_metrics() {
    let world = world("promtool", "[keyspace.cart]\nprefix = \"cart:\"\n").await;
    world.run(&[&["SET", "cart:1", "x"], &["GET", "none"], &["INCR", "cart:1"], &["NOSUCH"]]);
    let classic = world.get("/metrics").await;
    assert!(classic.head.contains("content-type: text/plain; version=0.0.4"), "{}", classic.head);
    for sample in [
        "mainstay_requests_total{surface=\"resp\",keyspace=\"cart\",op=\"string\",outcome=\"ok\"} 1",
        "mainstay_requests_total{surface=\"resp\",keyspace=\"cart\",op=\"string\",outcome=\"client_error\"} 1",
        "mainstay_keyspace_keys{keyspace=\"cart\"} 1",
        "mainstay_connections 1",
        "mainstay_wal_poisoned 0",
        "mainstay_ready 1",
    ] {
        assert!(classic.body.lines().any(|line| line == sample), "{sample}\n{}", classic.body);
    }
    assert!(!classic.body.contains("mainstay_wal_fsync_seconds_count 0\n"), "the start of a log is synced");
    let open = world.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: application/openmetrics-text\r\n").await;
    assert!(open.head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{}", open.head);
    assert!(open.body.ends_with("# EOF\n"));
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = promtool.spawn() else {
        eprintln!("SKIPPED: promtool is not installed (Debian package prometheus)");
        return;
    };
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), classic.body.as_bytes())
        .expect("promtool reads");
    let output = child.wait_with_output().expect("promtool ends");
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), classic.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_asks_and_ends_with_the_answer() {
    use crate::cli::{Exit, ExplainArgs, KeyspaceCommand, StatusArgs, keyspace, status};
    let world = world("cli", "").await;
    let ask = |url: String, json: bool| async move {
        tokio::task::spawn_blocking(move || status::run(&StatusArgs { url, json })).await.expect("no panic")
    };
    let url = format!("http://{}", world.address);
    assert_eq!(ask(url.clone(), false).await, Exit::Done);
    world.node.set_phase(Phase::Draining);
    assert_eq!(ask(url.clone(), true).await, Exit::No);
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let closed = nobody.local_addr().expect("an address");
    drop(nobody);
    assert_eq!(ask(format!("http://{closed}"), false).await, Exit::Unknown);
    assert_eq!(ask("ftp://localhost".to_owned(), false).await, Exit::Usage);
    let key = "user:{1} +&\u{e9}".to_owned();
    let explain = KeyspaceCommand::Explain(ExplainArgs { key, url, json: false });
    let explained = tokio::task::spawn_blocking(move || keyspace::run(&explain)).await.expect("no panic");
    assert_eq!(explained, Exit::Done);
}
