//! The segmented hash table: it grows and shrinks a segment at a time, so no insert ever waits for a whole table to move.
//!
//! ```text
//! hash   | directory index ... | home group | ...                      | fingerprint |
//!          top bits: segment     next 5 bits                             low 8 bits
//!
//! directory  [0, 0, 1, 2]      extendible hashing (Fagin et al., 1979), indexed by the top bits
//! segments    0: 0…  1: 10…  2: 11…       up to 32 groups of 14 items; a full one splits in two by the next bit
//! ```
//! Groups lie in hash order within their segment and segments in hash order within the table. A position in that order, a
//! plain hash, therefore survives every split and merge: scan cursors and segment positions are such lower bounds.
//!
//! The first segment begins with one group and doubles up to 32 before it ever splits. Siblings that together are less than
//! half full merge again, if their metadata is equal. An emptied table keeps one group.

mod directory;
mod entry;
mod group;
mod growth;
mod prefetch;
mod segment;
#[cfg(test)]
mod tests;

use std::mem::replace;

use mainstay_foundation::{KeyHasher, Rng};

use directory::Directory;
pub use entry::{ACCESS_CLOCK_MAX, EXPIRE_AT_MS_MAX, Entry, KEY_LEN_MAX, VALUE_LEN_MAX, ValueMut, ValueRef};
use group::Group;
use segment::Segment;

/// Draws of `sample` before it settles for any item.
const SAMPLE_DRAWS_MAX: u32 = 64;

/// What has a key of its own.
pub trait Keyed {
    /// The key; as long as the item is in a table, always the same bytes.
    fn key(&self) -> &[u8];

    /// Hints to the processor that `key` will be called soon; worth it where the key is behind a pointer.
    #[inline]
    fn prefetch(&self) {}
}

/// A hash table of items that carry their keys.
///
/// An item costs one slot of `size_of::<T>()` + 1.15 bytes; segments are between 7/16 and 7/8 full while a table grows. An
/// insert moves at most one segment's 392 items. `M` is metadata per segment: both halves of a split inherit it, and only
/// segments whose metadata is equal merge.
///
/// Every `hash` argument must be `self.hash(key)` of the key in question; callers compute it once and pass it on.
pub struct Table<T, M = ()> {
    hasher: KeyHasher,
    directory: Directory,
    segments: Vec<Segment<T, M>>,
    len: usize,
    /// Groups of all segments.
    group_count: usize,
    /// Segments as deep as the directory: when none is left, the directory halves.
    deepest_count: usize,
    /// Stands for the metadata of a table without segments.
    vacant: M,
}

impl<T: Keyed, M: Clone + Default + PartialEq> Table<T, M> {
    /// An empty table that hashes with `seed`; allocates nothing until the first insert.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            hasher: KeyHasher::new(seed),
            directory: Directory::default(),
            segments: Vec::new(),
            len: 0,
            group_count: 0,
            deepest_count: 0,
            vacant: M::default(),
        }
    }

    /// Items in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The hash of `key` in this table.
    #[inline]
    #[must_use]
    pub fn hash(&self, key: &[u8]) -> u64 {
        self.hasher.hash(key)
    }

    /// The item with `key`.
    #[inline]
    #[must_use]
    pub fn get(&self, hash: u64, key: &[u8]) -> Option<&T> {
        let segment = self.segment(hash)?;
        segment.get(segment.find(hash, key)?)
    }

    /// The item with `key`, to be changed; its key must stay equal.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, hash: u64, key: &[u8]) -> Option<&mut T> {
        let segment = self.segment_mut(hash)?;
        let place = segment.find(hash, key)?;
        segment.get_mut(place)
    }

    /// Puts `item` in; returns the item of equal key that it replaced.
    pub fn insert(&mut self, hash: u64, item: T) -> Option<T> {
        debug_assert_eq!(hash, self.hash(item.key()), "the hash is the key's");
        if let Some(old) = self.get_mut(hash, item.key()) {
            return Some(replace(old, item));
        }
        let segment = self.segment_with_room(hash);
        self.segments[segment].add(hash, item);
        self.len += 1;
        None
    }

    /// Takes the item with `key` out.
    pub fn remove(&mut self, hash: u64, key: &[u8]) -> Option<T> {
        let segment = self.segment_mut(hash)?;
        let place = segment.find(hash, key)?;
        let item = segment.take(hash, place)?;
        self.len -= 1;
        self.shrink(hash);
        Some(item)
    }

    /// One step of a walk over all items in hash order: visits a home group (about 10 items) and returns where to go on.
    ///
    /// 0 starts, and 0 returned is the end. An item that is in the table during the whole walk is visited at least once,
    /// whatever else is inserted and removed between the steps; one that comes or goes meanwhile may or may not be. The low
    /// 16 bits of a cursor are 0, so a caller with several tables may keep a table's number there.
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&T)) -> u64 {
        self.segment(cursor).and_then(|segment| segment.scan(&self.hasher, cursor, visit)).unwrap_or(0)
    }

    /// All items, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.segments.iter().flat_map(Segment::iter)
    }

    /// An item drawn close to uniformly: a segment by its share of all hashes, then one of its items. None when empty.
    pub fn sample(&self, rng: &mut Rng) -> Option<&T> {
        for _ in 0..SAMPLE_DRAWS_MAX {
            let segment = self.segment(rng.next_u64())?;
            if segment.len() == 0 {
                continue;
            }
            let drawn = (0..SAMPLE_DRAWS_MAX).find_map(|_| segment.slot(rng.next_u64()));
            return drawn.or_else(|| segment.iter().nth(rng.below(segment.len() as u64) as usize));
        }
        self.iter().next()
    }

    /// Bytes of the table's own arrays, without what items point to. O(1).
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.directory.heap_bytes()
            + self.segments.capacity() * size_of::<Segment<T, M>>()
            + self.group_count * size_of::<Group<T>>()
    }

    /// The lowest hash of the segment that covers `hash`.
    #[must_use]
    pub fn segment_start(&self, hash: u64) -> u64 {
        self.segment(hash).map_or(0, |segment| segment.range().start)
    }

    /// The start of the segment after the one that covers `start`; none after the last.
    #[must_use]
    pub fn next_segment(&self, start: u64) -> Option<u64> {
        self.segment(start)?.range().end()
    }

    /// The metadata of the segment that covers `hash`; the default before the first insert.
    #[must_use]
    pub fn segment_meta(&self, hash: u64) -> &M {
        self.segment(hash).map_or(&self.vacant, |segment| &segment.meta)
    }

    /// The metadata of the segment that covers `hash`, to be changed; none before the first insert.
    #[must_use]
    pub fn segment_meta_mut(&mut self, hash: u64) -> Option<&mut M> {
        self.segment_mut(hash).map(|segment| &mut segment.meta)
    }

    /// Visits the items of the segment that covers `hash`: at most 392 of them.
    pub fn for_each_in_segment(&self, hash: u64, visit: &mut dyn FnMut(&T)) {
        if let Some(segment) = self.segment(hash) {
            segment.iter().for_each(visit);
        }
    }

    /// Takes the items that `keep` refuses out of the segment that covers `hash` and appends them to `removed`. The keys must
    /// stay equal. The segment may merge with its sibling afterwards.
    pub fn retain_in_segment(&mut self, hash: u64, keep: &mut dyn FnMut(&mut T) -> bool, removed: &mut Vec<T>) {
        let Some(index) = self.directory.find(hash) else { return };
        let segment = &mut self.segments[index];
        let before = segment.len();
        segment.retain(&self.hasher, keep, removed);
        self.len -= before - segment.len();
        if segment.len() < before {
            self.shrink(hash);
        }
    }

    #[inline]
    fn segment(&self, hash: u64) -> Option<&Segment<T, M>> {
        self.directory.find(hash).map(|index| &self.segments[index])
    }

    #[inline]
    fn segment_mut(&mut self, hash: u64) -> Option<&mut Segment<T, M>> {
        self.directory.find(hash).map(|index| &mut self.segments[index])
    }

    /// Panics unless the table's counts, directory and segments agree.
    #[cfg(test)]
    fn verify(&self) {
        self.segments.iter().for_each(|segment| segment.verify(&self.hasher));
        assert_eq!(self.len, self.segments.iter().map(Segment::len).sum::<usize>());
        assert_eq!(self.group_count, self.segments.iter().map(Segment::group_count).sum::<usize>());
        let depth = self.directory.depth();
        let deepest = self.segments.iter().filter(|segment| segment.range().depth == depth).count();
        assert_eq!(self.deepest_count, deepest);
        let (mut at, mut seen) = (self.directory.find(0).map(|_| 0), 0);
        while let Some(start) = at {
            assert_eq!(self.segment_start(start), start, "segments tile the hashes");
            seen += 1;
            at = self.next_segment(start);
        }
        assert_eq!(seen, self.segments.len());
    }
}
