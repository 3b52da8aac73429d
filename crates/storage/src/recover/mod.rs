//! Reading a log back: every record in order, and a verdict on where it ends.
//!
//! The reader walks frames from the segment that holds the first needed lsn. The first place x where no sound frame with
//! the expected lsn stands is the end. What kind of end it is depends on whether anything proves that x was durable once:
//!
//! * a later sound frame whose `synced_lsn` is at least x,
//! * `wal.mark` at x or above,
//! * a sound header two segments on (WAL-3: it is written only when everything here is synced).
//!
//! With such a proof a durable record is gone: **corruption**, and the start is refused. Without one, x was never
//! acknowledged as durable: a **torn tail**, everything from x on is cut, zeroed, synced and reported. An end with only
//! zeros behind it is clean.
//!
//! A flip inside the very last sync after a loss of power, with mark and witnesses lost too, cannot be told from tearing.

mod error;
mod evidence;
mod files;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::VecDeque;
use std::io;

pub use error::{Corruption, Proof, RecoverError, Refusal};

use crate::wal::Live;
use crate::{ClusterId, Lsn, SegmentId, StreamId};

/// The files of a log, read only. Missing files are answers, not errors.
pub trait SegmentSource {
    /// A whole segment file, mapped or in memory.
    type Bytes: AsRef<[u8]>;

    /// The ids of all segment files, in any order (see [`SegmentId::from_file_name`]).
    ///
    /// # Errors
    /// The directory cannot be read.
    fn segments(&self) -> io::Result<Vec<SegmentId>>;

    /// A segment's bytes.
    ///
    /// # Errors
    /// The file cannot be read.
    fn open(&self, segment: SegmentId) -> io::Result<Self::Bytes>;

    /// The contents of `wal.mark`; `None` if there is none.
    ///
    /// # Errors
    /// The file is there but cannot be read.
    fn mark(&self) -> io::Result<Option<Vec<u8>>>;
}

/// One record as it was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place in the order of all records.
    pub lsn: Lsn,
    /// Whose it is.
    pub stream: StreamId,
    /// The appender's tag.
    pub kind: u8,
    /// Borrowed from the segment.
    pub payload: &'a [u8],
}

/// Something to do, in order, before the log goes on. Each may be repeated: a crash between two steps recovers the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryStep {
    /// Remove the file and sync the directory.
    Delete {
        /// Which.
        segment: SegmentId,
    },
    /// Write the bytes that are there once more. They may be what a failed sync left: in memory, marked as clean, and not
    /// on the disk. Only a new write makes the next sync carry them.
    Rewrite {
        /// In which segment.
        segment: SegmentId,
        /// From this byte.
        offset: u64,
        /// So many bytes.
        bytes: u64,
    },
    /// Overwrite with zeros.
    Zero {
        /// In which segment.
        segment: SegmentId,
        /// From this byte.
        offset: u64,
        /// So many bytes.
        bytes: u64,
    },
    /// Sync the file's data: what was only written before the crash becomes durable before anybody relies on it.
    Sync {
        /// Which.
        segment: SegmentId,
    },
}

/// A torn tail: what was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The segment it begins in.
    pub segment: SegmentId,
    /// From this byte.
    pub offset: u64,
    /// The first lsn that is gone. It was never acknowledged as durable.
    pub lsn: Lsn,
    /// What stands there instead of a frame.
    pub flaw: crate::wal::Flaw,
    /// Sound frames behind the cut, dropped with it.
    pub frames: u64,
}

/// Where a log goes on: pass it to [`crate::Wal::resume`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    pub(crate) live: VecDeque<Live>,
    pub(crate) next_id: SegmentId,
    /// Next frame's place in the newest live segment; equals `capacity` if that one takes no more.
    pub(crate) offset: u64,
    pub(crate) capacity: u64,
    pub(crate) last: Lsn,
}

impl Resume {
    pub(crate) fn fresh(after: Lsn) -> Self {
        Self { live: VecDeque::new(), next_id: SegmentId(1), offset: 0, capacity: 0, last: after }
    }
}

/// A log that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Whose log it is; `None` if there was none.
    pub cluster: Option<ClusterId>,
    /// Records delivered.
    pub records: u64,
    /// Their payload bytes.
    pub bytes: u64,
    /// The newest lsn; the snapshot's if the log holds nothing newer.
    pub last_lsn: Lsn,
    /// Segments that stay.
    pub segments: u64,
    /// The torn tail, if there was one.
    pub cut: Option<Cut>,
    /// What to do first.
    pub steps: Vec<RecoveryStep>,
    /// How the log goes on then.
    pub resume: Resume,
}

/// Reads the log after the snapshot at `after` ([`Lsn::ZERO`] without one) and hands each newer record to `deliver`, in
/// order, without copying it. `cluster` is the expected owner, if known. Nothing on the disk is changed.
///
/// On an error records may have been delivered already: the caller throws that state away.
///
/// # Errors
/// Corruption, a foreign or newer file, an unreadable file, or `deliver`'s own refusal.
pub fn recover<S: SegmentSource>(
    source: &S,
    after: Lsn,
    cluster: Option<ClusterId>,
    deliver: impl FnMut(Record<'_>) -> Result<(), Refusal>,
) -> Result<Recovery, RecoverError> {
    let files = files::survey(source, cluster)?;
    let walked = walk::walk(source, &files, after, deliver)?;
    evidence::judge(source, &files, after, walked)
}
