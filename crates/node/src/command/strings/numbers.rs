//! Strings as numbers: `INCR` and its kin.

use super::text_of;
use crate::command::args;
use crate::command::{Ctx, Failure};
use crate::shard::{EventClass, Expiry};
use crate::text::decimal::Decimal;

pub(super) fn incr(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    increment(ctx, args[1], 1)
}

pub(super) fn decr(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    increment(ctx, args[1], -1)
}

pub(super) fn incrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    increment(ctx, args[1], args::int(args[2])?)
}

pub(super) fn decrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let by = args::int(args[2])?.checked_neg().ok_or(Failure::Fixed("ERR decrement would overflow"))?;
    increment(ctx, args[1], by)
}

fn increment(ctx: &mut Ctx<'_>, key: &[u8], by: i64) -> Result<(), Failure> {
    const OVERFLOW: Failure = Failure::Fixed("ERR increment or decrement would overflow");
    let mut digits = itoa::Buffer::new();
    let sum = ctx.keys.edit_string(key, |item| {
        let sum = args::int(text_of(item))?.checked_add(by).ok_or(OVERFLOW)?;
        item.set_string(digits.format(sum).as_bytes());
        Ok(sum)
    })?;
    if sum.is_none() {
        ctx.keys.set_string(key, digits.format(by).as_bytes(), Expiry::Default);
    }
    ctx.keys.changed(EventClass::STRING, "incrby", key);
    ctx.out.int(sum.unwrap_or(by));
    Ok(())
}

pub(super) fn incrbyfloat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let key = args[1];
    let old = match ctx.keys.string(key)? {
        Some(text) => Decimal::parse(text).ok_or(Failure::NOT_A_FLOAT)?,
        None => Decimal::zero(),
    };
    let by = Decimal::parse(args[2]).ok_or(Failure::NOT_A_FLOAT)?;
    let new = old.add(&by).ok_or(Failure::Fixed("ERR increment would produce NaN or Infinity"))?;
    let mut text = Vec::new();
    new.write(&mut text);
    ctx.keys.set_string(key, &text, Expiry::Keep);
    ctx.keys.changed(EventClass::STRING, "incrbyfloat", key);
    // Replay shall not depend on this arithmetic.
    ctx.keys.effects.replace(ctx.keys.db, &[b"SET", key, &text, b"KEEPTTL"]);
    ctx.out.bulk(&text);
    Ok(())
}
