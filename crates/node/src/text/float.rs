//! Doubles as text: one way in, two ways out.
//!
//! The way in takes what C's `strtod` takes, for clients send all of it: decimal and hexadecimal notation, `inf` and `infinity`
//! in any case. Refused are NaN, spaces, trailing bytes, and what a double cannot hold: numbers that overflow, or that vanish
//! although they are not zero.
//!
//! The ways out differ because their readers do. Replies carry the shortest text that reads back to the same double, as Redis
//! prints since 7.2; scripts see C's `%.17g`, as in every Redis.

use super::hexadecimal;

/// Reads a double. Infinities are values here; a caller that wants none refuses them itself.
#[must_use]
pub fn parse(text: &[u8]) -> Option<f64> {
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if let [b'0', b'x' | b'X', digits @ ..] = unsigned {
        let magnitude = hexadecimal::parse(digits)?;
        return Some(if text[0] == b'-' { -magnitude } else { magnitude });
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    if value.is_nan() {
        return None;
    }
    let overflowed = value.is_infinite() && !unsigned[0].is_ascii_alphabetic();
    let vanished = value == 0.0 && !is_zero(unsigned);
    (!overflowed && !vanished).then_some(value)
}

/// Whether the digits before the exponent are all zero.
fn is_zero(unsigned: &[u8]) -> bool {
    unsigned.iter().take_while(|byte| !matches!(byte, b'e' | b'E')).all(|byte| matches!(byte, b'0' | b'.'))
}

/// Appends the shortest text that reads back as `value`: `3`, `0.1`, `1e+20`, `-0`, `inf`, `nan`.
///
/// Whole numbers up to 2^62 are plain digits. Other numbers are plain as long as that costs few zeros, else they have an
/// exponent with its sign; the rule is that of Redis 7.2, so that replies compare equal as text.
pub fn write_shortest(value: f64, out: &mut Vec<u8>) {
    if let Some(name) = name_of_special(value) {
        out.extend_from_slice(name);
        return;
    }
    if value.abs() <= WHOLE_MAX && value.trunc() == value {
        super::integer::write_i64(value as i64, out);
        return;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    let (digits, count, exponent) = shortest_digits(value.abs());
    write_digits(&digits[..count], exponent, out);
}

/// 2^62: whole doubles up to here print as integers.
const WHOLE_MAX: f64 = 4_611_686_018_427_387_904.0;

fn name_of_special(value: f64) -> Option<&'static [u8]> {
    if value.is_nan() {
        Some(b"nan")
    } else if value.is_infinite() {
        Some(if value < 0.0 { b"-inf" } else { b"inf" })
    } else if value == 0.0 {
        Some(if value.is_sign_negative() { b"-0" } else { b"0" })
    } else {
        None
    }
}

/// The shortest digits of a positive finite number, how many they are, and the power of ten of the last one.
fn shortest_digits(value: f64) -> ([u8; 17], usize, i32) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    let (mantissa, mut exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().expect("the formatter writes a decimal exponent")),
        None => (text, 0i32),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent -= fraction.len() as i32;
    let (mut digits, mut count) = ([0; 17], 0);
    let mut zeros = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        // Leading zeros carry nothing; those at the end move into the exponent.
        if byte == b'0' {
            zeros += i32::from(count > 0);
            continue;
        }
        for _ in 0..zeros {
            digits[count] = b'0';
            count += 1;
        }
        zeros = 0;
        digits[count] = byte;
        count += 1;
    }
    (digits, count, exponent + zeros)
}

/// Lays out `digits × 10^exponent`: plain if that is short, else scientific.
fn write_digits(digits: &[u8], exponent: i32, out: &mut Vec<u8>) {
    let count = digits.len() as i32;
    let leading = exponent + count - 1;
    if exponent >= 0 && leading.abs() < count + 7 {
        out.extend_from_slice(digits);
        out.resize(out.len() + exponent as usize, b'0');
    } else if exponent < 0 && (exponent > -7 || leading.abs() < 4) {
        write_fixed(digits, leading, out);
    } else {
        write_scientific(digits, leading, 1, out);
    }
}

/// `digits` with the point where the power of ten of the first digit, `leading`, puts it. Some digits stand behind the point.
fn write_fixed(digits: &[u8], leading: i32, out: &mut Vec<u8>) {
    if leading < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-leading - 1) as usize, b'0');
        out.extend_from_slice(digits);
    } else {
        let (whole, fraction) = digits.split_at(leading as usize + 1);
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
}

fn write_scientific(digits: &[u8], leading: i32, exponent_digits_min: usize, out: &mut Vec<u8>) {
    out.push(digits[0]);
    if digits.len() > 1 {
        out.push(b'.');
        out.extend_from_slice(&digits[1..]);
    }
    out.extend_from_slice(if leading < 0 { b"e-" } else { b"e+" });
    let mut buffer = itoa::Buffer::new();
    let exponent = buffer.format(leading.unsigned_abs());
    out.resize(out.len() + exponent_digits_min.saturating_sub(exponent.len()), b'0');
    out.extend_from_slice(exponent.as_bytes());
}

/// Appends `value` as C's `%.17g` does: 17 significant digits, trailing zeros cut, an exponent of at least two digits for
/// numbers below 10^-4 and from 10^17 on.
pub fn write_17g(value: f64, out: &mut Vec<u8>) {
    if let Some(name) = name_of_special(value) {
        out.extend_from_slice(name);
        return;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    let text = format!("{:.16e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').expect("the formatter was asked for an exponent");
    let leading: i32 = exponent.parse().expect("the formatter writes a decimal exponent");
    let digits: Vec<u8> = mantissa.bytes().filter(|&byte| byte != b'.').collect();
    let count = digits.iter().rposition(|&byte| byte != b'0').map_or(1, |last| last + 1);
    if !(-4..17).contains(&leading) {
        write_scientific(&digits[..count], leading, 2, out);
    } else if count as i32 <= leading + 1 {
        out.extend_from_slice(&digits[..leading as usize + 1]);
    } else {
        write_fixed(&digits[..count], leading, out);
    }
}

#[cfg(test)]
mod tests;
