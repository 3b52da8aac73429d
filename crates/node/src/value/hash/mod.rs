//! A hash: fields and their values.
//!
//! Most hashes are objects with a dozen short fields: those are a packed array of field, value, field, value, in the order of
//! their first write, searched from the front. Past the [`Thresholds`] a hash becomes a segmented [table](crate::table) of
//! [records](super::record), each one allocation for field and value.
//!
//! | operation | packed | table |
//! |---|---|---|
//! | get, insert, remove | O(bytes), a microsecond at worst | O(1) |
//! | scan | everything at once | about ten fields a step, whatever resizes happen meanwhile |
//! | random field | O(bytes) | O(1) |
//!
//! Memory per field beside field and value: 4 bytes packed; 2 bytes, allocator rounding and a table slot otherwise.

#[cfg(test)]
mod tests;

use std::fmt;

use mainstay_foundation::Rng;

use super::Thresholds;
use super::either::Either;
use super::packed::Packed;
use super::record::Record;
use super::sample;
use crate::table::{Keyed, Table};

/// Fields and values, each field once.
pub struct Hash {
    form: Form,
    seed: u64,
}

enum Form {
    Packed(Packed),
    Table(Box<Large>),
}

struct Large {
    table: Table<Record>,
    /// HASH-1: the sum of the records' heap bytes.
    record_bytes: usize,
}

impl Hash {
    /// An empty hash; `seed` decides the order of its table, should it ever need one. Allocates nothing.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { form: Form::Packed(Packed::new()), seed }
    }

    /// An empty hash that is already in its large form.
    pub(crate) fn new_large(seed: u64) -> Self {
        Self { form: Form::Table(Box::new(Large { table: Table::new(seed), record_bytes: 0 })), seed }
    }

    /// Fields held.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Packed(packed) => packed.len() / 2,
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
        if self.is_packed() { "listpack" } else { "hashtable" }
    }

    pub(crate) fn is_packed(&self) -> bool {
        matches!(self.form, Form::Packed(_))
    }

    /// Heap bytes held. O(1).
    #[inline]
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Packed(packed) => packed.heap_bytes(),
            Form::Table(large) => size_of::<Large>() + large.table.heap_bytes() + large.record_bytes,
        }
    }

    /// Heap allocations held, about: what freeing the hash costs. O(1).
    #[must_use]
    pub fn allocations(&self) -> usize {
        if self.is_packed() { 1 } else { self.len() + 2 }
    }

    /// The value of `field`.
    #[inline]
    #[must_use]
    pub fn get(&self, field: &[u8]) -> Option<&[u8]> {
        match &self.form {
            Form::Packed(packed) => packed.find(field, 2).map(|offset| value_behind(packed, offset).0),
            Form::Table(large) => large.table.get(large.table.hash(field), field).map(Record::value),
        }
    }

    /// Whether `field` is there.
    #[inline]
    #[must_use]
    pub fn contains(&self, field: &[u8]) -> bool {
        self.get(field).is_some()
    }

    /// Sets the value of `field`; says whether the field is new.
    pub fn insert(&mut self, field: &[u8], value: &[u8], thresholds: &Thresholds) -> bool {
        if let Form::Packed(packed) = &mut self.form {
            let found = packed.find(field, 2);
            let entries = packed.len() / 2 + usize::from(found.is_none());
            if thresholds.allow(entries, field.len().max(value.len())) {
                match found {
                    Some(offset) => packed.replace(value_behind(packed, offset).1, value),
                    None => {
                        packed.push(field);
                        packed.push(value);
                    }
                }
                return found.is_none();
            }
        }
        self.large().insert(field, value)
    }

    /// Removes `field`; says whether it was there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match &mut self.form {
            Form::Packed(packed) => {
                let found = packed.find(field, 2);
                found.inspect(|&offset| packed.remove_items(offset, 2)).is_some()
            }
            Form::Table(large) => large.remove(field),
        }
    }

    /// All fields and values; packed ones in the order of their first write.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        match &self.form {
            Form::Packed(packed) => Either::Left(pairs(packed)),
            Form::Table(large) => Either::Right(large.table.iter().map(pair)),
        }
    }

    /// Visits some fields from `cursor` on (0 to begin) and returns the next cursor, 0 at the end. A field that is there
    /// from the first call to the last is visited at least once.
    pub fn scan(&self, cursor: u64, visit: &mut dyn FnMut(&[u8], &[u8])) -> u64 {
        match &self.form {
            Form::Packed(packed) => {
                pairs(packed).for_each(|(field, value)| visit(field, value));
                0
            }
            Form::Table(large) => large.table.scan(cursor, &mut |record| visit(record.key(), record.value())),
        }
    }

    /// A random field and its value.
    pub fn sample(&self, rng: &mut Rng) -> Option<(&[u8], &[u8])> {
        match &self.form {
            Form::Packed(packed) if packed.is_empty() => None,
            Form::Packed(packed) => {
                let offset = packed.offset_of(2 * rng.below(packed.len() as u64 / 2) as usize);
                Some((packed.read(offset).0, value_behind(packed, offset).0))
            }
            Form::Table(large) => large.table.sample(rng).map(pair),
        }
    }

    /// Visits `count` different random fields, or all if there are fewer. O(fields) where `count` is a large part of
    /// them, else O(`count`).
    pub fn sample_distinct(&self, rng: &mut Rng, count: usize, visit: &mut dyn FnMut(&[u8], &[u8])) {
        match &self.form {
            Form::Packed(packed) => {
                sample::select(pairs(packed), packed.len() / 2, count, rng, &mut |(field, value)| visit(field, value));
            }
            Form::Table(large) => {
                sample::draw(&large.table, count, rng, &mut |record| visit(record.key(), record.value()));
            }
        }
    }

    /// Adds a field that a decoder knows to be new.
    pub(crate) fn restore(&mut self, field: &[u8], value: &[u8]) -> bool {
        match &mut self.form {
            Form::Packed(packed) => {
                packed.push(field);
                packed.push(value);
                true
            }
            Form::Table(large) => large.insert(field, value),
        }
    }

    /// The large form, after turning into it if need be.
    fn large(&mut self) -> &mut Large {
        if let Form::Packed(packed) = &self.form {
            let mut large = Large { table: Table::new(self.seed), record_bytes: 0 };
            for (field, value) in pairs(packed) {
                large.insert(field, value);
            }
            self.form = Form::Table(Box::new(large));
        }
        let Form::Table(large) = &mut self.form else { unreachable!("turned into a table above") };
        large
    }

    /// Recomputes what is kept incrementally and compares.
    #[cfg(test)]
    fn verify(&self) {
        if let Form::Table(large) = &self.form {
            assert_eq!(large.table.iter().map(Record::heap_bytes).sum::<usize>(), large.record_bytes, "HASH-1");
        }
        assert_eq!(self.iter().count(), self.len());
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(k, v)| (k.escape_ascii().to_string(), v.escape_ascii().to_string())))
            .finish()
    }
}

impl Large {
    fn insert(&mut self, field: &[u8], value: &[u8]) -> bool {
        let hash = self.table.hash(field);
        if let Some(record) = self.table.get_mut(hash, field) {
            let before = record.heap_bytes();
            record.set_value(value);
            self.record_bytes = self.record_bytes + record.heap_bytes() - before;
            return false;
        }
        let record = Record::new(field, value);
        self.record_bytes += record.heap_bytes();
        self.table.insert(hash, record);
        true
    }

    fn remove(&mut self, field: &[u8]) -> bool {
        let removed = self.table.remove(self.table.hash(field), field);
        removed.inspect(|record| self.record_bytes -= record.heap_bytes()).is_some()
    }
}

fn pair(record: &Record) -> (&[u8], &[u8]) {
    (record.key(), record.value())
}

/// The value of the field at `offset`, and its own offset.
#[inline]
fn value_behind(packed: &Packed, offset: usize) -> (&[u8], usize) {
    let at = packed.read(offset).1;
    (packed.read(at).0, at)
}

fn pairs(packed: &Packed) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut items = packed.iter();
    std::iter::from_fn(move || Some((items.next()?, items.next()?)))
}
