use mainstay_foundation::Rng;

use super::*;

impl<E: Copy + PartialEq + std::fmt::Debug> Tree<E> {
    /// Recomputes what is kept incrementally and compares.
    fn verify(&self) {
        let mut census = Census { leaves: 0, inners: 0 };
        let height = self.root.verify(&mut census);
        assert!(height <= 2 + self.len.max(1).ilog2() / 3, "height {height} for {} entries", self.len);
        assert_eq!((census, self.root.count()), (self.census, self.len), "TREE-1");
    }
}

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
