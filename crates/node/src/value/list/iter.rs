//! Walking a list from an index to either end.

use std::collections::VecDeque;

use super::node::Node;

/// Items from an index to the back.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    nodes: &'a VecDeque<Node>,
    node: usize,
    offset: usize,
    remaining: usize,
}

impl<'a> Iter<'a> {
    pub(super) fn new(nodes: &'a VecDeque<Node>, node: usize, index: usize, remaining: usize) -> Self {
        let offset = nodes.get(node).map_or(0, |node| node.offset_of(index));
        Self { nodes, node, offset, remaining }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.remaining == 0 {
            return None;
        }
        self.remaining -= 1;
        let mut node = &self.nodes[self.node];
        if self.offset == node.end() {
            self.node += 1;
            node = &self.nodes[self.node];
            self.offset = node.start();
        }
        let (item, next) = node.read(self.offset);
        self.offset = next;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// Items from an index to the front.
#[derive(Clone, Debug)]
pub struct RevIter<'a> {
    nodes: &'a VecDeque<Node>,
    node: usize,
    /// Where the next item ends.
    end: usize,
    remaining: usize,
}

impl<'a> RevIter<'a> {
    pub(super) fn new(nodes: &'a VecDeque<Node>, node: usize, index: usize, remaining: usize) -> Self {
        let end = nodes.get(node).map_or(0, |node| node.offset_of(index + 1));
        Self { nodes, node, end, remaining }
    }
}

impl<'a> Iterator for RevIter<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.remaining == 0 {
            return None;
        }
        self.remaining -= 1;
        let mut node = &self.nodes[self.node];
        if self.end == node.start() {
            self.node -= 1;
            node = &self.nodes[self.node];
            self.end = node.end();
        }
        let (item, start) = node.read_back(self.end);
        self.end = start;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl ExactSizeIterator for RevIter<'_> {}
