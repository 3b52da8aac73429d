//! Entries: added, read by interval, deleted, trimmed.

use super::{STREAM, id_failure, reply_entries, reply_id, stream_id};
use crate::command::{Ctx, Failure, args};
use crate::value::Stream;
use crate::value::stream::{
    BlockLimits, ENTRY_BYTES_MAX, Keep, Log, NewId, Precision, SetId, SetIdError, StreamId, Trim,
};

const LIMIT_WITHOUT_TILDE: Failure =
    Failure::Fixed("ERR syntax error, LIMIT cannot be used without the special ~ option");

/// A trimming clause as far as it was read; `LIMIT` may stand on either side of what it limits.
#[derive(Default)]
struct TrimClause {
    keep: Option<Keep>,
    approximate: bool,
    limit: Option<u64>,
}

impl TrimClause {
    /// Reads one option off the front of `rest`; `None` if there is none.
    fn take<'a, 'b>(&mut self, rest: &'a [&'b [u8]]) -> Result<Option<&'a [&'b [u8]]>, Failure> {
        let [option, after @ ..] = rest else { return Ok(None) };
        let [value, after_value @ ..] = after else { return Ok(None) };
        if args::is(option, "limit") {
            let limit = u64::try_from(args::int(value)?);
            self.limit = Some(limit.map_err(|_| Failure::Fixed("ERR The LIMIT argument must be >= 0."))?);
            return Ok(Some(after_value));
        }
        let by_length = args::is(option, "maxlen");
        if !by_length && !args::is(option, "minid") {
            return Ok(None);
        }
        if self.keep.is_some() {
            return Err(Failure::Fixed(
                "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
            ));
        }
        let (approximate, value, after) = match (*value, after_value) {
            (b"~", [value, after @ ..]) => (true, *value, after),
            (b"=", [value, after @ ..]) => (false, *value, after),
            (value, after) => (false, value, after),
        };
        self.approximate = approximate;
        self.keep = Some(if by_length {
            let max = u64::try_from(args::int(value)?);
            Keep::Newest(max.map_err(|_| Failure::Fixed("ERR The MAXLEN argument must be >= 0."))?)
        } else {
            Keep::From(stream_id(value)?)
        });
        Ok(Some(after))
    }

    /// What the clauses ask of a stream whose blocks have these limits.
    fn finish(self, blocks: BlockLimits) -> Result<Option<Trim>, Failure> {
        let Some(keep) = self.keep else {
            return match self.limit {
                None => Ok(None),
                Some(0) => Err(LIMIT_WITHOUT_TILDE),
                Some(_) => {
                    Err(Failure::Fixed("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"))
                }
            };
        };
        let precision = match (self.approximate, self.limit) {
            (false, None) => Precision::Exact,
            (false, Some(_)) => return Err(LIMIT_WITHOUT_TILDE),
            (true, None) => Precision::default_blocks(blocks),
            (true, Some(limit)) => Precision::Blocks { limit: (limit > 0).then_some(limit) },
        };
        Ok(Some(Trim { keep, precision }))
    }
}

/// `XADD` without its key.
struct Addition<'a, 'b> {
    create: bool,
    trim: Option<Trim>,
    id: NewId,
    fields: &'a [&'b [u8]],
}

impl<'a, 'b> Addition<'a, 'b> {
    fn parse(mut rest: &'a [&'b [u8]], blocks: BlockLimits) -> Result<Self, Failure> {
        let (mut create, mut clause, mut id) = (true, TrimClause::default(), None);
        while let [option, after @ ..] = rest {
            if *option != b"*" {
                if let Some(after) = clause.take(rest)? {
                    rest = after;
                    continue;
                }
                if args::is(option, "nomkstream") {
                    create = false;
                    rest = after;
                    continue;
                }
            }
            id = Some(NewId::parse(option).map_err(id_failure)?);
            rest = after;
            break;
        }
        let trim = clause.finish(blocks)?;
        match id {
            Some(id) if !rest.is_empty() && rest.len().is_multiple_of(2) => Ok(Self { create, trim, id, fields: rest }),
            _ => Err(Failure::Fixed("ERR wrong number of arguments for 'xadd' command")),
        }
    }

    /// Whether a new stream would take the entry: none is made in vain.
    fn check(&self, now_ms: u64) -> Result<(), Failure> {
        Log::default().next_id(self.id, now_ms).map_err(|error| Failure::made(format!("ERR {error}")))?;
        if self.fields.iter().map(|text| text.len()).sum::<usize>() > ENTRY_BYTES_MAX {
            return Err(Failure::Fixed("ERR Elements are too large to be stored"));
        }
        Ok(())
    }
}

pub(super) fn xadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, now_ms) = (args[1], ctx.keys.now_ms());
    let blocks = ctx.keys.settings.stream;
    let addition = Addition::parse(&args[2..], blocks)?;
    if addition.id == NewId::Exact(StreamId::MIN) {
        return Err(Failure::Fixed("ERR The ID specified in XADD must be greater than 0-0"));
    }
    if ctx.keys.stream(key)?.is_none() {
        if !addition.create {
            ctx.out.null();
            return Ok(());
        }
        addition.check(now_ms)?;
    }
    let log = &mut ctx.keys.stream_or_new(key)?.log;
    let fields = addition.fields.iter().copied();
    let added = log.add(addition.id, now_ms, fields, blocks);
    let id = added.map_err(|error| Failure::made(format!("ERR {error}")))?;
    let trimmed = addition.trim.map_or(0, |trim| log.trim(trim));
    let len = log.len();
    ctx.keys.changed(STREAM, "xadd", key);
    if trimmed > 0 {
        ctx.keys.effects.notify(STREAM, "xtrim", ctx.keys.db, key);
    }
    log_addition(ctx, key, &addition, id, len);
    reply_id(ctx.out, id);
    Ok(())
}

/// Logs the id that was given and the length that was left: neither depends on a clock or on where blocks end.
fn log_addition(ctx: &mut Ctx<'_>, key: &[u8], addition: &Addition<'_, '_>, id: StreamId, len: u64) {
    let approximate = matches!(addition.trim, Some(Trim { precision: Precision::Blocks { .. }, .. }));
    if matches!(addition.id, NewId::Exact(_)) && !approximate {
        return;
    }
    let (mut id_text, mut len_text) = (Vec::new(), itoa::Buffer::new());
    id.write_to(&mut id_text);
    let mut command: Vec<&[u8]> = Vec::with_capacity(6 + addition.fields.len());
    command.extend([b"XADD", key]);
    if addition.trim.is_some() {
        command.extend([&b"MAXLEN"[..], b"=", len_text.format(len).as_bytes()]);
    }
    command.push(&id_text);
    command.extend(addition.fields);
    ctx.keys.effects.replace(ctx.keys.db, &command);
}

pub(super) fn xtrim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, mut clause, mut rest) = (args[1], TrimClause::default(), &args[2..]);
    while !rest.is_empty() {
        rest = clause.take(rest)?.ok_or(Failure::SYNTAX)?;
    }
    let unclear = Failure::Fixed("ERR syntax error, XTRIM must be called with a trimming strategy");
    if clause.keep.is_none() && clause.limit.is_none_or(|limit| limit == 0) {
        return Err(unclear);
    }
    let trim = clause.finish(ctx.keys.settings.stream)?.ok_or(unclear)?;
    let (trimmed, len) = match ctx.keys.stream_mut(key)? {
        Some(stream) => (stream.log.trim(trim), stream.log.len()),
        None => (0, 0),
    };
    if trimmed > 0 {
        ctx.keys.changed(STREAM, "xtrim", key);
        if trim.precision != Precision::Exact {
            let len = itoa::Buffer::new().format(len).to_owned();
            ctx.keys.effects.replace(ctx.keys.db, &[b"XTRIM", key, b"MAXLEN", b"=", len.as_bytes()]);
        }
    }
    ctx.out.int(trimmed as i64);
    Ok(())
}

pub(super) fn xdel(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let key = args[1];
    if ctx.keys.stream(key)?.is_none() {
        ctx.out.int(0);
        return Ok(());
    }
    let ids = args[2..].iter().map(|text| stream_id(text)).collect::<Result<Vec<_>, _>>()?;
    let deleted = match ctx.keys.stream_mut(key)? {
        Some(stream) => ids.into_iter().filter(|&id| stream.log.delete(id)).count(),
        None => 0,
    };
    if deleted > 0 {
        ctx.keys.changed(STREAM, "xdel", key);
    }
    ctx.out.count(deleted);
    Ok(())
}

pub(super) fn xlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let len = ctx.keys.stream(args[1])?.map_or(0, Stream::len);
    ctx.out.count(len);
    Ok(())
}

pub(super) fn xrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let start = StreamId::parse_range_start(args[2]).map_err(id_failure)?;
    let end = StreamId::parse_range_end(args[3]).map_err(id_failure)?;
    let Some(count) = count_option(&args[4..])? else { return no_entries(ctx, args[1]) };
    let Some(stream) = ctx.keys.stream(args[1])? else {
        ctx.out.array(0);
        return Ok(());
    };
    reply_entries(ctx.out, stream.log.range(start, end).take(count));
    Ok(())
}

pub(super) fn xrevrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let start = StreamId::parse_range_start(args[3]).map_err(id_failure)?;
    let end = StreamId::parse_range_end(args[2]).map_err(id_failure)?;
    let Some(count) = count_option(&args[4..])? else { return no_entries(ctx, args[1]) };
    let Some(stream) = ctx.keys.stream(args[1])? else {
        ctx.out.array(0);
        return Ok(());
    };
    reply_entries(ctx.out, stream.log.range_reverse(start, end).take(count));
    Ok(())
}

/// How many entries an interval is read for at most; `None` if none are wanted.
fn count_option(options: &[&[u8]]) -> Result<Option<usize>, Failure> {
    let mut count = Some(usize::MAX);
    for pair in options.chunks(2) {
        let [option, value] = pair else { return Err(Failure::SYNTAX) };
        if !args::is(option, "count") {
            return Err(Failure::SYNTAX);
        }
        count = usize::try_from(args::int(value)?).ok().filter(|&count| count > 0);
    }
    Ok(count)
}

/// The answer to a count of zero.
fn no_entries(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Failure> {
    match ctx.keys.stream(key)? {
        Some(_) => ctx.out.null_array(),
        None => ctx.out.array(0),
    }
    Ok(())
}

pub(super) fn xsetid(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, last_id) = (args[1], stream_id(args[2])?);
    let mut set = SetId { last_id, entries_added: None, max_deleted_id: None };
    for pair in args[3..].chunks(2) {
        let [option, value] = pair else { return Err(Failure::SYNTAX) };
        if args::is(option, "entriesadded") {
            let added = u64::try_from(args::int(value)?);
            set.entries_added = Some(added.map_err(|_| Failure::Fixed("ERR entries_added must be positive"))?);
        } else if args::is(option, "maxdeletedid") {
            let deleted = stream_id(value)?;
            if last_id < deleted {
                return Err(Failure::made(format!("ERR {}", SetIdError::BelowDeleted)));
            }
            set.max_deleted_id = Some(deleted);
        } else {
            return Err(Failure::SYNTAX);
        }
    }
    let stream = ctx.keys.stream_mut(key)?.ok_or(Failure::Fixed("ERR no such key"))?;
    stream.log.set_id(set).map_err(|error| Failure::made(format!("ERR {error}")))?;
    ctx.keys.noted(STREAM, "xsetid", key);
    ctx.out.ok();
    Ok(())
}
