//! Patterns and numbers as text: the small grammars that commands share.
//!
//! * [`glob`]: the patterns of `KEYS`, `SCAN … MATCH`, `PSUBSCRIBE` and ACL rules.
//! * [`integer`]: the one canonical spelling of a 64-bit integer.
//! * [`float`]: doubles, read as C's `strtod` reads them and written in the two forms that replies and scripts need.
//! * [`decimal`]: exact sums for `INCRBYFLOAT` and `HINCRBYFLOAT`.
//!
//! Every parser takes the whole input or nothing: no spaces, no trailing bytes, no locale.

pub mod decimal;
pub mod float;
pub mod glob;
mod hexadecimal;
pub mod integer;

/// `text` up to its first zero byte: what Redis shows of an argument in an error.
#[must_use]
pub fn up_to_nul(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(0, text).unwrap_or(text.len())]
}
