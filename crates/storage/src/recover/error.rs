//! Why a log cannot be recovered, and what to do then.

use std::fmt;
use std::io;

use crate::format::NewerFormat;
use crate::wal::Flaw;
use crate::{ClusterId, Lsn, SegmentId};

/// What proves that a damaged frame was durable once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// `wal.mark` says so.
    Mark {
        /// The lsn in it.
        synced: Lsn,
    },
    /// A later frame says so.
    Frame {
        /// Its segment.
        segment: SegmentId,
        /// Its place.
        offset: u64,
        /// What it says was synced.
        synced: Lsn,
    },
    /// A header two segments on says so.
    Header {
        /// Its segment.
        segment: SegmentId,
    },
    /// A file is missing that is never removed before its successor.
    Missing {
        /// Which.
        segment: SegmentId,
    },
}

impl Proof {
    /// The newest lsn that it proves, if it names one.
    #[must_use]
    pub const fn synced(&self) -> Option<Lsn> {
        match self {
            Self::Mark { synced } | Self::Frame { synced, .. } => Some(*synced),
            Self::Header { .. } | Self::Missing { .. } => None,
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark { synced } => write!(f, "wal.mark says lsn {synced} was synced"),
            Self::Frame { segment, offset, synced } => {
                write!(f, "the frame at offset {offset} of {} says lsn {synced} was synced", segment.file_name())
            }
            Self::Header { segment } => write!(f, "{} was begun after it was synced", segment.file_name()),
            Self::Missing { segment } => write!(f, "{} is missing", segment.file_name()),
        }
    }
}

/// A durable record that is not there any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the log is damaged at lsn {lsn}: {} at offset {offset}: {flaw}; {proof}. This is no torn tail: acknowledged records \
     are affected. A replica: remove it and let it rejoin under a new id. Else restore a snapshot with its log, or run \
     `mainstay storage check` and then `mainstay storage repair` on this directory, which set aside what is lost",
    segment.file_name()
)]
pub struct Corruption {
    /// The file.
    pub segment: SegmentId,
    /// Its byte.
    pub offset: u64,
    /// The first lsn that cannot be read.
    pub lsn: Lsn,
    /// What stands there.
    pub flaw: Flaw,
    /// Why it must have been there.
    pub proof: Proof,
}

/// Why the receiver of records would not take one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Why a log cannot be recovered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// A durable record is gone.
    #[error(transparent)]
    Corruption(Box<Corruption>),
    /// The log begins too late for the snapshot.
    #[error(
        "the log begins at lsn {first} in {}, the snapshot ends at {after}: records between are missing. Restore the older \
         segments or a newer snapshot",
        segment.file_name()
    )]
    Gap {
        /// The oldest segment.
        segment: SegmentId,
        /// Its first lsn.
        first: Lsn,
        /// The snapshot's lsn.
        after: Lsn,
    },
    /// A file of another cluster.
    #[error("{file} belongs to cluster {found}, expected {expected}: it was copied here from elsewhere; move it away")]
    Foreign {
        /// Its name.
        file: String,
        /// In the file.
        found: ClusterId,
        /// In the others.
        expected: ClusterId,
    },
    /// A file of a newer format.
    #[error(transparent)]
    Newer(#[from] NewerFormat),
    /// A file could not be read.
    #[error("cannot read {file}: {source}")]
    Io {
        /// Its name.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// The receiver refused a record.
    #[error("the record at lsn {lsn} cannot be replayed: {refusal}")]
    Refused {
        /// Which.
        lsn: Lsn,
        /// The receiver's words.
        refusal: Refusal,
    },
}
