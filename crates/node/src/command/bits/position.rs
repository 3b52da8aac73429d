//! `BITPOS`.

use super::range::{Cut, Span, Unit};
use crate::command::args;
use crate::command::{Ctx, Failure};
use std::ops::Range;

pub(super) fn bitpos(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let wanted = match args::int(args[2])? {
        0 => false,
        1 => true,
        _ => return Err(Failure::Fixed("ERR The bit argument must be 1 or 0.")),
    };
    // As in Redis, a key that is absent is answered before the range is read: it has clear bits without end.
    let Some(value) = ctx.keys.string(args[1])? else {
        ctx.out.int(if wanted { -1 } else { 0 });
        return Ok(());
    };
    let (span, bounded) = match args[3..] {
        [] => (Span { start: 0, end: -1, unit: Unit::Byte }, false),
        [start] => (Span { start: args::int(start)?, end: -1, unit: Unit::Byte }, false),
        [start, end] => (Span { start: args::int(start)?, end: args::int(end)?, unit: Unit::Byte }, true),
        [start, end, unit] => {
            let start = args::int(start)?;
            let unit = Unit::parse(unit)?;
            (Span { start, end: args::int(end)?, unit }, true)
        }
        _ => return Err(Failure::SYNTAX),
    };
    let found = match span.bits(value.len()) {
        None => -1,
        Some(bits) => match first(value, &bits, wanted) {
            Some(at) => at as i64,
            // Without an end, the string goes on with clear bits.
            None if !wanted && !bounded => bits.end as i64,
            None => -1,
        },
    };
    ctx.out.int(found);
    Ok(())
}

/// The first bit of that kind within `bits`.
pub(super) fn first(value: &[u8], bits: &Range<usize>, wanted: bool) -> Option<usize> {
    let cut = Cut::of(bits);
    // Clear bits are sought as set bits of the complement.
    let flip = if wanted { 0 } else { 0xff };
    let in_byte = |(byte, mask): (usize, u8)| {
        let sought = (value[byte] ^ flip) & mask;
        (sought != 0).then(|| byte * 8 + sought.leading_zeros() as usize)
    };
    cut.head.and_then(in_byte).or_else(|| first_in_body(value, &cut.body, flip)).or_else(|| cut.tail.and_then(in_byte))
}

fn first_in_body(value: &[u8], body: &Range<usize>, flip: u8) -> Option<usize> {
    let (words, rest) = value[body.clone()].as_chunks::<8>();
    let flip_word = u64::from_ne_bytes([flip; 8]);
    let found = words.iter().enumerate().find_map(|(at, word)| {
        let sought = u64::from_be_bytes(*word) ^ flip_word;
        (sought != 0).then(|| at * 64 + sought.leading_zeros() as usize)
    });
    let in_rest = || {
        rest.iter().enumerate().find_map(|(at, byte)| {
            let sought = byte ^ flip;
            (sought != 0).then(|| words.len() * 64 + at * 8 + sought.leading_zeros() as usize)
        })
    };
    found.or_else(in_rest).map(|at| body.start * 8 + at)
}
