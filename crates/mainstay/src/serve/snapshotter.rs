//! When snapshots are taken: when the log has grown or time has passed, when a client asks, and at the end.

use crate::config::{Snapshot, SnapshotEvery};
use crate::disk::{Journal, SnapshotError, Snapshots, Taken};
use crate::telemetry::Logger;
use mainstay_node::engine::{Engine, Log};
use mainstay_node::keyspace::Durability;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often the reasons for a snapshot are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Takes snapshots on a thread of its own, one at a time.
#[derive(Clone)]
pub struct Snapshotter {
    shared: Arc<Shared>,
}

struct Shared {
    snapshots: Snapshots,
    /// Held while a snapshot is taken.
    running: Mutex<()>,
    asked: Mutex<bool>,
    wake: Condvar,
    stop: AtomicBool,
    failed: AtomicBool,
    taken: AtomicU64,
    last_lsn: AtomicU64,
}

impl Snapshotter {
    pub(super) fn start(
        snapshots: Snapshots,
        engine: Arc<Engine>,
        journal: Journal,
        config: &Snapshot,
        logger: Logger,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            snapshots,
            running: Mutex::new(()),
            asked: Mutex::new(false),
            wake: Condvar::new(),
            stop: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            taken: AtomicU64::new(0),
            last_lsn: AtomicU64::new(journal.last_lsn()),
        });
        let snapshotter = Self { shared };
        let (every, worker) = (config.every, snapshotter.clone());
        std::thread::Builder::new()
            .name("snapshot".to_owned())
            .spawn(move || worker.run(&engine, &journal, &every, &logger))?;
        Ok(snapshotter)
    }

    /// Asks for a snapshot in the background.
    pub fn ask(&self) {
        *self.shared.asked.lock() = true;
        self.shared.wake.notify_all();
    }

    /// Takes a snapshot now and waits for it. A `last` one is that of an orderly stop.
    ///
    /// # Errors
    /// [`SnapshotError`]; the older snapshots and the log are as they were.
    pub fn take_now(&self, engine: &Engine, journal: &Journal, last: bool) -> Result<Taken, SnapshotError> {
        let _one = self.shared.running.lock();
        let taken = self.shared.snapshots.take(engine, journal, last);
        self.shared.failed.store(taken.is_err(), Ordering::Relaxed);
        if let Ok(taken) = &taken {
            self.shared.taken.fetch_add(1, Ordering::Relaxed);
            self.shared.last_lsn.store(taken.lsn.0, Ordering::Relaxed);
            engine.note_saved();
        }
        taken
    }

    /// Whether one is being taken.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.shared.running.is_locked()
    }

    /// Snapshots taken since the start, and whether the latest attempt failed.
    #[must_use]
    pub fn outcome(&self) -> (u64, bool) {
        (self.shared.taken.load(Ordering::Relaxed), self.shared.failed.load(Ordering::Relaxed))
    }

    /// Takes no more of its own accord.
    pub(super) fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.wake.notify_all();
    }

    fn run(&self, engine: &Engine, journal: &Journal, every: &SnapshotEvery, logger: &Logger) {
        let (mut since, mut bytes) = (Instant::now(), journal.status().appended_bytes);
        while !self.shared.stop.load(Ordering::Acquire) {
            let asked = {
                let mut asked = self.shared.asked.lock();
                if !*asked {
                    self.shared.wake.wait_for(&mut asked, LOOK);
                }
                std::mem::take(&mut *asked)
            };
            let status = journal.status();
            let due = match every {
                SnapshotEvery::Log(limit) => status.appended_bytes - bytes >= *limit,
                SnapshotEvery::Time(period) => {
                    since.elapsed() >= *period && status.last_lsn > self.shared.last_lsn.load(Ordering::Relaxed)
                }
            };
            // Where the disk has no room for the log, a snapshot is what lets old segments go.
            let rescue = status.no_space && since.elapsed() >= Duration::from_secs(5);
            if !(asked || due || rescue) || self.shared.stop.load(Ordering::Acquire) {
                continue;
            }
            if rescue {
                // Only a snapshot at a newer record lets go what the one before it covers, and no command adds any.
                let now = engine.clock.now().as_micros().to_le_bytes();
                let _ = journal.append(&[&now], Durability::EverySecond);
            }
            let began = Instant::now();
            match self.take_now(engine, journal, false) {
                Ok(taken) => {
                    let ms = began.elapsed().as_millis();
                    logger.info(
                        "snapshot",
                        "taken",
                        &[("keys", &taken.keys), ("bytes", &taken.bytes), ("lsn", &taken.lsn.0), ("ms", &ms)],
                    );
                }
                Err(error) => logger.error("snapshot", "could not be taken", &[("reason", &error)]),
            }
            (since, bytes) = (Instant::now(), status.appended_bytes);
        }
    }
}
