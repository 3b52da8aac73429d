//! `XINFO`: what a stream, its groups and their consumers look like.

use super::{no_such_group, reply_entries, reply_entry, reply_id, unknown_form};
use crate::command::{Ctx, Failure, args};
use crate::resp::Encoder;
use crate::value::Stream;
use crate::value::stream::{Entry, Group, Log, StreamId};

const NO_KEY: Failure = Failure::Fixed("ERR no such key");

/// Entries that `FULL` shows of a stream, and pending ones of each group and consumer, unless told otherwise.
const FULL_COUNT: usize = 10;

pub(super) fn consumers(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, now_ms) = (args[2], ctx.keys.now_ms());
    let stream = ctx.keys.stream(key)?.ok_or(NO_KEY)?;
    let group = stream.groups.get(args[3]).ok_or_else(|| no_such_group(key, args[3]))?;
    ctx.out.array(group.consumers().len());
    for (_, consumer) in group.consumers().iter() {
        ctx.out.map(3);
        ctx.out.bulk(b"name");
        ctx.out.bulk(consumer.name());
        ctx.out.bulk(b"pending");
        ctx.out.count(consumer.pending().len());
        ctx.out.bulk(b"idle");
        ctx.out.int(now_ms.saturating_sub(consumer.seen_time_ms()) as i64);
    }
    Ok(())
}

pub(super) fn groups(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let Stream { log, groups } = ctx.keys.stream(args[2])?.ok_or(NO_KEY)?;
    ctx.out.array(groups.len());
    for (name, group) in groups.iter() {
        ctx.out.map(6);
        ctx.out.bulk(b"name");
        ctx.out.bulk(name);
        ctx.out.bulk(b"consumers");
        ctx.out.count(group.consumers().len());
        ctx.out.bulk(b"pending");
        ctx.out.count(group.pending().len());
        reply_progress(ctx.out, log, group);
    }
    Ok(())
}

/// How far a group has read.
fn reply_progress(out: &mut Encoder, log: &Log, group: &Group) {
    out.bulk(b"last-delivered-id");
    reply_id(out, group.last_delivered_id());
    out.bulk(b"entries-read");
    int_or_null(out, group.entries_read().map(u64::cast_signed));
    out.bulk(b"lag");
    int_or_null(out, group.lag(log));
}

fn int_or_null(out: &mut Encoder, value: Option<i64>) {
    match value {
        Some(value) => out.int(value),
        None => out.null(),
    }
}

pub(super) fn stream(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let stream = ctx.keys.stream(args[2])?.ok_or(NO_KEY)?;
    match &args[3..] {
        [] => reply_summary(ctx.out, stream),
        [full] if args::is(full, "full") => reply_full(ctx.out, stream, FULL_COUNT),
        [full, word, count] if args::is(full, "full") && args::is(word, "count") => {
            let count = usize::try_from(args::int(count)?).unwrap_or(FULL_COUNT);
            reply_full(ctx.out, stream, if count == 0 { usize::MAX } else { count });
        }
        _ => return Err(unknown_form(args)),
    }
    Ok(())
}

/// The seven pairs that both forms begin with.
fn reply_log(out: &mut Encoder, log: &Log) {
    out.bulk(b"length");
    out.int(log.len() as i64);
    out.bulk(b"radix-tree-keys");
    out.count(log.entries().block_count());
    out.bulk(b"radix-tree-nodes");
    out.count(log.entries().radix_nodes());
    out.bulk(b"last-generated-id");
    reply_id(out, log.last_id());
    out.bulk(b"max-deleted-entry-id");
    reply_id(out, log.max_deleted_id());
    out.bulk(b"entries-added");
    out.int(log.entries_added() as i64);
    out.bulk(b"recorded-first-entry-id");
    reply_id(out, log.first_id());
}

fn reply_summary(out: &mut Encoder, stream: &Stream) {
    out.map(10);
    reply_log(out, &stream.log);
    out.bulk(b"groups");
    out.count(stream.groups.len());
    out.bulk(b"first-entry");
    reply_entry_or_null(out, stream.log.entries().first());
    out.bulk(b"last-entry");
    reply_entry_or_null(out, stream.log.entries().last());
}

fn reply_entry_or_null(out: &mut Encoder, entry: Option<Entry<'_>>) {
    match entry {
        Some(entry) => reply_entry(out, &entry),
        None => out.null(),
    }
}

fn reply_full(out: &mut Encoder, stream: &Stream, count: usize) {
    out.map(9);
    reply_log(out, &stream.log);
    out.bulk(b"entries");
    reply_entries(out, stream.log.range(StreamId::MIN, StreamId::MAX).take(count));
    out.bulk(b"groups");
    out.array(stream.groups.len());
    for (name, group) in stream.groups.iter() {
        out.map(7);
        out.bulk(b"name");
        out.bulk(name);
        reply_progress(out, &stream.log, group);
        reply_pending(out, group, count);
        reply_consumers(out, group, count);
    }
}

fn reply_pending(out: &mut Encoder, group: &Group, count: usize) {
    out.bulk(b"pel-count");
    out.count(group.pending().len());
    out.bulk(b"pending");
    out.array(group.pending().len().min(count));
    for (&id, pending) in group.pending().iter().take(count) {
        out.array(4);
        reply_id(out, id);
        out.bulk(group.consumers().get(pending.consumer).map_or(&[], |consumer| consumer.name()));
        out.int(pending.delivery_time_ms as i64);
        out.int(pending.delivery_count as i64);
    }
}

fn reply_consumers(out: &mut Encoder, group: &Group, count: usize) {
    out.bulk(b"consumers");
    out.array(group.consumers().len());
    for (_, consumer) in group.consumers().iter() {
        out.map(4);
        out.bulk(b"name");
        out.bulk(consumer.name());
        out.bulk(b"seen-time");
        out.int(consumer.seen_time_ms() as i64);
        out.bulk(b"pel-count");
        out.count(consumer.pending().len());
        out.bulk(b"pending");
        out.array(consumer.pending().len().min(count));
        for &id in consumer.pending().iter().take(count) {
            let delivered = group.pending().get(&id).map_or((0, 0), |it| (it.delivery_time_ms, it.delivery_count));
            out.array(3);
            reply_id(out, id);
            out.int(delivered.0 as i64);
            out.int(delivered.1 as i64);
        }
    }
}

pub(super) fn help(ctx: &mut Ctx<'_>, _args: &[&[u8]]) -> Result<(), Failure> {
    super::reply_help(
        ctx.out,
        &[
            "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "CONSUMERS <key> <groupname>",
            "    Shows the consumers of a group.",
            "GROUPS <key>",
            "    Shows the groups of a stream.",
            "STREAM <key> [FULL [COUNT <count>]]",
            "    Shows a stream; in full with its entries, groups and consumers.",
            "HELP",
            "    Prints this help.",
        ],
    );
    Ok(())
}
