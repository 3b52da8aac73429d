//! The first bytes of an entry, and the size of its allocation as a function of them.

/// Bytes of the header.
pub(super) const HEAD_LEN: usize = 10;
/// Bytes of an expiry: 48 bits of Unix milliseconds.
pub(super) const EXPIRY_LEN: usize = 6;

/// The value is the address of a boxed collection.
pub(super) const COLLECTION: u8 = 1;
/// An expiry follows the value.
pub(super) const EXPIRES: u8 = 2;
/// The string was edited in place.
pub(super) const RAW: u8 = 4;
/// Bit 16 of the key's length.
pub(super) const KEY_LEN_16: u8 = 8;

/// From here on allocations are in steps of an eighth, not a quarter, of the power of two below them.
const FINE_STEPS_FROM: usize = 512 << 10;

/// The decoded header.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) flags: u8,
    pub(super) key_len: usize,
    pub(super) value_len: usize,
    pub(super) clock: u32,
}

impl Head {
    #[inline]
    pub(super) fn decode(bytes: [u8; HEAD_LEN]) -> Self {
        let [flags, k0, k1, v0, v1, v2, v3, c0, c1, c2] = bytes;
        Self {
            flags,
            key_len: key_len(flags, [k0, k1]),
            value_len: u32::from_le_bytes([v0, v1, v2, v3]) as usize,
            clock: u32::from_le_bytes([c0, c1, c2, 0]),
        }
    }

    #[inline]
    pub(super) fn encode(self) -> [u8; HEAD_LEN] {
        let flags = if self.key_len >> 16 == 0 { self.flags & !KEY_LEN_16 } else { self.flags | KEY_LEN_16 };
        let [k0, k1] = (self.key_len as u16).to_le_bytes();
        let [v0, v1, v2, v3] = (self.value_len as u32).to_le_bytes();
        let [c0, c1, c2, _] = self.clock.to_le_bytes();
        [flags, k0, k1, v0, v1, v2, v3, c0, c1, c2]
    }

    #[inline]
    pub(super) fn value_at(self) -> usize {
        HEAD_LEN + self.key_len
    }

    #[inline]
    pub(super) fn expiry_at(self) -> usize {
        self.value_at() + self.value_len
    }

    /// Bytes in use.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.expiry_at() + if self.flags & EXPIRES == 0 { 0 } else { EXPIRY_LEN }
    }

    /// Bytes of the allocation.
    #[inline]
    pub(super) fn capacity(self) -> usize {
        size_class(self.len())
    }
}

#[inline]
pub(super) fn key_len(flags: u8, low: [u8; 2]) -> usize {
    usize::from(u16::from_le_bytes(low)) | usize::from(flags & KEY_LEN_16) << 13
}

/// The allocation for `len` bytes: a multiple of 16 up to 128 bytes, then of a quarter of the power of two below, as
/// mimalloc's own size classes are, so nothing is wasted by asking for all of it. Above 512 KiB, where mimalloc goes by
/// pages, a multiple of an eighth. A string that grows byte by byte thus moves only when it has grown by a ninth at least,
/// which keeps appending linear.
#[inline]
pub(super) fn size_class(len: usize) -> usize {
    let step = match len {
        0..=128 => 16,
        _ => {
            let band = 1 << (len - 1).ilog2();
            if band < FINE_STEPS_FROM { band / 4 } else { band / 8 }
        }
    };
    len.max(1).next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_the_allocators() {
        for (len, class) in [
            (0, 16),
            (16, 16),
            (17, 32),
            (90, 96),
            (96, 96),
            (97, 112),
            (128, 128),
            (129, 160),
            (256, 256),
            (257, 320),
            (1_025, 1_280),
            (512 << 10, 512 << 10),
            ((512 << 10) + 1, 576 << 10),
            (16 << 20, 16 << 20),
            ((16 << 20) + 1, 18 << 20),
            ((512 << 20) + 65_552, 576 << 20),
        ] {
            assert_eq!(size_class(len), class, "{len}");
        }
    }

    #[test]
    fn size_classes_hold_what_they_are_for_and_are_their_own_class() {
        for len in (0..5_000).chain((5_000..40 << 20).step_by(99_991)) {
            let class = size_class(len);
            assert!(class >= len && class.is_multiple_of(16) && size_class(class) == class, "{len} in {class}");
            assert!(len <= 128 || class <= len + len / 4, "{len} in {class}");
        }
    }

    #[test]
    fn headers_survive_encoding() {
        for key_len in [0, 1, 255, 65_535, 65_536] {
            for (value_len, clock) in [(0, 0), (8, 1), (512 << 20, (1 << 24) - 1)] {
                let head = Head { flags: EXPIRES | RAW, key_len, value_len, clock };
                let back = Head::decode(head.encode());
                assert_eq!((back.key_len, back.value_len, back.clock), (key_len, value_len, clock));
                assert_eq!(back.flags & !KEY_LEN_16, EXPIRES | RAW);
            }
        }
    }
}
