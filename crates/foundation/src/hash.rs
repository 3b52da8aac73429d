//! The seeded hash of keys.

use std::hash::{BuildHasher, Hasher};

/// Hashes byte strings with a seed that the caller draws, so that nobody outside can aim keys at one bucket. Equal seeds
/// give equal hashes within one build; hashes are never stored.
#[derive(Clone, Debug)]
pub struct KeyHasher {
    state: foldhash::fast::FixedState,
}

impl KeyHasher {
    /// A hasher for `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: foldhash::fast::FixedState::with_seed(seed) }
    }

    /// 64 bits for `key`.
    #[inline]
    #[must_use]
    pub fn hash(&self, key: &[u8]) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write(key);
        hasher.finish()
    }
}
