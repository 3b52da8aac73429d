//! An entry: a key, its value, its expiry and its bookkeeping in one allocation behind one pointer.
//!
//! ```text
//! byte 0         flags
//! byte 1..3      key length, u16 (its bit 16 is a flag)
//! byte 3..7      value length, u32
//! byte 7..10     access clock, 24 bits of seconds
//! then           key | value | expiry, u48 of Unix milliseconds, only where there is one
//! ```
//! Numbers are little endian and unaligned. The value of a string is its bytes; that of a collection is the address of a box.
//! The key stands at a fixed place, for lookups compare it; the expiry stands last, so that setting one moves nothing.
//! A key of 16 and a value of 64 bytes take 90 bytes, 96 with an expiry: one size class of the allocator.
//!
//! Invariants. ENTRY-1: `start` owns an allocation of `head().capacity()` bytes whose first `head().len()` are initialised.
//! ENTRY-2: with the flag `COLLECTION`, the value is a `*mut C` from `Box::into_raw` that this entry owns.
#![allow(unsafe_code)]

mod head;
#[cfg(test)]
mod tests;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;

use super::Keyed;
use super::prefetch::prefetch;
use head::{COLLECTION, EXPIRES, EXPIRY_LEN, HEAD_LEN, Head, RAW, key_len};

/// The longest key, in bytes.
pub const KEY_LEN_MAX: usize = 65_536;
/// The longest string, in bytes.
pub const VALUE_LEN_MAX: usize = 512 << 20;
/// The latest expiry, in Unix milliseconds (the year 10889); later ones are kept as this.
pub const EXPIRE_AT_MS_MAX: u64 = (1 << 48) - 1;
/// The highest access clock, in seconds; the clock wraps after it (194 days).
pub const ACCESS_CLOCK_MAX: u32 = (1 << 24) - 1;

/// A key and its value: a string, or a boxed collection of type `C`. See the module's documentation for the layout.
///
/// Keys are up to [`KEY_LEN_MAX`] and strings up to [`VALUE_LEN_MAX`] bytes long; callers refuse longer ones before they get
/// here, and every function that takes one panics if they did not.
pub struct Entry<C> {
    start: NonNull<u8>,
    owns: PhantomData<Box<C>>,
}

// SAFETY: an entry owns its bytes and its collection; nothing is shared, nothing is bound to a thread.
unsafe impl<C: Send> Send for Entry<C> {}
// SAFETY: a shared entry gives out only shared references to its bytes and its collection.
unsafe impl<C: Sync> Sync for Entry<C> {}

/// What an entry holds.
#[derive(Debug, PartialEq, Eq)]
pub enum ValueRef<'a, C> {
    /// A string.
    Str(&'a [u8]),
    /// A collection.
    Coll(&'a C),
}

/// What an entry holds, to be changed in place.
#[derive(Debug, PartialEq, Eq)]
pub enum ValueMut<'a, C> {
    /// A string; [`Entry::resize_string`] changes its length.
    Str(&'a mut [u8]),
    /// A collection.
    Coll(&'a mut C),
}

impl<C> Entry<C> {
    /// An entry with a string. The access clock is 0 and the string is not raw.
    #[must_use]
    pub fn string(key: &[u8], value: &[u8], expire_at_ms: Option<u64>) -> Self {
        Self::build(0, 0, key, Value::Copied(value), expire_at_ms)
    }

    /// An entry with a string of `len` bytes that `fill` writes in place; it finds zeros.
    #[must_use]
    pub fn string_with_len(key: &[u8], len: usize, expire_at_ms: Option<u64>, fill: impl FnOnce(&mut [u8])) -> Self {
        let mut entry = Self::build(0, 0, key, Value::Zeros(len), expire_at_ms);
        if let ValueMut::Str(value) = entry.value_mut() {
            fill(value);
        }
        entry
    }

    /// An entry with a collection. The access clock is 0.
    #[must_use]
    pub fn collection(key: &[u8], value: Box<C>, expire_at_ms: Option<u64>) -> Self {
        let mut entry = Self::build(0, 0, key, Value::Zeros(size_of::<*mut C>()), expire_at_ms);
        let mut head = entry.head();
        head.flags |= COLLECTION;
        // SAFETY: the value is as long as an address and lies within the allocation (ENTRY-1); the write needs no alignment.
        // The flag and the address come together, so ENTRY-2 holds.
        unsafe { entry.at(head.value_at()).cast::<*mut C>().write_unaligned(Box::into_raw(value)) };
        entry.set_head(head);
        entry
    }

    /// The value.
    #[inline]
    #[must_use]
    pub fn value(&self) -> ValueRef<'_, C> {
        let head = self.head();
        if head.flags & COLLECTION == 0 {
            // SAFETY: the value lies within the initialised bytes (ENTRY-1).
            ValueRef::Str(unsafe { slice::from_raw_parts(self.at(head.value_at()), head.value_len) })
        } else {
            // SAFETY: ENTRY-2; the reference borrows the entry.
            ValueRef::Coll(unsafe { &*self.collection_address(head) })
        }
    }

    /// The value, to be changed in place.
    #[inline]
    #[must_use]
    pub fn value_mut(&mut self) -> ValueMut<'_, C> {
        let head = self.head();
        if head.flags & COLLECTION == 0 {
            // SAFETY: the value lies within the initialised bytes (ENTRY-1), and the entry is borrowed exclusively.
            ValueMut::Str(unsafe { slice::from_raw_parts_mut(self.at(head.value_at()), head.value_len) })
        } else {
            // SAFETY: ENTRY-2; the reference borrows the entry exclusively.
            ValueMut::Coll(unsafe { &mut *self.collection_address(head) })
        }
    }

    /// Makes `value` the value, a string that is not raw; key, expiry and access clock stay. Writes in place if the
    /// allocation's size class stays, else moves. A collection is dropped.
    pub fn set_string(&mut self, value: &[u8]) {
        let head = self.head();
        let new = Head { value_len: value.len(), flags: head.flags & !RAW, ..head };
        if head.flags & COLLECTION == 0 && new.capacity() == head.capacity() {
            self.resize_string(value.len()).copy_from_slice(value);
            self.set_raw(false);
        } else {
            *self = Self::build(0, head.clock, self.key(), Value::Copied(value), self.expire_at());
        }
    }

    /// Cuts a string or extends it with zeros to `new_len` bytes; returns all of it. Growing to n bytes in small steps copies
    /// O(n) bytes in all.
    ///
    /// # Panics
    /// If the value is a collection.
    pub fn resize_string(&mut self, new_len: usize) -> &mut [u8] {
        assert!(new_len <= VALUE_LEN_MAX, "a string of {new_len} bytes got past the limit of {VALUE_LEN_MAX}");
        let (old, expire_at_ms) = (self.head(), self.expire_at());
        assert!(old.flags & COLLECTION == 0, "only a string has a length to change");
        let new = Head { value_len: new_len, ..old };
        // SAFETY: the bytes after the shorter value are written right below, before anybody can read them: zeros, then the
        // expiry.
        unsafe {
            self.reshape(new);
            self.at(old.expiry_at()).write_bytes(0, new_len.saturating_sub(old.value_len));
        }
        self.write_expiry(new, expire_at_ms);
        // SAFETY: the value lies within the initialised bytes (ENTRY-1), and the entry is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.at(new.value_at()), new_len) }
    }

    /// When the entry expires, in Unix milliseconds.
    #[inline]
    #[must_use]
    pub fn expire_at(&self) -> Option<u64> {
        let head = self.head();
        if head.flags & EXPIRES == 0 {
            return None;
        }
        let mut bytes = [0; 8];
        // SAFETY: an entry that expires ends with the 6 bytes of the expiry (ENTRY-1).
        bytes[..EXPIRY_LEN].copy_from_slice(unsafe { slice::from_raw_parts(self.at(head.expiry_at()), EXPIRY_LEN) });
        Some(u64::from_le_bytes(bytes))
    }

    /// Sets or removes the expiry, capped at [`EXPIRE_AT_MS_MAX`]. Moves the entry only if 6 bytes change its size class.
    pub fn set_expire_at(&mut self, expire_at_ms: Option<u64>) {
        let head = self.head();
        let flags = if expire_at_ms.is_some() { head.flags | EXPIRES } else { head.flags & !EXPIRES };
        let new = Head { flags, ..head };
        // SAFETY: the bytes of a new expiry are written right below.
        unsafe { self.reshape(new) };
        self.write_expiry(new, expire_at_ms);
    }

    /// Whether the string was edited in place, which `OBJECT ENCODING` tells.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.head().flags & RAW != 0
    }

    /// Notes whether the string was edited in place.
    pub fn set_raw(&mut self, raw: bool) {
        let mut head = self.head();
        head.flags = if raw { head.flags | RAW } else { head.flags & !RAW };
        self.set_head(head);
    }

    /// When the entry was last used, in seconds modulo 2²⁴, as its owner set it.
    #[must_use]
    pub fn access_clock(&self) -> u32 {
        self.head().clock
    }

    /// Sets the access clock to `seconds` modulo 2²⁴.
    #[inline]
    pub fn set_access_clock(&mut self, seconds: u32) {
        self.set_head(Head { clock: seconds & ACCESS_CLOCK_MAX, ..self.head() });
    }

    /// The collection; none if the value is a string, which is dropped.
    #[must_use]
    pub fn into_collection(mut self) -> Option<Box<C>> {
        let head = self.head();
        if head.flags & COLLECTION == 0 {
            return None;
        }
        let address = self.collection_address(head);
        self.set_head(Head { flags: head.flags & !COLLECTION, ..head });
        // SAFETY: ENTRY-2; without the flag the entry no longer owns the box.
        Some(unsafe { Box::from_raw(address) })
    }

    /// The same entry under another key. Copies a string's value; a collection stays where it is.
    #[must_use]
    pub fn rename(self, key: &[u8]) -> Self {
        let (head, expire_at_ms) = (self.head(), self.expire_at());
        if let ValueRef::Str(value) = self.value() {
            return Self::build(head.flags & RAW, head.clock, key, Value::Copied(value), expire_at_ms);
        }
        let collection = self.into_collection().expect("a value that is no string is a collection");
        let mut renamed = Self::collection(key, collection, expire_at_ms);
        renamed.set_access_clock(head.clock);
        renamed
    }

    /// Bytes of this allocation in the allocator's size class, without what a collection owns. Sizes up to 128 bytes are
    /// multiples of 16; greater ones of a quarter of the power of two below, above 512 KiB of an eighth.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.head().capacity()
    }

    /// A string entry; `flags` without those that the arguments tell.
    fn build(flags: u8, clock: u32, key: &[u8], value: Value<'_>, expire_at_ms: Option<u64>) -> Self {
        let (key_len, value_len) = (key.len(), value.len());
        assert!(key_len <= KEY_LEN_MAX, "a key of {key_len} bytes got past the limit of {KEY_LEN_MAX}");
        assert!(value_len <= VALUE_LEN_MAX, "a string of {value_len} bytes got past the limit of {VALUE_LEN_MAX}");
        let flags = if expire_at_ms.is_some() { flags | EXPIRES } else { flags };
        let head = Head { flags, key_len, value_len, clock };
        let layout = layout(head);
        // SAFETY: a size class is never 0.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let mut entry = Self { start, owns: PhantomData };
        entry.set_head(head);
        // SAFETY: header, key, value and expiry follow each other within the allocation; the sources are other memory.
        unsafe {
            entry.at(HEAD_LEN).copy_from_nonoverlapping(key.as_ptr(), key_len);
            match value {
                Value::Copied(bytes) => entry.at(head.value_at()).copy_from_nonoverlapping(bytes.as_ptr(), value_len),
                Value::Zeros(_) => entry.at(head.value_at()).write_bytes(0, value_len),
            }
        }
        entry.write_expiry(head, expire_at_ms);
        entry
    }

    /// The address of byte `offset`, which must lie within the allocation or at its end.
    #[inline]
    fn at(&self, offset: usize) -> *mut u8 {
        self.start.as_ptr().wrapping_add(offset)
    }

    #[inline]
    fn head(&self) -> Head {
        // SAFETY: the header is initialised (ENTRY-1); a byte array needs no alignment.
        Head::decode(unsafe { self.start.cast::<[u8; HEAD_LEN]>().read() })
    }

    /// Writes a header of the same size class as the allocation.
    #[inline]
    fn set_head(&mut self, head: Head) {
        // SAFETY: every allocation is at least as long as a header (ENTRY-1); a byte array needs no alignment.
        unsafe { self.start.cast::<[u8; HEAD_LEN]>().write(head.encode()) };
    }

    #[inline]
    fn collection_address(&self, head: Head) -> *mut C {
        // SAFETY: called with the flag `COLLECTION` only, so the value is an address (ENTRY-2); the read needs no alignment.
        unsafe { self.at(head.value_at()).cast::<*mut C>().read_unaligned() }
    }

    /// Makes `new` the header and gives the allocation its size. Bytes up to the shorter end of both keep their place.
    ///
    /// # Safety
    /// The caller initialises the bytes that `new` has more than the old header, before they can be read.
    unsafe fn reshape(&mut self, new: Head) {
        let (old, new_layout) = (layout(self.head()), layout(new));
        if old != new_layout {
            // SAFETY: the allocation was made with `old` (ENTRY-1), and a size class is never 0.
            let moved = NonNull::new(unsafe { realloc(self.start.as_ptr(), old, new_layout.size()) });
            let Some(start) = moved else { handle_alloc_error(new_layout) };
            self.start = start;
        }
        self.set_head(new);
    }

    /// Writes the expiry of an entry that has one in `head`, which must be the entry's.
    #[inline]
    fn write_expiry(&mut self, head: Head, expire_at_ms: Option<u64>) {
        let Some(at_ms) = expire_at_ms else { return };
        let bytes = at_ms.min(EXPIRE_AT_MS_MAX).to_le_bytes();
        // SAFETY: an entry with an expiry has 6 bytes for it at its end (ENTRY-1).
        unsafe { self.at(head.expiry_at()).copy_from_nonoverlapping(bytes.as_ptr(), EXPIRY_LEN) };
    }
}

/// What a new entry's value bytes are.
#[derive(Clone, Copy)]
enum Value<'a> {
    Copied(&'a [u8]),
    Zeros(usize),
}

impl Value<'_> {
    fn len(self) -> usize {
        match self {
            Self::Copied(bytes) => bytes.len(),
            Self::Zeros(len) => len,
        }
    }
}

/// Alignment 1: nothing in an entry needs more, and asked for 8, mimalloc would take the next size class.
#[inline]
fn layout(head: Head) -> Layout {
    Layout::from_size_align(head.capacity(), 1).expect("keys and values within their limits fit the address space")
}

impl<C> Keyed for Entry<C> {
    #[inline]
    fn key(&self) -> &[u8] {
        // SAFETY: the header's first 3 bytes and the key lie within the initialised bytes (ENTRY-1).
        unsafe {
            let [flags, low, high] = self.start.cast::<[u8; 3]>().read();
            slice::from_raw_parts(self.at(HEAD_LEN), key_len(flags, [low, high]))
        }
    }

    #[inline]
    fn prefetch(&self) {
        prefetch(self.start.as_ptr());
    }
}

impl<C> Drop for Entry<C> {
    fn drop(&mut self) {
        let head = self.head();
        if head.flags & COLLECTION != 0 {
            // SAFETY: ENTRY-2, and nobody uses the entry again.
            drop(unsafe { Box::from_raw(self.collection_address(head)) });
        }
        // SAFETY: the allocation was made with this layout (ENTRY-1), and nobody uses it again.
        unsafe { dealloc(self.start.as_ptr(), layout(head)) };
    }
}

impl<C> std::fmt::Debug for Entry<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("key_len", &self.key().len())
            .field("expire_at", &self.expire_at())
            .finish_non_exhaustive()
    }
}
