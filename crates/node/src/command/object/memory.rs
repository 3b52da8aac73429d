//! `MEMORY`: how many bytes keys take.
//!
//! Bytes are those of the allocator's size classes, counted as they change; nothing is sampled.

use super::{READ, item, lines, sub};
use crate::command::args;
use crate::command::{Command, Ctx, Failure, Flags, Group, Run};
use crate::engine::{Call, Flow};
use crate::shard::DB_COUNT;

const fn told(name: &'static str, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    let mut command = sub(name, 2, run);
    command.group = Group::Server;
    command
}

pub(in crate::command) const MEMORY: Command = Command::new("memory", -2, Group::Server, Run::Container)
    .subcommands(&[
        Command::new("usage", -3, Group::Server, Run::Data(usage)).flags(Flags::READONLY).keys(READ).doc(
            "4.0.0",
            "O(1)",
            "Tells how many bytes a key and its value take.",
        ),
        Command::new("stats", 2, Group::Server, Run::Session(stats)).doc(
            "4.0.0",
            "O(shards)",
            "Tells what memory holds.",
        ),
        told("doctor", doctor).doc("4.0.0", "O(1)", "Says what is wrong with the use of memory."),
        told("malloc-stats", malloc_stats).doc("4.0.0", "O(1)", "Says that the allocator keeps no statistics."),
        told("purge", purge).doc("4.0.0", "O(1)", "Does nothing: the allocator returns memory by itself."),
        told("help", help).flags(Flags::LOADING.union(Flags::STALE)).doc("4.0.0", "O(1)", "Lists the subcommands."),
    ])
    .doc("4.0.0", "O(1)", "Tells how many bytes keys take.");

fn usage(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let mut rest = &args[3..];
    while let [word, after @ ..] = rest {
        let ([samples, after @ ..], true) = (after, args::is(word, "samples")) else { return Err(Failure::SYNTAX) };
        if args::int(samples)? < 0 {
            return Err(Failure::SYNTAX);
        }
        rest = after;
    }
    match item(ctx, args).map(bytes_of) {
        Some(bytes) => ctx.out.count(bytes),
        None => ctx.out.null(),
    }
    Ok(())
}

/// Bytes of an item, its place in the table included.
fn bytes_of(item: &crate::shard::Item) -> usize {
    crate::shard::item_bytes(item) + size_of::<crate::shard::Item>() + 1
}

fn stats(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let (mut keys, mut tables) = (0, 0);
    call.each_shard(&mut |shard| {
        for db in (0..DB_COUNT).filter_map(|db| shard.db(db)) {
            keys += db.len();
            tables += db.table_bytes();
        }
    });
    let dataset = call.engine.spaces().bytes() as usize;
    let facts = [
        ("keys.count", keys),
        ("keys.bytes-per-key", (dataset + tables) / keys.max(1)),
        ("dataset.bytes", dataset),
        ("overhead.total", tables),
        ("total.allocated", dataset + tables),
    ];
    call.out.map(facts.len());
    for (name, value) in facts {
        call.out.bulk(name.as_bytes());
        call.out.count(value);
    }
    Ok(Flow::Continue)
}

fn doctor(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    ctx.out.verbatim(
        b"Keys and values are counted exactly: MEMORY STATS has the sums, MEMORY USAGE a key's share. No rule of thumb is applied.",
    );
    Ok(())
}

fn malloc_stats(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    ctx.out.bulk(b"Stats not supported for the current allocator");
    Ok(())
}

fn purge(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    ctx.out.ok();
    Ok(())
}

fn help(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    lines(
        ctx,
        &[
            "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "DOCTOR",
            "    Says what is wrong with the use of memory.",
            "HELP",
            "    Lists the subcommands.",
            "MALLOC-STATS",
            "    Says that the allocator keeps no statistics.",
            "PURGE",
            "    Does nothing: the allocator returns memory by itself.",
            "STATS",
            "    Tells how many bytes keys, values and tables take in all.",
            "USAGE <key> [SAMPLES <count>]",
            "    Tells how many bytes <key> and its value take. Nothing is sampled: the count is exact.",
        ],
    );
    Ok(())
}
