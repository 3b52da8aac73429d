//! What Mainstay keeps on disk: a write-ahead log and snapshots, as machines that do no IO.
//!
//! The log makes frames and says what is to be written, synced, created and deleted; the shell (or the simulator) does it and
//! reports back. Recovery reads segments through a small trait and says what to cut before the log goes on. Snapshots are
//! encoded to bytes and decoded from a reader. [`check`] looks at a whole directory and says what is wrong, what can be
//! done and what that would lose.
//!
//! ```
//! use mainstay_foundation::Instant;
//! use mainstay_storage::{ClusterId, Durability, Full, Lsn, StreamId, Wal, WalConfig};
//!
//! let now = Instant::default();
//! let mut wal = Wal::new(WalConfig::default(), ClusterId(7), Lsn::ZERO)?;
//! assert_eq!(wal.append(StreamId(0), 1, Durability::Always, &[b"early"]), Err(Full::NextSegment));
//!
//! let create = wal.begin_create(now).expect("a first segment is wanted"); // the shell makes the file
//! wal.create_done(now, create, Ok(()));
//!
//! let lsn = wal.append(StreamId(0), 1, Durability::Always, &[b"SET ", b"a 1"]).unwrap();
//! while let Some(write) = wal.poll() {
//!     assert_eq!(write.offset % 8, 0); // the shell copies write.bytes to the segment
//!     wal.write_done();
//! }
//! let sync = wal.begin_sync(now).expect("an always record waits"); // the shell syncs the file
//! let synced = wal.sync_done(sync).expect("nothing failed");
//! assert_eq!(synced.lsn, lsn); // now it may be acknowledged
//! # Ok::<(), mainstay_storage::WalConfigError>(())
//! ```

mod ident;

pub mod check;
pub mod format;
pub mod recover;
pub mod snapshot;
pub mod wal;

pub use ident::{ClusterId, Lsn, SegmentId, StreamId};
pub use recover::{Record, RecoverError, Recovery, RecoveryStep, SegmentSource, recover};
pub use snapshot::{SnapshotHeader, SnapshotWriter, read_snapshot};
pub use wal::{
    CreateError, CreateJob, Durability, Full, Poison, SyncDue, SyncJob, Synced, Wal, WalConfig, WalConfigError,
};
