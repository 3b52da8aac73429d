//! How a table grows before an insert and gives memory back after a removal, a segment at a time.

use super::segment::{GROUP_BITS_FULL, Range, Segment, len_max};
use super::{Keyed, Table};

/// Items that two siblings may have together to merge: half of what makes a segment split, so that a table whose size
/// swings a little does not split and merge all the time.
const MERGED_LEN_MAX: usize = len_max(GROUP_BITS_FULL) / 2;

impl<T: Keyed, M: Clone + Default + PartialEq> Table<T, M> {
    /// The number of the segment that covers `hash`, after growth if it was full.
    #[inline]
    pub(super) fn segment_with_room(&mut self, hash: u64) -> usize {
        loop {
            match self.directory.find(hash) {
                Some(index) if !self.segments[index].is_full() => return index,
                Some(index) => self.grow(index),
                None => self.begin(),
            }
        }
    }

    #[cold]
    fn begin(&mut self) {
        self.directory.begin();
        self.segments = vec![Segment::new(Range::ALL, 0, self.vacant.clone())];
        self.group_count = 1;
        self.deepest_count = 1;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) {
        let segment = &self.segments[index];
        let bits = segment.bits();
        if bits >= GROUP_BITS_FULL && self.directory.can_split(segment.range().depth, self.segments.len()) {
            self.split(index);
        } else {
            self.resize(index, bits + 1);
        }
    }

    /// Gives a segment `2^bits` groups.
    fn resize(&mut self, index: usize, bits: u32) {
        let old = &mut self.segments[index];
        let mut fresh = Segment::new(old.range(), bits, old.meta.clone());
        old.pour(&self.hasher, &mut fresh, None);
        self.group_count = self.group_count + fresh.group_count() - old.group_count();
        self.segments[index] = fresh;
    }

    fn split(&mut self, index: usize) {
        let old = &mut self.segments[index];
        let (low, high) = old.range().halves();
        let mut lower = Segment::new(low, old.bits(), old.meta.clone());
        let mut upper = Segment::new(high, old.bits(), old.meta.clone());
        old.pour(&self.hasher, &mut lower, Some(&mut upper));
        if low.depth > self.directory.depth() {
            self.directory.double();
            self.deepest_count = 0;
        }
        if low.depth == self.directory.depth() {
            self.deepest_count += 2;
        }
        self.group_count += upper.group_count();
        self.directory.assign(high, self.segments.len());
        self.segments[index] = lower;
        self.segments.push(upper);
    }

    /// Gives memory back after a removal at `hash`.
    #[inline]
    pub(super) fn shrink(&mut self, hash: u64) {
        while let Some((index, sibling)) = self.mergeable(hash) {
            self.merge(index, sibling);
        }
        while let Some((index, bits)) = self.too_wide(hash) {
            self.resize(index, bits - 1);
        }
    }

    /// The segment that covers `hash` and its sibling, if they should merge.
    #[inline]
    fn mergeable(&self, hash: u64) -> Option<(usize, usize)> {
        let index = self.directory.find(hash)?;
        let segment = &self.segments[index];
        if segment.len() > MERGED_LEN_MAX {
            return None;
        }
        let sibling_range = segment.range().sibling()?;
        let sibling_index = self.directory.find(sibling_range.start)?;
        let sibling = &self.segments[sibling_index];
        let fits = sibling.range().depth == sibling_range.depth
            && segment.len() + sibling.len() <= MERGED_LEN_MAX
            && segment.bits().max(sibling.bits()) <= GROUP_BITS_FULL
            && segment.meta == sibling.meta;
        fits.then_some((index, sibling_index))
    }

    #[cold]
    fn merge(&mut self, index: usize, sibling: usize) {
        let range = self.segments[index].range();
        let mut merged = Segment::new(range.parent(), GROUP_BITS_FULL, self.segments[index].meta.clone());
        for half in [index, sibling] {
            self.segments[half].pour(&self.hasher, &mut merged, None);
            self.group_count -= self.segments[half].group_count();
        }
        self.group_count += merged.group_count();
        self.directory.assign(merged.range(), index);
        self.segments[index] = merged;
        self.segments.swap_remove(sibling);
        if let Some(moved) = self.segments.get(sibling) {
            self.directory.assign(moved.range(), sibling);
        }
        if self.segments.len() * 4 <= self.segments.capacity() {
            self.segments.shrink_to(self.segments.len() * 2);
        }
        if range.depth == self.directory.depth() {
            self.deepest_count -= 2;
            self.shrink_directory();
        }
    }

    /// Halves the directory as long as no segment needs its last bit.
    fn shrink_directory(&mut self) {
        while self.deepest_count == 0 {
            self.directory.halve();
            let depth = self.directory.depth();
            self.deepest_count = self.segments.iter().filter(|segment| segment.range().depth == depth).count();
        }
    }

    /// The segment that covers `hash` and its `bits`, if half of its groups would be enough. Only an only segment and one
    /// that was widened in place of a split can be.
    #[inline]
    fn too_wide(&self, hash: u64) -> Option<(usize, u32)> {
        let index = self.directory.find(hash)?;
        let segment = &self.segments[index];
        let bits = segment.bits();
        let may_narrow = bits > GROUP_BITS_FULL || (bits > 0 && segment.range().depth == 0);
        (may_narrow && segment.len() * 2 <= len_max(bits - 1)).then_some((index, bits))
    }
}
