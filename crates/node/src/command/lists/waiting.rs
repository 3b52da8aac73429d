//! Popping and moving for clients that wait until there is something.
//!
//! The log keeps the form that does not wait, so that a replay takes what was taken.

use super::super::args;
use super::super::{Empty, Wait};
use super::ends::{End, MultiPop, first_list};
use super::transfer::Route;
use super::{Ctx, Failure, LIST};

/// The key to pop from, if there is one: the first list among `keys`, or, for a client that waited, the key that changed.
fn ready<'k>(ctx: &mut Ctx<'_>, keys: &[&'k [u8]]) -> Result<Option<&'k [u8]>, Failure> {
    match ctx.woken_by {
        None => first_list(ctx, keys),
        Some(woken_by) => {
            let is_list = matches!(ctx.keys.list(woken_by), Ok(Some(_)));
            Ok(keys.iter().copied().find(|key| is_list && *key == woken_by))
        }
    }
}

fn wait(ctx: &mut Ctx<'_>, keys: &[&[u8]], timeout_ms: Option<u64>) {
    let keys = keys.iter().map(|key| Box::from(*key)).collect();
    ctx.wait_or_empty(Wait { keys, timeout_ms, args: None, empty: Empty::NullArray });
}

pub(super) fn blpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pop(ctx, args, End::Left)
}

pub(super) fn brpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pop(ctx, args, End::Right)
}

fn pop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Failure> {
    let [_, keys @ .., timeout] = args else { return Err(Failure::SYNTAX) };
    let timeout_ms = args::timeout(timeout)?;
    let Some(key) = ready(ctx, keys)? else {
        wait(ctx, keys, timeout_ms);
        return Ok(());
    };
    if let Some(list) = ctx.keys.list_mut(key)? {
        ctx.out.array(2);
        ctx.out.bulk(key);
        end.pop_into(ctx.out, list, 1);
        ctx.keys.changed(LIST, end.pop_event(), key);
        ctx.keys.effects.replace(ctx.keys.db, &[end.pop_command(), key]);
    }
    Ok(())
}

pub(super) fn blmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let wanted = MultiPop::parse(&args[2..])?;
    let timeout_ms = args::timeout(args[1])?;
    let Some(key) = ready(ctx, wanted.keys)? else {
        wait(ctx, wanted.keys, timeout_ms);
        return Ok(());
    };
    let count = wanted.pop(ctx, key)?;
    let mut digits = itoa::Buffer::new();
    ctx.keys.effects.replace(ctx.keys.db, &[wanted.end.pop_command(), key, digits.format(count).as_bytes()]);
    Ok(())
}

pub(super) fn blmove(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let route = Route::parse(args)?;
    travel(ctx, &route, args[5])
}

pub(super) fn brpoplpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    travel(ctx, &Route::back_to_front(args), args[3])
}

fn travel(ctx: &mut Ctx<'_>, route: &Route<'_>, timeout: &[u8]) -> Result<(), Failure> {
    let timeout_ms = args::timeout(timeout)?;
    if ready(ctx, &[route.source])?.is_none() {
        if ctx.may_wait {
            wait(ctx, &[route.source], timeout_ms);
        } else {
            // A missing element, where the end of a wait answers with a missing array.
            ctx.out.null();
        }
        return Ok(());
    }
    route.travel(ctx)?;
    let (from, to) = (route.from.word().as_bytes(), route.to.word().as_bytes());
    ctx.keys.effects.replace(ctx.keys.db, &[b"LMOVE", route.source, route.destination, from, to]);
    Ok(())
}
