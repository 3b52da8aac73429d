//! A list: a ring of nodes, each a run of packed items.
//!
//! Queues and stacks push and pop at the ends; timelines read ranges; few write in the middle. A linked list of single
//! items costs an allocation and two pointers each; one array moves everything when its head changes. So items are packed
//! into nodes of at most 8 KiB with room at both sides (see [`node`]), and the nodes stand in a ring that grows at either end. An item too
//! big for a node is alone in one.
//!
//! | operation | cost |
//! |---|---|
//! | push, pop at an end | O(1) amortised, no allocation but for a new node |
//! | get, set, insert, remove at an index | O(nodes) to find the node by its count, O(8 KiB) inside |
//! | range, trim | as an index, then what is read or whole nodes that are dropped |
//! | find or remove by value | O(items) |
//!
//! Memory: two bytes per item below 254 bytes (ten above), 32 bytes per node. A list that fits one node grows by half;
//! further nodes are allocated whole.

mod iter;
mod node;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

pub use iter::{Iter, RevIter};
use node::{End, NODE_BYTES, Node};

use super::item;

/// Where to insert beside a pivot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Towards the front.
    Before,
    /// Towards the back.
    After,
}

/// Which way to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the front to the back.
    Forward,
    /// From the back to the front.
    Backward,
}

/// A double-ended list of byte strings.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// LIST-1: no node is empty.
    nodes: VecDeque<Node>,
    len: usize,
    /// LIST-2: the sum of the nodes' capacities.
    node_bytes: usize,
}

impl List {
    /// An empty list; allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Items held.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `OBJECT ENCODING`: Redis 7.0 has one name for every list.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        "quicklist"
    }

    /// Heap bytes held. O(1).
    #[inline]
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.node_bytes
    }

    /// Heap allocations held: what freeing the list costs. O(1).
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.nodes.len() + 1
    }

    /// Adds an item before the first.
    #[inline]
    pub fn push_front(&mut self, value: &[u8]) {
        match self.nodes.front_mut() {
            Some(node) if node.fits(value.len()) => {
                let before = node.capacity();
                node.push(value, End::Front);
                self.node_bytes += node.capacity() - before;
            }
            _ => {
                let node = self.new_node(value, End::Front);
                self.nodes.push_front(node);
            }
        }
        self.len += 1;
    }

    /// Adds an item behind the last.
    #[inline]
    pub fn push_back(&mut self, value: &[u8]) {
        match self.nodes.back_mut() {
            Some(node) if node.fits(value.len()) => {
                let before = node.capacity();
                node.push(value, End::Back);
                self.node_bytes += node.capacity() - before;
            }
            _ => {
                let node = self.new_node(value, End::Back);
                self.nodes.push_back(node);
            }
        }
        self.len += 1;
    }

    /// The first item.
    #[inline]
    #[must_use]
    pub fn front(&self) -> Option<&[u8]> {
        self.nodes.front().map(|node| node.read(node.start()).0)
    }

    /// The last item.
    #[inline]
    #[must_use]
    pub fn back(&self) -> Option<&[u8]> {
        self.nodes.back().map(|node| node.read_back(node.end()).0)
    }

    /// Drops the first item; says whether there was one. Read it with [`front`](Self::front) first: that copies nothing.
    #[inline]
    pub fn drop_front(&mut self) -> bool {
        let Some(node) = self.nodes.front_mut() else { return false };
        node.pop(End::Front);
        self.len -= 1;
        self.after_pop(0);
        true
    }

    /// Drops the last item; says whether there was one.
    #[inline]
    pub fn drop_back(&mut self) -> bool {
        let Some(node) = self.nodes.back_mut() else { return false };
        node.pop(End::Back);
        self.len -= 1;
        self.after_pop(self.nodes.len() - 1);
        true
    }

    /// Takes the first item.
    pub fn pop_front(&mut self) -> Option<Vec<u8>> {
        let item = self.front()?.to_vec();
        self.drop_front();
        Some(item)
    }

    /// Takes the last item.
    pub fn pop_back(&mut self) -> Option<Vec<u8>> {
        let item = self.back()?.to_vec();
        self.drop_back();
        Some(item)
    }

    /// The item at `index` from the front.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.len {
            return None;
        }
        let (node, within) = self.locate(index);
        let node = &self.nodes[node];
        Some(node.read(node.offset_of(within)).0)
    }

    /// Puts `value` in the place of the item at `index`; says whether there was one.
    pub fn set(&mut self, index: usize, value: &[u8]) -> bool {
        if index >= self.len {
            return false;
        }
        let (node, within) = self.locate(index);
        if !self.nodes[node].overwrite(within, value) {
            self.remove_at(index);
            self.insert(index, value);
        }
        true
    }

    /// Puts `value` before the item at `index`, or behind the last for the length.
    ///
    /// # Panics
    /// When `index` is above the length.
    pub fn insert(&mut self, index: usize, value: &[u8]) {
        assert!(index <= self.len, "insertion at {index} into a list of {}", self.len);
        if index == 0 {
            return self.push_front(value);
        }
        if index == self.len {
            return self.push_back(value);
        }
        let (node, within) = self.locate(index);
        if self.nodes[node].fits(value.len()) {
            self.edit(node, |node| node.insert(within, value));
        } else {
            self.insert_splitting(node, within, value);
        }
        self.len += 1;
    }

    /// Puts `value` beside the first item equal to `pivot`; says whether there was one.
    pub fn insert_beside(&mut self, pivot: &[u8], side: Side, value: &[u8]) -> bool {
        let Some(index) = self.iter().position(|item| item == pivot) else { return false };
        self.insert(index + usize::from(side == Side::After), value);
        true
    }

    /// Removes the item at `index`; says whether there was one.
    pub fn remove_at(&mut self, index: usize) -> bool {
        let found = index < self.len;
        if found {
            self.remove_range(index..index + 1);
        }
        found
    }

    /// Removes the items of `range`, which is cut to the list. Whole nodes are dropped unread.
    pub fn remove_range(&mut self, range: Range<usize>) {
        let range = range.start..range.end.min(self.len);
        if range.start >= range.end {
            return;
        }
        self.len -= range.len();
        let (first, mut within) = self.locate_forward(range.start);
        let (mut node, mut left) = (first, range.len());
        let mut emptied = first..first;
        while left > 0 {
            let take = left.min(self.nodes[node].len() - within);
            if take == self.nodes[node].len() {
                emptied = if emptied.is_empty() { node..node + 1 } else { emptied.start..node + 1 };
            } else {
                self.edit(node, |node| node.remove(within, within + take));
            }
            left -= take;
            within = 0;
            node += 1;
        }
        self.drop_nodes(emptied);
        self.join_around(first);
    }

    /// Keeps only the items of `keep`, which is cut to the list.
    pub fn trim(&mut self, keep: Range<usize>) {
        let end = keep.end.min(self.len);
        self.remove_range(end..self.len);
        self.remove_range(0..keep.start);
    }

    /// Removes up to `limit` items equal to `value`, beginning at the end that `direction` starts from. Returns how many.
    pub fn remove_value(&mut self, value: &[u8], limit: usize, direction: Direction) -> usize {
        let mut removed = 0;
        for step in 0..self.nodes.len() {
            if removed == limit {
                break;
            }
            let index = if direction == Direction::Forward { step } else { self.nodes.len() - 1 - step };
            let matches = self.nodes[index].count_of(value);
            if matches > 0 {
                let take = matches.min(limit - removed);
                let skip = if direction == Direction::Forward { 0 } else { matches - take };
                removed += take;
                self.edit(index, |node| node.remove_equal(value, skip, take));
            }
        }
        if removed > 0 {
            self.len -= removed;
            self.compact();
        }
        removed
    }

    /// All items from the front.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        self.iter_from(0)
    }

    /// Items from `index` to the back.
    #[must_use]
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        if index >= self.len {
            return Iter::new(&self.nodes, self.nodes.len(), 0, 0);
        }
        let (node, within) = self.locate(index);
        Iter::new(&self.nodes, node, within, self.len - index)
    }

    /// Items from `index` to the front, the one at `index` first; an index behind the list means the last item.
    #[must_use]
    pub fn rev_iter_from(&self, index: usize) -> RevIter<'_> {
        let Some(last) = self.len.checked_sub(1) else { return RevIter::new(&self.nodes, 0, 0, 0) };
        let index = index.min(last);
        let (node, within) = self.locate(index);
        RevIter::new(&self.nodes, node, within, index + 1)
    }

    /// The node that holds the item at `index` and its index there, from the nearer end.
    fn locate(&self, index: usize) -> (usize, usize) {
        if index < self.len / 2 {
            return self.locate_forward(index);
        }
        let mut behind = self.len - index;
        for (node_index, node) in self.nodes.iter().enumerate().rev() {
            if behind <= node.len() {
                return (node_index, node.len() - behind);
            }
            behind -= node.len();
        }
        unreachable!("the nodes hold as many items as the list says")
    }

    fn locate_forward(&self, index: usize) -> (usize, usize) {
        let mut within = index;
        for (node_index, node) in self.nodes.iter().enumerate() {
            if within < node.len() {
                return (node_index, within);
            }
            within -= node.len();
        }
        unreachable!("the nodes hold at least {index} items")
    }

    /// Changes a node and keeps LIST-2.
    fn edit<R>(&mut self, index: usize, change: impl FnOnce(&mut Node) -> R) -> R {
        let node = &mut self.nodes[index];
        let before = node.capacity();
        let result = change(node);
        self.node_bytes = self.node_bytes + node.capacity() - before;
        result
    }

    /// A node that holds just `value`, with room for more where `end` is pushed to.
    #[cold]
    fn new_node(&mut self, value: &[u8], end: End) -> Node {
        let needed = item::encoded_len(value.len());
        let capacity = if needed >= NODE_BYTES {
            needed
        } else if self.nodes.is_empty() {
            (needed + needed / 2).next_multiple_of(16)
        } else {
            NODE_BYTES
        };
        if self.nodes.capacity() == 0 {
            self.nodes.reserve_exact(1);
        }
        let mut node = Node::with_capacity(capacity, end);
        node.push(value, end);
        self.node_bytes += node.capacity();
        node
    }

    /// Inserts where the node is full: it is split there, and the item joins a half or stands alone between them.
    fn insert_splitting(&mut self, node: usize, within: usize, value: &[u8]) {
        let mut after = node;
        if within > 0 {
            let right = self.edit(node, |node| node.split_off(within));
            self.node_bytes += right.capacity();
            self.nodes.insert(node + 1, right);
            after = node + 1;
        }
        if after > 0 && self.nodes[after - 1].fits(value.len()) {
            self.edit(after - 1, |node| node.push(value, End::Back));
        } else if self.nodes[after].fits(value.len()) {
            self.edit(after, |node| node.push(value, End::Front));
        } else {
            let mut alone = Node::with_capacity(item::encoded_len(value.len()), End::Back);
            alone.push(value, End::Back);
            self.node_bytes += alone.capacity();
            self.nodes.insert(after, alone);
        }
    }

    /// Drops an emptied node. The last node of a list gives back room as it drains: no push may ever come.
    #[inline]
    fn after_pop(&mut self, index: usize) {
        if self.nodes[index].len() == 0 {
            self.drop_nodes(index..index + 1);
        } else if self.nodes.len() == 1 {
            self.edit(index, Node::release);
        }
    }

    fn drop_nodes(&mut self, range: Range<usize>) {
        let freed: usize = self.nodes.drain(range).map(|node| node.capacity()).sum();
        self.node_bytes -= freed;
        self.release_ring();
    }

    /// Joins the nodes about `index` where two neighbours are mostly empty, so that removals do not leave crumbs.
    fn join_around(&mut self, index: usize) {
        for left in [index, index.wrapping_sub(1)] {
            if left < self.nodes.len() && left + 1 < self.nodes.len() && self.may_join(left) {
                self.join(left);
            }
        }
    }

    fn may_join(&self, left: usize) -> bool {
        self.nodes[left].used() + self.nodes[left + 1].used() <= NODE_BYTES / 2
    }

    fn join(&mut self, left: usize) {
        let Some(right) = self.nodes.remove(left + 1) else { return };
        self.node_bytes -= right.capacity();
        self.edit(left, |node| node.append(&right));
    }

    /// Drops empty nodes and joins small neighbours over the whole list, in one pass.
    fn compact(&mut self) {
        let nodes = std::mem::take(&mut self.nodes);
        self.node_bytes = 0;
        for node in nodes {
            match self.nodes.back_mut() {
                _ if node.len() == 0 => {}
                Some(last) if last.used() + node.used() <= NODE_BYTES / 2 => {
                    let before = last.capacity();
                    last.append(&node);
                    self.node_bytes += last.capacity() - before;
                }
                _ => {
                    self.node_bytes += node.capacity();
                    self.nodes.push_back(node);
                }
            }
        }
        self.release_ring();
    }

    fn release_ring(&mut self) {
        if self.nodes.capacity() > 16 && self.nodes.len() < self.nodes.capacity() / 4 {
            self.nodes.shrink_to(self.nodes.len() * 2);
        }
    }

    /// Recomputes what is kept incrementally and compares.
    #[cfg(test)]
    fn verify(&self) {
        assert!(self.nodes.iter().all(|node| node.len() > 0), "LIST-1");
        assert_eq!(self.nodes.iter().map(Node::capacity).sum::<usize>(), self.node_bytes, "LIST-2");
        assert_eq!(self.nodes.iter().map(Node::len).sum::<usize>(), self.len);
        assert!(self.nodes.iter().all(|node| node.len() == 1 || node.used() <= NODE_BYTES));
    }
}
