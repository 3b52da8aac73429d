//! The generic cell rate algorithm: a token bucket whose whole state is one instant.
//!
//! The *theoretical arrival time* (TAT) is when the bucket will be full again. A request of cost `c` moves it by `c` intervals, and
//! is denied if it would then lie more than a whole burst ahead:
//!
//! ```text
//! tau = burst * interval          new = max(tat, now) + cost * interval          denied if new - now > tau
//! ```
//! * GCRA-1: in any span `t`, no more than `burst + t / interval` is admitted.
//! * GCRA-2: what is not admitted costs nothing.
//! * GCRA-3: a full bucket equals an absent one, so that state may be dropped once its TAT is past.
//!
//! A TAT further ahead than a burst can only come from a clock that was set back, or from looser parameters before; it counts as a
//! burst ahead, so that either costs no more than the time of one burst.

/// A limit and a request, times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Params {
    /// Cost that a full bucket admits at once; at least 1.
    burst: u64,
    /// Time in which a cost of 1 is refilled; at least 1.
    interval_us: u64,
    /// What the request costs; 0 only looks.
    cost: u64,
}

/// Longest time in which an empty bucket is full again: a hundred years. It keeps every sum far from overflow.
pub(super) const REFILL_US_MAX: u64 = 100 * 366 * 86_400 * 1_000_000;

impl Params {
    /// `count` in each `period_s` seconds, `burst` at once. The interval is rounded up to whole microseconds: rather a little less
    /// than was asked for than more. `None` if an empty bucket took longer than [`REFILL_US_MAX`], or if a number is 0 that
    /// must not be.
    pub(super) fn new(burst: u64, count: u64, period_s: u64, cost: u64) -> Option<Self> {
        let period_us = period_s.checked_mul(1_000_000).filter(|&period| period > 0)?;
        let interval_us = period_us.checked_add(count.checked_sub(1)?)? / count;
        let refill_us = burst.checked_mul(interval_us).filter(|&refill| refill > 0)?;
        (refill_us <= REFILL_US_MAX).then_some(Self { burst, interval_us, cost })
    }

    /// Time in which an empty bucket is full again.
    const fn refill_us(self) -> u64 {
        self.burst * self.interval_us
    }
}

/// Whether a request was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was; the state is to be kept until then.
    Allowed {
        /// The new TAT, microseconds since 1970.
        tat_us: u64,
    },
    /// Not yet.
    Denied {
        /// When it would be, if nobody else came.
        retry_after_us: u64,
    },
    /// Its cost exceeds the burst.
    Never,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) verdict: Verdict,
    /// Cost that would be admitted now.
    pub(super) remaining: u64,
    /// When the bucket will be full.
    pub(super) reset_us: u64,
}

/// Decides about one request at `now_us`; `tat_us` is the state that the last admitted one left, if it is still there.
pub(super) fn decide(now_us: u64, tat_us: Option<u64>, params: Params) -> Decision {
    let refill_us = params.refill_us();
    let tat_us = tat_us.unwrap_or(0).clamp(now_us, now_us + refill_us);
    let outcome = |verdict, ahead_us| Decision {
        verdict,
        remaining: (refill_us - ahead_us) / params.interval_us,
        reset_us: ahead_us,
    };
    let ahead_us = tat_us - now_us;
    if params.cost > params.burst {
        return outcome(Verdict::Never, ahead_us);
    }
    let new_ahead_us = ahead_us + params.cost * params.interval_us;
    if new_ahead_us > refill_us {
        return outcome(Verdict::Denied { retry_after_us: new_ahead_us - refill_us }, ahead_us);
    }
    outcome(Verdict::Allowed { tat_us: now_us + new_ahead_us }, new_ahead_us)
}
