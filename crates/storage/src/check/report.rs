//! What a check found.

use std::fmt;

use crate::format::{SNAPSHOT_VERSION, WAL_VERSION};
use crate::snapshot::{SnapshotError, SnapshotHeader, SnapshotTotals, snapshot_file_name};
use crate::{Lsn, RecoverError, Recovery, SegmentId};

/// One snapshot file.
#[derive(Debug)]
pub struct SnapshotReport {
    /// The lsn in its name.
    pub lsn: Lsn,
    /// What it holds, or what is wrong.
    pub outcome: Result<(SnapshotHeader, SnapshotTotals), SnapshotError>,
}

/// The state of a data directory in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is sound.
    Clean,
    /// A start cuts what was never acknowledged as durable. Nothing to do.
    TornTail,
    /// A start works, from an older snapshot and its log. The damaged one should be moved away.
    BadSnapshot,
    /// A start is refused; `repair` can end that, at a loss.
    Damaged,
    /// A start is refused and `repair` cannot help: a newer format, or a file that cannot be read.
    Unreadable,
}

/// Everything a check found.
#[derive(Debug)]
pub struct Report {
    /// Newest first.
    pub snapshots: Vec<SnapshotReport>,
    /// The lsn of the newest sound snapshot; [`Lsn::ZERO`] without one.
    pub after: Lsn,
    /// All segment files, oldest first.
    pub segments: Vec<SegmentId>,
    /// The log behind that snapshot.
    pub log: Result<Recovery, RecoverError>,
}

impl Report {
    /// The state in one word.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let newer = |found: &SnapshotReport| matches!(found.outcome, Err(SnapshotError::Newer(_)));
        match &self.log {
            _ if self.snapshots.iter().any(newer) => Verdict::Unreadable,
            Err(RecoverError::Corruption(_) | RecoverError::Gap { .. } | RecoverError::Foreign { .. }) => {
                Verdict::Damaged
            }
            Err(RecoverError::Newer(_) | RecoverError::Io { .. } | RecoverError::Refused { .. }) => Verdict::Unreadable,
            Ok(_) if self.snapshots.iter().any(|found| found.outcome.is_err()) => Verdict::BadSnapshot,
            Ok(recovery) if recovery.cut.is_some() => Verdict::TornTail,
            Ok(_) => Verdict::Clean,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clean => "clean",
            Self::TornTail => "torn tail: the next start cuts it, nothing acknowledged as durable is lost",
            Self::BadSnapshot => "bad snapshot: a start works without it",
            Self::Damaged => "damaged: a start is refused, see `mainstay storage repair`",
            Self::Unreadable => "unreadable: a start is refused and repair cannot help",
        })
    }
}

impl fmt::Display for Report {
    /// A line per snapshot, then the log, then the verdict.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "formats read: log {WAL_VERSION}, snapshot {SNAPSHOT_VERSION}")?;
        for SnapshotReport { lsn, outcome } in &self.snapshots {
            match outcome {
                Ok((header, totals)) => writeln!(
                    f,
                    "{}: sound, {} records, {} bytes{}",
                    snapshot_file_name(*lsn),
                    totals.records,
                    totals.bytes,
                    if header.is_final { ", final" } else { "" }
                )?,
                Err(error) => writeln!(f, "{}: {error}", snapshot_file_name(*lsn))?,
            }
        }
        match &self.log {
            Ok(recovery) => {
                writeln!(
                    f,
                    "log: {} segments, {} records after lsn {}, newest lsn {}",
                    self.segments.len(),
                    recovery.records,
                    self.after,
                    recovery.last_lsn
                )?;
                if let Some(cut) = &recovery.cut {
                    let file = cut.segment.file_name();
                    writeln!(f, "log: torn at lsn {}: {file} at offset {}: {}", cut.lsn, cut.offset, cut.flaw)?;
                }
            }
            Err(error) => writeln!(f, "log: {} segments: {error}", self.segments.len())?,
        }
        write!(f, "verdict: {}", self.verdict())
    }
}
