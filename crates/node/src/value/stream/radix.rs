//! The size of the index that Redis would have over the blocks.
//!
//! `XINFO STREAM` shows the nodes of a radix tree. There is none here, but its size follows from its keys, the sixteen
//! bytes of each block's master: one node where a key ends, one where keys part (a *fork*, which holds the first byte
//! of each of its edges), and one for the rest of an edge that is longer than that.

use super::id::StreamId;

/// Depth at which keys end.
const KEY_LEN: i32 = 16;
/// A fork above the root, so that every edge has one.
const ABOVE_ROOT: i32 = -1;

/// Nodes of a compressed radix tree over `keys`, which rise. O(keys).
pub(super) fn node_count(keys: impl Iterator<Item = StreamId>) -> usize {
    let mut tree = Growing { forks: vec![ABOVE_ROOT], nodes: 0 };
    let mut previous: Option<(StreamId, i32)> = None;
    for key in keys {
        let mut parted = ABOVE_ROOT;
        if let Some((other, other_parted)) = previous {
            parted = shared_len(other, key);
            tree.finish_key(other_parted, parted);
        }
        previous = Some((key, parted));
    }
    match previous {
        Some((_, parted)) => tree.finish_key(parted, ABOVE_ROOT),
        None => tree.nodes = 1,
    }
    tree.nodes
}

/// A tree of which everything left of the newest key is counted.
struct Growing {
    /// Depths of the forks above the newest key, rising.
    forks: Vec<i32>,
    nodes: usize,
}

impl Growing {
    /// Counts the newest key, which parts from its left neighbour at depth `left` and from its right one at `right`,
    /// and every fork that ends with it.
    fn finish_key(&mut self, left: i32, right: i32) {
        self.nodes += 1 + rest_of_edge(left.max(right), KEY_LEN);
        while let Some(fork) = self.forks.pop_if(|fork| *fork > right) {
            let above = self.forks.last().copied().unwrap_or(ABOVE_ROOT).max(right);
            self.nodes += rest_of_edge(above, fork);
        }
        if self.forks.last() != Some(&right) {
            self.forks.push(right);
            self.nodes += 1;
        }
    }
}

fn rest_of_edge(fork: i32, end: i32) -> usize {
    usize::from(end - fork > 1)
}

fn shared_len(a: StreamId, b: StreamId) -> i32 {
    let key = |id: StreamId| u128::from(id.ms) << 64 | u128::from(id.seq);
    (key(a) ^ key(b)).leading_zeros().cast_signed() / 8
}
