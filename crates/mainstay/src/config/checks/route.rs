//! Contradictions of routes.

use super::{names, undeclared};
use crate::config::findings::Findings;
use crate::config::quantity::format_duration;
use crate::config::value::{Table, Value};

pub(super) fn check(file: &Table, findings: &mut Findings) {
    let keyspaces = names(file, "keyspace");
    for route in file.tables("route") {
        if let Some(matches) = route.table("match")
            && !["path", "host", "method", "headers"].iter().any(|key| matches.given(key))
        {
            findings.error(
                &matches.source,
                format!("`{}` fits no request", matches.path),
                Some("set `path` or `host`".to_owned()),
            );
        }
        if matches!(route.get("upstream").map(|entry| &entry.value), Some(Value::List(list)) if list.is_empty()) {
            findings.error(route.source_of("upstream"), format!("`{}` is empty", route.full_name("upstream")), None);
        }
        timeouts(route, findings);
        route.tables("rate_limit").iter().for_each(|limit| rate_limit(limit, &keyspaces, findings));
        if let Some(store) = route.table("cache").and_then(|cache| Some((cache, cache.text("store")?))) {
            let (cache, name) = store;
            undeclared(cache, "store", name.strip_prefix("keyspace:").unwrap_or(name), &keyspaces, findings);
        }
    }
}

fn timeouts(route: &Table, findings: &mut Findings) {
    if let Some(timeout) = route.table("timeout") {
        not_longer(timeout, "try", "total", findings);
    }
    if let Some(retry) = route.table("retry") {
        not_longer(retry, "base", "cap", findings);
    }
    if let Some(breaker) = route.table("breaker") {
        not_longer(breaker, "base", "cap", findings);
    }
}

fn rate_limit(limit: &Table, keyspaces: &[&str], findings: &mut Findings) {
    let Some(store) = limit.text("store") else { return };
    if limit.text("scope") == Some("node") {
        let message =
            format!("`{}` contradicts scope = \"node\": a node counts in its own memory", limit.full_name("store"));
        findings.error(
            limit.source_of("store"),
            message,
            Some("set `scope` = \"cluster\", or remove `store`".to_owned()),
        );
    } else if store != "_limits" {
        undeclared(limit, "store", store, keyspaces, findings);
    }
}

/// `shorter` is a duration that must not exceed `longer`.
pub(super) fn not_longer(table: &Table, shorter: &str, longer: &str, findings: &mut Findings) {
    let (Some(short), Some(long)) = (table.span(shorter), table.span(longer)) else { return };
    if short > long {
        let message = format!(
            "`{}` = {} is longer than `{longer}` = {}",
            table.full_name(shorter),
            format_duration(short),
            format_duration(long)
        );
        let at = if table.given(shorter) { shorter } else { longer };
        findings.error(table.source_of(at), message, None);
    }
}
