//! A snapshot's first 64 bytes and its file's name.
//!
//! ```text
//! 0              8                           24         32             40      44         60     64
//! +--------------+---------------------------+----------+--------------+-------+----------+------+
//! | "MSSNAP\0\1" | cluster id                | lsn      | time floor us| flags | zeros    |crc32c|
//! +--------------+---------------------------+----------+--------------+-------+----------+------+
//!   8 bytes        u128                        u64        u64            u32     16 bytes   u32
//! ```

use mainstay_foundation::Timestamp;

use super::SnapshotError;
use crate::ident::twenty_digits;
use crate::wal::frame::{u32_at, u64_at, u128_at};
use crate::{ClusterId, Lsn, format};

/// Bytes before the first chunk.
pub const SNAPSHOT_HEADER_BYTES: usize = 64;

const MAGIC: [u8; 7] = *b"MSSNAP\0";
const FINAL: u32 = 1;
const CRC: usize = 60;

/// What a snapshot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// Whose state it is.
    pub cluster: ClusterId,
    /// Every record up to here is in the snapshot, none after: replay goes on behind it.
    pub lsn: Lsn,
    /// No date the state was computed with is later; after a restart the clock does not go below it.
    pub time_floor: Timestamp,
    /// Taken at an orderly stop: nothing was logged after it.
    pub is_final: bool,
}

impl SnapshotHeader {
    pub(super) fn encode(&self) -> [u8; SNAPSHOT_HEADER_BYTES] {
        let mut bytes = [0; SNAPSHOT_HEADER_BYTES];
        bytes[..7].copy_from_slice(&MAGIC);
        bytes[7] = format::SNAPSHOT_VERSION;
        bytes[8..24].copy_from_slice(&self.cluster.0.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.lsn.0.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.time_floor.as_micros().to_le_bytes());
        bytes[40..44].copy_from_slice(&(if self.is_final { FINAL } else { 0 }).to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..CRC]);
        bytes[CRC..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; SNAPSHOT_HEADER_BYTES]) -> Result<Self, SnapshotError> {
        if bytes[..7] != MAGIC {
            return Err(SnapshotError::NotASnapshot);
        }
        format::check("the snapshot".to_owned(), bytes[7], format::SNAPSHOT_VERSION)?;
        let (stored, computed) = (u32_at(bytes, CRC), crc32c::crc32c(&bytes[..CRC]));
        if stored != computed {
            return Err(SnapshotError::HeaderChecksum { stored, computed });
        }
        Ok(Self {
            cluster: ClusterId(u128_at(bytes, 8)),
            lsn: Lsn(u64_at(bytes, 24)),
            time_floor: Timestamp::from_micros(u64_at(bytes, 32)),
            is_final: u32_at(bytes, 40) & FINAL != 0,
        })
    }
}

/// `snapshot-<lsn, 20 digits>.mss`, so that names sort as lsns do.
#[must_use]
pub fn snapshot_file_name(lsn: Lsn) -> String {
    format!("snapshot-{:020}.mss", lsn.0)
}

/// The inverse of [`snapshot_file_name`]; `None` for any other name, temporary ones included.
#[must_use]
pub fn snapshot_from_file_name(name: &str) -> Option<Lsn> {
    twenty_digits(name.strip_prefix("snapshot-")?.strip_suffix(".mss")?).map(Lsn)
}
