//! The large form of a sorted set: a table from members to scores, and a tree of the same records in order.
//!
//! A member is one [record](crate::value::record) with its score as the value. The table owns it; the tree keeps the score beside a
//! bare pointer, so that comparing scores touches only the tree and only ties read members.
//!
//! ZSET-1: the tree holds one entry for each record of the table and no other, with the same score. Records change only in
//! the eight bytes of their value, so the pointers stay good until the record leaves the table, and entries leave the tree
//! first.
#![allow(unsafe_code)]

use std::cmp::Ordering;
use std::ops::Range;

use mainstay_foundation::Rng;

use super::tree::Tree;
use crate::table::{Keyed, Table};
use crate::value::record::{Record, RecordRef};
use crate::value::sample;

pub(super) struct Large {
    table: Table<Record>,
    tree: Tree<Entry>,
    /// ZSET-2: the sum of the records' heap bytes.
    record_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    score: f64,
    record: RecordRef,
}

impl Entry {
    /// The member, for as long as the set is borrowed.
    ///
    /// # Safety
    /// The entry is in the tree of a set that stays borrowed for `'a`.
    #[inline]
    unsafe fn member<'a>(self) -> &'a [u8] {
        // SAFETY: by ZSET-1 the record is in the set's table, and nothing but the set removes or changes it.
        unsafe { self.record.key() }
    }

    /// The order of a sorted set, in which -0 equals 0. Members are read only where scores are equal: reading one is likely
    /// to wait for memory.
    ///
    /// # Safety
    /// As for [`member`](Self::member).
    #[inline]
    unsafe fn cmp_to(self, member: &[u8], score: f64) -> Ordering {
        if self.score < score {
            Ordering::Less
        } else if self.score > score {
            Ordering::Greater
        } else {
            // SAFETY: as promised by the caller.
            unsafe { self.member() }.cmp(member)
        }
    }

    /// # Safety
    /// As for [`member`](Self::member).
    #[inline]
    unsafe fn pair<'a>(self) -> (&'a [u8], f64) {
        // SAFETY: as promised by the caller.
        (unsafe { self.member() }, self.score)
    }
}

impl Large {
    pub(super) fn new(seed: u64) -> Self {
        Self { table: Table::new(seed), tree: Tree::new(), record_bytes: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.tree.len()
    }

    #[inline]
    pub(super) fn heap_bytes(&self) -> usize {
        self.table.heap_bytes() + self.tree.heap_bytes() + self.record_bytes
    }

    #[inline]
    pub(super) fn score(&self, member: &[u8]) -> Option<f64> {
        self.table.get(self.table.hash(member), member).map(score_of)
    }

    pub(super) fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        // SAFETY: the tree gives its own entries while the set is borrowed.
        Some(self.tree.partition_point(|entry| unsafe { entry.cmp_to(member, score) } == Ordering::Less))
    }

    /// Sets a member's score; gives the one it had.
    pub(super) fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let hash = self.table.hash(member);
        let Some(record) = self.table.get_mut(hash, member) else {
            let record = Record::new(member, &score.to_le_bytes());
            self.record_bytes += record.heap_bytes();
            let entry = Entry { score, record: record.reference() };
            self.table.insert(hash, record);
            self.insert_entry(entry, member);
            return None;
        };
        let old = score_of(record);
        if old != score {
            record.set_value(&score.to_le_bytes());
            let entry = Entry { score, record: record.reference() };
            self.remove_entry(member, old);
            self.insert_entry(entry, member);
        }
        Some(old)
    }

    /// Removes a member; gives its score.
    pub(super) fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let hash = self.table.hash(member);
        let score = score_of(self.table.get(hash, member)?);
        self.remove_entry(member, score);
        let record = self.table.remove(hash, member)?;
        self.record_bytes -= record.heap_bytes();
        Some(score)
    }

    /// Removes the members at the ranks of `range`, which must lie within the set.
    pub(super) fn remove_range(&mut self, range: Range<usize>) {
        let (table, record_bytes) = (&mut self.table, &mut self.record_bytes);
        self.tree.remove_range(range, &mut |entry| {
            // SAFETY: the entry has just left the tree and its record is still in the table; the slice is not used after
            // the record, which is dropped at the end of this closure.
            let member = unsafe { entry.record.key() };
            let record =
                table.remove(table.hash(member), member).expect("ZSET-1: the table has every member of the tree");
            *record_bytes -= record.heap_bytes();
        });
    }

    /// How many members in front are `before`.
    #[inline]
    pub(super) fn member_partition_point(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        // SAFETY: the tree gives its own entries while the set is borrowed.
        self.tree.partition_point(|entry| before(unsafe { entry.member() }))
    }

    /// How many members in front have a score that is `before`; reads no members.
    #[inline]
    pub(super) fn score_partition_point(&self, before: impl Fn(f64) -> bool) -> usize {
        self.tree.partition_point(|entry| before(entry.score))
    }

    /// Members at the ranks of `range`, which must lie within the set.
    pub(super) fn range(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = (&[u8], f64)> {
        // SAFETY: the tree gives its own entries, and what is returned borrows the set.
        self.tree.range(range).map(|entry| unsafe { entry.pair() })
    }

    pub(super) fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&[u8], f64)) -> u64 {
        self.table.scan(cursor, &mut |record| visit(record.key(), score_of(record)))
    }

    pub(super) fn sample(&self, rng: &mut Rng) -> Option<(&[u8], f64)> {
        self.table.sample(rng).map(|record| (record.key(), score_of(record)))
    }

    pub(super) fn sample_distinct(&self, rng: &mut Rng, count: usize, visit: &mut dyn FnMut(&[u8], f64)) {
        sample::draw(&self.table, count, rng, &mut |record| visit(record.key(), score_of(record)));
    }

    fn insert_entry(&mut self, entry: Entry, member: &[u8]) {
        // SAFETY: the tree gives its own entries while the set is borrowed.
        self.tree.insert(entry, |other| unsafe { other.cmp_to(member, entry.score) } == Ordering::Less);
    }

    fn remove_entry(&mut self, member: &[u8], score: f64) {
        // SAFETY: the tree gives its own entries while the set is borrowed.
        self.tree.remove(|other| unsafe { other.cmp_to(member, score) } != Ordering::Greater);
    }

    /// Recomputes what is kept incrementally and compares.
    #[cfg(test)]
    pub(super) fn verify(&self) {
        assert_eq!(self.table.iter().map(Record::heap_bytes).sum::<usize>(), self.record_bytes, "ZSET-2");
        assert_eq!(self.table.len(), self.tree.len(), "ZSET-1");
        assert!(self.range(0..self.len()).all(|(member, score)| self.score(member) == Some(score)), "ZSET-1");
        let mut pairs = self.range(0..self.len());
        let Some(mut last) = pairs.next() else { return };
        for pair in pairs {
            assert!((last.1, last.0) < (pair.1, pair.0), "{last:?} before {pair:?}");
            last = pair;
        }
    }
}

#[inline]
fn score_of(record: &Record) -> f64 {
    f64::from_le_bytes(record.value().try_into().expect("a record of a sorted set has a score of eight bytes"))
}
