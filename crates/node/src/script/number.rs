//! Doubles as text: C's `%.Ng`, which scripts depend on, and the shortest form that replies use.

use std::io::Write;

/// Appends `x` as `printf("%.*g", precision, x)` does. `precision` is in 1..=17.
pub(super) fn write_general(out: &mut Vec<u8>, x: f64, precision: usize) {
    if write_special(out, x) || (precision == 17 && write_integral(out, x)) {
        return;
    }
    let mut text = Text::default();
    let _ = write!(text, "{:.*e}", precision - 1, x);
    let Some((digits, exponent)) = text.split() else { return };
    if x.is_sign_negative() {
        out.push(b'-');
    }
    let kept = digits.iter().rposition(|&d| d != b'0').map_or(1, |last| last + 1);
    let digits = &digits[..kept];
    if exponent < -4 || exponent >= precision as i32 {
        write_scientific(out, digits, exponent, 2);
    } else {
        write_positional(out, digits, exponent);
    }
}

/// Appends the shortest text that reads back as `x`: positional near one, scientific (`1e+20`) far from it.
pub(super) fn write_shortest(out: &mut Vec<u8>, x: f64) {
    if x.is_nan() {
        return out.extend_from_slice(b"nan");
    }
    if write_special(out, x) || write_integral(out, x) {
        return;
    }
    let mut text = Text::default();
    let _ = write!(text, "{x:e}");
    let Some((digits, exponent)) = text.split() else { return };
    if x.is_sign_negative() {
        out.push(b'-');
    }
    let trailing = exponent - (digits.len() as i32 - 1);
    let magnitude = exponent.unsigned_abs() as usize;
    if (trailing >= 0 && magnitude < digits.len() + 7) || (trailing < 0 && (trailing > -7 || magnitude < 4)) {
        write_positional(out, digits, exponent);
    } else {
        write_scientific(out, digits, exponent, 1);
    }
}

/// Digits and exponent of Rust's scientific notation, on the stack.
#[derive(Default)]
struct Text {
    bytes: [u8; 32],
    len: usize,
}

impl Text {
    /// The digits without sign and point, and the decimal exponent of the first one.
    fn split(&mut self) -> Option<(&[u8], i32)> {
        let text = &mut self.bytes[..self.len];
        let e = text.iter().position(|&b| b == b'e')?;
        let exponent = std::str::from_utf8(&text[e + 1..]).ok()?.parse().ok()?;
        let start = usize::from(text[0] == b'-');
        if text.get(start + 1) == Some(&b'.') {
            text[start + 1] = text[start];
            return Some((&self.bytes[start + 1..e], exponent));
        }
        Some((&self.bytes[start..e], exponent))
    }
}

impl Write for Text {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        let room = &mut self.bytes[self.len..];
        let n = part.len().min(room.len());
        room[..n].copy_from_slice(&part[..n]);
        self.len += n;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Infinities, and NaN in the sign that the C library prints.
fn write_special(out: &mut Vec<u8>, x: f64) -> bool {
    if x.is_finite() {
        return false;
    }
    if x.is_sign_negative() {
        out.push(b'-');
    }
    out.extend_from_slice(if x.is_nan() { b"nan" } else { b"inf" });
    true
}

/// Integers below 10^17 in magnitude, but not the negative zero.
fn write_integral(out: &mut Vec<u8>, x: f64) -> bool {
    let integral = x.abs() < 1e17 && x.trunc() == x && !(x == 0.0 && x.is_sign_negative());
    if integral {
        out.extend_from_slice(itoa::Buffer::new().format(x as i64).as_bytes());
    }
    integral
}

fn write_positional(out: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
        return out.extend_from_slice(digits);
    }
    let whole = exponent as usize + 1;
    let split = whole.min(digits.len());
    out.extend_from_slice(&digits[..split]);
    out.extend(std::iter::repeat_n(b'0', whole - split));
    if split < digits.len() {
        out.push(b'.');
        out.extend_from_slice(&digits[split..]);
    }
}

fn write_scientific(out: &mut Vec<u8>, digits: &[u8], exponent: i32, exponent_digits: usize) {
    out.push(digits[0]);
    if digits.len() > 1 {
        out.push(b'.');
        out.extend_from_slice(&digits[1..]);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "e{sign}{:0exponent_digits$}", exponent.unsigned_abs());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_is_printf() {
        for (x, precision, text) in [
            (3.3, 17, "3.2999999999999998"),
            (1e17, 17, "1e+17"),
            (1e300, 17, "1.0000000000000001e+300"),
            (-0.0, 17, "-0"),
            (1.0 / 0.0, 17, "inf"),
            (-1.0 / 0.0, 17, "-inf"),
            (123_456_789.0, 17, "123456789"),
            (0.1, 14, "0.1"),
            (1e-5, 14, "1e-05"),
            (0.0001, 14, "0.0001"),
            (1e15, 14, "1e+15"),
            (123_456_789_012_345.0, 14, "1.2345678901234e+14"),
            (100.0, 2, "1e+02"),
            (99.5, 2, "1e+02"),
            (0.5, 1, "0.5"),
            (0.0, 14, "0"),
        ] {
            let mut out = Vec::new();
            write_general(&mut out, x, precision);
            assert_eq!(String::from_utf8_lossy(&out), text, "%.{precision}g of {x:?}");
        }
    }

    #[test]
    fn shortest_reads_back() {
        for (x, text) in [
            (1.1, "1.1"),
            (-0.25, "-0.25"),
            (3.0, "3"),
            (1e20, "1e+20"),
            (1e-7, "1e-7"),
            (1.5e-9, "1.5e-9"),
            (0.1, "0.1"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-0.0, "-0"),
        ] {
            let mut out = Vec::new();
            write_shortest(&mut out, x);
            assert_eq!(String::from_utf8_lossy(&out), text, "{x:?}");
        }
    }
}
