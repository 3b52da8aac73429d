//! The end of a life, and the way to the next one.

use super::life::{Life, shift_date};
use super::oracle::{Promise, Unlogged};
use super::plan::Restart;
use super::start::{self, NotStarted};
use super::{Progress, Violation, World, unlogged};
use crate::disk::{DiskFaults, SimDisk};
use mainstay_foundation::{Rng, Timestamp};
use mainstay_node::engine::Clock;
use mainstay_storage::check::SnapshotSource;
use mainstay_storage::wal::MARK_FILE_NAME;
use mainstay_storage::{Lsn, SegmentId};

impl World {
    /// If the process was stopped at its disk operation, what follows.
    pub(super) fn look_at_fuse(&mut self) -> Result<(), Violation> {
        if !self.life().is_burnt() {
            self.settled = self.oracle.written();
            return Ok(());
        }
        let restart = self.fuse.take().expect("who armed it said what follows");
        self.say(|| "the process is stopped".to_owned());
        self.crash(&restart)
    }

    /// The life ends; another begins.
    pub(super) fn crash(&mut self, restart: &Restart) -> Result<(), Violation> {
        self.fuse = None;
        let unlogged = self.held.take().map_or(Unlogged::Nothing, Unlogged::AtMost);
        let (mut disk, kill) = self.end_life(unlogged)?;
        let promise = match restart.power {
            None => {
                self.totals.kills += 1;
                kill
            }
            Some(seed) => self.lose_power(&mut disk, seed, kill),
        };
        shift_date(&self.ground, restart.jump_us);
        self.say(|| format!("{restart:?}; promised {}", promise.upto));
        if let Some(seed) = restart.flip {
            self.damage(&disk, seed, restart.power.is_some(), &promise)?;
        }
        self.start(disk, promise, &restart.again)
    }

    /// What a running life leaves, and what it promises of that.
    fn end_life(&mut self, unlogged: Unlogged) -> Result<(SimDisk, Promise), Violation> {
        let life = self.life.take().expect("it lives");
        self.oracle.absorb(life.journal.take_appended(), &self.ground)?;
        life.engine.verify();
        if !life.journal.has_fallen_behind() {
            self.oracle.judge_live(&life.engine, &self.ground)?;
        }
        self.totals.poisoned += u64::from(life.is_poisoned());
        let burnt = life.is_burnt();
        self.bound = life.journal.everysec_bound();
        let written = if burnt { self.settled } else { self.oracle.written() };
        let mut disk = life.journal.end();
        if burnt {
            disk = disk.burnt().expect("it was looked at");
        }
        self.totals.operations = disk.operations();
        disk.disarm();
        let tear = self.ground.setup.tear_permille as f64 / 1_000.0;
        disk.set_faults(DiskFaults { tear, ..DiskFaults::default() });
        Ok((disk, Promise { unlogged, ..self.oracle.after_kill(written) }))
    }

    fn lose_power(&mut self, disk: &mut SimDisk, seed: u64, kill: Promise) -> Promise {
        self.totals.power_losses += 1;
        disk.crash(&mut Rng::new(seed));
        let promise = self.oracle.after_power_loss(self.ground.clock.instant(), self.bound);
        Promise { upto: promise.upto.min(kill.upto), unlogged: kill.unlogged, ..promise }
    }

    /// An orderly stop: a last snapshot, everything synced.
    pub(super) fn stop(&mut self, jump_us: i64) -> Result<bool, Violation> {
        self.life().abandon_snapshot();
        let Self { ground, oracle, life, .. } = self;
        let life = life.as_mut().expect("it lives");
        life.begin_snapshot(ground, true);
        let held = unlogged(life);
        self.held = Some(held.clone());
        let mut progress = life.step_snapshot(100_000, ground);
        if progress == Some(Progress::Waits) && life.journal.sync_now() {
            progress = life.step_snapshot(100_000, ground);
        }
        let synced = life.journal.sync_now();
        life.settle(ground, oracle)?;
        if life.is_burnt() {
            return Ok(false);
        }
        let left = progress == Some(Progress::Done);
        self.totals.snapshots += u64::from(left);
        self.totals.stops += u64::from(left && synced);
        self.say(|| format!("an orderly stop: snapshot {left}, synced {synced}"));
        // A snapshot that failed late may count all the same.
        let (disk, promise) = self.end_life(if left { Unlogged::Exactly(held) } else { Unlogged::AtMost(held) })?;
        (self.fuse, self.held) = (None, None);
        shift_date(&self.ground, jump_us);
        self.start(disk, promise, &[])?;
        Ok(left && synced)
    }

    /// Starts on `disk`, after starts that are cut short.
    pub(super) fn start(
        &mut self,
        disk: SimDisk,
        promise: Promise,
        again: &[(u64, Option<u64>)],
    ) -> Result<(), Violation> {
        let (mut disk, mut promise) = (disk, promise);
        for &(operations, power) in again {
            disk.arm(operations);
            self.totals.cut_short += 1;
            disk = self.start_in_vain(disk, &promise)?;
            // A start leaves its mark in the log as its last act: whether this one did, is open.
            promise.unlogged = match promise.unlogged {
                Unlogged::Exactly(held) => Unlogged::AtMost(held),
                other => other,
            };
            if let Some(seed) = power {
                promise = self.lose_power(&mut disk, seed, promise);
            }
        }
        self.ground.starts += 1;
        disk.disarm();
        let filled = match start::fill(disk, &self.ground) {
            Ok(filled) => filled,
            Err(NotStarted::Refused(why)) => return Err(Violation::new("SIM-4", format!("a start is refused: {why}"))),
            Err(NotStarted::Burnt { .. }) => unreachable!("no fuse is armed"),
        };
        self.oracle.judge(&filled, &promise, &self.ground)?;
        let (last, base) = (filled.last, filled.base);
        self.oracle.believe(last, &promise);
        match start::open(filled, &self.ground) {
            Ok((engine, journal)) => self.life = Some(Life::new(engine, journal)),
            Err(NotStarted::Refused(why)) => return Err(Violation::new("SIM-10", format!("a start fails: {why}"))),
            Err(NotStarted::Burnt { .. }) => unreachable!("no fuse is armed"),
        }
        let Self { ground, oracle, life, weather, .. } = self;
        let life = life.as_mut().expect("it was just begun");
        life.settle(ground, oracle)?;
        life.set_weather(*weather, ground);
        self.marks_sound = self.weather.write_error_permille == 0;
        self.settled = self.oracle.written();
        let (starts, base) = (self.ground.starts, base.map(|header| header.lsn.0));
        self.say(|| format!("start {starts} from snapshot {base:?} finds records up to {last}"));
        Ok(())
    }

    /// A start that is killed before it serves, and what it leaves.
    fn start_in_vain(&mut self, disk: SimDisk, promise: &Promise) -> Result<SimDisk, Violation> {
        self.ground.starts += 1;
        let refused = |why| Violation::new("SIM-4", format!("a start is refused: {why}"));
        let filled = match start::fill(disk, &self.ground) {
            Ok(filled) => filled,
            Err(NotStarted::Burnt { disk, .. }) => return Ok(*disk),
            Err(NotStarted::Refused(why)) => return Err(refused(why)),
        };
        self.oracle.judge(&filled, promise, &self.ground)?;
        let last = filled.last;
        self.oracle.forget_behind(last);
        match start::open(filled, &self.ground) {
            Ok((_, journal)) => {
                self.oracle.absorb(journal.take_appended(), &self.ground)?;
                Ok(journal.end())
            }
            Err(NotStarted::Burnt { disk, appended }) => {
                self.oracle.absorb_unsure(appended, &self.ground)?;
                Ok(*disk)
            }
            Err(NotStarted::Refused(why)) => Err(refused(why)),
        }
    }

    /// Turns one bit of a copy of `disk` over and starts it: refused, or full data, but never other data.
    fn damage(&mut self, disk: &SimDisk, seed: u64, power: bool, promise: &Promise) -> Result<(), Violation> {
        let (mut disk, mut rng) = (disk.clone(), Rng::new(seed));
        let files: Vec<String> = disk.names().filter(|name| !name.ends_with(".tmp")).map(str::to_owned).collect();
        let Some(file) = files.get(rng.below(files.len() as u64) as usize) else { return Ok(()) };
        let bytes = disk.read(file).expect("it was listed");
        let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |at| at as u64 + 1);
        if used == 0 {
            return Ok(());
        }
        disk.flip(file, rng.below(used * 8)).expect("it was listed");
        let is_segment = SegmentId::from_file_name(file).is_some();
        let is_needed = file != MARK_FILE_NAME && disk.snapshots().expect("names are readable").len() < 2;
        let mut promise = promise.clone();
        if is_segment {
            // Behind the mark a flip looks like a torn tail; what the mark proves is never silently cut.
            let proven = if power || !self.marks_sound { Lsn::ZERO } else { self.oracle.promised() };
            promise = Promise { upto: promise.upto.min(proven), date: Timestamp::default(), ..promise };
            if proven == Lsn::ZERO {
                promise.unlogged = Unlogged::Anything;
            }
        }
        if let Unlogged::Exactly(held) = promise.unlogged {
            promise.unlogged = Unlogged::AtMost(held);
        }
        self.ground.starts += 1;
        let outcome = match start::fill(disk, &self.ground) {
            Ok(filled) => {
                self.totals.damage_passed += 1;
                self.oracle.judge(&filled, &promise, &self.ground).map(|()| "starts with full data".to_owned())
            }
            Err(NotStarted::Refused(why)) => {
                self.totals.damage_refused += 1;
                if is_segment || is_needed { Ok(why) } else { Err(Violation::new("SIM-9", why)) }
            }
            Err(NotStarted::Burnt { .. }) => unreachable!("no fuse is armed"),
        };
        let outcome = outcome.map_err(|violation| Violation::new("SIM-9", format!("{file} damaged: {violation}")))?;
        self.say(|| format!("a bit of {file} turned over: {outcome}"));
        Ok(())
    }
}
