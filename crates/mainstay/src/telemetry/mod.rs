//! What the program tells about itself: log lines and metrics.
//!
//! Telemetry never stalls data: a full queue, a slow reader or a failing sink degrades telemetry alone, and is counted.

pub mod log;
pub mod metrics;

pub use log::Logger;
