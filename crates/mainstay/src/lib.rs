//! The `mainstay` program as a library: its configuration and its command line.

pub mod admin;
pub mod cli;
pub mod config;
pub mod disk;
pub mod serve;
pub mod telemetry;
