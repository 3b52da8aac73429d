//! Whatever a key holds that is not a string.

mod codec;
#[cfg(test)]
mod tests;

pub use codec::DecodeError;

use super::{Hash, List, Set, Stream, ZSet};

/// Allocations from which freeing is worth a thread of its own: about a millisecond of work.
const BIG_ALLOCATIONS: usize = 16 * 1024;

/// A collection of any type.
#[derive(Debug)]
pub enum Collection {
    /// A list.
    List(List),
    /// A hash.
    Hash(Hash),
    /// A set.
    Set(Set),
    /// A sorted set.
    ZSet(ZSet),
    /// A stream, boxed, as it is several times the size of the others.
    Stream(Box<Stream>),
}

/// Runs the same code over whichever collection is there.
macro_rules! each {
    ($collection:expr, $inner:ident => $body:expr) => {
        match $collection {
            Collection::List($inner) => $body,
            Collection::Hash($inner) => $body,
            Collection::Set($inner) => $body,
            Collection::ZSet($inner) => $body,
            Collection::Stream($inner) => $body,
        }
    };
}

impl Collection {
    /// `TYPE`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Hash(_) => "hash",
            Self::Set(_) => "set",
            Self::ZSet(_) => "zset",
            Self::Stream(_) => "stream",
        }
    }

    /// `OBJECT ENCODING`, in Redis 7.0's words.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        each!(self, inner => inner.encoding())
    }

    /// Elements held: items, fields or members.
    #[must_use]
    pub fn len(&self) -> usize {
        each!(self, inner => inner.len())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the key is to be deleted, because it holds nothing. A stream lives on without entries.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_empty() && !matches!(self, Self::Stream(_))
    }

    /// Heap bytes held, beside the value itself. O(1).
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        each!(self, inner => inner.heap_bytes())
    }

    /// Heap allocations held, about: what freeing costs. O(1).
    #[must_use]
    pub fn allocations(&self) -> usize {
        each!(self, inner => inner.allocations())
    }

    /// Whether dropping the collection takes so long that a background thread should do it.
    #[must_use]
    pub fn is_big(&self) -> bool {
        self.allocations() > BIG_ALLOCATIONS
    }

    /// Appends the collection's binary form to `out`. Equal histories with equal seeds give equal bytes. O(bytes).
    pub fn encode(&self, out: &mut Vec<u8>) {
        codec::encode(self, out);
    }

    /// Reads what [`encode`](Self::encode) wrote, all of `bytes`; tables are seeded with `seed`. The collection has the
    /// encoding that it had. Allocates no more than a small multiple of `bytes`, whatever they say. O(n log n).
    ///
    /// # Errors
    /// When `bytes` are not the form of a collection; nothing is repaired.
    pub fn decode(bytes: &[u8], seed: u64) -> Result<Self, DecodeError> {
        codec::decode(bytes, seed)
    }
}

impl From<List> for Collection {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Hash> for Collection {
    fn from(hash: Hash) -> Self {
        Self::Hash(hash)
    }
}

impl From<Set> for Collection {
    fn from(set: Set) -> Self {
        Self::Set(set)
    }
}

impl From<ZSet> for Collection {
    fn from(zset: ZSet) -> Self {
        Self::ZSet(zset)
    }
}

impl From<Stream> for Collection {
    fn from(stream: Stream) -> Self {
        Self::Stream(Box::new(stream))
    }
}
