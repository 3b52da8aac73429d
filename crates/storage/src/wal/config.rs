//! The log's sizes and periods.

use std::time::Duration;

/// Segment sizes are multiples of this.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// Limits of a log. Sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalConfig {
    /// Size of a segment; a multiple of 4096, 4 KiB to 2 GiB. A record that does not fit one gets a larger segment.
    pub segment_bytes: u64,
    /// Largest payload of one record, up to 2 GiB.
    pub record_bytes_max: u64,
    /// `always` bytes that may wait for a sync before appends are refused with [`super::Full::Busy`]. One record may
    /// overshoot it.
    pub waiting_bytes_max: u64,
    /// Bytes of all segments kept, the prepared one included.
    pub log_bytes_max: u64,
    /// Longest time between the starts of two syncs while `everysec` records are unsynced.
    pub sync_period: Duration,
    /// Pause before a failed creation of a segment is tried again.
    pub create_retry: Duration,
}

impl Default for WalConfig {
    /// 64 MiB segments, records to 513 MiB (a value of 512 MiB with its command), 64 MiB waiting, 64 GiB in all, one second.
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            record_bytes_max: 513 << 20,
            waiting_bytes_max: 64 << 20,
            log_bytes_max: 64 << 30,
            sync_period: Duration::from_secs(1),
            create_retry: Duration::from_secs(1),
        }
    }
}

/// A value outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wal {name} is {value}, allowed is {allowed}")]
pub struct WalConfigError {
    /// The field.
    pub name: &'static str,
    /// As given.
    pub value: u64,
    /// In words.
    pub allowed: &'static str,
}

impl WalConfig {
    /// Checks every field's range.
    ///
    /// # Errors
    /// The first field that is outside.
    pub fn validate(&self) -> Result<(), WalConfigError> {
        let rows = [
            (
                "segment_bytes",
                self.segment_bytes,
                (PAGE_BYTES..=2 << 30).contains(&self.segment_bytes) && self.segment_bytes.is_multiple_of(PAGE_BYTES),
                "a multiple of 4096 from 4096 to 2147483648",
            ),
            (
                "record_bytes_max",
                self.record_bytes_max,
                (1..=2 << 30).contains(&self.record_bytes_max),
                "1 to 2147483648",
            ),
            ("waiting_bytes_max", self.waiting_bytes_max, self.waiting_bytes_max > 0, "at least 1"),
            (
                "log_bytes_max",
                self.log_bytes_max,
                self.log_bytes_max / 3 >= self.segment_bytes,
                "at least three segments",
            ),
        ];
        match rows.into_iter().find(|row| !row.2) {
            Some((name, value, _, allowed)) => Err(WalConfigError { name, value, allowed }),
            None => Ok(()),
        }
    }
}
