//! What can be wrong with a snapshot.

use std::io;

use super::Place;
use crate::Lsn;
use crate::format::NewerFormat;

/// Why a snapshot is not usable. The older one kept and the log behind it are the way back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Another kind of file, or a damaged first sector.
    #[error("the file does not begin with \"MSSNAP\": it is no snapshot, or its first bytes are damaged")]
    NotASnapshot,
    /// Written by a newer program.
    #[error(transparent)]
    Newer(#[from] NewerFormat),
    /// The header is damaged.
    #[error("the header's checksum is {stored:#010x}, its contents give {computed:#010x}")]
    HeaderChecksum {
        /// As read.
        stored: u32,
        /// Of the bytes as read.
        computed: u32,
    },
    /// A length above 256 KiB.
    #[error("chunk {} at offset {}: its length {length} is above 262144", place.chunk, place.offset)]
    ChunkLength {
        /// Where.
        place: Place,
        /// As read.
        length: u32,
    },
    /// A chunk or the footer is damaged.
    #[error("chunk {} at offset {}: its checksum is {stored:#010x}, its contents give {computed:#010x}", place.chunk, place.offset)]
    ChunkChecksum {
        /// Where.
        place: Place,
        /// As read.
        stored: u32,
        /// Of the bytes as read.
        computed: u32,
    },
    /// A chunk says it holds other than it does.
    #[error("chunk {} at offset {} says {stored} records end in it, {found} do", place.chunk, place.offset)]
    Count {
        /// Where.
        place: Place,
        /// As read.
        stored: u32,
        /// As counted.
        found: u32,
    },
    /// A piece of a record's own header ends a chunk.
    #[error("a chunk ends with {bytes} bytes that begin no record")]
    Record {
        /// How many.
        bytes: usize,
    },
    /// The file ends too early.
    #[error("the file ends at offset {offset}, before its footer")]
    Cut {
        /// Where the missing part begins.
        offset: u64,
    },
    /// The footer counts other than was read.
    #[error("the footer says {} records in {} chunks, read were {} in {}", stored.0, stored.1, found.0, found.1)]
    Totals {
        /// Records and chunks as read.
        stored: (u64, u64),
        /// Records and chunks as counted.
        found: (u64, u64),
    },
    /// Every chunk checks but the whole does not.
    #[error("the xxh3 in the footer is not that of the file")]
    Hash,
    /// Something follows the footer.
    #[error("bytes follow the footer at offset {offset}")]
    Trailing {
        /// Where they begin.
        offset: u64,
    },
    /// The file's name and its header differ.
    #[error("the name says lsn {name}, the header {header}: it was renamed")]
    Misnamed {
        /// The lsn in the name.
        name: Lsn,
        /// The lsn in the header.
        header: Lsn,
    },
    /// The receiver refused a record.
    #[error("record {record} cannot be loaded: {reason}")]
    Refused {
        /// Its number, from 0.
        record: u64,
        /// The receiver's words.
        reason: String,
    },
    /// The file cannot be read.
    #[error("cannot read: {0}")]
    Io(io::Error),
}
