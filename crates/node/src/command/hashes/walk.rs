//! Returning many fields: all of them, random ones, or some at a time.

use super::super::args;
use super::super::cursor;
use super::super::draw::{self, Draw};
use super::super::walk::{self, ScanOptions, Visit};
use super::{Ctx, Failure};
use crate::resp::{Encoder, Protocol};
use crate::value::Hash;

pub(super) fn hgetall(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let Some(hash) = ctx.keys.hash(args[1])? else {
        ctx.out.map(0);
        return Ok(());
    };
    ctx.out.map(hash.len());
    for (field, value) in hash.iter() {
        ctx.out.bulk(field);
        ctx.out.bulk(value);
    }
    Ok(())
}

pub(super) fn hkeys(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match ctx.keys.hash(args[1])? {
        None => ctx.out.array(0),
        Some(hash) => {
            ctx.out.array(hash.len());
            hash.iter().for_each(|(field, _)| ctx.out.bulk(field));
        }
    }
    Ok(())
}

pub(super) fn hvals(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match ctx.keys.hash(args[1])? {
        None => ctx.out.array(0),
        Some(hash) => {
            ctx.out.array(hash.len());
            hash.iter().for_each(|(_, value)| ctx.out.bulk(value));
        }
    }
    Ok(())
}

/// What `HRANDFIELD` returns of each field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Fields,
    Pairs,
}

impl Shown {
    /// The header of `count` results: RESP3 nests pairs, RESP2 has them flat.
    fn header(self, out: &mut Encoder, count: usize) {
        let flat = self == Self::Pairs && out.protocol == Protocol::Resp2;
        out.array(if flat { 2 * count } else { count });
    }

    fn write(self, out: &mut Encoder, field: &[u8], value: &[u8]) {
        if self == Self::Fields {
            return out.bulk(field);
        }
        if out.protocol == Protocol::Resp3 {
            out.array(2);
        }
        out.bulk(field);
        out.bulk(value);
    }
}

pub(super) fn hrandfield(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let [_, key, options @ ..] = args else { return Err(Failure::SYNTAX) };
    let [count, with_values @ ..] = options else { return random_field(ctx, key) };
    let draw = Draw::parse(count)?;
    let shown = match with_values {
        [] => Shown::Fields,
        [word] if args::is(word, "withvalues") => Shown::Pairs,
        _ => return Err(Failure::SYNTAX),
    };
    if shown == Shown::Pairs && draw.count() > i64::MAX as usize / 2 {
        return Err(Failure::Fixed("ERR value is out of range"));
    }
    random_fields(ctx, key, draw, shown)
}

fn random_field(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Failure> {
    let mut rng = ctx.keys.rng.fork();
    let field = ctx.keys.hash(key)?.and_then(|hash| hash.sample(&mut rng)).map(|(field, _)| field);
    ctx.out.bulk_or_null(field);
    Ok(())
}

fn random_fields(ctx: &mut Ctx<'_>, key: &[u8], draw: Draw, shown: Shown) -> Result<(), Failure> {
    let (settings, mut rng) = (ctx.keys.settings, ctx.keys.rng.fork());
    let Some(hash) = ctx.keys.hash(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    match draw {
        Draw::Distinct(count) => {
            shown.header(ctx.out, count.min(hash.len()));
            hash.sample_distinct(&mut rng, count, &mut |field, value| shown.write(ctx.out, field, value));
        }
        Draw::Repeated(count) => {
            shown.header(ctx.out, count);
            for _ in 0..count {
                let Some((field, value)) = hash.sample(&mut rng) else { break };
                shown.write(ctx.out, field, value);
                draw::check_room(ctx.out, settings)?;
            }
        }
    }
    Ok(())
}

pub(super) fn hscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let at = cursor::parse(args[2])?;
    let Some(hash) = ctx.keys.hash(args[1])? else {
        // The options of a missing hash are not even read.
        walk::answer_nothing(ctx.out);
        return Ok(());
    };
    let options = ScanOptions::parse(&args[3..])?;
    options.answer(ctx.out, at, |at, visit| scan_step(hash, at, visit));
    Ok(())
}

fn scan_step(hash: &Hash, at: u64, visit: &mut Visit<'_>) -> u64 {
    hash.scan(at, &mut |field, value| visit(field, Some(value)))
}
