//! What can be done with pending entries besides acknowledging them: claim them and look at them.
//!
//! Claiming an entry that was deleted meanwhile removes it from the list: nobody can ever process it.

use super::consumer::{Consumer, ConsumerId};
use super::entry::Entry;
use super::group::{Group, Pending};
use super::id::StreamId;
use super::log::Log;

/// `XAUTOCLAIM` looks at this many pending entries for each that it may return.
const ATTEMPTS_PER_ENTRY: usize = 10;

/// How `XCLAIM` claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Only entries delivered at least this long ago; 0 for any.
    pub idle_min_ms: u64,
    /// The delivery time to record: now, or what `IDLE` or `TIME` says.
    pub delivery_time_ms: u64,
    /// `RETRYCOUNT`: the delivery count to record.
    pub delivery_count: Option<u64>,
    /// `FORCE`: entries that are not pending become so.
    pub missing: Missing,
    /// Whether the claim counts as a delivery.
    pub count: CountDelivery,
}

/// What a claim does with an entry that is not pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Passes over it.
    Skip,
    /// `FORCE`: makes it pending.
    Create,
}

/// Whether a claim counts as a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountDelivery {
    /// It does.
    Yes,
    /// `JUSTID`: it does not.
    No,
}

/// What became of one id of `XCLAIM`.
#[derive(Clone, Debug)]
pub enum Claimed<'l> {
    /// It is the consumer's now.
    Entry(Entry<'l>),
    /// Its entry does not exist; it was taken off the list if it was there.
    Gone,
    /// It is not pending, or not idle for long enough.
    Refused,
}

/// How `XAUTOCLAIM` claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoClaim {
    /// Only entries delivered at least this long ago; 0 for any.
    pub idle_min_ms: u64,
    /// The first id to look at.
    pub start: StreamId,
    /// Entries claimed and removed at most, at least 1.
    pub count: usize,
    /// Whether the claim counts as a delivery.
    pub delivery: CountDelivery,
}

/// What `XAUTOCLAIM` found besides the entries it claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoClaimed {
    /// Where the next call goes on; `0-0` at the end of the list.
    pub cursor: StreamId,
    /// Ids that were taken off the list because their entries do not exist.
    pub deleted: Vec<StreamId>,
}

/// `XPENDING` without a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSummary<'g> {
    /// Pending entries in all.
    pub count: usize,
    /// The lowest and the highest pending id.
    pub span: Option<(StreamId, StreamId)>,
    /// Consumers that have any, by name, with how many.
    pub consumers: Vec<(&'g [u8], usize)>,
}

/// `XPENDING` with a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingQuery {
    /// The first id.
    pub start: StreamId,
    /// The last id.
    pub end: StreamId,
    /// `IDLE`: only entries delivered at least this long ago; 0 for any.
    pub idle_min_ms: u64,
    /// Only this consumer's.
    pub consumer: Option<ConsumerId>,
}

/// One pending entry as `XPENDING` and `XINFO` show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingEntry<'g> {
    /// The entry's id.
    pub id: StreamId,
    /// The name of the consumer that has it.
    pub consumer: &'g [u8],
    /// When it was delivered last, milliseconds since 1970.
    pub delivery_time_ms: u64,
    /// How often it was delivered.
    pub delivery_count: u64,
}

impl Pending {
    /// Milliseconds since the last delivery; negative where that lies in the future.
    #[must_use]
    pub const fn idle_ms(&self, now_ms: u64) -> i64 {
        now_ms.wrapping_sub(self.delivery_time_ms).cast_signed()
    }

    fn is_idle_for(&self, idle_min_ms: u64, now_ms: u64) -> bool {
        idle_min_ms == 0 || u64::try_from(self.idle_ms(now_ms)).is_ok_and(|idle| idle >= idle_min_ms)
    }
}

impl CountDelivery {
    fn after(self, delivery_count: u64) -> u64 {
        delivery_count.wrapping_add(u64::from(self == Self::Yes))
    }
}

impl Group {
    /// `XCLAIM … LASTID`: raises the last delivered id, never lowers it. The count of entries read stays as it is.
    pub fn raise_last_delivered_id(&mut self, id: StreamId) {
        self.last_delivered_id = self.last_delivered_id.max(id);
    }

    /// `XCLAIM` of one id for the consumer of that name, which is made, and seen, only if it gets the entry. A new pending
    /// entry starts with one delivery, to which the claim adds. O(log n).
    pub fn claim<'l>(&mut self, log: &'l Log, consumer: &[u8], id: StreamId, claim: Claim, now_ms: u64) -> Claimed<'l> {
        let Some(entry) = log.get(id) else {
            self.acknowledge(id);
            return Claimed::Gone;
        };
        let delivered = match (self.pending.get(&id), claim.missing) {
            (Some(pending), _) if pending.is_idle_for(claim.idle_min_ms, now_ms) => pending.delivery_count,
            (None, Missing::Create) => 1,
            (Some(_), _) | (None, Missing::Skip) => return Claimed::Refused,
        };
        let delivery_count = claim.delivery_count.unwrap_or_else(|| claim.count.after(delivered));
        let consumer = self.visit_consumer(consumer, now_ms);
        self.assign(id, Pending { consumer, delivery_time_ms: claim.delivery_time_ms, delivery_count });
        Claimed::Entry(entry)
    }

    /// `XAUTOCLAIM` for the consumer of that name, which is made, and seen, only if it gets an entry: claims idle entries
    /// from `start` on, each through `deliver`. Looks at ten times `count` pending entries at most.
    pub fn auto_claim<'l>(
        &mut self,
        log: &'l Log,
        consumer: &[u8],
        options: AutoClaim,
        now_ms: u64,
        mut deliver: impl FnMut(Entry<'l>),
    ) -> AutoClaimed {
        let mut left = options.count;
        let mut attempts = options.count.saturating_mul(ATTEMPTS_PER_ENTRY);
        let (mut next, mut deleted) = (Some(options.start), Vec::new());
        let mut cursor = self.pending_from(next);
        while let (Some((id, pending)), true) = (cursor, left > 0 && attempts > 0) {
            attempts -= 1;
            next = id.successor();
            if let Some(entry) = log.get(id) {
                if pending.is_idle_for(options.idle_min_ms, now_ms) {
                    let consumer = self.visit_consumer(consumer, now_ms);
                    let delivery_count = options.delivery.after(pending.delivery_count);
                    self.assign(id, Pending { consumer, delivery_time_ms: now_ms, delivery_count });
                    deliver(entry);
                    left -= 1;
                }
            } else {
                self.acknowledge(id);
                deleted.push(id);
                left -= 1;
            }
            cursor = self.pending_from(next);
        }
        AutoClaimed { cursor: cursor.map_or(StreamId::MIN, |(id, _)| id), deleted }
    }

    /// `XPENDING` without a range. O(consumers).
    #[must_use]
    pub fn pending_summary(&self) -> PendingSummary<'_> {
        let (first, last) = (self.pending.first_key_value(), self.pending.last_key_value());
        let consumers = self.consumers.iter().map(|(_, consumer)| (consumer.name(), consumer.pending().len()));
        PendingSummary {
            count: self.pending.len(),
            span: first.zip(last).map(|((&first, _), (&last, _))| (first, last)),
            consumers: consumers.filter(|&(_, count)| count > 0).collect(),
        }
    }

    /// `XPENDING` with a range: pending entries by id. O(log n) to begin; the caller takes as many as it wants.
    pub fn pending_range(&self, query: PendingQuery, now_ms: u64) -> impl Iterator<Item = PendingEntry<'_>> {
        let interval = (query.start <= query.end).then_some(query.start..=query.end);
        let own = query.consumer.and_then(|consumer| self.consumers.get(consumer)).map(Consumer::pending);
        let of_consumer = own.zip(interval.clone()).map(|(set, interval)| set.range(interval)).into_iter().flatten();
        let of_group = interval.filter(|_| query.consumer.is_none()).map(|interval| self.pending.range(interval));
        let of_consumer = of_consumer.filter_map(|id| self.pending.get_key_value(id));
        of_consumer
            .chain(of_group.into_iter().flatten())
            .filter(move |(_, pending)| pending.is_idle_for(query.idle_min_ms, now_ms))
            .map(|(&id, pending)| PendingEntry {
                id,
                consumer: self.consumers.get(pending.consumer).map_or(&[], Consumer::name),
                delivery_time_ms: pending.delivery_time_ms,
                delivery_count: pending.delivery_count,
            })
    }

    fn pending_from(&self, start: Option<StreamId>) -> Option<(StreamId, Pending)> {
        self.pending.range(start?..).next().map(|(&id, &pending)| (id, pending))
    }
}
