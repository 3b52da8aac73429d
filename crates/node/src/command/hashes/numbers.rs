//! Adding to numeric values of fields.

use super::super::args;
use super::{Ctx, Failure, HASH};
use crate::text::decimal::Decimal;
use crate::text::integer;

pub(super) fn hincrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, field, by) = (args[1], args[2], args::int(args[3])?);
    let old = match ctx.keys.hash(key)?.and_then(|hash| hash.get(field)) {
        Some(text) => integer::parse_i64(text).ok_or(Failure::Fixed("ERR hash value is not an integer"))?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Failure::Fixed("ERR increment or decrement would overflow"))?;
    store(ctx, key, field, itoa::Buffer::new().format(new).as_bytes(), "hincrby")?;
    ctx.out.int(new);
    Ok(())
}

pub(super) fn hincrbyfloat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, field) = (args[1], args[2]);
    let by = Decimal::parse(args[3]).ok_or(Failure::NOT_A_FLOAT)?;
    if by.is_infinite() {
        return Err(Failure::Fixed("ERR value is NaN or Infinity"));
    }
    let old = match ctx.keys.hash(key)?.and_then(|hash| hash.get(field)) {
        Some(text) => Decimal::parse(text).ok_or(Failure::Fixed("ERR hash value is not a float"))?,
        None => Decimal::zero(),
    };
    let new = old.add(&by).ok_or(Failure::Fixed("ERR increment would produce NaN or Infinity"))?;
    let mut text = Vec::new();
    new.write(&mut text);
    store(ctx, key, field, &text, "hincrbyfloat")?;
    // The sum is logged as it is, so that a replay cannot round it otherwise.
    ctx.keys.effects.replace(ctx.keys.db, &[b"HSET", key, field, &text]);
    ctx.out.bulk(&text);
    Ok(())
}

fn store(ctx: &mut Ctx<'_>, key: &[u8], field: &[u8], value: &[u8], event: &'static str) -> Result<(), Failure> {
    let settings = ctx.keys.settings;
    ctx.keys.hash_or_new(key)?.insert(field, value, &settings.hash);
    ctx.keys.changed(HASH, event, key);
    Ok(())
}
