//! Why an append is refused.

use super::Poison;

/// A refused append: nothing was logged, no lsn was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Full {
    /// The record does not fit here and the next segment is still being made. Finish [`super::Wal::begin_create`], then try
    /// again: milliseconds.
    #[error("the next log segment is not ready yet")]
    NextSegment,
    /// The disk has no room for another segment. Released segments and retries can end it; records that fit the current
    /// segment are still taken.
    #[error("no space on the disk for another log segment: free some, or let a snapshot release old segments")]
    NoSpace,
    /// Another segment cannot be made for another reason, which the shell knows. Retried like a lack of space.
    #[error("another log segment cannot be made: see the server's log for the disk's error")]
    CreateFailed,
    /// The log has its largest allowed size; a snapshot must release old segments.
    #[error("the log holds {live} bytes and may hold {max}: a snapshot must release old segments")]
    LogFull {
        /// Bytes of all segments kept.
        live: u64,
        /// [`super::WalConfig::log_bytes_max`].
        max: u64,
    },
    /// Too much is waiting for a sync.
    #[error("wal: {waiting} bytes wait for the disk's sync, at most {max} may")]
    Busy {
        /// Bytes of `always` records not yet synced.
        waiting: u64,
        /// [`super::WalConfig::waiting_bytes_max`].
        max: u64,
    },
    /// The two newest segments are both unsynced; a third may not begin.
    #[error("wal: two segments wait for the disk's sync")]
    BusySegments,
    /// The record itself is too large.
    #[error("a record of {bytes} bytes is above the limit of {max}")]
    TooLarge {
        /// Its payload.
        bytes: u64,
        /// [`super::WalConfig::record_bytes_max`].
        max: u64,
    },
    /// A write or sync failed; the log takes nothing until a restart has recovered it.
    #[error("the log is closed since {0} failed: restart to recover from what is on the disk")]
    Poisoned(Poison),
}

impl Full {
    /// Whether the same append may succeed later without a restart.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        !matches!(self, Self::TooLarge { .. } | Self::Poisoned(_))
    }

    /// The word that leads the error in a client's reply.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NextSegment | Self::Busy { .. } | Self::BusySegments => "BUSY",
            Self::NoSpace | Self::CreateFailed | Self::LogFull { .. } => "NOSPACE",
            Self::TooLarge { .. } => "ERR",
            Self::Poisoned(_) => "MISCONF",
        }
    }
}
