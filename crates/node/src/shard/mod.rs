//! A shard: the pure state machine over the keys of 64 hash slots.
//!
//! It knows no lock, no clock and no log. Whoever holds it exclusively runs commands on it through [`Keys`], which finds the
//! shard of each key among the ones held. A shard's time never goes back ([`Shard::advance`]): what one command saw expired, no
//! later one sees alive, whichever thread runs it.

mod db;
mod edits;
mod effects;
mod image;
mod keys;
mod snapshot;
mod watch;

pub use db::{Db, Item};
pub use effects::{Changed, Effects, EventClass, KeyEvent};
pub use image::{ImageError, KeyImage, canonical_image, decode_image, encode_image};
#[cfg(test)]
pub(crate) use keys::put_state;
pub use keys::{Expiry, Held, HeldShards, Keys};
pub use snapshot::SnapshotStep;
pub use watch::{Waiters, WatchFlag};

use crate::keyspace::Keyspaces;
use crate::table::Keyed;
use mainstay_foundation::Timestamp;
use snapshot::SnapshotState;
use std::sync::Arc;
use watch::Watched;

/// Databases that `SELECT` knows.
pub const DB_COUNT: u8 = 16;

/// Segments whose expiry bound one call of [`Shard::expire`] looks at.
const SEGMENT_LOOKS_MAX: usize = 256;

/// Look-ups of keys by commands that only read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// Those that found the key.
    pub hits: u64,
    /// Those that did not.
    pub misses: u64,
}

impl Lookups {
    #[inline]
    const fn count(&mut self, found: bool) {
        if found {
            self.hits += 1;
        } else {
            self.misses += 1;
        }
    }
}

/// The keys of 64 slots, in 16 databases.
#[derive(Debug)]
pub struct Shard {
    dbs: [Option<Box<Db>>; DB_COUNT as usize],
    seed: u64,
    /// What the keyspaces promise; shared with all shards.
    pub spaces: Arc<Keyspaces>,
    clock: Timestamp,
    /// Keys that transactions watch.
    pub watched: Watched,
    /// Clients that wait for a key.
    pub waiters: Waiters,
    /// The newest log position whose sync some reply about this shard has to wait for.
    pub sync_lsn: u64,
    /// Whether expired keys were removed since the log last heard of the time.
    pub expired_unlogged: bool,
    /// Look-ups of keys since they were last counted; see [`Lookups`].
    pub lookups: Lookups,
    snapshot: Option<SnapshotState>,
}

impl Shard {
    /// An empty shard; `seed` seeds its hash tables.
    #[must_use]
    pub fn new(seed: u64, spaces: Arc<Keyspaces>) -> Self {
        Self {
            dbs: Default::default(),
            seed,
            spaces,
            clock: Timestamp::default(),
            watched: Watched::default(),
            waiters: Waiters::default(),
            sync_lsn: 0,
            expired_unlogged: false,
            lookups: Lookups::default(),
            snapshot: None,
        }
    }

    /// Moves the shard's time to `now` if that is later, and returns the shard's time.
    #[inline]
    pub fn advance(&mut self, now: Timestamp) -> Timestamp {
        self.clock = self.clock.max(now);
        self.clock
    }

    /// Keys in database `db`, those not yet removed after expiry included.
    #[must_use]
    pub fn len(&self, db: u8) -> usize {
        self.db(db).map_or(0, Db::len)
    }

    /// Whether no database holds a key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        (0..DB_COUNT).all(|db| self.len(db) == 0)
    }

    /// Database `db`, if it ever held a key.
    #[must_use]
    pub fn db(&self, db: u8) -> Option<&Db> {
        self.dbs[usize::from(db)].as_deref()
    }

    fn db_mut(&mut self, db: u8) -> &mut Db {
        self.dbs[usize::from(db)].get_or_insert_with(|| Box::new(Db::new(self.seed)))
    }

    /// Puts an item in, in place of what its key held: for recovery.
    pub fn restore(&mut self, db: u8, item: Item) {
        let usage = self.spaces.usage(self.spaces.of(item.key()));
        usage.add(1, item_bytes(&item) as i64);
        let tables = self.dbs[usize::from(db)].get_or_insert_with(|| Box::new(Db::new(self.seed)));
        if let Some(old) = tables.insert(tables.table.hash(item.key()), item) {
            usage.add(-1, -(item_bytes(&old) as i64));
        }
    }

    /// Removes the keys of keyspaces that are not logged. O(keys of the shard).
    pub fn forget_unlogged(&mut self) {
        let spaces = Arc::clone(&self.spaces);
        for tables in self.dbs.iter_mut().flatten() {
            let unlogged =
                |item: &&Item| spaces.get(spaces.of(item.key())).durability == crate::keyspace::Durability::Never;
            let keys: Vec<Box<[u8]>> = tables.iter().filter(unlogged).map(|item| item.key().into()).collect();
            for key in keys {
                if let Some(old) = tables.remove(tables.table.hash(&key), &key) {
                    spaces.usage(spaces.of(&key)).add(-1, -(item_bytes(&old) as i64));
                }
            }
        }
    }

    /// Takes all keys of database `db` out, for the caller to free where it does not hurt. Watchers are told, and so are clients
    /// that wait for one of the keys: a group's readers wait for their stream, which is gone.
    pub fn flush(&mut self, db: u8) -> Option<Box<Db>> {
        let flushed = self.dbs[usize::from(db)].take()?;
        self.watched.touch_db(db, |key| flushed.contains(key));
        self.waiters.signal_db(db, |key| flushed.contains(key));
        for item in flushed.iter() {
            let space = self.spaces.of(item.key());
            self.spaces.usage(space).add(-1, -(item_bytes(item) as i64));
        }
        match &mut self.snapshot {
            Some(snapshot) => snapshot.adopt(flushed),
            None => Some(flushed),
        }
    }

    /// Exchanges two databases.
    pub fn swap(&mut self, a: u8, b: u8) {
        if a == b {
            return;
        }
        self.dbs.swap(usize::from(a), usize::from(b));
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.restart_walk();
        }
        let exists = |db: u8, key: &[u8]| self.dbs[usize::from(db)].as_ref().is_some_and(|db| db.contains(key));
        for db in [a, b] {
            // A watched key that exists on either side changed.
            self.watched.touch_db(db, |key| exists(a, key) || exists(b, key));
            self.waiters.signal_db(db, |_| true);
        }
    }

    /// Takes new declarations and counts every key anew under them. O(keys of the shard).
    pub fn set_spaces(&mut self, spaces: Arc<Keyspaces>) {
        for item in self.dbs.iter().flatten().flat_map(|db| db.iter()) {
            spaces.usage(spaces.of(item.key())).add(1, item_bytes(item) as i64);
        }
        self.spaces = spaces;
    }

    /// What the log needs to know of the keys that were not logged and are under `spaces`, an item each. O(keys of the shard).
    pub(crate) fn images_of_newly_logged(&self, spaces: &Keyspaces) -> impl Iterator<Item = Vec<u8>> {
        let logged = |spaces: &Keyspaces, item: &Item| {
            spaces.get(spaces.of(item.key())).durability != crate::keyspace::Durability::Never
        };
        (0..DB_COUNT).filter_map(|db| Some((db, self.db(db)?))).flat_map(move |(db, tables)| {
            let newly = move |item: &&Item| !logged(&self.spaces, item) && logged(spaces, item);
            tables.iter().filter(newly).map(move |item| {
                let mut items = Vec::new();
                keys::put_state(Some(item), db, item.key(), &mut items);
                items
            })
        })
    }

    /// Removes keys that expired by the shard's time from no more than `segments_max` table segments; returns how many keys went and
    /// whether more are due. `on_expired` hears each key.
    pub fn expire(
        &mut self,
        now: Timestamp,
        segments_max: usize,
        on_expired: &mut dyn FnMut(u8, &[u8]),
    ) -> (usize, bool) {
        let now_ms = self.advance(now).as_millis();
        let (mut removed, mut swept, mut looks) = (0, 0, SEGMENT_LOOKS_MAX);
        for db in 0..DB_COUNT {
            let Some(tables) = &mut self.dbs[usize::from(db)] else { continue };
            while let Some(due) = tables.next_due_segment(now_ms, &mut looks) {
                if swept == segments_max {
                    self.expired_unlogged |= removed > 0;
                    return (removed, true);
                }
                swept += 1;
                if let Some(snapshot) = &mut self.snapshot {
                    snapshot.before_write(tables, due);
                }
                for item in tables.expire_segment(due, now_ms) {
                    removed += 1;
                    self.spaces.usage(self.spaces.of(item.key())).add(-1, -(item_bytes(&item) as i64));
                    self.watched.touch(db, item.key());
                    on_expired(db, item.key());
                }
            }
        }
        self.expired_unlogged |= removed > 0;
        (removed, false)
    }

    /// Recomputes every count and compares it; for simulations and tests. O(keys).
    ///
    /// # Panics
    /// SHARD-1: the bytes and keys counted per keyspace are those of the items.
    pub fn verify_usage<'a>(shards: impl Iterator<Item = &'a Self>, spaces: &Keyspaces) {
        let (mut keys, mut bytes) = (vec![0u64; spaces.ids().count()], vec![0u64; spaces.ids().count()]);
        for item in shards.flat_map(|shard| shard.dbs.iter().flatten()).flat_map(|db| db.iter()) {
            let space = usize::from(spaces.of(item.key()).0);
            keys[space] += 1;
            bytes[space] += item_bytes(item) as u64;
        }
        for id in spaces.ids() {
            let usage = spaces.usage(id);
            assert_eq!(
                (usage.keys(), usage.bytes()),
                (keys[usize::from(id.0)], bytes[usize::from(id.0)]),
                "SHARD-1 {}",
                spaces.get(id).name
            );
        }
    }
}

/// Bytes that an item occupies: its own allocation and what its collection holds.
pub(crate) fn item_bytes(item: &Item) -> usize {
    use crate::table::ValueRef;
    item.heap_bytes()
        + match item.value() {
            ValueRef::Str(_) => 0,
            ValueRef::Coll(collection) => std::mem::size_of_val(collection) + collection.heap_bytes(),
        }
}
