//! The data directory: one process, one log, some snapshots.
//!
//! ```text
//! DIR/LOCK                          held while a process uses the directory
//! DIR/meta                          format version and cluster id
//! DIR/wal-<20 digits>.log           segments of the log
//! DIR/wal.mark                      how far the log was synced
//! DIR/snapshot-<20 digits>.mss      snapshots, named after the log position they hold
//! ```
//! The log and the snapshots are machines of `mainstay-storage`; this module is their IO.

mod directory;
mod journal;
mod segment_map;
mod segments;
mod snapshots;
mod status;

pub(crate) use directory::sync_directory;
pub use directory::{DataDir, DirError, DirLock, identity};
pub use journal::{Journal, Unsynced};
pub use segments::Segments;
pub use snapshots::{SnapshotError, Snapshots, Taken};
pub use status::JournalStatus;
