//! A deterministic world for the machines of the floors below: the same seed is the same run, byte for byte.
//!
//! * [`disk`]: a disk that forgets what was not synced, and a log driven on it step by step.
//! * [`world`]: a node on such a disk, with clients, clocks and crashes, and an oracle that knows what was promised.

pub mod disk;
pub mod world;
