//! The first 64 bytes of a segment.
//!
//! ```text
//! 0              8            16                          32          40         60      64
//! +--------------+------------+---------------------------+-----------+----------+-------+
//! | "MSWAL\0\0\1"| segment id | cluster id                | first lsn | zeros    | crc32c|
//! +--------------+------------+---------------------------+-----------+----------+-------+
//!   8 bytes        u64          u128                        u64         20 bytes   u32
//! ```
//!
//! The last byte of the magic is the format version. The header is written together with the segment's first frame; until
//! then a prepared segment is all zeros.

use super::frame::{u32_at, u64_at, u128_at};
use crate::{ClusterId, Lsn, SegmentId, format};

/// Bytes of a segment before its first frame.
pub const SEGMENT_HEADER_BYTES: usize = 64;

const MAGIC: [u8; 7] = *b"MSWAL\0\0";
const CRC: usize = 60;

/// What a segment says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Its number; equals that in the file's name.
    pub segment: SegmentId,
    /// Whose it is.
    pub cluster: ClusterId,
    /// The lsn of its first frame.
    pub first_lsn: Lsn,
}

/// What the first 64 bytes of a segment file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderState {
    Valid(SegmentHeader),
    /// All zeros: no frame was ever written, or this sector did not survive.
    Blank,
    Bad,
}

impl SegmentHeader {
    /// The bytes in the file.
    #[must_use]
    pub fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..7].copy_from_slice(&MAGIC);
        bytes[7] = format::WAL_VERSION;
        bytes[8..16].copy_from_slice(&self.segment.0.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.cluster.0.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first_lsn.0.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..CRC]);
        bytes[CRC..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the header of the file that is named `segment`. A newer format is an error, whatever its checksum: its layout
    /// is not known here.
    pub(crate) fn decode(bytes: &[u8], segment: SegmentId) -> Result<HeaderState, format::NewerFormat> {
        let Some(bytes) = bytes.get(..SEGMENT_HEADER_BYTES) else {
            return Ok(if bytes.iter().all(|&b| b == 0) { HeaderState::Blank } else { HeaderState::Bad });
        };
        if bytes.iter().all(|&b| b == 0) {
            return Ok(HeaderState::Blank);
        }
        if bytes[..7] != MAGIC {
            return Ok(HeaderState::Bad);
        }
        format::check(segment.file_name(), bytes[7], format::WAL_VERSION)?;
        let header = Self {
            segment: SegmentId(u64_at(bytes, 8)),
            cluster: ClusterId(u128_at(bytes, 16)),
            first_lsn: Lsn(u64_at(bytes, 32)),
        };
        let sound = u32_at(bytes, CRC) == crc32c::crc32c(&bytes[..CRC]) && header.segment == segment;
        Ok(if sound { HeaderState::Valid(header) } else { HeaderState::Bad })
    }
}
