//! Bits: strings seen as rows of bits, the highest bit of the first byte being bit 0.

mod count;
mod operation;
mod position;
mod range;
#[cfg(test)]
mod tests;

use super::args;
use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::{EventClass, Expiry};
use crate::table::VALUE_LEN_MAX;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const UPDATE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];
const INTO_FROM: &[KeySpec] = &[
    KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Write },
    KeySpec::Range { first: 3, last: -1, step: 1, access: Access::Read },
];

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Bitmap, Run::Data(run))
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("setbit", 4, setbit).flags(Flags::WRITE.union(Flags::DENYOOM)).keys(UPDATE).doc(
        "2.2.0",
        "O(1), or O(n) where the string grows",
        "Sets or clears a bit of a string and returns what it was.",
    ),
    row("getbit", 3, getbit).flags(Flags::READONLY.union(Flags::FAST)).keys(READ).doc(
        "2.2.0",
        "O(1)",
        "Returns a bit of a string.",
    ),
    row("bitcount", -2, count::bitcount).flags(Flags::READONLY).keys(READ).doc(
        "2.6.0",
        "O(n) of the range",
        "Counts the bits of a string that are set.",
    ),
    row("bitpos", -3, position::bitpos).flags(Flags::READONLY).keys(READ).doc(
        "2.8.7",
        "O(n) of the range",
        "Finds the first bit of a string that is set, or that is clear.",
    ),
    row("bitop", -4, operation::bitop).flags(Flags::WRITE.union(Flags::DENYOOM)).keys(INTO_FROM).doc(
        "2.6.0",
        "O(n) of the strings",
        "Combines strings bit by bit and stores the result.",
    ),
];

/// The place of a bit.
struct Place {
    byte: usize,
    mask: u8,
}

/// Reads the number of a bit, of which a string has up to 2^32.
fn place(arg: &[u8]) -> Result<Place, Failure> {
    const INVALID: Failure = Failure::Fixed("ERR bit offset is not an integer or out of range");
    let bit = crate::text::integer::parse_u64(arg).ok_or(INVALID)?;
    let byte = usize::try_from(bit >> 3).map_err(|_| INVALID)?;
    if byte >= VALUE_LEN_MAX {
        return Err(INVALID);
    }
    Ok(Place { byte, mask: 0x80 >> (bit & 7) })
}

fn setbit(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    const INVALID: Failure = Failure::Fixed("ERR bit is not an integer or out of range");
    let (key, place) = (args[1], place(args[2])?);
    let on = match args::int(args[3]) {
        Ok(bit @ 0..=1) => bit == 1,
        _ => return Err(INVALID),
    };
    let (len, old) = match ctx.keys.string(key)? {
        Some(value) => (value.len(), value.get(place.byte).is_some_and(|byte| byte & place.mask != 0)),
        None => (0, false),
    };
    if old != on || place.byte >= len {
        let byte = &mut ctx.keys.string_resized(key, len.max(place.byte + 1))?[place.byte];
        *byte = if on { *byte | place.mask } else { *byte & !place.mask };
        ctx.keys.changed(EventClass::STRING, "setbit", key);
    }
    ctx.out.flag(old);
    Ok(())
}

fn getbit(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let place = place(args[2])?;
    let value = ctx.keys.string(args[1])?.unwrap_or_default();
    let on = value.get(place.byte).is_some_and(|byte| byte & place.mask != 0);
    ctx.out.flag(on);
    Ok(())
}

/// Stores a row of bits that was computed, as a string edited in place.
fn store(ctx: &mut Ctx<'_>, key: &[u8], bits: &[u8]) -> Result<(), Failure> {
    ctx.keys.set_string(key, bits, Expiry::Default);
    ctx.keys.string_resized(key, bits.len())?;
    ctx.keys.changed(EventClass::STRING, "set", key);
    Ok(())
}
