//! `ACL LOG`.

use super::super::*;
use mainstay_foundation::Timestamp;

fn origin(username: &str) -> Origin<'_> {
    Origin { context: Context::TopLevel, username: username.as_bytes(), client: b"id=3" }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
}

#[test]
fn denials_alike_within_a_minute_are_one_entry_that_moves_to_the_front() {
    let mut log = Log::new(10);
    log.record_denied(at(0), &Denied::Command, "get", origin("u"));
    log.record_denied(at(1), &Denied::Key(b"k".as_slice().into()), "get", origin("u"));
    log.record_denied(at(60), &Denied::Command, "get", Origin { client: b"id=4", ..origin("u") });
    let seen: Vec<_> = log.entries().map(|entry| (entry.id, entry.count, entry.cause.name(), &*entry.object)).collect();
    assert_eq!(seen, [(0, 2, "command", &b"get"[..]), (1, 1, "key", b"k")]);
    let first = log.entries().next().unwrap();
    assert_eq!((first.created, first.updated, &*first.client), (at(0), at(60), &b"id=4"[..]));
    assert_eq!(first.age_seconds(at(62)), 2.0);
    assert_eq!(first.age_seconds(at(0)), 0.0, "a clock set back makes no entry younger than now");
}

#[test]
fn denials_that_differ_are_entries_of_their_own() {
    let mut log = Log::new(10);
    log.record_denied(at(0), &Denied::Command, "get", origin("u"));
    log.record_denied(at(61), &Denied::Command, "get", origin("u"));
    log.record_denied(at(61), &Denied::Command, "set", origin("u"));
    log.record_denied(at(61), &Denied::Command, "set", origin("v"));
    log.record_denied(at(61), &Denied::Command, "set", Origin { context: Context::Script, ..origin("v") });
    log.record_login(at(61), b"AUTH", origin("v"));
    assert!(log.entries().all(|entry| entry.count == 1));
    assert_eq!(log.entries().map(|entry| entry.id).collect::<Vec<_>>(), [5, 4, 3, 2, 1, 0]);
    let names: Vec<_> = log.entries().take(2).map(|entry| (entry.cause.name(), entry.context.name())).collect();
    assert_eq!(names, [("auth", "toplevel"), ("command", "lua")]);
}

#[test]
fn only_the_latest_are_kept() {
    let mut log = Log::new(3);
    for number in 0..5 {
        log.record_denied(at(0), &Denied::Channel(format!("c{number}").into_bytes().into()), "publish", origin("u"));
    }
    assert_eq!(log.entries().map(|entry| &*entry.object).collect::<Vec<_>>(), [b"c4", b"c3", b"c2"]);
    log.set_length_max(1);
    assert_eq!(log.entries().len(), 1);
    log.clear();
    assert_eq!(log.entries().len(), 0);
    let mut none = Log::new(0);
    none.record_login(at(0), b"AUTH", origin("u"));
    assert_eq!(none.entries().len(), 0);
}

#[test]
fn long_texts_are_cut() {
    let mut log = Log::new(1);
    log.record_denied(at(0), &Denied::Key(vec![b'k'; 1 << 20].into()), "get", origin("u"));
    assert_eq!(log.entries().next().unwrap().object.len(), 1_024);
}
