//! The machine's clocks.

use mainstay_foundation::{Instant, Timestamp};
use mainstay_node::engine::Clock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant as StdInstant, SystemTime, UNIX_EPOCH};

/// Reads the monotonic clock; the date is that plus an offset, which [`SystemClock::adjust`] takes anew from the system's date. So a
/// command needs one reading, and the date is at most as old as the last adjustment where the system's date was set.
#[derive(Debug)]
pub struct SystemClock {
    origin: StdInstant,
    /// Microseconds from the origin to the date.
    offset: AtomicI64,
}

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        let clock = Self { origin: StdInstant::now(), offset: AtomicI64::new(0) };
        clock.adjust();
        clock
    }

    /// Takes the offset to the system's date anew.
    pub fn adjust(&self) {
        let date = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as i64;
        self.offset.store(date - self.origin.elapsed().as_micros() as i64, Ordering::Relaxed);
    }
}

impl Clock for SystemClock {
    #[inline]
    fn instant(&self) -> Instant {
        Instant::from_nanos(self.origin.elapsed().as_nanos() as u64)
    }

    #[inline]
    fn date(&self, at: Instant) -> Timestamp {
        let micros = (at.as_nanos() / 1_000) as i64 + self.offset.load(Ordering::Relaxed);
        Timestamp::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}
