//! The state at one lsn as a file.
//!
//! ```text
//! header | chunk | chunk | ... | footer
//!
//! chunk   u32 length of payload | u32 crc32c(rest; starts from the chunk's number) | u32 records that end here | payload
//! footer  u32 0                 | u32 crc32c(rest; likewise)                      | u64 records | u64 chunks | u128 xxh3
//! payload records, one after another: u32 length | u8 kind | bytes
//! ```
//!
//! A chunk's payload is at most 256 KiB. A record that does not fit what is left of a chunk begins the next one, and goes on
//! over as many as it needs; the last of them may hold further records. The xxh3-128 is of every byte before the footer.
//!
//! **Publishing** is a list of steps ([`publish`]): a snapshot counts only under its final name, and gets it only when its
//! own bytes are synced and the log is synced up to its lsn, so that no snapshot is ever ahead of its log.

mod error;
mod header;
mod publish;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use error::SnapshotError;
pub use header::{SNAPSHOT_HEADER_BYTES, SnapshotHeader, snapshot_file_name, snapshot_from_file_name};
pub use publish::{PublishStep, SNAPSHOTS_KEPT, publish, release_after};
pub use reader::{Place, SnapshotRecord, read_snapshot};
pub use writer::{SnapshotTotals, SnapshotWriter};

/// Largest payload of a chunk.
pub const CHUNK_BYTES_MAX: usize = 256 << 10;

const CHUNK_HEADER_BYTES: usize = 12;
const RECORD_HEADER_BYTES: usize = 5;
const FOOTER_BYTES: usize = 40;

/// A chunk's checksum, different for equal chunks at different places.
fn chunk_crc(number: u64, rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&number.to_le_bytes()), rest)
}
