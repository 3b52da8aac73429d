//! Pending entries: acknowledged, claimed, looked at.

use super::{group_changed, id_failure, no_group, reply_entry, reply_id, stream_id};
use crate::command::{Ctx, Failure, args};
use crate::resp::Encoder;
use crate::value::Stream;
use crate::value::stream::{AutoClaim, Claim, Claimed, CountDelivery, Entry, Group, Missing, PendingQuery, StreamId};

/// The group, or the error that it does not exist.
fn group_of<'k>(ctx: &'k mut Ctx<'_>, key: &[u8], group: &[u8]) -> Result<&'k Group, Failure> {
    let stream = ctx.keys.stream(key)?;
    stream.and_then(|stream| stream.groups.get(group)).ok_or_else(|| Failure::Made(no_group(key, group)))
}

/// Idle times below zero are none.
fn idle_min(arg: &[u8], error: &'static str) -> Result<u64, Failure> {
    let idle = args::int(arg).map_err(|_| Failure::Fixed(error))?;
    Ok(u64::try_from(idle).unwrap_or(0))
}

pub(super) fn xack(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, group) = (args[1], args[2]);
    if ctx.keys.stream(key)?.and_then(|stream| stream.groups.get(group)).is_none() {
        ctx.out.int(0);
        return Ok(());
    }
    let ids = args[3..].iter().map(|text| stream_id(text)).collect::<Result<Vec<_>, _>>()?;
    let acknowledged = ctx.keys.stream_mut(key)?.and_then(|stream| {
        stream.groups.update(group, |group| ids.into_iter().filter(|&id| group.acknowledge(id)).count())
    });
    let acknowledged = acknowledged.unwrap_or(0);
    if acknowledged > 0 {
        group_changed(ctx, key, false);
    }
    ctx.out.count(acknowledged);
    Ok(())
}

/// `XCLAIM` behind its consumer.
struct ClaimQuery {
    ids: Vec<StreamId>,
    claim: Claim,
    last_id: Option<StreamId>,
}

impl ClaimQuery {
    fn parse(args: &[&[u8]], now_ms: u64) -> Result<Self, Failure> {
        let idle_min_ms = idle_min(args[0], "ERR Invalid min-idle-time argument for XCLAIM")?;
        // What is no id begins the options.
        let ids: Vec<StreamId> = args[1..].iter().map_while(|text| StreamId::parse(text).ok()).collect();
        let mut claim = Claim {
            idle_min_ms,
            delivery_time_ms: now_ms,
            delivery_count: None,
            missing: Missing::Skip,
            count: CountDelivery::Yes,
        };
        let (mut last_id, mut delivery_time) = (None, None);
        let mut rest = &args[1 + ids.len()..];
        while let [option, after @ ..] = rest {
            rest = match after {
                _ if args::is(option, "force") => {
                    claim.missing = Missing::Create;
                    after
                }
                _ if args::is(option, "justid") => {
                    claim.count = CountDelivery::No;
                    after
                }
                [value, after @ ..] if args::is(option, "idle") => {
                    let idle = option_int(value, "ERR Invalid IDLE option argument for XCLAIM")?;
                    delivery_time = Some((now_ms as i64).wrapping_sub(idle));
                    after
                }
                [value, after @ ..] if args::is(option, "time") => {
                    delivery_time = Some(option_int(value, "ERR Invalid TIME option argument for XCLAIM")?);
                    after
                }
                [value, after @ ..] if args::is(option, "retrycount") => {
                    let count = option_int(value, "ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
                    claim.delivery_count = u64::try_from(count).ok();
                    after
                }
                [value, after @ ..] if args::is(option, "lastid") => {
                    last_id = Some(stream_id(value)?);
                    after
                }
                _ => {
                    let mut text = b"ERR Unrecognized XCLAIM option '".to_vec();
                    text.extend_from_slice(option);
                    text.push(b'\'');
                    return Err(Failure::Made(text));
                }
            };
        }
        // A time in the future, or before 1970, is a client's mistake and means now.
        let delivery_time = delivery_time.and_then(|time| u64::try_from(time).ok());
        claim.delivery_time_ms = delivery_time.filter(|&time| time <= now_ms).unwrap_or(now_ms);
        Ok(Self { ids, claim, last_id })
    }
}

fn option_int(arg: &[u8], error: &'static str) -> Result<i64, Failure> {
    args::int(arg).map_err(|_| Failure::Fixed(error))
}

/// An entry that was claimed; with `JUSTID` only its id.
fn reply_claimed(out: &mut Encoder, entry: &Entry<'_>, count: CountDelivery) {
    match count {
        CountDelivery::Yes => reply_entry(out, entry),
        CountDelivery::No => reply_id(out, entry.id),
    }
}

pub(super) fn xclaim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, group, consumer, now_ms) = (args[1], args[2], args[3], ctx.keys.now_ms());
    let known = group_of(ctx, key, group)?.consumers().find(consumer).is_some();
    let query = ClaimQuery::parse(&args[4..], now_ms)?;
    let Some(Stream { log, groups }) = ctx.keys.stream_mut(key)? else { return Ok(()) };
    let out = &mut *ctx.out;
    let (mark, mut answered, mut changed, mut created) = (out.open(), 0, false, false);
    groups.update(group, |group| {
        let before = (group.last_delivered_id(), group.pending().len());
        if let Some(id) = query.last_id {
            group.raise_last_delivered_id(id);
        }
        for &id in &query.ids {
            if let Claimed::Entry(entry) = group.claim(log, consumer, id, query.claim, now_ms) {
                reply_claimed(out, &entry, query.claim.count);
                answered += 1;
            }
        }
        changed = answered > 0 || before != (group.last_delivered_id(), group.pending().len());
        created = !known && group.consumers().find(consumer).is_some();
    });
    out.close_array(mark, answered);
    if changed {
        group_changed(ctx, key, created);
    }
    Ok(())
}

pub(super) fn xautoclaim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let (key, group, consumer, now_ms) = (args[1], args[2], args[3], ctx.keys.now_ms());
    let options = auto_claim_options(&args[4..])?;
    let known = group_of(ctx, key, group)?.consumers().find(consumer).is_some();
    let Some(Stream { log, groups }) = ctx.keys.stream_mut(key)? else { return Ok(()) };
    // The cursor comes first in the reply and last in the walk.
    let mut entries = Encoder::new(Vec::new(), ctx.out.protocol);
    let (mut answered, mut created) = (0, false);
    let claimed = groups.update(group, |group| {
        let claimed = group.auto_claim(log, consumer, options, now_ms, |entry| {
            reply_claimed(&mut entries, &entry, options.delivery);
            answered += 1;
        });
        created = !known && group.consumers().find(consumer).is_some();
        claimed
    });
    let Some(claimed) = claimed else { return Ok(()) };
    ctx.out.array(3);
    reply_id(ctx.out, claimed.cursor);
    ctx.out.array(answered);
    ctx.out.raw(entries.bytes());
    ctx.out.array(claimed.deleted.len());
    claimed.deleted.iter().for_each(|&id| reply_id(ctx.out, id));
    if answered > 0 || !claimed.deleted.is_empty() {
        group_changed(ctx, key, created);
    }
    Ok(())
}

/// `min-idle-time start [COUNT count] [JUSTID]`.
fn auto_claim_options(args: &[&[u8]]) -> Result<AutoClaim, Failure> {
    /// Redis' bound: what the ids of an answer may take in memory.
    const COUNT_MAX: i64 = i64::MAX / 16;
    let mut options = AutoClaim {
        idle_min_ms: idle_min(args[0], "ERR Invalid min-idle-time argument for XAUTOCLAIM")?,
        start: StreamId::parse_range_start(args[1]).map_err(id_failure)?,
        count: 100,
        delivery: CountDelivery::Yes,
    };
    let mut rest = &args[2..];
    while let [option, after @ ..] = rest {
        rest = match after {
            [value, after @ ..] if args::is(option, "count") => {
                let count = args::int(value).ok().filter(|count| (1..=COUNT_MAX).contains(count));
                options.count = count.ok_or(Failure::Fixed("ERR COUNT must be > 0"))? as usize;
                after
            }
            _ if args::is(option, "justid") => {
                options.delivery = CountDelivery::No;
                after
            }
            _ => return Err(Failure::SYNTAX),
        };
    }
    Ok(options)
}

/// `XPENDING` with a range.
struct PendingRange<'a> {
    start: StreamId,
    end: StreamId,
    idle_min_ms: u64,
    count: usize,
    consumer: Option<&'a [u8]>,
}

impl<'a> PendingRange<'a> {
    /// Reads `[IDLE min] start end count [consumer]`, of which there are three to six; what follows the consumer is let pass.
    fn parse(args: &[&'a [u8]]) -> Result<Self, Failure> {
        let (idle_min_ms, range) = match args {
            [option, idle, range @ ..] if args::is(option, "idle") => {
                let idle = args::int(idle)?;
                (u64::try_from(idle).unwrap_or(0), range)
            }
            range => (0, range),
        };
        let [start, end, count, consumer @ ..] = range else { return Err(Failure::SYNTAX) };
        let count = usize::try_from(args::int(count)?).unwrap_or(0);
        let start = StreamId::parse_range_start(start).map_err(id_failure)?;
        let end = StreamId::parse_range_end(end).map_err(id_failure)?;
        Ok(Self { start, end, idle_min_ms, count, consumer: consumer.first().copied() })
    }
}

pub(super) fn xpending(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    let range = match args.len() {
        3 => None,
        6..=9 => Some(PendingRange::parse(&args[3..])?),
        _ => return Err(Failure::SYNTAX),
    };
    let now_ms = ctx.keys.now_ms();
    let stream = ctx.keys.stream(args[1])?;
    let group = stream.and_then(|stream| stream.groups.get(args[2]));
    let group = group.ok_or_else(|| Failure::Made(no_group(args[1], args[2])))?;
    match range {
        None => reply_summary(ctx.out, group),
        Some(range) => reply_pending(ctx.out, group, &range, now_ms),
    }
    Ok(())
}

fn reply_summary(out: &mut Encoder, group: &Group) {
    let summary = group.pending_summary();
    out.array(4);
    out.count(summary.count);
    let Some((first, last)) = summary.span else {
        out.null();
        out.null();
        out.null_array();
        return;
    };
    reply_id(out, first);
    reply_id(out, last);
    out.array(summary.consumers.len());
    for (name, count) in summary.consumers {
        out.array(2);
        out.bulk(name);
        out.bulk_int(count as i64);
    }
}

fn reply_pending(out: &mut Encoder, group: &Group, range: &PendingRange<'_>, now_ms: u64) {
    let consumer = match range.consumer {
        None => None,
        Some(name) => match group.consumers().find(name) {
            None => return out.array(0),
            found => found,
        },
    };
    let query = PendingQuery { start: range.start, end: range.end, idle_min_ms: range.idle_min_ms, consumer };
    let (mark, mut answered) = (out.open(), 0);
    for entry in group.pending_range(query, now_ms).take(range.count) {
        out.array(4);
        reply_id(out, entry.id);
        out.bulk(entry.consumer);
        out.int(now_ms.saturating_sub(entry.delivery_time_ms) as i64);
        out.int(entry.delivery_count as i64);
        answered += 1;
    }
    out.close_array(mark, answered);
}
