//! Scripts against a small keyspace. `tests/*.cases` hold scripts and the replies that redis-server 7.0.15 gives to them, but for
//! `tests/own.cases`, which lists where we answer otherwise and why. `UPDATE=1` rewrites the files with what we answer.

mod limits;
mod mock;
mod properties;
mod sandbox;

use mock::{Free, Keyspace};

use super::*;

const LIMITS: Limits = Limits { memory_bytes_max: 64 << 20, output_bytes_max: 1 << 20 };
/// The seed that draws what a fresh Redis draws.
const REDIS_SEED: u64 = 0x1234_ABCD;

/// Runs `source` once in `scripts` and answers the reply, its bytes escaped and the script's name made `<sha>`.
fn reply_of(scripts: &mut Scripts, source: &[u8], protocol: Protocol, args: &[&[u8]]) -> String {
    let mut reply = Vec::new();
    let mut name = None;
    match scripts.load(source, Origin::Eval) {
        Err(problem) => reply = problem.reply(),
        Ok(sha) => {
            let call = Call { sha: &sha, keys: &[b"k1", b"k2"], args, seed: REDIS_SEED, protocol };
            scripts.run(call, &mut Keyspace::default(), &Free, &mut reply);
            name = Some(sha.to_string());
        }
    }
    let text = reply.escape_ascii().to_string();
    name.map_or(text.clone(), |name| text.replace(&name, "<sha>"))
}

/// The reply to a script of a client that speaks RESP2.
fn eval(source: &str) -> String {
    reply_of(&mut Scripts::new(LIMITS), source.as_bytes(), Protocol::Resp2, &[])
}

/// Runs every case of a file in one machine, in order. A case is
/// ```text
/// == [3]          a 3 for a client that speaks RESP3
/// script
/// -> escaped reply
/// ```
fn check(file: &str, text: &str) {
    let mut scripts = Scripts::new(LIMITS);
    let mut written = text.split("\n== ").next().unwrap_or_default().to_owned();
    let mut differing = String::new();
    for case in text.split("\n== ").skip(1) {
        let (protocol, rest) = case.split_once('\n').expect("a case has a script");
        let (source, expected) = rest.rsplit_once("\n-> ").expect("a case has a reply");
        let client = if protocol == "3" { Protocol::Resp3 } else { Protocol::Resp2 };
        let answered = reply_of(&mut scripts, source.as_bytes(), client, &[]);
        if answered != expected.trim_end_matches('\n') {
            differing += &format!("{source}\n  expected {expected}\n  answered {answered}\n");
        }
        written += &format!("\n== {protocol}\n{source}\n-> {answered}\n");
    }
    if std::env::var_os("UPDATE").is_some() {
        let path = format!("{}/src/script/tests/{file}.cases", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, written).expect("the case file can be written");
    } else {
        assert!(differing.is_empty(), "{file}:\n{differing}");
    }
}

#[test]
fn language_is_redis() {
    check("language", include_str!("tests/language.cases"));
}

#[test]
fn replies_are_redis() {
    check("replies", include_str!("tests/replies.cases"));
}

#[test]
fn cjson_is_redis() {
    check("cjson", include_str!("tests/cjson.cases"));
}

#[test]
fn cmsgpack_is_redis() {
    check("cmsgpack", include_str!("tests/cmsgpack.cases"));
}

#[test]
fn bit_and_struct_are_redis() {
    check("binary", include_str!("tests/binary.cases"));
}

#[test]
fn own_answers_stay() {
    check("own", include_str!("tests/own.cases"));
}

/// The token bucket of the reference, unmodified: five pass, then none, then as many as time refills.
#[test]
fn token_bucket_of_the_reference() {
    let mut scripts = Scripts::new(LIMITS);
    let sha = scripts.load(include_bytes!("tests/token_bucket.lua"), Origin::Load).expect("it compiles");
    let mut keyspace = Keyspace::default();
    let mut ask = |keyspace: &mut Keyspace, requested: &[u8]| {
        let mut reply = Vec::new();
        let call =
            Call { sha: &sha, keys: &[b"bucket"], args: &[b"5", b"2", requested], seed: 0, protocol: Protocol::Resp2 };
        assert_eq!(scripts.run(call, keyspace, &Free, &mut reply), Ended::Returned);
        reply
    };
    for _ in 0..5 {
        assert_eq!(ask(&mut keyspace, b"1"), b":1\r\n");
    }
    assert_eq!(ask(&mut keyspace, b"1"), b":0\r\n");
    keyspace.now_us += 1_000_000;
    assert_eq!(ask(&mut keyspace, b"2"), b":1\r\n");
    assert_eq!(ask(&mut keyspace, b"1"), b":0\r\n");
    keyspace.now_us += 60_000_000;
    assert_eq!(ask(&mut keyspace, b"6"), b":0\r\n");
    assert_eq!(ask(&mut keyspace, b"5"), b":1\r\n");
}

#[test]
fn cache_by_name() {
    let mut scripts = Scripts::new(LIMITS);
    let empty = scripts.heap_bytes();
    let sha = scripts.load(b"#!lua flags=no-writes\nreturn 1", Origin::Load).expect("it compiles");
    assert_eq!(scripts.load(b"#!lua flags=no-writes\nreturn 1", Origin::Eval), Ok(sha));
    assert_eq!(Sha::parse(sha.to_string().to_uppercase().as_bytes()), Some(sha));
    assert_eq!((scripts.count(), scripts.flags(&sha)), (1, Some(Flags::NO_WRITES)));
    assert!(scripts.exists(&sha) && scripts.body(&sha).is_some_and(|body| body.ends_with(b"return 1")));
    assert!(scripts.heap_bytes() > empty);
    scripts.flush();
    assert!(scripts.count() == 0 && !scripts.exists(&sha) && scripts.body(&sha).is_none());
    let mut reply = Vec::new();
    let call = Call { sha: &sha, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
    assert_eq!(scripts.run(call, &mut Keyspace::default(), &Free, &mut reply), Ended::Missing);
    assert!(reply.is_empty());
}

/// Scripts of `EVAL` make room for each other; those that were loaded, or run lately, stay.
#[test]
fn evals_are_bounded() {
    let mut scripts = Scripts::new(LIMITS);
    let loaded = scripts.load(b"return 'loaded'", Origin::Load).expect("it compiles");
    let first = scripts.load(b"return 0", Origin::Eval).expect("it compiles");
    let second = scripts.load(b"return 1", Origin::Eval).expect("it compiles");
    for n in 2..EVAL_SCRIPTS_MAX {
        scripts.load(format!("return {n}").as_bytes(), Origin::Eval).expect("it compiles");
    }
    let call = Call { sha: &first, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
    scripts.run(call, &mut Keyspace::default(), &Free, &mut Vec::new());
    scripts.load(b"return 'one more'", Origin::Eval).expect("it compiles");
    assert_eq!(scripts.count(), EVAL_SCRIPTS_MAX + 1);
    assert!(scripts.exists(&loaded) && scripts.exists(&first) && !scripts.exists(&second));
}

#[test]
fn log_reaches_the_host() {
    let mut scripts = Scripts::new(LIMITS);
    let sha = scripts.load(b"redis.log(redis.LOG_WARNING, 'a', 1, {}, 'b')", Origin::Eval).expect("it compiles");
    let mut keyspace = Keyspace::default();
    let call = Call { sha: &sha, keys: &[], args: &[], seed: 0, protocol: Protocol::Resp2 };
    scripts.run(call, &mut keyspace, &Free, &mut Vec::new());
    assert_eq!(keyspace.logged, [(LogLevel::Warning, b"a 1 b".to_vec())]);
}

#[test]
fn machines_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Scripts>();
}
