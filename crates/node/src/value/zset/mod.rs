//! A sorted set: members in order of their scores, and of their bytes where scores are equal.
//!
//! Up to its [`Thresholds`] it is one packed array in order ([small]); past them a table from members to scores and a
//! tree with counts over the same records ([large], [tree]). Every range (by rank, score or member) is first turned into a
//! range of ranks, so there is one way to read, count and remove.
//!
//! | operation | packed | large |
//! |---|---|---|
//! | score of a member | O(bytes) | O(1) |
//! | insert, remove, rank, begin of a range | O(bytes) | O(log n) |
//! | count in a range | O(bytes) | O(log n) |
//! | read or remove k in a range | O(bytes) | O(log n + k) |
//!
//! Memory per member: its length + 10; or its length + 10, allocator rounding, a table slot and about 25 bytes of tree.
//!
//! Scores are any doubles but NaN, which callers refuse. -0 equals 0; a packed set keeps it as 0, a large one as it came.

mod bounds;
mod large;
mod small;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;
use std::ops::Range;

use mainstay_foundation::Rng;

pub use bounds::{LexBound, LexRange, ScoreBound, ScoreRange};
use large::Large;
use small::Small;

use super::either::Either;
use super::{Thresholds, sample};

/// Distinct members with scores.
pub struct ZSet {
    form: Form,
    seed: u64,
}

enum Form {
    Small(Small),
    Large(Box<Large>),
}

impl ZSet {
    /// An empty sorted set; `seed` decides the order of its table, should it ever need one. Allocates nothing.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { form: Form::Small(Small::default()), seed }
    }

    /// An empty sorted set in its large form.
    pub(crate) fn new_large(seed: u64) -> Self {
        Self { form: Form::Large(Box::new(Large::new(seed))), seed }
    }

    /// Members held.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Small(small) => small.len(),
            Form::Large(large) => large.len(),
        }
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `OBJECT ENCODING`. Clients know the large form as "skiplist".
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        if self.is_packed() { "listpack" } else { "skiplist" }
    }

    pub(crate) fn is_packed(&self) -> bool {
        matches!(self.form, Form::Small(_))
    }

    /// Heap bytes held. O(1).
    #[inline]
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Small(small) => small.heap_bytes(),
            Form::Large(large) => size_of::<Large>() + large.heap_bytes(),
        }
    }

    /// Heap allocations held, about: what freeing the set costs. O(1).
    #[must_use]
    pub fn allocations(&self) -> usize {
        if self.is_packed() { 1 } else { self.len() + self.len() / 32 + 3 }
    }

    /// The score of `member`.
    #[inline]
    #[must_use]
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.form {
            Form::Small(small) => small.find(member).map(|place| place.score),
            Form::Large(large) => large.score(member),
        }
    }

    /// How many members stand before `member`.
    #[must_use]
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        match &self.form {
            Form::Small(small) => small.find(member).map(|place| place.rank),
            Form::Large(large) => large.rank(member),
        }
    }

    /// Sets the score of `member`; gives the score it had. An equal score (-0 and 0 are equal) changes nothing.
    ///
    /// # Panics
    /// When `score` is NaN.
    pub fn insert(&mut self, member: &[u8], score: f64, thresholds: &Thresholds) -> Option<f64> {
        assert!(!score.is_nan(), "NaN has no place in an order");
        let Form::Small(small) = &mut self.form else { return self.large().insert(member, score) };
        let found = small.find(member);
        let old = found.as_ref().map(|place| place.score);
        if old == Some(score) {
            return old;
        }
        if !thresholds.allow(small.len() + usize::from(found.is_none()), member.len()) {
            return self.large().insert(member, score);
        }
        if let Some(place) = found {
            small.remove(&place);
        }
        small.insert(member, score);
        old
    }

    /// Removes `member`; gives the score it had.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        match &mut self.form {
            Form::Small(small) => {
                let place = small.find(member)?;
                small.remove(&place);
                Some(place.score)
            }
            Form::Large(large) => large.remove(member),
        }
    }

    /// The ranks of the members whose scores lie in `range`; its length is their number.
    #[must_use]
    pub fn ranks_by_score(&self, range: &ScoreRange) -> Range<usize> {
        let (start, end) = match &self.form {
            Form::Small(small) => (
                small.partition_point(|_, score| range.is_above(score)),
                small.partition_point(|_, score| range.reaches(score)),
            ),
            Form::Large(large) => (
                large.score_partition_point(|score| range.is_above(score)),
                large.score_partition_point(|score| range.reaches(score)),
            ),
        };
        start..end.max(start)
    }

    /// The ranks of the members that lie in `range`. Meaningful where all scores are equal; otherwise some range.
    #[must_use]
    pub fn ranks_by_lex(&self, range: &LexRange<'_>) -> Range<usize> {
        let (start, end) = match &self.form {
            Form::Small(small) => (
                small.partition_point(|member, _| range.is_above(member)),
                small.partition_point(|member, _| range.reaches(member)),
            ),
            Form::Large(large) => (
                large.member_partition_point(|member| range.is_above(member)),
                large.member_partition_point(|member| range.reaches(member)),
            ),
        };
        start..end.max(start)
    }

    /// Members and scores at the ranks of `range`, which is cut to the set; `rev()` walks it from its end.
    pub fn range(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        let range = self.cut(range);
        match &self.form {
            Form::Small(small) => Either::Left(small.range(range)),
            Form::Large(large) => Either::Right(large.range(range)),
        }
    }

    /// All members and scores in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        self.range(0..self.len())
    }

    /// Removes the members at the ranks of `range`, which is cut to the set; says how many.
    pub fn remove_range(&mut self, range: Range<usize>) -> usize {
        let range = self.cut(range);
        let removed = range.len();
        match &mut self.form {
            Form::Small(small) => small.remove_range(range),
            Form::Large(large) => large.remove_range(range),
        }
        removed
    }

    /// Takes the member with the lowest score.
    pub fn pop_min(&mut self) -> Option<(Vec<u8>, f64)> {
        self.pop_at(0)
    }

    /// Takes the member with the highest score.
    pub fn pop_max(&mut self) -> Option<(Vec<u8>, f64)> {
        self.pop_at(self.len().checked_sub(1)?)
    }

    /// Visits some members from `cursor` on (0 to begin) and returns the next cursor, 0 at the end. A member that is there
    /// from the first call to the last is visited at least once.
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&[u8], f64)) -> u64 {
        match &self.form {
            Form::Small(small) => {
                small.iter().for_each(|(member, score)| visit(member, score));
                0
            }
            Form::Large(large) => large.scan(cursor, visit),
        }
    }

    /// A random member and its score.
    pub fn sample(&self, rng: &mut Rng) -> Option<(&[u8], f64)> {
        match &self.form {
            Form::Small(small) => {
                let rank = rng.below(small.len() as u64) as usize;
                self.range(rank..rank + 1).next()
            }
            Form::Large(large) => large.sample(rng),
        }
    }

    /// Visits `count` different random members, or all if there are fewer. O(members) where `count` is a large part of
    /// them, else O(`count`).
    pub fn sample_distinct(&self, rng: &mut Rng, count: usize, visit: &mut dyn FnMut(&[u8], f64)) {
        match &self.form {
            Form::Small(small) => {
                sample::select(small.iter(), small.len(), count, rng, &mut |(member, score)| visit(member, score));
            }
            Form::Large(large) => large.sample_distinct(rng, count, visit),
        }
    }

    /// Adds a member that a decoder knows to be new and behind all others, in the form that the set has.
    pub(crate) fn restore(&mut self, member: &[u8], score: f64) -> bool {
        match &mut self.form {
            Form::Small(small) => {
                small.push(member, score);
                true
            }
            Form::Large(large) => large.insert(member, score).is_none(),
        }
    }

    fn pop_at(&mut self, rank: usize) -> Option<(Vec<u8>, f64)> {
        let popped = self.range(rank..rank + 1).next().map(|(member, score)| (member.to_vec(), score));
        self.remove_range(rank..rank + 1);
        popped
    }

    fn cut(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.len());
        range.start.min(end)..end
    }

    /// The large form, after turning into it if need be.
    fn large(&mut self) -> &mut Large {
        if let Form::Small(small) = &self.form {
            let mut large = Large::new(self.seed);
            for (member, score) in small.iter() {
                large.insert(member, score);
            }
            self.form = Form::Large(Box::new(large));
        }
        let Form::Large(large) = &mut self.form else { unreachable!("turned into the large form above") };
        large
    }
}

impl fmt::Debug for ZSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(member, score)| (member.escape_ascii().to_string(), score))).finish()
    }
}
