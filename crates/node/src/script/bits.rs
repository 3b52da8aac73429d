//! The `bit` library: operations on 32-bit words, as LuaJIT's BitOp defines them.
//!
//! Any number is first wrapped to 32 bits (round to the nearest integer, then modulo 2³²); every result is signed.

use super::raw::frame::{Fault, Frame};
use super::raw::sandbox::Library;

pub(super) const LIBRARY: Library = Library { name: c"bit", fill };

fn fill(frame: &mut Frame<'_>) {
    frame.define("tobit", |frame| unary(frame, |x| x));
    frame.define("bnot", |frame| unary(frame, |x| !x));
    frame.define("bswap", |frame| unary(frame, u32::swap_bytes));
    frame.define("band", |frame| fold(frame, |x, y| x & y));
    frame.define("bor", |frame| fold(frame, |x, y| x | y));
    frame.define("bxor", |frame| fold(frame, |x, y| x ^ y));
    frame.define("lshift", |frame| shift(frame, |x, n| x << n));
    frame.define("rshift", |frame| shift(frame, |x, n| x >> n));
    frame.define("arshift", |frame| shift(frame, |x, n| (x as i32 >> n) as u32));
    frame.define("rol", |frame| shift(frame, u32::rotate_left));
    frame.define("ror", |frame| shift(frame, u32::rotate_right));
    frame.define("tohex", tohex);
}

/// The word of an argument: adding 2⁵² + 2⁵¹ leaves the rounded integer in the low bits of the double.
fn word(frame: &Frame<'_>, at: i32) -> Result<u32, Fault> {
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    frame.check_number(at).map(|x| (x + MAGIC).to_bits() as u32)
}

fn answer(frame: &mut Frame<'_>, word: u32) -> i32 {
    frame.push_number(f64::from(word as i32));
    1
}

fn unary(frame: &mut Frame<'_>, operation: fn(u32) -> u32) -> Result<i32, Fault> {
    let result = operation(word(frame, 1)?);
    Ok(answer(frame, result))
}

fn fold(frame: &mut Frame<'_>, operation: fn(u32, u32) -> u32) -> Result<i32, Fault> {
    let mut result = word(frame, 1)?;
    for at in 2..=frame.top() {
        result = operation(result, word(frame, at)?);
    }
    Ok(answer(frame, result))
}

/// Only the low five bits of the distance count.
fn shift(frame: &mut Frame<'_>, operation: fn(u32, u32) -> u32) -> Result<i32, Fault> {
    let result = operation(word(frame, 1)?, word(frame, 2)? & 31);
    Ok(answer(frame, result))
}

/// The last digits of a word; a negative count gives capitals.
fn tohex(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let word = word(frame, 1)?;
    let count = if frame.top() < 2 { 8 } else { self::word(frame, 2)? as i32 };
    let text = if count < 0 { format!("{word:08X}") } else { format!("{word:08x}") };
    let kept = count.unsigned_abs().min(8) as usize;
    frame.push_bytes(&text.as_bytes()[8 - kept..]);
    Ok(1)
}
