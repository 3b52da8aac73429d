//! Reading and editing a list by index. Indexes below 0 count from the back: -1 is the last element.

use super::super::args;
use super::{Ctx, Failure, LIST};
use crate::value::List;
use std::ops::Range;

/// The indexes from `start` to `stop`, both included, that a list of `len` elements has.
fn clip(start: i64, stop: i64, len: usize) -> Range<usize> {
    let len = len as i64;
    let from_front = |index: i64| if index < 0 { index + len } else { index };
    let (start, end) = (from_front(start).max(0), from_front(stop).min(len - 1) + 1);
    if start < end { start as usize..end as usize } else { 0..0 }
}

/// The index that `index` means in a list of `len` elements.
fn locate(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).ok().filter(|index| *index < len)
}

pub(super) fn llen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let len = ctx.keys.list(args[1])?.map_or(0, List::len);
    ctx.out.count(len);
    Ok(())
}

pub(super) fn lrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (start, stop) = (args::int(args[2])?, args::int(args[3])?);
    let Some(list) = ctx.keys.list(args[1])? else {
        ctx.out.array(0);
        return Ok(());
    };
    let range = clip(start, stop, list.len());
    ctx.out.array(range.len());
    list.iter_from(range.start).take(range.len()).for_each(|element| ctx.out.bulk(element));
    Ok(())
}

pub(super) fn lindex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let element = match ctx.keys.list(args[1])? {
        // The index of a missing list is not even read.
        None => None,
        Some(list) => locate(args::int(args[2])?, list.len()).and_then(|index| list.get(index)),
    };
    ctx.out.bulk_or_null(element);
    Ok(())
}

pub(super) fn lset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, element) = (args[1], args[3]);
    let len = ctx.keys.list(key)?.ok_or(Failure::Fixed("ERR no such key"))?.len();
    let index = locate(args::int(args[2])?, len).ok_or(Failure::Fixed("ERR index out of range"))?;
    if let Some(list) = ctx.keys.list_mut(key)? {
        list.set(index, element);
        ctx.keys.changed(LIST, "lset", key);
    }
    ctx.out.ok();
    Ok(())
}

pub(super) fn ltrim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (start, stop) = (args::int(args[2])?, args::int(args[3])?);
    if let Some(len) = ctx.keys.list(args[1])?.map(List::len) {
        trim(ctx, args[1], clip(start, stop, len), len)?;
    }
    ctx.out.ok();
    Ok(())
}

fn trim(ctx: &mut Ctx<'_>, key: &[u8], keep: Range<usize>, len: usize) -> Result<(), Failure> {
    if keep.len() == len {
        // Subscribers hear of every call, as with Redis.
        ctx.keys.effects.notify(LIST, "ltrim", ctx.keys.db, key);
    } else if let Some(list) = ctx.keys.list_mut(key)? {
        list.trim(keep);
        ctx.keys.changed(LIST, "ltrim", key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_what_a_filter_over_all_indexes_keeps() {
        for len in 0..5i64 {
            for start in -7..8 {
                for stop in -7..8 {
                    let wanted = |index: i64| if index < 0 { index + len } else { index };
                    let expected: Vec<i64> =
                        (0..len).filter(|at| (wanted(start)..=wanted(stop)).contains(at)).collect();
                    let found: Vec<i64> = clip(start, stop, len as usize).map(|at| at as i64).collect();
                    assert_eq!(found, expected, "{start}..={stop} of {len}");
                }
            }
        }
        assert_eq!(clip(i64::MIN, i64::MAX, 3), 0..3);
        assert_eq!(clip(i64::MAX, i64::MAX, 3), 0..0);
        assert_eq!(clip(i64::MIN, i64::MIN, 3), 0..0);
    }
}
