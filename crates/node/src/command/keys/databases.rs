//! Whole databases: flushing, exchanging and counting them, and moving a key between them.

use crate::command::args;
use crate::command::{Category, Command, Ctx, Failure, Flags, Group, Run};
use crate::shard::{DB_COUNT, EventClass};
use crate::slot::SHARD_COUNT;

const DANGEROUS: Category = Category::KEYSPACE.union(Category::DANGEROUS);

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Server, Run::Data(run)).categories(DANGEROUS)
}

pub(super) const COMMANDS: &[Command] = &[
    row("flushall", -1, flushall).flags(Flags::WRITE.union(Flags::ALL_SHARDS)).doc(
        "1.0.0",
        "O(keys); what they held is freed elsewhere",
        "Removes the keys of all databases.",
    ),
    row("flushdb", -1, flushdb).flags(Flags::WRITE.union(Flags::ALL_SHARDS)).doc(
        "1.0.0",
        "O(keys); what they held is freed elsewhere",
        "Removes the keys of the selected database.",
    ),
    row("swapdb", 3, swapdb).flags(Flags::WRITE.union(Flags::FAST).union(Flags::ALL_SHARDS)).doc(
        "4.0.0",
        "O(watched and awaited keys)",
        "Exchanges two databases.",
    ),
];

/// The number of a database.
pub(super) fn database(number: i64) -> Result<u8, Failure> {
    u8::try_from(number).ok().filter(|db| *db < DB_COUNT).ok_or(Failure::Fixed("ERR DB index is out of range"))
}

/// Checks the one option of a flush. Both words mean the same here: keys go at once, and are freed in the background.
fn check_option(options: &[&[u8]]) -> Result<(), Failure> {
    match options {
        [] => Ok(()),
        [word] if args::is(word, "async") || args::is(word, "sync") => Ok(()),
        _ => Err(Failure::SYNTAX),
    }
}

fn flushall(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    check_option(&args[1..])?;
    flush(ctx, 0..DB_COUNT);
    Ok(())
}

fn flushdb(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    check_option(&args[1..])?;
    let db = ctx.keys.db;
    flush(ctx, db..db + 1);
    Ok(())
}

fn flush(ctx: &mut Ctx<'_>, dbs: std::ops::Range<u8>) {
    for index in 0..SHARD_COUNT {
        for db in dbs.clone() {
            let Some(flushed) = ctx.keys.shard(index).flush(db) else { continue };
            if let Some(background) = &ctx.keys.settings.background {
                background.free(flushed);
            }
        }
    }
    changed_all(ctx);
    ctx.out.ok();
}

/// Says that keys changed whose names nobody knows: the command is logged as the strictest keyspace demands.
fn changed_all(ctx: &mut Ctx<'_>) {
    let spaces = std::sync::Arc::clone(&ctx.keys.shard(0).spaces);
    let strictest = spaces.ids().map(|id| spaces.get(id).durability).max();
    ctx.keys.effects.durability = ctx.keys.effects.durability.max(strictest);
    ctx.keys.effects.dirty += 1;
}

fn swapdb(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let first = args::int(args[1]).map_err(|_| Failure::Fixed("ERR invalid first DB index"))?;
    let second = args::int(args[2]).map_err(|_| Failure::Fixed("ERR invalid second DB index"))?;
    let (first, second) = (database(first)?, database(second)?);
    for index in 0..SHARD_COUNT {
        ctx.keys.shard(index).swap(first, second);
    }
    changed_all(ctx);
    ctx.out.ok();
    Ok(())
}

pub(super) fn r#move(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, here) = (args[1], ctx.keys.db);
    let there = database(args::int(args[2])?)?;
    if here == there {
        return Err(Failure::Fixed("ERR source and destination objects are the same"));
    }
    let moved = ctx.keys.exists(key) && {
        ctx.keys.db = there;
        !ctx.keys.exists(key)
    };
    ctx.keys.db = here;
    if moved && let Some(item) = ctx.keys.take(key) {
        ctx.keys.changed(EventClass::GENERIC, "move_from", key);
        ctx.keys.db = there;
        ctx.keys.put_item(item);
        ctx.keys.changed(EventClass::GENERIC, "move_to", key);
    }
    ctx.out.flag(moved);
    Ok(())
}
