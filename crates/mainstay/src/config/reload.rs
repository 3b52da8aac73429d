//! What a reload changes, and what it cannot.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{Kind, Reload};
use super::value::{Table, Value};
use super::{Config, Listen, Log, Node};

/// Every scalar setting by its full name, as printed. Secrets appear as their place.
pub(crate) type Settings = BTreeMap<String, Setting>;

/// One setting as it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    text: String,
    reload: Reload,
}

/// The difference of two configurations, sorted by what a running node can do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadPlan {
    /// What takes effect. The files of certificates and secrets are read again at each reload, whether or not they are listed.
    pub apply: Vec<Change>,
    /// Full names of settings that keep their old value, with the reason.
    pub refused: Vec<(String, String)>,
}

/// One change that a running node can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A keyspace that was not there; its keys belonged to a shorter prefix or to the default keyspace.
    KeyspaceAdded(String),
    /// A keyspace that is gone; its keys now belong to a shorter prefix or to the default keyspace.
    KeyspaceRemoved(String),
    /// A setting, keyspaces' own included (`keyspace.product.ttl`).
    Setting {
        /// Its full name.
        key: String,
        /// As it was; `None`: absent.
        old: Option<String>,
        /// As it is to be; `None`: absent.
        new: Option<String>,
    },
}

impl ReloadPlan {
    /// Whether any setting at or below `path` (such as `acl` or `keyspace.product`) changes.
    #[must_use]
    pub fn touches(&self, path: &str) -> bool {
        self.apply.iter().any(|change| {
            let rest = match change {
                Change::KeyspaceAdded(name) | Change::KeyspaceRemoved(name) => {
                    return path == "keyspace" || path.strip_prefix("keyspace.") == Some(name);
                }
                Change::Setting { key, .. } => key.strip_prefix(path),
            };
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

impl Config {
    /// This configuration as it holds in a node that ran with `old`: what `plan` refuses is as it was. So the next reload names it
    /// again.
    #[must_use]
    pub fn keeping(mut self, old: &Self, plan: &ReloadPlan) -> Self {
        self.node = Node { drain: self.node.drain, ..old.node.clone() };
        self.listen = Listen { admin_tokens: self.listen.admin_tokens, ..old.listen.clone() };
        self.wal = old.wal.clone();
        self.snapshot = old.snapshot.clone();
        self.log = Log { level: self.log.level, ..old.log.clone() };
        for (key, _) in &plan.refused {
            match old.settings.get(key) {
                Some(setting) => self.settings.insert(key.clone(), setting.clone()),
                None => self.settings.remove(key),
            };
        }
        self
    }

    /// What a reload from `old` to `new` would do. Both are valid; settings of keyspaces that come or go are not listed one by
    /// one.
    #[must_use]
    pub fn diff(old: &Self, new: &Self) -> ReloadPlan {
        let names =
            |config: &Self| config.keyspaces.iter().map(|keyspace| keyspace.name.clone()).collect::<BTreeSet<_>>();
        let (before, after) = (names(old), names(new));
        let mut plan = ReloadPlan::default();
        plan.apply.extend(after.difference(&before).cloned().map(Change::KeyspaceAdded));
        plan.apply.extend(before.difference(&after).cloned().map(Change::KeyspaceRemoved));
        let moved: Vec<String> = before.symmetric_difference(&after).map(|name| format!("keyspace.{name}.")).collect();
        let keys: BTreeSet<&String> = old.settings.keys().chain(new.settings.keys()).collect();
        for key in keys.into_iter().filter(|key| !moved.iter().any(|prefix| key.starts_with(prefix.as_str()))) {
            let (was, is) = (old.settings.get(key), new.settings.get(key));
            if was != is {
                plan.add(key, was, is);
            }
        }
        plan
    }
}

impl ReloadPlan {
    fn add(&mut self, key: &str, old: Option<&Setting>, new: Option<&Setting>) {
        let text = |setting: Option<&Setting>| setting.map(|setting| setting.text.clone());
        let live = old.or(new).is_some_and(|setting| setting.reload == Reload::Live);
        let (old, new) = (text(old), text(new));
        if live {
            self.apply.push(Change::Setting { key: key.to_owned(), old, new });
            return;
        }
        let shown = |text: Option<String>| text.unwrap_or_else(|| "absent".to_owned());
        let why = format!("takes effect at start only: stays {} until a restart makes it {}", shown(old), shown(new));
        self.refused.push((key.to_owned(), why));
    }
}

/// Every scalar setting below `table`.
pub(crate) fn settings(table: &Table) -> Settings {
    let mut settings = Settings::new();
    gather(table, &mut settings);
    settings
}

fn gather(table: &Table, into: &mut Settings) {
    for key in table.keys {
        match (&key.kind, table.entries.get(key.name).map(|entry| &entry.value)) {
            (_, None) | (Kind::Open, _) => {}
            (_, Some(Value::Table(inner))) => gather(inner, into),
            (_, Some(Value::Named(tables))) => tables.iter().for_each(|(_, inner)| gather(inner, into)),
            (_, Some(Value::Tables(tables))) => tables.iter().for_each(|inner| gather(inner, into)),
            (_, Some(value)) => {
                into.insert(table.full_name(key.name), Setting { text: value.print(), reload: key.reload });
            }
        }
    }
}
