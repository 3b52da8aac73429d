//! The entries of a stream together with what the stream remembers of entries that are gone.
//!
//! LOG-1: `last_id` is not below the id of any entry, so new ids always rise.
//! LOG-2: `max_deleted_id` is raised by deleting single entries, never by trimming: trimming leaves no holes.
//!
//! From these and `entries_added` follows how many entries were ever added up to an id ([`Log::reads_up_to`]), which is
//! what a group's lag is measured by. Where holes make the count uncertain there is none, and the lag is unknown.

use super::entries::{BlockLimits, ENTRY_BYTES_MAX, Entries};
use super::entry::Entry;
use super::id::{NewId, StreamId};
use super::range::{Range, ReverseRange};
use super::trim::Trim;

/// Entries and their bookkeeping.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub(super) entries: Entries,
    pub(super) last_id: StreamId,
    pub(super) max_deleted_id: StreamId,
    pub(super) entries_added: u64,
}

/// Why an entry was not added. The texts are what clients know from Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// `0-0` was asked for.
    #[error("The ID specified in XADD must be greater than 0-0")]
    Zero,
    /// The last id is the highest that there is.
    #[error("The stream has exhausted the last possible ID, unable to add more items")]
    Exhausted,
    /// The id is not above the last one, or its millisecond has no sequence number left.
    #[error("The ID specified in XADD is equal or smaller than the target stream top item")]
    NotAbove,
    /// Names and values exceed [`ENTRY_BYTES_MAX`].
    #[error("Elements are too large to be stored")]
    TooLarge,
}

/// Why the last id was not set. The texts are what clients know from Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetIdError {
    /// An entry has a higher id.
    #[error("The ID specified in XSETID is smaller than the target stream top item")]
    BelowTop,
    /// More entries are there than are said to have been added.
    #[error("The entries_added specified in XSETID is smaller than the target stream length")]
    AddedBelowLength,
    /// An entry is said to be deleted that the stream has not reached.
    #[error("The ID specified in XSETID is smaller than the provided max_deleted_entry_id")]
    BelowDeleted,
}

/// What `XSETID` sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetId {
    /// The last id.
    pub last_id: StreamId,
    /// `ENTRIESADDED`, where given.
    pub entries_added: Option<u64>,
    /// `MAXDELETEDID`, where given; `0-0` counts as not given.
    pub max_deleted_id: Option<StreamId>,
}

impl Log {
    /// Number of entries. O(1).
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The id that new ids must exceed.
    #[must_use]
    pub const fn last_id(&self) -> StreamId {
        self.last_id
    }

    /// The highest id deleted singly; `0-0` for none.
    #[must_use]
    pub const fn max_deleted_id(&self) -> StreamId {
        self.max_deleted_id
    }

    /// Entries ever added.
    #[must_use]
    pub const fn entries_added(&self) -> u64 {
        self.entries_added
    }

    /// Id of the first entry; `0-0` when there is none. O(1).
    #[must_use]
    pub const fn first_id(&self) -> StreamId {
        self.entries.first_id()
    }

    /// Id of the last entry that is still there; `None` when there is none. O(log n).
    #[must_use]
    pub fn top_id(&self) -> Option<StreamId> {
        self.entries.last().map(|entry| entry.id)
    }

    /// The store itself, to read.
    #[must_use]
    pub const fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The entry with this id. O(log n).
    #[must_use]
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        self.entries.get(id)
    }

    /// Entries with `start <= id <= end`, rising.
    #[must_use]
    pub fn range(&self, start: StreamId, end: StreamId) -> Range<'_> {
        self.entries.range(start, end)
    }

    /// Entries with `start <= id <= end`, falling.
    #[must_use]
    pub fn range_reverse(&self, start: StreamId, end: StreamId) -> ReverseRange<'_> {
        self.entries.range_reverse(start, end)
    }

    /// Entries above `id`, rising.
    pub fn after(&self, id: StreamId) -> impl Iterator<Item = Entry<'_>> {
        id.successor().map(|start| self.range(start, StreamId::MAX)).into_iter().flatten()
    }

    /// The id that an entry added at `now_ms` would get. Never falls, whatever the clock does.
    ///
    /// # Errors
    /// All of [`AddError`] but `TooLarge`.
    pub fn next_id(&self, wanted: NewId, now_ms: u64) -> Result<StreamId, AddError> {
        if wanted == NewId::Exact(StreamId::MIN) {
            return Err(AddError::Zero);
        }
        let after_last = self.last_id.successor().ok_or(AddError::Exhausted)?;
        let id = match wanted {
            NewId::Auto => after_last.max(StreamId::new(now_ms, 0)),
            NewId::AutoSeq(ms) if ms == self.last_id.ms => {
                StreamId::new(ms, self.last_id.seq.checked_add(1).ok_or(AddError::NotAbove)?)
            }
            NewId::AutoSeq(ms) => StreamId::new(ms, 0),
            NewId::Exact(id) => id,
        };
        if id > self.last_id { Ok(id) } else { Err(AddError::NotAbove) }
    }

    /// `XADD`: adds an entry; `fields` alternates names and values, at least one of each. Returns its id. O(1) amortised.
    ///
    /// # Errors
    /// [`AddError`]; nothing has changed then.
    ///
    /// # Panics
    /// On an empty or odd number of texts: commands refuse these by their arity.
    pub fn add<'f>(
        &mut self,
        wanted: NewId,
        now_ms: u64,
        fields: impl Iterator<Item = &'f [u8]> + Clone,
        limits: BlockLimits,
    ) -> Result<StreamId, AddError> {
        let id = self.next_id(wanted, now_ms)?;
        let (texts, bytes) = fields.clone().fold((0usize, 0usize), |(texts, sum), text| (texts + 1, sum + text.len()));
        assert!(texts > 0 && texts % 2 == 0, "an entry has names and values in pairs, not {texts} texts");
        if bytes > ENTRY_BYTES_MAX {
            return Err(AddError::TooLarge);
        }
        self.entries.append(id, fields, limits);
        self.last_id = id;
        self.entries_added = self.entries_added.wrapping_add(1);
        Ok(id)
    }

    /// `XDEL` of one id; false if there is no such entry.
    pub fn delete(&mut self, id: StreamId) -> bool {
        let deleted = self.entries.delete(id);
        if deleted {
            self.max_deleted_id = self.max_deleted_id.max(id);
        }
        deleted
    }

    /// `XTRIM`; returns how many entries went.
    pub fn trim(&mut self, trim: Trim) -> u64 {
        self.entries.trim(trim)
    }

    /// `XSETID`.
    ///
    /// # Errors
    /// [`SetIdError`]; nothing has changed then.
    pub fn set_id(&mut self, set: SetId) -> Result<(), SetIdError> {
        let max_deleted_id = set.max_deleted_id.filter(|id| !id.is_zero());
        if max_deleted_id.is_some_and(|deleted| set.last_id < deleted) {
            return Err(SetIdError::BelowDeleted);
        }
        if let Some(top) = self.top_id() {
            if set.last_id < top {
                return Err(SetIdError::BelowTop);
            }
            if set.entries_added.is_some_and(|added| added < self.len()) {
                return Err(SetIdError::AddedBelowLength);
            }
        }
        self.last_id = set.last_id;
        self.entries_added = set.entries_added.unwrap_or(self.entries_added);
        self.max_deleted_id = max_deleted_id.unwrap_or(self.max_deleted_id);
        Ok(())
    }

    /// How many entries had been added when `id` was; `None` where deletions or an arbitrary id leave it open.
    #[must_use]
    pub fn reads_up_to(&self, id: StreamId) -> Option<u64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        if self.is_empty() && id <= self.last_id {
            return Some(self.entries_added);
        }
        if id >= self.last_id {
            return (id == self.last_id).then_some(self.entries_added);
        }
        let first = self.first_id();
        let before_first = self.entries_added.wrapping_sub(self.len());
        match id.cmp(&first) {
            _ if self.has_holes_from(first) => None,
            std::cmp::Ordering::Less => Some(before_first),
            std::cmp::Ordering::Equal => Some(before_first.wrapping_add(1)),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// Whether an entry from `id` on was deleted singly, and entries before it remain. What was deleted before the first
    /// entry leaves no hole.
    #[must_use]
    pub fn has_holes_from(&self, id: StreamId) -> bool {
        !self.is_empty() && self.max_deleted_id >= self.first_id().max(id)
    }
}
