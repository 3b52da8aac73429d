//! Setting, getting and removing fields.

use super::{Ctx, Failure, HASH};
use crate::value::Hash;

pub(super) fn hset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let added = set_fields(ctx, args, "hset")?;
    ctx.out.count(added);
    Ok(())
}

pub(super) fn hmset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    set_fields(ctx, args, "hmset")?;
    ctx.out.ok();
    Ok(())
}

/// Sets fields to values and returns how many fields are new.
fn set_fields(ctx: &mut Ctx<'_>, args: &[&[u8]], command: &str) -> Result<usize, Failure> {
    if args.len() % 2 == 1 {
        return Err(Failure::made(format!("ERR wrong number of arguments for '{command}' command")));
    }
    let settings = ctx.keys.settings;
    let hash = ctx.keys.hash_or_new(args[1])?;
    let pairs = args[2..].chunks_exact(2);
    let added = pairs.filter(|pair| hash.insert(pair[0], pair[1], &settings.hash)).count();
    ctx.keys.changed(HASH, "hset", args[1]);
    Ok(added)
}

pub(super) fn hsetnx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, field, value) = (args[1], args[2], args[3]);
    let absent = !ctx.keys.hash(key)?.is_some_and(|hash| hash.contains(field));
    if absent {
        let settings = ctx.keys.settings;
        ctx.keys.hash_or_new(key)?.insert(field, value, &settings.hash);
        ctx.keys.changed(HASH, "hset", key);
    }
    ctx.out.flag(absent);
    Ok(())
}

pub(super) fn hget(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let value = ctx.keys.hash(args[1])?.and_then(|hash| hash.get(args[2]));
    ctx.out.bulk_or_null(value);
    Ok(())
}

pub(super) fn hmget(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let hash = ctx.keys.hash(args[1])?;
    ctx.out.array(args.len() - 2);
    for field in &args[2..] {
        ctx.out.bulk_or_null(hash.and_then(|hash| hash.get(field)));
    }
    Ok(())
}

pub(super) fn hdel(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let removed = match ctx.keys.hash_mut(args[1])? {
        None => 0,
        Some(hash) => args[2..].iter().filter(|field| hash.remove(field)).count(),
    };
    if removed > 0 {
        ctx.keys.changed(HASH, "hdel", args[1]);
    }
    ctx.out.count(removed);
    Ok(())
}

pub(super) fn hexists(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let exists = ctx.keys.hash(args[1])?.is_some_and(|hash| hash.contains(args[2]));
    ctx.out.flag(exists);
    Ok(())
}

pub(super) fn hlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let len = ctx.keys.hash(args[1])?.map_or(0, Hash::len);
    ctx.out.count(len);
    Ok(())
}

pub(super) fn hstrlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let value = ctx.keys.hash(args[1])?.and_then(|hash| hash.get(args[2]));
    ctx.out.count(value.map_or(0, <[u8]>::len));
    Ok(())
}
