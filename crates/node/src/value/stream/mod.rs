//! Streams: logs of entries that groups of consumers read.
//!
//! ```text
//! Stream ── Log ───── Entries ── blocks of entries           add, delete, trim, range
//!    │       └─ last id, highest deleted id, entries added    what is known of entries that are gone
//!    └───── Groups ── Group ──── pending entries              read, acknowledge, claim
//!                       └─────── Consumers                    who has which
//! ```
//! Commands take both halves apart, because a group changes while it reads entries:
//!
//! ```
//! use mainstay_node::value::stream::{Acknowledge, BlockLimits, NewId, ReadNew, Stream, StreamId};
//!
//! let mut stream = Stream::default();
//! let fields: [&[u8]; 2] = [b"name", b"value"];
//! stream.log.add(NewId::Auto, 1_700_000_000_000, fields.into_iter(), BlockLimits::default()).unwrap();
//! stream.groups.create(b"workers", StreamId::MIN, None);
//!
//! let Stream { log, groups } = &mut stream;
//! let read = groups.update(b"workers", |group| {
//!     let consumer = group.visit_consumer(b"alice", 1_700_000_000_001);
//!     let options = ReadNew { count: Some(10), acknowledge: Acknowledge::Required };
//!     group.read_new(log, consumer, options, 1_700_000_000_001, |entry| assert_eq!(entry.fields().len(), 1))
//! });
//! assert_eq!(read, Some(1));
//! ```
//! Nothing here reads a clock: times are arguments, in milliseconds since 1970. Behaviour is that of Redis 7.0, down to
//! where a block ends, because approximate trimming shows it.

mod block;
mod codec;
mod consumer;
mod entries;
mod entry;
mod group;
mod groups;
mod id;
mod listpack;
mod log;
mod pending;
mod radix;
mod range;
mod trim;
mod varint;

#[cfg(test)]
mod tests;

pub use codec::DecodeError;
pub use consumer::{Consumer, ConsumerId, Consumers};
pub use entries::{BlockLimits, ENTRY_BYTES_MAX, Entries};
pub use entry::{Entry, Fields};
pub use group::{Acknowledge, Group, Pending, ReadNew};
pub use groups::Groups;
pub use id::{IdError, NewId, ReadFrom, StreamId};
pub use log::{AddError, Log, SetId, SetIdError};
pub use pending::{
    AutoClaim, AutoClaimed, Claim, Claimed, CountDelivery, Missing, PendingEntry, PendingQuery, PendingSummary,
};
pub use range::{Range, ReverseRange};
pub use trim::{Keep, Precision, Trim};

/// A stream: its entries, and the groups that read them.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// The entries.
    pub log: Log,
    /// The groups.
    pub groups: Groups,
}

impl Stream {
    /// An empty stream. Its structures are ordered, so there is nothing to seed.
    #[must_use]
    pub fn new(_seed: u64) -> Self {
        Self::default()
    }

    /// Entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.log.entries().len() as usize
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `OBJECT ENCODING`.
    #[must_use]
    pub const fn encoding(&self) -> &'static str {
        "stream"
    }

    /// Heap allocations held, about: a block holds many entries.
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.log.entries().block_count() * 2
    }

    /// Bytes on the heap, estimated where trees hold them. O(1).
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.log.entries().heap_bytes() + self.groups.heap_bytes()
    }
}
