//! From a snapshot and the log back to shards.

use super::Engine;
use crate::command::{Ctx, Run, index};
use crate::keyspace::Durability;
use crate::record::{self, RecordError};
use crate::resp::{Encoder, Protocol};
use crate::shard::{Effects, EventClass, Held, ImageError, Keys, decode_image};
use crate::slot::SHARD_COUNT;
use crate::table::Keyed;
use mainstay_foundation::Timestamp;
use thiserror::Error;

/// Why a record cannot be applied.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The bytes are no record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An image in it is malformed.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// It names a command that this version does not have: it was written by a newer one.
    #[error("log record names the unknown command '{0}'; it was written by a newer version")]
    UnknownCommand(String),
}

/// Applies one record.
pub type Apply<'a> = dyn FnMut(&[u8]) -> Result<(), ReplayError> + 'a;

impl Engine {
    /// Applies log records in order, from one thread, before anybody is served. Returns the latest time seen: once all records are applied,
    /// [`Engine::advance`] to it. Not before, since a shard that lagged behind ran its commands at its own time.
    ///
    /// # Errors
    /// [`ReplayError`] on the first record that is malformed.
    pub fn replay(
        &self,
        records: &mut dyn FnMut(&mut Apply<'_>) -> Result<(), ReplayError>,
    ) -> Result<Timestamp, ReplayError> {
        let shards: Vec<usize> = (0..SHARD_COUNT).collect();
        let mut held = self.lock_many_waiting(&shards);
        let settings = self.settings();
        let (mut effects, mut rng, mut latest) = (Effects::default(), self.dice(), Timestamp::default());
        let mut out = Encoder::new(Vec::new(), Protocol::Resp2);
        records(&mut |bytes| {
            let time = record::walk::<ReplayError>(bytes, &mut |time, item| {
                effects.reset(EventClass::empty(), false);
                out.clear();
                let mut keys = Keys::new(Held::Many(&mut held), time, 0, &settings, &mut rng, &mut effects, self.seed);
                keys.replay = true;
                apply(keys, item, &mut out)
            })?;
            latest = latest.max(time);
            Ok(())
        })?;
        for shard in held.iter_mut() {
            shard.waiters.take_ready();
        }
        Ok(latest)
    }

    /// Puts a key of a snapshot in. `with_unlogged` is false where the snapshot may be older than what its keyspace forgot.
    ///
    /// # Errors
    /// [`ReplayError::Image`] if the bytes are no image.
    pub fn restore(&self, image: &[u8], with_unlogged: bool) -> Result<(), ReplayError> {
        let image = decode_image(image, self.seed)?;
        let spaces = self.spaces.load();
        let durability = spaces.get(spaces.of(image.item.key())).durability;
        if with_unlogged || durability != Durability::Never {
            let shard = crate::slot::shard_of_key(image.item.key());
            self.lock_waiting(shard).restore(image.db, image.item);
        }
        Ok(())
    }

    /// Removes every key, before anybody is served.
    pub fn clear(&self) {
        self.each_shard(&mut |shard| {
            for db in 0..crate::shard::DB_COUNT {
                drop(shard.flush(db));
            }
        });
    }

    /// Removes the keys of keyspaces that are not logged: what a snapshot of an orderly stop holds of them is old once something was
    /// logged after it.
    pub fn forget_unlogged(&self) {
        if self.spaces.load().any_never() {
            self.each_shard(&mut crate::shard::Shard::forget_unlogged);
        }
    }

    /// Moves all shards' time to at least `time`.
    pub fn advance(&self, time: Timestamp) {
        self.each_shard(&mut |shard| {
            shard.advance(time);
        });
    }

    /// Every key with its value, in an order that does not depend on hash seeds; expired ones left out. For comparing states in
    /// tests and simulations. O(keys log keys).
    #[must_use]
    pub fn state(&self, now: Timestamp) -> Vec<Vec<u8>> {
        let mut images = Vec::new();
        self.each_shard(&mut |shard| {
            for db in 0..crate::shard::DB_COUNT {
                for item in shard.db(db).into_iter().flat_map(crate::shard::Db::iter) {
                    if item.expire_at().is_none_or(|due| due > now.as_millis()) {
                        images.push(crate::shard::canonical_image(db, item));
                    }
                }
            }
        });
        images.sort_unstable();
        images
    }
}

fn apply<'a>(mut keys: Keys<'a>, item: record::Item<'_>, out: &'a mut Encoder) -> Result<(), ReplayError> {
    match item {
        record::Item::Command { db, args } => {
            keys.db = db;
            let index = index();
            let unknown = || ReplayError::UnknownCommand(String::from_utf8_lossy(args[0]).into_owned());
            let mut found = index.find(args[0]).ok_or_else(unknown)?;
            if let (Run::Container, Some(sub)) = (found.command.run, args.get(1)) {
                found = index.find_sub(found.number, sub).ok_or_else(unknown)?;
            }
            if !matches!(found.command.run, Run::Data(_)) || !found.command.accepts(args.len()) {
                return Err(unknown());
            }
            Ctx::new(keys, out).run(found.command, &args);
        }
        record::Item::Image(image) => {
            let image = decode_image(image, keys.hash_seed())?;
            keys.db = image.db;
            keys.put_item(image.item);
        }
        record::Item::Gone { db, key } => {
            keys.db = db;
            keys.remove(key);
        }
    }
    Ok(())
}
