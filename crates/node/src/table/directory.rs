//! The directory: from the top bits of a hash to the number of the segment that covers it.

use super::segment::Range;

/// The deepest directory: 2³² entries.
const DEPTH_MAX: u32 = 32;
/// Entries allowed per segment. Uniform hashes need two to four; a table that needs more (many keys with one long hash
/// prefix) widens its segments instead, so that no set of keys makes the directory explode.
const ENTRIES_PER_SEGMENT_MAX: usize = 16;

/// A power of two of entries; none before the first insert. A segment of depth d owns 2^(depth - d) neighbouring entries.
#[derive(Default)]
pub(super) struct Directory {
    segments: Vec<u32>,
    depth: u32,
}

impl Directory {
    /// The segment that covers `hash`; none before the first insert.
    #[inline]
    pub(super) fn find(&self, hash: u64) -> Option<usize> {
        // Two shifts, because depth 0 needs a shift by 64.
        self.segments.get(((hash >> 1) >> (63 - self.depth)) as usize).map(|&segment| segment as usize)
    }

    /// Begins with segment 0 for all hashes.
    pub(super) fn begin(&mut self) {
        self.segments = vec![0];
        self.depth = 0;
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.segments.capacity() * size_of::<u32>()
    }

    /// Whether the directory can tell the halves of a segment of `depth` apart, or may grow to do so.
    pub(super) fn can_split(&self, depth: u32, segment_count: usize) -> bool {
        depth < self.depth
            || (self.depth < DEPTH_MAX && self.segments.len() * 2 <= segment_count * ENTRIES_PER_SEGMENT_MAX)
    }

    /// Doubles the entries.
    pub(super) fn double(&mut self) {
        self.segments = self.segments.iter().flat_map(|&segment| [segment; 2]).collect();
        self.depth += 1;
    }

    /// Halves the entries. No segment may be as deep as the directory.
    pub(super) fn halve(&mut self) {
        self.segments = self.segments.iter().copied().step_by(2).collect();
        self.depth -= 1;
    }

    /// Makes `segment` the owner of `range`.
    pub(super) fn assign(&mut self, range: Range, segment: usize) {
        let first = ((range.start >> 1) >> (63 - self.depth)) as usize;
        let count = 1 << (self.depth - range.depth);
        self.segments[first..first + count].fill(segment as u32);
    }
}
