//! Reading what is new, for oneself or as a consumer of a group, and waiting for it.
//!
//! A reader that waits is run again with its arguments rewritten: `$` becomes the id that it meant when it was first read, and a
//! missing count becomes [`WAITING_COUNT`], so that a reader who comes back to a long stream is not sent all of it.

use super::{group_changed, id_failure, no_group, reply_entries, reply_entry, reply_id};
use crate::command::{Ctx, Empty, Failure, Wait, args};
use crate::resp::{Encoder, Protocol};
use crate::value::Stream;
use crate::value::stream::{Acknowledge, Group, ReadFrom, ReadNew, StreamId};

/// Entries that a reader who waited without a count gets at most.
const WAITING_COUNT: usize = 1000;

/// Who reads.
#[derive(Clone, Copy)]
struct Reader<'b> {
    group: &'b [u8],
    consumer: &'b [u8],
}

/// `XREAD` or `XREADGROUP` without their names.
struct Query<'a, 'b> {
    reader: Option<Reader<'b>>,
    acknowledge: Acknowledge,
    /// `None`: all.
    count: Option<usize>,
    /// `BLOCK`, and for how long; `Some(None)` is for ever.
    block: Option<Option<u64>>,
    keys: &'a [&'b [u8]],
    from: &'a [&'b [u8]],
}

/// Which of the two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Read,
    ReadGroup,
}

impl Command {
    fn only_of_groups(self, error: &'static str) -> Result<(), Failure> {
        if self == Self::ReadGroup { Ok(()) } else { Err(Failure::Fixed(error)) }
    }
}

impl<'a, 'b> Query<'a, 'b> {
    fn parse(args: &'a [&'b [u8]], command: Command, in_script: bool) -> Result<Self, Failure> {
        let mut query =
            Self { reader: None, acknowledge: Acknowledge::Required, count: None, block: None, keys: &[], from: &[] };
        let mut rest = &args[1..];
        while let [option, after @ ..] = rest {
            rest = match after {
                // A transaction that asks to wait gets what is there; a script is in error.
                [_, ..] if args::is(option, "block") && in_script => {
                    let why = b" command is not allowed with BLOCK option from scripts";
                    return Err(Failure::made([b"ERR ", args[0], why].concat()));
                }
                [timeout, after @ ..] if args::is(option, "block") => {
                    query.block = Some(block_timeout(timeout)?);
                    after
                }
                [count, after @ ..] if args::is(option, "count") => {
                    query.count = usize::try_from(args::int(count)?).ok().filter(|&count| count > 0);
                    after
                }
                [_, ..] if args::is(option, "streams") => {
                    (query.keys, query.from) = halves(after)?;
                    break;
                }
                [group, consumer, after @ ..] if args::is(option, "group") => {
                    command.only_of_groups(
                        "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
                    )?;
                    query.reader = Some(Reader { group, consumer });
                    after
                }
                _ if args::is(option, "noack") => {
                    command.only_of_groups(
                        "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
                    )?;
                    query.acknowledge = Acknowledge::Never;
                    after
                }
                _ => return Err(Failure::SYNTAX),
            };
        }
        if query.keys.is_empty() {
            return Err(Failure::SYNTAX);
        }
        if command == Command::ReadGroup && query.reader.is_none() {
            return Err(Failure::Fixed("ERR Missing GROUP option for XREADGROUP"));
        }
        Ok(query)
    }
}

type Halves<'a, 'b> = (&'a [&'b [u8]], &'a [&'b [u8]]);

/// Keys and ids, as many of the ones as of the others.
fn halves<'a, 'b>(rest: &'a [&'b [u8]]) -> Result<Halves<'a, 'b>, Failure> {
    if rest.len().is_multiple_of(2) {
        return Ok(rest.split_at(rest.len() / 2));
    }
    Err(Failure::Fixed("ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."))
}

/// A timeout in whole milliseconds; 0 is for ever.
fn block_timeout(arg: &[u8]) -> Result<Option<u64>, Failure> {
    let millis = args::int(arg).map_err(|_| Failure::Fixed("ERR timeout is not an integer or out of range"))?;
    let millis = u64::try_from(millis).map_err(|_| Failure::Fixed("ERR timeout is negative"))?;
    if millis > i64::MAX as u64 / 2 {
        return Err(Failure::Fixed("ERR timeout is out of range"));
    }
    Ok((millis > 0).then_some(millis))
}

/// An answer in the making: a map from keys to entries, in RESP2 an array of pairs.
struct Answer {
    body: Encoder,
    streams: usize,
}

impl Answer {
    fn new(protocol: Protocol) -> Self {
        Self { body: Encoder::new(Vec::new(), protocol), streams: 0 }
    }

    /// Begins a stream; its entries follow.
    fn begin(&mut self, key: &[u8]) -> &mut Encoder {
        self.streams += 1;
        if self.body.protocol == Protocol::Resp2 {
            self.body.array(2);
        }
        self.body.bulk(key);
        &mut self.body
    }

    fn finish(self, out: &mut Encoder) {
        match out.protocol {
            Protocol::Resp2 => out.array(self.streams),
            Protocol::Resp3 => out.map(self.streams),
        }
        out.raw(self.body.bytes());
    }
}

/// Answers, or waits if the query says so; `ids` are where readers go on who said `$`.
fn finish(ctx: &mut Ctx<'_>, args: &[&[u8]], query: &Query<'_, '_>, answer: Answer, ids: &[ReadFrom]) {
    if answer.streams > 0 {
        answer.finish(ctx.out);
    } else if let Some(timeout_ms) = query.block {
        let keys = query.keys.iter().map(|&key| key.into()).collect();
        let args = Some(rewritten(args, query, ids));
        ctx.wait_or_empty(Wait { keys, timeout_ms, args, empty: Empty::NullArray });
    } else {
        ctx.out.null_array();
    }
}

/// What a reader that waits asks for when it is woken.
fn rewritten(args: &[&[u8]], query: &Query<'_, '_>, ids: &[ReadFrom]) -> Vec<Vec<u8>> {
    let (before, _) = args.split_at(args.len() - query.from.len());
    let mut rewritten: Vec<Vec<u8>> = before.iter().map(|arg| arg.to_vec()).collect();
    rewritten.extend(query.from.iter().zip(ids).map(|(text, id)| match id {
        ReadFrom::After(id) => id.to_string().into_bytes(),
        ReadFrom::Last | ReadFrom::New => text.to_vec(),
    }));
    if query.count.is_none() {
        rewritten.splice(1..1, [b"COUNT".to_vec(), WAITING_COUNT.to_string().into_bytes()]);
    }
    rewritten
}

pub(super) fn xread(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let query = Query::parse(args, Command::Read, ctx.in_script)?;
    query.keys.iter().for_each(|key| ctx.keys.hold(key));
    let ids = read_from(ctx, &query)?;
    let mut answer = Answer::new(ctx.out.protocol);
    for (&key, id) in query.keys.iter().zip(&ids) {
        if is_passed_over(ctx, key) {
            continue;
        }
        let ReadFrom::After(id) = *id else { continue };
        if let Some(stream) = ctx.keys.stream(key)?
            && stream.log.top_id().is_some_and(|top| top > id)
        {
            let entries = stream.log.after(id).take(query.count.unwrap_or(usize::MAX));
            reply_entries(answer.begin(key), entries);
        }
    }
    finish(ctx, args, &query, answer, &ids);
    Ok(())
}

/// Whether a reader that waited looks at `key`: only at the one that changed, and not if that holds no stream.
fn is_passed_over(ctx: &Ctx<'_>, key: &[u8]) -> bool {
    ctx.woken_by.is_some_and(|changed| changed != key || ctx.keys.peek_stream(key).is_err())
}

/// The ids that `XREAD` goes on from, each an id.
fn read_from(ctx: &Ctx<'_>, query: &Query<'_, '_>) -> Result<Vec<ReadFrom>, Failure> {
    let each = query.keys.iter().zip(query.from).map(|(key, from)| {
        let last_id = match ctx.keys.peek_stream(key) {
            Ok(stream) => stream.map_or(StreamId::MIN, |stream| stream.log.last_id()),
            Err(_) if ctx.woken_by.is_some() => StreamId::MIN,
            Err(failure) => return Err(failure),
        };
        match ReadFrom::parse(from).map_err(id_failure)? {
            ReadFrom::Last => Ok(ReadFrom::After(last_id)),
            ReadFrom::New => Err(Failure::Fixed(
                "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
            )),
            id @ ReadFrom::After(_) => Ok(id),
        }
    });
    each.collect()
}

pub(super) fn xreadgroup(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let query = Query::parse(args, Command::ReadGroup, ctx.in_script)?;
    let Some(reader) = query.reader else { return Err(Failure::SYNTAX) };
    query.keys.iter().for_each(|key| ctx.keys.hold(key));
    let ids = group_read_from(ctx, &query, reader)?;
    let mut answer = Answer::new(ctx.out.protocol);
    for (&key, &id) in query.keys.iter().zip(&ids) {
        if ctx.woken_by.is_none_or(|changed| changed == key) {
            read_as(ctx, key, id, &query, reader, &mut answer)?;
        }
    }
    finish(ctx, args, &query, answer, &ids);
    Ok(())
}

/// Where `XREADGROUP` goes on in each stream. Its group has to exist; for a reader that waited, that of the key that changed.
fn group_read_from(ctx: &Ctx<'_>, query: &Query<'_, '_>, reader: Reader<'_>) -> Result<Vec<ReadFrom>, Failure> {
    let each = query.keys.iter().zip(query.from).map(|(&key, from)| {
        match ctx.woken_by {
            None => {
                let stream = ctx.keys.peek_stream(key)?;
                stream.and_then(|stream| stream.groups.get(reader.group)).ok_or_else(|| {
                    let mut text = no_group(key, reader.group);
                    text.extend(b" in XREADGROUP with GROUP option");
                    Failure::Made(text)
                })?;
            }
            Some(changed) if changed == key => check_still_there(ctx, key, reader)?,
            Some(_) => {}
        }
        match ReadFrom::parse(from).map_err(id_failure)? {
            ReadFrom::Last => Err(Failure::Fixed(
                "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by \
                 specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
            )),
            id => Ok(id),
        }
    });
    each.collect()
}

/// Whether what a reader waits for may still come.
fn check_still_there(ctx: &Ctx<'_>, key: &[u8], reader: Reader<'_>) -> Result<(), Failure> {
    let Ok(Some(stream)) = ctx.keys.peek_stream(key) else {
        return Err(Failure::Fixed("UNBLOCKED the stream key no longer exists"));
    };
    match stream.groups.get(reader.group) {
        Some(_) => Ok(()),
        None => Err(Failure::Fixed("NOGROUP the consumer group this client was blocked on no longer exists")),
    }
}

/// Reads one stream for a group. A consumer is made when it is first served.
fn read_as(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    from: ReadFrom,
    query: &Query<'_, '_>,
    reader: Reader<'_>,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let is_new = |stream: &Stream, group: &Group| stream.log.top_id() > Some(group.last_delivered_id());
    let found = ctx.keys.peek_stream(key)?.and_then(|stream| Some((stream, stream.groups.get(reader.group)?)));
    let Some((stream, group)) = found else { return Ok(()) };
    if !matches!(from, ReadFrom::After(_)) && !is_new(stream, group) {
        return Ok(());
    }
    let created = group.consumers().find(reader.consumer).is_none();
    let now_ms = ctx.keys.now_ms();
    let Some(Stream { log, groups }) = ctx.keys.stream_mut(key)? else { return Ok(()) };
    let out = answer.begin(key);
    let mark = out.open();
    let answered = groups.update(reader.group, |group| {
        let consumer = group.visit_consumer(reader.consumer, now_ms);
        match from {
            ReadFrom::After(id) => {
                group.read_history(log, consumer, id, query.count, now_ms, |id, entry| match entry {
                    Some(entry) => reply_entry(out, &entry),
                    None => {
                        out.array(2);
                        reply_id(out, id);
                        out.null_array();
                    }
                })
            }
            ReadFrom::New | ReadFrom::Last => {
                let options = ReadNew { count: query.count, acknowledge: query.acknowledge };
                group.read_new(log, consumer, options, now_ms, |entry| reply_entry(out, &entry))
            }
        }
    });
    out.close_array(mark, answered.unwrap_or(0));
    group_changed(ctx, key, created);
    Ok(())
}
