//! The row that describes a command: what parsing, routing, ACL, `COMMAND`, metrics and the book are made from.

use super::category::Category;
use crate::command::Ctx;
use crate::engine::{Call, Flow};
use bitflags::bitflags;

bitflags! {
    /// How a command behaves.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Flags: u32 {
        /// May change data.
        const WRITE = 1 << 0;
        /// Only reads data.
        const READONLY = 1 << 1;
        /// Refused when its keyspace is over its memory limit.
        const DENYOOM = 1 << 2;
        /// For operators.
        const ADMIN = 1 << 3;
        /// About channels.
        const PUBSUB = 1 << 4;
        /// Not allowed in scripts.
        const NOSCRIPT = 1 << 5;
        /// May wait for data.
        const BLOCKING = 1 << 6;
        /// Allowed while the log replays.
        const LOADING = 1 << 7;
        /// Allowed on a stale replica (this program has none; told for clients).
        const STALE = 1 << 8;
        /// Left out of the slow log.
        const SKIP_SLOWLOG = 1 << 9;
        /// Not shown to `MONITOR` (told for clients).
        const SKIP_MONITOR = 1 << 10;
        /// O(1) or O(log n).
        const FAST = 1 << 11;
        /// Allowed before authentication.
        const NO_AUTH = 1 << 12;
        /// Its keys cannot be told from positions alone.
        const MOVABLEKEYS = 1 << 13;
        /// Not allowed between `MULTI` and `EXEC`.
        const NO_MULTI = 1 << 14;
        /// Allowed while a script is over its time.
        const ALLOW_BUSY = 1 << 15;
        /// Works on the whole data set: takes every shard.
        const ALL_SHARDS = 1 << 16;
        /// Its keys may be missing (`EVAL` with zero keys).
        const NO_MANDATORY_KEYS = 1 << 17;
    }
}

impl Flags {
    /// The names that `COMMAND INFO` shows, in its order.
    pub const NAMES: [(Self, &'static str); 17] = [
        (Self::WRITE, "write"),
        (Self::READONLY, "readonly"),
        (Self::DENYOOM, "denyoom"),
        (Self::ADMIN, "admin"),
        (Self::PUBSUB, "pubsub"),
        (Self::NOSCRIPT, "noscript"),
        (Self::BLOCKING, "blocking"),
        (Self::LOADING, "loading"),
        (Self::STALE, "stale"),
        (Self::SKIP_MONITOR, "skip_monitor"),
        (Self::SKIP_SLOWLOG, "skip_slowlog"),
        (Self::FAST, "fast"),
        (Self::NO_AUTH, "no_auth"),
        (Self::NO_MANDATORY_KEYS, "no_mandatory_keys"),
        (Self::NO_MULTI, "no_multi"),
        (Self::MOVABLEKEYS, "movablekeys"),
        (Self::ALLOW_BUSY, "allow_busy"),
    ];
}

/// The documentation group, which is also the metrics label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the groups")]
pub enum Group {
    String,
    Bitmap,
    Generic,
    Hash,
    List,
    Set,
    SortedSet,
    Stream,
    PubSub,
    Transactions,
    Scripting,
    Connection,
    Server,
    Cluster,
    Keyspace,
}

impl Group {
    /// Every group, in the order of the metrics' labels.
    pub const ALL: [Self; 15] = [
        Self::String,
        Self::Bitmap,
        Self::Generic,
        Self::Hash,
        Self::List,
        Self::Set,
        Self::SortedSet,
        Self::Stream,
        Self::PubSub,
        Self::Transactions,
        Self::Scripting,
        Self::Connection,
        Self::Server,
        Self::Cluster,
        Self::Keyspace,
    ];

    /// The name in `COMMAND DOCS` and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Bitmap => "bitmap",
            Self::Generic => "generic",
            Self::Hash => "hash",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "sorted-set",
            Self::Stream => "stream",
            Self::PubSub => "pubsub",
            Self::Transactions => "transactions",
            Self::Scripting => "scripting",
            Self::Connection => "connection",
            Self::Server => "server",
            Self::Cluster => "cluster",
            Self::Keyspace => "keyspace",
        }
    }

    const fn category(self) -> Category {
        match self {
            Self::String => Category::STRING,
            Self::Bitmap => Category::BITMAP,
            Self::Generic => Category::KEYSPACE,
            Self::Hash => Category::HASH,
            Self::List => Category::LIST,
            Self::Set => Category::SET,
            Self::SortedSet => Category::SORTEDSET,
            Self::Stream => Category::STREAM,
            Self::Transactions => Category::TRANSACTION,
            Self::Scripting => Category::SCRIPTING,
            Self::Connection => Category::CONNECTION,
            // `@pubsub` follows from the flag: help about channels needs no right to them.
            Self::PubSub | Self::Server | Self::Cluster | Self::Keyspace => Category::empty(),
        }
    }
}

/// What a command does with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Access {
    Read,
    Write,
    ReadWrite,
    /// Writes; reads too if this word is among the options, which stand behind the value.
    ReadIf(&'static str),
}

impl Access {
    /// Whether the key's value may be returned or used.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadWrite | Self::ReadIf(_))
    }

    /// Whether the key may be changed.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite | Self::ReadIf(_))
    }

    /// What a command with these arguments does.
    fn with(self, args: &[&[u8]]) -> Self {
        let Self::ReadIf(word) = self else { return self };
        match args.iter().skip(3).any(|option| option.eq_ignore_ascii_case(word.as_bytes())) {
            true => Self::ReadWrite,
            false => Self::Write,
        }
    }
}

/// Where the keys of a command stand, counted from the name at 0; the model of Redis 7's key specifications. `access` is what is done with
/// the keys.
#[allow(missing_docs, reason = "the fields are told by their variant")]
#[derive(Clone, Copy, Debug)]
pub enum KeySpec {
    /// From `first` to `last` (negative: from the end, -1 is the last argument) in steps of `step`.
    Range { first: usize, last: i32, step: usize, access: Access },
    /// A count of keys stands at `count`; the keys follow from `first`.
    Counted { count: usize, first: usize, access: Access },
    /// After the word `keyword` the first half of the rest are keys (`XREAD STREAMS a b 0 0`). Before it may stand `options`, each
    /// with as many arguments, which are passed over, so that a group may have the keyword's name.
    Halves {
        /// The word.
        keyword: &'static str,
        /// Where `COMMAND` tells clients to begin looking for it.
        from: usize,
        /// Options before it and how many arguments each has.
        options: &'static [(&'static str, usize)],
        /// What is done with the keys.
        access: Access,
    },
    /// The key behind the word `keyword`, anywhere after the first key (`SORT a STORE b`).
    Keyword { keyword: &'static str, access: Access },
    /// Keys whose names derive from data, by a pattern behind one of the words (`SORT a BY weight_*`): any key may be meant.
    Derived { keywords: &'static [&'static str], access: Access },
}

impl KeySpec {
    /// One key at position 1.
    #[must_use]
    pub const fn one(access: Access) -> Self {
        Self::Range { first: 1, last: 1, step: 1, access }
    }

    /// Calls `visit` with the position of each key; positions beyond the arguments are left out.
    pub fn for_each(&self, args: &[&[u8]], visit: &mut dyn FnMut(usize, Access)) {
        match *self {
            Self::Range { first, last, step, access } => {
                let last = if last < 0 { args.len() as i64 + i64::from(last) } else { i64::from(last) };
                let (last, access) = (last.min(args.len() as i64 - 1), access.with(args));
                let mut at = first;
                while (at as i64) <= last {
                    visit(at, access);
                    at += step;
                }
            }
            Self::Counted { count, first, access } => {
                let keys = args.get(count).and_then(|text| crate::text::integer::parse_i64(text)).unwrap_or(0);
                let keys = usize::try_from(keys).unwrap_or(0).min(args.len().saturating_sub(first));
                (first..first + keys).for_each(|at| visit(at, access));
            }
            Self::Halves { keyword, options, access, .. } => {
                let mut at = 1;
                while let Some(word) = args.get(at) {
                    if word.eq_ignore_ascii_case(keyword.as_bytes()) {
                        let keys = (args.len() - at - 1) / 2;
                        return (at + 1..at + 1 + keys).for_each(|at| visit(at, access));
                    }
                    let Some((_, count)) = options.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))
                    else {
                        return;
                    };
                    at += 1 + count;
                }
            }
            Self::Keyword { keyword, access } => {
                // The last one counts, as when `SORT` is given two.
                let found = (2..args.len().saturating_sub(1))
                    .rev()
                    .find(|&at| args[at].eq_ignore_ascii_case(keyword.as_bytes()));
                if let Some(at) = found {
                    visit(at + 1, access);
                }
            }
            Self::Derived { .. } => {}
        }
    }

    /// The position of a pattern from which names of keys derive.
    fn pattern(&self, args: &[&[u8]]) -> Option<usize> {
        let Self::Derived { keywords, .. } = *self else { return None };
        let is_keyword = |word: &[u8]| keywords.iter().any(|keyword| word.eq_ignore_ascii_case(keyword.as_bytes()));
        (3..args.len()).find(|&at| args[at].contains(&b'*') && is_keyword(args[at - 1]))
    }
}

/// What runs the command.
#[derive(Clone, Copy)]
pub enum Run {
    /// A pure function over keys: may run alone, in a transaction and in a script.
    Data(fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>),
    /// Needs the connection or the whole engine.
    Session(fn(&mut Call<'_>, &[&[u8]]) -> Result<Flow, Failure>),
    /// Only a container of subcommands.
    Container,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Data(_) => "Data",
            Self::Session(_) => "Session",
            Self::Container => "Container",
        })
    }
}

/// An error reply: the whole line without the leading minus, such as `ERR syntax error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A fixed text.
    Fixed(&'static str),
    /// A text made for the occasion.
    Made(Vec<u8>),
}

impl Failure {
    /// `ERR syntax error`.
    pub const SYNTAX: Self = Self::Fixed("ERR syntax error");
    /// The key holds another type.
    pub const WRONG_TYPE: Self = Self::Fixed("WRONGTYPE Operation against a key holding the wrong kind of value");
    /// An argument is no 64-bit integer.
    pub const NOT_AN_INTEGER: Self = Self::Fixed("ERR value is not an integer or out of range");
    /// An argument is no double.
    pub const NOT_A_FLOAT: Self = Self::Fixed("ERR value is not a valid float");

    /// A text made for the occasion.
    #[must_use]
    pub fn made(text: impl Into<Vec<u8>>) -> Self {
        Self::Made(text.into())
    }

    /// The line without the leading minus.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        match self {
            Self::Fixed(text) => text.as_bytes(),
            Self::Made(text) => text,
        }
    }
}

/// One row of the command table.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// In lower case; a subcommand's own word only.
    pub name: &'static str,
    /// Arguments with the name: exactly n, or at least -n if negative.
    pub arity: i16,
    /// Documentation group.
    pub group: Group,
    /// What runs it.
    pub run: Run,
    /// How it behaves.
    pub flags: Flags,
    /// Where its keys stand.
    pub keys: &'static [KeySpec],
    /// Categories beyond those that flags and group imply.
    pub more_categories: Category,
    /// Whether the group's category is left out.
    pub without_group_category: bool,
    /// Subcommands.
    pub subcommands: &'static [Self],
    /// The Redis version that introduced it (`mainstay` for our own).
    pub since: &'static str,
    /// Cost.
    pub complexity: &'static str,
    /// One sentence.
    pub summary: &'static str,
}

impl Command {
    /// A row without flags, keys and docs; the methods below add them.
    #[must_use]
    pub const fn new(name: &'static str, arity: i16, group: Group, run: Run) -> Self {
        Self {
            name,
            arity,
            group,
            run,
            flags: Flags::empty(),
            keys: &[],
            more_categories: Category::empty(),
            without_group_category: false,
            subcommands: &[],
            since: "",
            complexity: "",
            summary: "",
        }
    }

    /// Sets the flags.
    #[must_use]
    pub const fn flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    /// Sets where the keys stand.
    #[must_use]
    pub const fn keys(mut self, keys: &'static [KeySpec]) -> Self {
        self.keys = keys;
        self
    }

    /// Adds categories.
    #[must_use]
    pub const fn categories(mut self, categories: Category) -> Self {
        self.more_categories = categories;
        self
    }

    /// Sets the categories that stand in place of the group's.
    #[must_use]
    pub const fn only_categories(mut self, categories: Category) -> Self {
        self.more_categories = categories;
        self.without_group_category = true;
        self
    }

    /// Sets the subcommands.
    #[must_use]
    pub const fn subcommands(mut self, subcommands: &'static [Self]) -> Self {
        self.subcommands = subcommands;
        self
    }

    /// Sets version, cost and summary.
    #[must_use]
    pub const fn doc(mut self, since: &'static str, complexity: &'static str, summary: &'static str) -> Self {
        self.since = since;
        self.complexity = complexity;
        self.summary = summary;
        self
    }

    /// All ACL categories: the group's (which a mere container has not, as in Redis), the flags' and the additional ones.
    #[must_use]
    pub const fn all_categories(&self) -> Category {
        let group = match self.run {
            Run::Container => Category::empty(),
            _ if self.without_group_category => Category::empty(),
            _ => self.group.category(),
        };
        let mut all = group.union(self.more_categories);
        if self.flags.contains(Flags::WRITE) {
            all = all.union(Category::WRITE);
        }
        // As in Redis, scripts are no reads: `+@read` must not grant them.
        if self.flags.contains(Flags::READONLY) && !matches!(self.group, Group::Scripting) {
            all = all.union(Category::READ);
        }
        if self.flags.contains(Flags::ADMIN) {
            all = all.union(Category::ADMIN).union(Category::DANGEROUS);
        }
        if self.flags.contains(Flags::PUBSUB) {
            all = all.union(Category::PUBSUB);
        }
        if self.flags.contains(Flags::BLOCKING) {
            all = all.union(Category::BLOCKING);
        }
        all.union(if self.flags.contains(Flags::FAST) { Category::FAST } else { Category::SLOW })
    }

    /// Whether `count` arguments (the name included) fit.
    #[must_use]
    pub const fn accepts(&self, count: usize) -> bool {
        if self.arity >= 0 { count == self.arity as usize } else { count >= self.arity.unsigned_abs() as usize }
    }

    /// Calls `visit` with the position of each key.
    pub fn for_each_key(&self, args: &[&[u8]], visit: &mut dyn FnMut(usize, Access)) {
        for spec in self.keys {
            spec.for_each(args, visit);
        }
    }

    /// The position of a pattern by which the command may reach any key; `None` if it names all of its keys.
    #[must_use]
    pub fn derives_keys(&self, args: &[&[u8]]) -> Option<usize> {
        self.keys.iter().find_map(|spec| spec.pattern(args))
    }
}
