//! What every floor above takes as an argument: time, randomness, hashing.
//!
//! Nothing here reads a clock or rolls dice by itself. The shell reads the machine's clocks once and passes
//! [`Instant`] and [`Timestamp`] down; the simulator passes virtual ones. [`Rng`] is a small seeded generator, so that a
//! run with the same seed is the same run.
//!
//! ```
//! use mainstay_foundation::{Rng, Timestamp};
//!
//! let mut rng = Rng::new(7);
//! let now = Timestamp::from_millis(1_700_000_000_000);
//! let due = now.plus_millis(rng.below(100));
//! assert!(due >= now);
//! ```

mod hash;
mod rng;
mod time;

pub use hash::KeyHasher;
pub use rng::Rng;
pub use time::{Instant, Timestamp};
