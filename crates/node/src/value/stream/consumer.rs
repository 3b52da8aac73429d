//! The consumers of a group: names, when each was last seen, and which entries each has pending.
//!
//! A pending entry names its consumer by a [`ConsumerId`], a place in a list, so that a long name is stored once. Places
//! of deleted consumers are used again; nothing outside the group keeps one.

use std::collections::BTreeSet;

use super::id::StreamId;

/// A consumer's place in its group. Valid until the consumer is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(pub(super) u32);

/// One reader of a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    name: Box<[u8]>,
    /// When it last asked for or claimed anything, milliseconds since 1970.
    pub(super) seen_time_ms: u64,
    pub(super) pending: BTreeSet<StreamId>,
}

/// The consumers of one group.
#[derive(Clone, Debug, Default)]
pub struct Consumers {
    places: Vec<Option<Consumer>>,
    /// Places in the order of the names.
    by_name: Vec<ConsumerId>,
    free: Vec<ConsumerId>,
    name_bytes: usize,
}

impl Consumer {
    /// Its name, any bytes.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// When it last asked for or claimed anything, milliseconds since 1970.
    #[must_use]
    pub const fn seen_time_ms(&self) -> u64 {
        self.seen_time_ms
    }

    /// Ids of its pending entries, rising.
    #[must_use]
    pub const fn pending(&self) -> &BTreeSet<StreamId> {
        &self.pending
    }
}

impl Consumers {
    /// Number of consumers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The consumer of that name. O(log n).
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<ConsumerId> {
        self.position(name).ok().map(|index| self.by_name[index])
    }

    /// The consumer at that place.
    #[must_use]
    pub fn get(&self, id: ConsumerId) -> Option<&Consumer> {
        self.places.get(id.0 as usize)?.as_ref()
    }

    /// Consumers in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (ConsumerId, &Consumer)> {
        self.by_name.iter().filter_map(|&id| self.get(id).map(|consumer| (id, consumer)))
    }

    /// Places in use or free: above every [`ConsumerId`].
    pub(super) fn place_count(&self) -> usize {
        self.places.len()
    }

    pub(super) fn get_mut(&mut self, id: ConsumerId) -> Option<&mut Consumer> {
        self.places.get_mut(id.0 as usize)?.as_mut()
    }

    /// Finds or makes the consumer; the flag says that it is new.
    pub(super) fn find_or_insert(&mut self, name: &[u8], now_ms: u64) -> (ConsumerId, bool) {
        let index = match self.position(name) {
            Ok(index) => return (self.by_name[index], false),
            Err(index) => index,
        };
        let consumer = Consumer { name: name.into(), seen_time_ms: now_ms, pending: BTreeSet::new() };
        let id = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            ConsumerId((self.places.len() - 1) as u32)
        });
        self.places[id.0 as usize] = Some(consumer);
        self.by_name.insert(index, id);
        self.name_bytes += name.len();
        (id, true)
    }

    pub(super) fn remove(&mut self, name: &[u8]) -> Option<Consumer> {
        let id = self.by_name.remove(self.position(name).ok()?);
        let consumer = self.places[id.0 as usize].take();
        self.free.push(id);
        self.name_bytes -= name.len();
        consumer
    }

    /// Bytes on the heap but for the sets of pending ids, which the group counts. O(1).
    pub(super) fn heap_bytes(&self) -> usize {
        let place_lists = (self.by_name.capacity() + self.free.capacity()) * size_of::<ConsumerId>();
        self.places.capacity() * size_of::<Option<Consumer>>() + place_lists + self.name_bytes
    }

    fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.by_name.binary_search_by(|&id| self.get(id).map_or(&[][..], Consumer::name).cmp(name))
    }
}
