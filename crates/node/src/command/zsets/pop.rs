//! Taking members from either end, at once or when there are some.

use super::ZSET;
use crate::command::{Ctx, Empty, Failure, Wait, args};
use crate::resp::Protocol;

/// The end that members are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

impl End {
    const fn event(self) -> &'static str {
        match self {
            Self::Min => "zpopmin",
            Self::Max => "zpopmax",
        }
    }
}

/// How members are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Members and scores in one array.
    Flat,
    /// A pair for each.
    Pairs,
    /// One array that begins with the key.
    AfterKey,
    /// The key and an array of pairs.
    KeyAndPairs,
}

/// Takes up to `count` members out of `key`, which has some, and answers them.
fn take(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize, form: Form) -> Result<(), Failure> {
    let Some(zset) = ctx.keys.zset_mut(key)? else { return Ok(()) };
    let len = zset.len();
    let count = count.min(len);
    let out = &mut *ctx.out;
    match form {
        Form::Flat => out.array(2 * count),
        Form::Pairs => out.array(count),
        Form::AfterKey => {
            out.array(1 + 2 * count);
            out.bulk(key);
        }
        Form::KeyAndPairs => {
            out.array(2);
            out.bulk(key);
            out.array(count);
        }
    }
    let mut reply = |(member, score): (&[u8], f64)| {
        if matches!(form, Form::Pairs | Form::KeyAndPairs) {
            out.array(2);
        }
        out.bulk(member);
        out.double(score);
    };
    let ranks = match end {
        End::Min => 0..count,
        End::Max => len - count..len,
    };
    match end {
        End::Min => zset.range(ranks.clone()).for_each(&mut reply),
        End::Max => zset.range(ranks.clone()).rev().for_each(&mut reply),
    }
    zset.remove_range(ranks);
    ctx.keys.changed(ZSET, end.event(), key);
    Ok(())
}

pub(super) fn zpopmin(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pop(ctx, args, End::Min)
}

pub(super) fn zpopmax(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pop(ctx, args, End::Max)
}

fn pop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Failure> {
    let (count, form) = match &args[2..] {
        [] => (1, Form::Flat),
        [count] => {
            let count = args::int(count).ok().and_then(|count| usize::try_from(count).ok());
            let count = count.ok_or(Failure::Fixed("ERR value is out of range, must be positive"))?;
            (count, if ctx.out.protocol == Protocol::Resp3 { Form::Pairs } else { Form::Flat })
        }
        _ => return Err(Failure::SYNTAX),
    };
    if ctx.keys.zset(args[1])?.is_none() || count == 0 {
        ctx.out.array(0);
        return Ok(());
    }
    take(ctx, args[1], end, count, form)
}

/// The first of `keys` that has members. A client that waited looks at the key that changed only.
fn first_filled<'k>(ctx: &mut Ctx<'_>, keys: &[&'k [u8]]) -> Result<Option<&'k [u8]>, Failure> {
    for &key in keys {
        match (ctx.woken_by, ctx.keys.zset(key)) {
            (Some(changed), _) if changed != key => {}
            (None, Err(failure)) => return Err(failure),
            (_, Ok(Some(_))) => return Ok(Some(key)),
            (_, Ok(None)) | (Some(_), Err(_)) => {}
        }
    }
    Ok(None)
}

fn wait_for(ctx: &mut Ctx<'_>, keys: &[&[u8]], timeout_ms: Option<u64>) {
    let keys = keys.iter().map(|&key| key.into()).collect();
    ctx.wait_or_empty(Wait { keys, timeout_ms, args: None, empty: Empty::NullArray });
}

pub(super) fn bzpopmin(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    blocking_pop(ctx, args, End::Min)
}

pub(super) fn bzpopmax(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    blocking_pop(ctx, args, End::Max)
}

fn blocking_pop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Failure> {
    let last = args.len() - 1;
    let (keys, timeout_ms) = (&args[1..last], args::timeout(args[last])?);
    let Some(key) = first_filled(ctx, keys)? else {
        wait_for(ctx, keys, timeout_ms);
        return Ok(());
    };
    take(ctx, key, end, 1, Form::AfterKey)?;
    log(ctx, key, end, 1);
    Ok(())
}

/// Logs what a command with several keys or a wait took.
fn log(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) {
    let command: &[u8] = match end {
        End::Min => b"ZPOPMIN",
        End::Max => b"ZPOPMAX",
    };
    let db = ctx.keys.db;
    ctx.keys.effects.replace(db, &[command, key, itoa::Buffer::new().format(count).as_bytes()]);
}

pub(super) fn zmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let pop = MultiPop::parse(&args[1..])?;
    match first_filled(ctx, pop.keys)? {
        Some(key) => pop.take(ctx, key)?,
        None => ctx.out.null_array(),
    }
    Ok(())
}

pub(super) fn bzmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let timeout_ms = args::timeout(args[1])?;
    let pop = MultiPop::parse(&args[2..])?;
    match first_filled(ctx, pop.keys)? {
        Some(key) => pop.take(ctx, key)?,
        None => wait_for(ctx, pop.keys, timeout_ms),
    }
    Ok(())
}

/// `numkeys key [key …] MIN|MAX [COUNT count]`.
struct MultiPop<'a, 'b> {
    keys: &'a [&'b [u8]],
    end: End,
    count: usize,
}

impl<'a, 'b> MultiPop<'a, 'b> {
    fn parse(args: &'a [&'b [u8]]) -> Result<Self, Failure> {
        let count = at_least_one(args[0], "ERR numkeys should be greater than 0")?;
        let (keys, rest) = args[1..].split_at_checked(count).ok_or(Failure::SYNTAX)?;
        let (end, rest) = match rest {
            [word, rest @ ..] if args::is(word, "min") => (End::Min, rest),
            [word, rest @ ..] if args::is(word, "max") => (End::Max, rest),
            _ => return Err(Failure::SYNTAX),
        };
        let mut count = None;
        let mut rest = rest;
        while let [option, after @ ..] = rest {
            let ([value, after @ ..], true, None) = (after, args::is(option, "count"), count) else {
                return Err(Failure::SYNTAX);
            };
            count = Some(at_least_one(value, "ERR count should be greater than 0")?);
            rest = after;
        }
        Ok(Self { keys, end, count: count.unwrap_or(1) })
    }

    fn take(&self, ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Failure> {
        take(ctx, key, self.end, self.count, Form::KeyAndPairs)?;
        log(ctx, key, self.end, self.count);
        Ok(())
    }
}

fn at_least_one(arg: &[u8], error: &'static str) -> Result<usize, Failure> {
    let count = args::int(arg).ok().and_then(|count| usize::try_from(count).ok());
    count.filter(|&count| count > 0).ok_or(Failure::Fixed(error))
}
