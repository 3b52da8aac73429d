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
//! each), about two more for the inner nodes.

mod entries;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(super) use entries::Entries;

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
        Entries::new(self, range)
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
