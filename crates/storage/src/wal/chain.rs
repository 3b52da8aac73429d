//! The segments of a log: which exist, which is prepared next, which may go.

use std::collections::VecDeque;

use mainstay_foundation::Instant;

use super::config::PAGE_BYTES;
use super::header::SEGMENT_HEADER_BYTES;
use super::{Full, WalConfig};
use crate::{Lsn, SegmentId};

/// A segment that holds frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) id: SegmentId,
    pub(crate) first_lsn: Lsn,
    pub(crate) bytes: u64,
}

/// Make `segment`: a fresh file of `bytes` zeros that replaces any file of that name, its space allocated and not sparse,
/// synced, its directory synced. Report by [`super::Wal::create_done`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateJob {
    /// Which.
    pub segment: SegmentId,
    /// How large.
    pub bytes: u64,
}

/// Why a segment could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// The disk or quota is full.
    NoSpace,
    /// Anything else.
    Failed,
}

#[derive(Debug)]
pub(super) struct Chain {
    config: WalConfig,
    live: VecDeque<Live>,
    next_id: SegmentId,
    /// Size of the segment `next_id`, if it is made and blank.
    ready: Option<u64>,
    creating: Option<CreateJob>,
    /// What the next segment must hold at least.
    want_bytes: u64,
    /// An append was refused for want of it.
    awaited: bool,
    blocked: Option<(CreateError, Instant)>,
    condemned: VecDeque<SegmentId>,
    deleting: bool,
    delete_failed: bool,
}

impl Chain {
    pub(super) fn new(config: WalConfig, live: VecDeque<Live>, next_id: SegmentId) -> Self {
        Self {
            config,
            live,
            next_id,
            ready: None,
            creating: None,
            want_bytes: config.segment_bytes,
            awaited: false,
            blocked: None,
            condemned: VecDeque::new(),
            deleting: false,
            delete_failed: false,
        }
    }

    pub(super) fn last(&self) -> Option<&Live> {
        self.live.back()
    }

    /// Bytes of all segments kept: live, prepared and not yet deleted ones (the latter counted at the usual size).
    pub(super) fn bytes(&self) -> u64 {
        let condemned = self.condemned.len() as u64 * self.config.segment_bytes;
        self.live.iter().map(|s| s.bytes).sum::<u64>() + self.ready.unwrap_or(0) + condemned
    }

    /// The oldest segment that holds a frame above `synced`, if one does.
    pub(super) fn first_above(&self, synced: Lsn) -> Option<SegmentId> {
        self.live.iter().rev().find(|s| s.first_lsn <= synced.next()).or(self.live.front()).map(|s| s.id)
    }

    /// Goes on to the prepared segment, whose first frame is `first_lsn` and takes `need` bytes.
    pub(super) fn advance(&mut self, need: u64, first_lsn: Lsn) -> Result<Live, Full> {
        let bytes = need + SEGMENT_HEADER_BYTES as u64;
        let Some(ready) = self.ready.filter(|&ready| ready >= bytes) else {
            return Err(self.ask(bytes));
        };
        let live = Live { id: self.next_id, first_lsn, bytes: ready };
        self.live.push_back(live);
        self.next_id = self.next_id.next();
        self.ready = None;
        self.awaited = false;
        self.want_bytes = self.config.segment_bytes;
        Ok(live)
    }

    /// Whether `need` bytes fit the prepared segment; if not, asks for one that they do.
    pub(super) fn admits(&mut self, need: u64) -> Result<(), Full> {
        let bytes = need + SEGMENT_HEADER_BYTES as u64;
        if self.ready.is_some_and(|ready| ready >= bytes) { Ok(()) } else { Err(self.ask(bytes)) }
    }

    /// Asks for a segment of at least `bytes`, and says why there is none.
    fn ask(&mut self, bytes: u64) -> Full {
        self.want_bytes = self.want_bytes.max(bytes.next_multiple_of(PAGE_BYTES));
        self.awaited = true;
        let refusal = self.refusal();
        if matches!(refusal, Full::LogFull { .. }) {
            self.want_bytes = self.config.segment_bytes;
        }
        refusal
    }

    fn refusal(&self) -> Full {
        let live = self.bytes() - self.ready.unwrap_or(0);
        if live.saturating_add(self.want_bytes) > self.config.log_bytes_max {
            return Full::LogFull { live, max: self.config.log_bytes_max };
        }
        match self.blocked {
            Some((CreateError::NoSpace, _)) => Full::NoSpace,
            Some((CreateError::Failed, _)) => Full::CreateFailed,
            None => Full::NextSegment,
        }
    }

    /// Whether the next segment has to be made; `used` and `capacity` are of the current one.
    pub(super) fn wants_create(&self, used: u64, capacity: u64) -> bool {
        let missing = self.ready.is_none_or(|ready| ready < self.want_bytes);
        let near = self.awaited || used >= capacity / 2;
        let kept = self.bytes() - self.ready.unwrap_or(0);
        missing && near && self.creating.is_none() && kept.saturating_add(self.want_bytes) <= self.config.log_bytes_max
    }

    /// When a refused creation may be tried again.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.blocked.map(|(_, at)| at)
    }

    pub(super) fn begin_create(&mut self) -> CreateJob {
        let job = CreateJob { segment: self.next_id, bytes: self.want_bytes };
        self.ready = None;
        self.creating = Some(job);
        job
    }

    pub(super) fn create_done(&mut self, now: Instant, job: CreateJob, result: Result<(), CreateError>) {
        assert_eq!(self.creating.take(), Some(job), "only the creation under way can end");
        match result {
            Ok(()) => {
                self.ready = Some(job.bytes);
                self.blocked = None;
            }
            Err(cause) => {
                self.want_bytes = self.config.segment_bytes;
                self.blocked = Some((cause, now.plus(self.config.create_retry)));
            }
        }
    }

    /// Condemns every segment whose last frame is at or below `upto`; never the newest.
    pub(super) fn release(&mut self, upto: Lsn) {
        self.delete_failed = false;
        while self.live.get(1).is_some_and(|second| second.first_lsn.previous() <= upto) {
            self.condemned.extend(self.live.pop_front().map(|s| s.id));
        }
    }

    pub(super) fn wants_delete(&self) -> bool {
        !self.deleting && !self.delete_failed && !self.condemned.is_empty()
    }

    pub(super) fn begin_delete(&mut self) -> Option<SegmentId> {
        let segment = *self.condemned.front().filter(|_| self.wants_delete())?;
        self.deleting = true;
        Some(segment)
    }

    pub(super) fn delete_done(&mut self, removed: bool) {
        assert!(std::mem::take(&mut self.deleting), "only a deletion under way can end");
        if removed {
            self.condemned.pop_front();
            self.blocked = None;
        } else {
            self.delete_failed = true;
        }
    }
}
