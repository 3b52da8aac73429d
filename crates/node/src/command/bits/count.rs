//! `BITCOUNT`.

use super::range::{Cut, Span, Unit};
use crate::command::args;
use crate::command::{Ctx, Failure};

pub(super) fn bitcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    // As in Redis, a key that is absent is answered before the range is read.
    let Some(value) = ctx.keys.string(args[1])? else {
        ctx.out.int(0);
        return Ok(());
    };
    let (span, unit) = match args[2..] {
        [] => (Span { start: 0, end: -1, unit: Unit::Byte }, None),
        [start, end] => (Span { start: args::int(start)?, end: args::int(end)?, unit: Unit::Byte }, None),
        [start, end, unit] => (Span { start: args::int(start)?, end: args::int(end)?, unit: Unit::Byte }, Some(unit)),
        _ => return Err(Failure::SYNTAX),
    };
    // In Redis' order: such a range is empty whatever its unit, even one that is misspelt.
    let bits = if span.is_reversed_from_end() {
        None
    } else {
        let unit = unit.map_or(Ok(Unit::Byte), Unit::parse)?;
        Span { unit, ..span }.bits(value.len())
    };
    let Some(bits) = bits else {
        ctx.out.int(0);
        return Ok(());
    };
    let cut = Cut::of(&bits);
    let edges = cut.head.into_iter().chain(cut.tail).map(|(byte, mask)| (value[byte] & mask).count_ones() as usize);
    let total = ones(&value[cut.body]) + edges.sum::<usize>();
    ctx.out.count(total);
    Ok(())
}

/// Bits set. Four words at a time keep the additions of a step independent of each other.
pub(super) fn ones(bytes: &[u8]) -> usize {
    let (steps, rest) = bytes.as_chunks::<32>();
    let step = |step: &[u8; 32]| {
        let (words, _) = step.as_chunks::<8>();
        words.iter().map(|word| u64::from_le_bytes(*word).count_ones()).sum::<u32>() as usize
    };
    steps.iter().map(step).sum::<usize>() + rest.iter().map(|byte| byte.count_ones() as usize).sum::<usize>()
}
