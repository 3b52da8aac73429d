//! Intersections, unions and differences.

use super::super::args;
use super::{Ctx, Failure, SET};
use crate::shard::{EventClass, Expiry, Keys};
use crate::value::{Collection, Set, SetThresholds};
use std::cmp::Reverse;
use std::ops::ControlFlow;

/// Takes members one by one, until it has enough.
type Visit<'v> = dyn FnMut(&[u8]) -> ControlFlow<()> + 'v;

/// An operation on sets, in the order of their keys; a key that is not there is `None`.
type Operation = fn(&[Option<&Set>], &Builder, &mut Visit<'_>) -> ControlFlow<()>;

/// Makes sets: for results, and for what an operation has to remember.
struct Builder {
    seed: u64,
    thresholds: SetThresholds,
}

impl Builder {
    const fn new(keys: &Keys<'_>) -> Self {
        Self { seed: keys.hash_seed(), thresholds: keys.settings.set }
    }

    fn empty(&self) -> Set {
        Set::new(self.seed)
    }

    fn add(&self, set: &mut Set, member: &[u8]) -> bool {
        set.add(member, &self.thresholds)
    }
}

/// The members of every set: those of the smallest which the others have too.
fn intersection(sets: &[Option<&Set>], _: &Builder, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let Some(mut sets) = sets.iter().copied().collect::<Option<Vec<&Set>>>() else { return ControlFlow::Continue(()) };
    sets.sort_by_key(|set| set.len());
    let Some((smallest, others)) = sets.split_first() else { return ControlFlow::Continue(()) };
    for member in smallest.iter() {
        if others.iter().all(|other| other.contains(&member)) {
            visit(&member)?;
        }
    }
    ControlFlow::Continue(())
}

/// The members of any set, each once.
fn union(sets: &[Option<&Set>], builder: &Builder, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let mut seen = builder.empty();
    for member in sets.iter().flatten().flat_map(|set| set.iter()) {
        if builder.add(&mut seen, &member) {
            visit(&member)?;
        }
    }
    ControlFlow::Continue(())
}

/// The members of the first set that the others lack. Either each is looked for in the others, or the others' members are removed
/// from a copy: whichever is less work.
fn difference(sets: &[Option<&Set>], builder: &Builder, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let Some((Some(first), others)) = sets.split_first() else { return ControlFlow::Continue(()) };
    let mut others: Vec<&Set> = others.iter().copied().flatten().collect();
    let lookups = first.len().saturating_mul(others.len());
    // Lookups end at the first set that has the member, and copy nothing: they count half.
    if lookups / 2 <= first.len() + others.iter().map(|other| other.len()).sum::<usize>() {
        others.sort_by_key(|other| Reverse(other.len()));
        for member in first.iter() {
            if !others.iter().any(|other| other.contains(&member)) {
                visit(&member)?;
            }
        }
        return ControlFlow::Continue(());
    }
    let mut left = builder.empty();
    first.iter().for_each(|member| _ = builder.add(&mut left, &member));
    for member in others.iter().flat_map(|other| other.iter()) {
        left.remove(&member);
    }
    left.iter().try_for_each(|member| visit(&member))
}

/// The sets at `names`, in that order. Every type is checked, also behind a set that is not there.
fn sets_at<'k>(keys: &'k Keys<'_>, names: &[&[u8]]) -> Result<Vec<Option<&'k Set>>, Failure> {
    names.iter().map(|name| keys.peek_set(name)).collect()
}

fn answer(ctx: &mut Ctx<'_>, names: &[&[u8]], operation: Operation) -> Result<(), Failure> {
    names.iter().for_each(|name| ctx.keys.hold(name));
    let sets = sets_at(&ctx.keys, names)?;
    let (mark, mut members) = (ctx.out.open(), 0);
    let _ = operation(&sets, &Builder::new(&ctx.keys), &mut |member| {
        ctx.out.bulk(member);
        members += 1;
        ControlFlow::Continue(())
    });
    ctx.out.close_set(mark, members);
    Ok(())
}

fn store(ctx: &mut Ctx<'_>, args: &[&[u8]], operation: Operation, event: &'static str) -> Result<(), Failure> {
    let (destination, names) = (args[1], &args[2..]);
    names.iter().for_each(|name| ctx.keys.hold(name));
    let builder = Builder::new(&ctx.keys);
    let mut result = builder.empty();
    let _ = operation(&sets_at(&ctx.keys, names)?, &builder, &mut |member| {
        builder.add(&mut result, member);
        ControlFlow::Continue(())
    });
    ctx.out.count(result.len());
    if !result.is_empty() {
        ctx.keys.put(destination, Collection::Set(result), Expiry::Default);
        ctx.keys.changed(SET, event, destination);
    } else if ctx.keys.remove(destination) {
        ctx.keys.changed(EventClass::GENERIC, "del", destination);
    }
    Ok(())
}

pub(super) fn sinter(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, &args[1..], intersection)
}

pub(super) fn sinterstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    store(ctx, args, intersection, "sinterstore")
}

pub(super) fn sunion(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, &args[1..], union)
}

pub(super) fn sunionstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    store(ctx, args, union, "sunionstore")
}

pub(super) fn sdiff(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, &args[1..], difference)
}

pub(super) fn sdiffstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    store(ctx, args, difference, "sdiffstore")
}

pub(super) fn sintercard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (names, limit) = parse_sintercard(args)?;
    names.iter().for_each(|name| ctx.keys.hold(name));
    let mut members = 0;
    let _ = intersection(&sets_at(&ctx.keys, names)?, &Builder::new(&ctx.keys), &mut |_| {
        members += 1;
        if members == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    ctx.out.count(members);
    Ok(())
}

/// The keys, and how many members to count at most.
fn parse_sintercard<'a>(args: &'a [&'a [u8]]) -> Result<(&'a [&'a [u8]], usize), Failure> {
    let numkeys = args::int(args[1]).ok().and_then(|numkeys| usize::try_from(numkeys).ok());
    let numkeys = numkeys.filter(|n| *n > 0).ok_or(Failure::Fixed("ERR numkeys should be greater than 0"))?;
    let (names, options) = args[2..]
        .split_at_checked(numkeys)
        .ok_or(Failure::Fixed("ERR Number of keys can't be greater than number of args"))?;
    let (mut limit, mut rest) = (0, options);
    while let [word, value, after @ ..] = rest {
        rest = after;
        if !args::is(word, "limit") {
            return Err(Failure::SYNTAX);
        }
        let number = args::int(value).ok().and_then(|limit| usize::try_from(limit).ok());
        limit = number.ok_or(Failure::Fixed("ERR LIMIT can't be negative"))?;
    }
    if !rest.is_empty() {
        return Err(Failure::SYNTAX);
    }
    Ok((names, if limit == 0 { usize::MAX } else { limit }))
}
