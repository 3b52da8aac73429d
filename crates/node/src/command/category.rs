//! ACL categories and behaviour flags of commands.

use bitflags::bitflags;

bitflags! {
    /// The categories that `ACL SETUSER +@name` speaks of, as in Redis 7.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Category: u32 {
        /// `@keyspace`: keys of any type.
        const KEYSPACE = 1 << 0;
        /// `@read`: reads data.
        const READ = 1 << 1;
        /// `@write`: may change data.
        const WRITE = 1 << 2;
        /// `@set`.
        const SET = 1 << 3;
        /// `@sortedset`.
        const SORTEDSET = 1 << 4;
        /// `@list`.
        const LIST = 1 << 5;
        /// `@hash`.
        const HASH = 1 << 6;
        /// `@string`.
        const STRING = 1 << 7;
        /// `@bitmap`.
        const BITMAP = 1 << 8;
        /// `@hyperloglog`.
        const HYPERLOGLOG = 1 << 9;
        /// `@geo`.
        const GEO = 1 << 10;
        /// `@stream`.
        const STREAM = 1 << 11;
        /// `@pubsub`.
        const PUBSUB = 1 << 12;
        /// `@admin`.
        const ADMIN = 1 << 13;
        /// `@fast`.
        const FAST = 1 << 14;
        /// `@slow`.
        const SLOW = 1 << 15;
        /// `@blocking`.
        const BLOCKING = 1 << 16;
        /// `@dangerous`.
        const DANGEROUS = 1 << 17;
        /// `@connection`.
        const CONNECTION = 1 << 18;
        /// `@transaction`.
        const TRANSACTION = 1 << 19;
        /// `@scripting`.
        const SCRIPTING = 1 << 20;
    }
}

impl Category {
    /// Every category with its name, in the order in which `ACL CAT` lists them.
    pub const NAMES: [(&'static str, Self); 21] = [
        ("keyspace", Self::KEYSPACE),
        ("read", Self::READ),
        ("write", Self::WRITE),
        ("set", Self::SET),
        ("sortedset", Self::SORTEDSET),
        ("list", Self::LIST),
        ("hash", Self::HASH),
        ("string", Self::STRING),
        ("bitmap", Self::BITMAP),
        ("hyperloglog", Self::HYPERLOGLOG),
        ("geo", Self::GEO),
        ("stream", Self::STREAM),
        ("pubsub", Self::PUBSUB),
        ("admin", Self::ADMIN),
        ("fast", Self::FAST),
        ("slow", Self::SLOW),
        ("blocking", Self::BLOCKING),
        ("dangerous", Self::DANGEROUS),
        ("connection", Self::CONNECTION),
        ("transaction", Self::TRANSACTION),
        ("scripting", Self::SCRIPTING),
    ];
}
