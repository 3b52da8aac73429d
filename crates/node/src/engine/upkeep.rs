//! What the shell has done now and then: expiry, in short turns, and snapshots, in short steps.

use super::Engine;
use crate::keyspace::Durability;
use crate::shard::{EventClass, KeyEvent, SnapshotStep};
use crate::slot::SHARD_COUNT;
use mainstay_foundation::Timestamp;
use std::sync::atomic::Ordering;

impl Engine {
    /// Removes expired keys: looks at `shards` shards, and at no more than a few table segments of each, so that it never takes long. Call
    /// often; returns whether more is due already.
    pub fn expire(&self, shards: usize) -> bool {
        const SEGMENTS_PER_SHARD: usize = 2;
        /// A record of the time.
        const RECORD_BYTES: usize = 64;
        // What goes without the log hearing of the time could come back: nothing goes while it takes no records. Readers miss expired
        // keys all the same.
        if self.log.admit(RECORD_BYTES).is_err() {
            return false;
        }
        let notify = self.settings.load().notify;
        let (mut more, mut events, mut tick) = (false, Vec::new(), None);
        for _ in 0..shards.min(SHARD_COUNT) {
            let index = self.expire_at.fetch_add(1, Ordering::Relaxed) % SHARD_COUNT;
            let Some(mut shard) = self.shards[index].try_lock() else { continue };
            let now = self.clock.now();
            let (removed, due) = shard.expire(now, SEGMENTS_PER_SHARD, &mut |db, key| {
                if notify.contains(EventClass::EXPIRED) {
                    events.push(KeyEvent { class: EventClass::EXPIRED, name: "expired", db, key: key.into() });
                }
            });
            more |= due;
            self.expired_keys.fetch_add(removed as u64, Ordering::Relaxed);
            self.count_lookups(&mut shard);
            if std::mem::take(&mut shard.expired_unlogged) {
                tick = Some((index, shard.advance(now)));
            }
        }
        if let Some((index, time)) = tick {
            // The log hears of the time, so that no restart brings an expired key back, whatever the clock says then. If it
            // cannot take the record now, the next tick tries again with a later time.
            if self.log.append(&[&time.as_micros().to_le_bytes()], Durability::EverySecond).is_err() {
                self.lock_waiting(index).expired_unlogged = true;
            }
        }
        self.publish_events(&events, notify);
        more
    }

    /// Begins a snapshot of all shards at one instant, which is that of `cut`: called with all shards held, it returns the log position.
    pub fn begin_snapshot<T>(&self, with_unlogged: bool, cut: impl FnOnce() -> T) -> (T, Timestamp) {
        let epoch = self.snapshot_epoch.fetch_add(1, Ordering::Relaxed) + 1;
        let indexes: Vec<usize> = (0..SHARD_COUNT).collect();
        let mut all = self.lock_many_waiting(&indexes);
        let position = cut();
        let mut time = Timestamp::default();
        for shard in all.iter_mut() {
            shard.begin_snapshot(epoch, with_unlogged);
            time = time.max(shard.advance(Timestamp::default()));
        }
        (position, time)
    }

    /// Goes on with the snapshot of one shard; see [`Shard::snapshot_step`](crate::shard::Shard::snapshot_step).
    pub fn snapshot_step(&self, index: usize, bytes_max: usize, out: &mut Vec<u8>) -> SnapshotStep {
        self.lock_waiting(index).snapshot_step(bytes_max, out)
    }

    /// Gives up the running snapshot.
    pub fn abandon_snapshot(&self) {
        for index in 0..SHARD_COUNT {
            self.lock_waiting(index).abandon_snapshot();
        }
    }

    /// A snapshot was taken: what `LASTSAVE` tells.
    pub fn note_saved(&self) {
        self.saved_s.store(self.clock.now().as_secs(), Ordering::Relaxed);
    }

    /// When the last snapshot was taken, in seconds since 1970.
    #[must_use]
    pub fn saved_s(&self) -> u64 {
        self.saved_s.load(Ordering::Relaxed)
    }
}
