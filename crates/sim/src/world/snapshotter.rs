//! A snapshot on its way: shard by shard out of the engine, then step by step to its name.

use super::defect::{self, Defect};
use super::shell::Journal;
use super::start::{CLUSTER, Ground, IMAGE};
use crate::disk::{DiskError, Publication};
use mainstay_node::engine::Engine;
use mainstay_node::shard::SnapshotStep;
use mainstay_node::slot::SHARD_COUNT;
use mainstay_storage::snapshot::{PublishStep, SnapshotTotals, snapshot_file_name};
use mainstay_storage::{Lsn, SnapshotHeader, SnapshotWriter};

/// Bytes taken from a shard at a time.
const STEP_BYTES: usize = 256;

enum Stage {
    /// The engine has not been told yet; only with [`Defect::SnapshotWithoutPreimage`].
    Delayed,
    Writing {
        writer: Box<SnapshotWriter>,
        shard: usize,
        bytes: Vec<u8>,
    },
    Publishing(Publication),
}

/// One snapshot.
pub(super) struct Snapshotter {
    lsn: Lsn,
    last: bool,
    stage: Stage,
}

/// How far a snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is more to do.
    More,
    /// The log has to be synced first.
    Waits,
    /// It is published.
    Done,
}

impl Snapshotter {
    /// Begins one at this instant. A `last` one is that of an orderly stop: it holds also what is not logged.
    pub(super) fn begin(engine: &Engine, journal: &Journal, ground: &Ground, last: bool) -> Self {
        let lsn = journal.with(|log| log.wal().last_lsn());
        if defect::is(ground.defect, Defect::SnapshotWithoutPreimage) {
            return Self { lsn, last, stage: Stage::Delayed };
        }
        Self { lsn, last, stage: write(engine, lsn, last) }
    }

    /// Goes on a little.
    pub(super) fn step(&mut self, engine: &Engine, journal: &Journal, ground: &Ground) -> Result<Progress, DiskError> {
        match &mut self.stage {
            Stage::Delayed => self.stage = write(engine, self.lsn, self.last),
            Stage::Writing { writer, shard, bytes } => {
                if take(engine, writer, *shard) == SnapshotStep::Done {
                    *shard += 1;
                }
                bytes.extend_from_slice(writer.pending());
                writer.clear_pending();
                if *shard == SHARD_COUNT {
                    self.publish(journal, ground);
                }
            }
            Stage::Publishing(publication) => {
                let done = journal.with(|log| publication.step(log))?;
                return Ok(match (done, publication.next()) {
                    (false, _) => Progress::Waits,
                    (true, None) => Progress::Done,
                    (true, Some(_)) => Progress::More,
                });
            }
        }
        Ok(Progress::More)
    }

    /// Gives it up.
    pub(super) fn abandon(self, engine: &Engine, journal: &Journal) {
        engine.abandon_snapshot();
        let temporary = format!("{}.tmp", snapshot_file_name(self.lsn));
        // It may not have come to that file.
        let _ = journal.with(|log| log.disk_mut().remove(&temporary));
    }

    fn publish(&mut self, journal: &Journal, ground: &Ground) {
        let stage = std::mem::replace(&mut self.stage, Stage::Delayed);
        let Stage::Writing { writer, mut bytes, .. } = stage else { unreachable!("only what is written is published") };
        let (rest, SnapshotTotals { .. }) = writer.finish();
        bytes.extend_from_slice(&rest);
        let mut publication = journal.with(|log| Publication::new(log, self.lsn, bytes));
        if defect::is(ground.defect, Defect::RenameBeforeSync) {
            publication.edit(&mut |steps| steps.retain(|step| !matches!(step, PublishStep::Sync { .. })));
        }
        if defect::is(ground.defect, Defect::ReleaseToNewest) {
            let newest = self.lsn;
            publication.edit(&mut |steps| {
                for step in steps {
                    if let PublishStep::Release { upto } = step {
                        *upto = newest;
                    }
                }
            });
        }
        self.stage = Stage::Publishing(publication);
    }
}

fn write(engine: &Engine, lsn: Lsn, last: bool) -> Stage {
    let ((), time_floor) = engine.begin_snapshot(last, || ());
    let header = SnapshotHeader { cluster: CLUSTER, lsn, time_floor, is_final: last };
    Stage::Writing { writer: Box::new(SnapshotWriter::new(&header)), shard: 0, bytes: Vec::new() }
}

/// Takes a few images out of a shard.
fn take(engine: &Engine, writer: &mut SnapshotWriter, shard: usize) -> SnapshotStep {
    let mut images = Vec::new();
    let step = engine.snapshot_step(shard, STEP_BYTES, &mut images);
    let mut rest = images.as_slice();
    while let Some((image, after)) = take_image(rest) {
        writer.push(IMAGE, &[image]);
        rest = after;
    }
    step
}

/// Takes one image with its LEB128 length off the front.
fn take_image(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut length, mut at) = (0usize, 0);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 0x7f) << (7 * at);
        at += 1;
        if byte < 0x80 {
            break;
        }
    }
    bytes[at..].split_at_checked(length)
}
