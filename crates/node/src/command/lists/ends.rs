//! Pushing to and popping from the ends of a list.

use super::super::args;
use super::{Ctx, Failure, LIST};
use crate::resp::Encoder;
use crate::value::List;

/// An end of a list.
#[derive(Clone, Copy)]
pub(super) enum End {
    Left,
    Right,
}

impl End {
    pub(super) fn parse(word: &[u8]) -> Result<Self, Failure> {
        if args::is(word, "left") {
            Ok(Self::Left)
        } else if args::is(word, "right") {
            Ok(Self::Right)
        } else {
            Err(Failure::SYNTAX)
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Left => "LEFT",
            Self::Right => "RIGHT",
        }
    }

    pub(super) const fn push_event(self) -> &'static str {
        match self {
            Self::Left => "lpush",
            Self::Right => "rpush",
        }
    }

    pub(super) const fn pop_event(self) -> &'static str {
        match self {
            Self::Left => "lpop",
            Self::Right => "rpop",
        }
    }

    pub(super) const fn pop_command(self) -> &'static [u8] {
        match self {
            Self::Left => b"LPOP",
            Self::Right => b"RPOP",
        }
    }

    pub(super) fn push(self, list: &mut List, element: &[u8]) {
        match self {
            Self::Left => list.push_front(element),
            Self::Right => list.push_back(element),
        }
    }

    pub(super) fn peek(self, list: &List) -> Option<&[u8]> {
        match self {
            Self::Left => list.front(),
            Self::Right => list.back(),
        }
    }

    pub(super) fn drop_from(self, list: &mut List) {
        match self {
            Self::Left => list.drop_front(),
            Self::Right => list.drop_back(),
        };
    }

    /// Moves up to `count` elements from the list into the reply.
    pub(super) fn pop_into(self, out: &mut Encoder, list: &mut List, count: usize) {
        for _ in 0..count {
            let Some(element) = self.peek(list) else { return };
            out.bulk(element);
            self.drop_from(list);
        }
    }
}

pub(super) fn lpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let list = ctx.keys.list_or_new(args[1])?;
    let len = push_all(list, End::Left, &args[2..]);
    pushed(ctx, args[1], End::Left, len);
    Ok(())
}

pub(super) fn rpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let list = ctx.keys.list_or_new(args[1])?;
    let len = push_all(list, End::Right, &args[2..]);
    pushed(ctx, args[1], End::Right, len);
    Ok(())
}

pub(super) fn lpushx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    push_to_existing(ctx, args, End::Left)
}

pub(super) fn rpushx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    push_to_existing(ctx, args, End::Right)
}

fn push_to_existing(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Failure> {
    let Some(list) = ctx.keys.list_mut(args[1])? else {
        ctx.out.int(0);
        return Ok(());
    };
    let len = push_all(list, end, &args[2..]);
    pushed(ctx, args[1], end, len);
    Ok(())
}

fn push_all(list: &mut List, end: End, elements: &[&[u8]]) -> usize {
    elements.iter().for_each(|element| end.push(list, element));
    list.len()
}

fn pushed(ctx: &mut Ctx<'_>, key: &[u8], end: End, len: usize) {
    ctx.keys.changed(LIST, end.push_event(), key);
    ctx.out.count(len);
}

pub(super) fn lpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pop(ctx, args, End::Left)
}

pub(super) fn rpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    pop(ctx, args, End::Right)
}

fn pop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Failure> {
    match args {
        [_, key] => pop_one(ctx, key, end),
        [_, key, count] => {
            let count = args::int(count).ok().and_then(|count| usize::try_from(count).ok());
            let count = count.ok_or(Failure::Fixed("ERR value is out of range, must be positive"))?;
            pop_count(ctx, key, end, count)
        }
        _ => Err(Failure::made(format!("ERR wrong number of arguments for '{}' command", end.pop_event()))),
    }
}

fn pop_one(ctx: &mut Ctx<'_>, key: &[u8], end: End) -> Result<(), Failure> {
    match ctx.keys.list_mut(key)? {
        None => ctx.out.null(),
        Some(list) => {
            end.pop_into(ctx.out, list, 1);
            ctx.keys.changed(LIST, end.pop_event(), key);
        }
    }
    Ok(())
}

fn pop_count(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) -> Result<(), Failure> {
    match ctx.keys.list(key)?.map(List::len) {
        None => ctx.out.null_array(),
        Some(_) if count == 0 => ctx.out.array(0),
        Some(len) => pop_as_array(ctx, key, end, count.min(len))?,
    }
    Ok(())
}

/// Pops `count` elements, as many as the list has at most, into an array.
fn pop_as_array(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) -> Result<(), Failure> {
    ctx.out.array(count);
    if let Some(list) = ctx.keys.list_mut(key)? {
        end.pop_into(ctx.out, list, count);
        ctx.keys.changed(LIST, end.pop_event(), key);
    }
    Ok(())
}

/// The arguments of `LMPOP` and `BLMPOP` from the number of keys on.
pub(super) struct MultiPop<'a> {
    pub(super) keys: &'a [&'a [u8]],
    pub(super) end: End,
    count: usize,
}

impl<'a> MultiPop<'a> {
    pub(super) fn parse(args: &'a [&'a [u8]]) -> Result<Self, Failure> {
        let numkeys = positive(args[0], "ERR numkeys should be greater than 0")?;
        let (keys, rest) = args[1..].split_at_checked(numkeys).ok_or(Failure::SYNTAX)?;
        let [end, options @ ..] = rest else { return Err(Failure::SYNTAX) };
        let end = End::parse(end)?;
        let count = match options {
            [] => 1,
            [word, count, more @ ..] if args::is(word, "count") => {
                let count = positive(count, "ERR count should be greater than 0")?;
                if !more.is_empty() {
                    return Err(Failure::SYNTAX);
                }
                count
            }
            _ => return Err(Failure::SYNTAX),
        };
        Ok(Self { keys, end, count })
    }

    /// Pops from `key`, which holds a list; returns how many elements.
    pub(super) fn pop(&self, ctx: &mut Ctx<'_>, key: &[u8]) -> Result<usize, Failure> {
        let len = ctx.keys.list(key)?.map_or(0, List::len);
        let count = self.count.min(len);
        ctx.out.array(2);
        ctx.out.bulk(key);
        pop_as_array(ctx, key, self.end, count)?;
        Ok(count)
    }
}

fn positive(text: &[u8], otherwise: &'static str) -> Result<usize, Failure> {
    let number = args::int(text).ok().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number > 0).ok_or(Failure::Fixed(otherwise))
}

/// The first of `keys` that holds a list. A key of another type before it is an error.
pub(super) fn first_list<'k>(ctx: &mut Ctx<'_>, keys: &[&'k [u8]]) -> Result<Option<&'k [u8]>, Failure> {
    for &key in keys {
        if ctx.keys.list(key)?.is_some() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

pub(super) fn lmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let wanted = MultiPop::parse(&args[1..])?;
    match first_list(ctx, wanted.keys)? {
        Some(key) => _ = wanted.pop(ctx, key)?,
        None => ctx.out.null_array(),
    }
    Ok(())
}
