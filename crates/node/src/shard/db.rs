//! One database of a shard: the table of its keys, and when its segments are due to expire.

use crate::table::{Entry, Table};
use crate::value::Collection;
use mainstay_foundation::Rng;
use std::fmt;

/// A key with its value.
pub type Item = Entry<Collection>;

/// What is remembered per table segment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SegmentState {
    /// The snapshot that has this segment already; 0 is none.
    pub(crate) epoch: u64,
    /// No key of the segment expires before this, in milliseconds since 1970.
    pub(crate) due_ms: u64,
}

impl Default for SegmentState {
    fn default() -> Self {
        Self { epoch: 0, due_ms: u64::MAX }
    }
}

/// The keys of one database within a shard.
///
/// Expiry needs no index: each segment keeps a lower bound of its keys' expiry times, and a rotating look at the bounds finds
/// the segments that are due. The bound of the whole table lets a tick skip tables where nothing can be due.
pub struct Db {
    pub(crate) table: Table<Item, SegmentState>,
    /// The snapshot being taken, or the last one.
    pub(crate) epoch: u64,
    /// The database's number when that snapshot began.
    pub(crate) label: u8,
    due_ms: u64,
    rotation_at: u64,
    rotation_due_ms: u64,
    /// Keys with an expiry.
    expiring: usize,
}

impl Db {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            table: Table::new(seed),
            epoch: 0,
            label: 0,
            due_ms: u64::MAX,
            rotation_at: 0,
            rotation_due_ms: u64::MAX,
            expiring: 0,
        }
    }

    /// Keys, those not yet removed after expiry included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Keys with an expiry.
    #[must_use]
    pub const fn expiring(&self) -> usize {
        self.expiring
    }

    /// Bytes of the table itself, without keys and values.
    #[must_use]
    pub fn table_bytes(&self) -> usize {
        self.table.heap_bytes()
    }

    /// Whether `key` is in the table, expired or not.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.table.get(self.table.hash(key), key).is_some()
    }

    /// The item of `key`, expired or not.
    #[must_use]
    pub fn item(&self, key: &[u8]) -> Option<&Item> {
        self.table.get(self.table.hash(key), key)
    }

    /// Every item, those expired included.
    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.table.iter()
    }

    /// Visits a few items; see [`Table::scan`].
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&Item)) -> u64 {
        self.table.scan(cursor, visit)
    }

    /// A random item.
    pub fn sample(&self, rng: &mut Rng) -> Option<&Item> {
        self.table.sample(rng)
    }

    /// Puts `item` in; the caller has shown the segment to a running snapshot.
    pub(crate) fn insert(&mut self, hash: u64, item: Item) -> Option<Item> {
        let due = item.expire_at();
        self.expiring += usize::from(due.is_some());
        let old = self.table.insert(hash, item);
        if old.as_ref().is_some_and(|old| old.expire_at().is_some()) {
            self.expiring -= 1;
        }
        let epoch = self.epoch;
        if let Some(state) = self.table.segment_meta_mut(hash) {
            state.epoch = epoch;
        }
        self.note_due(hash, due);
        old
    }

    pub(crate) fn remove(&mut self, hash: u64, key: &[u8]) -> Option<Item> {
        let old = self.table.remove(hash, key)?;
        self.expiring -= usize::from(old.expire_at().is_some());
        Some(old)
    }

    pub(crate) fn set_expire_at(&mut self, hash: u64, key: &[u8], due: Option<u64>) {
        let Some(item) = self.table.get_mut(hash, key) else { return };
        self.expiring -= usize::from(item.expire_at().is_some());
        self.expiring += usize::from(due.is_some());
        item.set_expire_at(due);
        self.note_due(hash, due);
    }

    fn note_due(&mut self, hash: u64, due: Option<u64>) {
        let Some(due) = due else { return };
        self.due_ms = self.due_ms.min(due);
        self.rotation_due_ms = self.rotation_due_ms.min(due);
        if let Some(state) = self.table.segment_meta_mut(hash) {
            state.due_ms = state.due_ms.min(due);
        }
    }

    /// The next segment that may hold keys expired by `now_ms`, looking at no more than `looks` bounds.
    pub(crate) fn next_due_segment(&mut self, now_ms: u64, looks: &mut usize) -> Option<u64> {
        if self.table.is_empty() {
            (self.due_ms, self.rotation_at, self.rotation_due_ms) = (u64::MAX, 0, u64::MAX);
            return None;
        }
        while *looks > 0 && (self.due_ms <= now_ms || self.rotation_at != 0) {
            *looks -= 1;
            let due = self.table.segment_meta(self.rotation_at).due_ms;
            if due <= now_ms {
                return Some(self.rotation_at);
            }
            self.rotation_due_ms = self.rotation_due_ms.min(due);
            match self.table.next_segment(self.rotation_at) {
                Some(next) => self.rotation_at = next,
                None => {
                    (self.due_ms, self.rotation_at, self.rotation_due_ms) = (self.rotation_due_ms, 0, u64::MAX);
                }
            }
        }
        None
    }

    /// Takes the expired items out of the segment at `position` and computes its bound anew.
    pub(crate) fn expire_segment(&mut self, position: u64, now_ms: u64) -> Vec<Item> {
        let (mut removed, mut due) = (Vec::new(), u64::MAX);
        let mut keep = |item: &mut Item| match item.expire_at() {
            Some(at) if at <= now_ms => false,
            Some(at) => {
                due = due.min(at);
                true
            }
            None => true,
        };
        self.table.retain_in_segment(position, &mut keep, &mut removed);
        self.expiring -= removed.len();
        if let Some(state) = self.table.segment_meta_mut(position) {
            state.due_ms = due;
        }
        removed
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("len", &self.len()).field("expiring", &self.expiring).finish_non_exhaustive()
    }
}
