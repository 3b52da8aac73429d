use super::*;

fn parse_line(line: &str) -> Result<Command, Exit> {
    parse(line.split_whitespace().map(OsString::from))
}

#[test]
fn usage_errors_and_help_have_their_exit_codes() {
    for (line, expected) in [
        ("mainstay", Exit::Usage),
        ("mainstay severe", Exit::Usage),
        ("mainstay check", Exit::Usage),
        ("mainstay check a.toml --jsno", Exit::Usage),
        ("mainstay storage check", Exit::Usage),
        ("mainstay --help", Exit::Done),
        ("mainstay --version", Exit::Done),
        ("mainstay serve --help", Exit::Done),
    ] {
        assert_eq!(parse_line(line).err(), Some(expected), "{line}");
    }
    assert_eq!(Exit::BadInput as u8, 65);
}

#[test]
fn commands_are_read() {
    assert!(matches!(parse_line("mainstay check a.toml --json"), Ok(Command::Check(args)) if args.json));
    assert!(matches!(parse_line("mainstay status"), Ok(Command::Status(args)) if args.url == ADMIN_URL));
    assert!(matches!(parse_line("mainstay storage repair d"), Ok(Command::Storage(StorageCommand::Repair(_)))));
    assert!(matches!(parse_line("mainstay keyspace explain k"), Ok(Command::Keyspace(KeyspaceCommand::Explain(_)))));
    assert!(matches!(parse_line("mainstay version"), Ok(Command::Version)));
}

fn serve(line: &str, environment: &[(&str, &str)]) -> Result<crate::config::Config, String> {
    let Ok(Command::Serve(args)) = parse_line(&format!("mainstay serve {line}")) else { panic!("serve {line}") };
    let variables = environment.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let loaded = args.load(variables.collect::<Vec<_>>());
    loaded.map(|(config, _)| config).map_err(|errors| errors.iter().map(|e| format!("{e}\n")).collect())
}

#[test]
fn options_beat_the_environment_which_beats_defaults() {
    let environment =
        [("MAINSTAY_DATA_DIR", "/env"), ("MAINSTAY_LISTEN_ADMIN", "off"), ("MAINSTAY_LOG_LEVEL", "debug")];
    let config = serve("--data /option --set limits.max_clients=7", &environment).expect("a valid configuration");
    assert_eq!(config.node.data_dir, PathBuf::from("/option"));
    assert_eq!(config.listen.admin, None);
    assert_eq!(config.log.level, crate::config::LogLevel::Debug);
    assert_eq!(config.limits.max_clients, 7);
    assert_eq!(config.listen.resp.map(|address| address.to_string()).as_deref(), Some("127.0.0.1:6379"));
}

#[test]
fn errors_outside_the_file_name_their_source() {
    for (line, environment, expected) in [
        ("--listen-resp localhost:1", None, "--listen-resp: error: \"localhost:1\" is not allowed for `listen.resp`"),
        ("--listen-resp 0.0.0.0:1", None, "--listen-resp: error: `listen.resp` = 0.0.0.0:1 can be reached"),
        ("", Some(("MAINSTAY_LOG_LEVEL", "loud")), "MAINSTAY_LOG_LEVEL: error: \"loud\" is not allowed"),
        ("--set limits.max_client=1", None, "did you mean `limits.max_clients`?"),
        ("--set limits.max_clients", None, "--set: error: expected KEY=VALUE"),
        (
            "--set listen.http=127.0.0.1:8080",
            None,
            "--set: error: valid; this version does not serve it yet: listen.http",
        ),
        ("-c /nonexistent/mainstay.toml", None, "/nonexistent/mainstay.toml: error: cannot be read"),
    ] {
        let errors = serve(line, environment.as_slice()).expect_err(line);
        assert!(errors.contains(expected), "{line}: {errors}");
    }
}

#[test]
fn check_answers_in_json() {
    let good = check::report("[keyspace.a]\nprefix = \"a:\"\nreplication = \"raft\"", "f.toml", true);
    let answer: serde_json::Value = serde_json::from_str(&good.out).expect("JSON");
    assert_eq!((good.exit, &answer["valid"], &answer["served"]), (Exit::Done, &true.into(), &false.into()));
    assert_eq!(answer["keyspaces"][0]["durability"], "always");
    assert_eq!(answer["findings"][0]["line"], 3);
    let bad = check::report("[nod]", "f.toml", true);
    let answer: serde_json::Value = serde_json::from_str(&bad.out).expect("JSON");
    assert_eq!((bad.exit, &answer["valid"], &bad.err), (Exit::BadInput, &false.into(), &String::new()));
    assert_eq!(answer["findings"][0]["help"], "did you mean `node`?");
}

#[test]
fn a_variable_that_names_nothing_is_warned_about() {
    let Ok(Command::Serve(args)) = parse_line("mainstay serve") else { panic!("serve") };
    let environment = [("MAINSTAY_LISTEN_RSEP".to_owned(), "x".to_owned()), ("PATH".to_owned(), "/bin".to_owned())];
    let (_, notices) = args.load(environment).expect("a valid configuration");
    let [notice] = notices.as_slice() else { panic!("one warning: {notices:?}") };
    assert_eq!(notice.severity, crate::config::Severity::Warning);
    assert_eq!(notice.help.as_deref(), Some("did you mean `MAINSTAY_LISTEN_RESP`?"));
}

#[test]
fn the_longer_name_of_a_variable_counts() {
    let environment = [("MAINSTAY_NODE_NAME", "long"), ("MAINSTAY_NAME", "short")];
    assert_eq!(serve("", &environment).expect("a valid configuration").node.name, "long");
}
