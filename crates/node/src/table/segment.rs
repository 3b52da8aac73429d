//! A segment: the items whose hashes share a prefix, in a power of two of groups.
//!
//! The home group of an item is told by the hash bits right after the prefix, so groups are in hash order. An item lies in
//! its home group or, when that is full, in the next that is not (round the end), and every group it passed counts it.

use std::num::NonZeroU8;

use mainstay_foundation::KeyHasher;

use super::Keyed;
use super::group::{Group, SLOTS, fingerprint};

/// log2 of the groups of a full-grown segment: 32 groups, 448 slots, 4 KiB for items of 8 bytes.
pub(super) const GROUP_BITS_FULL: u32 = 5;

/// Where an item lies.
#[derive(Clone, Copy)]
pub(super) struct Place {
    group: usize,
    slot: usize,
}

/// Which hashes a segment covers: those that share the first `depth` bits of `start`, whose other bits are 0.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) depth: u32,
}

impl Range {
    pub(super) const ALL: Self = Self { start: 0, depth: 0 };

    /// The lower and the upper half.
    pub(super) fn halves(self) -> (Self, Self) {
        let depth = self.depth + 1;
        (Self { start: self.start, depth }, Self { start: self.start | 1 << (64 - depth), depth })
    }

    /// The other half of `parent`; none for the whole.
    pub(super) fn sibling(self) -> Option<Self> {
        (self.depth > 0).then(|| Self { start: self.start ^ 1 << (64 - self.depth), ..self })
    }

    /// The range of which this is a half; of the whole, the whole.
    pub(super) fn parent(self) -> Self {
        match self.depth {
            0 => self,
            depth => Self { start: self.start & !(1 << (64 - depth)), depth: depth - 1 },
        }
    }

    /// The first hash above the range; none at the end of all hashes.
    pub(super) fn end(self) -> Option<u64> {
        (self.depth > 0).then(|| self.start.checked_add(1 << (64 - self.depth))).flatten()
    }
}

/// See the module's documentation.
pub(super) struct Segment<T, M> {
    groups: Box<[Group<T>]>,
    start: u64,
    len: u32,
    depth: u8,
    /// log2 of the number of groups.
    bits: u8,
    pub(super) meta: M,
}

impl<T: Keyed, M> Segment<T, M> {
    pub(super) fn new(range: Range, bits: u32, meta: M) -> Self {
        let groups = (0..1usize << bits).map(|_| Group::new()).collect();
        Self { groups, start: range.start, len: 0, depth: range.depth as u8, bits: bits as u8, meta }
    }

    #[inline]
    pub(super) fn range(&self) -> Range {
        Range { start: self.start, depth: u32::from(self.depth) }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(super) fn bits(&self) -> u32 {
        u32::from(self.bits)
    }

    pub(super) fn group_count(&self) -> usize {
        self.groups.len()
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.len() >= len_max(self.bits())
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        // Two shifts, because one group needs a shift by 64.
        ((hash << self.depth >> 1) >> (63 - self.bits)) as usize
    }

    #[inline]
    fn after(&self, group: usize) -> usize {
        (group + 1) & (self.groups.len() - 1)
    }

    #[inline]
    pub(super) fn find(&self, hash: u64, key: &[u8]) -> Option<Place> {
        let print = fingerprint(hash);
        let home = self.home(hash);
        let mut at = home;
        loop {
            let group = &self.groups[at];
            if let Some(slot) = group.find(print, key) {
                return Some(Place { group: at, slot });
            }
            at = self.after(at);
            if group.overflow() == 0 || at == home {
                return None;
            }
        }
    }

    #[inline]
    pub(super) fn get(&self, place: Place) -> Option<&T> {
        self.groups[place.group].get(place.slot)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut T> {
        self.groups[place.group].get_mut(place.slot)
    }

    /// Adds an item whose key is not there. The segment must have an empty slot.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, item: T) {
        debug_assert!(self.len() < self.groups.len() * SLOTS, "an empty slot ends the search for one");
        let print: NonZeroU8 = fingerprint(hash);
        let mut at = self.home(hash);
        loop {
            let group = &mut self.groups[at];
            if let Some(slot) = group.free_slot() {
                group.put(slot, print, item);
                self.len += 1;
                return;
            }
            group.pass();
            at = self.after(at);
        }
    }

    /// Removes the item at `place`, whose hash is `hash`.
    pub(super) fn take(&mut self, hash: u64, place: Place) -> Option<T> {
        let item = self.groups[place.group].take(place.slot)?;
        self.len -= 1;
        let mut at = self.home(hash);
        while at != place.group {
            self.groups[at].unpass();
            at = self.after(at);
        }
        Some(item)
    }

    /// Moves every item to whichever of `lower` and `upper` its hash belongs to. What is left is only fit to be dropped.
    ///
    /// Nearly all of the time is cache misses on keys, so they overlap: the keys of the next group are on their way while one
    /// is poured, and hashing comes before the branches that no predictor can guess.
    pub(super) fn pour(&mut self, hasher: &KeyHasher, lower: &mut Self, mut upper: Option<&mut Self>) {
        for at in 0..self.groups.len() {
            if let Some(next) = self.groups.get(at + 1) {
                next.items().for_each(Keyed::prefetch);
            }
            let group = &mut self.groups[at];
            let mut hashes = [0; SLOTS];
            group.occupied().zip(group.items()).for_each(|(slot, item)| hashes[slot] = hasher.hash(item.key()));
            for slot in group.occupied() {
                let (hash, Some(item)) = (hashes[slot], group.take(slot)) else { continue };
                match &mut upper {
                    Some(upper) if hash >= upper.start => upper.add(hash, item),
                    _ => lower.add(hash, item),
                }
            }
        }
    }

    /// Visits the items whose home group is that of `hash`; returns the first hash of the next home group.
    pub(super) fn scan(&self, hasher: &KeyHasher, hash: u64, visit: &mut dyn FnMut(&T)) -> Option<u64> {
        if self.len == 0 {
            return self.range().end();
        }
        let home = self.home(hash);
        let mut at = home;
        loop {
            let group = &self.groups[at];
            group.items().filter(|item| self.home(hasher.hash(item.key())) == home).for_each(&mut *visit);
            at = self.after(at);
            if group.overflow() == 0 || at == home {
                break;
            }
        }
        // The home groups divide the range as a segment of `bits` more depth would.
        let depth = u32::from(self.depth) + self.bits();
        let first = if depth == 0 { 0 } else { hash >> (64 - depth) << (64 - depth) };
        Range { start: first, depth }.end()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.groups.iter().flat_map(Group::items)
    }

    /// The item of slot number `index`, counted over all groups, modulo their number.
    pub(super) fn slot(&self, index: u64) -> Option<&T> {
        let index = (index % (self.groups.len() * SLOTS) as u64) as usize;
        self.groups[index / SLOTS].get(index % SLOTS)
    }

    /// Removes the items that `keep` refuses and appends them to `removed`.
    pub(super) fn retain(&mut self, hasher: &KeyHasher, keep: &mut dyn FnMut(&mut T) -> bool, removed: &mut Vec<T>) {
        for group in 0..self.groups.len() {
            for slot in self.groups[group].occupied() {
                let Some(item) = self.groups[group].get_mut(slot) else { continue };
                if !keep(item) {
                    let hash = hasher.hash(item.key());
                    removed.extend(self.take(hash, Place { group, slot }));
                }
            }
        }
    }

    /// Panics unless every item is where a lookup finds it and every overflow count is exact.
    #[cfg(test)]
    pub(super) fn verify(&self, hasher: &KeyHasher) {
        let mut passed = vec![0u16; self.groups.len()];
        let mut len = 0;
        for (group, item) in self.groups.iter().enumerate().flat_map(|(at, g)| g.items().map(move |item| (at, item))) {
            let hash = hasher.hash(item.key());
            let (lowest, end) = (self.start, self.range().end());
            assert!(hash >= lowest && end.is_none_or(|end| hash < end), "an item lies in its own segment");
            let mut at = self.home(hash);
            while at != group {
                passed[at] += 1;
                at = self.after(at);
            }
            len += 1;
        }
        assert_eq!(len, self.len());
        assert_eq!(self.groups.iter().map(Group::overflow).collect::<Vec<_>>(), passed);
    }
}

/// Items after which a segment of `2^bits` groups grows: a lone group may fill up, more groups to 7/8.
#[inline]
pub(super) const fn len_max(bits: u32) -> usize {
    match bits {
        0 => SLOTS,
        bits => (SLOTS << bits) / 8 * 7,
    }
}
