//! The groups of one stream, by name.

use std::collections::BTreeMap;

use super::group::Group;
use super::id::StreamId;

/// What a group costs besides its name and what it holds: its box and its place in a half full tree.
const GROUP_COST: usize = size_of::<Group>() + 2 * (size_of::<Box<[u8]>>() + size_of::<Box<Group>>());

/// Groups by name. Every change goes through [`Groups::update`] and its siblings, which keep count of the heap.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    // Boxed, because a tree's leaf has room for eleven and most streams have one.
    by_name: BTreeMap<Box<[u8]>, Box<Group>>,
    bytes: usize,
}

impl Groups {
    /// Number of groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The group of that name.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&Group> {
        self.by_name.get(name).map(Box::as_ref)
    }

    /// Groups in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Group)> {
        self.by_name.iter().map(|(name, group)| (&**name, &**group))
    }

    /// `XGROUP CREATE`: false if there is a group of that name, which stays as it is.
    pub fn create(&mut self, name: &[u8], last_delivered_id: StreamId, entries_read: Option<u64>) -> bool {
        let absent = !self.by_name.contains_key(name);
        if absent {
            self.insert(name, Group::new(last_delivered_id, entries_read));
        }
        absent
    }

    /// `XGROUP DESTROY`: false if there is no group of that name.
    pub fn destroy(&mut self, name: &[u8]) -> bool {
        let Some(group) = self.by_name.remove(name) else { return false };
        self.bytes -= cost(name, &group);
        true
    }

    /// Lets `change` at the group of that name; `None` if there is none.
    pub fn update<R>(&mut self, name: &[u8], change: impl FnOnce(&mut Group) -> R) -> Option<R> {
        let group = self.by_name.get_mut(name)?;
        let before = group.heap_bytes();
        let result = change(group);
        self.bytes = self.bytes - before + group.heap_bytes();
        Some(result)
    }

    /// Bytes on the heap. O(1).
    #[must_use]
    pub const fn heap_bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn insert(&mut self, name: &[u8], group: Group) {
        self.bytes += cost(name, &group);
        self.by_name.insert(name.into(), Box::new(group));
    }
}

fn cost(name: &[u8], group: &Group) -> usize {
    GROUP_COST + name.len() + group.heap_bytes()
}
