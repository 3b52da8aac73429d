//! Exit codes.

use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or yes.
    Done = 0,
    /// No: refused, violated, damaged.
    No = 1,
    /// Unknown: no data, undecided, timed out.
    Unknown = 2,
    /// The command line was wrong.
    Usage = 64,
    /// A file or other input was wrong.
    BadInput = 65,
    /// A bug, or a machine that fails.
    Internal = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
