//! One record in the log.
//!
//! ```text
//! 0        4        8                16               24       28    29
//! +--------+--------+----------------+----------------+--------+-----+------------+---------+
//! | length | crc32c | lsn            | synced lsn     | stream | kind| payload    | zeros   |
//! +--------+--------+----------------+----------------+--------+-----+------------+---------+
//!   u32      u32      u64              u64              u32      u8    length - 29  to 8 bytes
//! ```
//!
//! Little endian. `length` counts the frame without its trailing zeros, so it is at least 29 and a length of 0 ends a
//! segment. The checksum covers everything from `lsn` to the end of the payload and starts from the segment's [`Seed`], so
//! that a frame copied to another segment does not check. `synced lsn` is what was known durable when the frame was made:
//! a frame that survived is a witness for the frames before it.

use crate::{ClusterId, Lsn, SegmentId, StreamId};

/// Bytes before the payload.
pub const FRAME_HEADER_BYTES: usize = 29;
/// Frames start at multiples of this.
pub const FRAME_ALIGN: usize = 8;

const LENGTH: usize = 0;
const CRC: usize = 4;
const LSN: usize = 8;
const SYNCED: usize = 16;
const STREAM: usize = 24;
const KIND: usize = 28;

/// Where a segment's checksums start: a function of segment and cluster id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seed(u32);

impl Seed {
    pub(crate) fn new(segment: SegmentId, cluster: ClusterId) -> Self {
        let crc = crc32c::crc32c(&segment.0.to_le_bytes());
        Self(crc32c::crc32c_append(crc, &cluster.0.to_le_bytes()))
    }
}

/// A frame's fixed fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) lsn: Lsn,
    pub(crate) synced: Lsn,
    pub(crate) stream: StreamId,
    pub(crate) kind: u8,
}

/// Bytes that a frame with `payload` bytes takes in a segment, trailing zeros included.
#[inline]
pub(crate) const fn span(payload: usize) -> u64 {
    (FRAME_HEADER_BYTES + payload).next_multiple_of(FRAME_ALIGN) as u64
}

/// Appends one frame to `out`. The sum of `parts` must leave room for the header in a u32.
#[inline]
pub(crate) fn encode(out: &mut Vec<u8>, seed: Seed, head: FrameHead, parts: &[&[u8]]) {
    let start = out.len();
    let mut fixed = [0u8; FRAME_HEADER_BYTES];
    fixed[LSN..SYNCED].copy_from_slice(&head.lsn.0.to_le_bytes());
    fixed[SYNCED..STREAM].copy_from_slice(&head.synced.0.to_le_bytes());
    fixed[STREAM..KIND].copy_from_slice(&head.stream.0.to_le_bytes());
    fixed[KIND] = head.kind;
    out.extend_from_slice(&fixed);
    for part in parts {
        out.extend_from_slice(part);
    }
    let length = out.len() - start;
    let crc = crc32c::crc32c_append(seed.0, &out[start + LSN..]);
    out[start + LENGTH..start + CRC].copy_from_slice(&(length as u32).to_le_bytes());
    out[start + CRC..start + LSN].copy_from_slice(&crc.to_le_bytes());
    out.resize(start + length.next_multiple_of(FRAME_ALIGN), 0);
}

/// What is wrong at a place where a frame was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// Nothing is there, although something must be.
    #[error("the frame is missing (its length is 0)")]
    Missing,
    /// The length cannot be that of a frame in this segment.
    #[error("the length {length} is outside 29..={room}")]
    Length {
        /// As read.
        length: u32,
        /// Bytes from here to the end of the segment.
        room: u64,
    },
    /// The checksum differs from the contents.
    #[error("the checksum is {stored:#010x}, the contents give {computed:#010x}")]
    Checksum {
        /// As read.
        stored: u32,
        /// Of the bytes as read.
        computed: u32,
    },
    /// The bytes between this frame and the next are not zero.
    #[error("the bytes between this frame and the next are not zero")]
    Padding,
    /// A sound frame, but not the one that belongs here.
    #[error("a sound frame, but with lsn {found}")]
    Order {
        /// The lsn it carries.
        found: Lsn,
    },
    /// The segment's header does not check.
    #[error("the segment header is damaged")]
    Header,
}

/// What stands at an offset of a segment.
pub(crate) enum Decoded<'a> {
    /// A sound frame; the next one starts at `next`.
    Frame { head: FrameHead, payload: &'a [u8], next: usize },
    /// A zero length, or the end of the segment.
    End,
    /// Neither.
    Bad(Flaw),
}

/// Reads the frame at `offset` (a multiple of 8) of a segment's bytes.
#[inline]
pub(crate) fn decode(segment: &[u8], offset: usize, seed: Seed) -> Decoded<'_> {
    let rest = segment.get(offset..).unwrap_or_default();
    if rest.len() < FRAME_ALIGN {
        return Decoded::End;
    }
    let length = u32_at(rest, LENGTH);
    if length == 0 {
        return Decoded::End;
    }
    let (bytes, room) = (length as usize, rest.len() as u64);
    let padded = bytes.next_multiple_of(FRAME_ALIGN);
    if bytes < FRAME_HEADER_BYTES || padded as u64 > room {
        return Decoded::Bad(Flaw::Length { length, room });
    }
    let (stored, computed) = (u32_at(rest, CRC), crc32c::crc32c_append(seed.0, &rest[LSN..bytes]));
    if stored != computed {
        return Decoded::Bad(Flaw::Checksum { stored, computed });
    }
    if rest[bytes..padded].iter().any(|&b| b != 0) {
        return Decoded::Bad(Flaw::Padding);
    }
    Decoded::Frame { head: head(rest), payload: &rest[FRAME_HEADER_BYTES..bytes], next: offset + padded }
}

/// The lsn fields at `offset`, unchecked: a cheap sieve before [`decode`]. `None` where no frame can start.
pub(crate) fn glance(segment: &[u8], offset: usize) -> Option<(u32, FrameHead)> {
    let rest = segment.get(offset..)?;
    if rest.len() < FRAME_HEADER_BYTES {
        return None;
    }
    Some((u32_at(rest, LENGTH), head(rest)))
}

fn head(frame: &[u8]) -> FrameHead {
    FrameHead {
        lsn: Lsn(u64_at(frame, LSN)),
        synced: Lsn(u64_at(frame, SYNCED)),
        stream: StreamId(u32_at(frame, STREAM)),
        kind: frame[KIND],
    }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

pub(crate) fn u128_at(bytes: &[u8], at: usize) -> u128 {
    u128::from_le_bytes(bytes[at..at + 16].try_into().expect("sixteen bytes"))
}
