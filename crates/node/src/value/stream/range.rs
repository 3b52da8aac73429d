//! Walks over entries in both directions.
//!
//! Both skip tombstones before they look at an id: only live ids are sure to rise.

use std::collections::btree_map;

use super::block::Block;
use super::entries::Entries;
use super::entry::Entry;
use super::id::StreamId;

/// Entries of an interval, rising.
#[derive(Clone, Debug)]
pub struct Range<'a> {
    sealed: btree_map::Range<'a, StreamId, Block>,
    tail: Option<&'a Block>,
    /// The block being read and where in it the next entry begins.
    cursor: Option<(&'a Block, usize)>,
    start: StreamId,
    end: StreamId,
}

/// Entries of an interval, falling.
#[derive(Clone, Debug)]
pub struct ReverseRange<'a> {
    sealed: btree_map::Range<'a, StreamId, Block>,
    /// The block being read and where in it the next entry ends.
    cursor: Option<(&'a Block, usize)>,
    start: StreamId,
    end: StreamId,
}

impl<'a> Range<'a> {
    pub(super) fn new(entries: &'a Entries, start: StreamId, end: StreamId) -> Self {
        let tail = entries.tail.as_ref();
        let from = match tail {
            Some(tail) if tail.master <= start => tail.master,
            _ => entries.sealed.range(..=start).next_back().map_or(start, |(&master, _)| master),
        };
        Self { sealed: entries.sealed.range(from..), tail, cursor: None, start, end }
    }

    fn next_block(&mut self) -> Option<&'a Block> {
        self.sealed.next().map(|(_, block)| block).or_else(|| self.tail.take())
    }
}

impl<'a> Iterator for Range<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let (block, at) = match self.cursor {
                Some(cursor) => cursor,
                None => self.next_block().map(|block| (block, block.start()))?,
            };
            let Some(stored) = block.entry_at(at) else {
                self.cursor = None;
                continue;
            };
            self.cursor = Some((block, stored.end));
            if stored.deleted || stored.entry.id < self.start {
                continue;
            }
            if stored.entry.id > self.end {
                (self.cursor, self.tail) = (None, None);
                self.sealed = btree_map::Range::default();
                return None;
            }
            return Some(stored.entry);
        }
    }
}

impl std::iter::FusedIterator for Range<'_> {}

impl<'a> ReverseRange<'a> {
    pub(super) fn new(entries: &'a Entries, start: StreamId, end: StreamId) -> Self {
        let tail = entries.tail.as_ref().filter(|tail| tail.master <= end);
        let cursor = tail.map(|tail| (tail, tail.end()));
        Self { sealed: entries.sealed.range(..=end), cursor, start, end }
    }
}

impl<'a> Iterator for ReverseRange<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let (block, end) = match self.cursor {
                Some(cursor) => cursor,
                None => self.sealed.next_back().map(|(_, block)| (block, block.end()))?,
            };
            let Some(stored) = block.entry_before(end) else {
                self.cursor = None;
                continue;
            };
            self.cursor = Some((block, stored.start));
            if stored.deleted || stored.entry.id > self.end {
                continue;
            }
            if stored.entry.id < self.start {
                self.cursor = None;
                self.sealed = btree_map::Range::default();
                return None;
            }
            return Some(stored.entry);
        }
    }
}

impl std::iter::FusedIterator for ReverseRange<'_> {}
