//! Random members.

use super::super::args;
use super::super::draw::{self, Draw};
use super::{Ctx, Failure, SET};
use crate::shard::EventClass;

pub(super) fn spop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match args {
        [_, key] => pop_one(ctx, key),
        [_, key, count] => {
            let count = args::int(count).ok().and_then(|count| usize::try_from(count).ok());
            pop_count(ctx, key, count.ok_or(Failure::Fixed("ERR value is out of range, must be positive"))?)
        }
        _ => Err(Failure::SYNTAX),
    }
}

fn pop_one(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Failure> {
    match ctx.keys.set(key)? {
        None => ctx.out.null(),
        Some(_) => pop_some(ctx, key, 1)?,
    }
    Ok(())
}

fn pop_count(ctx: &mut Ctx<'_>, key: &[u8], count: usize) -> Result<(), Failure> {
    match ctx.keys.set(key)? {
        None => ctx.out.set(0),
        Some(_) if count == 0 => ctx.out.set(0),
        Some(set) if count >= set.len() => {
            ctx.out.set(set.len());
            set.iter().for_each(|member| ctx.out.bulk(&member));
            remove_all(ctx, key);
        }
        Some(_) => {
            ctx.out.set(count);
            pop_some(ctx, key, count)?;
        }
    }
    Ok(())
}

/// Removes the set at once, however large; the log keeps that the key is gone, without its members.
fn remove_all(ctx: &mut Ctx<'_>, key: &[u8]) {
    ctx.keys.remove(key);
    ctx.keys.changed(SET, "spop", key);
    ctx.keys.effects.notify(EventClass::GENERIC, "del", ctx.keys.db, key);
    ctx.keys.log_image(key);
}

/// Takes `count` random members, as many as there are at most, and writes them. The reply is where they live while the set and
/// the log are told which they are.
fn pop_some(ctx: &mut Ctx<'_>, key: &[u8], count: usize) -> Result<(), Failure> {
    let mut rng = ctx.keys.rng.fork();
    let mut spans = Vec::with_capacity(count);
    if let Some(set) = ctx.keys.set(key)? {
        set.sample_distinct(&mut rng, count, &mut |member| {
            ctx.out.bulk(member);
            let end = ctx.out.len() - 2;
            spans.push(end - member.len()..end);
        });
    }
    let mut removal: Vec<&[u8]> = vec![b"SREM", key];
    removal.extend(spans.into_iter().map(|span| &ctx.out.bytes()[span]));
    if let Some(set) = ctx.keys.set_mut(key)? {
        removal[2..].iter().for_each(|member| _ = set.remove(member));
        ctx.keys.changed(SET, "spop", key);
        ctx.keys.effects.replace(ctx.keys.db, &removal);
    }
    Ok(())
}

pub(super) fn srandmember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match args {
        [_, key] => random_member(ctx, key),
        [_, key, count] => random_members(ctx, key, Draw::parse(count)?),
        _ => Err(Failure::SYNTAX),
    }
}

fn random_member(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Failure> {
    let mut rng = ctx.keys.rng.fork();
    let member = ctx.keys.set(key)?.and_then(|set| set.sample(&mut rng));
    ctx.out.bulk_or_null(member.as_deref());
    Ok(())
}

fn random_members(ctx: &mut Ctx<'_>, key: &[u8], draw: Draw) -> Result<(), Failure> {
    let (settings, mut rng) = (ctx.keys.settings, ctx.keys.rng.fork());
    let Some(set) = ctx.keys.set(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    match draw {
        Draw::Distinct(count) => {
            ctx.out.array(count.min(set.len()));
            set.sample_distinct(&mut rng, count, &mut |member| ctx.out.bulk(member));
        }
        Draw::Repeated(count) => {
            ctx.out.array(count);
            for _ in 0..count {
                let Some(member) = set.sample(&mut rng) else { break };
                ctx.out.bulk(&member);
                draw::check_room(ctx.out, settings)?;
            }
        }
    }
    Ok(())
}
