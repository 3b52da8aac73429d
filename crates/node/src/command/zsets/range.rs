//! Ranges: read, stored, removed, counted.

use super::bounds::{Bounds, Order};
use super::{Scores, ZSET, reply_header, reply_member, store};
use crate::command::{Ctx, Failure, args};
use crate::value::ZSet;
use std::ops::Range;

/// What a range is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Member,
}

/// What a command's name decides; `ZRANGE` leaves the rest to its options.
#[derive(Clone, Copy)]
struct Form {
    by: Option<By>,
    order: Option<Order>,
    /// Whether scores may be asked for.
    answers: bool,
}

impl Form {
    const fn of(by: By, order: Order) -> Self {
        Self { by: Some(by), order: Some(order), answers: true }
    }
}

/// A range with all its options.
struct Query<'a> {
    bounds: Bounds<'a>,
    order: Order,
    scores: Scores,
    offset: i64,
    /// Negative: all.
    limit: i64,
}

impl<'a> Query<'a> {
    /// Reads `first` and `second`, the ends as they stand in the command, and the options after them.
    fn parse(first: &'a [u8], second: &'a [u8], options: &[&[u8]], form: Form) -> Result<Self, Failure> {
        let (mut by, mut order, mut scores, mut offset, mut limit) = (form.by, form.order, Scores::Without, 0, -1);
        let mut rest = options;
        while let [option, after @ ..] = rest {
            rest = after;
            if form.answers && args::is(option, "withscores") {
                scores = Scores::With;
            } else if let (true, [skipped, count, after @ ..]) = (args::is(option, "limit"), rest) {
                (offset, limit) = (args::int(skipped)?, args::int(count)?);
                rest = after;
            } else if order.is_none() && args::is(option, "rev") {
                order = Some(Order::Falling);
            } else if by.is_none() && args::is(option, "bylex") {
                by = Some(By::Member);
            } else if by.is_none() && args::is(option, "byscore") {
                by = Some(By::Score);
            } else {
                return Err(Failure::SYNTAX);
            }
        }
        let (by, order) = (by.unwrap_or(By::Rank), order.unwrap_or(Order::Rising));
        // A limit of -1 is none.
        if limit != -1 && by == By::Rank {
            return Err(Failure::Fixed(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if scores == Scores::With && by == By::Member {
            return Err(Failure::Fixed("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
        }
        let (min, max) = if order == Order::Rising { (first, second) } else { (second, first) };
        let bounds = match by {
            By::Rank => Bounds::ranks(first, second)?,
            By::Score => Bounds::scores(min, max)?,
            By::Member => Bounds::members(min, max)?,
        };
        if by == By::Rank {
            offset = 0;
        }
        Ok(Self { bounds, order, scores, offset, limit })
    }

    /// The ranks of the members meant, counted from the lowest.
    fn ranks(&self, zset: &ZSet) -> Range<usize> {
        let ranks = self.bounds.of(zset, self.order);
        let skipped = usize::try_from(self.offset).map_or(ranks.len(), |offset| offset.min(ranks.len()));
        let left = ranks.len() - skipped;
        let taken = usize::try_from(self.limit).map_or(left, |limit| limit.min(left));
        match self.order {
            Order::Rising => ranks.start + skipped..ranks.start + skipped + taken,
            Order::Falling => ranks.end - skipped - taken..ranks.end - skipped,
        }
    }
}

fn answer(ctx: &mut Ctx<'_>, args: &[&[u8]], form: Form) -> Result<(), Failure> {
    let query = Query::parse(args[2], args[3], &args[4..], form)?;
    let Some(zset) = ctx.keys.zset(args[1])? else {
        ctx.out.array(0);
        return Ok(());
    };
    let ranks = query.ranks(zset);
    reply_header(ctx.out, ranks.len(), query.scores);
    let mut reply = |(member, score): (&[u8], f64)| reply_member(ctx.out, member, score, query.scores);
    match query.order {
        Order::Rising => zset.range(ranks).for_each(&mut reply),
        Order::Falling => zset.range(ranks).rev().for_each(&mut reply),
    }
    Ok(())
}

pub(super) fn zrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, Form { by: None, order: None, answers: true })
}

pub(super) fn zrevrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, Form::of(By::Rank, Order::Falling))
}

pub(super) fn zrangebyscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, Form::of(By::Score, Order::Rising))
}

pub(super) fn zrevrangebyscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, Form::of(By::Score, Order::Falling))
}

pub(super) fn zrangebylex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, Form::of(By::Member, Order::Rising))
}

pub(super) fn zrevrangebylex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, Form::of(By::Member, Order::Falling))
}

pub(super) fn zrangestore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (dest, source) = (args[1], args[2]);
    let query = Query::parse(args[3], args[4], &args[5..], Form { by: None, order: None, answers: false })?;
    let (thresholds, mut result) = (&ctx.keys.settings.zset, ZSet::new(ctx.keys.hash_seed()));
    if let Some(zset) = ctx.keys.zset(source)? {
        for (member, score) in zset.range(query.ranks(zset)) {
            result.insert(member, score, thresholds);
        }
    }
    store(ctx, dest, result, "zrangestore");
    Ok(())
}

pub(super) fn zremrangebyrank(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    remove(ctx, args[1], Bounds::ranks(args[2], args[3])?, "zremrangebyrank")
}

pub(super) fn zremrangebyscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    remove(ctx, args[1], Bounds::scores(args[2], args[3])?, "zremrangebyscore")
}

pub(super) fn zremrangebylex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    remove(ctx, args[1], Bounds::members(args[2], args[3])?, "zremrangebylex")
}

fn remove(ctx: &mut Ctx<'_>, key: &[u8], bounds: Bounds<'_>, event: &'static str) -> Result<(), Failure> {
    let removed = match ctx.keys.zset_mut(key)? {
        Some(zset) => zset.remove_range(bounds.of(zset, Order::Rising)),
        None => 0,
    };
    if removed > 0 {
        ctx.keys.changed(ZSET, event, key);
    }
    ctx.out.count(removed);
    Ok(())
}

pub(super) fn zcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    count(ctx, args[1], Bounds::scores(args[2], args[3])?)
}

pub(super) fn zlexcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    count(ctx, args[1], Bounds::members(args[2], args[3])?)
}

fn count(ctx: &mut Ctx<'_>, key: &[u8], bounds: Bounds<'_>) -> Result<(), Failure> {
    let count = ctx.keys.zset(key)?.map_or(0, |zset| bounds.of(zset, Order::Rising).len());
    ctx.out.count(count);
    Ok(())
}
