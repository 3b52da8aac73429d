//! The command line: what may be typed, exit codes, and the commands that are not a node.
//!
//! [`parse`] reads the arguments; the caller matches on [`Command`]. [`check`], [`storage`], [`status`] and [`keyspace`] are complete here. `serve`
//! starts from [`ServeArgs::load`], and calls it again on SIGHUP.

mod admin_client;
pub mod check;
mod exit;
pub mod keyspace;
mod serve;
pub mod status;
pub mod storage;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use admin_client::TOKEN_VARIABLE;
pub use exit::Exit;
pub use serve::ServeArgs;

/// Where the admin API is when `--url` is left out.
pub const ADMIN_URL: &str = "http://127.0.0.1:8090";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "mainstay",
    version,
    about = "An in-memory data tier that any Redis client can use and that keeps what it acknowledged",
    after_help = "Exit codes: 0 done or yes, 1 no, 2 unknown, 64 usage, 65 bad input, 70 internal error.",
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node; without a file: embedded defaults, everything on loopback
    Serve(Box<ServeArgs>),
    /// Validate a file; print every keyspace's contract and every route's stack
    Check(CheckArgs),
    /// Show a running node: keyspaces, memory, log, clients
    Status(StatusArgs),
    /// Read a data directory of a stopped node; say what is wrong and what to do
    #[command(subcommand)]
    Storage(StorageCommand),
    /// Ask about keyspaces
    #[command(subcommand)]
    Keyspace(KeyspaceCommand),
    /// Print the version
    Version,
}

/// `mainstay check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// The configuration file
    pub file: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `mainstay status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// The node's admin API
    #[arg(long, default_value = ADMIN_URL)]
    pub url: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `mainstay storage`.
#[derive(Debug, Subcommand)]
pub enum StorageCommand {
    /// Verify every record and snapshot; change nothing
    Check(StorageArgs),
    /// Set damaged files aside and end the log before the damage; say what that gives up
    Repair(StorageArgs),
}

/// A data directory.
#[derive(Args, Debug)]
pub struct StorageArgs {
    /// The data directory; no node may be using it
    pub dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `mainstay keyspace`.
#[derive(Debug, Subcommand)]
pub enum KeyspaceCommand {
    /// Say where a key lives and why
    Explain(ExplainArgs),
}

/// `mainstay keyspace explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The key
    pub key: String,
    /// The node's admin API
    #[arg(long, default_value = ADMIN_URL)]
    pub url: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads the arguments, the program's name first. Help, the version and usage errors are printed.
///
/// # Errors
/// The exit code to end with: [`Exit::Done`] after help or version, [`Exit::Usage`] after an error.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Exit> {
    Cli::try_parse_from(arguments).map(|cli| cli.command).map_err(|error| {
        let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
        // Standard output that is closed is no reason to fail.
        let _ = error.print();
        exit
    })
}

#[cfg(test)]
mod tests;
