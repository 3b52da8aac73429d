//! The configuration file: what a user declares, checked before anything starts.
//!
//! ```text
//! TOML text ─ syntax ─▶ rows of the schema ─▶ tables of values ─▶ typed sections ─▶ contradictions ─▶ Config
//!                environment and command line ─┘
//! ```
//!
//! Every step reports all it finds; the caller gets each error with its line and column, or a [`Config`] that needs no further
//! checking. The language is larger than what this version serves: what is valid and not yet served comes back as a
//! [`Notice`], and [`refuse_unserved`] turns those into errors before a node starts, so that nothing is ignored silently.
//!
//! A new setting is one row under `nouns/` and one field of a typed section.

mod acl;
mod checks;
mod contract;
mod diagnostic;
mod expect;
mod findings;
mod keyspace;
mod limits;
mod load;
mod node;
mod nouns;
mod overrides;
mod quantity;
mod reader;
mod reference;
mod reload;
mod route;
mod schema;
mod secret;
mod suggest;
mod value;
mod words;

pub use acl::{Acl, DEFAULT_USER, User};
pub use contract::Contract;
pub use diagnostic::{Diagnostic, Notice, Place, Severity};
pub use keyspace::{DEFAULT_KEYSPACE, Keyspace, Origin, Quorum};
pub use limits::{Limits, OutputLimit};
pub use load::{FILE_BYTES_MAX, refuse_unserved};
pub use node::{Listen, Log, Node, Slowlog, Snapshot, SnapshotEvery, Tls, Wal};
pub use overrides::Overrides;
pub use quantity::{format_duration, format_size, parse_duration, parse_rate, parse_size};
pub use reference::{reference, variables};
pub use reload::{Change, ReloadPlan};
pub use route::Route;
pub use secret::{SECRET_BYTES_MAX, Secret, SecretError, SecretText};
pub use words::{
    ClientAuth, Durability, Eviction, Level, LogFormat, LogLevel, Partition, Replication, Strategy, Values,
};

/// A whole configuration. Every field is filled: what the file leaves out has its default.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[node]`.
    pub node: Node,
    /// `[listen]`.
    pub listen: Listen,
    /// `[tls]`.
    pub tls: Option<Tls>,
    /// `[limits]`.
    pub limits: Limits,
    /// `[wal]`.
    pub wal: Wal,
    /// `[snapshot]`.
    pub snapshot: Snapshot,
    /// `[log]`.
    pub log: Log,
    /// `[slowlog]`.
    pub slowlog: Slowlog,
    /// `[acl]`.
    pub acl: Acl,
    /// Every keyspace in name order, [`DEFAULT_KEYSPACE`] always among them.
    pub keyspaces: Vec<Keyspace>,
    /// `[[route]]`, in the file's order. This version does not serve them.
    pub routes: Vec<Route>,
    /// What a reload compares.
    settings: reload::Settings,
}

#[cfg(test)]
mod tests;
