//! Sorted sets.
//!
//! `update` adds, raises and removes members, `range` reads, stores and removes ranges with ends as `bounds` reads them, `pop`
//! takes from either end, `combine` makes sets of sets, `sample` draws and walks. Lookups of single members are here.

mod bounds;
mod combine;
mod pop;
mod range;
mod sample;
#[cfg(test)]
mod tests;
mod update;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::resp::{Encoder, Protocol};
use crate::shard::{EventClass, Expiry};
use crate::value::ZSet;
use combine::{zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore};
use pop::{bzmpop, bzpopmax, bzpopmin, zmpop, zpopmax, zpopmin};
use range::{
    zcount, zlexcount, zrange, zrangebylex, zrangebyscore, zrangestore, zremrangebylex, zremrangebyrank,
    zremrangebyscore, zrevrange, zrevrangebylex, zrevrangebyscore,
};
use sample::{zrandmember, zscan};
use update::{zadd, zincrby, zrem};

const ZSET: EventClass = EventClass::ZSET;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const UPDATE: &[KeySpec] = &[KeySpec::one(Access::ReadWrite)];
const STORE: &[KeySpec] =
    &[KeySpec::one(Access::Write), KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Read }];
const SOURCES: &[KeySpec] = &[KeySpec::Counted { count: 1, first: 2, access: Access::Read }];
const STORE_SOURCES: &[KeySpec] =
    &[KeySpec::one(Access::Write), KeySpec::Counted { count: 2, first: 3, access: Access::Read }];
const POP_FIRST: &[KeySpec] = &[KeySpec::Counted { count: 1, first: 2, access: Access::ReadWrite }];
const WAIT_FIRST: &[KeySpec] = &[KeySpec::Counted { count: 2, first: 3, access: Access::ReadWrite }];
const BEFORE_TIMEOUT: &[KeySpec] = &[KeySpec::Range { first: 1, last: -2, step: 1, access: Access::ReadWrite }];

const R: Flags = Flags::READONLY;
const RF: Flags = R.union(Flags::FAST);
const RK: Flags = R.union(Flags::MOVABLEKEYS);
const W: Flags = Flags::WRITE;
const WF: Flags = W.union(Flags::FAST);
const WM: Flags = W.union(Flags::DENYOOM);
const WMF: Flags = WM.union(Flags::FAST);
const WMK: Flags = WM.union(Flags::MOVABLEKEYS);
const WK: Flags = W.union(Flags::MOVABLEKEYS);
const BLOCKING_POP: Flags = WF.union(Flags::NOSCRIPT).union(Flags::BLOCKING);

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::SortedSet, Run::Data(run))
}

/// The rows of this family. In costs, n is the size of the set and k that of the answer.
pub const COMMANDS: &[Command] = &[
    row("zadd", -4, zadd).flags(WMF).keys(WRITE).doc(
        "1.2.0",
        "O(log n) for each member",
        "Adds members to a sorted set, or updates their scores.",
    ),
    row("zincrby", 4, zincrby).flags(WMF).keys(UPDATE).doc("1.2.0", "O(log n)", "Increments the score of a member."),
    row("zrem", -3, zrem).flags(WF).keys(WRITE).doc(
        "1.2.0",
        "O(log n) for each member",
        "Removes members from a sorted set.",
    ),
    row("zcard", 2, zcard).flags(RF).keys(READ).doc("1.2.0", "O(1)", "Returns the number of members."),
    row("zscore", 3, zscore).flags(RF).keys(READ).doc("1.2.0", "O(1)", "Returns the score of a member."),
    row("zmscore", -3, zmscore).flags(RF).keys(READ).doc(
        "6.2.0",
        "O(1) for each member",
        "Returns the scores of several members.",
    ),
    row("zcount", 4, zcount).flags(RF).keys(READ).doc(
        "2.0.0",
        "O(log n)",
        "Counts the members with scores within a range.",
    ),
    row("zlexcount", 4, zlexcount).flags(RF).keys(READ).doc(
        "2.8.9",
        "O(log n)",
        "Counts the members within a range of members.",
    ),
    row("zrank", 3, zrank).flags(RF).keys(READ).doc("2.0.0", "O(log n)", "Returns the rank of a member, from the lowest."),
    row("zrevrank", 3, zrevrank).flags(RF).keys(READ).doc(
        "2.0.0",
        "O(log n)",
        "Returns the rank of a member, from the highest.",
    ),
    row("zrange", -4, zrange).flags(R).keys(READ).doc(
        "1.2.0",
        "O(log n + k)",
        "Returns the members within a range of ranks, scores or members.",
    ),
    row("zrevrange", -4, zrevrange).flags(R).keys(READ).doc(
        "1.2.0",
        "O(log n + k)",
        "Returns the members within a range of ranks, highest first.",
    ),
    row("zrangebyscore", -4, zrangebyscore).flags(R).keys(READ).doc(
        "1.0.5",
        "O(log n + k)",
        "Returns the members within a range of scores.",
    ),
    row("zrevrangebyscore", -4, zrevrangebyscore).flags(R).keys(READ).doc(
        "2.2.0",
        "O(log n + k)",
        "Returns the members within a range of scores, highest first.",
    ),
    row("zrangebylex", -4, zrangebylex).flags(R).keys(READ).doc(
        "2.8.9",
        "O(log n + k)",
        "Returns the members within a range of members.",
    ),
    row("zrevrangebylex", -4, zrevrangebylex).flags(R).keys(READ).doc(
        "2.8.9",
        "O(log n + k)",
        "Returns the members within a range of members, last first.",
    ),
    row("zrangestore", -5, zrangestore).flags(WM).keys(STORE).doc(
        "6.2.0",
        "O(log n + k log k)",
        "Stores the members within a range in another key.",
    ),
    row("zremrangebyrank", 4, zremrangebyrank).flags(W).keys(WRITE).doc(
        "2.0.0",
        "O(log n + removed)",
        "Removes the members within a range of ranks.",
    ),
    row("zremrangebyscore", 4, zremrangebyscore).flags(W).keys(WRITE).doc(
        "1.2.0",
        "O(log n + removed)",
        "Removes the members within a range of scores.",
    ),
    row("zremrangebylex", 4, zremrangebylex).flags(W).keys(WRITE).doc(
        "2.8.9",
        "O(log n + removed)",
        "Removes the members within a range of members.",
    ),
    row("zpopmin", -2, zpopmin).flags(WF).keys(UPDATE).doc(
        "5.0.0",
        "O(log n + k)",
        "Removes and returns the members with the lowest scores.",
    ),
    row("zpopmax", -2, zpopmax).flags(WF).keys(UPDATE).doc(
        "5.0.0",
        "O(log n + k)",
        "Removes and returns the members with the highest scores.",
    ),
    row("bzpopmin", -3, bzpopmin).flags(BLOCKING_POP).keys(BEFORE_TIMEOUT).doc(
        "5.0.0",
        "O(log n)",
        "Removes and returns the member with the lowest score of the first of several sorted sets that has any; waits for one.",
    ),
    row("bzpopmax", -3, bzpopmax).flags(BLOCKING_POP).keys(BEFORE_TIMEOUT).doc(
        "5.0.0",
        "O(log n)",
        "Removes and returns the member with the highest score of the first of several sorted sets that has any; waits for one.",
    ),
    row("zmpop", -4, zmpop).flags(WK).keys(POP_FIRST).doc(
        "7.0.0",
        "O(keys + k log n)",
        "Removes and returns members from one end of the first of several sorted sets that has any.",
    ),
    row("bzmpop", -5, bzmpop).flags(WK.union(Flags::BLOCKING)).keys(WAIT_FIRST).doc(
        "7.0.0",
        "O(keys + k log n)",
        "Removes and returns members from one end of the first of several sorted sets that has any; waits for one.",
    ),
    row("zunion", -3, zunion).flags(RK).keys(SOURCES).doc(
        "6.2.0",
        "O(all members + k log k)",
        "Returns the union of several sorted sets.",
    ),
    row("zinter", -3, zinter).flags(RK).keys(SOURCES).doc(
        "6.2.0",
        "O(smallest set for each set + k log k)",
        "Returns the intersection of several sorted sets.",
    ),
    row("zdiff", -3, zdiff).flags(RK).keys(SOURCES).doc(
        "6.2.0",
        "O(first set for each set + k log k)",
        "Returns what the first sorted set has and the others have not.",
    ),
    row("zunionstore", -4, zunionstore).flags(WMK).keys(STORE_SOURCES).doc(
        "2.0.0",
        "O(all members + k log k)",
        "Stores the union of several sorted sets.",
    ),
    row("zinterstore", -4, zinterstore).flags(WMK).keys(STORE_SOURCES).doc(
        "2.0.0",
        "O(smallest set for each set + k log k)",
        "Stores the intersection of several sorted sets.",
    ),
    row("zdiffstore", -4, zdiffstore).flags(WMK).keys(STORE_SOURCES).doc(
        "6.2.0",
        "O(first set for each set + k log k)",
        "Stores what the first sorted set has and the others have not.",
    ),
    row("zintercard", -3, zintercard).flags(RK).keys(SOURCES).doc(
        "7.0.0",
        "O(smallest set for each set)",
        "Counts the members that several sorted sets share.",
    ),
    row("zrandmember", -2, zrandmember).flags(R).keys(READ).doc(
        "6.2.0",
        "O(k), or O(n) for most of a set",
        "Returns random members.",
    ),
    row("zscan", -3, zscan).flags(R).keys(READ).doc(
        "2.8.0",
        "O(1) for each call, O(n) for a whole walk",
        "Walks over members and scores.",
    ),
];

/// Whether scores are answered with their members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scores {
    Without,
    With,
}

/// Begins an answer of so many members: RESP2 has members and scores in one array, RESP3 a pair for each.
fn reply_header(out: &mut Encoder, members: usize, scores: Scores) {
    let flat = scores == Scores::With && out.protocol == Protocol::Resp2;
    out.array(if flat { 2 * members } else { members });
}

fn reply_member(out: &mut Encoder, member: &[u8], score: f64, scores: Scores) {
    if scores == Scores::With && out.protocol == Protocol::Resp3 {
        out.array(2);
    }
    out.bulk(member);
    if scores == Scores::With {
        out.double(score);
    }
}

fn reply_score(out: &mut Encoder, score: Option<f64>) {
    match score {
        Some(score) => out.double(score),
        None => out.null(),
    }
}

/// Puts a result at `dest`, or removes `dest` if there is none, and answers its size.
fn store(ctx: &mut Ctx<'_>, dest: &[u8], result: ZSet, event: &'static str) {
    ctx.out.count(result.len());
    if !result.is_empty() {
        ctx.keys.put(dest, result.into(), Expiry::Default);
        ctx.keys.changed(ZSET, event, dest);
    } else if ctx.keys.remove(dest) {
        ctx.keys.changed(EventClass::GENERIC, "del", dest);
    }
}

fn zcard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let len = ctx.keys.zset(args[1])?.map_or(0, ZSet::len);
    ctx.out.count(len);
    Ok(())
}

fn zscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let score = ctx.keys.zset(args[1])?.and_then(|zset| zset.score(args[2]));
    reply_score(ctx.out, score);
    Ok(())
}

fn zmscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let zset = ctx.keys.zset(args[1])?;
    ctx.out.array(args.len() - 2);
    for member in &args[2..] {
        reply_score(ctx.out, zset.and_then(|zset| zset.score(member)));
    }
    Ok(())
}

fn zrank(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let rank = ctx.keys.zset(args[1])?.and_then(|zset| zset.rank(args[2]));
    reply_rank(ctx.out, rank);
    Ok(())
}

fn zrevrank(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let rank = ctx.keys.zset(args[1])?.and_then(|zset| Some(zset.len() - 1 - zset.rank(args[2])?));
    reply_rank(ctx.out, rank);
    Ok(())
}

fn reply_rank(out: &mut Encoder, rank: Option<usize>) {
    match rank {
        Some(rank) => out.count(rank),
        None => out.null(),
    }
}
