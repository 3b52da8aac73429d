//! What a configuration file may say, as data: one [`Key`] per setting.
//!
//! The reader validates by these rows, the environment and the command line are mapped by them, a reload is judged by them and
//! the reference in the book is printed from them, so the four cannot disagree. A row's default is written as a user would
//! write it in an environment variable and goes through the same parser.

use std::time::Duration;

/// One setting of a section.
#[derive(Debug)]
pub(crate) struct Key {
    /// As written in the file.
    pub(crate) name: &'static str,
    /// What it accepts.
    pub(crate) kind: Kind,
    /// What holds when it is absent.
    pub(crate) preset: Preset,
    /// Whether a running node takes a new value.
    pub(crate) reload: Reload,
    /// Whether this version of the program acts on it.
    pub(crate) served: Served,
    /// One or two sentences for the reference.
    pub(crate) doc: &'static str,
}

/// What holds when a key is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    /// The setting is off, or follows from others as its documentation says.
    Absent,
    /// Leaving it out is an error.
    Required,
    /// This value.
    Value(&'static str),
}

/// Whether a running node takes a new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reload {
    /// On SIGHUP.
    Live,
    /// Only at start.
    Restart,
}

/// Whether this version of the program acts on a setting. What is not served is still validated in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// Every allowed value.
    Yes,
    /// These of a choice's words.
    Words(&'static [&'static str]),
    /// Not at all.
    No,
}

/// What a setting accepts. All bounds are inclusive.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Integer { min: i64, max: i64 },
    /// A number.
    Ratio { min: f64, max: f64 },
    /// Text of 1 to this many bytes.
    Text { bytes_max: usize },
    /// A name: a letter or digit, then letters, digits, `_`, `-` and `.`; at most 63 bytes.
    Name,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A duration such as `1h30m`.
    Span { min: Duration, max: Duration },
    /// A number of bytes such as `64KiB`.
    Size { min: u64, max: u64 },
    /// Events per time such as `100/s`.
    Rate,
    /// An IP address and port, or `off`.
    Address,
    /// Another machine: a host and port.
    Peer,
    /// A file or directory.
    Path,
    /// `env:NAME` or `file:PATH`.
    Secret,
    /// A URL without credentials in it, or `env:NAME`, or `file:PATH`.
    Url,
    /// An array of at most this many.
    List { of: &'static Kind, max: usize },
    /// The first alternative that the value's type fits.
    Either(&'static [Kind]),
    /// A table with these keys.
    Table(&'static [Key]),
    /// Tables with names of the user's choice: `[noun.NAME]`.
    Named(&'static [Key]),
    /// An array of tables: `[[noun]]`.
    Tables(&'static [Key]),
    /// Texts, numbers, arrays and tables with keys of the user's choice.
    Open,
}

impl Key {
    /// A setting that is served and reloadable, absent by default.
    pub(crate) const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, preset: Preset::Absent, reload: Reload::Live, served: Served::Yes, doc }
    }

    /// With a default, written as in an environment variable.
    pub(crate) const fn preset(mut self, value: &'static str) -> Self {
        self.preset = Preset::Value(value);
        self
    }

    /// It must be given.
    pub(crate) const fn required(mut self) -> Self {
        self.preset = Preset::Required;
        self
    }

    /// It takes effect at start only.
    pub(crate) const fn restart(mut self) -> Self {
        self.reload = Reload::Restart;
        self
    }

    /// It is validated, and this version does not act on it.
    pub(crate) const fn unserved(mut self) -> Self {
        self.served = Served::No;
        self
    }

    /// Of its words, this version acts on these only.
    pub(crate) const fn serves(mut self, words: &'static [&'static str]) -> Self {
        self.served = Served::Words(words);
        self
    }
}

/// Any whole number from `min` to `max`.
pub(crate) const fn integer(min: i64, max: i64) -> Kind {
    Kind::Integer { min, max }
}

/// A duration in whole milliseconds from `min_ms` to `max_ms`.
pub(crate) const fn span_ms(min_ms: u64, max_ms: u64) -> Kind {
    Kind::Span { min: Duration::from_millis(min_ms), max: Duration::from_millis(max_ms) }
}

/// A size in bytes.
pub(crate) const fn size(min: u64, max: u64) -> Kind {
    Kind::Size { min, max }
}

/// A year in milliseconds: the longest duration that most settings take.
pub(crate) const YEAR_MS: u64 = 366 * 86_400_000;
/// An hour in milliseconds.
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// Bytes in a KiB.
pub(crate) const KIB: u64 = 1 << 10;
/// Bytes in a MiB.
pub(crate) const MIB: u64 = 1 << 20;
/// Bytes in a GiB.
pub(crate) const GIB: u64 = 1 << 30;
/// Bytes in a TiB.
pub(crate) const TIB: u64 = 1 << 40;
/// Text of a sensible length.
pub(crate) const TEXT: Kind = Kind::Text { bytes_max: 4_096 };
