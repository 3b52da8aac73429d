//! Adding, removing and asking for members.

use super::super::cursor;
use super::super::walk::{self, ScanOptions, Visit};
use super::{Ctx, Failure, SET};
use crate::value::Set;

pub(super) fn sadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let settings = ctx.keys.settings;
    let set = ctx.keys.set_or_new(args[1])?;
    let added = args[2..].iter().filter(|member| set.add(member, &settings.set)).count();
    if added > 0 {
        ctx.keys.changed(SET, "sadd", args[1]);
    }
    ctx.out.count(added);
    Ok(())
}

pub(super) fn srem(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let removed = match ctx.keys.set_mut(args[1])? {
        None => 0,
        Some(set) => args[2..].iter().filter(|member| set.remove(member)).count(),
    };
    if removed > 0 {
        ctx.keys.changed(SET, "srem", args[1]);
    }
    ctx.out.count(removed);
    Ok(())
}

pub(super) fn smove(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (source, destination, member) = (args[1], args[2], args[3]);
    let Some(set) = ctx.keys.set(source)? else {
        // The type of the destination is not even looked at.
        ctx.out.flag(false);
        return Ok(());
    };
    let has = set.contains(member);
    ctx.keys.set(destination)?;
    if has && source != destination {
        transfer(ctx, source, destination, member)?;
    }
    ctx.out.flag(has);
    Ok(())
}

/// Moves `member`; the types of both keys were checked.
fn transfer(ctx: &mut Ctx<'_>, source: &[u8], destination: &[u8], member: &[u8]) -> Result<(), Failure> {
    let settings = ctx.keys.settings;
    if let Some(set) = ctx.keys.set_mut(source)? {
        set.remove(member);
        ctx.keys.changed(SET, "srem", source);
    }
    if ctx.keys.set_or_new(destination)?.add(member, &settings.set) {
        ctx.keys.changed(SET, "sadd", destination);
    }
    Ok(())
}

pub(super) fn sismember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let has = ctx.keys.set(args[1])?.is_some_and(|set| set.contains(args[2]));
    ctx.out.flag(has);
    Ok(())
}

pub(super) fn smismember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let set = ctx.keys.set(args[1])?;
    ctx.out.array(args.len() - 2);
    for member in &args[2..] {
        ctx.out.flag(set.is_some_and(|set| set.contains(member)));
    }
    Ok(())
}

pub(super) fn scard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let len = ctx.keys.set(args[1])?.map_or(0, Set::len);
    ctx.out.count(len);
    Ok(())
}

pub(super) fn smembers(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    match ctx.keys.set(args[1])? {
        None => ctx.out.set(0),
        Some(set) => {
            ctx.out.set(set.len());
            set.iter().for_each(|member| ctx.out.bulk(&member));
        }
    }
    Ok(())
}

pub(super) fn sscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let at = cursor::parse(args[2])?;
    let Some(set) = ctx.keys.set(args[1])? else {
        // The options of a missing set are not even read.
        walk::answer_nothing(ctx.out);
        return Ok(());
    };
    let options = ScanOptions::parse(&args[3..])?;
    options.answer(ctx.out, at, |at, visit| scan_step(set, at, visit));
    Ok(())
}

fn scan_step(set: &Set, at: u64, visit: &mut Visit<'_>) -> u64 {
    set.scan(at, &mut |member| visit(member, None))
}
