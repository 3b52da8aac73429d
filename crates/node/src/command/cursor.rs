//! Cursors of the `SCAN` commands.
//!
//! A table's position is a lower bound of hashes: a few top bits, then zeros. A cursor carries those bits in reverse, so that
//! small tables have small cursors: clients that keep cursors in a double stay exact until a table has 2^40 items. A walk over
//! the shards keeps the shard's index in the low 8 bits:
//!
//! ```text
//! cursor of SCAN           | position, bits reversed | shard (8 bits) |
//! cursor of HSCAN, …       | position, bits reversed                  |
//! ```

use super::Failure;

/// Bits of the shard's index.
const SHARD_BITS: u32 = 8;

/// Where a walk over all keys goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCursor {
    /// The shard; below 256.
    pub shard: usize,
    /// The position in the shard's table; its low 16 bits are zero.
    pub position: u64,
}

impl KeyCursor {
    /// The number that stands for it; 0 is the first one.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.position.reverse_bits() << SHARD_BITS | self.shard as u64
    }

    /// The cursor of that number. Numbers that no walk returned mean some place, too.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        let shard = (number & ((1 << SHARD_BITS) - 1)) as usize;
        Self { shard, position: (number >> SHARD_BITS).reverse_bits() }
    }
}

/// The number that stands for a position in a collection; 0 is the beginning, and the end.
#[must_use]
pub const fn number(position: u64) -> u64 {
    position.reverse_bits()
}

/// The position in a collection that a number stands for.
#[must_use]
pub const fn position(number: u64) -> u64 {
    number.reverse_bits()
}

/// Reads the number of a cursor as C's `strtoul` does, but for blanks.
///
/// # Errors
/// `ERR invalid cursor`.
pub fn parse(arg: &[u8]) -> Result<u64, Failure> {
    const INVALID: Failure = Failure::Fixed("ERR invalid cursor");
    let (negative, digits) = match arg {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() && !arg.is_empty() {
        return Err(INVALID);
    }
    let number = digits.iter().try_fold(0u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    });
    let number = number.ok_or(INVALID)?;
    Ok(if negative { number.wrapping_neg() } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_those_of_small_tables_are_small() {
        for shard in [0, 1, 255] {
            for position in [0, 1 << 63, 1 << 16, 0xffff_ffff_ffff_0000, 5 << 59] {
                let cursor = KeyCursor { shard, position };
                assert_eq!(KeyCursor::of(cursor.number()), cursor);
            }
        }
        assert_eq!(KeyCursor { shard: 3, position: 0 }.number(), 3);
        assert!(KeyCursor { shard: 255, position: 0x1f << 59 }.number() < 1 << 13);
    }

    #[test]
    fn numbers_are_read_strictly() {
        for (text, number) in [("0", 0), ("007", 7), ("+1", 1), ("-1", u64::MAX), ("18446744073709551615", u64::MAX)] {
            assert_eq!(parse(text.as_bytes()), Ok(number), "{text}");
        }
        for text in ["18446744073709551616", "1a", " 1", "1 ", "-", "--1", "0x1"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
