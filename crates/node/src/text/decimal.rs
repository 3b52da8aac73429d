//! Exact decimal sums, for `INCRBYFLOAT` and `HINCRBYFLOAT`.
//!
//! Redis computes these sums in an 80-bit `long double` and prints `%.17Lf` without trailing zeros; the result then depends on
//! the processor and drifts (`5.1` plus `200` is `205.10000000000000001` there). Here operands are decimals as the client wrote
//! them, sums are exact, and the sum is rounded once, half to even, to [`FRACTION_DIGITS_MAX`] digits behind the point.
//!
//! Against Redis on x86-64, which rounds both operands and the sum to 64 bits:
//! * Its result differs from the exact sum by less than 3 × 2^-64 of the largest of the three numbers, plus what rounding to
//!   17 digits adds. Whole numbers up to 2^64 come out alike, and so do numbers below 30 with up to 17 digits behind the
//!   point; for larger ones with a fraction, Redis often shows its error in the last digits.
//! * Whole numbers beyond 2^64 stay what they are; Redis changes digits past the 19th.
//! * The range is that of `long double`: what overflows or vanishes there is refused here too. Hexadecimal operands are read as
//!   doubles, with 53 bits where Redis has 64.
//!
//! Sums cost time and memory linear in the digits that lie between the highest and the lowest power of ten, under 15,000.

use super::hexadecimal;
use std::cmp::Ordering;

/// Digits that a sum keeps behind the point.
pub const FRACTION_DIGITS_MAX: usize = 17;
/// Bytes that the text of an operand may have.
pub const TEXT_BYTES_MAX: usize = 5 * 1024 - 1;

/// The first digits of the largest finite `long double` and half a unit more, and the power of ten of the first.
const LARGEST: (&[u8], i64) = (b"1189731495357231765053", 4932);
/// The same for half of the smallest positive one: only what is above does not vanish.
const SMALLEST: (&[u8], i64) = (b"182259976594123730126", -4951);

/// A decimal number of any magnitude that a `long double` can hold, or an infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Finite(Finite),
    Infinite,
}

/// `±digits × 10^exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finite {
    negative: bool,
    /// Values 0–9, the highest first, without zeros at either end; none for zero.
    digits: Vec<u8>,
    /// The power of ten of the last digit; 0 for zero.
    exponent: i64,
}

impl Decimal {
    /// Reads what Redis takes for a float: decimal notation with an optional exponent, hexadecimal notation, infinities.
    /// `None` for anything else: NaN, spaces, trailing bytes, more than [`TEXT_BYTES_MAX`] bytes, and numbers outside the range.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
        match unsigned {
            [b'0', b'x' | b'X', ..] => Self::from_double(super::float::parse(text)?),
            [b'0'..=b'9' | b'.', ..] => {
                let finite = Finite::parse(text[0] == b'-', unsigned)?;
                finite.is_in_range().then_some(Self(Form::Finite(finite)))
            }
            _ => super::float::parse(text).map(|_| Self(Form::Infinite)),
        }
    }

    /// The number 0.
    #[must_use]
    pub const fn zero() -> Self {
        Self(Form::Finite(Finite { negative: false, digits: Vec::new(), exponent: 0 }))
    }

    /// Whether it is one of the infinities, with which no sum can be made.
    #[must_use]
    pub const fn is_infinite(&self) -> bool {
        matches!(self.0, Form::Infinite)
    }

    /// The exact value of a finite double.
    fn from_double(value: f64) -> Option<Self> {
        // Doubles have at most 1074 digits behind the point, and the formatter prints them all.
        let text = format!("{:.1074}", value.abs());
        Finite::parse(value < 0.0, text.as_bytes()).map(|finite| Self(Form::Finite(finite)))
    }

    /// The sum, rounded to [`FRACTION_DIGITS_MAX`] digits behind the point. `None` if an operand is infinite or the sum is
    /// out of range: Redis' `increment would produce NaN or Infinity`.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        let (Form::Finite(one), Form::Finite(two)) = (&self.0, &other.0) else { return None };
        let mut sum = one.add(two);
        sum.round();
        (sum.order_of_magnitude(LARGEST) != Ordering::Greater).then_some(Self(Form::Finite(sum)))
    }

    /// Appends the number without exponent and without needless zeros: `205.1`, `-0.00000000000000002`, `0`; `inf` for either
    /// infinity, which no sum is.
    pub fn write(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Form::Finite(finite) => finite.write(out),
            Form::Infinite => out.extend_from_slice(b"inf"),
        }
    }
}

impl Finite {
    /// Reads digits with at most one point and an optional exponent.
    fn parse(negative: bool, unsigned: &[u8]) -> Option<Self> {
        let at = unsigned.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (mantissa, mut exponent) = match at {
            Some(at) => (&unsigned[..at], hexadecimal::parse_exponent(&unsigned[at + 1..])?),
            None => (unsigned, 0),
        };
        let mut digits = Vec::with_capacity(mantissa.len());
        let mut point = None;
        for &byte in mantissa {
            match byte {
                b'0'..=b'9' => digits.push(byte - b'0'),
                b'.' if point.is_none() => point = Some(digits.len()),
                _ => return None,
            }
        }
        if digits.is_empty() {
            return None;
        }
        exponent -= point.map_or(0, |point| digits.len() - point) as i64;
        Some(Self::normal(negative, digits, exponent))
    }

    /// Cuts zeros at both ends.
    fn normal(negative: bool, mut digits: Vec<u8>, exponent: i64) -> Self {
        let Some(last) = digits.iter().rposition(|&digit| digit != 0) else {
            return Self { negative: false, digits: Vec::new(), exponent: 0 };
        };
        let cut = digits.len() - 1 - last;
        digits.truncate(last + 1);
        let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..zeros);
        Self { negative, digits, exponent: exponent + cut as i64 }
    }

    /// The power of ten above the first digit.
    fn top(&self) -> i64 {
        self.exponent + self.digits.len() as i64
    }

    fn is_in_range(&self) -> bool {
        self.digits.is_empty()
            || self.order_of_magnitude(LARGEST) != Ordering::Greater
                && self.order_of_magnitude(SMALLEST) == Ordering::Greater
    }

    /// Compares the magnitude with that of `bound`: digits and the power of ten of the first.
    fn order_of_magnitude(&self, (digits, leading): (&[u8], i64)) -> Ordering {
        if self.digits.is_empty() {
            return Ordering::Less;
        }
        let bound = digits.iter().map(|byte| byte - b'0');
        (self.top() - 1).cmp(&leading).then_with(|| self.digits.iter().copied().cmp(bound))
    }

    fn add(&self, other: &Self) -> Self {
        if self.digits.is_empty() {
            return other.clone();
        }
        if other.digits.is_empty() {
            return self.clone();
        }
        let low = self.exponent.min(other.exponent);
        let high = self.top().max(other.top()) + 1;
        let (one, two) = (self.columns(low, high), other.columns(low, high));
        if self.negative == other.negative {
            Self::normal(self.negative, add_columns(one, &two), low)
        } else if one >= two {
            Self::normal(self.negative, subtract_columns(one, &two), low)
        } else {
            Self::normal(other.negative, subtract_columns(two, &one), low)
        }
    }

    /// All digits from the power `high - 1` down to `low`.
    fn columns(&self, low: i64, high: i64) -> Vec<u8> {
        let mut columns = vec![0; (high - low) as usize];
        let start = (high - self.top()) as usize;
        columns[start..start + self.digits.len()].copy_from_slice(&self.digits);
        columns
    }

    /// Rounds half to even at the last digit that a sum keeps.
    fn round(&mut self) {
        let excess = -(self.exponent + FRACTION_DIGITS_MAX as i64);
        if excess <= 0 || self.digits.is_empty() {
            return;
        }
        let kept = (self.digits.len() as i64 - excess).max(-1);
        let up = match kept {
            -1 => false,
            _ => {
                let (kept, rest) = self.digits.split_at(kept as usize);
                let odd = kept.last().is_some_and(|digit| digit % 2 == 1);
                rest[0] > 5 || rest[0] == 5 && (rest.len() > 1 || odd)
            }
        };
        let mut columns = vec![0];
        columns.extend_from_slice(&self.digits[..kept.max(0) as usize]);
        if up {
            increment(&mut columns);
        }
        *self = Self::normal(self.negative, columns, -(FRACTION_DIGITS_MAX as i64));
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        let top = self.top();
        if top <= 0 {
            out.push(b'0');
        }
        if top <= 0 && !self.digits.is_empty() {
            out.push(b'.');
            out.resize(out.len() + -top as usize, b'0');
        }
        for (index, digit) in self.digits.iter().enumerate() {
            if top > 0 && index as i64 == top {
                out.push(b'.');
            }
            out.push(b'0' + digit);
        }
        out.resize(out.len() + self.exponent.max(0) as usize, b'0');
    }
}

/// Columns are of one length and the first of the sum is wide enough for the carry.
fn add_columns(mut sum: Vec<u8>, other: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    for (digit, addend) in sum.iter_mut().zip(other).rev() {
        let total = *digit + addend + carry;
        carry = total / 10;
        *digit = total % 10;
    }
    sum
}

/// `larger - smaller`, columns of one length.
fn subtract_columns(mut larger: Vec<u8>, smaller: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    for (digit, subtrahend) in larger.iter_mut().zip(smaller).rev() {
        let total = *digit + 10 - subtrahend - borrow;
        borrow = 1 - total / 10;
        *digit = total % 10;
    }
    larger
}

/// Adds one to the last column; the first column has room for the carry.
fn increment(columns: &mut [u8]) {
    for digit in columns.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
}

#[cfg(test)]
mod tests;
