//! A keyspace as declared: a prefix of keys and what its values are promised.

use std::time::Duration;

use super::node::to_usize;
use super::value::Table;
use super::words::{Durability, Eviction, Level, Partition, Replication, Strategy, Values};

/// The keyspace of all keys that no other prefix claims.
pub const DEFAULT_KEYSPACE: &str = "default";

/// `[keyspace.NAME]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyspace {
    /// Its name in the file.
    pub name: String,
    /// The bytes its keys begin with; empty for [`DEFAULT_KEYSPACE`] only.
    pub prefix: String,
    /// How many copies there are and how they agree.
    pub replication: Replication,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// How keys are cut into slices.
    pub partition: Partition,
    /// Most bytes of keys and values with their bookkeeping.
    pub max_memory: u64,
    /// What happens when memory is full.
    pub eviction: Eviction,
    /// Time to live of keys that are written without one; `None`: they stay.
    pub ttl: Option<Duration>,
    /// Each `ttl` is shortened by a random share up to this, 0 to 1, so that what was loaded together does not expire together.
    pub ttl_jitter: f64,
    /// Bytes of a key; at most the node's limit.
    pub max_key_bytes: usize,
    /// Bytes of a value; at most the node's limit.
    pub max_value_bytes: usize,
    /// How many keys there may be; `None`: as many as memory holds.
    pub max_keys: Option<u64>,
    /// The level of reads that ask for none.
    pub level: Option<Level>,
    /// Copies of a Raft keyspace.
    pub replicas: u32,
    /// Copies and counts of a quorum keyspace; present when `replication` is `quorum`.
    pub quorum: Option<Quorum>,
    /// The source of truth behind a cache.
    pub origin: Option<Origin>,
    /// The existing engine that holds the data instead.
    pub engine: Option<String>,
}

/// N, W and R of a quorum keyspace.
#[derive(Clone, Debug, PartialEq)]
pub struct Quorum {
    /// Copies.
    pub n: u32,
    /// Copies that acknowledge a write.
    pub w: u32,
    /// Copies that answer a read.
    pub r: u32,
    /// What values are.
    pub values: Values,
    /// Whether nodes outside the replica set may stand in for a write.
    pub sloppy: bool,
}

impl Quorum {
    /// Whether every read meets every acknowledged write.
    #[must_use]
    pub const fn overlaps(&self) -> bool {
        self.r + self.w > self.n
    }
}

/// `[keyspace.NAME.origin]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The kind of engine.
    pub kind: String,
    /// Who reads and writes it, and when.
    pub strategy: Strategy,
    /// How long an absent row is remembered.
    pub negative_ttl: Duration,
    /// How long a value may be served after its expiry while one caller reloads it.
    pub grace: Option<Duration>,
}

impl Keyspace {
    pub(crate) fn from_table(name: &str, table: &Table, limits: &super::Limits) -> Self {
        let replication = table.text("replication").and_then(Replication::from_word).unwrap_or(Replication::Local);
        let quorum = (replication == Replication::Quorum).then(|| Quorum::from_table(table));
        let origin = table.table("origin").map(Origin::from_table);
        Self {
            name: name.to_owned(),
            prefix: table.text("prefix").unwrap_or_default().to_owned(),
            replication,
            durability: durability(table, replication, quorum.as_ref(), origin.as_ref()),
            partition: table.text("partition").and_then(Partition::from_word).unwrap_or(Partition::Slots),
            max_memory: table.size("max_memory").unwrap_or_default(),
            eviction: table.text("eviction").and_then(Eviction::from_word).unwrap_or(Eviction::None),
            ttl: table.span("ttl"),
            ttl_jitter: table.ratio("ttl_jitter").unwrap_or_default(),
            max_key_bytes: table.size("max_key_bytes").map_or(limits.max_key_bytes, to_usize),
            max_value_bytes: table.size("max_value_bytes").map_or(limits.max_value_bytes, to_usize),
            max_keys: table.count("max_keys"),
            level: table.text("level").and_then(Level::from_word),
            replicas: small(table, "replicas"),
            quorum,
            origin,
            engine: table.text("engine").map(str::to_owned),
        }
    }
}

/// As declared, or the default: `always` where an acknowledgement is a vote, a decision or a debt to the origin.
fn durability(table: &Table, replication: Replication, quorum: Option<&Quorum>, origin: Option<&Origin>) -> Durability {
    let votes = replication == Replication::Raft || quorum.is_some_and(|q| q.values == Values::Cas);
    let owes = origin.is_some_and(|o| o.strategy == Strategy::WriteBehind);
    let preset = if votes || owes { Durability::Always } else { Durability::Everysec };
    table.text("durability").and_then(Durability::from_word).unwrap_or(preset)
}

impl Quorum {
    fn from_table(table: &Table) -> Self {
        Self {
            n: small(table, "n"),
            w: small(table, "w"),
            r: small(table, "r"),
            values: table.text("values").and_then(Values::from_word).unwrap_or(Values::Crdt),
            sloppy: table.flag("sloppy").unwrap_or(false),
        }
    }
}

impl Origin {
    fn from_table(table: &Table) -> Self {
        Self {
            kind: table.text("kind").unwrap_or_default().to_owned(),
            strategy: table.text("strategy").and_then(Strategy::from_word).unwrap_or(Strategy::CacheAside),
            negative_ttl: table.span("negative_ttl").unwrap_or_default(),
            grace: table.table("stampede").and_then(|stampede| stampede.span("grace")),
        }
    }
}

fn small(table: &Table, name: &str) -> u32 {
    table.count(name).and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
}
