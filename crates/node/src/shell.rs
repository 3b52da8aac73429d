//! Stand-ins for what the shell provides: a clock that is moved by hand and a log that keeps nothing.

use crate::engine::{Clock, Log, LogError, Lsn};
use crate::keyspace::Durability;
use mainstay_foundation::{Instant, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Both clocks, moved by hand. Clones share their time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    micros: Arc<AtomicU64>,
    monotonic_nanos: Arc<AtomicU64>,
}

impl ManualClock {
    /// Sets the date, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.micros.store(now.as_micros(), Ordering::Relaxed);
    }

    /// Moves both clocks forward.
    pub fn advance_micros(&self, micros: u64) {
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.monotonic_nanos.fetch_add(micros * 1_000, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn instant(&self) -> Instant {
        Instant::from_nanos(self.monotonic_nanos.load(Ordering::Relaxed))
    }

    fn date(&self, _at: Instant) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// A log that takes everything and keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoLog;

impl Log for NoLog {
    fn admit(&self, _bytes: usize) -> Result<(), LogError> {
        Ok(())
    }

    fn append(&self, _parts: &[&[u8]], _durability: Durability) -> Result<Lsn, LogError> {
        Ok(0)
    }

    fn fell_behind(&self) {}
}
