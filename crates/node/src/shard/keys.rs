//! [`Keys`]: how commands see the shards that are held for them.
//!
//! A handler reads with [`Keys::string`], [`Keys::list`] and the like, changes with the `_mut` forms, and then says what it did
//! with [`Keys::changed`]. That one call does all that follows from a change: counts memory, removes a collection that became
//! empty, marks the command for the log, touches watchers, wakes waiters and records the event. A handler that changed
//! nothing does not call it, and nothing follows.

use super::db::{Db, Item};
use super::effects::{Changed, Effects, EventClass};
use super::{Shard, item_bytes};
use crate::command::Failure;
use crate::engine::Settings;
use crate::keyspace::{Durability, KeyspaceId, Keyspaces};
use crate::slot;
use crate::table::{Entry, Keyed, ValueMut, ValueRef};
use crate::value::{Collection, Hash, List, Set, Stream, ZSet};
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

    // --- reading ---

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

    // --- changing strings ---

    /// Sets `key` to a string, whatever it held. Call [`changed`](Self::changed) after it.
    pub fn set_string(&mut self, key: &[u8], value: &[u8], expiry: Expiry) {
        let (now, db) = (self.now, self.db);
        let hash = self.prepare(key);
        let index = self.index_of(key);
        self.effects.edits.forget(index, db, key);
        let due = self.due(key, expiry);
        let Shard { dbs, spaces, .. } = self.shard(index);
        let Some(tables) = &mut dbs[usize::from(db)] else { unreachable!("prepare made the database") };
        let usage = spaces.usage(spaces.of(key));
        let due = match due {
            Due::As(due) => due,
            Due::Kept => None,
        };
        let keep = expiry == Expiry::Keep;
        if let Some(item) = tables.table.get_mut(hash, key) {
            let before = item_bytes(item);
            item.set_string(value);
            item.set_raw(false);
            item.set_access_clock(access_clock(now));
            let (expires, mut after) = (item.expire_at(), item_bytes(item));
            if !keep && expires != due {
                tables.set_expire_at(hash, key, due);
                after = tables.table.get(hash, key).map_or(0, item_bytes);
            }
            usage.add(0, after as i64 - before as i64);
        } else {
            let mut item = Entry::string(key, value, due);
            item.set_access_clock(access_clock(now));
            usage.add(1, item_bytes(&item) as i64);
            tables.insert(hash, item);
        }
    }

    /// The string at `key`, resized to `len` bytes (filled up with zeros) for the handler to change in place; made if absent. Marks it
    /// as raw. Call [`changed`](Self::changed) after it.
    ///
    /// # Errors
    /// `WRONGTYPE` if it holds a collection.
    pub fn string_resized(&mut self, key: &[u8], len: usize) -> Result<&mut [u8], Failure> {
        let resize = |item: &mut Item| {
            item.resize_string(len);
            item.set_raw(true);
            Ok(())
        };
        if self.edit_string(key, resize)?.is_none() {
            self.set_string(key, b"", Expiry::Default);
            self.edit_string(key, resize)?;
        }
        let (db, index) = (self.db, self.index_of(key));
        let Some(tables) = &mut self.shard(index).dbs[usize::from(db)] else { unreachable!("the string is in it") };
        let hash = tables.table.hash(key);
        match tables.table.get_mut(hash, key).map(Entry::value_mut) {
            Some(ValueMut::Str(value)) => Ok(value),
            Some(ValueMut::Coll(_)) | None => unreachable!("the string was just resized"),
        }
    }

    /// Calls `edit` with the item at `key`, if that holds a string, to change it in place; its expiry must stay. The cheapest way
    /// to change a string: one look-up. Call [`changed`](Self::changed) after it.
    ///
    /// # Errors
    /// `WRONGTYPE` if it holds a collection, and those of `edit`, which must then have changed nothing.
    pub fn edit_string<T>(
        &mut self,
        key: &[u8],
        edit: impl FnOnce(&mut Item) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let (now, db, index) = (self.now, self.db, self.index_of(key));
        let hash = self.prepare(key);
        let Shard { dbs, spaces, .. } = self.shard(index);
        let Some(item) = dbs[usize::from(db)].as_mut().and_then(|tables| tables.table.get_mut(hash, key)) else {
            return Ok(None);
        };
        if matches!(item.value(), ValueRef::Coll(_)) {
            return Err(Failure::WRONG_TYPE);
        }
        let before = item_bytes(item);
        let edited = edit(item)?;
        item.set_access_clock(access_clock(now));
        let bytes = item_bytes(item) as i64 - before as i64;
        spaces.usage(spaces.of(key)).add(0, bytes);
        Ok(Some(edited))
    }

    // --- changing collections ---

    /// The collection at `key`, opened for change, if there is one.
    ///
    /// # Errors
    /// `WRONGTYPE` if it holds a string.
    pub fn collection_mut(&mut self, key: &[u8]) -> Result<Option<&mut Collection>, Failure> {
        let now_ms = self.now_ms();
        let (db, index, clock) = (self.db, self.index_of(key), access_clock(self.now));
        match self.peek_after_hold(key) {
            None => return Ok(None),
            Some(item) if matches!(item.value(), ValueRef::Str(_)) => return Err(Failure::WRONG_TYPE),
            Some(_) => {}
        }
        let hash = self.prepare(key);
        let Self { held, effects, .. } = self;
        let shard = match held {
            Held::One(_, shard) => &mut **shard,
            Held::Many(shards) => shards.shard(index),
        };
        let Some(tables) = &mut shard.dbs[usize::from(db)] else { return Ok(None) };
        let Some(item) = tables.table.get_mut(hash, key) else { return Ok(None) };
        debug_assert!(alive(item, now_ms));
        item.set_access_clock(clock);
        effects.edits.open(index, db, key, item_bytes(item));
        match item.value_mut() {
            ValueMut::Coll(collection) => Ok(Some(collection)),
            ValueMut::Str(_) => Err(Failure::WRONG_TYPE),
        }
    }

    fn peek_after_hold(&mut self, key: &[u8]) -> Option<&Item> {
        self.hold(key);
        self.peek(key)
    }

    /// The collection at `key`, opened for change; made by `make` if absent. If the handler leaves it empty, it goes again.
    ///
    /// # Errors
    /// `WRONGTYPE` if the key holds a string.
    pub fn collection_or_new(
        &mut self,
        key: &[u8],
        make: impl FnOnce(u64) -> Collection,
    ) -> Result<&mut Collection, Failure> {
        if self.peek_after_hold(key).is_none() {
            let collection = make(self.seed);
            self.put(key, collection, Expiry::Default);
        }
        match self.collection_mut(key)? {
            Some(collection) => Ok(collection),
            None => unreachable!("the collection was just put there"),
        }
    }

    /// Sets `key` to a collection, whatever it held. Call [`changed`](Self::changed) after it.
    pub fn put(&mut self, key: &[u8], collection: Collection, expiry: Expiry) {
        let due = match self.due(key, expiry) {
            Due::As(due) => due,
            Due::Kept => self.expire_at(key).flatten(),
        };
        self.put_item(Entry::collection(key, Box::new(collection), due));
    }

    /// Puts a whole item in, in place of what its key held. Call [`changed`](Self::changed) after it.
    pub fn put_item(&mut self, mut item: Item) {
        let key: Box<[u8]> = item.key().into();
        let (db, index) = (self.db, self.index_of(&key));
        let hash = self.prepare(&key);
        self.effects.edits.forget(index, db, &key);
        item.set_access_clock(access_clock(self.now));
        let Shard { dbs, spaces, .. } = self.shard(index);
        let Some(tables) = &mut dbs[usize::from(db)] else { unreachable!("prepare made the database") };
        let usage = spaces.usage(spaces.of(&key));
        usage.add(1, item_bytes(&item) as i64);
        if let Some(old) = tables.insert(hash, item) {
            usage.add(-1, -(item_bytes(&old) as i64));
            self.free(old);
        }
    }

    /// Takes the item of `key` out. Call [`changed`](Self::changed) after it.
    pub fn take(&mut self, key: &[u8]) -> Option<Item> {
        self.peek_after_hold(key)?;
        let (db, index) = (self.db, self.index_of(key));
        let hash = self.prepare(key);
        self.effects.edits.forget(index, db, key);
        let Shard { dbs, spaces, .. } = self.shard(index);
        let old = dbs[usize::from(db)].as_mut()?.remove(hash, key)?;
        spaces.usage(spaces.of(key)).add(-1, -(item_bytes(&old) as i64));
        Some(old)
    }

    /// Removes `key`; whether it was there. Call [`changed`](Self::changed) after it.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        let Some(old) = self.take(key) else { return false };
        self.free(old);
        true
    }

    /// Sets when `key` expires; it must exist. Call [`changed`](Self::changed) after it.
    pub fn set_expire_at(&mut self, key: &[u8], due: Option<u64>) {
        let (db, index) = (self.db, self.index_of(key));
        let hash = self.prepare(key);
        let Shard { dbs, spaces, .. } = self.shard(index);
        let Some(tables) = &mut dbs[usize::from(db)] else { return };
        let before = tables.table.get(hash, key).map_or(0, item_bytes);
        tables.set_expire_at(hash, key, due);
        let after = tables.table.get(hash, key).map_or(0, item_bytes);
        spaces.usage(spaces.of(key)).add(0, after as i64 - before as i64);
    }

    // --- what follows ---

    /// Says that `key` changed, and why. Removes a collection that became empty and then tells of `del`, as Redis does.
    pub fn changed(&mut self, class: EventClass, event: &'static str, key: &[u8]) {
        self.noted(class, event, key);
        let db = self.db;
        let shard = self.shard_of(key);
        shard.watched.touch(db, key);
        shard.waiters.signal(db, key);
    }

    /// Says that something beside the value of `key` changed, such as who has read a stream: it is logged and counted, but to watchers
    /// and waiters the key is as it was.
    pub fn noted(&mut self, class: EventClass, event: &'static str, key: &[u8]) {
        let (db, index) = (self.db, self.index_of(key));
        let emptied = self.settle(db, index, key);
        self.effects.dirty += 1;
        self.effects.notify(class, event, db, key);
        let track = self.effects.track_changed;
        let shard = self.shard(index);
        let durability = shard.spaces.get(shard.spaces.of(key)).durability;
        let strictest = self.effects.durability.map_or(durability, |strictest| strictest.max(durability));
        self.effects.durability = Some(strictest);
        if track {
            if durability == Durability::Never {
                self.effects.changed_unlogged = true;
            } else {
                self.effects.changed.push(Changed { db, key: key.into() });
            }
        }
        if emptied {
            self.effects.notify(EventClass::GENERIC, "del", db, key);
        }
    }

    /// Counts the memory of an edited collection; removes it if it is empty, and says so.
    fn settle(&mut self, db: u8, index: usize, key: &[u8]) -> bool {
        let Some(before) = self.effects.edits.close(index, db, key) else { return false };
        let Shard { dbs, spaces, .. } = self.shard(index);
        let Some(tables) = &mut dbs[usize::from(db)] else { return false };
        let hash = tables.table.hash(key);
        let Some(item) = tables.table.get(hash, key) else { return false };
        let usage = spaces.usage(spaces.of(key));
        let after = item_bytes(item) as i64;
        usage.add(0, after - before as i64);
        // A stream lives on without entries; its collection says whether emptiness ends it.
        if !matches!(item.value(), ValueRef::Coll(collection) if collection.is_over()) {
            return false;
        }
        let Some(old) = tables.remove(hash, key) else { return false };
        usage.add(-1, -after);
        self.free(old);
        true
    }

    /// Ends a command: collections that were opened but not changed are settled, so that one made in vain goes again.
    pub fn finish(&mut self) {
        while let Some((index, db, key)) = self.effects.edits.last() {
            self.settle(db, index, &key);
        }
    }

    /// Writes the running command into the log as the state of `key` after it, for commands that read what replay may not have.
    pub fn log_image(&mut self, key: &[u8]) {
        self.effects.replace_with_nothing();
        let mut items = std::mem::take(&mut self.effects.items);
        put_state(self.peek(key), self.db, key, &mut items);
        self.effects.items = items;
    }

    /// Makes room for a change at `key`: the database exists, an expired item is gone, a running snapshot has the segment. Returns
    /// the hash.
    fn prepare(&mut self, key: &[u8]) -> u64 {
        let (now_ms, db, index) = (self.now_ms(), self.db, self.index_of(key));
        let shard = self.shard(index);
        shard.db_mut(db);
        let Shard { dbs, spaces, snapshot, expired_unlogged, .. } = shard;
        let Some(tables) = &mut dbs[usize::from(db)] else { unreachable!("db_mut made it") };
        let hash = tables.table.hash(key);
        if let Some(snapshot) = snapshot {
            snapshot.before_write(tables, hash);
        }
        let expired = tables.expiring() > 0 && tables.table.get(hash, key).is_some_and(|item| !alive(item, now_ms));
        if expired && let Some(old) = tables.remove(hash, key) {
            spaces.usage(spaces.of(key)).add(-1, -(item_bytes(&old) as i64));
            *expired_unlogged = true;
            self.effects.notify(EventClass::EXPIRED, "expired", db, key);
            self.free(old);
        }
        hash
    }

    /// When a key that is written with `expiry` expires. Draws the default TTL's jitter, and writes the outcome into the log.
    fn due(&mut self, key: &[u8], expiry: Expiry) -> Due {
        match expiry {
            Expiry::At(due) => Due::As(Some(due)),
            Expiry::Keep if self.peek_after_hold(key).is_some() => Due::Kept,
            Expiry::Keep | Expiry::Default if self.replay => Due::As(None),
            Expiry::Keep | Expiry::Default => Due::As(self.default_due(key)),
        }
    }

    fn default_due(&mut self, key: &[u8]) -> Option<u64> {
        let spaces = &self.shard_of(key).spaces;
        let space = spaces.get(spaces.of(key));
        let (ttl, jitter) = (space.ttl_ms?, space.ttl_jitter);
        let shortened = ttl as f64 * (1.0 - jitter * self.rng.unit());
        let due = self.now_ms() + (shortened as u64).max(1);
        self.effects.follow(self.db, &[b"PEXPIREAT", key, itoa::Buffer::new().format(due).as_bytes()]);
        Some(due)
    }

    /// Frees an item: large collections elsewhere, so that nobody waits for it.
    fn free(&mut self, item: Item) {
        let big = matches!(item.value(), ValueRef::Coll(collection) if collection.is_big());
        match &self.settings.background {
            Some(background) if big => background.free(Box::new(item)),
            _ => drop(item),
        }
    }
}

enum Due {
    As(Option<u64>),
    Kept,
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

macro_rules! typed {
    ($kind:ident, $read:ident, $peek:ident, $change:ident, $make:ident, $new:expr) => {
        impl Keys<'_> {
            #[doc = concat!("The ", stringify!($kind), " at `key`.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if it holds another type.
            pub fn $read(&mut self, key: &[u8]) -> Result<Option<&$kind>, Failure> {
                match self.read(key).map(Entry::value) {
                    None => Ok(None),
                    Some(ValueRef::Coll(Collection::$kind(it))) => Ok(Some(it)),
                    Some(_) => Err(Failure::WRONG_TYPE),
                }
            }

            #[doc = concat!("The ", stringify!($kind), " at `key`, leaving the handler free to look at other keys; its shard must be held.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if it holds another type.
            pub fn $peek(&self, key: &[u8]) -> Result<Option<&$kind>, Failure> {
                match self.peek(key).map(Entry::value) {
                    None => Ok(None),
                    Some(ValueRef::Coll(Collection::$kind(it))) => Ok(Some(it)),
                    Some(_) => Err(Failure::WRONG_TYPE),
                }
            }

            #[doc = concat!("The ", stringify!($kind), " at `key` for change; call [`changed`](Self::changed) after changing it.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if it holds another type.
            pub fn $change(&mut self, key: &[u8]) -> Result<Option<&mut $kind>, Failure> {
                match self.collection_mut(key)? {
                    None => Ok(None),
                    Some(Collection::$kind(it)) => Ok(Some(it)),
                    Some(_) => Err(Failure::WRONG_TYPE),
                }
            }

            #[doc = concat!("The ", stringify!($kind), " at `key` for change, made if absent.")]
            ///
            /// # Errors
            /// `WRONGTYPE` if the key holds another type.
            pub fn $make(&mut self, key: &[u8]) -> Result<&mut $kind, Failure> {
                match self.collection_or_new(key, |seed| Collection::$kind($new(seed)))? {
                    Collection::$kind(it) => Ok(it),
                    _ => Err(Failure::WRONG_TYPE),
                }
            }
        }
    };
}

typed!(List, list, peek_list, list_mut, list_or_new, |_| List::new());
typed!(Hash, hash, peek_hash, hash_mut, hash_or_new, Hash::new);
typed!(Set, set, peek_set, set_mut, set_or_new, Set::new);
typed!(ZSet, zset, peek_zset, zset_mut, zset_or_new, ZSet::new);
typed!(Stream, stream, peek_stream, stream_mut, stream_or_new, Stream::new);

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
