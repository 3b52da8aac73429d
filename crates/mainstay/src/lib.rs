//! The `mainstay` program as a library: its configuration, its disk, what it tells about itself, and its command line.

pub mod cli;
pub mod config;
pub mod disk;
pub mod telemetry;
