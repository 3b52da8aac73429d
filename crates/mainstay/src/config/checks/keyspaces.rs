//! Contradictions of keyspaces: prefixes, replication, durability, levels, caches and engines.

use std::collections::BTreeMap;

use super::{names, quorum, undeclared};
use crate::config::findings::Findings;
use crate::config::quantity::format_size;
use crate::config::value::Table;
use crate::config::{Config, DEFAULT_KEYSPACE, Durability, Keyspace, Level, Replication, Strategy, Values};

pub(super) fn check(file: &Table, config: &Config, findings: &mut Findings) {
    prefixes(file, findings);
    for ((name, table), keyspace) in file.named("keyspace").iter().zip(&config.keyspaces) {
        replication(table, keyspace, findings);
        quorum::check(table, keyspace, findings);
        durability(table, keyspace, findings);
        level(table, keyspace, findings);
        bounds(table, config, findings);
        engine(table, findings);
        if let Some(other) = table.text("colocate_with") {
            let others: Vec<&str> = names(file, "keyspace").into_iter().filter(|other| other != name).collect();
            undeclared(table, "colocate_with", other, &others, findings);
        }
    }
}

/// Every key belongs to one keyspace: prefixes differ. One inside another is legal, since the longest counts, and easily meant
/// otherwise.
fn prefixes(file: &Table, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, table) in file.named("keyspace") {
        match (name.as_str(), table.text("prefix")) {
            (DEFAULT_KEYSPACE, None) => {}
            (DEFAULT_KEYSPACE, Some(_)) => {
                let help = "remove it: this keyspace takes the keys that no other prefix claims".to_owned();
                findings.error(table.source_of("prefix"), "`keyspace.default` has no prefix".to_owned(), Some(help));
            }
            (_, None) if table.given("prefix") => {}
            (_, None) => findings.missing(
                &table.source,
                format!("`{}` is missing", table.full_name("prefix")),
                "text such as \"product:\"",
            ),
            (_, Some(prefix)) => {
                if let Some(other) = seen.get(prefix) {
                    let message =
                        format!("prefix \"{prefix}\" of keyspace `{name}` is already the prefix of `{other}`");
                    findings.error(
                        table.source_of("prefix"),
                        message,
                        Some("give each keyspace a prefix of its own".to_owned()),
                    );
                } else {
                    seen.insert(prefix, name);
                }
            }
        }
    }
    nested(file, &seen, findings);
}

fn nested(file: &Table, seen: &BTreeMap<&str, &str>, findings: &mut Findings) {
    for (name, table) in file.named("keyspace") {
        let Some(prefix) = table.text("prefix").filter(|prefix| seen.get(prefix) == Some(&name.as_str())) else {
            continue;
        };
        // In byte order a prefix sorts before what it begins, so the nearest outer one is the last that fits.
        let outer = seen.range(..prefix).rev().find(|(outer, _)| prefix.starts_with(**outer));
        if let Some((outer_prefix, outer)) = outer {
            let message = format!("prefix \"{prefix}\" lies within \"{outer_prefix}\" of keyspace `{outer}`");
            let help = format!(
                "the longest prefix counts: keys that begin with \"{prefix}\" belong to `{name}`, never to `{outer}`"
            );
            findings.warning(table.source_of("prefix"), message, Some(help));
        }
    }
}

/// Settings of another replication than the declared one.
fn replication(table: &Table, keyspace: &Keyspace, findings: &mut Findings) {
    let of_raft: &[&str] = &["replicas"];
    let of_quorum: &[&str] = &["n", "w", "r", "values", "sloppy", "hint_window"];
    let strangers = [(Replication::Raft, of_raft), (Replication::Quorum, of_quorum)];
    for (owner, keys) in strangers.iter().filter(|(owner, _)| *owner != keyspace.replication) {
        for key in keys.iter().filter(|key| table.given(key)) {
            let message = format!(
                "`{}` belongs to replication \"{owner}\", and this keyspace is \"{}\"",
                table.full_name(key),
                keyspace.replication
            );
            let help = format!("set `replication` = \"{owner}\", or remove `{key}`");
            findings.error(table.source_of(key), message, Some(help));
        }
    }
}

fn durability(table: &Table, keyspace: &Keyspace, findings: &mut Findings) {
    let cas = keyspace.quorum.as_ref().is_some_and(|quorum| quorum.values == Values::Cas);
    let behind = keyspace.origin.as_ref().is_some_and(|origin| origin.strategy == Strategy::WriteBehind);
    let refused = match keyspace.durability {
        Durability::Always => None,
        _ if keyspace.replication == Replication::Raft => {
            Some("replication = \"raft\": votes must survive a power loss")
        }
        _ if cas => Some("values = \"cas\": promises must survive a power loss"),
        Durability::Never if behind => Some("write-behind: what the origin has not got yet would be lost"),
        Durability::Everysec | Durability::Never => None,
    };
    if let Some(why) = refused {
        let message = format!("durability \"{}\" contradicts {why}", keyspace.durability);
        findings.error(table.source_of("durability"), message, Some("write \"always\", or leave it out".to_owned()));
    }
}

fn level(table: &Table, keyspace: &Keyspace, findings: &mut Findings) {
    let served = crate::config::contract::levels(keyspace);
    for key in ["level", "readonly_level"] {
        let Some(level) = table.text(key).and_then(Level::from_word).filter(|level| !served.contains(level)) else {
            continue;
        };
        let words: Vec<&str> = served.iter().map(|level| level.as_str()).collect();
        let message = format!("`{}` = \"{level}\" is more than this replication can give", table.full_name(key));
        findings.error(table.source_of(key), message, Some(format!("it gives {}", words.join(", "))));
    }
}

fn bounds(table: &Table, config: &Config, findings: &mut Findings) {
    let node = [("max_key_bytes", config.limits.max_key_bytes), ("max_value_bytes", config.limits.max_value_bytes)];
    for (key, limit) in node {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        if let Some(bytes) = table.size(key).filter(|bytes| *bytes > limit) {
            let message = format!(
                "`{}` = {} is more than the node's `limits.{key}` = {}",
                table.full_name(key),
                format_size(bytes),
                format_size(limit)
            );
            findings.error(table.source_of(key), message, Some("a keyspace may only lower it".to_owned()));
        }
    }
    if table.given("ttl_jitter") && !table.given("ttl") {
        let message = format!("`{}` has no effect without `ttl`", table.full_name("ttl_jitter"));
        findings.warning(table.source_of("ttl_jitter"), message, None);
    }
}

fn engine(table: &Table, findings: &mut Findings) {
    for (key, other) in [("engine", "url"), ("url", "engine")] {
        if table.given(key) && !table.given(other) {
            findings.error(table.source_of(key), format!("`{}` needs `{other}`", table.full_name(key)), None);
        }
    }
    if table.given("engine") && table.given("origin") {
        let message = format!("`{}` holds the data itself and has no origin behind it", table.full_name("engine"));
        findings.error(
            table.source_of("engine"),
            message,
            Some("declare the engine as the origin, or remove one".to_owned()),
        );
    }
}
