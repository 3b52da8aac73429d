//! The packed form of a sorted set: items of eight bytes of score and a member, in order.
//!
//! Both questions, where a member is and where a score begins, are one walk over a few hundred bytes. The score stands in
//! binary, so that the walk compares numbers and never parses text. As in Redis, -0 becomes 0 here (there because packed scores
//! are integers where they can be), which the order does not notice.

use std::ops::Range;

use crate::value::item;
use crate::value::packed::Packed;

const SCORE_BYTES: usize = 8;

/// Members in order of (score, member).
#[derive(Debug, Default)]
pub(super) struct Small {
    packed: Packed,
}

/// Where a member stands.
pub(super) struct Place {
    offset: usize,
    pub(super) rank: usize,
    pub(super) score: f64,
}

impl Small {
    pub(super) fn len(&self) -> usize {
        self.packed.len()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.packed.heap_bytes()
    }

    /// Finds a member.
    pub(super) fn find(&self, member: &[u8]) -> Option<Place> {
        let (mut offset, mut rank) = (0, 0);
        while offset < self.packed.end() {
            let (item, next) = self.packed.read(offset);
            if item::equal(&item[SCORE_BYTES..], member) {
                return Some(Place { offset, rank, score: decode(item).1 });
            }
            (offset, rank) = (next, rank + 1);
        }
        None
    }

    /// Adds a member that is not there.
    pub(super) fn insert(&mut self, member: &[u8], score: f64) {
        let mut offset = 0;
        while offset < self.packed.end() {
            let (item, next) = self.packed.read(offset);
            let (other, other_score) = decode(item);
            if other_score > score || (other_score == score && other > member) {
                break;
            }
            offset = next;
        }
        self.packed.insert_parts(offset, &encode(score), member);
    }

    /// Adds a member behind all others.
    pub(super) fn push(&mut self, member: &[u8], score: f64) {
        self.packed.insert_parts(self.packed.end(), &encode(score), member);
    }

    pub(super) fn remove(&mut self, place: &Place) {
        self.packed.remove(place.offset);
    }

    /// Removes the members at the ranks of `range`, which must lie within the set.
    pub(super) fn remove_range(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.packed.remove_items(self.packed.offset_of(range.start), range.len());
        }
    }

    /// How many members in front are `before`.
    pub(super) fn partition_point(&self, before: impl Fn(&[u8], f64) -> bool) -> usize {
        self.iter().take_while(|(member, score)| before(member, *score)).count()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        self.range(0..self.len())
    }

    /// Members at the ranks of `range`, which must lie within the set.
    pub(super) fn range(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        self.packed.range(range).map(decode)
    }
}

#[inline]
fn encode(score: f64) -> [u8; SCORE_BYTES] {
    (score + 0.0).to_le_bytes()
}

#[inline]
fn decode(item: &[u8]) -> (&[u8], f64) {
    let (score, member) = item.split_first_chunk::<SCORE_BYTES>().expect("an item begins with its score");
    (member, f64::from_le_bytes(*score))
}
