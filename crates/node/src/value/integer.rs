//! Integers that are written as text.

use std::fmt;
use std::ops::Deref;

/// Longest decimal form of an `i64`: `-9223372036854775808`.
const TEXT_BYTES_MAX: usize = 20;

/// The integer that `text` is the one canonical form of: no plus, no leading zeros, no `-0`.
#[inline]
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() < TEXT_BYTES_MAX => {}
        _ => return None,
    }
    let mut magnitude = 0u64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// A member of a collection: a slice of it, or the text of an integer that it holds in binary.
#[derive(Clone, Copy)]
pub enum Member<'a> {
    /// As stored.
    Bytes(&'a [u8]),
    /// Written out.
    Integer(IntegerText),
}

/// The decimal form of an `i64`, inline.
#[derive(Clone, Copy)]
pub struct IntegerText {
    bytes: [u8; TEXT_BYTES_MAX],
    length: u8,
}

impl From<i64> for IntegerText {
    fn from(value: i64) -> Self {
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(value).as_bytes();
        let mut bytes = [0; TEXT_BYTES_MAX];
        bytes[..text.len()].copy_from_slice(text);
        Self { bytes, length: text.len() as u8 }
    }
}

impl Deref for Member<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Integer(text) => &text.bytes[..usize::from(text.length)],
        }
    }
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_text_is_an_integer() {
        for value in [0, 1, -1, 9, 10, -10, 1_234_567_890, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1] {
            let text = Member::Integer(value.into());
            assert_eq!(&*text, value.to_string().as_bytes());
            assert_eq!(parse(&text), Some(value));
        }
        let others = [
            "",
            "-",
            "+1",
            "01",
            "-0",
            "00",
            " 1",
            "1 ",
            "1a",
            "a",
            "--1",
            "1.0",
            "9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
            "99999999999999999999",
            "-99999999999999999999",
            "123456789012345678901234567890",
        ];
        for text in others {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
