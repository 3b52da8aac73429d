//! The log as the program runs it: appends on the threads of connections, syncs and new segments on threads of their own.
//!
//! ```text
//! connection: append ──lock── frame ── copy into the mapped segment ──unlock      (everysec: may be answered now)
//!                                                      │ wakes
//! wal-sync:                              fdatasync ────┘── wakes all whose records it covered      (always)
//! wal-create:  makes the next segment while the current one fills; removes released ones
//! ```
//! A durable write crosses threads twice: to the sync thread, and back with its batch.

use super::directory::sync_directory;
use super::segment_map::SegmentMap;
use super::segments::Segments;
use super::status::JournalStatus;
use mainstay_foundation::Instant;
use mainstay_node::engine::{BUCKETS_US, Clock, Log, LogError, Lsn as EngineLsn};
use mainstay_node::keyspace::Durability;
use mainstay_storage::wal::{MARK_FILE_BYTES, MARK_FILE_NAME};
use mainstay_storage::{CreateError, Full, Lsn, Poison, SegmentId, StreamId, SyncDue, Wal};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;

/// The one stream of `local` keyspaces.
const STREAM: StreamId = StreamId(0);
/// The kind of their records.
const RECORD: u8 = 1;
/// What a command may log beyond its own arguments before the log refuses it beforehand.
const RESERVE_BYTES: u64 = 1 << 20;
/// How long an append waits for a segment that is being made.
const SEGMENT_PATIENCE: Duration = Duration::from_secs(5);
/// Pages touched ahead in a new segment.
const WARM_BYTES: u64 = 4 << 20;

/// The log was closed by a failure before the record was durable: whether it survives is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("UNKNOWN may or may not have happened: the log failed before the write was durable")]
pub struct Unsynced;

struct State {
    wal: Wal,
    /// Segments that may still be written or synced, oldest first.
    maps: Vec<(SegmentId, Arc<SegmentMap>)>,
    stop: bool,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes the sync thread.
    sync_wanted: Condvar,
    /// Whether the sync thread sleeps.
    sync_idle: AtomicBool,
    /// Wakes the thread that makes segments.
    create_wanted: Condvar,
    /// Wakes appends that wait for a segment.
    created: Condvar,
    synced: AtomicU64,
    appended_bytes: AtomicU64,
    /// Whether `admit` has to look closer.
    trouble: AtomicBool,
    poisoned: AtomicBool,
    waiters: Mutex<Vec<(u64, Waker)>>,
    syncs: AtomicU64,
    sync_ns: AtomicU64,
    sync_ns_max: AtomicU64,
    sync_buckets: [AtomicU64; BUCKETS_US.len() + 1],
    clock: Arc<dyn Clock>,
    dir: PathBuf,
    mark: File,
    on_failure: Box<dyn Fn(&str) + Send + Sync>,
}

/// The running log. Clones share it.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("dir", &self.shared.dir).finish_non_exhaustive()
    }
}

impl Journal {
    /// Starts the log where `wal` goes on, in `dir`. Returns once it takes appends, or with the reason why it cannot. `on_failure` hears of
    /// failed writes, syncs and creations.
    ///
    /// # Errors
    /// The mark cannot be opened, a thread cannot be started, or there is no room for a first segment.
    pub fn start(
        dir: &Path,
        wal: Wal,
        clock: Arc<dyn Clock>,
        on_failure: Box<dyn Fn(&str) + Send + Sync>,
    ) -> io::Result<Self> {
        let mark = OpenOptions::new().write(true).create(true).truncate(false).open(dir.join(MARK_FILE_NAME))?;
        mark.set_len(MARK_FILE_BYTES)?;
        let segments = Segments::new(dir);
        let mut maps = Vec::new();
        if let Some(newest) = mainstay_storage::SegmentSource::segments(&segments)?.into_iter().max() {
            maps.push((newest, Arc::new(SegmentMap::open(&segments.path(newest))?)));
        }
        let synced = wal.synced_lsn().0;
        let shared = Arc::new(Shared {
            state: Mutex::new(State { wal, maps, stop: false }),
            sync_wanted: Condvar::new(),
            sync_idle: AtomicBool::new(false),
            create_wanted: Condvar::new(),
            created: Condvar::new(),
            synced: AtomicU64::new(synced),
            appended_bytes: AtomicU64::new(0),
            trouble: AtomicBool::new(false),
            poisoned: AtomicBool::new(false),
            waiters: Mutex::default(),
            syncs: AtomicU64::new(0),
            sync_ns: AtomicU64::new(0),
            sync_ns_max: AtomicU64::new(0),
            sync_buckets: Default::default(),
            clock,
            dir: dir.to_owned(),
            mark,
            on_failure,
        });
        let spawn = |name: &str, run: fn(&Shared)| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new().name(name.to_owned()).spawn(move || run(&shared))
        };
        let threads = vec![spawn("wal-sync", Shared::sync_loop)?, spawn("wal-create", Shared::create_loop)?];
        Ok(Self { shared, threads: Arc::new(Mutex::new(threads)) })
    }

    /// Durable up to here.
    #[inline]
    #[must_use]
    pub fn synced_lsn(&self) -> u64 {
        self.shared.synced.load(Ordering::Acquire)
    }

    /// The newest record. Exact while no shard is free to be written to.
    #[must_use]
    pub fn last_lsn(&self) -> u64 {
        self.shared.state.lock().wal.last_lsn().0
    }

    /// Waits until the log is durable up to `lsn`; call again when woken.
    pub fn poll_synced(&self, lsn: u64, cx: &mut Context<'_>) -> Poll<Result<(), Unsynced>> {
        let shared = &self.shared;
        if self.synced_lsn() >= lsn {
            return Poll::Ready(Ok(()));
        }
        shared.waiters.lock().push((lsn, cx.waker().clone()));
        // The sync may have ended between the two looks, before the waker was there.
        if self.synced_lsn() >= lsn {
            Poll::Ready(Ok(()))
        } else if shared.poisoned.load(Ordering::Acquire) {
            Poll::Ready(Err(Unsynced))
        } else {
            Poll::Pending
        }
    }

    /// Blocks until everything appended so far is durable.
    ///
    /// # Errors
    /// [`Unsynced`] if the log failed.
    pub fn sync_now(&self) -> Result<(), Unsynced> {
        let target = {
            let mut state = self.shared.state.lock();
            state.wal.request_sync();
            state.wal.last_lsn().0
        };
        self.shared.sync_wanted.notify_one();
        while self.synced_lsn() < target {
            if self.shared.poisoned.load(Ordering::Acquire) {
                return Err(Unsynced);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// Lets the records up to `upto` go: they are in the older of the kept snapshots.
    pub fn release(&self, upto: Lsn) {
        let mut state = self.shared.state.lock();
        state.wal.release(upto);
        self.shared.trouble.store(state.in_trouble(), Ordering::Release);
        drop(state);
        self.shared.create_wanted.notify_one();
    }

    /// Figures.
    #[must_use]
    pub fn status(&self) -> JournalStatus {
        let shared = &self.shared;
        let mut state = shared.state.lock();
        JournalStatus {
            log_bytes: state.wal.log_bytes(),
            waiting_bytes: state.wal.waiting_bytes(),
            last_lsn: state.wal.last_lsn().0,
            synced_lsn: state.wal.synced_lsn().0,
            syncs: shared.syncs.load(Ordering::Relaxed),
            sync_ns: shared.sync_ns.load(Ordering::Relaxed),
            sync_buckets: std::array::from_fn(|at| shared.sync_buckets[at].load(Ordering::Relaxed)),
            sync_ns_max: shared.sync_ns_max.swap(0, Ordering::Relaxed),
            appended_bytes: shared.appended_bytes.load(Ordering::Relaxed),
            poisoned: state.wal.poisoned().is_some(),
            no_space: matches!(
                state.wal.admits(0, RESERVE_BYTES),
                Err(Full::NoSpace | Full::CreateFailed | Full::LogFull { .. })
            ),
        }
    }

    /// Makes everything durable and ends the threads.
    ///
    /// # Errors
    /// [`Unsynced`] if the log failed.
    pub fn stop(&self) -> Result<(), Unsynced> {
        let synced = self.sync_now();
        self.shared.state.lock().stop = true;
        self.shared.sync_wanted.notify_all();
        self.shared.create_wanted.notify_all();
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
        synced
    }
}

impl Log for Journal {
    fn admit(&self, bytes: usize) -> Result<(), LogError> {
        if bytes < RESERVE_BYTES as usize && !self.shared.trouble.load(Ordering::Acquire) {
            return Ok(());
        }
        self.shared.admit(bytes)
    }

    fn append(&self, parts: &[&[u8]], durability: Durability) -> Result<EngineLsn, LogError> {
        let class = match durability {
            Durability::Always => mainstay_storage::Durability::Always,
            Durability::EverySecond | Durability::Never => mainstay_storage::Durability::EverySecond,
        };
        let shared = &*self.shared;
        let mut state = shared.state.lock();
        let lsn = loop {
            match state.wal.append(STREAM, RECORD, class, parts) {
                Ok(lsn) => break lsn,
                Err(Full::NextSegment | Full::BusySegments) => {
                    shared.create_wanted.notify_one();
                    shared.sync_wanted.notify_one();
                    if shared.created.wait_for(&mut state, SEGMENT_PATIENCE).timed_out() {
                        return Err(LogError::Busy);
                    }
                }
                Err(full) => {
                    shared.trouble.store(true, Ordering::Release);
                    return Err(refusal(full));
                }
            }
        };
        state.drain();
        let sync_now = state.wal.sync_due() == Some(SyncDue::Now);
        if state.in_trouble() {
            shared.trouble.store(true, Ordering::Release);
        }
        let create = state.wal.wants_create();
        drop(state);
        shared.appended_bytes.fetch_add(parts.iter().map(|part| part.len() as u64).sum(), Ordering::Relaxed);
        if sync_now && shared.sync_idle.load(Ordering::Acquire) {
            shared.sync_wanted.notify_one();
        }
        if create {
            shared.create_wanted.notify_one();
        }
        Ok(lsn.0)
    }

    fn fell_behind(&self) {
        let mut state = self.shared.state.lock();
        if state.wal.poisoned().is_none() {
            let error = io::Error::other("a record was refused after its command had run");
            self.shared.fail(&mut state, Poison::Write, &error);
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

impl State {
    /// Copies what was framed into the segments.
    #[inline]
    fn drain(&mut self) {
        let Self { wal, maps, .. } = self;
        while let Some(write) = wal.poll() {
            match maps.iter().rev().find(|(id, _)| *id == write.segment) {
                Some((_, map)) => map.write(write.offset, write.bytes),
                None => panic!("WAL-5: segment {} is written but was never made", write.segment),
            }
            wal.write_done();
        }
    }

    fn in_trouble(&mut self) -> bool {
        self.wal.admits(0, RESERVE_BYTES).is_err() || self.wal.create_retry_at().is_some()
    }
}

impl Shared {
    /// Waits for the next segment if the record may need it: once its command has run, it is too late to refuse it.
    fn admit(&self, bytes: usize) -> Result<(), LogError> {
        let mut state = self.state.lock();
        loop {
            match state.wal.admits(bytes, RESERVE_BYTES) {
                Ok(()) => {
                    self.trouble.store(state.in_trouble(), Ordering::Release);
                    return Ok(());
                }
                Err(Full::NextSegment) => {
                    self.create_wanted.notify_one();
                    if self.created.wait_for(&mut state, SEGMENT_PATIENCE).timed_out() {
                        return Err(LogError::Busy);
                    }
                }
                Err(full) => return Err(refusal(full)),
            }
        }
    }

    fn sync_loop(&self) {
        let mut state = self.state.lock();
        while !state.stop {
            if state.wal.sync_due() == Some(SyncDue::Now) {
                // Whoever is about to append on this core does so before the sync begins, and is covered by it.
                MutexGuard::unlocked(&mut state, std::thread::yield_now);
            }
            let now = self.clock.instant();
            if let Some(job) = state.wal.begin_sync(now) {
                let maps: Vec<Arc<SegmentMap>> = state
                    .maps
                    .iter()
                    .filter(|(id, _)| (job.first..=job.last).contains(id))
                    .map(|(_, map)| Arc::clone(map))
                    .collect();
                let result = MutexGuard::unlocked(&mut state, || maps.iter().try_for_each(|map| map.sync()));
                self.measure(now);
                match result {
                    Ok(()) => self.synced(&mut state, job),
                    Err(error) => self.fail(&mut state, Poison::Sync, &error),
                }
                continue;
            }
            self.sync_idle.store(true, Ordering::Release);
            match state.wal.sync_due() {
                Some(SyncDue::Now) => {}
                Some(SyncDue::At(at)) => {
                    self.sync_wanted.wait_for(&mut state, at.since(now).max(Duration::from_millis(1)));
                }
                // An append that finds nothing unsynced does not wake this thread unless somebody waits for it: look again soon.
                None => {
                    self.sync_wanted.wait_for(&mut state, Duration::from_millis(100));
                }
            }
            self.sync_idle.store(false, Ordering::Release);
        }
    }

    fn measure(&self, began: Instant) {
        let took = u64::try_from(self.clock.instant().since(began).as_nanos()).unwrap_or(u64::MAX);
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.sync_ns.fetch_add(took, Ordering::Relaxed);
        self.sync_ns_max.fetch_max(took, Ordering::Relaxed);
        let bucket = BUCKETS_US.partition_point(|bound| u64::from(*bound) * 1_000 < took);
        self.sync_buckets[bucket].fetch_add(1, Ordering::Relaxed);
    }

    fn synced(&self, state: &mut MutexGuard<'_, State>, job: mainstay_storage::SyncJob) {
        let Some(synced) = state.wal.sync_done(job) else { return };
        // The mark only sharpens later diagnosis; that it could not be written is no failure of the log.
        let _ = self.mark.write_all_at(&synced.mark.bytes, synced.mark.offset);
        // Maps of segments that are durable and full are not needed any more.
        while state.maps.len() > 2 && state.maps[1].0 <= job.first {
            state.maps.remove(0);
        }
        self.synced.store(synced.lsn.0, Ordering::Release);
        self.trouble.store(state.in_trouble(), Ordering::Release);
        self.created.notify_all();
        MutexGuard::unlocked(state, || self.wake(synced.lsn.0));
    }

    fn wake(&self, upto: u64) {
        let mut ready = Vec::new();
        self.waiters.lock().retain_mut(|(lsn, waker)| {
            let done = *lsn <= upto;
            if done {
                ready.push(waker.clone());
            }
            !done
        });
        ready.into_iter().for_each(Waker::wake);
    }

    fn fail(&self, state: &mut MutexGuard<'_, State>, cause: Poison, error: &io::Error) {
        state.wal.poison(cause);
        self.poisoned.store(true, Ordering::Release);
        self.trouble.store(true, Ordering::Release);
        (self.on_failure)(&format!(
            "the log is closed: {cause} failed: {error}; no write is acknowledged any more, reads go on; restart the node once the disk is sound"
        ));
        self.created.notify_all();
        MutexGuard::unlocked(state, || self.wake(u64::MAX));
    }

    fn create_loop(&self) {
        let segments = Segments::new(&self.dir);
        let mut state = self.state.lock();
        while !state.stop {
            let now = self.clock.instant();
            if let Some(job) = state.wal.begin_create(now) {
                let made = MutexGuard::unlocked(&mut state, || {
                    let map = SegmentMap::create(&segments.path(job.segment), job.bytes)?;
                    sync_directory(&self.dir)?;
                    map.warm(0, WARM_BYTES);
                    Ok::<_, io::Error>(map)
                });
                let result = match made {
                    Ok(map) => {
                        state.maps.push((job.segment, Arc::new(map)));
                        Ok(())
                    }
                    Err(error) => Err(self.creation_failed(&error)),
                };
                state.wal.create_done(self.clock.instant(), job, result);
                self.trouble.store(state.in_trouble(), Ordering::Release);
                self.created.notify_all();
            } else if let Some(segment) = state.wal.begin_delete() {
                let path = segments.path(segment);
                let removed = MutexGuard::unlocked(&mut state, || {
                    fs::remove_file(&path).and_then(|()| sync_directory(&self.dir))
                });
                if let Err(error) = &removed {
                    (self.on_failure)(&format!("{} could not be removed: {error}", path.display()));
                }
                state.wal.delete_done(removed.is_ok());
            } else {
                let pause = state.wal.create_retry_at().map_or(Duration::from_millis(500), |at| at.since(now));
                self.create_wanted.wait_for(&mut state, pause.max(Duration::from_millis(1)));
            }
        }
    }

    fn creation_failed(&self, error: &io::Error) -> CreateError {
        (self.on_failure)(&format!("another segment of the log could not be made: {error}; it is tried again"));
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                CreateError::NoSpace
            }
            _ => CreateError::Failed,
        }
    }
}
