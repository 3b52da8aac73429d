//! Settings from the environment and the command line, which replace those of the file.
//!
//! The rule: `MAINSTAY_<SECTION>_<KEY>` in capitals, dots as underscores: `MAINSTAY_LISTEN_RESP`, `MAINSTAY_LIMITS_MAX_CLIENTS`,
//! `MAINSTAY_KEYSPACE_DEFAULT_MAX_MEMORY`. For `[node]` the section may be left out: `MAINSTAY_DATA_DIR`. The text is what would
//! stand between the quotes in the file; lists are separated by commas. Precedence: command line, environment, file, default.

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Place, Severity};
use super::nouns::{FILE, OVERRIDABLE};
use super::schema::{Key, Kind};
use super::suggest::nearest;

/// Replacements by the full name of the key.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub(crate) by_key: BTreeMap<String, Override>,
    /// Variables that begin with `MAINSTAY_` and name no setting.
    unknown: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Override {
    /// What replaces the file's value.
    pub(crate) text: String,
    /// The variable or option, for messages.
    pub(crate) origin: String,
}

impl Overrides {
    /// Takes the variables of this rule out of an environment; others are passed over. A name that begins with `MAINSTAY_` and
    /// fits no setting is reported as a warning only: schedulers set such variables for a service of that name.
    #[must_use]
    pub fn from_environment(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let known = variables_by_name();
        let mut overrides = Self::default();
        let mut given: Vec<(String, String)> =
            variables.into_iter().filter(|(name, _)| name.starts_with("MAINSTAY_")).collect();
        // Both names of a setting of [node] may be set: the longer one is taken last and counts.
        given.sort_by_key(|(name, _)| (name.starts_with("MAINSTAY_NODE_"), name.clone()));
        for (name, text) in given {
            match known.get(&name) {
                Some(key) => overrides.insert(key.clone(), text, name),
                // Not for a node, but for the commands that ask one.
                None if name == crate::cli::TOKEN_VARIABLE => {}
                None => overrides.unknown.push(name),
            }
        }
        overrides
    }

    /// Sets `key`, a full name such as `listen.resp`, as the command line does; `option` names it in messages.
    ///
    /// # Errors
    /// `key` is not a setting that can be overridden; the message names the nearest.
    pub fn set(&mut self, key: &str, text: &str, option: &str) -> Result<(), Diagnostic> {
        let known = variables_by_name();
        if known.values().any(|name| name == key) {
            self.insert(key.to_owned(), text.to_owned(), option.to_owned());
            return Ok(());
        }
        let near = nearest(key, known.values().map(String::as_str));
        Err(Diagnostic {
            severity: Severity::Error,
            place: Place::Named(option.to_owned()),
            message: format!("`{}` is not a setting that can be set from outside the file", super::reader::cut(key)),
            help: near.map(|near| format!("did you mean `{near}`?")),
        })
    }

    fn insert(&mut self, key: String, text: String, origin: String) {
        self.by_key.insert(key, Override { text, origin });
    }

    /// Warnings about variables that name no setting.
    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        let known = variables_by_name();
        let warn = |name: &String| Diagnostic {
            severity: Severity::Warning,
            place: Place::Named(name.clone()),
            message: "this variable names no setting and is not used".to_owned(),
            help: nearest(name, known.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?")),
        };
        self.unknown.iter().map(warn).collect()
    }
}

/// Every variable with the key that it sets.
pub(crate) fn variables_by_name() -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for section in OVERRIDABLE {
        for key in section_keys(section).iter().filter(|key| is_scalar(&key.kind)) {
            let full = format!("{section}.{}", key.name);
            let variable = |path: &str| format!("MAINSTAY_{}", path.replace(['.', '-'], "_").to_ascii_uppercase());
            if *section == "node" {
                names.insert(variable(key.name), full.clone());
            }
            names.insert(variable(&full), full);
        }
    }
    names
}

/// The rows of a section; a name below a noun stands for any of its tables.
fn section_keys(path: &str) -> &'static [Key] {
    let (mut keys, mut named) = (FILE, false);
    for part in path.split('.') {
        if named {
            named = false;
            continue;
        }
        match keys.iter().find(|key| key.name == part).map(|key| &key.kind) {
            Some(Kind::Table(inner)) => keys = inner,
            Some(Kind::Named(inner)) => (keys, named) = (inner, true),
            _ => return &[],
        }
    }
    keys
}

fn is_scalar(kind: &Kind) -> bool {
    !matches!(kind, Kind::Table(_) | Kind::Named(_) | Kind::Tables(_) | Kind::Open)
}
