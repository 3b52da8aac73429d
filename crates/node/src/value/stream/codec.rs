//! A stream as bytes, for snapshots.
//!
//! ```text
//! FORMAT (1 byte)
//! last_id ‖ max_deleted_id ‖ entries_added
//! count ‖ block, …        as blocks lie in memory
//! count ‖ group, …        by name
//!
//! group      name ‖ last_delivered_id ‖ 1 ‖ entries_read, or 0 ‖ 0 for unknown
//!            count ‖ consumer, …        by name: name ‖ seen_time_ms
//!            count ‖ pending, …         by id: id ‖ rank of the consumer ‖ delivery_time_ms ‖ delivery_count
//! ```
//! Numbers are [`varint`]s, ids two of them, texts `len ‖ bytes`. Equal histories give equal bytes. Reading checks
//! everything that the rest of the module relies on, and never reserves more than the input could hold.

use super::block::Block;
use super::consumer::ConsumerId;
use super::entries::Entries;
use super::entry::{put_text, take_text};
use super::group::{Group, Pending};
use super::groups::Groups;
use super::id::StreamId;
use super::log::Log;
use super::{Stream, varint};

const FORMAT: u8 = 1;

/// Bytes that are not a stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a stream: {part} is cut short or contradicts itself, {left} bytes before the end")]
pub struct DecodeError {
    /// What was being read.
    pub part: &'static str,
    /// Bytes of the input that were not read by then.
    pub left: usize,
}

impl Stream {
    /// Appends the stream to `out`. O(bytes).
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(FORMAT);
        let log = &self.log;
        put_id(out, log.last_id);
        put_id(out, log.max_deleted_id);
        varint::write(out, log.entries_added);
        varint::write(out, log.entries.block_count() as u64);
        for block in log.entries.blocks() {
            block.encode(out);
        }
        varint::write(out, self.groups.len() as u64);
        for (name, group) in self.groups.iter() {
            put_text(out, name);
            put_group(out, group);
        }
    }

    /// Reads what [`Self::encode`] wrote, all of `input`.
    ///
    /// # Errors
    /// [`DecodeError`] for any other bytes.
    pub fn decode(input: &[u8]) -> Result<Self, DecodeError> {
        let mut rest = input;
        let mut part = "the header";
        let stream = take_stream(&mut rest, &mut part).ok_or(DecodeError { part, left: rest.len() })?;
        if rest.is_empty() { Ok(stream) } else { Err(DecodeError { part: "the end", left: rest.len() }) }
    }
}

fn take_stream(input: &mut &[u8], part: &mut &'static str) -> Option<Stream> {
    let (&format, rest) = input.split_first()?;
    (format == FORMAT).then_some(())?;
    *input = rest;
    let (last_id, max_deleted_id, entries_added) = (take_id(input)?, take_id(input)?, take_number(input)?);
    *part = "a block";
    let entries = take_entries(input)?;
    let top = entries.last().map_or(StreamId::MIN, |entry| entry.id);
    (top <= last_id).then_some(())?;
    *part = "a group";
    let groups = take_groups(input)?;
    Some(Stream { log: Log { entries, last_id, max_deleted_id, entries_added }, groups })
}

/// Blocks in the order of their masters, live ids rising from each to the next.
fn take_entries(input: &mut &[u8]) -> Option<Entries> {
    let mut entries = Entries::default();
    let (mut highest_master, mut highest_live) = (None, StreamId::MIN);
    for _ in 0..take_number(input)? {
        let block = Block::decode(input)?;
        let rises = highest_master.is_none_or(|master| block.master > master);
        if let Some((lowest, highest)) = block.live_span() {
            (lowest > highest_live && block.master > highest_live).then_some(())?;
            highest_live = highest;
        }
        rises.then_some(())?;
        highest_master = Some(block.master);
        entries.push_block(block);
    }
    entries.refresh_first_id();
    Some(entries)
}

fn take_groups(input: &mut &[u8]) -> Option<Groups> {
    let mut groups = Groups::default();
    for _ in 0..take_number(input)? {
        let name = take_text(input)?;
        let group = take_group(input)?;
        groups.get(name).is_none().then_some(())?;
        groups.insert(name, group);
    }
    Some(groups)
}

fn put_group(out: &mut Vec<u8>, group: &Group) {
    put_id(out, group.last_delivered_id);
    varint::write(out, u64::from(group.entries_read.is_some()));
    varint::write(out, group.entries_read.unwrap_or(0));
    varint::write(out, group.consumers.len() as u64);
    let mut ranks = vec![0u64; group.consumers.place_count()];
    for (rank, (id, consumer)) in group.consumers.iter().enumerate() {
        ranks[id.0 as usize] = rank as u64;
        put_text(out, consumer.name());
        varint::write(out, consumer.seen_time_ms());
    }
    varint::write(out, group.pending.len() as u64);
    for (&id, pending) in &group.pending {
        put_id(out, id);
        varint::write(out, ranks[pending.consumer.0 as usize]);
        varint::write(out, pending.delivery_time_ms);
        varint::write(out, pending.delivery_count);
    }
}

fn take_group(input: &mut &[u8]) -> Option<Group> {
    let last_delivered_id = take_id(input)?;
    let entries_read = match (take_number(input)?, take_number(input)?) {
        (0, 0) => None,
        (1, read) => Some(read),
        _ => return None,
    };
    let mut group = Group::new(last_delivered_id, entries_read);
    for rank in 0..take_number(input)? {
        let name = take_text(input)?;
        let (id, new) = group.consumers.find_or_insert(name, take_number(input)?);
        (new && u64::from(id.0) == rank).then_some(())?;
    }
    for _ in 0..take_number(input)? {
        let id = take_id(input)?;
        let consumer = ConsumerId(u32::try_from(take_number(input)?).ok()?);
        group.consumers.get(consumer)?;
        let (delivery_time_ms, delivery_count) = (take_number(input)?, take_number(input)?);
        (!group.pending.contains_key(&id)).then_some(())?;
        group.assign(id, Pending { consumer, delivery_time_ms, delivery_count });
    }
    Some(group)
}

fn put_id(out: &mut Vec<u8>, id: StreamId) {
    varint::write(out, id.ms);
    varint::write(out, id.seq);
}

fn take_id(input: &mut &[u8]) -> Option<StreamId> {
    Some(StreamId::new(take_number(input)?, take_number(input)?))
}

fn take_number(input: &mut &[u8]) -> Option<u64> {
    let mut at = 0;
    let number = varint::read(input, &mut at)?;
    *input = &input[at..];
    Some(number)
}
