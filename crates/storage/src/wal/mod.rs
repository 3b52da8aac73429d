//! The write-ahead log as a machine: it makes frames and says what to write, sync, create and delete; the shell does it.
//!
//! One log serves every stream of a node. Appends are taken under the shell's lock and come out of [`Wal::poll`] at once;
//! syncs, creations and deletions are jobs that run elsewhere while appends go on, at most one of each at a time. A sync
//! covers every write that was reported done before it began: that is group commit, without any waiting for a group.
//!
//! ```text
//! append ──> poll ──> (shell writes) ──> write_done      written_lsn: survives a crash of the process
//!                      begin_sync ──> (shell syncs) ──> sync_done      synced_lsn: survives a loss of power
//! ```
//!
//! Invariants:
//! * WAL-1: lsns are consecutive, in one order for all streams, within and across segments.
//! * WAL-2: `synced_lsn ≤ written_lsn ≤ last_lsn`, each only rises.
//! * WAL-3: segment N is durable before segment N+2 gets a frame: at most two segments can be torn.
//! * WAL-4: after a failed write or sync no append is taken and no file is synced again.
//! * WAL-5: a refused append changes nothing.

mod chain;
mod config;
pub(crate) mod frame;
mod full;
pub(crate) mod header;
pub(crate) mod mark;
mod staging;
#[cfg(test)]
mod tests;

use std::fmt;

use mainstay_foundation::Instant;

pub(crate) use chain::Live;
pub use chain::{CreateError, CreateJob};
pub use config::{WalConfig, WalConfigError};
pub use frame::{FRAME_ALIGN, FRAME_HEADER_BYTES, Flaw};
pub use full::Full;
pub use header::{SEGMENT_HEADER_BYTES, SegmentHeader};
pub use mark::{MARK_FILE_BYTES, MARK_FILE_NAME, MARK_SLOT_BYTES, MARK_SLOT_OFFSET, MarkWrite};

use crate::recover::Resume;
use crate::{ClusterId, Lsn, SegmentId, StreamId};
use chain::Chain;
use frame::{FrameHead, Seed};
use staging::{Place, Staging};

/// When an append may be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Once its lsn is synced: survives a loss of power.
    Always,
    /// Once written: survives a crash of the process; a loss of power takes at most the last second.
    EverySecond,
}

/// Which operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poison {
    /// A write to a segment.
    Write,
    /// A sync of a segment: the kernel may have dropped the pages and reported it once.
    Sync,
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Write => "a write",
            Self::Sync => "a sync",
        })
    }
}

/// Put `bytes` at `offset` of `segment`, then call [`Wal::write_done`] (or [`Wal::poison`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write<'a> {
    /// The file.
    pub segment: SegmentId,
    /// Bytes from its start; a multiple of 8.
    pub offset: u64,
    /// Borrowed from the log; whole frames.
    pub bytes: &'a [u8],
}

/// Sync the data of segments `first` to `last` (one or two), then call [`Wal::sync_done`] (or [`Wal::poison`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncJob {
    /// The older segment.
    pub first: SegmentId,
    /// The newer one; equals `first` mostly.
    pub last: SegmentId,
    /// Everything up to here is durable when the job is done.
    pub upto: Lsn,
}

/// What a finished sync brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    /// The new [`Wal::synced_lsn`]: `always` records up to here may be acknowledged.
    pub lsn: Lsn,
    /// To be written to `wal.mark`, without a sync.
    pub mark: MarkWrite,
}

/// When the next sync has to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncDue {
    /// Somebody waits.
    Now,
    /// For `everysec` records.
    At(Instant),
}

/// Where the next frame goes; no room at all before the first segment.
#[derive(Clone, Copy, Debug)]
struct Tail {
    place: Place,
    capacity: u64,
}

/// Bytes of `always` records by how far they are.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    staged: u64,
    written: u64,
    syncing: u64,
}

impl Waiting {
    #[inline]
    fn total(&self) -> u64 {
        self.staged + self.written + self.syncing
    }
}

/// A write-ahead log. One owner calls it under a lock; no method blocks or allocates in a steady state.
#[derive(Debug)]
pub struct Wal {
    config: WalConfig,
    cluster: ClusterId,
    chain: Chain,
    staging: Staging,
    tail: Tail,
    last: Lsn,
    written: Lsn,
    synced: Lsn,
    waiting: Waiting,
    syncing: Option<SyncJob>,
    sync_began: Option<Instant>,
    sync_requested: bool,
    mark_slot: u64,
    poison: Option<Poison>,
}

impl Wal {
    /// An empty log whose first frame follows `after` (that of the snapshot it starts from, or [`Lsn::ZERO`]). It takes
    /// appends once its first [`CreateJob`] is done.
    ///
    /// # Errors
    /// A configuration outside its ranges.
    pub fn new(config: WalConfig, cluster: ClusterId, after: Lsn) -> Result<Self, WalConfigError> {
        Self::resume(config, cluster, Resume::fresh(after))
    }

    /// Goes on where recovery ended. Every step of [`crate::Recovery::steps`] must be done before.
    ///
    /// # Errors
    /// A configuration outside its ranges.
    pub fn resume(config: WalConfig, cluster: ClusterId, resume: Resume) -> Result<Self, WalConfigError> {
        config.validate()?;
        let segment = resume.live.back().map_or(SegmentId(0), |live| live.id);
        let place = Place { segment, seed: Seed::new(segment, cluster), offset: resume.offset };
        Ok(Self {
            config,
            cluster,
            chain: Chain::new(config, resume.live, resume.next_id),
            staging: Staging::default(),
            tail: Tail { place, capacity: resume.capacity },
            last: resume.last,
            written: resume.last,
            synced: resume.last,
            waiting: Waiting::default(),
            syncing: None,
            sync_began: None,
            sync_requested: false,
            mark_slot: 0,
            poison: None,
        })
    }

    /// Makes one frame of `parts` joined. On success the record has its place in the order of all records; it is nowhere
    /// yet: drain [`Wal::poll`] before the lock is let go. Cost: one copy and one checksum.
    ///
    /// # Errors
    /// [`Full`], and nothing has changed.
    #[inline]
    pub fn append(&mut self, stream: StreamId, kind: u8, durability: Durability, parts: &[&[u8]]) -> Result<Lsn, Full> {
        let payload = parts.iter().map(|part| part.len()).sum::<usize>();
        let always = durability == Durability::Always;
        if payload as u64 > self.config.record_bytes_max {
            return Err(Full::TooLarge { bytes: payload as u64, max: self.config.record_bytes_max });
        }
        let need = frame::span(payload);
        let busy = always && self.waiting.total() >= self.config.waiting_bytes_max;
        if busy || self.poison.is_some() || self.tail.place.offset + need > self.tail.capacity {
            self.make_room(need, busy)?;
        }
        let head = FrameHead { lsn: self.last.next(), synced: self.synced, stream, kind };
        self.staging.frame(self.tail.place, head, parts, always);
        self.tail.place.offset += need;
        self.waiting.staged += if always { need } else { 0 };
        self.last = head.lsn;
        Ok(head.lsn)
    }

    #[cold]
    fn make_room(&mut self, need: u64, busy: bool) -> Result<(), Full> {
        if let Some(poison) = self.poison {
            return Err(Full::Poisoned(poison));
        }
        if busy {
            return Err(Full::Busy { waiting: self.waiting.total(), max: self.config.waiting_bytes_max });
        }
        let previous_is_durable = self.chain.last().is_none_or(|live| self.synced >= live.first_lsn.previous());
        if !previous_is_durable {
            self.sync_requested = true;
            return Err(Full::BusySegments);
        }
        let live = self.chain.advance(need, self.last.next())?;
        let header = SegmentHeader { segment: live.id, cluster: self.cluster, first_lsn: live.first_lsn };
        self.staging.header(&header);
        self.tail = Tail {
            place: Place {
                segment: live.id,
                seed: Seed::new(live.id, self.cluster),
                offset: SEGMENT_HEADER_BYTES as u64,
            },
            capacity: live.bytes,
        };
        Ok(())
    }

    /// Whether a record of `payload` bytes has a place for certain: in the current segment or in the prepared one. For refusing work before it
    /// is done, since work that is done but not logged would leave memory ahead of the log. `reserve` bytes more must fit, at most half
    /// a segment, for what that work may log beyond its estimate.
    ///
    /// # Errors
    /// The [`Full`] that an append might get. After [`Full::NextSegment`], which passes within milliseconds, a segment is asked for: finish
    /// [`Wal::begin_create`], then ask again. Never [`Full::BusySegments`], which passes by itself.
    pub fn admits(&mut self, payload: usize, reserve: u64) -> Result<(), Full> {
        if let Some(poison) = self.poison {
            return Err(Full::Poisoned(poison));
        }
        let waiting = self.waiting.total();
        if waiting >= self.config.waiting_bytes_max {
            return Err(Full::Busy { waiting, max: self.config.waiting_bytes_max });
        }
        let need = frame::span(payload) + reserve.min(self.config.segment_bytes / 2);
        if self.tail.place.offset + need <= self.tail.capacity {
            return Ok(());
        }
        self.chain.admits(need)
    }

    /// The next write. Call again after [`Wal::write_done`] until `None`; without it the same write comes again.
    #[inline]
    pub fn poll(&mut self) -> Option<Write<'_>> {
        if self.poison.is_some() {
            return None;
        }
        let (segment, offset, bytes) = self.staging.front()?;
        Some(Write { segment, offset, bytes })
    }

    /// The write last polled is in the file: its records survive a crash of the process and may be released if
    /// [`Durability::EverySecond`]. Does nothing if none was polled.
    #[inline]
    pub fn write_done(&mut self) {
        if let Some(landed) = self.staging.landed() {
            self.written = landed.upto;
            self.waiting.staged -= landed.always_bytes;
            self.waiting.written += landed.always_bytes;
        }
    }

    /// When [`Wal::begin_sync`] has something to do; `None` while a sync runs or nothing is unsynced. Ask again after
    /// each append and each finished sync.
    #[inline]
    #[must_use]
    pub fn sync_due(&self) -> Option<SyncDue> {
        if self.syncing.is_some() || self.poison.is_some() || self.written == self.synced {
            return None;
        }
        if self.waiting.written > 0 || self.sync_requested {
            return Some(SyncDue::Now);
        }
        Some(self.sync_began.map_or(SyncDue::Now, |began| SyncDue::At(began.plus(self.config.sync_period))))
    }

    /// Asks for a sync of what is unsynced, whatever its class: before a stop, a snapshot's publication, or a promise that
    /// a stream keeps for itself.
    pub fn request_sync(&mut self) {
        self.sync_requested |= self.written > self.synced;
    }

    /// The sync that is due, if one is. It covers every write done until now.
    #[must_use = "an unfinished sync stops all acknowledgements"]
    pub fn begin_sync(&mut self, now: Instant) -> Option<SyncJob> {
        match self.sync_due()? {
            SyncDue::At(at) if at > now => return None,
            SyncDue::At(_) | SyncDue::Now => {}
        }
        let first = self.chain.first_above(self.synced)?;
        let job = SyncJob { first, last: self.tail.place.segment, upto: self.written };
        self.syncing = Some(job);
        self.sync_began = Some(now);
        self.sync_requested = false;
        self.waiting.syncing = std::mem::take(&mut self.waiting.written);
        Some(job)
    }

    /// The sync succeeded. Write the mark, then wake whoever waits for an lsn up to the returned one. `None` if the log
    /// was poisoned meanwhile: nothing may be acknowledged.
    ///
    /// # Panics
    /// If `job` is not the one under way.
    pub fn sync_done(&mut self, job: SyncJob) -> Option<Synced> {
        assert_eq!(self.syncing.take(), Some(job), "only the sync under way can end");
        if self.poison.is_some() {
            return None;
        }
        self.synced = job.upto;
        self.waiting.syncing = 0;
        let mark = mark::Mark { cluster: self.cluster, synced: self.synced };
        let offset = self.mark_slot;
        self.mark_slot = MARK_SLOT_OFFSET - offset;
        Some(Synced { lsn: self.synced, mark: MarkWrite { offset, bytes: mark.encode() } })
    }

    /// Closes the log after a failed write or sync, for good (WAL-4). What was acknowledged stays on the disk; what waits
    /// must be answered as unknown. The first cause is kept.
    pub fn poison(&mut self, cause: Poison) {
        self.poison.get_or_insert(cause);
        self.staging.clear();
    }

    /// Why the log is closed, if it is.
    #[must_use]
    pub const fn poisoned(&self) -> Option<Poison> {
        self.poison
    }

    /// The segment to prepare, if one is wanted: the first, and the next once the current one is half full. Runs beside
    /// appends and syncs, best not on the thread that syncs. Ask after appends that return [`Full::NextSegment`], after
    /// each batch, and when [`Wal::create_retry_at`] has come.
    #[must_use = "an unfinished creation stops the log at the end of its segment"]
    pub fn begin_create(&mut self, now: Instant) -> Option<CreateJob> {
        let waits = self.chain.retry_at().is_some_and(|at| at > now);
        (!waits && self.wants_create()).then(|| self.chain.begin_create())
    }

    /// Whether [`Wal::begin_create`] has something to do, now or once [`Wal::create_retry_at`] has come.
    #[inline]
    #[must_use]
    pub fn wants_create(&self) -> bool {
        self.poison.is_none() && self.chain.wants_create(self.tail.place.offset, self.tail.capacity)
    }

    /// When a failed creation is tried again.
    #[must_use]
    pub fn create_retry_at(&self) -> Option<Instant> {
        self.chain.retry_at()
    }

    /// The creation ended. A failure is no poison: no frame was in that file; appends that need it are refused until a
    /// later creation succeeds.
    ///
    /// # Panics
    /// If `job` is not the one under way.
    pub fn create_done(&mut self, now: Instant, job: CreateJob, result: Result<(), CreateError>) {
        self.chain.create_done(now, job, result);
    }

    /// No record up to `upto` is needed any more: it is in the older of the snapshots kept. Whole segments then come out of
    /// [`Wal::begin_delete`], oldest first; the newest segment always stays. Unsynced frames are never released.
    pub fn release(&mut self, upto: Lsn) {
        self.chain.release(upto.min(self.synced));
    }

    /// Whether [`Wal::begin_delete`] has something to do.
    #[inline]
    #[must_use]
    pub fn wants_delete(&self) -> bool {
        self.chain.wants_delete()
    }

    /// A segment to remove; sync the directory after each, then [`Wal::delete_done`]. Recovery would accept any order, but a
    /// fall back to an older snapshot needs the rest to be without holes.
    #[must_use = "an unfinished deletion stops all later ones"]
    pub fn begin_delete(&mut self) -> Option<SegmentId> {
        self.chain.begin_delete()
    }

    /// The removal ended. If it failed it is offered again after the next [`Wal::release`].
    ///
    /// # Panics
    /// If none is under way.
    pub fn delete_done(&mut self, removed: bool) {
        self.chain.delete_done(removed);
    }

    /// The lsn of the newest append.
    #[inline]
    #[must_use]
    pub const fn last_lsn(&self) -> Lsn {
        self.last
    }

    /// Up to here records survive a crash of the process.
    #[inline]
    #[must_use]
    pub const fn written_lsn(&self) -> Lsn {
        self.written
    }

    /// Up to here records survive a loss of power.
    #[inline]
    #[must_use]
    pub const fn synced_lsn(&self) -> Lsn {
        self.synced
    }

    /// Bytes of `always` records that wait for a sync.
    #[must_use]
    pub fn waiting_bytes(&self) -> u64 {
        self.waiting.total()
    }

    /// Bytes of all segments kept: what a snapshot could release.
    #[must_use]
    pub fn log_bytes(&self) -> u64 {
        self.chain.bytes()
    }

    /// Whose log it is.
    #[must_use]
    pub const fn cluster(&self) -> ClusterId {
        self.cluster
    }
}
