//! One node of a list: a run of packed items with free room on either side.
//!
//! ```text
//! | free … | item | item | item | … free |
//!          ^start                ^end
//! ```
//! A push to the front writes downwards from `start`, a push to the back upwards from `end`; neither moves what is there.
//! When the room on one side is used up the items move once, and what is free is shared between the sides, so a move is
//! paid for by the pushes that fill its half.

use crate::value::item;

/// Most bytes of a node with more than one item.
pub(super) const NODE_BYTES: usize = 8 * 1024;

/// An end of a node or of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Front,
    Back,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    bytes: Box<[u8]>,
    start: u32,
    end: u32,
    count: u32,
}

impl Node {
    /// An empty node with `capacity` bytes, all of them free at the end that is going to be pushed to.
    pub(super) fn with_capacity(capacity: usize, end: End) -> Self {
        let at = if end == End::Front { capacity as u32 } else { 0 };
        Self { bytes: vec![0; capacity].into_boxed_slice(), start: at, end: at, count: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(super) fn used(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Where the first item begins.
    #[inline]
    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    /// Where the last item ends.
    #[inline]
    pub(super) fn end(&self) -> usize {
        self.end as usize
    }

    /// Whether an item of `length` bytes may join this node; an item above the bound is alone in its own.
    #[inline]
    pub(super) fn fits(&self, length: usize) -> bool {
        self.count == 0 || self.used() + item::encoded_len(length) <= NODE_BYTES
    }

    #[inline]
    pub(super) fn read(&self, offset: usize) -> (&[u8], usize) {
        item::read(&self.bytes, offset)
    }

    #[inline]
    pub(super) fn read_back(&self, end: usize) -> (&[u8], usize) {
        item::read_back(&self.bytes, end)
    }

    /// The offset of the item at `index` (or the end, for the count), walking from the nearer side.
    pub(super) fn offset_of(&self, index: usize) -> usize {
        if index <= self.len() / 2 {
            (0..index).fold(self.start(), |offset, _| self.read(offset).1)
        } else {
            (index..self.len()).fold(self.end(), |end, _| self.read_back(end).1)
        }
    }

    /// Adds an item that [`fits`](Self::fits) at one end.
    #[inline]
    pub(super) fn push(&mut self, value: &[u8], end: End) {
        let needed = item::encoded_len(value.len());
        match end {
            End::Front => {
                if self.start() < needed {
                    self.make_room(needed, End::Front);
                }
                self.start -= needed as u32;
                item::write(&mut self.bytes[self.start as usize..], value);
            }
            End::Back => {
                if self.capacity() - self.end() < needed {
                    self.make_room(needed, End::Back);
                }
                item::write(&mut self.bytes[self.end as usize..], value);
                self.end += needed as u32;
            }
        }
        self.count += 1;
    }

    /// Puts an item that [`fits`](Self::fits) before the one at `index`; moves the shorter side.
    pub(super) fn insert(&mut self, index: usize, value: &[u8]) {
        let needed = item::encoded_len(value.len());
        let before = self.offset_of(index) - self.start();
        let end = if before < self.used() / 2 { End::Front } else { End::Back };
        let room = if end == End::Front { self.start() } else { self.capacity() - self.end() };
        if room < needed {
            self.make_room(needed, end);
        }
        let (start, stop) = (self.start(), self.end());
        let at = if end == End::Front {
            self.bytes.copy_within(start..start + before, start - needed);
            self.start -= needed as u32;
            start + before - needed
        } else {
            self.bytes.copy_within(start + before..stop, start + before + needed);
            self.end += needed as u32;
            start + before
        };
        item::write(&mut self.bytes[at..], value);
        self.count += 1;
    }

    /// Overwrites the item at `index` if the new one is as long; says whether it did.
    pub(super) fn overwrite(&mut self, index: usize, value: &[u8]) -> bool {
        let offset = self.offset_of(index);
        let (old, next) = self.read(offset);
        let equal = old.len() == value.len();
        if equal {
            item::write(&mut self.bytes[offset..next], value);
        }
        equal
    }

    /// Removes the items from `from` up to and without `to`.
    pub(super) fn remove(&mut self, from: usize, to: usize) {
        let start = self.offset_of(from);
        let stop = if to == from + 1 { self.read(start).1 } else { self.offset_of(to) };
        let (cut, tail) = ((stop - start) as u32, self.end() - stop);
        if start - self.start() < tail {
            self.bytes.copy_within(self.start()..start, self.start() + cut as usize);
            self.start += cut;
        } else {
            self.bytes.copy_within(stop..self.end(), start);
            self.end -= cut;
        }
        self.count -= (to - from) as u32;
        self.release();
    }

    /// Removes an item at one end without moving anything. The node must not be empty.
    #[inline]
    pub(super) fn pop(&mut self, end: End) {
        match end {
            End::Front => self.start = self.read(self.start()).1 as u32,
            End::Back => self.end = self.read_back(self.end()).1 as u32,
        }
        self.count -= 1;
    }

    /// Splits off the items from `index` on into a new node.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let offset = self.offset_of(index);
        let tail = &self.bytes[offset..self.end()];
        let mut right = Self::with_capacity(tail.len(), End::Back);
        right.bytes.copy_from_slice(tail);
        right.end = tail.len() as u32;
        right.count = self.count - index as u32;
        self.end = offset as u32;
        self.count = index as u32;
        self.release();
        right
    }

    /// Appends all items of `other`; the caller has checked that they fit.
    pub(super) fn append(&mut self, other: &Self) {
        if self.capacity() - self.end() < other.used() {
            self.make_room(other.used(), End::Back);
        }
        let end = self.end();
        self.bytes[end..end + other.used()].copy_from_slice(&other.bytes[other.start()..other.end()]);
        self.end += other.used() as u32;
        self.count += other.count;
    }

    /// How many items equal `value`.
    pub(super) fn count_of(&self, value: &[u8]) -> usize {
        let (mut offset, mut found) = (self.start(), 0);
        while offset < self.end() {
            let (item, next) = self.read(offset);
            found += usize::from(item::equal(item, value));
            offset = next;
        }
        found
    }

    /// Removes items equal to `value`, without the first `skip` of them and at most `limit`, in one pass. Returns how many.
    pub(super) fn remove_equal(&mut self, value: &[u8], skip: usize, limit: usize) -> usize {
        let (mut read, mut write, mut met, mut removed) = (self.start(), self.start(), 0, 0);
        while read < self.end() {
            let (item, next) = self.read(read);
            let equal = item::equal(item, value);
            if equal && met >= skip && removed < limit {
                removed += 1;
            } else {
                if read != write {
                    self.bytes.copy_within(read..next, write);
                }
                write += next - read;
            }
            met += usize::from(equal);
            read = next;
        }
        self.end = write as u32;
        self.count -= removed as u32;
        self.release();
        removed
    }

    /// Frees `needed` bytes at `end`: by moving the items when a quarter of the node is free or it may not grow, else by
    /// growing to half as much again.
    #[cold]
    fn make_room(&mut self, needed: usize, end: End) {
        let (used, capacity) = (self.used(), self.capacity());
        let free = capacity - used;
        if free >= needed && (free >= capacity / 4 || capacity >= NODE_BYTES) {
            let spare = (free - needed) / 2;
            let start = if end == End::Front { needed + spare } else { spare };
            self.bytes.copy_within(self.start as usize..self.end as usize, start);
            self.place(start, used);
            return;
        }
        let needed_capacity = used + needed;
        let grown = (needed_capacity + needed_capacity / 2).next_multiple_of(16).min(NODE_BYTES);
        self.reallocate(grown.max(needed_capacity), end);
    }

    /// Gives back room once three quarters of it are unused.
    #[inline]
    pub(super) fn release(&mut self) {
        if self.capacity() > 64 && self.used() < self.capacity() / 4 && self.count > 0 {
            self.reallocate((self.used() * 2).next_multiple_of(16), End::Back);
        }
    }

    fn reallocate(&mut self, capacity: usize, room_at: End) {
        let used = self.used();
        let start = if room_at == End::Front { capacity - used } else { 0 };
        let mut bytes = vec![0; capacity].into_boxed_slice();
        bytes[start..start + used].copy_from_slice(&self.bytes[self.start()..self.end()]);
        self.bytes = bytes;
        self.place(start, used);
    }

    fn place(&mut self, start: usize, used: usize) {
        self.start = start as u32;
        self.end = (start + used) as u32;
    }
}
