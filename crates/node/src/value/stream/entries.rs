//! The entries of one stream, in order of their ids.
//!
//! Blocks lie in a tree by their masters; the block that takes the next entry, the *tail*, lies outside of it. So a short
//! stream is one buffer, appending never searches, and only sealed blocks pay for a place in the tree.
//!
//! ```text
//! sealed   master → block, master → block, …        shrunk to fit; every live id below the tail's
//! tail     block                                    has room until its limits are reached
//! ```

use std::collections::BTreeMap;

use super::block::Block;
use super::entry::Entry;
use super::id::StreamId;
use super::radix;
use super::range::{Range, ReverseRange};

/// When a block is full (`stream-node-max-entries`, `stream-node-max-bytes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLimits {
    /// Entries per block, tombstones included; 0 for no limit.
    pub entries_max: u32,
    /// Bytes per block as Redis would encode it; 0 for [`ENTRY_BYTES_MAX`].
    pub bytes_max: usize,
}

impl Default for BlockLimits {
    /// 100 entries or 4 KiB, whichever comes first.
    fn default() -> Self {
        Self { entries_max: 100, bytes_max: 4096 }
    }
}

/// The text of one entry's names and values together may not exceed this; nor may a block that takes more than one entry.
pub const ENTRY_BYTES_MAX: usize = 1 << 30;

/// What a sealed block costs besides its buffer: its place in a tree whose leaves, filled in order, are half full.
const SEALED_COST: usize = 2 * (size_of::<StreamId>() + size_of::<Block>());

/// An ordered store of entries.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    pub(super) sealed: BTreeMap<StreamId, Block>,
    pub(super) tail: Option<Block>,
    pub(super) len: u64,
    pub(super) first_id: StreamId,
    pub(super) buffer_bytes: usize,
}

impl Entries {
    /// Number of entries. O(1).
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Id of the first entry; `0-0` when there is none. O(1).
    #[must_use]
    pub const fn first_id(&self) -> StreamId {
        self.first_id
    }

    /// The first entry. O(log n).
    #[must_use]
    pub fn first(&self) -> Option<Entry<'_>> {
        self.range(StreamId::MIN, StreamId::MAX).next()
    }

    /// The last entry. O(log n).
    #[must_use]
    pub fn last(&self) -> Option<Entry<'_>> {
        self.range_reverse(StreamId::MIN, StreamId::MAX).next()
    }

    /// The entry with this id. O(log n) and a walk through one block.
    #[must_use]
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        self.block_for(id)?.find(id).map(|stored| stored.entry)
    }

    /// Whether there is an entry with this id. Cost as [`Self::get`].
    #[must_use]
    pub fn contains(&self, id: StreamId) -> bool {
        self.get(id).is_some()
    }

    /// Entries with `start <= id <= end`, rising. O(log n) to begin, O(1) amortised per entry.
    #[must_use]
    pub fn range(&self, start: StreamId, end: StreamId) -> Range<'_> {
        Range::new(self, start, end)
    }

    /// Entries with `start <= id <= end`, falling. Cost as [`Self::range`].
    #[must_use]
    pub fn range_reverse(&self, start: StreamId, end: StreamId) -> ReverseRange<'_> {
        ReverseRange::new(self, start, end)
    }

    /// Adds an entry behind all others: `fields` alternates names and values and is not empty, `id` is above every live
    /// id. O(1) amortised.
    pub(super) fn append<'f>(
        &mut self,
        id: StreamId,
        fields: impl Iterator<Item = &'f [u8]> + Clone,
        limits: BlockLimits,
    ) {
        self.drop_blocks_of_tombstones_from(id);
        let text_len = fields.clone().map(<[u8]>::len).sum();
        if self.tail.as_ref().is_some_and(|tail| is_full(tail, text_len, limits)) {
            self.seal_tail();
        }
        let tail = self.tail.get_or_insert_with(|| {
            let block = Block::new(id, fields.clone());
            self.buffer_bytes += block.capacity();
            block
        });
        let before = tail.capacity();
        tail.append(id, fields);
        self.buffer_bytes += tail.capacity() - before;
        self.len += 1;
        if self.len == 1 {
            self.first_id = id;
        }
    }

    /// Deletes the entry with this id; false if there is none. Cost as [`Self::get`]. Its block keeps its bytes until
    /// its last entry goes.
    pub(super) fn delete(&mut self, id: StreamId) -> bool {
        let Some(block) = self.block_for_mut(id) else { return false };
        let Some(at) = block.find(id).map(|stored| stored.start) else { return false };
        block.bury(at);
        let (master, emptied) = (block.master, block.live == 0);
        if emptied {
            self.remove_block(master);
        }
        self.len -= 1;
        if id == self.first_id {
            self.refresh_first_id();
        }
        true
    }

    /// Number of blocks. O(1).
    #[must_use]
    pub fn block_count(&self) -> usize {
        self.sealed.len() + usize::from(self.tail.is_some())
    }

    /// Bytes on the heap. O(1).
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.buffer_bytes + self.sealed.len() * SEALED_COST
    }

    /// Nodes that the index of the blocks would have in Redis. O(blocks).
    #[must_use]
    pub fn radix_nodes(&self) -> usize {
        radix::node_count(self.blocks().map(|block| block.master))
    }

    /// Adds a block behind all others.
    pub(super) fn push_block(&mut self, block: Block) {
        self.seal_tail();
        self.len += u64::from(block.live);
        self.buffer_bytes += block.capacity();
        self.tail = Some(block);
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sealed.values().chain(&self.tail)
    }

    /// The first block, live or not.
    pub(super) fn first_block_mut(&mut self) -> Option<&mut Block> {
        let Self { sealed, tail, .. } = self;
        sealed.first_entry().map(std::collections::btree_map::OccupiedEntry::into_mut).or(tail.as_mut())
    }

    /// Removes the block with this master; its live entries are the caller's to count.
    pub(super) fn remove_block(&mut self, master: StreamId) {
        let is_tail = self.tail.as_ref().is_some_and(|tail| tail.master == master);
        let removed = if is_tail { self.tail.take() } else { self.sealed.remove(&master) };
        if is_tail {
            self.tail = self.sealed.pop_last().map(|(_, block)| block);
        }
        self.buffer_bytes -= removed.map_or(0, |block| block.capacity());
    }

    pub(super) fn refresh_first_id(&mut self) {
        self.first_id = self.first().map_or(StreamId::MIN, |entry| entry.id);
    }

    /// That what is kept incrementally is what one would count, and that blocks lie in order.
    #[cfg(test)]
    pub(super) fn verify(&self) {
        assert_eq!(self.buffer_bytes, self.blocks().map(Block::capacity).sum::<usize>());
        assert_eq!(self.len, self.blocks().map(|block| u64::from(block.live)).sum::<u64>());
        assert_eq!(self.first_id, self.first().map_or(StreamId::MIN, |entry| entry.id));
        assert!(self.blocks().map(|block| block.master).is_sorted_by(|a, b| a < b));
        assert!(self.tail.is_some() || self.sealed.is_empty());
        let range = self.range(StreamId::MIN, StreamId::MAX).map(|entry| entry.id);
        let mut reversed: Vec<_> = self.range_reverse(StreamId::MIN, StreamId::MAX).map(|entry| entry.id).collect();
        reversed.reverse();
        assert!(range.eq(reversed.iter().copied()) && reversed.is_sorted_by(|a, b| a < b));
    }

    fn block_for(&self, id: StreamId) -> Option<&Block> {
        match &self.tail {
            Some(tail) if tail.master <= id => Some(tail),
            _ => self.sealed.range(..=id).next_back().map(|(_, block)| block),
        }
    }

    fn block_for_mut(&mut self, id: StreamId) -> Option<&mut Block> {
        match &mut self.tail {
            Some(tail) if tail.master <= id => Some(tail),
            _ => self.sealed.range_mut(..=id).next_back().map(|(_, block)| block),
        }
    }

    fn seal_tail(&mut self) {
        if let Some(mut block) = self.tail.take() {
            self.buffer_bytes -= block.capacity();
            block.shrink();
            self.buffer_bytes += block.capacity();
            self.sealed.insert(block.master, block);
        }
    }

    /// `XSETID` may set the last id back below tombstones, and trimming may leave a block of nothing else. Such a block
    /// would stand in the order where the new entry belongs.
    fn drop_blocks_of_tombstones_from(&mut self, id: StreamId) {
        while let Some(master) = self.tail.as_ref().map(|tail| tail.master).filter(|&master| master >= id) {
            self.remove_block(master);
        }
    }
}

/// Whether `tail` refuses another entry whose text has `text_len` bytes.
fn is_full(tail: &Block, text_len: usize, limits: BlockLimits) -> bool {
    let bytes_max = match limits.bytes_max {
        0 => ENTRY_BYTES_MAX,
        limit => limit.min(ENTRY_BYTES_MAX),
    };
    let entries = tail.live.saturating_add(tail.dead);
    tail.weight().saturating_add(text_len) >= bytes_max || (limits.entries_max != 0 && entries >= limits.entries_max)
}
