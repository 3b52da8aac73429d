//! A key and a value in one allocation behind one thin pointer.
//!
//! ```text
//! | key length | value length | key … | value … |      a length below 254: one byte; otherwise 254 and four bytes
//! ```
//! Large hashes, sets and sorted sets hold millions of short items in a [table](crate::table). Two boxes per item would pay
//! two allocations and four words; a fat box pays a word per slot, used or not, for a length that fits one byte. So the
//! lengths stand in the allocation and the slot is one pointer: a field and value of 8 bytes each cost 18 bytes and a slot.
//!
//! A sorted set also finds its members in order. Its tree holds [`RecordRef`]s, bare copies of the pointers in its table;
//! they are what makes a member stored once.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::ptr::NonNull;
use std::slice;

use crate::table::Keyed;

const LONG: u8 = 254;

/// Owns one allocation. REC-1: it holds the two lengths and as many bytes as they say, all initialised, and its layout is
/// that sum with alignment 1; lengths and key never change.
pub(crate) struct Record {
    start: NonNull<u8>,
}

/// A copy of a record's pointer, which may outlive the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordRef {
    start: NonNull<u8>,
}

// SAFETY: a record owns its bytes alone, as a box does; what `&Record` reads, only `&mut Record` writes.
unsafe impl Send for Record {}
// SAFETY: as above.
unsafe impl Sync for Record {}
// SAFETY: a reference is only an address; following it is an unsafe act of the caller, who must know the record to live.
unsafe impl Send for RecordRef {}
// SAFETY: as above.
unsafe impl Sync for RecordRef {}

/// Where the parts of a record stand.
#[derive(Clone, Copy)]
struct Shape {
    body: usize,
    key: usize,
    value: usize,
}

impl Shape {
    fn of(key: usize, value: usize) -> Self {
        assert!(
            key < u32::MAX as usize && value < u32::MAX as usize,
            "a record of {key} + {value} bytes; each below 4 GiB"
        );
        Self { body: length_bytes(key) + length_bytes(value), key, value }
    }

    fn size(self) -> usize {
        self.body + self.key + self.value
    }

    fn layout(self) -> Layout {
        Layout::array::<u8>(self.size()).expect("two parts below 4 GiB fit an allocation")
    }
}

#[inline]
fn length_bytes(length: usize) -> usize {
    if length < LONG as usize { 1 } else { 5 }
}

impl Record {
    /// Allocates and fills a record.
    pub(crate) fn new(key: &[u8], value: &[u8]) -> Self {
        let shape = Shape::of(key.len(), value.len());
        // SAFETY: the size is at least the two length bytes.
        let Some(start) = NonNull::new(unsafe { alloc(shape.layout()) }) else { handle_alloc_error(shape.layout()) };
        let value_length = length_bytes(key.len());
        // SAFETY: the allocation has `shape.size()` bytes, which these four writes fill without gaps: REC-1.
        unsafe {
            write_length(start, key.len());
            write_length(start.add(value_length), value.len());
            start.add(shape.body).copy_from_nonoverlapping(NonNull::from(key).cast(), key.len());
            start.add(shape.body + key.len()).copy_from_nonoverlapping(NonNull::from(value).cast(), value.len());
        }
        Self { start }
    }

    /// The value.
    #[inline]
    pub(crate) fn value(&self) -> &[u8] {
        self.reference().shape_and(|start, shape| {
            // SAFETY: REC-1; the borrow of `self` keeps the bytes alive and unwritten.
            unsafe { slice::from_raw_parts(start.add(shape.body + shape.key).as_ptr(), shape.value) }
        })
    }

    /// Replaces the value; in place if it is as long as the old one. A replaced allocation moves the key too.
    pub(crate) fn set_value(&mut self, value: &[u8]) {
        let shape = self.shape();
        if shape.value != value.len() {
            *self = Self::new(self.key(), value);
            return;
        }
        // SAFETY: REC-1; `&mut self` excludes readers of the value, and a `RecordRef` reads no more than lengths and key.
        unsafe {
            let at = self.start.add(shape.body + shape.key);
            at.copy_from_nonoverlapping(NonNull::from(value).cast(), value.len());
        }
    }

    /// A copy of the pointer, good until the record is dropped or `set_value` changes the value's length.
    #[inline]
    pub(crate) fn reference(&self) -> RecordRef {
        RecordRef { start: self.start }
    }

    /// Heap bytes, rounded up to words as allocators do.
    #[inline]
    pub(crate) fn heap_bytes(&self) -> usize {
        self.shape().size().next_multiple_of(8)
    }

    #[inline]
    fn shape(&self) -> Shape {
        self.reference().shape_and(|_, shape| shape)
    }
}

impl RecordRef {
    /// The key of the record.
    ///
    /// # Safety
    /// The record lives through `'a` and its value does not change length.
    #[inline]
    pub(crate) unsafe fn key<'a>(self) -> &'a [u8] {
        self.shape_and(|start, shape| {
            // SAFETY: REC-1 holds as the caller promises that the record lives; nobody writes keys.
            unsafe { slice::from_raw_parts(start.add(shape.body).as_ptr(), shape.key) }
        })
    }

    /// Reads the lengths. Private: callers are methods of a live record or have promised one.
    #[inline]
    fn shape_and<R>(self, then: impl FnOnce(NonNull<u8>, Shape) -> R) -> R {
        // SAFETY: REC-1; the record lives, as every caller ensures.
        let shape = unsafe {
            let (key, key_bytes) = read_length(self.start);
            let (value, value_bytes) = read_length(self.start.add(key_bytes));
            Shape { body: key_bytes + value_bytes, key, value }
        };
        then(self.start, shape)
    }
}

/// # Safety
/// `length_bytes(length)` bytes at `at` are writable.
#[inline]
unsafe fn write_length(at: NonNull<u8>, length: usize) {
    if length < LONG as usize {
        // SAFETY: one byte, as promised.
        unsafe { at.write(length as u8) };
    } else {
        // SAFETY: five bytes, as promised; arrays of bytes have no alignment.
        unsafe {
            at.write(LONG);
            at.add(1).cast::<[u8; 4]>().write((length as u32).to_le_bytes());
        }
    }
}

/// # Safety
/// A length written by [`write_length`] stands at `at`.
#[inline]
unsafe fn read_length(at: NonNull<u8>) -> (usize, usize) {
    // SAFETY: the first byte says whether four more were written.
    unsafe {
        let mark = at.read();
        if mark < LONG {
            return (usize::from(mark), 1);
        }
        (u32::from_le_bytes(at.add(1).cast::<[u8; 4]>().read()) as usize, 5)
    }
}

impl Keyed for Record {
    #[inline]
    fn key(&self) -> &[u8] {
        // SAFETY: the borrow of `self` keeps the record alive and unchanged.
        unsafe { self.reference().key() }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let layout = self.shape().layout();
        // SAFETY: REC-1 gives the layout of the allocation, which this record alone owns.
        unsafe { dealloc(self.start.as_ptr(), layout) };
    }
}

impl Clone for Record {
    fn clone(&self) -> Self {
        Self::new(self.key(), self.value())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} => {}", self.key().escape_ascii(), self.value().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_of_every_length_class_come_back() {
        let lengths = [0, 1, 7, 253, 254, 255, 70_000];
        for key in lengths {
            for value in lengths {
                let (key, value) = (vec![b'k'; key], vec![b'v'; value]);
                let record = Record::new(&key, &value).clone();
                assert_eq!((record.key(), record.value()), (&key[..], &value[..]));
                assert!(record.heap_bytes() >= key.len() + value.len() + 2);
            }
        }
    }

    #[test]
    fn values_of_equal_length_change_in_place() {
        let mut record = Record::new(b"key", b"12345678");
        let shared = record.reference();
        record.set_value(b"abcdefgh");
        assert_eq!(record.value(), b"abcdefgh");
        // SAFETY: the record lives and kept its value's length.
        assert_eq!(unsafe { shared.key() }, b"key");
        record.set_value(b"longer than before");
        assert_eq!((record.key(), record.value()), (&b"key"[..], &b"longer than before"[..]));
    }
}
