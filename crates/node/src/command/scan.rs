//! Looking through all keys, a shard at a time.
//!
//! `SCAN` visits the shards in turn. A key that exists during the whole scan stays in its shard, and there the table's own walk
//! finds it, whatever is inserted and removed meanwhile. Expired keys are left out by all of these commands but `DBSIZE`, which
//! counts what is stored.

use super::args;
use super::cursor::{self, KeyCursor};
use super::keys::type_name;
use super::{Category, Command, Ctx, Failure, Flags, Group, Run};
use crate::resp::Encoder;
use crate::shard::{Db, Item};
use crate::slot::SHARD_COUNT;
use crate::table::Keyed;
use crate::text::glob;

const READ: Flags = Flags::READONLY.union(Flags::ALL_SHARDS);

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Generic, Run::Data(run)).flags(READ)
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("scan", -2, scan).doc("2.8.0", "O(COUNT) a call, O(keys) in all", "Looks through the keys, some at a call."),
    row("keys", 2, keys).categories(Category::DANGEROUS).doc(
        "1.0.0",
        "O(keys)",
        "Returns the keys that match a pattern.",
    ),
    row("randomkey", 1, randomkey).doc("1.0.0", "O(shards)", "Returns a random key."),
    Command::new("dbsize", 1, Group::Server, Run::Data(dbsize))
        .flags(READ.union(Flags::FAST))
        .categories(Category::KEYSPACE)
        .doc("1.0.0", "O(shards)", "Counts the keys of the selected database."),
];

fn alive(item: &Item, now_ms: u64) -> bool {
    item.expire_at().is_none_or(|due| due > now_ms)
}

/// The options of `SCAN`.
struct Options<'a> {
    count: u64,
    pattern: Option<&'a [u8]>,
    kind: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(options: &[&'a [u8]]) -> Result<Self, Failure> {
        let mut parsed = Self { count: 10, pattern: None, kind: None };
        for pair in options.chunks(2) {
            match pair {
                [word, count] if args::is(word, "count") => {
                    parsed.count = u64::try_from(args::int(count)?).unwrap_or(0);
                    if parsed.count == 0 {
                        return Err(Failure::SYNTAX);
                    }
                }
                [word, pattern] if args::is(word, "match") => parsed.pattern = Some(pattern),
                [word, kind] if args::is(word, "type") => parsed.kind = Some(kind),
                _ => return Err(Failure::SYNTAX),
            }
        }
        parsed.pattern = parsed.pattern.filter(|pattern| *pattern != b"*");
        Ok(parsed)
    }

    fn accept(&self, item: &Item) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, item.key()))
            && self.kind.is_none_or(|kind| args::is(kind, type_name(item)))
    }
}

fn scan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let mut at = KeyCursor::of(cursor::parse(args[1])?);
    let options = Options::parse(&args[2..])?;
    // The cursor comes first, but is known last.
    let mut found = Encoder::new(Vec::new(), ctx.out.protocol);
    let (mut seen, mut count) = (0, 0);
    while at.shard < SHARD_COUNT && seen < options.count {
        at.position = scan_shard(ctx, at, &mut |item, alive| {
            seen += 1;
            if alive && options.accept(item) {
                found.bulk(item.key());
                count += 1;
            }
        });
        at.shard += usize::from(at.position == 0);
    }
    let next = if at.shard < SHARD_COUNT { at.number() } else { 0 };
    ctx.out.array(2);
    ctx.out.bulk(itoa::Buffer::new().format(next).as_bytes());
    ctx.out.array(count);
    ctx.out.raw(found.bytes());
    Ok(())
}

/// Visits a few items of a shard with whether they are alive; returns the next position, or 0 at the end of the shard.
fn scan_shard(ctx: &mut Ctx<'_>, at: KeyCursor, visit: &mut dyn FnMut(&Item, bool)) -> u64 {
    let (db, now_ms) = (ctx.keys.db, time_at(ctx, at.shard));
    let table = ctx.keys.shard(at.shard).db(db);
    table.map_or(0, |table| table.scan(at.position, &mut |item| visit(item, alive(item, now_ms))))
}

/// Takes a shard; returns the time there, in milliseconds since 1970.
fn time_at(ctx: &mut Ctx<'_>, shard: usize) -> u64 {
    ctx.keys.shard(shard);
    ctx.keys.now_ms()
}

fn keys(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (pattern, db) = (args[1], ctx.keys.db);
    // The empty key, which no star matches, is a key all the same.
    let every = pattern == b"*";
    let begin = ctx.out.open();
    let mut found = 0;
    for shard in 0..SHARD_COUNT {
        let now_ms = time_at(ctx, shard);
        for item in ctx.keys.shard(shard).db(db).into_iter().flat_map(Db::iter) {
            if (every || glob::matches(pattern, item.key())) && alive(item, now_ms) {
                ctx.out.bulk(item.key());
                found += 1;
            }
        }
    }
    ctx.out.close_array(begin, found);
    Ok(())
}

fn dbsize(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    let total = count(ctx);
    ctx.out.count(total);
    Ok(())
}

/// Keys of the selected database, expired ones included.
fn count(ctx: &mut Ctx<'_>) -> usize {
    let db = ctx.keys.db;
    (0..SHARD_COUNT).map(|shard| ctx.keys.shard(shard).len(db)).sum()
}

fn randomkey(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    /// Draws that may hit expired keys before the keys are looked through for one that is alive.
    const DRAWS_MAX: usize = 16;
    let total = count(ctx);
    for _ in 0..if total == 0 { 0 } else { DRAWS_MAX } {
        let nth = ctx.keys.rng.below(total as u64) as usize;
        if draw_from_shard_of(ctx, nth) {
            return Ok(());
        }
    }
    if !first_alive(ctx) {
        ctx.out.null();
    }
    Ok(())
}

/// Answers with a random key of the shard in which the `nth` of all keys lies; whether that one was alive.
fn draw_from_shard_of(ctx: &mut Ctx<'_>, mut nth: usize) -> bool {
    let db = ctx.keys.db;
    for shard in 0..SHARD_COUNT {
        let len = ctx.keys.shard(shard).len(db);
        if nth >= len {
            nth -= len;
            continue;
        }
        let (now_ms, mut dice) = (ctx.keys.now_ms(), ctx.keys.rng.fork());
        let drawn = ctx.keys.shard(shard).db(db).and_then(|table| table.sample(&mut dice));
        let Some(item) = drawn.filter(|item| alive(item, now_ms)) else { return false };
        ctx.out.bulk(item.key());
        return true;
    }
    false
}

/// Answers with the first key that is alive; whether there is one.
fn first_alive(ctx: &mut Ctx<'_>) -> bool {
    let db = ctx.keys.db;
    for shard in 0..SHARD_COUNT {
        let now_ms = time_at(ctx, shard);
        let mut items = ctx.keys.shard(shard).db(db).into_iter().flat_map(Db::iter);
        if let Some(item) = items.find(|item| alive(item, now_ms)) {
            ctx.out.bulk(item.key());
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
