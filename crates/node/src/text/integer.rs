//! 64-bit integers in their one canonical decimal spelling.
//!
//! The spelling is strict because it decides how values are stored and compared: what parses here prints back to the same
//! bytes. Hence no plus sign, no leading zeros, no `-0`, no spaces.

/// Reads the canonical spelling of an `i64`, from `-9223372036854775808` to `9223372036854775807`.
#[inline]
#[must_use]
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', digits @ ..] => {
            let magnitude = parse_u64(digits)?;
            if magnitude == 0 { None } else { 0i64.checked_sub_unsigned(magnitude) }
        }
        digits => i64::try_from(parse_u64(digits)?).ok(),
    }
}

/// Reads the canonical spelling of a `u64`, up to `18446744073709551615`.
#[inline]
#[must_use]
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    match text {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] if text.len() <= DIGITS_MAX => text.iter().try_fold(0u64, |value, byte| {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value.checked_mul(10)?.checked_add(u64::from(digit))
        }),
        _ => None,
    }
}

/// Digits of `u64::MAX`.
const DIGITS_MAX: usize = 20;

/// Appends `value` in decimal.
#[inline]
pub fn write_i64(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends `value` in decimal.
#[inline]
pub fn write_u64(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_the_ranges_parse_and_one_beyond_does_not() {
        assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_i64(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_i64(b"9223372036854775808"), None);
        assert_eq!(parse_i64(b"-9223372036854775809"), None);
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_u64(b"99999999999999999999"), None);
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1\n", "1.0", "1e3", "0x1", "--1", "1\0", "١"]
        {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text:?}");
            assert_eq!(parse_u64(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_u64(b"-1"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value: i64, unsigned: u64) {
            let mut out = Vec::new();
            write_i64(value, &mut out);
            prop_assert_eq!(parse_i64(&out), Some(value));
            out.clear();
            write_u64(unsigned, &mut out);
            prop_assert_eq!(parse_u64(&out), Some(unsigned));
        }

        #[test]
        fn what_is_read_prints_back_to_the_same_bytes(text in "-?[0-9]{1,20}") {
            if let Some(value) = parse_i64(text.as_bytes()) {
                prop_assert_eq!(value.to_string(), text);
            } else {
                prop_assert_ne!(text.parse::<i64>().map(|value| value.to_string()), Ok(text));
            }
        }
    }
}
