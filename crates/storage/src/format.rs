//! Format versions: a program reads its own format and the one before; a newer one is refused before anything is touched.
//!
//! Version 1 is the first of each file kind, so today "the one before" is empty. A reader of version N+1 keeps the reader of
//! N and writes only N+1, which makes a downgrade possible exactly until the first write: `storage check` prints the version
//! of every file.

/// The log's format, the last byte of a segment's magic.
pub const WAL_VERSION: u8 = 1;
/// The snapshot's format, the last byte of its magic.
pub const SNAPSHOT_VERSION: u8 = 1;
/// The mark's format, the last byte of a slot's magic.
pub const MARK_VERSION: u8 = 1;

/// A file of a format that this program does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file} has format version {found}, this program reads up to {supported}: start the newer program that wrote it, \
     or restore a snapshot of version {supported}"
)]
pub struct NewerFormat {
    /// Its name.
    pub file: String,
    /// The version it carries.
    pub found: u8,
    /// The newest version this program reads.
    pub supported: u8,
}

/// Accepts `supported` and the version before it (and 0 never: no format had it, so it is damage and the caller's checksum
/// says so).
pub(crate) fn check(file: String, found: u8, supported: u8) -> Result<(), NewerFormat> {
    if found > supported { Err(NewerFormat { file, found, supported }) } else { Ok(()) }
}
