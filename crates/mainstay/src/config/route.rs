//! A route as declared: what `mainstay check` prints of it.

use super::value::Table;

/// The layers that a request passes, outermost first, with the key that declares each.
const LAYERS: [(&str, &str); 11] = [
    ("deadline", "timeout"),
    ("criticality", "criticality"),
    ("rate-limit", "rate_limit"),
    ("fallback", "fallback"),
    ("cache", "cache"),
    ("shed", "shed"),
    ("retry", "retry"),
    ("hedge", "hedge"),
    ("balance", "balance"),
    ("breaker", "breaker"),
    ("bulkhead", "bulkhead"),
];

/// `[[route]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its host and path, or its name.
    pub label: String,
    /// How many upstreams it has.
    pub upstreams: usize,
    /// Names of its declared layers with their settings, outermost first.
    pub stack: Vec<(&'static str, String)>,
}

impl Route {
    pub(crate) fn from_table(table: &Table) -> Self {
        let matches = table.table("match");
        let part = |key| matches.and_then(|matches| matches.text(key)).unwrap_or_default();
        let label = format!("{}{}", part("host"), part("path"));
        let upstreams = match table.get("upstream").map(|entry| &entry.value) {
            Some(super::value::Value::List(list)) => list.len(),
            _ => 0,
        };
        let stack = LAYERS.iter().filter_map(|(layer, key)| Some((*layer, settings(table, key)?))).collect();
        Self { label, upstreams, stack }
    }
}

/// The settings of one layer on one line; `None` when it is absent.
fn settings(table: &Table, key: &str) -> Option<String> {
    let entry = table.get(key)?;
    let tables = table.tables(key);
    if tables.is_empty() {
        return Some(entry.value.print());
    }
    let one = |table: &Table| {
        let parts = table.keys.iter().filter_map(|key| Some((key.name, table.entries.get(key.name)?.value.print())));
        parts.map(|(name, text)| format!("{name} {text}")).collect::<Vec<_>>().join(", ")
    };
    Some(tables.iter().map(one).collect::<Vec<_>>().join("; "))
}
