//! When a small collection becomes a large one.

/// The largest packed form of a hash or a sorted set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Most entries (fields, members).
    pub entries: usize,
    /// Longest field, value or member in bytes.
    pub value_bytes: usize,
}

impl Default for Thresholds {
    /// 128 entries of up to 64 bytes, as Redis 7.0.
    fn default() -> Self {
        Self { entries: 128, value_bytes: 64 }
    }
}

impl Thresholds {
    /// Whether a collection of `entries` whose newest item has `value_bytes` may stay packed.
    #[inline]
    #[must_use]
    pub(crate) fn allow(&self, entries: usize, value_bytes: usize) -> bool {
        entries <= self.entries && value_bytes <= self.value_bytes
    }
}

/// The largest small forms of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetThresholds {
    /// Most members of a set of integers.
    pub integers: usize,
    /// The largest packed form of a set of strings.
    pub packed: Thresholds,
}

impl Default for SetThresholds {
    /// 512 integers as Redis 7.0, or 128 strings of up to 64 bytes.
    fn default() -> Self {
        Self { integers: 512, packed: Thresholds::default() }
    }
}
