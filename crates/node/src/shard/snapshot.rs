//! A snapshot of a shard at one instant, taken in small steps while commands go on.
//!
//! At the cut every shard is told the snapshot's epoch, under one set of locks, which takes microseconds and copies nothing.
//! From then on a segment of a table belongs to the snapshot until it was written out; whoever is about to change a segment
//! that was not, writes it out first ([`SnapshotState::before_write`]). A walker writes out the rest, step by step. So the
//! snapshot holds exactly the state at the cut, and costs no memory but the images that wait in their shard for the walker.
//!
//! Invariant SNAP-1: while a snapshot runs, a segment whose epoch is not the snapshot's holds exactly what it held at the
//! cut. Databases flushed meanwhile are kept until they are written out.

use super::Shard;
use super::db::{Db, Item};
use super::image::encode_image;
use crate::keyspace::{Durability, Keyspaces};
use crate::record::put_bytes;
use crate::table::Keyed;
use std::sync::Arc;

/// What one step of the walker achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotStep {
    /// There is more to write out.
    More,
    /// The shard is written out.
    Done,
}

/// A running snapshot of one shard.
#[derive(Debug)]
pub(crate) struct SnapshotState {
    epoch: u64,
    spaces: Arc<Keyspaces>,
    /// Whether keys of keyspaces that are not logged belong to it.
    with_unlogged: bool,
    /// The database being walked, and the position within it.
    db: u8,
    position: u64,
    /// Databases flushed since the cut.
    #[allow(clippy::vec_box, reason = "they come boxed and go boxed")]
    adopted: Vec<Box<Db>>,
    /// Images, each with its length in front.
    out: Vec<u8>,
}

impl SnapshotState {
    /// The segment of `tables` that holds `hash` is about to change.
    #[inline]
    pub(crate) fn before_write(&mut self, tables: &mut Db, hash: u64) {
        // A database that was made after the cut has nothing of it.
        if tables.epoch == self.epoch && !tables.table.is_empty() && tables.table.segment_meta(hash).epoch != self.epoch
        {
            self.write_out(tables, hash);
        }
    }

    fn write_out(&mut self, tables: &mut Db, hash: u64) {
        let Self { epoch, spaces, with_unlogged, out, .. } = self;
        let (label, mut image) = (tables.label, Vec::new());
        tables.table.for_each_in_segment(hash, &mut |item: &Item| {
            if *with_unlogged || spaces.get(spaces.of(item.key())).durability != Durability::Never {
                image.clear();
                encode_image(&mut image, label, item);
                put_bytes(out, &image);
            }
        });
        if let Some(state) = tables.table.segment_meta_mut(hash) {
            state.epoch = *epoch;
        }
    }

    /// Keeps a flushed database until it is written out, if it has anything of the cut.
    pub(crate) fn adopt(&mut self, flushed: Box<Db>) -> Option<Box<Db>> {
        if flushed.epoch != self.epoch {
            return Some(flushed);
        }
        self.adopted.push(flushed);
        None
    }

    /// Begins the walk anew, as databases changed places; what is written out is skipped.
    pub(crate) fn restart_walk(&mut self) {
        (self.db, self.position) = (0, 0);
    }

    /// Writes out segments of `tables` from `self.position` until `bytes_max` is reached; whether the table is done.
    fn walk(&mut self, tables: &mut Db, bytes_max: usize) -> bool {
        while !tables.table.is_empty() && self.out.len() < bytes_max {
            self.before_write(tables, self.position);
            match tables.table.next_segment(self.position) {
                Some(next) => self.position = next,
                None => return true,
            }
        }
        tables.table.is_empty()
    }
}

impl Shard {
    /// Begins the snapshot `epoch` (not 0, not used before) at this instant. Does nothing that takes time.
    ///
    /// # Panics
    /// If a snapshot is running already.
    pub fn begin_snapshot(&mut self, epoch: u64, with_unlogged: bool) {
        assert!(self.snapshot.is_none() && epoch != 0, "one snapshot at a time");
        for (label, tables) in self.dbs.iter_mut().enumerate() {
            if let Some(tables) = tables {
                (tables.epoch, tables.label) = (epoch, label as u8);
            }
        }
        let spaces = Arc::clone(&self.spaces);
        self.snapshot = Some(SnapshotState {
            epoch,
            spaces,
            with_unlogged,
            db: 0,
            position: 0,
            adopted: Vec::new(),
            out: Vec::new(),
        });
    }

    /// Goes on with the snapshot until about `bytes_max` bytes are waiting, and appends them to `out`: images, each with its
    /// length (LEB128) in front. Call until it says [`SnapshotStep::Done`].
    pub fn snapshot_step(&mut self, bytes_max: usize, out: &mut Vec<u8>) -> SnapshotStep {
        let Some(mut snapshot) = self.snapshot.take() else { return SnapshotStep::Done };
        let step = loop {
            if snapshot.out.len() >= bytes_max {
                break SnapshotStep::More;
            }
            if let Some(mut flushed) = snapshot.adopted.pop() {
                let position = std::mem::replace(&mut snapshot.position, 0);
                if !snapshot.walk(&mut flushed, bytes_max) {
                    snapshot.adopted.push(flushed);
                }
                snapshot.position = position;
                continue;
            }
            let Some(tables) = self.dbs.get_mut(usize::from(snapshot.db)) else { break SnapshotStep::Done };
            let done =
                tables.as_mut().is_none_or(|tables| tables.epoch != snapshot.epoch || snapshot.walk(tables, bytes_max));
            if done {
                (snapshot.db, snapshot.position) = (snapshot.db + 1, 0);
            }
        };
        out.append(&mut snapshot.out);
        if step == SnapshotStep::More {
            self.snapshot = Some(snapshot);
        }
        step
    }

    /// Gives up a running snapshot.
    pub fn abandon_snapshot(&mut self) {
        self.snapshot = None;
    }
}
