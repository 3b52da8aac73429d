//! Frames made but not yet handed to the disk: one reusable buffer and the runs in it.

use std::collections::VecDeque;

use super::frame::{self, FrameHead, Seed};
use super::header::SegmentHeader;
use crate::{Lsn, SegmentId};

/// The buffer is given back above this, so that one huge record does not pin its size for ever.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// A stretch of one segment that is written in one piece.
#[derive(Clone, Copy, Debug)]
struct Run {
    segment: SegmentId,
    offset: u64,
    start: usize,
    end: usize,
    upto: Lsn,
    always_bytes: u64,
}

/// Where a frame goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) segment: SegmentId,
    pub(super) seed: Seed,
    pub(super) offset: u64,
}

/// What one finished run brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landed {
    pub(super) upto: Lsn,
    pub(super) always_bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Staging {
    bytes: Vec<u8>,
    runs: VecDeque<Run>,
    /// The first run is in the shell's hands and must not grow.
    polled: bool,
}

impl Staging {
    /// Starts a segment: its header leads the run that its first frame continues.
    pub(super) fn header(&mut self, header: &SegmentHeader) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&header.encode());
        self.runs.push_back(Run {
            segment: header.segment,
            offset: 0,
            start,
            end: self.bytes.len(),
            upto: header.first_lsn.previous(),
            always_bytes: 0,
        });
    }

    #[inline]
    pub(super) fn frame(&mut self, place: Place, head: FrameHead, parts: &[&[u8]], always: bool) {
        let start = self.bytes.len();
        frame::encode(&mut self.bytes, place.seed, head, parts);
        let end = self.bytes.len();
        let always_bytes = if always { (end - start) as u64 } else { 0 };
        let growable = self.runs.len() > usize::from(self.polled);
        match self.runs.back_mut() {
            Some(run) if growable && run.segment == place.segment => {
                run.end = end;
                run.upto = head.lsn;
                run.always_bytes += always_bytes;
            }
            _ => self.runs.push_back(Run {
                segment: place.segment,
                offset: place.offset,
                start,
                end,
                upto: head.lsn,
                always_bytes,
            }),
        }
    }

    /// The first run: segment, offset, bytes. The same one until [`Staging::landed`].
    #[inline]
    pub(super) fn front(&mut self) -> Option<(SegmentId, u64, &[u8])> {
        let run = self.runs.front()?;
        self.polled = true;
        Some((run.segment, run.offset, &self.bytes[run.start..run.end]))
    }

    /// The first run was written; `None` if none was handed out.
    #[inline]
    pub(super) fn landed(&mut self) -> Option<Landed> {
        if !std::mem::take(&mut self.polled) {
            return None;
        }
        let run = self.runs.pop_front()?;
        if self.runs.is_empty() {
            self.bytes.clear();
            if self.bytes.capacity() > KEPT_BYTES_MAX {
                self.bytes = Vec::new();
            }
        }
        Some(Landed { upto: run.upto, always_bytes: run.always_bytes })
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
