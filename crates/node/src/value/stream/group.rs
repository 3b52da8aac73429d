//! A consumer group: how far it has read, and what it has delivered but not seen acknowledged.
//!
//! GROUP-1: every id in the pending list is in the set of exactly the consumer that its [`Pending`] names, and no set
//! holds any other id.
//!
//! A group never owns entries: operations that need them take the stream's [`Log`]. An entry may be deleted while it is
//! pending; it then stays in the list until it is acknowledged or somebody tries to claim it.

use std::collections::BTreeMap;

use super::consumer::{ConsumerId, Consumers};
use super::entry::Entry;
use super::id::StreamId;
use super::log::Log;

/// An entry delivered and not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Who has it.
    pub consumer: ConsumerId,
    /// When it was delivered last, milliseconds since 1970.
    pub delivery_time_ms: u64,
    /// How often it was delivered.
    pub delivery_count: u64,
}

/// What a pending entry costs: a place in the list and one in its consumer's set, both in trees that are filled in order
/// and so half full.
const PENDING_COST: usize = 2 * (2 * size_of::<StreamId>() + size_of::<Pending>());

/// A consumer group of a stream.
#[derive(Clone, Debug)]
pub struct Group {
    pub(super) last_delivered_id: StreamId,
    pub(super) entries_read: Option<u64>,
    pub(super) pending: BTreeMap<StreamId, Pending>,
    pub(super) consumers: Consumers,
}

/// How `XREADGROUP … >` reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadNew {
    /// Entries at most; `None` for all.
    pub count: Option<usize>,
    /// Whether they become pending.
    pub acknowledge: Acknowledge,
}

/// Whether delivered entries wait for `XACK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// They do.
    Required,
    /// `NOACK`: they do not.
    Never,
}

impl Group {
    /// A group that has read up to `last_delivered_id`. `entries_read` is how many entries that were, where known.
    #[must_use]
    pub fn new(last_delivered_id: StreamId, entries_read: Option<u64>) -> Self {
        Self { last_delivered_id, entries_read, pending: BTreeMap::new(), consumers: Consumers::default() }
    }

    /// The highest id that was ever delivered.
    #[must_use]
    pub const fn last_delivered_id(&self) -> StreamId {
        self.last_delivered_id
    }

    /// How many of the stream's entries the group has read, where known.
    #[must_use]
    pub const fn entries_read(&self) -> Option<u64> {
        self.entries_read
    }

    /// Pending entries by id.
    #[must_use]
    pub const fn pending(&self) -> &BTreeMap<StreamId, Pending> {
        &self.pending
    }

    /// The group's consumers.
    #[must_use]
    pub const fn consumers(&self) -> &Consumers {
        &self.consumers
    }

    /// `XGROUP SETID`: pending entries stay.
    pub fn set_id(&mut self, last_delivered_id: StreamId, entries_read: Option<u64>) {
        self.last_delivered_id = last_delivered_id;
        self.entries_read = entries_read;
    }

    /// How many entries the group has yet to read; `None` where deletions make it unknown. Negative only after a client
    /// has set counts that contradict the stream.
    #[must_use]
    pub fn lag(&self, log: &Log) -> Option<i64> {
        if log.entries_added() == 0 {
            return Some(0);
        }
        let known = self.entries_read.filter(|_| !log.has_holes_from(self.last_delivered_id));
        let read = known.or_else(|| log.reads_up_to(self.last_delivered_id))?;
        Some(log.entries_added().wrapping_sub(read).cast_signed())
    }

    /// `XGROUP CREATECONSUMER`: false if the consumer was there. Its time is untouched then.
    pub fn create_consumer(&mut self, name: &[u8], now_ms: u64) -> bool {
        self.consumers.find_or_insert(name, now_ms).1
    }

    /// The consumer of that name, made where missing, and seen now.
    pub fn visit_consumer(&mut self, name: &[u8], now_ms: u64) -> ConsumerId {
        let (id, _) = self.consumers.find_or_insert(name, now_ms);
        if let Some(consumer) = self.consumers.get_mut(id) {
            consumer.seen_time_ms = now_ms;
        }
        id
    }

    /// `XGROUP DELCONSUMER`: the number of pending entries that went with it; `None` if there was none of that name.
    pub fn delete_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let consumer = self.consumers.remove(name)?;
        for id in consumer.pending() {
            self.pending.remove(id);
        }
        Some(consumer.pending().len())
    }

    /// `XREADGROUP … >`: delivers entries above the last delivered id to `consumer`, in order, through `deliver`.
    /// Returns how many. An entry that is already pending (after `XGROUP SETID`) changes hands and counts as new.
    pub fn read_new<'l>(
        &mut self,
        log: &'l Log,
        consumer: ConsumerId,
        options: ReadNew,
        now_ms: u64,
        mut deliver: impl FnMut(Entry<'l>),
    ) -> usize {
        let mut delivered = 0;
        let start = self.last_delivered_id;
        for entry in log.after(start).take(options.count.unwrap_or(usize::MAX)) {
            self.advance_to(log, entry.id);
            if options.acknowledge == Acknowledge::Required {
                self.assign(entry.id, Pending { consumer, delivery_time_ms: now_ms, delivery_count: 1 });
            }
            deliver(entry);
            delivered += 1;
        }
        delivered
    }

    /// `XREADGROUP … ID`: gives `consumer` its own pending entries above `after` again, at most `count`, each with its
    /// entry or `None` where that was deleted. Those that exist count as delivered once more.
    pub fn read_history<'l>(
        &mut self,
        log: &'l Log,
        consumer: ConsumerId,
        after: StreamId,
        count: Option<usize>,
        now_ms: u64,
        mut deliver: impl FnMut(StreamId, Option<Entry<'l>>),
    ) -> usize {
        let (Some(start), Some(consumer)) = (after.successor(), self.consumers.get(consumer)) else { return 0 };
        let mut delivered = 0;
        for &id in consumer.pending.range(start..).take(count.unwrap_or(usize::MAX)) {
            let entry = log.get(id);
            if let (Some(_), Some(pending)) = (&entry, self.pending.get_mut(&id)) {
                pending.delivery_time_ms = now_ms;
                pending.delivery_count = pending.delivery_count.wrapping_add(1);
            }
            deliver(id, entry);
            delivered += 1;
        }
        delivered
    }

    /// `XACK` of one id; false if it was not pending.
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        if let Some(consumer) = self.consumers.get_mut(pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Bytes on the heap. O(1).
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.pending.len() * PENDING_COST + self.consumers.heap_bytes()
    }

    /// Makes `id` pending as said, whoever had it before.
    pub(super) fn assign(&mut self, id: StreamId, pending: Pending) {
        let previous = self.pending.insert(id, pending).map(|previous| previous.consumer);
        if previous == Some(pending.consumer) {
            return;
        }
        if let Some(previous) = previous.and_then(|previous| self.consumers.get_mut(previous)) {
            previous.pending.remove(&id);
        }
        if let Some(consumer) = self.consumers.get_mut(pending.consumer) {
            consumer.pending.insert(id);
        }
    }

    /// Moves the last delivered id up to an entry just read and keeps count of what was read, where that is possible.
    fn advance_to(&mut self, log: &Log, id: StreamId) {
        match &mut self.entries_read {
            Some(read) if !log.has_holes_from(id) => *read = read.wrapping_add(1),
            read if log.entries_added() > 0 => *read = log.reads_up_to(id),
            _ => {}
        }
        self.last_delivered_id = id;
    }

    /// GROUP-1, and that ids of consumers are valid.
    #[cfg(test)]
    pub(super) fn verify(&self) {
        let sets: usize = self.consumers.iter().map(|(_, consumer)| consumer.pending.len()).sum();
        assert_eq!(sets, self.pending.len(), "GROUP-1: as many ids in the sets as in the list");
        for (id, pending) in &self.pending {
            let consumer = self.consumers.get(pending.consumer).map(|consumer| &consumer.pending);
            assert!(consumer.is_some_and(|set| set.contains(id)), "GROUP-1: {id} is in its consumer's set");
        }
    }
}
