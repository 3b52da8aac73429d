//! Closed sets of words that a file may use for a setting.

/// Declares an enum whose variants are written as fixed words in the file: `WORDS` lists them in declared order, `from_word`
/// reads one, `as_str` and `Display` write it.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// Every word, in the order of the reference.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The variant written as `word`, in the exact spelling.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// The word of the file.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// How many copies of a keyspace there are and how they agree.
    pub enum Replication {
        /// One copy per slice, with a write-ahead log and snapshots.
        Local = "local",
        /// Raft groups: every acknowledged write is on a majority.
        Raft = "raft",
        /// Leaderless: N copies, W acknowledge a write, R answer a read.
        Quorum = "quorum",
    }
}

words! {
    /// What an acknowledged write survives.
    pub enum Durability {
        /// A power loss: the reply follows the sync.
        Always = "always",
        /// A process crash always; a power loss but for the last second.
        Everysec = "everysec",
        /// Nothing: no log is written.
        Never = "never",
    }
}

words! {
    /// What a keyspace does when its memory is full.
    pub enum Eviction {
        /// Refuse writes; drop nothing.
        None = "none",
        /// Oldest first.
        Fifo = "fifo",
        /// Second chance.
        Clock = "clock",
        /// SIEVE.
        Sieve = "sieve",
        /// Least recently used.
        Lru = "lru",
        /// Least frequently used.
        Lfu = "lfu",
        /// Segmented LRU.
        Slru = "slru",
        /// Adaptive replacement cache.
        Arc = "arc",
        /// 2Q.
        TwoQ = "2q",
        /// S3-FIFO.
        S3Fifo = "s3-fifo",
        /// LIRS.
        Lirs = "lirs",
        /// Window TinyLFU.
        WTinyLfu = "w-tinylfu",
        /// Nearest to expiry first.
        Ttl = "ttl",
        /// Chosen by shadow caches.
        Auto = "auto",
    }
}

words! {
    /// How a keyspace's keys are cut into slices.
    pub enum Partition {
        /// 16,384 hash slots, as cluster-aware clients know them.
        Slots = "slots",
        /// Tablets by hash.
        Hash = "hash",
        /// Ranges in byte order.
        Range = "range",
        /// A consistent-hash ring.
        Ring = "ring",
        /// A directory kept by the meta group.
        Directory = "directory",
    }
}

words! {
    /// What the values of a quorum keyspace are.
    pub enum Values {
        /// Mergeable values; concurrent writes are joined.
        Crdt = "crdt",
        /// One atomic register per key.
        Register = "register",
        /// Compare-and-set per key by Paxos.
        Cas = "cas",
    }
}

words! {
    /// What a read may see, weakest first.
    pub enum Level {
        /// Some value that was written; all replicas agree in the end.
        Eventual = "eventual",
        /// Never older than what this session has read.
        Monotonic = "monotonic",
        /// Includes this session's own writes.
        ReadYourWrites = "read-your-writes",
        /// Respects cause and effect over sessions.
        Causal = "causal",
        /// One order of all operations, per group.
        Sequential = "sequential",
        /// As if there were one copy, in real time.
        Linearizable = "linearizable",
    }
}

words! {
    /// How a cache treats the origin behind it.
    pub enum Strategy {
        /// The client fills the cache.
        CacheAside = "cache-aside",
        /// A miss is loaded from the origin.
        ReadThrough = "read-through",
        /// A write reaches the origin before its reply.
        WriteThrough = "write-through",
        /// A write is logged and reaches the origin later.
        WriteBehind = "write-behind",
    }
}

words! {
    /// Least severe messages that are logged.
    pub enum LogLevel {
        /// Failures that need someone.
        Error = "error",
        /// Trouble that was handled.
        Warn = "warn",
        /// Start, stop, reload, snapshots.
        Info = "info",
        /// Connections and decisions.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

words! {
    /// How log lines are written.
    pub enum LogFormat {
        /// Text on a terminal, else JSON.
        Auto = "auto",
        /// One line of text.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

words! {
    /// Whether TLS clients must present a certificate of `tls.ca`.
    pub enum ClientAuth {
        /// Not asked for.
        None = "none",
        /// Checked when presented.
        Optional = "optional",
        /// A connection without one is refused.
        Required = "required",
    }
}
