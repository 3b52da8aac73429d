//! Records in, bytes out.

use std::fmt;

use xxhash_rust::xxh3::Xxh3;

use super::header::SnapshotHeader;
use super::{CHUNK_BYTES_MAX, CHUNK_HEADER_BYTES, RECORD_HEADER_BYTES, chunk_crc};

/// Encodes one snapshot. Push records, write out [`SnapshotWriter::pending`] whenever it has grown, finish.
pub struct SnapshotWriter {
    pending: Vec<u8>,
    /// Where the open chunk begins in `pending`; everything before it is complete.
    chunk: usize,
    records_in_chunk: u32,
    chunks: u64,
    records: u64,
    bytes: u64,
    hash: Box<Xxh3>,
}

impl fmt::Debug for SnapshotWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, chunks, .. } = self;
        f.debug_struct("SnapshotWriter").field("records", records).field("chunks", chunks).finish_non_exhaustive()
    }
}

/// What a finished snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotTotals {
    /// Records.
    pub records: u64,
    /// Chunks.
    pub chunks: u64,
    /// Size of the file.
    pub bytes: u64,
}

impl SnapshotWriter {
    /// Begins with the header.
    #[must_use]
    pub fn new(header: &SnapshotHeader) -> Self {
        let mut writer = Self {
            pending: Vec::with_capacity(CHUNK_BYTES_MAX * 2),
            chunk: 0,
            records_in_chunk: 0,
            chunks: 0,
            records: 0,
            bytes: 0,
            hash: Box::new(Xxh3::new()),
        };
        writer.pending.extend_from_slice(&header.encode());
        writer.seal(0);
        writer.open();
        writer
    }

    /// Adds one record: a tag and `parts` joined, at most 2 GiB. A record larger than a chunk goes over several.
    ///
    /// # Panics
    /// If the record is above 2 GiB, which no limit of the log or of a value allows.
    pub fn push(&mut self, kind: u8, parts: &[&[u8]]) {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        assert!(length <= 2 << 30, "a record of {length} bytes is above 2 GiB");
        if RECORD_HEADER_BYTES + length > self.room() && self.filled() > 0 {
            self.close();
            self.open();
        }
        let mut fixed = [kind; RECORD_HEADER_BYTES];
        fixed[..4].copy_from_slice(&(length as u32).to_le_bytes());
        self.put(&fixed);
        for part in parts {
            self.put(part);
        }
        self.records += 1;
        self.records_in_chunk += 1;
    }

    /// Complete bytes not yet taken: write them at the end of the file, then [`SnapshotWriter::clear_pending`].
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        &self.pending[..self.chunk]
    }

    /// Forgets what [`SnapshotWriter::pending`] gave.
    pub fn clear_pending(&mut self) {
        self.pending.drain(..self.chunk);
        self.chunk = 0;
    }

    /// The rest of the file, footer included, and the totals.
    #[must_use]
    pub fn finish(mut self) -> (Vec<u8>, SnapshotTotals) {
        if self.filled() > 0 {
            self.close();
        } else {
            self.pending.truncate(self.chunk);
        }
        let mut footer = [0; super::FOOTER_BYTES];
        footer[8..16].copy_from_slice(&self.records.to_le_bytes());
        footer[16..24].copy_from_slice(&self.chunks.to_le_bytes());
        footer[24..40].copy_from_slice(&self.hash.digest128().to_le_bytes());
        let crc = chunk_crc(self.chunks, &footer[8..]);
        footer[4..8].copy_from_slice(&crc.to_le_bytes());
        self.pending.extend_from_slice(&footer);
        let bytes = self.bytes + footer.len() as u64;
        (self.pending, SnapshotTotals { records: self.records, chunks: self.chunks, bytes })
    }

    /// Payload bytes in the open chunk.
    fn filled(&self) -> usize {
        self.pending.len() - self.chunk - CHUNK_HEADER_BYTES
    }

    fn room(&self) -> usize {
        CHUNK_BYTES_MAX - self.filled()
    }

    fn put(&mut self, mut bytes: &[u8]) {
        while bytes.len() > self.room() {
            let (now, later) = bytes.split_at(self.room());
            self.pending.extend_from_slice(now);
            self.close();
            self.open();
            bytes = later;
        }
        self.pending.extend_from_slice(bytes);
    }

    fn open(&mut self) {
        self.pending.extend_from_slice(&[0; CHUNK_HEADER_BYTES]);
        self.records_in_chunk = 0;
    }

    fn close(&mut self) {
        let (start, length) = (self.chunk, self.filled() as u32);
        let chunk = &mut self.pending[start..];
        chunk[..4].copy_from_slice(&length.to_le_bytes());
        chunk[8..12].copy_from_slice(&self.records_in_chunk.to_le_bytes());
        let crc = chunk_crc(self.chunks, &chunk[8..]);
        chunk[4..8].copy_from_slice(&crc.to_le_bytes());
        self.chunks += 1;
        self.seal(start);
    }

    /// Everything from `start` on is complete.
    fn seal(&mut self, start: usize) {
        self.hash.update(&self.pending[start..]);
        self.bytes += (self.pending.len() - start) as u64;
        self.chunk = self.pending.len();
    }
}
