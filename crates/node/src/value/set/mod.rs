//! A set of byte strings.
//!
//! A set of integers in their canonical text is a sorted array of [integers](integers); a small set of strings is a packed
//! array searched from the front; past its [`SetThresholds`] a set is a segmented [table](crate::table) of one allocation per
//! member.
//!
//! | operation | integers | packed | table |
//! |---|---|---|---|
//! | contains | O(log n) | O(bytes) | O(1) |
//! | add, remove | O(n), one move | O(bytes) | O(1) |
//! | random member, pop | O(1), O(n) | O(bytes) | O(1) |
//!
//! Memory per member: 2 to 8 bytes; its length + 2; its length + 2, allocator rounding and a table slot.
//!
//! `OBJECT ENCODING` of the packed form says "hashtable": Redis 7.0 knows no packed sets of strings, and what clients see
//! stays what they know.

mod integers;
#[cfg(test)]
mod tests;

use std::fmt;

use mainstay_foundation::Rng;

pub(crate) use integers::Integers;

use super::either::Either;
use super::integer::{self, Member};
use super::packed::Packed;
use super::record::Record;
use super::{SetThresholds, sample};
use crate::table::{Keyed, Table};

/// Distinct byte strings.
pub struct Set {
    form: Form,
    seed: u64,
}

pub(crate) enum Form {
    Integers(Integers),
    Packed(Packed),
    Table(Box<Large>),
}

pub(crate) struct Large {
    table: Table<Record>,
    /// SET-1: the sum of the records' heap bytes.
    record_bytes: usize,
}

impl Set {
    /// An empty set; `seed` decides the order of its table, should it ever need one. Allocates nothing.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { form: Form::Integers(Integers::new()), seed }
    }

    /// An empty set in its packed form.
    pub(crate) fn new_packed(seed: u64) -> Self {
        Self { form: Form::Packed(Packed::new()), seed }
    }

    /// An empty set in its large form.
    pub(crate) fn new_large(seed: u64) -> Self {
        Self { form: Form::Table(Large::new(seed)), seed }
    }

    pub(crate) fn form(&self) -> &Form {
        &self.form
    }

    /// Members held.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Integers(integers) => integers.len(),
            Form::Packed(packed) => packed.len(),
            Form::Table(large) => large.table.len(),
        }
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `OBJECT ENCODING`.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        if matches!(self.form, Form::Integers(_)) { "intset" } else { "hashtable" }
    }

    /// Heap bytes held. O(1).
    #[inline]
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Integers(integers) => integers.heap_bytes(),
            Form::Packed(packed) => packed.heap_bytes(),
            Form::Table(large) => size_of::<Large>() + large.table.heap_bytes() + large.record_bytes,
        }
    }

    /// Heap allocations held, about: what freeing the set costs. O(1).
    #[must_use]
    pub fn allocations(&self) -> usize {
        if matches!(self.form, Form::Table(_)) { self.len() + 2 } else { 1 }
    }

    /// Whether `member` is in the set.
    #[inline]
    #[must_use]
    pub fn contains(&self, member: &[u8]) -> bool {
        match &self.form {
            Form::Integers(integers) => integer::parse(member).is_some_and(|value| integers.search(value).is_ok()),
            Form::Packed(packed) => packed.find(member, 1).is_some(),
            Form::Table(large) => large.table.get(large.table.hash(member), member).is_some(),
        }
    }

    /// Adds `member`; says whether it is new.
    pub fn add(&mut self, member: &[u8], thresholds: &SetThresholds) -> bool {
        match &mut self.form {
            Form::Integers(integers) => match integer::parse(member) {
                Some(value) => {
                    let Err(_) = integers.search(value) else { return false };
                    if integers.len() < thresholds.integers {
                        return integers.insert(value);
                    }
                    self.large().add(member)
                }
                None => {
                    self.leave_integers(member, thresholds);
                    self.add(member, thresholds)
                }
            },
            Form::Packed(packed) => {
                if packed.find(member, 1).is_some() {
                    return false;
                }
                if !thresholds.packed.allow(packed.len() + 1, member.len()) {
                    return self.large().add(member);
                }
                packed.push(member);
                true
            }
            Form::Table(large) => large.add(member),
        }
    }

    /// Removes `member`; says whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match &mut self.form {
            Form::Integers(integers) => {
                let found = integer::parse(member).and_then(|value| integers.search(value).ok());
                found.inspect(|&index| integers.remove_at(index)).is_some()
            }
            Form::Packed(packed) => packed.find(member, 1).inspect(|&offset| packed.remove(offset)).is_some(),
            Form::Table(large) => large.remove(member),
        }
    }

    /// All members: integers ascending, packed ones in the order they came, others in the table's.
    pub fn iter(&self) -> impl Iterator<Item = Member<'_>> {
        match &self.form {
            Form::Integers(integers) => Either::Left(integers.iter().map(|value| Member::Integer(value.into()))),
            Form::Packed(packed) => Either::Right(Either::Left(packed.iter().map(Member::Bytes))),
            Form::Table(large) => Either::Right(Either::Right(large.table.iter().map(|r| Member::Bytes(r.key())))),
        }
    }

    /// Visits some members from `cursor` on (0 to begin) and returns the next cursor, 0 at the end. A member that is there
    /// from the first call to the last is visited at least once.
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&[u8])) -> u64 {
        if let Form::Table(large) = &self.form {
            return large.table.scan(cursor, &mut |record| visit(record.key()));
        }
        self.iter().for_each(|member| visit(&member));
        0
    }

    /// A random member.
    pub fn sample(&self, rng: &mut Rng) -> Option<Member<'_>> {
        if let Form::Table(large) = &self.form {
            return large.table.sample(rng).map(|record| Member::Bytes(record.key()));
        }
        let index = rng.below(self.len() as u64) as usize;
        match &self.form {
            _ if self.is_empty() => None,
            Form::Integers(integers) => Some(Member::Integer(integers.get(index).into())),
            Form::Packed(packed) => Some(Member::Bytes(packed.read(packed.offset_of(index)).0)),
            Form::Table(_) => unreachable!("sampled above"),
        }
    }

    /// Visits `count` different random members, or all if there are fewer. O(members) where `count` is a large part of
    /// them, else O(`count`).
    pub fn sample_distinct(&self, rng: &mut Rng, count: usize, visit: &mut dyn FnMut(&[u8])) {
        if let Form::Table(large) = &self.form {
            return sample::draw(&large.table, count, rng, &mut |record| visit(record.key()));
        }
        sample::select(self.iter(), self.len(), count, rng, &mut |member| visit(&member));
    }

    /// Takes a random member out.
    pub fn pop(&mut self, rng: &mut Rng) -> Option<Vec<u8>> {
        let member = self.sample(rng)?.to_vec();
        self.remove(&member);
        Some(member)
    }

    /// Adds a member that a decoder knows to be new, in the form that the set has.
    pub(crate) fn restore(&mut self, member: &[u8]) -> bool {
        match &mut self.form {
            Form::Integers(integers) => integer::parse(member).is_some_and(|value| integers.insert(value)),
            Form::Packed(packed) => {
                packed.push(member);
                true
            }
            Form::Table(large) => large.add(member),
        }
    }

    /// Adds an integer to a set of integers.
    pub(crate) fn restore_integer(&mut self, value: i64) -> bool {
        let Form::Integers(integers) = &mut self.form else { return false };
        integers.insert(value)
    }

    /// Turns a set of integers into the smallest form that may take `member`, which is none.
    fn leave_integers(&mut self, member: &[u8], thresholds: &SetThresholds) {
        if !thresholds.packed.allow(self.len() + 1, member.len()) {
            self.large();
            return;
        }
        let mut packed = Packed::new();
        self.iter().for_each(|member| packed.push(&member));
        self.form = Form::Packed(packed);
    }

    /// The large form, after turning into it if need be.
    fn large(&mut self) -> &mut Large {
        if !matches!(self.form, Form::Table(_)) {
            let mut large = Large::new(self.seed);
            self.iter().for_each(|member| _ = large.add(&member));
            self.form = Form::Table(large);
        }
        let Form::Table(large) = &mut self.form else { unreachable!("turned into a table above") };
        large
    }

    /// Recomputes what is kept incrementally and compares.
    #[cfg(test)]
    fn verify(&self) {
        if let Form::Table(large) = &self.form {
            assert_eq!(large.table.iter().map(Record::heap_bytes).sum::<usize>(), large.record_bytes, "SET-1");
        }
        assert_eq!(self.iter().count(), self.len());
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Large {
    fn new(seed: u64) -> Box<Self> {
        Box::new(Self { table: Table::new(seed), record_bytes: 0 })
    }

    fn add(&mut self, member: &[u8]) -> bool {
        let hash = self.table.hash(member);
        if self.table.get(hash, member).is_some() {
            return false;
        }
        let record = Record::new(member, &[]);
        self.record_bytes += record.heap_bytes();
        self.table.insert(hash, record);
        true
    }

    fn remove(&mut self, member: &[u8]) -> bool {
        let removed = self.table.remove(self.table.hash(member), member);
        removed.inspect(|record| self.record_bytes -= record.heap_bytes()).is_some()
    }
}
