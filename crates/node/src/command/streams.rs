//! Streams.
//!
//! `entries` adds, reads by interval, deletes and trims; `read` reads what is new, for oneself or for a group, and waits for it;
//! `claims` is about entries that a group delivered and nobody acknowledged; `groups` and `info` are `XGROUP` and `XINFO`.

mod claims;
mod entries;
mod groups;
mod info;
mod read;
#[cfg(test)]
mod tests;

use super::{Access, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::resp::Encoder;
use crate::shard::EventClass;
use crate::text::up_to_nul;
use crate::value::stream::{Entry, IdError, StreamId};
use claims::{xack, xautoclaim, xclaim, xpending};
use entries::{xadd, xdel, xlen, xrange, xrevrange, xsetid, xtrim};
use read::{xread, xreadgroup};

const STREAM: EventClass = EventClass::STREAM;

const READ: &[KeySpec] = &[KeySpec::one(Access::Read)];
const WRITE: &[KeySpec] = &[KeySpec::one(Access::Write)];
const SUB_READ: &[KeySpec] = &[KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Read }];
const SUB_WRITE: &[KeySpec] = &[KeySpec::Range { first: 2, last: 2, step: 1, access: Access::Write }];
const STREAMS: &[KeySpec] = &[streams_from(1)];
const GROUP_STREAMS: &[KeySpec] = &[streams_from(4)];

const fn streams_from(from: usize) -> KeySpec {
    const OPTIONS: &[(&str, usize)] = &[("block", 1), ("count", 1), ("group", 2), ("noack", 0)];
    KeySpec::Halves { keyword: "STREAMS", from, options: OPTIONS, access: Access::Read }
}

const R: Flags = Flags::READONLY;
const W: Flags = Flags::WRITE;
const WM: Flags = W.union(Flags::DENYOOM);
const WF: Flags = W.union(Flags::FAST);
const WMF: Flags = WM.union(Flags::FAST);
const WAITING: Flags = Flags::BLOCKING.union(Flags::MOVABLEKEYS);
const HELP: Flags = Flags::LOADING.union(Flags::STALE);

const fn row(name: &'static str, arity: i16, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, arity, Group::Stream, Run::Data(run))
}

/// The rows of this family. In costs, n is the size of the stream and k that of the answer.
pub const COMMANDS: &[Command] = &[
    row("xadd", -5, xadd).flags(WMF).keys(WRITE).doc(
        "5.0.0",
        "O(1), and O(1) for each entry that trimming removes",
        "Appends an entry to a stream.",
    ),
    row("xlen", 2, xlen).flags(R.union(Flags::FAST)).keys(READ).doc("5.0.0", "O(1)", "Returns the number of entries."),
    row("xrange", -4, xrange).flags(R).keys(READ).doc(
        "5.0.0",
        "O(log n + k)",
        "Returns the entries within an interval of ids.",
    ),
    row("xrevrange", -4, xrevrange).flags(R).keys(READ).doc(
        "5.0.0",
        "O(log n + k)",
        "Returns the entries within an interval of ids, newest first.",
    ),
    row("xdel", -3, xdel).flags(WF).keys(WRITE).doc("5.0.0", "O(log n) for each entry", "Deletes entries by id."),
    row("xtrim", -4, xtrim).flags(W).keys(WRITE).doc(
        "5.0.0",
        "O(removed)",
        "Removes the oldest entries down to a length or an id.",
    ),
    row("xread", -4, xread).flags(R.union(WAITING)).keys(STREAMS).doc(
        "5.0.0",
        "O(log n + k) for each stream",
        "Returns entries behind given ids from several streams; waits for some if asked to.",
    ),
    row("xreadgroup", -7, xreadgroup).flags(W.union(WAITING)).keys(GROUP_STREAMS).doc(
        "5.0.0",
        "O(log n + k) for each stream",
        "Returns entries that a group has not delivered yet, or that a consumer has pending; waits for some if asked to.",
    ),
    row("xack", -4, xack).flags(WF).keys(WRITE).doc(
        "5.0.0",
        "O(log n) for each id",
        "Acknowledges entries: they are pending no longer.",
    ),
    row("xclaim", -6, xclaim).flags(WF).keys(WRITE).doc(
        "5.0.0",
        "O(log n) for each id",
        "Gives pending entries to another consumer.",
    ),
    row("xautoclaim", -6, xautoclaim).flags(WF).keys(WRITE).doc(
        "6.2.0",
        "O(count)",
        "Gives pending entries that were idle for long to another consumer.",
    ),
    row("xpending", -3, xpending).flags(R).keys(READ).doc(
        "5.0.0",
        "O(consumers), or O(log n + k) for a range",
        "Tells which entries are pending in a group.",
    ),
    row("xsetid", -3, xsetid).flags(WMF).keys(WRITE).doc("5.0.0", "O(1)", "Sets the last id of a stream."),
    Command::new("xgroup", -2, Group::Stream, Run::Container).subcommands(XGROUP).doc(
        "5.0.0",
        "that of the subcommand",
        "A container for consumer group commands.",
    ),
    Command::new("xinfo", -2, Group::Stream, Run::Container).subcommands(XINFO).doc(
        "5.0.0",
        "that of the subcommand",
        "A container for stream introspection commands.",
    ),
];

const XGROUP: &[Command] = &[
    row("create", -5, groups::create).flags(WM).keys(SUB_WRITE).doc("5.0.0", "O(log groups)", "Makes a group."),
    row("createconsumer", 5, groups::create_consumer).flags(WM).keys(SUB_WRITE).doc(
        "6.2.0",
        "O(log consumers)",
        "Makes a consumer in a group.",
    ),
    row("delconsumer", 5, groups::delete_consumer).flags(W).keys(SUB_WRITE).doc(
        "5.0.0",
        "O(its pending entries)",
        "Removes a consumer and what it has pending.",
    ),
    row("destroy", 4, groups::destroy).flags(W).keys(SUB_WRITE).doc(
        "5.0.0",
        "O(its pending entries)",
        "Removes a group.",
    ),
    row("setid", -5, groups::set_id).flags(W).keys(SUB_WRITE).doc(
        "5.0.0",
        "O(log groups)",
        "Sets the id that a group has read up to.",
    ),
    row("help", 2, groups::help).flags(HELP).doc(
        "5.0.0",
        "O(1)",
        "Returns helpful text about the different subcommands.",
    ),
];

const XINFO: &[Command] = &[
    row("consumers", 4, info::consumers).flags(R).keys(SUB_READ).doc(
        "5.0.0",
        "O(consumers)",
        "Returns the consumers of a group.",
    ),
    row("groups", 3, info::groups).flags(R).keys(SUB_READ).doc("5.0.0", "O(groups)", "Returns the groups of a stream."),
    row("stream", -3, info::stream).flags(R).keys(SUB_READ).doc(
        "5.0.0",
        "O(1), or O(k) in full",
        "Returns what is known about a stream.",
    ),
    row("help", 2, info::help).flags(HELP).doc(
        "5.0.0",
        "O(1)",
        "Returns helpful text about the different subcommands.",
    ),
];

#[allow(clippy::needless_pass_by_value, reason = "goes to map_err")]
fn id_failure(error: IdError) -> Failure {
    Failure::made(format!("ERR {error}"))
}

fn stream_id(text: &[u8]) -> Result<StreamId, Failure> {
    StreamId::parse(text).map_err(id_failure)
}

fn reply_id(out: &mut Encoder, id: StreamId) {
    let (mut ms, mut seq) = (itoa::Buffer::new(), itoa::Buffer::new());
    let (ms, seq) = (ms.format(id.ms).as_bytes(), seq.format(id.seq).as_bytes());
    let (mut text, len) = ([b'-'; 41], ms.len() + 1 + seq.len());
    text[..ms.len()].copy_from_slice(ms);
    text[ms.len() + 1..len].copy_from_slice(seq);
    out.bulk(&text[..len]);
}

/// An array of entries.
fn reply_entries<'a>(out: &mut Encoder, entries: impl Iterator<Item = Entry<'a>>) {
    let (mark, mut answered) = (out.open(), 0);
    for entry in entries {
        reply_entry(out, &entry);
        answered += 1;
    }
    out.close_array(mark, answered);
}

fn reply_entry(out: &mut Encoder, entry: &Entry<'_>) {
    out.array(2);
    reply_id(out, entry.id);
    let fields = entry.fields();
    out.array(2 * fields.len());
    for (name, value) in fields {
        out.bulk(name);
        out.bulk(value);
    }
}

fn reply_help(out: &mut Encoder, lines: &[&str]) {
    out.array(lines.len());
    lines.iter().for_each(|line| out.simple(line));
}

/// What most commands say where the key or the group is missing.
fn no_group(key: &[u8], group: &[u8]) -> Vec<u8> {
    [b"NOGROUP No such key '", up_to_nul(key), b"' or consumer group '", up_to_nul(group), b"'"].concat()
}

/// What `XGROUP` and `XINFO` say where the group is missing.
fn no_such_group(key: &[u8], group: &[u8]) -> Failure {
    Failure::Made([b"NOGROUP No such consumer group '", group, b"' for key name '", key, b"'"].concat())
}

/// A subcommand with arguments that it has no form for.
fn unknown_form(args: &[&[u8]]) -> Failure {
    let sub = &args[1][..args[1].len().min(128)];
    let command = args[0].to_ascii_uppercase();
    let text: [&[u8]; 5] =
        [b"ERR unknown subcommand or wrong number of arguments for '", sub, b"'. Try ", &command, b" HELP."];
    Failure::Made(text.concat())
}

/// A group changed: that is logged, but nobody hears of it unless a consumer was created.
fn group_changed(ctx: &mut Ctx<'_>, key: &[u8], consumer_created: bool) {
    let class = if consumer_created { STREAM } else { EventClass::empty() };
    ctx.keys.noted(class, "xgroup-createconsumer", key);
}
