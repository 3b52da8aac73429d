//! What the reader leaves of a file: tables of validated values.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use super::quantity::{format_duration, format_size};
use super::schema::Key;
use super::secret::Secret;

/// A validated value, or the default that stands in for one that was refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Flag(bool),
    Integer(i64),
    Ratio(f64),
    Text(String),
    Span(Duration),
    Size(u64),
    /// `None`: `off`.
    Address(Option<SocketAddr>),
    Secret(Secret),
    List(Vec<Entry>),
    Table(Table),
    Named(Vec<(String, Table)>),
    Tables(Vec<Table>),
    /// Checked, and of no interest to this version.
    Open,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Its key's default.
    Preset,
    /// These bytes of the file.
    File(Range<usize>),
    /// An environment variable or command-line option of this name.
    Override(String),
}

/// A value with its source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) source: Source,
}

/// A section of the file.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Its rows in the schema.
    pub(crate) keys: &'static [Key],
    /// Its name from the top, such as `keyspace.product.origin`; empty for the file itself.
    pub(crate) path: String,
    /// Its header or value.
    pub(crate) source: Source,
    /// Given and default values.
    pub(crate) entries: BTreeMap<&'static str, Entry>,
    /// Keys whose value was refused and reported.
    pub(crate) refused: BTreeSet<&'static str>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.entries == other.entries
    }
}

impl Table {
    /// The entry of `name`, a key of this table's schema.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        debug_assert!(self.keys.iter().any(|key| key.name == name), "{} has no key {name}", self.path);
        self.entries.get(name)
    }

    /// Where `name` came from, or the table's own place when it is absent.
    pub(crate) fn source_of(&self, name: &str) -> &Source {
        self.get(name).map_or(&self.source, |entry| &entry.source)
    }

    /// Whether the user set `name`, to a valid value or not.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.refused.contains(name) || self.get(name).is_some_and(|entry| entry.source != Source::Preset)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)?.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    /// A whole number that the schema bounds to 0 or more.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        match self.get(name)?.value {
            Value::Integer(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }

    pub(crate) fn ratio(&self, name: &str) -> Option<f64> {
        match self.get(name)?.value {
            Value::Ratio(ratio) => Some(ratio),
            _ => None,
        }
    }

    /// Text, or the word of a choice.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn path_of(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    pub(crate) fn span(&self, name: &str) -> Option<Duration> {
        match self.get(name)?.value {
            Value::Span(duration) => Some(duration),
            _ => None,
        }
    }

    pub(crate) fn size(&self, name: &str) -> Option<u64> {
        match self.get(name)?.value {
            Value::Size(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// An address; `None` when absent or `off`.
    pub(crate) fn address(&self, name: &str) -> Option<SocketAddr> {
        match self.get(name)?.value {
            Value::Address(address) => address,
            _ => None,
        }
    }

    /// Secrets: one, or a list of them.
    pub(crate) fn secrets(&self, name: &str) -> Vec<Secret> {
        match self.get(name).map(|entry| &entry.value) {
            Some(Value::Secret(secret)) => vec![secret.clone()],
            Some(Value::List(entries)) => entries.iter().filter_map(|entry| entry.value.as_secret()).cloned().collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        match &self.get(name)?.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// One table or an array of them.
    pub(crate) fn tables(&self, name: &str) -> &[Table] {
        match self.get(name).map(|entry| &entry.value) {
            Some(Value::Tables(tables)) => tables,
            Some(Value::Table(table)) => std::slice::from_ref(table),
            _ => &[],
        }
    }

    /// Tables by name, in name order.
    pub(crate) fn named(&self, name: &str) -> &[(String, Table)] {
        match self.get(name).map(|entry| &entry.value) {
            Some(Value::Named(tables)) => tables,
            _ => &[],
        }
    }

    /// A key's full name.
    pub(crate) fn full_name(&self, name: &str) -> String {
        join(&self.path, name)
    }
}

/// `path.name`, or `name` at the top.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Value {
    fn as_secret(&self) -> Option<&Secret> {
        match self {
            Self::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// As a user would write it; secrets as their place. Tables print as nothing: their keys speak for themselves.
    pub(crate) fn print(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Ratio(ratio) => ratio.to_string(),
            Self::Text(text) => text.clone(),
            Self::Span(duration) => format_duration(*duration),
            Self::Size(bytes) => format_size(*bytes),
            Self::Address(address) => address.map_or_else(|| "off".to_owned(), |a| a.to_string()),
            Self::Secret(secret) => secret.to_string(),
            Self::List(entries) => entries.iter().map(|entry| entry.value.print()).collect::<Vec<_>>().join(", "),
            Self::Table(_) | Self::Named(_) | Self::Tables(_) | Self::Open => String::new(),
        }
    }
}
