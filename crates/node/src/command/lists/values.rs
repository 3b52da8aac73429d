//! Finding elements of a list by value.

use super::super::args;
use super::{Ctx, Failure, LIST};
use crate::value::{Direction, List, Side};

pub(super) fn linsert(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let side = if args::is(args[2], "before") {
        Side::Before
    } else if args::is(args[2], "after") {
        Side::After
    } else {
        return Err(Failure::SYNTAX);
    };
    let (key, pivot, element) = (args[1], args[3], args[4]);
    let Some(list) = ctx.keys.list_mut(key)? else {
        ctx.out.int(0);
        return Ok(());
    };
    if !list.insert_beside(pivot, side, element) {
        ctx.out.int(-1);
        return Ok(());
    }
    let len = list.len();
    ctx.keys.changed(LIST, "linsert", key);
    ctx.out.count(len);
    Ok(())
}

/// Which way a signed count or rank goes, and how far.
fn directed(n: i64) -> (Direction, usize) {
    let direction = if n < 0 { Direction::Backward } else { Direction::Forward };
    (direction, n.unsigned_abs() as usize)
}

pub(super) fn lrem(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (direction, count) = directed(args::int(args[2])?);
    let limit = if count == 0 { usize::MAX } else { count };
    let removed = ctx.keys.list_mut(args[1])?.map_or(0, |list| list.remove_value(args[3], limit, direction));
    if removed > 0 {
        ctx.keys.changed(LIST, "lrem", args[1]);
    }
    ctx.out.count(removed);
    Ok(())
}

/// The options of `LPOS`.
struct Search {
    direction: Direction,
    /// Matches that are passed over.
    skip: usize,
    /// How many indexes to return as an array, 0 for all; `None`: one index alone.
    count: Option<usize>,
    /// Most elements to look at.
    looks_max: usize,
}

impl Search {
    fn parse(options: &[&[u8]]) -> Result<Self, Failure> {
        let mut search = Self { direction: Direction::Forward, skip: 0, count: None, looks_max: usize::MAX };
        let mut rest = options;
        while let [option, value, after @ ..] = rest {
            rest = after;
            if args::is(option, "rank") {
                let (direction, rank) = directed(args::int(value)?);
                search.direction = direction;
                search.skip = rank.checked_sub(1).ok_or(Failure::Fixed(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
                ))?;
            } else if args::is(option, "count") {
                search.count = Some(not_negative(value, "ERR COUNT can't be negative")?);
            } else if args::is(option, "maxlen") {
                let looks = not_negative(value, "ERR MAXLEN can't be negative")?;
                search.looks_max = if looks == 0 { usize::MAX } else { looks };
            } else {
                return Err(Failure::SYNTAX);
            }
        }
        if rest.is_empty() { Ok(search) } else { Err(Failure::SYNTAX) }
    }

    /// Calls `found` with the index of each match that is wanted.
    fn run(&self, list: &List, element: &[u8], found: &mut dyn FnMut(usize)) {
        let wanted = match self.count {
            None => 1,
            Some(0) => usize::MAX,
            Some(count) => count,
        };
        let matches = |(at, candidate): (usize, &[u8])| (candidate == element).then_some(at);
        if self.direction == Direction::Forward {
            let looks = list.iter().enumerate().take(self.looks_max);
            looks.filter_map(matches).skip(self.skip).take(wanted).for_each(found);
        } else {
            let last = list.len() - 1;
            let looks = list.rev_iter_from(last).enumerate().take(self.looks_max);
            looks.filter_map(matches).skip(self.skip).take(wanted).for_each(|back| found(last - back));
        }
    }
}

fn not_negative(text: &[u8], otherwise: &'static str) -> Result<usize, Failure> {
    args::int(text).ok().and_then(|number| usize::try_from(number).ok()).ok_or(Failure::Fixed(otherwise))
}

pub(super) fn lpos(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let search = Search::parse(&args[3..])?;
    let mark = ctx.out.open();
    let mut matches = 0;
    if let Some(list) = ctx.keys.list(args[1])? {
        search.run(list, args[2], &mut |at| {
            ctx.out.count(at);
            matches += 1;
        });
    }
    if search.count.is_some() {
        ctx.out.close_array(mark, matches);
    } else if matches == 0 {
        ctx.out.null();
    }
    Ok(())
}
