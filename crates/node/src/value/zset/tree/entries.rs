//! Walking a tree by ranks.

use std::ops::Range;

use super::Tree;

/// Entries of a range of ranks, from both ends. A leaf is found by its rank when the one before is used up, which costs less
/// than links between leaves would on every insertion.
pub(in crate::value::zset) struct Entries<'a, E> {
    tree: &'a Tree<E>,
    /// What is in neither `front` nor `back` yet.
    ranks: Range<usize>,
    front: &'a [E],
    back: &'a [E],
}

impl<'a, E> Entries<'a, E> {
    pub(super) fn new(tree: &'a Tree<E>, ranks: Range<usize>) -> Self {
        Self { tree, ranks, front: &[], back: &[] }
    }
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
