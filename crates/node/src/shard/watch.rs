//! Who wants to hear of a key: transactions that watch it, clients that wait for it.

use crate::engine::Waiter;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a connection that a key it watches changed.
#[derive(Debug, Default)]
pub struct WatchFlag(AtomicBool);

impl WatchFlag {
    /// A watched key changed.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether a watched key changed.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Who watches a key, in which database.
type Flags = Vec<(u8, Arc<WatchFlag>)>;

/// Who waits for a key, in which database, in order of arrival.
type Queue = VecDeque<(u8, Arc<Waiter>)>;

/// Keys that transactions watch. An entry exists only while someone watches.
#[derive(Debug, Default)]
pub struct Watched {
    keys: HashMap<Box<[u8]>, Flags>,
}

impl Watched {
    /// Sets `flag` at the next change of `key`.
    pub fn add(&mut self, db: u8, key: &[u8], flag: &Arc<WatchFlag>) {
        let flags = self.keys.entry(key.into()).or_default();
        // A flag that only the shard still knows is that of a connection which could not take the shard to undo its watch.
        flags.retain(|(_, watched)| Arc::strong_count(watched) > 1);
        flags.push((db, Arc::clone(flag)));
    }

    /// Undoes [`add`](Self::add).
    pub fn remove(&mut self, db: u8, key: &[u8], flag: &Arc<WatchFlag>) {
        if let Some(flags) = self.keys.get_mut(key) {
            flags.retain(|(watched_db, watched)| *watched_db != db || !Arc::ptr_eq(watched, flag));
            if flags.is_empty() {
                self.keys.remove(key);
            }
        }
    }

    /// `key` changed.
    #[inline]
    pub(crate) fn touch(&self, db: u8, key: &[u8]) {
        if self.keys.is_empty() {
            return;
        }
        for (watched_db, flag) in self.keys.get(key).into_iter().flatten() {
            if *watched_db == db {
                flag.set();
            }
        }
    }

    /// All keys of `db` for which `changed` holds changed.
    pub(crate) fn touch_db(&self, db: u8, changed: impl Fn(&[u8]) -> bool) {
        for (key, flags) in &self.keys {
            for (_, flag) in flags.iter().filter(|(watched_db, _)| *watched_db == db && changed(key)) {
                flag.set();
            }
        }
    }
}

/// Clients that wait for a key, in order of arrival, and keys of which some of them should hear.
#[derive(Debug, Default)]
pub struct Waiters {
    keys: HashMap<Box<[u8]>, Queue>,
    ready: Vec<(u8, Box<[u8]>)>,
}

impl Waiters {
    /// Appends `waiter` to the queue of `key`.
    pub fn add(&mut self, db: u8, key: &[u8], waiter: &Arc<Waiter>) {
        self.keys.entry(key.into()).or_default().push_back((db, Arc::clone(waiter)));
    }

    /// Takes `waiter` out of the queue of `key`.
    pub fn remove(&mut self, key: &[u8], waiter: &Arc<Waiter>) {
        if let Some(queue) = self.keys.get_mut(key) {
            queue.retain(|(_, queued)| !Arc::ptr_eq(queued, waiter));
            if queue.is_empty() {
                self.keys.remove(key);
            }
        }
    }

    /// The clients that wait for `key` now, in order of arrival.
    #[must_use]
    pub fn of(&self, db: u8, key: &[u8]) -> Vec<Arc<Waiter>> {
        let queue = self.keys.get(key).into_iter().flatten();
        queue.filter(|(waiting_db, _)| *waiting_db == db).map(|(_, waiter)| Arc::clone(waiter)).collect()
    }

    /// `key` changed: whoever waits for it may be served now.
    #[inline]
    pub(crate) fn signal(&mut self, db: u8, key: &[u8]) {
        if self.keys.is_empty() {
            return;
        }
        let waiting = self.keys.get(key).is_some_and(|queue| queue.iter().any(|(waiting_db, _)| *waiting_db == db));
        if waiting && !self.ready.iter().any(|(ready_db, ready)| *ready_db == db && **ready == *key) {
            self.ready.push((db, key.into()));
        }
    }

    /// Whether some key was signalled since [`take_ready`](Self::take_ready).
    #[inline]
    #[must_use]
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The keys signalled, in order.
    pub fn take_ready(&mut self) -> Vec<(u8, Box<[u8]>)> {
        std::mem::take(&mut self.ready)
    }

    /// All keys of `db` that somebody waits for and for which `changed` holds changed.
    pub(crate) fn signal_db(&mut self, db: u8, changed: impl Fn(&[u8]) -> bool) {
        let keys: Vec<Box<[u8]>> = self.keys.keys().filter(|key| changed(key)).cloned().collect();
        for key in keys {
            self.signal(db, &key);
        }
    }
}
