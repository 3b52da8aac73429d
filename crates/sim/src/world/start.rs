//! From a disk to a node that can serve: the program's steps, in the program's order.

use super::defect::{self, Defect, Given};
use super::plan::Setup;
use super::shell::{Appended, Journal, config};
use super::spaces;
use crate::disk::{Recovering, SimDisk, SimLog};
use mainstay_foundation::Timestamp;
use mainstay_node::acl::Acl;
use mainstay_node::command::index;
use mainstay_node::engine::{Clock, Engine, Log, ReplayError, Settings};
use mainstay_node::keyspace::Durability;
use mainstay_node::shell::ManualClock;
use mainstay_storage::check::SnapshotSource;
use mainstay_storage::recover::Refusal;
use mainstay_storage::snapshot::{snapshot_file_name, snapshot_from_file_name};
use mainstay_storage::wal::MARK_FILE_NAME;
use mainstay_storage::{ClusterId, Lsn, RecoverError, SnapshotHeader, read_snapshot};

/// The owner of every directory in a world.
pub(super) const CLUSTER: ClusterId = ClusterId(11);
/// The kind of snapshot records.
pub(super) const IMAGE: u8 = 1;

/// What a start needs besides the disk.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub(super) setup: Setup,
    pub(super) clock: ManualClock,
    pub(super) defect: Given,
    /// Counts starts, so that no two have the same hash seeds.
    pub(super) starts: u64,
}

/// A start that did not come to serve.
pub(super) enum NotStarted {
    /// The data is damaged, in these words.
    Refused(String),
    /// The process was stopped on the way; this is the disk as it was then.
    Burnt {
        disk: Box<SimDisk>,
        /// Records appended by the start; they may or may not be on the disk.
        appended: Vec<Appended>,
    },
}

/// An engine with the data of a disk, and a log that is not open yet.
pub(super) struct Filled {
    pub(super) engine: Engine,
    pub(super) journal: Journal,
    recovering: Recovering,
    /// The newest record.
    pub(super) last: Lsn,
    /// The snapshot it began from.
    pub(super) base: Option<SnapshotHeader>,
    /// What was replayed, in order, the first directly behind the snapshot.
    pub(super) records: Vec<Vec<u8>>,
}

/// An empty engine that logs to `log`.
pub(super) fn engine(ground: &Ground, log: Box<dyn Log>) -> Engine {
    let seed = ground.setup.seed ^ ground.starts;
    let clock = Box::new(ground.clock.clone());
    Engine::new(spaces::declare(), Settings::default(), Acl::new(index()), log, clock, seed)
}

/// Reads `disk` and makes it fit to go on.
pub(super) fn fill(mut disk: SimDisk, ground: &Ground) -> Result<Filled, NotStarted> {
    let journal = Journal::new(ground.clock.clone(), ground.defect);
    let engine = engine(ground, Box::new(journal.clone()));
    clean(&mut disk);
    let base = load_snapshot(&engine, &disk)?;
    let after = base.map_or(Lsn::ZERO, |header| header.lsn);
    if defect::is(ground.defect, Defect::TornTailAlways) {
        cut_at_first_flaw(&mut disk, ground, after);
    }
    let mut records = Vec::new();
    let (mut recovering, latest) = replay(&engine, disk, ground, after, &mut records)?;
    loop {
        match recovering.step() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => return Err(NotStarted::Refused(error.to_string())),
        }
    }
    if recovering.disk().is_burnt() {
        return Err(burnt(recovering.kill(), Vec::new()));
    }
    let recovery = recovering.recovery();
    let last = recovery.last_lsn;
    if recovery.records > 0 && !defect::is(ground.defect, Defect::NeverKept) {
        engine.forget_unlogged();
    }
    if !defect::is(ground.defect, Defect::TimeFloorIgnored) {
        engine.advance(base.map_or(latest, |header| header.time_floor.max(latest)));
    }
    Ok(Filled { engine, journal, recovering, last, base, records })
}

/// Opens the log and leaves the mark of a start in it.
pub(super) fn open(filled: Filled, ground: &Ground) -> Result<(Engine, Journal), NotStarted> {
    let Filled { engine, journal, recovering, .. } = filled;
    let mut log = recovering.finish().map_err(|failed| NotStarted::Refused(failed.error.to_string()))?;
    log.set_defect(ground.defect);
    journal.set(log);
    let now = ground.clock.now().as_micros().to_le_bytes();
    let appended = journal.append(&[&now], Durability::Always);
    let synced = appended.is_ok() && journal.sync_now();
    if journal.with(|log| log.disk().is_burnt()) {
        let appended = journal.take_appended();
        return Err(burnt(journal.end(), appended));
    }
    match (appended, synced) {
        (Ok(_), true) => Ok((engine, journal)),
        (Err(error), _) => Err(NotStarted::Refused(error.to_string())),
        (Ok(_), false) => Err(NotStarted::Refused("the log failed before the start was durable".to_owned())),
    }
}

fn burnt(disk: SimDisk, appended: Vec<Appended>) -> NotStarted {
    NotStarted::Burnt { disk: Box::new(disk.burnt().expect("asked before")), appended }
}

/// Removes what interrupted snapshots left.
fn clean(disk: &mut SimDisk) {
    let unfinished = |name: &&str| name.strip_suffix(".tmp").and_then(snapshot_from_file_name).is_some();
    let names: Vec<String> = disk.names().filter(unfinished).map(str::to_owned).collect();
    for name in names {
        disk.remove(&name).expect("it was listed");
    }
}

fn load_snapshot(engine: &Engine, disk: &SimDisk) -> Result<Option<SnapshotHeader>, NotStarted> {
    let mut damaged: Option<String> = None;
    let mut lsns = disk.snapshots().expect("names are always readable");
    lsns.sort_unstable_by(|a, b| b.cmp(a));
    for lsn in lsns {
        let file = disk.open_snapshot(lsn).expect("it was listed");
        let read = read_snapshot(file, |header, record| match record.kind {
            IMAGE => engine.restore(record.bytes, header.is_final).map_err(|error| error.to_string()),
            kind => Err(format!("record kind {kind} is unknown")),
        });
        match read {
            Ok((header, _)) if header.cluster == CLUSTER => return Ok(Some(header)),
            Ok(_) => return Err(NotStarted::Refused("the snapshot is foreign".to_owned())),
            Err(error) => {
                engine.clear();
                damaged.get_or_insert_with(|| format!("{}: {error}", snapshot_file_name(lsn)));
            }
        }
    }
    damaged.map_or(Ok(None), |why| Err(NotStarted::Refused(why)))
}

fn replay(
    engine: &Engine,
    disk: SimDisk,
    ground: &Ground,
    after: Lsn,
    records: &mut Vec<Vec<u8>>,
) -> Result<(Recovering, Timestamp), NotStarted> {
    let (mut disk, mut recovered) = (Some(disk), None);
    let latest = engine.replay(&mut |apply| {
        let mut failed = None;
        let disk = disk.take().expect("replay reads once");
        recovered = Some(SimLog::recover(disk, config(&ground.setup), CLUSTER, after, |record| {
            records.push(record.payload.to_vec());
            apply(record.payload).map_err(|error: ReplayError| {
                let refusal = Refusal(error.to_string());
                failed = Some(error);
                refusal
            })
        }));
        failed.map_or(Ok(()), Err)
    });
    match (recovered, latest) {
        (Some(Ok(recovering)), Ok(latest)) => Ok((recovering, latest)),
        (Some(Err(failed)), _) => Err(NotStarted::Refused(failed.error.to_string())),
        (_, Err(error)) => Err(NotStarted::Refused(error.to_string())),
        (None, Ok(_)) => unreachable!("replay reads"),
    }
}

/// See [`Defect::TornTailAlways`].
fn cut_at_first_flaw(disk: &mut SimDisk, ground: &Ground, after: Lsn) {
    let read = SimLog::recover(disk.clone(), config(&ground.setup), CLUSTER, after, |_| Ok(()));
    let Err(failed) = read else { return };
    let RecoverError::Corruption(at) = failed.error else { return };
    let name = at.segment.file_name();
    let bytes = disk.read(&name).map_or(0, |bytes| bytes.len() as u64);
    if at.offset < bytes {
        disk.write(&name, at.offset, &vec![0; (bytes - at.offset) as usize]).expect("no faults in a start");
    }
    let later: Vec<String> =
        disk.names().filter(|other| other.starts_with("wal-") && **other > *name).map(str::to_owned).collect();
    for file in later.iter().map(String::as_str).chain([MARK_FILE_NAME]) {
        // The mark may be missing.
        let _ = disk.remove(file);
    }
}
