//! Bytes in, records out, everything checked.

use std::io::{self, Read};

use xxhash_rust::xxh3::Xxh3;

use super::header::{SNAPSHOT_HEADER_BYTES, SnapshotHeader};
use super::writer::SnapshotTotals;
use super::{CHUNK_BYTES_MAX, CHUNK_HEADER_BYTES, FOOTER_BYTES, RECORD_HEADER_BYTES, SnapshotError, chunk_crc};
use crate::wal::frame::{u32_at, u64_at, u128_at};

/// One record of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotRecord<'a> {
    /// The writer's tag.
    pub kind: u8,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Reads a snapshot to its end and hands each record to `deliver`, in the order of writing. Only `Ok` means that the
/// snapshot is whole: records come before the footer is seen, so the caller fills a new state and throws it away on an error.
/// Holds one chunk, and the largest record that spans chunks.
///
/// # Errors
/// Any flaw, with its place in the file; or `deliver`'s own words.
pub fn read_snapshot<R: Read>(
    source: R,
    mut deliver: impl FnMut(&SnapshotHeader, SnapshotRecord<'_>) -> Result<(), String>,
) -> Result<(SnapshotHeader, SnapshotTotals), SnapshotError> {
    let mut input = Input { source, hash: Box::new(Xxh3::new()), offset: 0 };
    let mut fixed = [0; SNAPSHOT_HEADER_BYTES];
    input.fill(&mut fixed)?;
    let header = SnapshotHeader::decode(&fixed)?;
    input.hash.update(&fixed);
    let (mut chunks, mut records) = (0, 0);
    let mut chunk = Vec::with_capacity(CHUNK_BYTES_MAX);
    let mut spanning = Vec::new();
    loop {
        let place = Place { chunk: chunks, offset: input.offset };
        let Some(count) = input.chunk(place, &mut chunk)? else {
            break;
        };
        let split = split(&chunk, &mut spanning, |record| {
            deliver(&header, record).map_err(|reason| SnapshotError::Refused { record: records, reason })?;
            records += 1;
            Ok(())
        })?;
        if split != count {
            return Err(SnapshotError::Count { place, stored: count, found: split });
        }
        chunks += 1;
    }
    if !spanning.is_empty() {
        return Err(SnapshotError::Cut { offset: input.offset });
    }
    input.footer(&chunk, chunks, records)?;
    Ok((header, SnapshotTotals { records, chunks, bytes: input.offset }))
}

/// Where in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Chunks before it.
    pub chunk: u64,
    /// Bytes before it.
    pub offset: u64,
}

struct Input<R> {
    source: R,
    hash: Box<Xxh3>,
    offset: u64,
}

impl<R: Read> Input<R> {
    fn fill(&mut self, into: &mut [u8]) -> Result<(), SnapshotError> {
        self.source.read_exact(into).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => SnapshotError::Cut { offset: self.offset },
            _ => SnapshotError::Io(error),
        })?;
        self.offset += into.len() as u64;
        Ok(())
    }

    /// Reads a chunk's payload and gives its count; `None` at the footer, whose bytes are left in `payload`.
    fn chunk(&mut self, place: Place, payload: &mut Vec<u8>) -> Result<Option<u32>, SnapshotError> {
        let mut fixed = [0; CHUNK_HEADER_BYTES];
        self.fill(&mut fixed)?;
        let length = u32_at(&fixed, 0) as usize;
        if length > CHUNK_BYTES_MAX {
            return Err(SnapshotError::ChunkLength { place, length: length as u32 });
        }
        // The checksum begins with the count, so that count and payload lie together.
        let rest = if length == 0 { FOOTER_BYTES - CHUNK_HEADER_BYTES } else { length };
        payload.resize(4 + rest, 0);
        payload[..4].copy_from_slice(&fixed[8..]);
        self.fill(&mut payload[4..])?;
        let (stored, computed) = (u32_at(&fixed, 4), chunk_crc(place.chunk, payload));
        if stored != computed {
            return Err(SnapshotError::ChunkChecksum { place, stored, computed });
        }
        if length == 0 {
            return Ok(None);
        }
        self.hash.update(&fixed);
        self.hash.update(&payload[4..]);
        payload.drain(..4);
        Ok(Some(u32_at(&fixed, 8)))
    }

    /// `footer` is what follows its length and checksum.
    fn footer(&mut self, footer: &[u8], chunks: u64, records: u64) -> Result<(), SnapshotError> {
        let stored = (u64_at(footer, 0), u64_at(footer, 8));
        if stored != (records, chunks) {
            return Err(SnapshotError::Totals { stored, found: (records, chunks) });
        }
        if u128_at(footer, 16) != self.hash.digest128() {
            return Err(SnapshotError::Hash);
        }
        match self.source.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(SnapshotError::Trailing { offset: self.offset }),
            Err(error) => Err(SnapshotError::Io(error)),
        }
    }
}

/// Cuts a chunk into records; what begins here and ends in a later chunk waits in `spanning`. Gives how many ended here.
fn split(
    mut chunk: &[u8],
    spanning: &mut Vec<u8>,
    mut deliver: impl FnMut(SnapshotRecord<'_>) -> Result<(), SnapshotError>,
) -> Result<u32, SnapshotError> {
    let mut count = 0;
    if !spanning.is_empty() {
        let missing = record_length(spanning).map_or(usize::MAX, |length| length - spanning.len());
        let (here, later) = chunk.split_at(missing.min(chunk.len()));
        spanning.extend_from_slice(here);
        if here.len() < missing {
            return Ok(0);
        }
        deliver(record(spanning))?;
        spanning.clear();
        (chunk, count) = (later, 1);
    }
    while let Some(length) = record_length(chunk).filter(|&length| length <= chunk.len()) {
        let (here, later) = chunk.split_at(length);
        deliver(record(here))?;
        (chunk, count) = (later, count + 1);
    }
    // A record that spans chunks begins a chunk, so its length is always whole.
    if !chunk.is_empty() && record_length(chunk).is_none() {
        return Err(SnapshotError::Record { bytes: chunk.len() });
    }
    spanning.extend_from_slice(chunk);
    Ok(count)
}

/// Bytes of the record at the front, its own header included; `None` if that is not whole.
fn record_length(bytes: &[u8]) -> Option<usize> {
    (bytes.len() >= RECORD_HEADER_BYTES).then(|| RECORD_HEADER_BYTES + u32_at(bytes, 0) as usize)
}

fn record(bytes: &[u8]) -> SnapshotRecord<'_> {
    SnapshotRecord { kind: bytes[4], bytes: &bytes[RECORD_HEADER_BYTES..] }
}
