//! A deterministic world for the machines of the floors below: the same seed is the same run, byte for byte.
//!
//! * [`disk`]: a disk that forgets what was not synced, and a log driven on it step by step.

pub mod disk;
