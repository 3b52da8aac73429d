//! An order-statistic B+ tree: entries in order, with their number under every child.
//!
//! ```text
//! inner   | first, count, node | first, count, node | …      up to 64 children
//! leaf    | entry | entry | entry | …                        up to 64 entries
//! ```
//! Counts turn an entry into its rank and a rank into its entry on the way down, so every kind of range becomes a range of
//! ranks. A skip list does the same with a pointer chase and a cache miss per level and entry, and 40 bytes or more each; here an
//! insertion touches one inner node per level and moves at most a kilobyte in one leaf, and a scan reads memory in order.
//!
//! The tree knows nothing of the order: callers pass predicates that are true for a prefix of the entries. A child's
//! `first` is always a copy of its first entry, never a stale separator, so entries may be handles of things that are freed
//! once they are removed here.
//!
//! Nodes are split in halves, except that appending behind the very last entry starts a fresh node: ascending scores leave
//! full leaves. Removal joins neighbours of which one is less than a quarter full if three quarters hold both.
//!
//! Costs: insert, remove, rank, find O(log n); a range of k O(log n + k). Memory: 16-byte entries at about 70 % fill (23 bytes
//! each), 1.5 more for the inner nodes.

use std::ops::Range;

const LEAF_ENTRIES: usize = 64;
const INNER_CHILDREN: usize = 64;

/// Entries in the callers' order.
pub(super) struct Tree<E> {
    root: Node<E>,
    len: usize,
    /// TREE-1: how many nodes of each kind there are; the root counts.
    census: Census,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Census {
    leaves: usize,
    inners: usize,
}

enum Node<E> {
    Leaf(Vec<E>),
    Inner(Vec<Child<E>>),
}

/// TREE-2: `first` and `count` are those of the node, which is not empty.
struct Child<E> {
    first: E,
    count: usize,
    node: Node<E>,
}

impl<E: Copy> Tree<E> {
    pub(super) fn new() -> Self {
        Self { root: Node::Leaf(new_leaf()), len: 0, census: Census { leaves: 1, inners: 0 } }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Heap bytes: every node is allocated whole.
    #[inline]
    pub(super) fn heap_bytes(&self) -> usize {
        self.census.leaves * LEAF_ENTRIES * size_of::<E>() + self.census.inners * INNER_CHILDREN * size_of::<Child<E>>()
    }

    /// Adds `entry` behind those that are `before` it.
    pub(super) fn insert(&mut self, entry: E, before: impl Fn(&E) -> bool) {
        self.len += 1;
        let Some(right) = self.root.insert(entry, &before, true, &mut self.census) else { return };
        let left = std::mem::replace(&mut self.root, Node::Leaf(Vec::new()));
        let mut children = new_inner();
        children.push(Child::new(left));
        children.push(right);
        self.root = Node::Inner(children);
        self.census.inners += 1;
    }

    /// Removes the last entry of those that are `upto` it. There must be one.
    pub(super) fn remove(&mut self, upto: impl Fn(&E) -> bool) -> E {
        let removed = self.root.remove(&upto, &mut self.census);
        self.len -= 1;
        self.lower_root();
        removed
    }

    /// Removes the entries at the ranks of `range`, which must lie within the tree, and gives each to `removed`.
    pub(super) fn remove_range(&mut self, range: Range<usize>, removed: &mut dyn FnMut(E)) {
        if range.is_empty() {
            return;
        }
        self.len -= range.len();
        self.root.remove_range(range, &mut self.census, removed);
        self.lower_root();
    }

    /// How many entries are `before`: the rank of the first that is not.
    pub(super) fn partition_point(&self, before: impl Fn(&E) -> bool) -> usize {
        let (mut node, mut rank) = (&self.root, 0);
        loop {
            match node {
                Node::Leaf(entries) => return rank + prefix_len(entries, &before),
                Node::Inner(children) => {
                    let Some(index) = prefix_len(children, |child| before(&child.first)).checked_sub(1) else {
                        return rank;
                    };
                    rank += children[..index].iter().map(|child| child.count).sum::<usize>();
                    node = &children[index].node;
                }
            }
        }
    }

    /// The entries at the ranks of `range`, which must lie within the tree.
    pub(super) fn range(&self, range: Range<usize>) -> Entries<'_, E> {
        Entries { tree: self, ranks: range, front: &[], back: &[] }
    }

    /// The leaf that holds the entry at `rank`, and its index there.
    fn leaf_at(&self, mut rank: usize) -> (&[E], usize) {
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(entries) => return (entries, rank),
                Node::Inner(children) => {
                    let index = child_at(children, &mut rank);
                    node = &children[index].node;
                }
            }
        }
    }

    /// Takes away levels that have a single child.
    fn lower_root(&mut self) {
        while let Node::Inner(children) = &mut self.root
            && children.len() <= 1
        {
            self.census.inners -= 1;
            self.root = match children.pop() {
                Some(only) => only.node,
                None => {
                    self.census.leaves += 1;
                    Node::Leaf(new_leaf())
                }
            };
        }
    }
}

impl<E: Copy> Node<E> {
    /// Adds an entry below; gives the right half when that split this node. `last`: nothing stands behind this node.
    fn insert(&mut self, entry: E, before: &impl Fn(&E) -> bool, last: bool, census: &mut Census) -> Option<Child<E>> {
        match self {
            Self::Leaf(entries) => {
                let index = prefix_len(entries, before);
                let right = insert_splitting(entries, index, entry, last, new_leaf)?;
                census.leaves += 1;
                Some(Child::new(Self::Leaf(right)))
            }
            Self::Inner(children) => {
                let index = prefix_len(children, |child| before(&child.first)).saturating_sub(1);
                let last = last && index + 1 == children.len();
                let child = &mut children[index];
                let split = child.node.insert(entry, before, last, census);
                child.count += 1;
                child.first = child.node.first();
                let split = split?;
                child.count -= split.count;
                let right = insert_splitting(children, index + 1, split, last, new_inner)?;
                census.inners += 1;
                Some(Child::new(Self::Inner(right)))
            }
        }
    }

    fn remove(&mut self, upto: &impl Fn(&E) -> bool, census: &mut Census) -> E {
        match self {
            Self::Leaf(entries) => entries.remove(prefix_len(entries, upto) - 1),
            Self::Inner(children) => {
                let index = prefix_len(children, |child| upto(&child.first)) - 1;
                let child = &mut children[index];
                let removed = child.node.remove(upto, census);
                child.count -= 1;
                tidy(children, index..index + 1, census);
                removed
            }
        }
    }

    fn remove_range(&mut self, range: Range<usize>, census: &mut Census, removed: &mut dyn FnMut(E)) {
        match self {
            Self::Leaf(entries) => entries.drain(range).for_each(removed),
            Self::Inner(children) => {
                let (mut within, mut left) = (range.start, range.len());
                let first = child_at(children, &mut within);
                let mut index = first;
                while left > 0 {
                    let child = &mut children[index];
                    let take = left.min(child.count - within);
                    child.node.remove_range(within..within + take, census, removed);
                    child.count -= take;
                    left -= take;
                    within = 0;
                    index += 1;
                }
                tidy(children, first..index, census);
            }
        }
    }

    fn first(&self) -> E {
        match self {
            Self::Leaf(entries) => entries[0],
            Self::Inner(children) => children[0].first,
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Inner(children) => children.iter().map(|child| child.count).sum(),
        }
    }

    /// Moves everything of `other` behind what is here, if one of the two is less than a quarter full and three quarters of a
    /// node hold both; says whether it did.
    fn absorb(&mut self, other: &mut Self) -> bool {
        match (self, other) {
            (Self::Leaf(left), Self::Leaf(right)) => absorb(left, right, LEAF_ENTRIES),
            (Self::Inner(left), Self::Inner(right)) => absorb(left, right, INNER_CHILDREN),
            _ => unreachable!("neighbours are of one height"),
        }
    }

    fn forget(&self, census: &mut Census) {
        match self {
            Self::Leaf(_) => census.leaves -= 1,
            Self::Inner(_) => census.inners -= 1,
        }
    }
}

impl<E: Copy> Child<E> {
    fn new(node: Node<E>) -> Self {
        Self { first: node.first(), count: node.count(), node }
    }
}

fn new_leaf<E>() -> Vec<E> {
    Vec::with_capacity(LEAF_ENTRIES)
}

fn new_inner<E>() -> Vec<Child<E>> {
    Vec::with_capacity(INNER_CHILDREN)
}

/// Inserts into a node's items; if it is full, its right half (nothing, when appending to the last node) moves into a new
/// one, which is returned.
fn insert_splitting<T>(items: &mut Vec<T>, index: usize, item: T, last: bool, new: fn() -> Vec<T>) -> Option<Vec<T>> {
    if items.len() < items.capacity() {
        items.insert(index, item);
        return None;
    }
    let split = if last && index == items.len() { index } else { items.len() / 2 };
    let mut right = new();
    right.extend(items.drain(split..));
    if index < split || (index == split && !right.is_empty()) {
        items.insert(index, item);
    } else {
        right.insert(index - split, item);
    }
    Some(right)
}

/// How many items in front satisfy `holds`. Every eighth is tried first, then seven one by one: a few more comparisons than
/// halving takes, but the processor guesses each outcome and loads the next item meanwhile, where halving waits for memory at
/// every step.
#[inline]
fn prefix_len<T>(items: &[T], holds: impl Fn(&T) -> bool) -> usize {
    const STRIDE: usize = 8;
    let mut start = 0;
    while start + STRIDE < items.len() && holds(&items[start + STRIDE]) {
        start += STRIDE;
    }
    let end = items.len().min(start + STRIDE);
    start + items[start..end].iter().take_while(|item| holds(item)).count()
}

/// The child that holds `rank`, which becomes the rank within it.
#[inline]
fn child_at<E>(children: &[Child<E>], rank: &mut usize) -> usize {
    let mut index = 0;
    while *rank >= children[index].count {
        *rank -= children[index].count;
        index += 1;
    }
    index
}

/// Restores TREE-2 for the children of `touched` after a removal: empty ones go, small ones join a neighbour.
fn tidy<E: Copy>(children: &mut Vec<Child<E>>, touched: Range<usize>, census: &mut Census) {
    let mut end = touched.end;
    for index in touched.clone().rev() {
        if children[index].count == 0 {
            children.remove(index).node.forget(census);
            end -= 1;
        } else {
            children[index].first = children[index].node.first();
        }
    }
    for index in (touched.start.saturating_sub(1)..end).rev() {
        let (left, right) = children.split_at_mut(index + 1);
        if let Some(right) = right.first_mut()
            && left[index].node.absorb(&mut right.node)
        {
            left[index].count += right.count;
            children.remove(index + 1).node.forget(census);
        }
    }
}

fn absorb<T>(left: &mut Vec<T>, right: &mut Vec<T>, capacity: usize) -> bool {
    let joins = left.len().min(right.len()) < capacity / 4 && left.len() + right.len() <= capacity / 4 * 3;
    if joins {
        left.append(right);
    }
    joins
}

/// Entries of a range of ranks, from both ends. A leaf is found by its rank when the one before is used up, which costs less
/// than links between leaves would on every insertion.
pub(super) struct Entries<'a, E> {
    tree: &'a Tree<E>,
    /// What is in neither `front` nor `back` yet.
    ranks: Range<usize>,
    front: &'a [E],
    back: &'a [E],
}

impl<'a, E: Copy> Iterator for Entries<'a, E> {
    type Item = &'a E;

    #[inline]
    fn next(&mut self) -> Option<&'a E> {
        if let Some((first, rest)) = self.front.split_first() {
            self.front = rest;
            return Some(first);
        }
        if self.ranks.is_empty() {
            let (first, rest) = self.back.split_first()?;
            self.back = rest;
            return Some(first);
        }
        let (leaf, index) = self.tree.leaf_at(self.ranks.start);
        let leaf = &leaf[index..leaf.len().min(index + self.ranks.len())];
        self.ranks.start += leaf.len();
        self.front = &leaf[1..];
        Some(&leaf[0])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.front.len() + self.ranks.len() + self.back.len();
        (left, Some(left))
    }
}

impl<'a, E: Copy> DoubleEndedIterator for Entries<'a, E> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a E> {
        if let Some((last, rest)) = self.back.split_last() {
            self.back = rest;
            return Some(last);
        }
        if self.ranks.is_empty() {
            let (last, rest) = self.front.split_last()?;
            self.front = rest;
            return Some(last);
        }
        let (leaf, index) = self.tree.leaf_at(self.ranks.end - 1);
        let leaf = &leaf[(index + 1).saturating_sub(self.ranks.len())..=index];
        self.ranks.end -= leaf.len();
        let (last, rest) = leaf.split_last()?;
        self.back = rest;
        Some(last)
    }
}

#[cfg(test)]
impl<E: Copy + PartialEq + std::fmt::Debug> Tree<E> {
    /// Recomputes what is kept incrementally and compares.
    pub(super) fn verify(&self) {
        let mut census = Census { leaves: 0, inners: 0 };
        let height = self.root.verify(&mut census);
        assert!(height <= 2 + self.len.max(1).ilog2() / 3, "height {height} for {} entries", self.len);
        assert_eq!((census, self.root.count()), (self.census, self.len), "TREE-1");
    }
}

#[cfg(test)]
impl<E: Copy + PartialEq + std::fmt::Debug> Node<E> {
    fn verify(&self, census: &mut Census) -> u32 {
        match self {
            Self::Leaf(entries) => {
                assert_eq!(entries.capacity(), LEAF_ENTRIES);
                census.leaves += 1;
                0
            }
            Self::Inner(children) => {
                assert_eq!(children.capacity(), INNER_CHILDREN);
                census.inners += 1;
                let heights: Vec<u32> = children.iter().map(|child| child.node.verify(census)).collect();
                for child in children {
                    assert!(child.count > 0);
                    assert_eq!((child.first, child.count), (child.node.first(), child.node.count()), "TREE-2");
                }
                assert!(heights.iter().all(|height| *height == heights[0]));
                heights[0] + 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mainstay_foundation::Rng;

    fn contents(tree: &Tree<u32>) -> Vec<u32> {
        tree.range(0..tree.len()).copied().collect()
    }

    fn tree_of(values: impl IntoIterator<Item = u32>) -> Tree<u32> {
        let mut tree = Tree::new();
        values.into_iter().for_each(|value| tree.insert(value, |probe| *probe < value));
        tree.verify();
        tree
    }

    #[test]
    fn random_edits_equal_a_sorted_vector() {
        for seed in 0..12 {
            let mut rng = Rng::new(seed);
            let (mut tree, mut twin) = (Tree::new(), Vec::new());
            let growing = [0.9, 0.6, 0.51][seed as usize % 3];
            for step in 0..6_000 {
                let value = rng.below(20_000) as u32;
                match twin.binary_search(&value) {
                    Err(index) if rng.chance(growing) => {
                        tree.insert(value, |probe| *probe < value);
                        twin.insert(index, value);
                    }
                    Ok(index) if rng.chance(0.9) => {
                        assert_eq!(tree.remove(|probe| *probe <= value), twin.remove(index));
                    }
                    Ok(index) | Err(index) => assert_eq!(tree.partition_point(|probe| *probe < value), index),
                }
                if step % 500 == 499 {
                    let start = rng.below(twin.len() as u64 + 1) as usize;
                    let end = (start + rng.below(400) as usize).min(twin.len());
                    let mut removed = Vec::new();
                    tree.remove_range(start..end, &mut |value| removed.push(value));
                    assert_eq!(removed, twin.drain(start..end).collect::<Vec<_>>());
                }
                if step % 100 == 0 {
                    tree.verify();
                    assert_eq!(contents(&tree), twin);
                }
            }
        }
    }

    #[test]
    fn ranges_walk_both_ways_and_meet_in_the_middle() {
        let tree = tree_of(0..3_000);
        for range in [0..0, 0..1, 0..3_000, 63..65, 64..64, 100..2_900, 2_999..3_000] {
            let expected: Vec<u32> = (range.start as u32..range.end as u32).collect();
            assert!(tree.range(range.clone()).eq(expected.iter()));
            assert!(tree.range(range.clone()).rev().eq(expected.iter().rev()));
            let mut entries = tree.range(range);
            let mut alternating = Vec::new();
            while let Some(entry) = entries.next() {
                alternating.push(*entry);
                alternating.extend(entries.next_back());
            }
            alternating.sort_unstable();
            assert_eq!(alternating, expected);
        }
    }

    #[test]
    fn ascending_entries_fill_their_leaves() {
        let tree = tree_of(0..64_000);
        assert_eq!(tree.census.leaves, 1_000);
        let descending = tree_of((0..64_000).rev());
        assert!(descending.census.leaves <= 2_001);
    }

    #[test]
    fn emptied_trees_hold_one_leaf_whichever_way_they_were_emptied() {
        let one_leaf = Census { leaves: 1, inners: 0 };
        for order in 0..3u32 {
            let mut tree = tree_of(0..50_000);
            for step in 0..50_000 {
                let value = [step, 49_999 - step, (step * 7_919) % 50_000][order as usize];
                assert_eq!(tree.remove(|probe| *probe <= value), value);
            }
            tree.verify();
            assert_eq!(tree.census, one_leaf);
        }
        let mut tree = tree_of(0..50_000);
        tree.remove_range(0..50_000, &mut |_| {});
        tree.verify();
        assert_eq!((tree.census, tree.len()), (one_leaf, 0));
    }

    #[test]
    fn thinned_trees_give_memory_back() {
        let mut tree = tree_of(0..64_000);
        (0..64_000).filter(|value| value % 16 != 0).for_each(|value| _ = tree.remove(|probe| *probe <= value));
        tree.verify();
        assert!(tree.census.leaves < 4_000 / LEAF_ENTRIES * 4, "{:?}", tree.census);
    }
}
