//! A row of the table in the ten elements of Redis 7.

use crate::command::{Access, Category, Command, Flags, Found, KeySpec, index};
use crate::resp::Encoder;

pub(super) fn describe(found: Found, out: &mut Encoder) {
    let command = found.command;
    let (first, last, step) = legacy_range(command.keys);
    out.array(10);
    out.bulk(index().name(found.number).as_bytes());
    out.int(command.arity.into());
    flags(command, out);
    out.int(first);
    out.int(last);
    out.int(step);
    categories(command, out);
    // Tips for clients of a sharded server: none.
    out.set(0);
    out.set(command.keys.len());
    command.keys.iter().for_each(|spec| key_spec(spec, out));
    out.set(command.subcommands.len());
    for sub in command.subcommands {
        if let Some(sub) = index().find_sub(found.number, sub.name.as_bytes()) {
            describe(sub, out);
        }
    }
}

fn flags(command: &Command, out: &mut Encoder) {
    let movable = command.keys.iter().any(|spec| !matches!(spec, KeySpec::Range { .. }));
    let all = if movable { command.flags.union(Flags::MOVABLEKEYS) } else { command.flags };
    let names = || Flags::NAMES.iter().filter(|(flag, _)| all.contains(*flag));
    out.set(names().count());
    names().for_each(|(_, name)| out.simple(name));
}

fn categories(command: &Command, out: &mut Encoder) {
    let all = command.all_categories();
    let names = || Category::NAMES.iter().filter(|(_, category)| all.contains(*category));
    out.set(names().count());
    names().for_each(|(name, _)| out.simple(&format!("@{name}")));
}

/// First key, last key and step for clients that know no key specifications: the ranges, if they touch each other, as one.
fn legacy_range(specs: &[KeySpec]) -> (i64, i64, i64) {
    let mut whole: Option<(i64, i64, i64)> = None;
    for spec in specs {
        let KeySpec::Range { first, last, step, .. } = *spec else { continue };
        let (first, last, step) = (first as i64, i64::from(last), step as i64);
        whole = match whole {
            None => Some((first, last, step)),
            Some((begin, end, 1)) if step == 1 && first == end + 1 => Some((begin, last, 1)),
            other => other,
        };
    }
    whole.unwrap_or_default()
}

pub(super) const fn access_flags(access: Access) -> &'static [&'static str] {
    match access {
        Access::Read => &["RO", "access"],
        Access::Write => &["OW", "update"],
        Access::ReadWrite => &["RW", "access", "update"],
        Access::ReadIf(_) => &["RW", "access", "update", "variable_flags"],
    }
}

/// Where keys begin, and how they are found from there.
fn key_spec(spec: &KeySpec, out: &mut Encoder) {
    let (KeySpec::Range { access, .. }
    | KeySpec::Counted { access, .. }
    | KeySpec::Halves { access, .. }
    | KeySpec::Keyword { access, .. }
    | KeySpec::Derived { access, .. }) = *spec;
    out.map(3);
    out.bulk(b"flags");
    out.set(access_flags(access).len());
    access_flags(access).iter().for_each(|flag| out.simple(flag));
    out.bulk(b"begin_search");
    match *spec {
        KeySpec::Range { first, .. } => typed(out, "index", &[("index", first as i64)]),
        KeySpec::Counted { count, .. } => typed(out, "index", &[("index", count as i64)]),
        KeySpec::Halves { keyword, from, .. } => by_keyword(out, keyword, from as i64),
        KeySpec::Keyword { keyword, .. } => by_keyword(out, keyword, 2),
        KeySpec::Derived { .. } => typed(out, "unknown", &[]),
    }
    out.bulk(b"find_keys");
    match *spec {
        KeySpec::Range { first, last, step, .. } => {
            let last = if last < 0 { i64::from(last) } else { i64::from(last) - first as i64 };
            typed(out, "range", &[("lastkey", last), ("keystep", step as i64), ("limit", 0)]);
        }
        KeySpec::Counted { count, first, .. } => {
            typed(out, "keynum", &[("keynumidx", 0), ("firstkey", first as i64 - count as i64), ("keystep", 1)]);
        }
        KeySpec::Halves { .. } => typed(out, "range", &[("lastkey", -1), ("keystep", 1), ("limit", 2)]),
        KeySpec::Keyword { .. } => typed(out, "range", &[("lastkey", 0), ("keystep", 1), ("limit", 0)]),
        KeySpec::Derived { .. } => typed(out, "unknown", &[]),
    }
}

fn typed(out: &mut Encoder, kind: &str, numbers: &[(&str, i64)]) {
    out.map(2);
    out.bulk(b"type");
    out.bulk(kind.as_bytes());
    out.bulk(b"spec");
    out.map(numbers.len());
    for (name, number) in numbers {
        out.bulk(name.as_bytes());
        out.int(*number);
    }
}

fn by_keyword(out: &mut Encoder, keyword: &str, start: i64) {
    out.map(2);
    out.bulk(b"type");
    out.bulk(b"keyword");
    out.bulk(b"spec");
    out.map(2);
    out.bulk(b"keyword");
    out.bulk(keyword.to_uppercase().as_bytes());
    out.bulk(b"startfrom");
    out.int(start);
}
