//! The program's own messages: one flat JSON object a line, or text on a terminal.
//!
//! ```text
//! any thread: level ── repeats ── redact, encode ── queue (8,192 lines)      never waits for the sink
//! log thread:                                         └── write, flush ──▶ standard error
//! ```
//! A message is a constant text of its target; what varies goes into fields. So that a storm of the same message says how often it
//! came and not much more, at most [`REPEATS_PER_SECOND_MAX`] lines of one target and message are written in a second; the others become one line with
//! `"repeated":N`.

mod field;
mod fold;
mod line;
mod queue;
mod redact;
#[cfg(test)]
mod tests;

pub use field::{Field, Show, Value};
pub use fold::REPEATS_PER_SECOND_MAX;
pub use line::LINE_BYTES_MAX;
pub use queue::{QUEUE_BYTES_MAX, QUEUE_LINES_MAX};

use crate::config::{LogFormat, LogLevel};
use crate::serve::SystemClock;
use fold::{Fold, Folds, Repeats};
use line::Head;
use mainstay_foundation::{Instant, Timestamp};
use mainstay_node::engine::Clock;
use parking_lot::{Condvar, Mutex};
use queue::Queue;
use redact::Redactor;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// How long [`Logger::flush`] waits for the sink.
const FLUSH_PATIENCE: Duration = Duration::from_secs(2);
/// Bytes that are handed to the sink at once.
const BATCH_BYTES: usize = 64 << 10;

/// A field's name and value.
pub type Pair<'a> = (&'a str, &'a dyn Field);

/// How a logger is set up.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Least severe level that is written; may be changed later.
    pub level: LogLevel,
    /// `auto` is text if standard error is a terminal, else JSON.
    pub format: LogFormat,
    /// The node's name, on each line.
    pub node: String,
    /// Whether clients' keys and values are replaced by a hash. Secrets always are.
    pub redact: bool,
    /// Keys that hash: random for each process, so that nobody can look values up.
    pub redact_key: [u8; 16],
}

struct Shared {
    options: LogOptions,
    text: bool,
    level: AtomicU8,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
    folds: Mutex<Folds>,
    queue: Mutex<Queue>,
    /// Wakes the thread.
    wanted: Condvar,
    /// Wakes flushes.
    written: Condvar,
    /// Lines lost to a full queue or a failing sink.
    dropped: AtomicU64,
    stop: AtomicBool,
}

/// Stops the thread when the last logger goes.
struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Release);
        let _queue = self.0.queue.lock();
        self.0.wanted.notify_one();
    }
}

/// Writes log lines. Clones share queue, level and thread, and cost a reference count.
#[derive(Clone)]
pub struct Logger(Arc<Running>);

impl std::fmt::Debug for Logger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logger").field("level", &self.level()).field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

impl Logger {
    /// Starts the thread that writes to `sink`. It ends, after what is queued, when the last clone of the logger is dropped.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(options: LogOptions, clock: Arc<dyn Clock>, sink: Box<dyn Write + Send>) -> io::Result<Self> {
        let text = match options.format {
            LogFormat::Auto => io::stderr().is_terminal(),
            LogFormat::Text => true,
            LogFormat::Json => false,
        };
        let shared = Arc::new(Shared {
            text,
            level: AtomicU8::new(options.level as u8),
            redactor: Redactor::new(options.redact, options.redact_key),
            options,
            clock,
            folds: Mutex::default(),
            queue: Mutex::default(),
            wanted: Condvar::new(),
            written: Condvar::new(),
            dropped: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let thread = Arc::clone(&shared);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || thread.run(sink))?;
        Ok(Self(Arc::new(Running(shared))))
    }

    /// Starts one that writes to standard error as `[log]` says, with a random key for hashes.
    ///
    /// # Errors
    /// There is no randomness, or the thread cannot be started.
    pub fn to_stderr(config: &crate::config::Log, node: &str) -> io::Result<Self> {
        let mut redact_key = [0; 16];
        OpenOptions::new().read(true).open("/dev/urandom")?.read_exact(&mut redact_key)?;
        let options = LogOptions {
            level: config.level,
            format: config.format,
            node: node.to_owned(),
            redact: config.redact,
            redact_key,
        };
        Self::start(options, Arc::new(FreshClock(SystemClock::start())), Box::new(io::stderr()))
    }

    /// Whether lines of that level are written; to save the work of costly fields.
    #[inline]
    #[must_use]
    pub fn enabled(&self, level: LogLevel) -> bool {
        level as u8 <= self.0.0.level.load(Ordering::Relaxed)
    }

    /// Least severe level that is written.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        queue::LEVELS[usize::from(self.0.0.level.load(Ordering::Relaxed))]
    }

    /// Changes it, for all clones.
    pub fn set_level(&self, level: LogLevel) {
        self.0.0.level.store(level as u8, Ordering::Relaxed);
    }

    /// Lines that were lost because the queue was full or the sink failed.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.0.dropped.load(Ordering::Relaxed)
    }

    /// A failure that needs someone.
    pub fn error(&self, target: &'static str, msg: &str, fields: &[Pair<'_>]) {
        self.log(LogLevel::Error, target, msg, fields);
    }

    /// Trouble that was handled.
    pub fn warn(&self, target: &'static str, msg: &str, fields: &[Pair<'_>]) {
        self.log(LogLevel::Warn, target, msg, fields);
    }

    /// Start, stop, reload, snapshots.
    pub fn info(&self, target: &'static str, msg: &str, fields: &[Pair<'_>]) {
        self.log(LogLevel::Info, target, msg, fields);
    }

    /// Connections and decisions.
    pub fn debug(&self, target: &'static str, msg: &str, fields: &[Pair<'_>]) {
        self.log(LogLevel::Debug, target, msg, fields);
    }

    /// Everything.
    pub fn trace(&self, target: &'static str, msg: &str, fields: &[Pair<'_>]) {
        self.log(LogLevel::Trace, target, msg, fields);
    }

    /// Queues a line; never waits for the sink. Fields named `request_id`, `trace_id`, `span_id`, `keyspace` and `route` come first; a field with the
    /// name of a fixed one (`ts`, `level`, `msg`, `target`, `node`, `repeated`, `truncated`) is written as `f_<name>`.
    pub fn log(&self, level: LogLevel, target: &'static str, msg: &str, fields: &[Pair<'_>]) {
        if !self.enabled(level) {
            return;
        }
        let shared = &self.0.0;
        let fold = shared.folds.lock().count(shared.clock.instant(), level, target, msg);
        match fold {
            Fold::Write(None) => {}
            Fold::Write(Some(repeats)) => shared.tell_repeats(&repeats),
            Fold::Skip => return,
        }
        shared.write(level, target, msg, fields, None);
    }

    /// Waits, at most 2 s, until everything logged before is written.
    pub fn flush(&self) {
        let shared = &self.0.0;
        let repeats = shared.folds.lock().take_all();
        repeats.iter().for_each(|repeats| shared.tell_repeats(repeats));
        let mut queue = shared.queue.lock();
        let end = queue.next();
        shared.wanted.notify_one();
        shared.written.wait_while_for(&mut queue, |queue| queue.settled() < end, FLUSH_PATIENCE);
    }
}

/// A date that follows the system's at once.
struct FreshClock(SystemClock);

impl Clock for FreshClock {
    fn instant(&self) -> Instant {
        self.0.instant()
    }

    fn date(&self, at: Instant) -> Timestamp {
        self.0.adjust();
        self.0.date(at)
    }
}

impl Shared {
    fn write(&self, level: LogLevel, target: &str, msg: &str, fields: &[Pair<'_>], repeated: Option<u64>) {
        let ts = self.clock.now();
        let head = Head { ts, level, msg, target, node: &self.options.node, repeated };
        let line = if self.text {
            line::text(&head, fields, &self.redactor)
        } else {
            line::json(&head, fields, &self.redactor)
        };
        let dropped = self.queue.lock().push(level, line);
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        self.wanted.notify_one();
    }

    fn tell_repeats(&self, repeats: &Repeats) {
        self.write(repeats.level, repeats.target, &repeats.msg, &[], Some(repeats.count));
    }

    fn run(&self, mut sink: Box<dyn Write + Send>) {
        let mut batch = Vec::with_capacity(BATCH_BYTES);
        let mut told = 0;
        loop {
            let ended = self.stop.load(Ordering::Acquire);
            let lines = self.take(&mut batch, ended);
            let result = sink.write_all(&batch).and_then(|()| sink.flush());
            if result.is_err() {
                self.dropped.fetch_add(lines, Ordering::Relaxed);
            }
            let due = self.folds.lock().take_due(self.clock.instant());
            due.iter().for_each(|repeats| self.tell_repeats(repeats));
            // A sink that fails is not told about it: that would fail too, without end.
            if lines > 0 && result.is_ok() {
                told = self.tell_dropped(told);
            }
            self.queue.lock().settle();
            self.written.notify_all();
            if ended && lines == 0 {
                return;
            }
        }
    }

    /// Moves queued lines into `batch`, waiting for some unless `ended`. Returns how many; 0 also when it is time to look at repeats.
    fn take(&self, batch: &mut Vec<u8>, ended: bool) -> u64 {
        batch.clear();
        let open = !self.folds.lock().is_empty();
        let mut queue = self.queue.lock();
        if queue.is_empty() && !ended && !self.stop.load(Ordering::Acquire) {
            if open {
                self.wanted.wait_for(&mut queue, fold::WINDOW);
            } else {
                self.wanted.wait(&mut queue);
            }
        }
        let mut lines = 0;
        while batch.len() < BATCH_BYTES {
            let Some(line) = queue.pop() else { break };
            batch.extend_from_slice(&line);
            lines += 1;
        }
        lines
    }

    /// Says how many lines were lost, once there is room again.
    fn tell_dropped(&self, told: u64) -> u64 {
        let dropped = self.dropped.load(Ordering::Relaxed);
        if dropped > told && self.queue.lock().is_empty() {
            self.write(LogLevel::Warn, "log", "log lines were dropped", &[("lines", &(dropped - told))], None);
            return dropped;
        }
        told
    }
}
