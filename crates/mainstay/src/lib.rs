//! The `mainstay` program as a library: configuration, command line, listeners, disk, telemetry.
#![allow(clippy::disallowed_methods, reason = "this crate is the shell: clocks, files and threads are its business")]

pub mod admin;
pub mod cli;
pub mod config;
pub mod disk;
pub mod serve;
pub mod telemetry;
