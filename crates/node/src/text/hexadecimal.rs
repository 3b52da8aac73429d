//! Doubles in C's hexadecimal notation: `0x1.8p3` is 12.

/// Reads what follows `0x`: hexadecimal digits with at most one point, then an optional binary exponent `p±n` in decimal.
/// Rounds to nearest, ties to even. `None` for another form, and where the value overflows or vanishes.
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    let at = text.iter().position(|byte| matches!(byte, b'p' | b'P'));
    let (mantissa, exponent) = match at {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let (bits, scale) = parse_mantissa(mantissa)?;
    if bits == 0 { Some(0.0) } else { compose(bits, scale.saturating_add(exponent)) }
}

/// A decimal exponent with an optional sign, saturating far outside the range of doubles.
pub(super) fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0i64, |value, byte| (value * 10 + i64::from(byte - b'0')).min(1 << 40));
    Some(sign * magnitude)
}

/// The leading bits of the digits and the power of two that scales them. Digits that find no place set the lowest bit, which
/// is below any rounding position.
fn parse_mantissa(text: &[u8]) -> Option<(u64, i64)> {
    let (mut bits, mut scale) = (0u64, 0i64);
    let (mut seen_digit, mut seen_point) = (false, false);
    for &byte in text {
        if byte == b'.' && !seen_point {
            seen_point = true;
            continue;
        }
        let digit = u64::from((byte as char).to_digit(16)?);
        seen_digit = true;
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
            scale -= if seen_point { 4 } else { 0 };
        } else {
            bits |= u64::from(digit != 0);
            scale += if seen_point { 0 } else { 4 };
        }
    }
    seen_digit.then_some((bits, scale))
}

/// `bits × 2^scale` as a double, for `bits` > 0.
fn compose(bits: u64, scale: i64) -> Option<f64> {
    let length = i64::from(u64::BITS - bits.leading_zeros());
    let exponent = scale + length - 1;
    if !(-1075..=1023).contains(&exponent) {
        return None;
    }
    // Subnormal numbers have fewer bits.
    let kept = (exponent + 1075).min(53);
    let cut = (length - kept).max(0);
    let rounded = round_half_even(bits, cut as u32);
    let value = rounded as f64 * power_of_two(scale + cut);
    (value != 0.0 && value.is_finite()).then_some(value)
}

/// `bits / 2^cut`, rounded to nearest, ties to even. `cut` ≤ 64.
fn round_half_even(bits: u64, cut: u32) -> u64 {
    if cut == 0 {
        return bits;
    }
    let wide = u128::from(bits);
    let (whole, rest, half) = (wide >> cut, wide & ((1 << cut) - 1), 1u128 << (cut - 1));
    (whole + u128::from(rest > half || (rest == half && whole & 1 == 1))) as u64
}

/// 2^`exponent`, for −1074 ≤ `exponent` ≤ 1023.
fn power_of_two(exponent: i64) -> f64 {
    if exponent >= -1022 {
        f64::from_bits(((exponent + 1023) as u64) << 52)
    } else {
        f64::from_bits(1 << (exponent + 1074))
    }
}
