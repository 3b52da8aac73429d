//! Changing what keys hold, and what follows from it.

use super::{Expiry, Held, Keys, access_clock, alive, put_state};
use crate::command::Failure;
use crate::keyspace::Durability;
use crate::shard::db::Item;
use crate::shard::effects::{Changed, EventClass};
use crate::shard::{Shard, item_bytes};
use crate::table::{Entry, Keyed, ValueMut, ValueRef};
use crate::value::Collection;

impl Keys<'_> {
    /// Sets `key` to a string, whatever it held. Call [`changed`](Self::changed) after it.
    pub fn set_string(&mut self, key: &[u8], value: &[u8], expiry: Expiry) {
        let (now, db) = (self.now, self.db);
        let hash = self.prepare(key);
        let index = self.index_of(key);
        self.effects.edits.forget(index, db, key);
        let due = self.due(key, expiry);
        if self.holds_big_collection(key) && expiry != Expiry::Keep {
            // Freeing it takes long, so that is done elsewhere.
            self.remove(key);
        }
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

    fn holds_big_collection(&self, key: &[u8]) -> bool {
        let value = self.peek(key).map(Entry::value);
        matches!(value, Some(ValueRef::Coll(collection)) if collection.is_big())
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

    /// The collection at `key`, opened for change, if there is one.
    ///
    /// # Errors
    /// `WRONGTYPE` if it holds a string.
    pub fn collection_mut(&mut self, key: &[u8]) -> Result<Option<&mut Collection>, Failure> {
        let now_ms = self.now_ms();
        let (db, index, clock) = (self.db, self.index_of(key), access_clock(self.now));
        let hash = self.prepare(key);
        let Self { held, effects, .. } = self;
        let shard = match held {
            Held::One(_, shard) => &mut **shard,
            Held::Many(shards) => shards.shard(index),
        };
        let Some(tables) = &mut shard.dbs[usize::from(db)] else { return Ok(None) };
        let Some(item) = tables.table.get_mut(hash, key) else { return Ok(None) };
        debug_assert!(alive(item, now_ms));
        if matches!(item.value(), ValueRef::Str(_)) {
            return Err(Failure::WRONG_TYPE);
        }
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
