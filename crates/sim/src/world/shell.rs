//! The log as the engine sees it, and the threads behind it: what `mainstay`'s journal is to the real disk.
//!
//! A sync and the creation of a segment begin when they are due and end some time later; between, others go on. An append that needs
//! the next segment waits for it, with its shards held, as in the program.

use super::defect::{self, Defect, Given};
use super::plan::{Setup, Weather};
use crate::disk::{LogStep, SimDisk, SimLog};
use mainstay_foundation::Instant;
use mainstay_node::engine::{Clock, Log, LogError, Lsn as EngineLsn};
use mainstay_node::keyspace::Durability;
use mainstay_node::shell::ManualClock;
use mainstay_storage::{Full, Lsn, StreamId, SyncDue, WalConfig};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// The one stream of `local` keyspaces.
const STREAM: StreamId = StreamId(0);
/// The kind of their records.
const RECORD: u8 = 1;
/// What a command may log beyond its own arguments before the log refuses it beforehand.
const RESERVE_BYTES: u64 = 2_000;
/// How long it takes to make a segment.
const CREATE: Duration = Duration::from_micros(400);

/// The log's limits in a world.
pub(super) fn config(setup: &Setup) -> WalConfig {
    WalConfig {
        segment_bytes: setup.segment_bytes,
        record_bytes_max: 64 << 10,
        waiting_bytes_max: setup.waiting_bytes_max,
        log_bytes_max: setup.log_bytes_max,
        ..WalConfig::default()
    }
}

/// A record as it was handed to the log.
#[derive(Clone, Debug)]
pub(super) struct Appended {
    /// Its place; `None` if its write failed, so that it may or may not be there after a restart.
    pub(super) lsn: Option<Lsn>,
    pub(super) payload: Vec<u8>,
    pub(super) durability: Durability,
    pub(super) at: Instant,
}

#[derive(Debug, Default)]
pub(super) struct LogState {
    /// There is none until recovery is done.
    log: Option<SimLog>,
    /// Not yet seen by the oracle.
    appended: Vec<Appended>,
    refused: u64,
    /// Whether a command ran whose record was refused.
    fell_behind: bool,
    /// Whether `admit` has to look closer.
    trouble: bool,
    sync_ends: Option<Instant>,
    create_ends: Option<Instant>,
    sync_time: Duration,
    /// The slowest sync of this life.
    sync_time_max: Duration,
    defect: Given,
    /// Kept back by [`Defect::AppendAfterRelease`].
    late: Option<(Vec<u8>, Durability)>,
}

/// The log of one life. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    state: Arc<Mutex<LogState>>,
    clock: ManualClock,
}

impl Journal {
    pub(super) fn new(clock: ManualClock, defect: Given) -> Self {
        let sync_time = Duration::from_micros(Weather::CALM.sync_us);
        let state = LogState { defect, sync_time, sync_time_max: sync_time, ..LogState::default() };
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    pub(super) fn set(&self, log: SimLog) {
        let mut state = self.state.lock();
        state.log = Some(log);
        state.look_for_trouble();
    }

    /// The log, once there is one.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut SimLog) -> T) -> T {
        let mut state = self.state.lock();
        let done = act(state.log());
        state.look_for_trouble();
        done
    }

    /// The end of this life: the disk, and what the dead process leaves on it.
    pub(super) fn end(&self) -> SimDisk {
        self.state.lock().log.take().expect("a life ends once").kill()
    }

    pub(super) fn set_weather(&self, weather: Weather, tear_permille: u64) {
        let mut state = self.state.lock();
        state.log().disk_mut().set_faults(weather.faults(tear_permille));
        state.sync_time = Duration::from_micros(weather.sync_us);
        state.sync_time_max = state.sync_time_max.max(state.sync_time);
    }

    pub(super) fn take_appended(&self) -> Vec<Appended> {
        std::mem::take(&mut self.state.lock().appended)
    }

    /// Appends refused after they had been admitted.
    pub(super) fn refused(&self) -> u64 {
        self.state.lock().refused
    }

    /// Whether memory is ahead of the log.
    pub(super) fn has_fallen_behind(&self) -> bool {
        self.state.lock().fell_behind
    }

    /// Longest time after which a record must have become durable where nothing failed.
    pub(super) fn everysec_bound(&self) -> Duration {
        let sync = self.state.lock().sync_time_max;
        Duration::from_secs(1).max(sync) + sync
    }

    /// When the threads have something to do next; `None`: never.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        let now = self.clock.instant();
        let mut state = self.state.lock();
        let (syncing, creating) = (state.sync_ends, state.create_ends);
        let log = state.log();
        let sync = match (syncing, log.wal().sync_due()) {
            (Some(ends), _) => Some(ends),
            (None, Some(SyncDue::Now)) => Some(now),
            (None, Some(SyncDue::At(at))) => Some(at.max(now)),
            (None, None) => None,
        };
        let create = match creating {
            Some(ends) => Some(ends),
            None if log.wal().wants_delete() => Some(now),
            None if log.wal().wants_create() => Some(log.wal().create_retry_at().map_or(now, |at| at.max(now))),
            None => None,
        };
        sync.into_iter().chain(create).min()
    }

    /// Lets the threads do what is due now.
    pub(super) fn turn(&self) {
        let now = self.clock.instant();
        let mut state = self.state.lock();
        if state.sync_ends.is_some_and(|ends| ends <= now) {
            state.end_sync(now);
        }
        if state.create_ends.is_some_and(|ends| ends <= now) {
            state.create_ends = None;
            state.log().step(now, LogStep::EndCreate);
        }
        let ready = state.log().ready(now);
        if ready.contains(&LogStep::BeginSync) {
            state.begin_sync(now);
        }
        if ready.contains(&LogStep::BeginCreate) {
            state.log().step(now, LogStep::BeginCreate);
            state.create_ends = Some(now.plus(CREATE));
        } else if ready.contains(&LogStep::Delete) {
            state.log().step(now, LogStep::Delete);
        }
        state.look_for_trouble();
    }

    /// Blocks until everything appended so far is durable; whether it is.
    pub(super) fn sync_now(&self) -> bool {
        let now = self.clock.instant();
        let mut state = self.state.lock();
        state.append_late();
        state.log().request_sync();
        while state.log().wal().synced_lsn() < state.log().wal().last_lsn() && state.wait(now) {}
        state.look_for_trouble();
        state.log().wal().synced_lsn() == state.log().wal().last_lsn()
    }
}

impl Log for Journal {
    fn admit(&self, bytes: usize) -> Result<(), LogError> {
        let now = self.clock.instant();
        let mut state = self.state.lock();
        if state.log.is_none() {
            return Err(LogError::Busy);
        }
        if bytes < RESERVE_BYTES as usize && !state.trouble {
            return Ok(());
        }
        loop {
            match state.log().admits(bytes, RESERVE_BYTES) {
                Ok(()) => {
                    state.look_for_trouble();
                    return Ok(());
                }
                Err(Full::NextSegment) if state.wait(now) => {}
                Err(full) => return Err(refusal(full)),
            }
        }
    }

    fn append(&self, parts: &[&[u8]], durability: Durability) -> Result<EngineLsn, LogError> {
        let now = self.clock.instant();
        let mut state = self.state.lock();
        let payload = parts.concat();
        if defect::is(state.defect, Defect::TimeRecordDropped)
            && payload.len() == 8
            && durability == Durability::EverySecond
        {
            return Ok(state.log().wal().last_lsn().0);
        }
        if defect::is(state.defect, Defect::AppendAfterRelease)
            && state.late.is_none()
            && durability == Durability::EverySecond
        {
            state.late = Some((payload, durability));
            return Ok(0);
        }
        if defect::is(state.defect, Defect::TransactionSplit) && payload.len() > 8 {
            return state.append_split(now, &payload, durability);
        }
        let appended = state.append(now, payload, durability);
        state.append_late();
        let trouble = state.trouble;
        state.look_for_trouble();
        state.trouble |= trouble;
        appended.map(|lsn| lsn.0)
    }

    fn fell_behind(&self) {
        let mut state = self.state.lock();
        state.fell_behind = true;
        state.log().poison();
    }
}

impl LogState {
    fn log(&mut self) -> &mut SimLog {
        self.log.as_mut().expect("the log is there while the node lives")
    }

    fn append(&mut self, at: Instant, payload: Vec<u8>, durability: Durability) -> Result<Lsn, LogError> {
        let class = match durability {
            Durability::Always => mainstay_storage::Durability::Always,
            Durability::EverySecond | Durability::Never => mainstay_storage::Durability::EverySecond,
        };
        loop {
            let last = self.log().wal().last_lsn();
            match self.log().append(STREAM, RECORD, class, &[&payload]) {
                Ok(lsn) => {
                    self.appended.push(Appended { lsn: Some(lsn), payload, durability, at });
                    return Ok(lsn);
                }
                Err(Full::NextSegment | Full::BusySegments) => {
                    if !self.wait(at) {
                        self.refused += 1;
                        return Err(LogError::Busy);
                    }
                }
                Err(full) => {
                    if self.log().wal().last_lsn() > last {
                        self.appended.push(Appended { lsn: None, payload, durability, at });
                    }
                    self.trouble = true;
                    self.refused += 1;
                    return Err(refusal(full));
                }
            }
        }
    }

    /// See [`Defect::TransactionSplit`].
    fn append_split(&mut self, now: Instant, payload: &[u8], durability: Durability) -> Result<EngineLsn, LogError> {
        let mut last = Ok(Lsn::ZERO);
        for part in super::records::split(payload) {
            last = self.append(now, part, durability);
        }
        last.map(|lsn| lsn.0)
    }

    fn append_late(&mut self) {
        if let Some((payload, durability)) = self.late.take() {
            // As in the program, there is nobody left to tell of a refusal.
            let _ = self.append(Instant::default(), payload, durability);
        }
    }

    /// Time passes for an append that waits: one thread finishes what it does. Whether there was anything.
    fn wait(&mut self, now: Instant) -> bool {
        let ready = self.log().ready(now);
        for step in [LogStep::EndSync, LogStep::EndCreate, LogStep::BeginSync, LogStep::BeginCreate] {
            if ready.contains(&step) {
                match step {
                    LogStep::EndSync => self.end_sync(now),
                    LogStep::BeginSync => self.begin_sync(now),
                    LogStep::EndCreate => {
                        self.create_ends = None;
                        self.log().step(now, step);
                    }
                    LogStep::BeginCreate | LogStep::Delete => {
                        self.log().step(now, step);
                        self.create_ends = Some(now.plus(CREATE));
                    }
                }
                return true;
            }
        }
        false
    }

    fn begin_sync(&mut self, now: Instant) {
        let ends = now.plus(self.sync_time);
        self.sync_ends = Some(ends);
        self.log().step(now, LogStep::BeginSync);
    }

    fn end_sync(&mut self, now: Instant) {
        self.sync_ends = None;
        self.log().step(now, LogStep::EndSync);
    }

    fn look_for_trouble(&mut self) {
        if let Some(log) = &mut self.log {
            self.trouble = log.admits(0, RESERVE_BYTES).is_err() || log.wal().create_retry_at().is_some();
        }
    }
}

fn refusal(full: Full) -> LogError {
    match full {
        Full::Poisoned(_) => LogError::Poisoned,
        Full::NoSpace | Full::CreateFailed | Full::LogFull { .. } => LogError::NoSpace,
        _ => LogError::Busy,
    }
}
