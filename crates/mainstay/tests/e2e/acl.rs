//! Users from TOML: passwords from the environment and from files, rights, and who has none.

use crate::kit::{Client, Directory, Options, Server, skipped_for_want_of};

/// A node that asks everybody for a password, with a few users.
const USERS: &str = r#"
[acl.user.default]
rules = "on ~* +@all"
password = "file:default.secret"

[acl.user.app]
rules = "on ~app:* &news:* +@read +@write +@connection +@pubsub -@dangerous"
password = ["file:app.secret", "file:app.next"]

[acl.user.reader]
rules = "on %R~* +@read"
password = "env:E2E_READER"

[acl.user.leaver]
rules = "off ~* +@all"
password = "file:app.secret"
"#;

fn secrets(directory: &Directory) {
    for (name, secret) in [("default.secret", "dp\n"), ("app.secret", "ap\n"), ("app.next", "an")] {
        std::fs::write(directory.path().join(name), secret).expect("the directory takes files");
    }
}

/// Relative paths of secrets are those of the process, which runs in its directory.
fn server() -> Server {
    let directory = std::sync::Arc::new(Directory::new());
    secrets(&directory);
    let options = Options {
        toml: USERS.to_owned(),
        environment: vec![("E2E_READER".to_owned(), "rp".to_owned())],
        ..Options::default()
    };
    Server::try_subject_in(options, directory).unwrap_or_else(|failure| panic!("{failure}"))
}

fn logged_in(server: &Server, line: &str) -> Client {
    let mut client = server.connect();
    assert_eq!(client.line(line), "+OK", "{line}");
    client
}

#[test]
fn passwords_come_from_files_and_the_environment() {
    if skipped_for_want_of("users in TOML") {
        return;
    }
    let server = server();
    for (line, user) in [
        ("AUTH dp", "default"),
        ("AUTH default dp", "default"),
        ("AUTH app ap", "app"),
        ("AUTH app an", "app"),
        ("AUTH reader rp", "reader"),
    ] {
        let mut client = logged_in(&server, line);
        // `reader` may not even ask.
        let whoami = client.line("ACL WHOAMI");
        assert!(whoami == format!("\"{user}\"") || whoami.starts_with("-NOPERM"), "{line}: {whoami}");
    }
    let refused = "-WRONGPASS invalid username-password pair or user is disabled.";
    let mut client = server.connect();
    for line in ["AUTH wrong", "AUTH app dp", "AUTH nobody ap", "AUTH leaver ap", "AUTH app ap\n"] {
        assert_eq!(client.call(line.split(' ')).to_string(), refused, "{line:?}");
    }
    assert_eq!(client.line("GET k"), "-NOAUTH Authentication required.");
}

#[test]
fn hello_logs_in_and_selects_the_protocol_at_once() {
    if skipped_for_want_of("users in TOML") {
        return;
    }
    let server = server();
    let mut client = server.connect();
    let refused = client.line("HELLO 3");
    assert!(refused.starts_with("-NOAUTH"), "{refused}");
    let refused = client.line("HELLO 3 AUTH app wrong");
    assert!(refused.starts_with("-WRONGPASS"), "{refused}");
    let greeting = client.line("HELLO 3 AUTH app ap");
    assert!(greeting.contains(r#""proto", :3"#), "{greeting}");
    assert_eq!(client.line("HGETALL app:none"), "%[]");
}

#[test]
fn rights_end_at_keys_categories_and_channels() {
    if skipped_for_want_of("users in TOML") {
        return;
    }
    let server = server();
    let mut app = logged_in(&server, "AUTH app ap");
    for (line, reply) in [
        ("SET app:1 x", "+OK"),
        ("MGET app:1 app:2", r#"["x", $-1]"#),
        ("GET other", "-NOPERM this user has no permissions to access one of the keys used as arguments"),
        ("MGET app:1 other", "-NOPERM this user has no permissions to access one of the keys used as arguments"),
        ("RENAME app:1 other", "-NOPERM this user has no permissions to access one of the keys used as arguments"),
        ("FLUSHALL", "-NOPERM this user has no permissions to run the 'flushall' command"),
        ("CONFIG GET *", "-NOPERM this user has no permissions to run the 'config|get' command"),
        ("EVAL return 0", "-NOPERM this user has no permissions to run the 'eval' command"),
        ("PUBLISH news:1 m", ":0"),
        ("PUBLISH private m", "-NOPERM this user has no permissions to access one of the channels used as arguments"),
    ] {
        // Redis 7.0 words it in the first person; what counts is who is refused what.
        let actual = app.line(line);
        assert_eq!(actual.starts_with("-NOPERM"), reply.starts_with("-NOPERM"), "{line}: {actual}");
        if !reply.starts_with('-') {
            assert_eq!(actual, reply, "{line}");
        }
    }
    let mut reader = logged_in(&server, "AUTH reader rp");
    assert_eq!(reader.line("GET app:1"), r#""x""#);
    assert!(reader.line("SET app:1 y").starts_with("-NOPERM"));
    // What was refused is kept for operators, without passwords.
    let log = logged_in(&server, "AUTH dp").line("ACL LOG");
    assert!(log.contains("config|get") && log.contains("reader") && !log.contains("wrong"), "{log}");
}

#[test]
fn an_unauthenticated_client_may_send_little() {
    if skipped_for_want_of("users in TOML") {
        return;
    }
    let server = server();
    for (request, error) in [
        (b"*11\r\n".to_vec(), "-ERR Protocol error: unauthenticated multibulk length"),
        (b"*2\r\n$4\r\nAUTH\r\n$16385\r\n".to_vec(), "-ERR Protocol error: unauthenticated bulk length"),
    ] {
        let mut client = server.connect();
        client.send_raw(&request).expect("the connection is open");
        let replies: Vec<String> = client.replies_until_closed().iter().map(ToString::to_string).collect();
        assert_eq!(replies, [error]);
    }
    // Up to there it is heard, and after authentication everything is.
    let mut client = server.connect();
    assert!(client.call(["AUTH", &"x".repeat(16_384)]).to_string().starts_with("-WRONGPASS"));
    client.ask("AUTH dp");
    assert_eq!(client.call(["ECHO", &"x".repeat(20_000)]).text().len(), 20_000);
}

#[test]
fn a_secret_that_is_not_there_stops_the_start() {
    if skipped_for_want_of("users in TOML") {
        return;
    }
    for (toml, named) in [
        ("[acl.user.a]\nrules = \"on\"\npassword = \"file:no-such-file\"\n", "no-such-file"),
        ("[acl.user.a]\nrules = \"on\"\npassword = \"env:E2E_NO_SUCH_VARIABLE\"\n", "E2E_NO_SUCH_VARIABLE"),
        ("[acl.user.a]\nrules = \"on >clear-text\"\n", "acl.user.a"),
        ("[acl.user.a]\nrules = \"on +nosuchcommand\"\n", "nosuchcommand"),
    ] {
        let options = Options { toml: toml.to_owned(), ..Options::default() };
        let started = Server::try_subject_in(options, std::sync::Arc::new(Directory::new()));
        let failure = started.expect_err("nothing starts without its secrets");
        assert_eq!(failure.status.and_then(|status| status.code()), Some(65), "{failure}");
        assert!(failure.output.contains(named), "{named}: {failure}");
        assert!(!failure.output.contains("clear-text"), "a password is printed: {failure}");
    }
}
