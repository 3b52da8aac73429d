//! The part of a string that `BITCOUNT` and `BITPOS` look at.

use crate::command::Failure;
use crate::command::args;
use std::ops::Range;

/// What the numbers of a range count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Byte,
    Bit,
}

impl Unit {
    pub(super) fn parse(word: &[u8]) -> Result<Self, Failure> {
        if args::is(word, "bit") {
            Ok(Self::Bit)
        } else if args::is(word, "byte") {
            Ok(Self::Byte)
        } else {
            Err(Failure::SYNTAX)
        }
    }
}

/// First and last place, each counted from the end if negative.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) unit: Unit,
}

impl Span {
    /// Whether both ends are counted from the end of the string, and stand in the wrong order.
    pub(super) const fn is_reversed_from_end(self) -> bool {
        self.start < 0 && self.end < 0 && self.start > self.end
    }

    /// The bits of a string of `len` bytes that lie in it; `None` if there are none. What stands before the string means its
    /// first place.
    pub(super) fn bits(self, len: usize) -> Option<Range<usize>> {
        let places = match self.unit {
            Unit::Byte => len as i64,
            Unit::Bit => len as i64 * 8,
        };
        let from_end = |at: i64| if at < 0 { (places + at).max(0) } else { at };
        let (start, end) = (from_end(self.start), from_end(self.end).min(places - 1));
        if start > end {
            return None;
        }
        let (start, end) = (start as usize, end as usize + 1);
        Some(match self.unit {
            Unit::Byte => start * 8..end * 8,
            Unit::Bit => start..end,
        })
    }
}

/// A range of bits cut at bytes: the whole bytes in the middle, and the bits of the bytes that are cut.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The byte that is cut at its beginning, and the bits of it that belong to the range.
    pub(super) head: Option<(usize, u8)>,
    /// Whole bytes.
    pub(super) body: Range<usize>,
    /// The byte that is cut at its end.
    pub(super) tail: Option<(usize, u8)>,
}

impl Cut {
    /// Cuts a range that is not empty.
    pub(super) fn of(bits: &Range<usize>) -> Self {
        let (first, last) = (bits.start / 8, (bits.end - 1) / 8);
        let from_start = 0xff >> (bits.start % 8);
        let to_end = !(0x7f_u8 >> ((bits.end - 1) % 8));
        if first == last {
            let mask: u8 = from_start & to_end;
            return if mask == 0xff {
                Self { head: None, body: first..first + 1, tail: None }
            } else {
                Self { head: Some((first, mask)), body: first + 1..first + 1, tail: None }
            };
        }
        let head = (from_start != 0xff).then_some((first, from_start));
        let tail = (to_end != 0xff).then_some((last, to_end));
        let body = first + usize::from(head.is_some())..last + usize::from(tail.is_none());
        Self { head, body, tail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_has_each_bit_of_the_range_once() {
        for start in 0..40 {
            for end in start + 1..=40 {
                let cut = Cut::of(&(start..end));
                let mut bytes = [0u8; 5];
                cut.body.clone().for_each(|byte| bytes[byte] = 0xff);
                for (byte, mask) in cut.head.into_iter().chain(cut.tail) {
                    assert!(!cut.body.contains(&byte) && mask != 0xff && mask != 0);
                    bytes[byte] |= mask;
                }
                for bit in 0..40 {
                    let inside = bytes[bit / 8] & (0x80 >> (bit % 8)) != 0;
                    assert_eq!(inside, (start..end).contains(&bit), "{start}..{end} at {bit}: {cut:?}");
                }
            }
        }
    }
}
