//! The reference of all settings, printed from the schema.

use super::expect::describe;
use super::nouns::FILE;
use super::overrides::variables_by_name;
use super::schema::{Key, Kind, Preset, Reload, Served};

/// Every setting as Markdown, a table per section: type with unit and range, default, whether a reload takes it, meaning. The
/// book includes it.
#[must_use]
pub fn reference() -> String {
    let mut out = String::new();
    for key in FILE {
        section(key, key.name, key.served != Served::No, &mut out);
    }
    out
}

/// The variables that override settings, with the settings they set.
#[must_use]
pub fn variables() -> Vec<(String, String)> {
    variables_by_name().into_iter().collect()
}

fn section(key: &Key, path: &str, served: bool, out: &mut String) {
    let (heading, keys) = match key.kind {
        Kind::Table(keys) => (format!("[{path}]"), keys),
        Kind::Named(keys) => (format!("[{path}.NAME]"), keys),
        Kind::Tables(keys) => (format!("[[{path}]]"), keys),
        _ => return,
    };
    let unserved = if served { "" } else { " *Checked, not served yet.*" };
    out.push_str(&format!("\n### `{heading}`\n\n{}{unserved}\n\n", key.doc));
    out.push_str("| key | type, unit, range | default | reload | meaning |\n|---|---|---|---|---|\n");
    keys.iter().for_each(|key| row(key, served, out));
    let below = if matches!(key.kind, Kind::Named(_)) { format!("{path}.NAME") } else { path.to_owned() };
    for inner in keys {
        nested(&inner.kind, inner, &format!("{below}.{}", inner.name), served && inner.served != Served::No, out);
    }
}

/// Tables within a section get a heading of their own; alternatives share one.
fn nested(kind: &Kind, key: &Key, path: &str, served: bool, out: &mut String) {
    match kind {
        Kind::Table(keys) | Kind::Named(keys) | Kind::Tables(keys) => {
            let kind = match kind {
                Kind::Table(_) => Kind::Table(keys),
                Kind::Named(_) => Kind::Named(keys),
                _ => Kind::Tables(keys),
            };
            section(&Key::new(key.name, kind, key.doc), path, served, out);
        }
        Kind::Either(kinds) => {
            let table = kinds.iter().find(|kind| matches!(kind, Kind::Table(_) | Kind::Tables(_)));
            table.into_iter().for_each(|kind| nested(kind, key, path, served, out));
        }
        _ => {}
    }
}

fn row(key: &Key, section_served: bool, out: &mut String) {
    let default = match key.preset {
        Preset::Required => "required".to_owned(),
        Preset::Value(text) if !text.is_empty() && !is_table(&key.kind) => format!("`{text}`"),
        Preset::Absent | Preset::Value(_) => "–".to_owned(),
    };
    let reload = match key.reload {
        Reload::Live => "yes",
        Reload::Restart => "no",
    };
    let served = match key.served {
        _ if !section_served => String::new(),
        Served::Yes => String::new(),
        Served::No => " *Checked, not served yet.*".to_owned(),
        Served::Words(words) => format!(" *Served: {}.*", words.join(", ")),
    };
    let kind = describe(&key.kind).replace('|', "\\|");
    out.push_str(&format!("| `{}` | {kind} | {default} | {reload} | {}{served} |\n", key.name, key.doc));
}

fn is_table(kind: &Kind) -> bool {
    matches!(kind, Kind::Table(_) | Kind::Named(_) | Kind::Tables(_))
}
