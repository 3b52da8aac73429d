//! Adding, raising and removing members.

use super::ZSET;
use crate::command::{Ctx, Failure, args};
use crate::value::{Thresholds, ZSet};

/// The options of `ZADD`.
#[derive(Clone, Copy, Default)]
struct Conditions {
    only_new: bool,
    only_present: bool,
    only_greater: bool,
    only_less: bool,
    count_updated: bool,
    increment: bool,
}

impl Conditions {
    /// Reads options up to the first score; returns the rest too.
    fn parse<'a, 'b>(mut rest: &'a [&'b [u8]]) -> (Self, &'a [&'b [u8]]) {
        let mut parsed = Self::default();
        while let [word, after @ ..] = rest {
            let option = match word.len() {
                2 if args::is(word, "nx") => &mut parsed.only_new,
                2 if args::is(word, "xx") => &mut parsed.only_present,
                2 if args::is(word, "gt") => &mut parsed.only_greater,
                2 if args::is(word, "lt") => &mut parsed.only_less,
                2 if args::is(word, "ch") => &mut parsed.count_updated,
                4 if args::is(word, "incr") => &mut parsed.increment,
                _ => break,
            };
            *option = true;
            rest = after;
        }
        (parsed, rest)
    }

    fn check(self, pairs: &[&[u8]]) -> Result<(), Failure> {
        if pairs.is_empty() || pairs.len() % 2 == 1 {
            return Err(Failure::SYNTAX);
        }
        if self.only_new && self.only_present {
            return Err(Failure::Fixed("ERR XX and NX options at the same time are not compatible"));
        }
        if [self.only_new, self.only_greater, self.only_less].into_iter().filter(|&set| set).count() > 1 {
            return Err(Failure::Fixed("ERR GT, LT, and/or NX options at the same time are not compatible"));
        }
        if self.increment && pairs.len() > 2 {
            return Err(Failure::Fixed("ERR INCR option supports a single increment-element pair"));
        }
        Ok(())
    }

    /// Gives `member` the score, or adds it, if the conditions allow.
    fn apply(self, zset: &mut ZSet, member: &[u8], score: f64, thresholds: &Thresholds) -> Result<Outcome, Failure> {
        let Some(old) = zset.score(member) else {
            if self.only_present {
                return Ok(Outcome::Refused);
            }
            zset.insert(member, score, thresholds);
            return Ok(Outcome::Added(score));
        };
        if self.only_new {
            return Ok(Outcome::Refused);
        }
        let score = if self.increment { old + score } else { score };
        if score.is_nan() {
            return Err(Failure::Fixed("ERR resulting score is not a number (NaN)"));
        }
        if (self.only_less && score >= old) || (self.only_greater && score <= old) {
            return Ok(Outcome::Refused);
        }
        if score == old {
            return Ok(Outcome::Same(score));
        }
        zset.insert(member, score, thresholds);
        Ok(Outcome::Updated(score))
    }
}

/// What became of one member.
enum Outcome {
    /// A condition did not hold.
    Refused,
    /// It had the score.
    Same(f64),
    Updated(f64),
    Added(f64),
}

pub(super) fn zadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    add(ctx, args, Conditions::default())
}

pub(super) fn zincrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    add(ctx, args, Conditions { increment: true, ..Conditions::default() })
}

fn add(ctx: &mut Ctx<'_>, args: &[&[u8]], implied: Conditions) -> Result<(), Failure> {
    let key = args[1];
    let (mut conditions, pairs) = Conditions::parse(&args[2..]);
    conditions.increment |= implied.increment;
    conditions.check(pairs)?;
    let scores: Vec<f64> = pairs.chunks_exact(2).map(|pair| args::double(pair[0])).collect::<Result<_, _>>()?;
    let thresholds = &ctx.keys.settings.zset;
    let zset = if conditions.only_present { ctx.keys.zset_mut(key)? } else { Some(ctx.keys.zset_or_new(key)?) };
    let (mut added, mut updated, mut result) = (0, 0, None);
    if let Some(zset) = zset {
        for (pair, &score) in pairs.chunks_exact(2).zip(&scores) {
            result = match conditions.apply(zset, pair[1], score, thresholds)? {
                Outcome::Refused => None,
                Outcome::Same(score) => Some(score),
                Outcome::Updated(score) => {
                    updated += 1;
                    Some(score)
                }
                Outcome::Added(score) => {
                    added += 1;
                    Some(score)
                }
            };
        }
    }
    if added + updated > 0 {
        ctx.keys.changed(ZSET, if conditions.increment { "zincr" } else { "zadd" }, key);
    }
    match result {
        Some(score) if conditions.increment => ctx.out.double(score),
        None if conditions.increment => ctx.out.null(),
        _ => ctx.out.count(if conditions.count_updated { added + updated } else { added }),
    }
    Ok(())
}

pub(super) fn zrem(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let removed = match ctx.keys.zset_mut(args[1])? {
        Some(zset) => args[2..].iter().filter(|member| zset.remove(member).is_some()).count(),
        None => 0,
    };
    if removed > 0 {
        ctx.keys.changed(ZSET, "zrem", args[1]);
    }
    ctx.out.count(removed);
    Ok(())
}
