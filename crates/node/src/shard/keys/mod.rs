//! [`Keys`]: how commands see the shards that are held for them.
//!
//! A handler reads with [`Keys::string`], [`Keys::list`] and the like, changes with the `_mut` forms, and then says what it did
//! with [`Keys::changed`]. That one call does all that follows from a change: counts memory, removes a collection that became
//! empty, marks the command for the log, touches watchers, wakes waiters and records the event. A handler that changed
//! nothing does not call it, and nothing follows.

mod change;
mod typed;

use super::Shard;
use super::db::{Db, Item};
use super::effects::Effects;
use crate::command::Failure;
use crate::engine::Settings;
use crate::keyspace::{Durability, KeyspaceId, Keyspaces};
use crate::slot;
use crate::table::{Entry, ValueRef};
use mainstay_foundation::{Rng, Timestamp};

/// The shards held for the running command.
pub enum Held<'a> {
    /// One shard: every key of the command lies in it.
    One(usize, &'a mut Shard),
    /// Several, by index.
    Many(&'a mut dyn HeldShards),
}

/// Several held shards. An implementation may take a shard at its first use.
pub trait HeldShards {
    /// The shard of that index.
    fn shard(&mut self, index: usize) -> &mut Shard;
    /// The shard of that index, if it is held already.
    fn peek(&self, index: usize) -> Option<&Shard>;
}

/// What becomes of a key's expiry when its value is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The key lives as its keyspace says: for ever, or for the default TTL.
    Default,
    /// The key keeps the expiry it has.
    Keep,
    /// The key expires at this time, in milliseconds since 1970.
    At(u64),
}

/// The held shards at one time, in one database.
pub struct Keys<'a> {
    /// The shards' time.
    pub now: Timestamp,
    /// The database that keys are looked up in. A handler may change it for a while.
    pub db: u8,
    /// Thresholds and switches.
    pub settings: &'a Settings,
    /// Dice; a function of the seed that the engine drew.
    pub rng: &'a mut Rng,
    /// What follows from changes.
    pub effects: &'a mut Effects,
    /// Whether the log is being replayed: limits and default TTLs do not apply.
    pub replay: bool,
    /// Whether look-ups are counted: the running command only reads.
    pub counts_lookups: bool,
    seed: u64,
    held: Held<'a>,
}

impl<'a> Keys<'a> {
    /// A view of `held` at `now`; `seed` is that of the shards' hash tables.
    pub fn new(
        held: Held<'a>,
        now: Timestamp,
        db: u8,
        settings: &'a Settings,
        rng: &'a mut Rng,
        effects: &'a mut Effects,
        seed: u64,
    ) -> Self {
        Self { now, db, settings, rng, effects, replay: false, counts_lookups: false, seed, held }
    }

    fn index_of(&self, key: &[u8]) -> usize {
        match &self.held {
            Held::One(index, _) => {
                debug_assert_eq!(*index, slot::shard_of_key(key), "the key lies in another shard");
                *index
            }
            Held::Many(_) => slot::shard_of_key(key),
        }
    }

    /// The shard of that index.
    ///
    /// # Panics
    /// If it is not held.
    pub fn shard(&mut self, index: usize) -> &mut Shard {
        match &mut self.held {
            Held::One(held, shard) => {
                assert_eq!(*held, index, "only one shard is held");
                shard
            }
            Held::Many(shards) => {
                let shard = shards.shard(index);
                // A shard that is reached late may be ahead; what follows runs at its time, and replay must too.
                let time = shard.advance(self.now);
                if time > self.now {
                    self.now = time;
                    self.effects.time(time);
                }
                shard
            }
        }
    }

    fn shard_of(&mut self, key: &[u8]) -> &mut Shard {
        let index = self.index_of(key);
        self.shard(index)
    }

    fn db_of(&self, key: &[u8]) -> Option<&Db> {
        let shard = match &self.held {
            Held::One(_, shard) => &**shard,
            Held::Many(shards) => shards.peek(slot::shard_of_key(key))?,
        };
        shard.db(self.db)
    }

    /// The time in milliseconds since 1970.
    #[must_use]
    pub const fn now_ms(&self) -> u64 {
        self.now.as_millis()
    }

    /// The seed for hash tables of new collections.
    #[must_use]
    pub const fn hash_seed(&self) -> u64 {
        self.seed
    }

    /// The keyspace declarations.
    pub fn spaces(&mut self, key: &[u8]) -> std::sync::Arc<Keyspaces> {
        std::sync::Arc::clone(&self.shard_of(key).spaces)
    }

    /// What the keyspace of `key` promises.
    pub fn durability(&mut self, key: &[u8]) -> Durability {
        let spaces = &self.shard_of(key).spaces;
        spaces.get(spaces.of(key)).durability
    }

    /// The keyspace of `key`.
    pub fn keyspace(&mut self, key: &[u8]) -> KeyspaceId {
        self.shard_of(key).spaces.of(key)
    }

    /// Takes the shard of `key` if it is not held yet; see [`HeldShards::shard`].
    pub fn hold(&mut self, key: &[u8]) {
        if matches!(self.held, Held::Many(_)) {
            self.shard_of(key);
        }
    }

    /// The item of `key`; expired ones are absent. The shard of `key` must be held.
    #[must_use]
    pub fn peek(&self, key: &[u8]) -> Option<&Item> {
        let db = self.db_of(key)?;
        let item = db.table.get(db.table.hash(key), key)?;
        alive(item, self.now.as_millis()).then_some(item)
    }

    /// The item of `key`, noting the access for `OBJECT IDLETIME`.
    #[inline]
    pub fn read(&mut self, key: &[u8]) -> Option<&Item> {
        let (now_ms, db, clock) = (self.now.as_millis(), self.db, access_clock(self.now));
        let counts = self.counts_lookups;
        let Shard { dbs, lookups, .. } = self.shard_of(key);
        let found = dbs[usize::from(db)].as_deref_mut().and_then(|tables| {
            let hash = tables.table.hash(key);
            tables.table.get_mut(hash, key).filter(|item| alive(item, now_ms))
        });
        if counts {
            lookups.count(found.is_some());
        }
        let item = found?;
        if item.access_clock() != clock {
            item.set_access_clock(clock);
        }
        Some(item)
    }

    /// Whether `key` exists.
    pub fn exists(&mut self, key: &[u8]) -> bool {
        self.hold(key);
        let found = self.peek(key).is_some();
        if self.counts_lookups {
            self.shard_of(key).lookups.count(found);
        }
        found
    }

    /// The string at `key`.
    ///
    /// # Errors
    /// `WRONGTYPE` if it holds a collection.
    pub fn string(&mut self, key: &[u8]) -> Result<Option<&[u8]>, Failure> {
        match self.read(key).map(Entry::value) {
            None => Ok(None),
            Some(ValueRef::Str(value)) => Ok(Some(value)),
            Some(ValueRef::Coll(_)) => Err(Failure::WRONG_TYPE),
        }
    }

    /// As [`string`](Self::string), but leaves the handler free to look at other keys; the shard of `key` must be held.
    ///
    /// # Errors
    /// `WRONGTYPE` if it holds a collection.
    pub fn peek_string(&self, key: &[u8]) -> Result<Option<&[u8]>, Failure> {
        match self.peek(key).map(Entry::value) {
            None => Ok(None),
            Some(ValueRef::Str(value)) => Ok(Some(value)),
            Some(ValueRef::Coll(_)) => Err(Failure::WRONG_TYPE),
        }
    }

    /// When `key` expires, in milliseconds since 1970: `None` without the key, `Some(None)` without an expiry.
    pub fn expire_at(&mut self, key: &[u8]) -> Option<Option<u64>> {
        self.hold(key);
        self.peek(key).map(Entry::expire_at)
    }
}

/// Appends what replay needs to give `key` this state.
pub(crate) fn put_state(item: Option<&Item>, db: u8, key: &[u8], items: &mut Vec<u8>) {
    match item {
        Some(item) => {
            let mut image = Vec::new();
            super::encode_image(&mut image, db, item);
            crate::record::put_image(items, &image);
        }
        None => crate::record::put_gone(items, db, key),
    }
}

#[inline]
fn alive(item: &Item, now_ms: u64) -> bool {
    item.expire_at().is_none_or(|due| due > now_ms)
}

/// The 24-bit clock of last accesses, in seconds.
pub(crate) const fn access_clock(now: Timestamp) -> u32 {
    (now.as_secs() & 0xff_ffff) as u32
}

impl HeldShards for Keys<'_> {
    fn shard(&mut self, index: usize) -> &mut Shard {
        Keys::shard(self, index)
    }

    fn peek(&self, index: usize) -> Option<&Shard> {
        match &self.held {
            Held::One(held, shard) => (*held == index).then_some(&**shard),
            Held::Many(shards) => shards.peek(index),
        }
    }
}
