//! A group: 14 items behind 16 control bytes that tell, in one comparison, which of them may match.
//!
//! ```text
//! byte 0..14   fingerprints: 0 for an empty slot, else 8 hash bits of the item
//! byte 14..16  overflow, u16 little endian: items whose probe passed this full group on their way to a later one
//! then         14 items
//! ```
//! With items of 8 bytes a group is 128 bytes, two neighbouring cache lines that the prefetcher fetches as one: a hit costs
//! little more than one cache miss. Counting what passed by (as Bronson and Shi describe for F14, 2019) replaces tombstones:
//! a removal gives back exactly what its insertion took, so lookups never slow down with age.
//!
//! Invariant GROUP-1: the item of a slot is initialised exactly when its fingerprint is not 0.
#![allow(unsafe_code)]

use std::mem::{MaybeUninit, needs_drop};
use std::num::NonZeroU8;

use super::Keyed;
use super::prefetch::prefetch;

/// Items a group holds at most.
pub(super) const SLOTS: usize = 14;

/// The mask of the bits that stand for slots.
const SLOT_BITS: u16 = (1 << SLOTS) - 1;

/// The fingerprint of a hash: its low 8 bits, where 1 also stands for 0.
#[inline]
pub(super) fn fingerprint(hash: u64) -> NonZeroU8 {
    NonZeroU8::new(hash as u8).unwrap_or(NonZeroU8::MIN)
}

/// A set of slots, drained from the lowest.
#[derive(Clone, Copy)]
pub(super) struct SlotSet(u16);

impl Iterator for SlotSet {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let slot = self.0.trailing_zeros() as usize;
        self.0 &= self.0.wrapping_sub(1);
        (slot < SLOTS).then_some(slot)
    }
}

#[repr(C, align(16))]
struct Control([u8; 16]);

impl Control {
    #[inline]
    fn slots_with(&self, byte: u8) -> SlotSet {
        #[cfg(target_arch = "x86_64")]
        let lanes = lanes_equal_sse2(&self.0, byte);
        #[cfg(not(target_arch = "x86_64"))]
        let lanes = lanes_equal_swar(&self.0, byte);
        SlotSet(lanes & SLOT_BITS)
    }

    #[inline]
    fn overflow(&self) -> u16 {
        u16::from_le_bytes([self.0[SLOTS], self.0[SLOTS + 1]])
    }

    #[inline]
    fn set_overflow(&mut self, count: u16) {
        self.0[SLOTS..].copy_from_slice(&count.to_le_bytes());
    }
}

/// Bit `i` tells whether `bytes[i] == byte`.
#[cfg(target_arch = "x86_64")]
#[inline]
fn lanes_equal_sse2(bytes: &[u8; 16], byte: u8) -> u16 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};
    // SAFETY: SSE2 belongs to every x86_64 target; the load needs no alignment and reads the 16 bytes of the reference.
    unsafe {
        let lanes = _mm_loadu_si128(bytes.as_ptr().cast());
        _mm_movemask_epi8(_mm_cmpeq_epi8(lanes, _mm_set1_epi8(byte as i8))) as u16
    }
}

/// Bit `i` tells whether `bytes[i] == byte`; two words at a time for targets without SSE2.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn lanes_equal_swar(bytes: &[u8; 16], byte: u8) -> u16 {
    const LOW_7: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let wanted = u64::from_ne_bytes([byte; 8]);
    let word_lanes = |at: usize| {
        let word = u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i])) ^ wanted;
        // Bit 7 of a byte ends up set exactly when the byte is 0: no carry crosses bytes, so no neighbour disturbs it.
        let zero = !((word & LOW_7).wrapping_add(LOW_7) | word | LOW_7);
        // The products collect bit 7 of byte i at bit 56 + i.
        ((zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16
    };
    word_lanes(0) | word_lanes(8) << 8
}

/// See the module's documentation.
#[repr(C)]
pub(super) struct Group<T> {
    control: Control,
    items: [MaybeUninit<T>; SLOTS],
}

impl<T> Group<T> {
    #[inline]
    pub(super) fn new() -> Self {
        Self { control: Control([0; 16]), items: [const { MaybeUninit::uninit() }; SLOTS] }
    }

    /// How many items passed this group by.
    #[inline]
    pub(super) fn overflow(&self) -> u16 {
        self.control.overflow()
    }

    /// Counts an item that passes by.
    #[inline]
    pub(super) fn pass(&mut self) {
        self.control.set_overflow(self.control.overflow() + 1);
    }

    /// Takes back one `pass`.
    #[inline]
    pub(super) fn unpass(&mut self) {
        self.control.set_overflow(self.control.overflow() - 1);
    }

    #[inline]
    pub(super) fn occupied(&self) -> SlotSet {
        SlotSet(!self.control.slots_with(0).0 & SLOT_BITS)
    }

    #[inline]
    pub(super) fn free_slot(&self) -> Option<usize> {
        self.control.slots_with(0).next()
    }

    /// The slot that holds `key`.
    #[inline]
    pub(super) fn find(&self, print: NonZeroU8, key: &[u8]) -> Option<usize>
    where
        T: Keyed,
    {
        // Half of the items lie in the line after the control bytes' own: load both at once.
        prefetch(&raw const self.items[SLOTS / 2]);
        self.control.slots_with(print.get()).find(|&slot| {
            // SAFETY: the slot's fingerprint equals `print`, which is not 0; GROUP-1.
            unsafe { self.items[slot].assume_init_ref() }.key() == key
        })
    }

    #[inline]
    pub(super) fn get(&self, slot: usize) -> Option<&T> {
        // SAFETY: the fingerprint is not 0; GROUP-1.
        (self.control.0[..SLOTS][slot] != 0).then(|| unsafe { self.items[slot].assume_init_ref() })
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut T> {
        // SAFETY: the fingerprint is not 0; GROUP-1.
        (self.control.0[..SLOTS][slot] != 0).then(|| unsafe { self.items[slot].assume_init_mut() })
    }

    /// Puts `item` into an empty slot.
    #[inline]
    pub(super) fn put(&mut self, slot: usize, print: NonZeroU8, item: T) {
        debug_assert_eq!(self.control.0[slot], 0, "GROUP-1: only an empty slot is filled");
        self.items[slot].write(item);
        self.control.0[slot] = print.get();
    }

    /// Empties a slot.
    #[inline]
    pub(super) fn take(&mut self, slot: usize) -> Option<T> {
        if std::mem::take(&mut self.control.0[..SLOTS][slot]) == 0 {
            return None;
        }
        // SAFETY: the fingerprint was not 0, so the item is initialised (GROUP-1); now it is 0, so nobody reads it again.
        Some(unsafe { self.items[slot].assume_init_read() })
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &T> {
        self.occupied().filter_map(|slot| self.get(slot))
    }
}

impl<T> Drop for Group<T> {
    fn drop(&mut self) {
        if needs_drop::<T>() {
            for slot in self.occupied() {
                drop(self.take(slot));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mainstay_foundation::Rng;

    use super::*;

    #[test]
    fn both_comparisons_find_exactly_the_equal_lanes() {
        let mut rng = Rng::new(7);
        for round in 0..20_000u64 {
            // Few distinct values, among them those that differ by carries and sign bits.
            let bytes: [u8; 16] = std::array::from_fn(|_| [0, 1, 0x7f, 0x80, 0x81, 0xff][rng.below(6) as usize]);
            let byte = if round % 2 == 0 { bytes[rng.below(16) as usize] } else { rng.next_u64() as u8 };
            let naive = (0..16).filter(|&i| bytes[i] == byte).fold(0, |lanes, i| lanes | 1 << i);
            assert_eq!(lanes_equal_swar(&bytes, byte), naive, "{bytes:?} {byte}");
            #[cfg(target_arch = "x86_64")]
            assert_eq!(lanes_equal_sse2(&bytes, byte), naive, "{bytes:?} {byte}");
        }
    }

    #[test]
    fn a_group_of_pointers_is_two_cache_lines() {
        assert_eq!(size_of::<Group<Box<u8>>>(), 128);
    }

    #[test]
    fn the_overflow_count_is_no_slot() {
        let mut group = Group::<Box<u8>>::new();
        for _ in 0..0x0101 {
            group.pass();
        }
        assert_eq!((group.occupied().count(), group.overflow()), (0, 0x0101));
        group.unpass();
        assert_eq!(group.overflow(), 0x0100);
    }
}
