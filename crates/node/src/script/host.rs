//! What a script needs of the program around it.

/// Severity of a `redis.log` message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `redis.LOG_DEBUG`.
    Debug,
    /// `redis.LOG_VERBOSE`.
    Verbose,
    /// `redis.LOG_NOTICE`.
    Notice,
    /// `redis.LOG_WARNING`.
    Warning,
}

/// The data tier as a script sees it.
pub trait Host {
    /// Runs one command and appends exactly one RESP value to `reply`: RESP3 types where `resp3`, RESP2 otherwise.
    ///
    /// A refusal is an error line (`-ERR …\r\n`). `redis.call` raises it in the script, `redis.pcall` returns it.
    /// `args` is never empty; the first is the command's name as the script wrote it.
    fn call(&mut self, args: &[&[u8]], resp3: bool, reply: &mut Vec<u8>);

    /// Takes one line of `redis.log`.
    fn log(&mut self, level: LogLevel, message: &[u8]);

    /// Whether the script's user may run this command; `None` for a command that does not exist or has a wrong arity.
    fn acl_check(&mut self, args: &[&[u8]]) -> Option<bool>;
}

/// Whether a running script may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on until the next tick.
    Continue,
    /// End the script now with an error.
    Kill,
}

/// Asked once per [`INSTRUCTIONS_PER_TICK`](super::INSTRUCTIONS_PER_TICK) instructions of the virtual machine, and once per 64
/// commands.
pub trait Watch {
    /// Decides; called on the thread that runs the script, so it must be quick and must not block.
    fn tick(&self) -> Verdict;
}
