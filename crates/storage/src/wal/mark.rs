//! `wal.mark`: the newest lsn known durable, outside the log.
//!
//! ```text
//! 0              8                           24          32     36
//! +--------------+---------------------------+-----------+------+
//! | "MSMARK\0\1" | cluster id                | synced lsn| crc  |     slot A at 0, slot B at 512
//! +--------------+---------------------------+-----------+------+
//!   8 bytes        u128                        u64         u32
//! ```
//!
//! After each sync one of the two slots is rewritten, in turn, and not synced itself: whichever value reaches the disk was
//! true when written, and a tear ruins one slot at most. The mark is what tells a torn tail from corruption when no later
//! frame survived as a witness.

use super::frame::{u32_at, u64_at, u128_at};
use crate::{ClusterId, Lsn, format};

/// Bytes of one slot.
pub const MARK_SLOT_BYTES: usize = 36;
/// The second slot's place: another sector than the first's.
pub const MARK_SLOT_OFFSET: u64 = 512;
/// Bytes of the file.
pub const MARK_FILE_BYTES: u64 = 1024;
/// The file's name.
pub const MARK_FILE_NAME: &str = "wal.mark";

const MAGIC: [u8; 8] = [b'M', b'S', b'M', b'A', b'R', b'K', 0, format::MARK_VERSION];

/// One rewrite of a slot: put `bytes` at `offset` of `wal.mark`. Not synced, not acknowledged; a failure to write it only
/// weakens later diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkWrite {
    /// 0 or 512.
    pub offset: u64,
    /// The slot.
    pub bytes: [u8; MARK_SLOT_BYTES],
}

/// A mark as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) cluster: ClusterId,
    pub(crate) synced: Lsn,
}

impl Mark {
    pub(crate) fn encode(self) -> [u8; MARK_SLOT_BYTES] {
        let mut bytes = [0; MARK_SLOT_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..24].copy_from_slice(&self.cluster.0.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.synced.0.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..32]);
        bytes[32..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The newest sound slot of the file's bytes.
    pub(crate) fn decode(file: &[u8]) -> Option<Self> {
        [0, MARK_SLOT_OFFSET as usize].into_iter().filter_map(|at| Self::slot(file.get(at..)?)).max_by_key(|m| m.synced)
    }

    fn slot(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..MARK_SLOT_BYTES)?;
        let sound = bytes[..8] == MAGIC && u32_at(bytes, 32) == crc32c::crc32c(&bytes[..32]);
        sound.then(|| Self { cluster: ClusterId(u128_at(bytes, 8)), synced: Lsn(u64_at(bytes, 24)) })
    }
}
