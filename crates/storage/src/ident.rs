//! What things are called: frames, segments, streams, the cluster, and the files that hold them.

use std::fmt;

/// Log sequence number: counts frames, from 1; one record is one frame. 0 stands before the first, "nothing yet".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lsn(pub u64);

impl Lsn {
    /// Before the first frame.
    pub const ZERO: Self = Self(0);

    /// The number of the frame after this one; saturates, which only a forged file can reach.
    #[inline]
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number of the frame before this one; [`Lsn::ZERO`] has none before it and stays.
    #[inline]
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One file of the log. Numbers start at 1, rise by one and are used again only after recovery removed an unsynced segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub u64);

impl SegmentId {
    /// The segment that follows; saturates, which only a forged name can reach.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// `wal-<id, 20 digits>.log`, so that names sort as ids do.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("wal-{:020}.log", self.0)
    }

    /// The inverse of [`SegmentId::file_name`]; `None` for any other name.
    #[must_use]
    pub fn from_file_name(name: &str) -> Option<Self> {
        twenty_digits(name.strip_prefix("wal-")?.strip_suffix(".log")?).map(Self)
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose record it is: a shard, a Raft group, an outbox. The log does not interpret it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u32);

/// The cluster that owns a data directory: drawn once at random, written in every file, so that files of two clusters are
/// never mixed and no client can forge a frame inside its own value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterId(pub u128);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Parses exactly twenty decimal digits.
pub(crate) fn twenty_digits(digits: &str) -> Option<u64> {
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_names_round_trip_and_others_are_refused() {
        assert_eq!(SegmentId(7).file_name(), "wal-00000000000000000007.log");
        for id in [0, 1, u64::MAX] {
            assert_eq!(SegmentId::from_file_name(&SegmentId(id).file_name()), Some(SegmentId(id)));
        }
        for name in ["wal-7.log", "wal-0000000000000000000x.log", "wal-99999999999999999999.log", "wal.mark", ""] {
            assert_eq!(SegmentId::from_file_name(name), None, "{name}");
        }
    }
}
