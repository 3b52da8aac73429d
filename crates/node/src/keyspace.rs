//! Keyspaces: which prefix a key belongs to, and what that prefix promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Nothing: the write is not logged.
    Never,
    /// A crash of the process always; a power loss but for the last second.
    EverySecond,
    /// A power loss: the reply waits for the sync.
    Always,
}

impl Durability {
    /// The word in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::EverySecond => "everysec",
            Self::Always => "always",
        }
    }
}

/// Index of a keyspace in its [`Keyspaces`]. Not stable over a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyspaceId(pub u16);

impl KeyspaceId {
    /// The keyspace of keys that no prefix claims.
    pub const DEFAULT: Self = Self(0);
}

/// One declared keyspace.
#[derive(Clone, Debug)]
pub struct Keyspace {
    /// As in `[keyspace.NAME]`.
    pub name: String,
    /// Keys that begin with it belong here; empty only for `default`.
    pub prefix: Box<[u8]>,
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// Bytes of keys and values; a write that needs memory is refused above it.
    pub memory_bytes_max: Option<u64>,
    /// Most keys; a write that may add one is refused at it.
    pub keys_max: Option<u64>,
    /// Longest key.
    pub key_bytes_max: usize,
    /// Longest value or element.
    pub value_bytes_max: usize,
    /// Life of a key that is created without an expiry, in milliseconds.
    pub ttl_ms: Option<u64>,
    /// Share of `ttl_ms` by which lives are shortened at random, 0.0–1.0, so that keys written together do not expire together.
    pub ttl_jitter: f64,
}

impl Keyspace {
    /// The keyspace `default` with embedded defaults.
    #[must_use]
    pub fn default_space() -> Self {
        Self {
            name: "default".into(),
            prefix: Box::default(),
            durability: Durability::EverySecond,
            memory_bytes_max: None,
            keys_max: None,
            key_bytes_max: crate::table::KEY_LEN_MAX,
            value_bytes_max: 512 * 1024 * 1024,
            ttl_ms: None,
            ttl_jitter: 0.0,
        }
    }

    const fn has_limits(&self) -> bool {
        self.memory_bytes_max.is_some() || self.keys_max.is_some()
    }
}

/// What a keyspace holds, summed over all shards.
#[derive(Debug, Default)]
pub struct Usage {
    keys: AtomicI64,
    bytes: AtomicI64,
}

impl Usage {
    /// Keys now.
    pub fn keys(&self) -> u64 {
        u64::try_from(self.keys.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Bytes of keys and values now.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.bytes.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Moves the counts.
    pub(crate) fn add(&self, keys: i64, bytes: i64) {
        if keys != 0 {
            self.keys.fetch_add(keys, Ordering::Relaxed);
        }
        if bytes != 0 {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

/// Every declared keyspace. Immutable: a reload makes a new one and hands it to each shard.
#[derive(Debug)]
pub struct Keyspaces {
    all: Vec<Keyspace>,
    /// Shared with those that differ only in limits.
    usage: Arc<[Usage]>,
    /// Indexes of the keyspaces with a prefix, longest prefix first.
    by_prefix: Vec<u16>,
    any_never: bool,
    any_limits: bool,
}

impl Keyspaces {
    /// `default` comes first; the others may come in any order. Prefixes must differ and only `default`'s may be empty.
    ///
    /// # Panics
    /// If `all` is empty, has more than 65,535 entries, or begins with a keyspace that has a prefix.
    #[must_use]
    pub fn new(all: Vec<Keyspace>) -> Arc<Self> {
        assert!(all.len() <= usize::from(u16::MAX) && all.first().is_some_and(|space| space.prefix.is_empty()));
        let mut by_prefix: Vec<u16> = (1..all.len() as u16).collect();
        by_prefix.sort_by_key(|&index| std::cmp::Reverse(all[usize::from(index)].prefix.len()));
        Arc::new(Self {
            usage: all.iter().map(|_| Usage::default()).collect(),
            any_never: all.iter().any(|space| space.durability == Durability::Never),
            any_limits: all.iter().any(Keyspace::has_limits),
            by_prefix,
            all,
        })
    }

    /// The same but for the memory that one of them may take; both count together.
    #[must_use]
    pub fn with_memory_max(&self, id: KeyspaceId, bytes_max: Option<u64>) -> Arc<Self> {
        let mut all = self.all.clone();
        all[usize::from(id.0)].memory_bytes_max = bytes_max;
        Arc::new(Self {
            any_limits: all.iter().any(Keyspace::has_limits),
            any_never: self.any_never,
            usage: Arc::clone(&self.usage),
            by_prefix: self.by_prefix.clone(),
            all,
        })
    }

    /// Only `default`.
    #[must_use]
    pub fn only_default() -> Arc<Self> {
        Self::new(vec![Keyspace::default_space()])
    }

    /// The keyspace of `key`: the longest declared prefix wins. O(keyspaces).
    #[inline]
    #[must_use]
    pub fn of(&self, key: &[u8]) -> KeyspaceId {
        if self.by_prefix.is_empty() {
            return KeyspaceId::DEFAULT;
        }
        let found = self.by_prefix.iter().find(|&&index| key.starts_with(&self.all[usize::from(index)].prefix));
        found.map_or(KeyspaceId::DEFAULT, |&index| KeyspaceId(index))
    }

    /// The declaration.
    #[must_use]
    pub fn get(&self, id: KeyspaceId) -> &Keyspace {
        &self.all[usize::from(id.0)]
    }

    /// What it holds.
    #[must_use]
    pub fn usage(&self, id: KeyspaceId) -> &Usage {
        &self.usage[usize::from(id.0)]
    }

    /// All ids, `default` first.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = KeyspaceId> + use<> {
        (0..self.all.len() as u16).map(KeyspaceId)
    }

    /// The keyspace of that name.
    #[must_use]
    pub fn by_name(&self, name: &[u8]) -> Option<KeyspaceId> {
        self.ids().find(|&id| self.get(id).name.as_bytes() == name)
    }

    /// Whether some keyspace is not logged.
    #[must_use]
    pub const fn any_never(&self) -> bool {
        self.any_never
    }

    /// Whether some keyspace limits memory or keys.
    #[must_use]
    pub const fn any_limits(&self) -> bool {
        self.any_limits
    }

    /// Bytes of keys and values in all keyspaces.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.usage.iter().map(Usage::bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(name: &str, prefix: &str) -> Keyspace {
        Keyspace { name: name.into(), prefix: prefix.as_bytes().into(), ..Keyspace::default_space() }
    }

    #[test]
    fn the_longest_prefix_wins_and_default_takes_the_rest() {
        let spaces =
            Keyspaces::new(vec![space("default", ""), space("a", "user:"), space("b", "user:vip:"), space("c", "u")]);
        for (key, name) in
            [("user:1", "a"), ("user:vip:1", "b"), ("user:vip", "a"), ("u", "c"), ("x", "default"), ("", "default")]
        {
            assert_eq!(spaces.get(spaces.of(key.as_bytes())).name, name, "{key}");
        }
    }
}
