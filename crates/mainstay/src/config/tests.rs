//! Golden cases under `testdata/`: `--- name`, the file, `===`, what `check` answers. `UPDATE=1` rewrites the answers and the
//! reference in the book.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::expect::from_text;
use super::nouns::FILE;
use super::schema::{Key, Kind, Preset};
use super::*;
use crate::cli::Exit;
use crate::cli::check::report;
use mainstay_foundation::Rng;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares with the file, or rewrites it.
fn golden(path: &Path, actual: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, actual).expect("rewriting a golden file");
    }
    let expected = read(path);
    assert!(expected == actual, "{} differs; UPDATE=1 rewrites it. Actual:\n{actual}", path.display());
}

fn check_cases(name: &str, answer: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/testdata").join(format!("{name}.txt"));
    let mut actual = String::new();
    for case in read(&path).split("--- ").skip(1) {
        let (title, rest) = case.split_once('\n').expect("a title");
        let (source, _) = rest.split_once("===\n").expect("a file and an answer");
        actual.push_str(&format!("--- {title}\n{source}===\n{}\n", answer(source).trim_end()));
    }
    golden(&path, &actual);
}

#[test]
fn every_error_of_a_file_is_explained() {
    for name in ["syntax", "keys", "values", "keyspaces", "node", "work"] {
        check_cases(name, |source| {
            let report = report(source, "mainstay.toml", false);
            assert_eq!(report.exit, Exit::BadInput, "{source}");
            report.err
        });
    }
}

#[test]
fn what_is_odd_or_not_served_is_said() {
    check_cases("accepted", |source| {
        let report = report(source, "mainstay.toml", false);
        assert_eq!(report.exit, Exit::Done, "{source}\n{}", report.err);
        report.err
    });
}

#[test]
fn contracts_are_printed() {
    check_cases("contracts", |source| report(source, "mainstay.toml", false).out);
}

fn example(name: &str) -> String {
    read(&root().join("examples").join(name))
}

#[test]
fn the_design_file_passes_and_is_not_served_yet() {
    let (config, notices) = Config::parse(&example("design.toml"), "design.toml").expect("a valid file");
    let durability = |name: &str| config.keyspaces.iter().find(|k| k.name == name).map(|k| k.durability);
    assert_eq!(durability("account"), Some(Durability::Always));
    assert_eq!(durability("cart"), Some(Durability::Everysec));
    let refused = refuse_unserved(&notices).expect_err("raft is not served");
    assert_eq!(refused.len(), notices.len());
    assert!(refused.iter().all(|error| error.severity == Severity::Error && matches!(error.place, Place::File { .. })));
}

#[test]
fn served_examples_are_served_without_a_notice() {
    for name in ["minimal.toml", "full.toml"] {
        let (_, notices) = Config::parse(&example(name), name).expect("a valid file");
        assert_eq!(notices, [], "{name}");
    }
}

#[test]
fn defaults_of_an_empty_file() {
    let (config, notices) = Config::parse("", "empty").expect("an empty file is valid");
    assert_eq!(notices, []);
    assert_eq!(config.node.data_dir, PathBuf::from("./data"));
    assert_eq!(config.listen.resp.map(|a| a.to_string()).as_deref(), Some("127.0.0.1:6379"));
    assert_eq!(config.listen.unix_mode, 0o700);
    assert_eq!((config.limits.max_clients, config.limits.max_bulk_bytes), (10_000, 512 << 20));
    assert_eq!(config.limits.pubsub_output.soft_for, Duration::from_secs(60));
    assert_eq!(config.snapshot.every, SnapshotEvery::Log(1 << 30));
    let [default] = config.keyspaces.as_slice() else { panic!("one keyspace") };
    assert_eq!((default.name.as_str(), default.prefix.as_str()), (DEFAULT_KEYSPACE, ""));
    assert_eq!((default.durability, default.max_memory), (Durability::Everysec, 1 << 30));
    assert!(!config.acl.asks_for_credentials());
    assert_eq!(config.acl.users[0].resolved_rules().expect("no secrets"), "on nopass ~* &* +@all");
}

#[test]
fn a_whole_file_reaches_the_typed_sections() {
    let (config, _) = Config::parse(&example("full.toml"), "full.toml").expect("a valid file");
    assert_eq!(config.node.threads, Some(2));
    assert_eq!(config.tls.as_ref().map(|tls| tls.client_auth), Some(ClientAuth::Optional));
    assert_eq!(config.listen.admin_tokens.len(), 1);
    assert!(config.acl.asks_for_credentials());
    let session = config.keyspaces.iter().find(|k| k.name == "session").expect("the keyspace");
    assert_eq!((session.ttl, session.max_keys), (Some(Duration::from_secs(1_800)), Some(1_000_000)));
    assert_eq!((session.max_value_bytes, session.max_key_bytes), (65_536, 65_536));
    assert!((session.ttl_jitter - 0.1).abs() < 1e-9);
}

fn for_each_key(keys: &'static [Key], visit: &mut impl FnMut(&'static Key)) {
    for key in keys {
        visit(key);
        let kinds = match &key.kind {
            Kind::Either(kinds) => *kinds,
            kind => std::slice::from_ref(kind),
        };
        for kind in kinds {
            if let Kind::Table(keys) | Kind::Named(keys) | Kind::Tables(keys) = kind {
                for_each_key(keys, visit);
            }
        }
    }
}

#[test]
fn rows_of_the_schema_are_sound() {
    for_each_key(FILE, &mut |key| {
        assert!(key.doc.ends_with('.') || key.doc.ends_with('…'), "{}: a doc is a sentence", key.name);
        if let Preset::Value(text) = key.preset
            && !matches!(key.kind, Kind::Table(_) | Kind::Named(_))
        {
            assert!(from_text(&key.kind, text).is_some(), "{}: default {text} is not allowed", key.name);
        }
    });
}

#[test]
fn the_book_has_the_reference() {
    let path = root().join("docs/book/src/config.md");
    let book = read(&path);
    let (before, rest) = book.split_once("<!-- reference -->\n").expect("the start mark");
    let (_, after) = rest.split_once("<!-- /reference -->").expect("the end mark");
    golden(&path, &format!("{before}<!-- reference -->\n{}\n<!-- /reference -->{after}", reference()));
}

fn diff(old: &str, new: &str) -> ReloadPlan {
    let parse = |source| Config::parse(source, "f").unwrap_or_else(|errors| panic!("{errors:?}")).0;
    Config::diff(&parse(old), &parse(new))
}

#[test]
fn a_reload_takes_what_it_can_and_names_the_rest() {
    let plan = diff(
        "[node]\nname = \"a\"\n[keyspace.gone]\nprefix = \"g:\"\n[log]\nlevel = \"info\"\n[keyspace.k]\nprefix = \"k:\"",
        "[node]\nname = \"b\"\nthreads = 4\n[keyspace.come]\nprefix = \"c:\"\n[log]\nlevel = \"debug\"\n[keyspace.k]\nprefix = \"k:\"\nttl = \"1m\"\n[acl.user.x]\nrules = \"on\"",
    );
    let setting = |key: &str, old: Option<&str>, new: Option<&str>| Change::Setting {
        key: key.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    assert_eq!(
        plan.apply,
        [
            Change::KeyspaceAdded("come".to_owned()),
            Change::KeyspaceRemoved("gone".to_owned()),
            setting("acl.user.x.rules", None, Some("on")),
            setting("keyspace.k.ttl", None, Some("1m")),
            setting("log.level", Some("info"), Some("debug")),
        ]
    );
    let refused: Vec<&str> = plan.refused.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(refused, ["node.name", "node.threads"]);
    assert_eq!(plan.refused[0].1, "takes effect at start only: stays a until a restart makes it b");
    for (path, expected) in
        [("acl", true), ("log", true), ("lo", false), ("keyspace", true), ("keyspace.come", true), ("limits", false)]
    {
        assert_eq!(plan.touches(path), expected, "{path}");
    }
}

#[test]
fn what_a_reload_refuses_is_refused_again_by_the_next() {
    let parse = |source| Config::parse(source, "f").unwrap_or_else(|errors| panic!("{errors:?}")).0;
    let old = parse("[node]\nname = \"a\"\n[limits]\nmax_clients = 7");
    let text = "[node]\nname = \"b\"\ndrain = \"1s\"\n[wal]\nsegment = \"1MiB\"\n[limits]\nmax_clients = 8";
    let plan = Config::diff(&old, &parse(text));
    let running = parse(text).keeping(&old, &plan);
    assert_eq!((running.node.name.as_str(), running.wal.segment, running.limits.max_clients), ("a", 64 << 20, 8));
    assert_eq!(running.node.drain, std::time::Duration::from_secs(1));
    let again = Config::diff(&running, &parse(text));
    assert_eq!((again.apply.len(), again.refused), (0, plan.refused));
}

#[test]
fn a_reload_of_the_same_file_does_nothing() {
    let full = example("full.toml");
    assert_eq!(diff(&full, &full), ReloadPlan::default());
}

#[test]
fn passwords_reach_the_rules_as_hashes_only() {
    let path = std::env::temp_dir().join(format!("mainstay-acl-{}", std::process::id()));
    std::fs::write(&path, "foobared\n").expect("writing a temporary file");
    let source = format!("[acl.user.default]\npassword = \"file:{}\"", path.display());
    let (config, _) = Config::parse(&source, "f").expect("a valid file");
    let rules = config.acl.users[0].resolved_rules();
    std::fs::remove_file(&path).expect("removing a temporary file");
    let hash = "1b58ee375b42e41f0e48ef2ff27d10a5b1f6924a9acdcdba7cae868e7adce6bf";
    assert_eq!(rules.expect("a readable secret"), format!("on ~* &* +@all #{hash}"));
    assert!(config.acl.asks_for_credentials());
}

#[test]
fn last_rule_decides_whether_credentials_are_asked_for() {
    for (rules, expected) in [
        ("on nopass ~* +@all", false),
        ("off", true),
        ("nopass", true),
        ("on nopass resetpass", true),
        ("off on nopass", false),
        ("on nopass reset", true),
    ] {
        let source = format!("[acl.user.default]\nrules = \"{rules}\"");
        let (config, _) = Config::parse(&source, "f").expect("a valid file");
        assert_eq!(config.acl.asks_for_credentials(), expected, "{rules}");
    }
}

/// One random edit: a piece cut out, doubled, moved, or replaced by a token of the grammar.
fn mutate(text: &mut Vec<u8>, rng: &mut Rng) {
    const TOKENS: [&[u8]; 12] =
        [b"[", b"]", b"[[", b"=", b"\"", b"\n", b"{", b"}", b"\xff", b"99999999999999999999", "é".as_bytes(), b"."];
    let at = |text: &[u8], rng: &mut Rng| usize::try_from(rng.below(text.len() as u64 + 1)).expect("a small number");
    let (a, b) = (at(text, rng), at(text, rng));
    let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
    let piece = text[from..to].to_vec();
    match rng.below(4) {
        0 => drop(text.drain(from..to)),
        1 => drop(text.splice(from..from, piece)),
        2 => {
            let target = at(text, rng);
            drop(text.splice(target..target, piece));
        }
        _ => {
            let token = TOKENS[usize::try_from(rng.below(12)).expect("a small number")];
            drop(text.splice(from..from, token.iter().copied()));
        }
    }
}

#[test]
fn no_file_makes_the_parser_panic_or_leave_its_bounds() {
    let seeds = [
        example("design.toml"),
        example("full.toml"),
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/testdata/accepted.txt")),
    ];
    let mut rng = Rng::new(20);
    for round in 0..600_usize {
        let mut text = seeds[round % seeds.len()].clone().into_bytes();
        for _ in 0..=rng.below(6) {
            mutate(&mut text, &mut rng);
        }
        let source = String::from_utf8_lossy(&text);
        match Config::parse(&source, "f") {
            Ok((config, notices)) => {
                assert!(notices.iter().all(|notice| notice.severity != Severity::Error));
                assert!(config.keyspaces.iter().any(|keyspace| keyspace.name == DEFAULT_KEYSPACE));
            }
            Err(errors) => {
                assert!(errors.iter().any(|error| error.severity == Severity::Error), "{source}");
                assert!(errors.iter().all(|error| error.to_string().len() < 20_000));
            }
        }
    }
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let errors = Config::parse(&"#".repeat(FILE_BYTES_MAX + 1), "f").expect_err("too long");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].message.contains("at most 1048576"));
}
