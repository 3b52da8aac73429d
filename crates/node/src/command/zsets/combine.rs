//! Unions, intersections and differences of sorted sets and plain sets.
//!
//! Members of plain sets count with a score of 1. Sources are taken smallest first, which keeps intersections cheap and fixes the
//! order in which scores are added up.

use super::{Scores, reply_header, reply_member, store};
use crate::command::{Ctx, Failure, args};
use crate::shard::Keys;
use crate::table::ValueRef;
use crate::value::{Collection, Set, Thresholds, ZSet};

/// What is done with the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// What becomes of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Answer,
    Store,
    Count,
}

/// How the scores of one member become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Sum => zero_if_nan(a + b),
            Self::Min if b < a => b,
            Self::Max if b > a => b,
            Self::Min | Self::Max => a,
        }
    }
}

/// Infinity less infinity, and zero times infinity, are taken as 0.
fn zero_if_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

#[derive(Clone, Copy)]
enum Members<'a> {
    None,
    Plain(&'a Set),
    Sorted(&'a ZSet),
}

impl<'a> Members<'a> {
    fn of(keys: &'a Keys<'_>, key: &[u8]) -> Result<Self, Failure> {
        match keys.peek(key).map(crate::table::Entry::value) {
            None => Ok(Self::None),
            Some(ValueRef::Coll(Collection::Set(set))) => Ok(Self::Plain(set)),
            Some(ValueRef::Coll(Collection::ZSet(zset))) => Ok(Self::Sorted(zset)),
            Some(_) => Err(Failure::WRONG_TYPE),
        }
    }

    fn len(self) -> usize {
        match self {
            Self::None => 0,
            Self::Plain(set) => set.len(),
            Self::Sorted(zset) => zset.len(),
        }
    }

    fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Plain(set) => set.contains(member).then_some(1.0),
            Self::Sorted(zset) => zset.score(member),
        }
    }

    /// Visits members until `visit` has enough.
    fn each(self, visit: &mut dyn FnMut(&[u8], f64) -> Walk) {
        match self {
            Self::None => {}
            Self::Plain(set) => _ = set.iter().find(|member| visit(member, 1.0) == Walk::Stop),
            Self::Sorted(zset) => _ = zset.iter().find(|(member, score)| visit(member, *score) == Walk::Stop),
        }
    }
}

/// Whether a walk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    GoOn,
    Stop,
}

#[derive(Clone, Copy)]
struct Source<'a> {
    members: Members<'a>,
    weight: f64,
}

/// The options behind the keys.
struct Options {
    weights: Option<Vec<f64>>,
    aggregate: Aggregate,
    scores: Scores,
    /// Stop counting here; 0: never.
    limit: usize,
}

impl Options {
    fn parse(args: &[&[u8]], keys: usize, operation: Operation, purpose: Purpose) -> Result<Self, Failure> {
        let mut parsed = Self { weights: None, aggregate: Aggregate::Sum, scores: Scores::Without, limit: 0 };
        let weighs = operation != Operation::Difference && purpose != Purpose::Count;
        let mut rest = args;
        while let [option, after @ ..] = rest {
            rest = match after {
                _ if weighs && after.len() >= keys && args::is(option, "weights") => {
                    let (weights, after) = after.split_at(keys);
                    parsed.weights = Some(weights.iter().map(|text| weight(text)).collect::<Result<_, _>>()?);
                    after
                }
                [word, after @ ..] if weighs && args::is(option, "aggregate") => {
                    parsed.aggregate = aggregate(word)?;
                    after
                }
                _ if purpose == Purpose::Answer && args::is(option, "withscores") => {
                    parsed.scores = Scores::With;
                    after
                }
                [count, after @ ..] if purpose == Purpose::Count && args::is(option, "limit") => {
                    let count = args::int(count).ok().and_then(|count| usize::try_from(count).ok());
                    parsed.limit = count.ok_or(Failure::Fixed("ERR LIMIT can't be negative"))?;
                    after
                }
                _ => return Err(Failure::SYNTAX),
            };
        }
        Ok(parsed)
    }
}

fn weight(text: &[u8]) -> Result<f64, Failure> {
    args::double(text).map_err(|_| Failure::Fixed("ERR weight value is not a float"))
}

fn aggregate(word: &[u8]) -> Result<Aggregate, Failure> {
    [("sum", Aggregate::Sum), ("min", Aggregate::Min), ("max", Aggregate::Max)]
        .into_iter()
        .find_map(|(name, aggregate)| args::is(word, name).then_some(aggregate))
        .ok_or(Failure::SYNTAX)
}

type KeysAndRest<'a, 'b> = (&'a [&'b [u8]], &'a [&'b [u8]]);

/// Reads `numkeys key [key …]` at the front.
fn split_keys<'a, 'b>(args: &'a [&'b [u8]], command: &str) -> Result<KeysAndRest<'a, 'b>, Failure> {
    let count = args::int(args[0])?;
    if count < 1 {
        return Err(Failure::made(format!("ERR at least 1 input key is needed for '{command}' command")));
    }
    usize::try_from(count).ok().and_then(|count| args[1..].split_at_checked(count)).ok_or(Failure::SYNTAX)
}

/// Reads `numkeys key [key …] [options]` and finds the sources. The types of the keys are checked before the options are.
fn gather<'k>(
    keys: &'k mut Keys<'_>,
    args: &[&[u8]],
    command: &str,
    operation: Operation,
    purpose: Purpose,
) -> Result<(Vec<Source<'k>>, Options), Failure> {
    let (names, rest) = split_keys(args, command)?;
    names.iter().for_each(|name| keys.hold(name));
    let keys = &*keys;
    let members = names.iter().map(|name| Members::of(keys, name)).collect::<Result<Vec<_>, _>>()?;
    let options = Options::parse(rest, names.len(), operation, purpose)?;
    let weight = |at: usize| options.weights.as_ref().map_or(1.0, |weights| weights[at]);
    let sources = members.into_iter().enumerate().map(|(at, members)| Source { members, weight: weight(at) });
    let mut sources: Vec<Source<'_>> = sources.collect();
    if operation != Operation::Difference {
        sources.sort_by_key(|source| source.members.len());
    }
    Ok((sources, options))
}

fn combine(
    ctx: &mut Ctx<'_>,
    args: &[&[u8]],
    command: &str,
    operation: Operation,
    purpose: Purpose,
) -> Result<(ZSet, Options), Failure> {
    let (mut result, thresholds) = (ZSet::new(ctx.keys.hash_seed()), &ctx.keys.settings.zset);
    let (sources, options) = gather(&mut ctx.keys, args, command, operation, purpose)?;
    match operation {
        Operation::Union => unite(&sources, options.aggregate, thresholds, &mut result),
        Operation::Difference => subtract(&sources, thresholds, &mut result),
        Operation::Intersection => intersect(&sources, options.aggregate, &mut |member, score| {
            result.insert(member, score, thresholds);
            Walk::GoOn
        }),
    }
    Ok((result, options))
}

fn unite(sources: &[Source<'_>], aggregate: Aggregate, thresholds: &Thresholds, result: &mut ZSet) {
    for source in sources {
        source.members.each(&mut |member, score| {
            let score = zero_if_nan(source.weight * score);
            let score = result.score(member).map_or(score, |sum| aggregate.of(sum, score));
            result.insert(member, score, thresholds);
            Walk::GoOn
        });
    }
}

fn subtract(sources: &[Source<'_>], thresholds: &Thresholds, result: &mut ZSet) {
    let [first, others @ ..] = sources else { return };
    first.members.each(&mut |member, score| {
        if others.iter().all(|other| other.members.score(member).is_none()) {
            result.insert(member, score, thresholds);
        }
        Walk::GoOn
    });
}

fn intersect(sources: &[Source<'_>], aggregate: Aggregate, visit: &mut dyn FnMut(&[u8], f64) -> Walk) {
    let [smallest, others @ ..] = sources else { return };
    smallest.members.each(&mut |member, score| {
        let mut sum = zero_if_nan(smallest.weight * score);
        for other in others {
            let Some(score) = other.members.score(member) else { return Walk::GoOn };
            sum = aggregate.of(sum, score * other.weight);
        }
        visit(member, sum)
    });
}

fn answer(ctx: &mut Ctx<'_>, args: &[&[u8]], command: &str, operation: Operation) -> Result<(), Failure> {
    let (result, options) = combine(ctx, &args[1..], command, operation, Purpose::Answer)?;
    reply_header(ctx.out, result.len(), options.scores);
    result.iter().for_each(|(member, score)| reply_member(ctx.out, member, score, options.scores));
    Ok(())
}

pub(super) fn zunion(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, "zunion", Operation::Union)
}

pub(super) fn zinter(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, "zinter", Operation::Intersection)
}

pub(super) fn zdiff(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    answer(ctx, args, "zdiff", Operation::Difference)
}

fn keep(ctx: &mut Ctx<'_>, args: &[&[u8]], command: &'static str, operation: Operation) -> Result<(), Failure> {
    let (result, _) = combine(ctx, &args[2..], command, operation, Purpose::Store)?;
    store(ctx, args[1], result, command);
    Ok(())
}

pub(super) fn zunionstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    keep(ctx, args, "zunionstore", Operation::Union)
}

pub(super) fn zinterstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    keep(ctx, args, "zinterstore", Operation::Intersection)
}

pub(super) fn zdiffstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    keep(ctx, args, "zdiffstore", Operation::Difference)
}

pub(super) fn zintercard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (operation, purpose) = (Operation::Intersection, Purpose::Count);
    let (sources, options) = gather(&mut ctx.keys, &args[1..], "zintercard", operation, purpose)?;
    let mut count = 0;
    intersect(&sources, Aggregate::Max, &mut |_, _| {
        count += 1;
        if count == options.limit { Walk::Stop } else { Walk::GoOn }
    });
    ctx.out.count(count);
    Ok(())
}
