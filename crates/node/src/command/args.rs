//! Reading arguments: numbers, times, options.

use super::spec::Failure;
use crate::text::{float, integer};

/// A 64-bit integer.
///
/// # Errors
/// `ERR value is not an integer or out of range`.
pub fn int(arg: &[u8]) -> Result<i64, Failure> {
    integer::parse_i64(arg).ok_or(Failure::NOT_AN_INTEGER)
}

/// A double that is a number.
///
/// # Errors
/// `ERR value is not a valid float`.
pub fn double(arg: &[u8]) -> Result<f64, Failure> {
    float::parse(arg).ok_or(Failure::NOT_A_FLOAT)
}

/// Whether `arg` is the option `word`, whatever its case.
#[inline]
#[must_use]
pub fn is(arg: &[u8], word: &str) -> bool {
    arg.eq_ignore_ascii_case(word.as_bytes())
}

/// The timeout of a blocking command, in seconds with a fraction; 0 is for ever.
///
/// # Errors
/// The texts of Redis for no number, a negative and a too large one.
pub fn timeout(arg: &[u8]) -> Result<Option<u64>, Failure> {
    let seconds = float::parse(arg).ok_or(Failure::Fixed("ERR timeout is not a float or out of range"))?;
    if seconds < 0.0 {
        return Err(Failure::Fixed("ERR timeout is negative"));
    }
    let millis = (seconds * 1000.0).ceil();
    // Redis' conversion overflows to a negative number from here on.
    if millis >= 2f64.powi(63) {
        return Err(Failure::Fixed("ERR timeout is negative"));
    }
    // The sum with the date has to fit, too.
    if millis > (i64::MAX - (1 << 41)) as f64 {
        return Err(Failure::Fixed("ERR timeout is out of range"));
    }
    Ok((millis > 0.0).then_some(millis as u64))
}

/// How an expiry is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// Seconds from now.
    Seconds,
    /// Milliseconds from now.
    Millis,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

impl TimeForm {
    /// The form that a `SET` or `GETEX` option names.
    #[must_use]
    pub fn of_option(word: &[u8]) -> Option<Self> {
        [("ex", Self::Seconds), ("px", Self::Millis), ("exat", Self::UnixSeconds), ("pxat", Self::UnixMillis)]
            .into_iter()
            .find_map(|(name, form)| is(word, name).then_some(form))
    }

    /// The time in milliseconds since 1970; may be in the past or negative, and is at most the latest that the table can hold.
    ///
    /// # Errors
    /// `ERR invalid expire time in '…' command` if it does not fit.
    pub fn resolve(self, value: i64, now_ms: u64, command: &str) -> Result<i64, Failure> {
        let invalid = || Failure::made(format!("ERR invalid expire time in '{command}' command"));
        let millis = match self {
            Self::Seconds | Self::UnixSeconds => value.checked_mul(1000).ok_or_else(invalid)?,
            Self::Millis | Self::UnixMillis => value,
        };
        let due = match self {
            Self::Seconds | Self::Millis => millis.checked_add(now_ms as i64).ok_or_else(invalid)?,
            Self::UnixSeconds | Self::UnixMillis => millis,
        };
        // What the table can hold ends in the year 10889; a later time means as good as never.
        Ok(due.min(crate::table::EXPIRE_AT_MS_MAX as i64))
    }
}
