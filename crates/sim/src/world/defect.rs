//! The bug bank: defects in the order of storage steps that a world can be given, to show that it would find them.
//!
//! They exist only in tests and with the feature `bugbank`; else the question for one is constant and the compiler removes what asks.

macro_rules! defects {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// One defect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Defect {
            $(#[doc = $doc] $variant,)*
        }

        impl Defect {
            /// Every defect.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

defects! {
    AckBeforeSync "ack-before-sync" "A reply leaves when its record is written, not when it is synced.",
    ReadsDoNotWait "reads-do-not-wait" "A reply waits for what its command wrote, but not for what it read.",
    AppendAfterRelease "append-after-release" "A record is appended after its shard was let go: another one may come first.",
    TimeRecordDropped "time-record-dropped" "Expired keys are removed without telling the log the time.",
    TimeFloorIgnored "time-floor-ignored" "A start does not move the shards to the newest time that the log knows.",
    SnapshotWithoutPreimage "snapshot-without-preimage" "A snapshot holds what its shards hold when they are reached, not what they held at its position.",
    RenameBeforeSync "rename-before-sync" "A snapshot gets its name before its bytes are durable.",
    ReleaseToNewest "release-to-newest" "The log is released up to the newest snapshot instead of the older one.",
    MarkAheadOfSync "mark-ahead-of-sync" "The mark names what a sync will make durable before the sync is done.",
    TornTailAlways "torn-tail-always" "Every bad frame is taken for a torn tail.",
    SyncErrorIgnored "sync-error-ignored" "A sync that failed is tried again, and the second one believed.",
    SegmentNameUnsynced "segment-name-unsynced" "A new segment's directory entry is not made durable.",
    NeverKept "never-kept" "Keys that are not logged come back from the snapshot of an older orderly stop.",
    TransactionSplit "transaction-split" "A unit of execution is logged as one record for each of its commands.",
}

impl Defect {
    /// The defect of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|defect| defect.name() == name)
    }
}

/// The defect that a world has, if any.
pub(crate) type Given = Option<Defect>;

/// Whether `given` is `defect`; never without the feature.
pub(crate) const fn is(given: Given, defect: Defect) -> bool {
    cfg!(any(test, feature = "bugbank")) && matches!(given, Some(given) if given as u8 == defect as u8)
}
