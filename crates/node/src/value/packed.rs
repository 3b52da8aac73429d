//! A packed array: items one after the other in one allocation.
//!
//! Up to about a hundred short items, one contiguous scan is faster than any table: it is two or three cache lines per
//! dozen items, without hashing and without pointers. It is also the smallest form there is: two bytes per item
//! (see [`item`]) and one allocation for all.
//!
//! Costs: walking to an item O(array bytes); insertion and removal move what stands behind. Growth adds an eighth, so
//! appending is amortised constant without leaving half of a small collection empty.

use std::ops::Range;

use super::item;

/// Items in order in one byte array.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
    count: u32,
}

impl Packed {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Items held.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Heap bytes of the array.
    #[inline]
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The offset behind the last item.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.bytes.len()
    }

    /// The item at `offset`, and the offset of the next.
    #[inline]
    pub(crate) fn read(&self, offset: usize) -> (&[u8], usize) {
        item::read(&self.bytes, offset)
    }

    /// Walks the items both ways.
    #[inline]
    pub(crate) fn iter(&self) -> Items<'_> {
        Items { bytes: &self.bytes, start: 0, end: self.bytes.len() }
    }

    /// The items at the indexes of `range`, which must lie within the array.
    pub(crate) fn range(&self, range: Range<usize>) -> Items<'_> {
        if range.is_empty() {
            return Items { bytes: &[], start: 0, end: 0 };
        }
        Items { bytes: &self.bytes, start: self.offset_of(range.start), end: self.offset_of(range.end) }
    }

    /// The offset of the first item equal to `wanted` among those at every `stride`th position.
    #[inline]
    pub(crate) fn find(&self, wanted: &[u8], stride: usize) -> Option<usize> {
        let mut offset = 0;
        while offset < self.bytes.len() {
            let (found, mut next) = self.read(offset);
            if item::equal(found, wanted) {
                return Some(offset);
            }
            for _ in 1..stride {
                next = self.read(next).1;
            }
            offset = next;
        }
        None
    }

    /// The offset of the item at `index`, or the end for the number of items.
    pub(crate) fn offset_of(&self, index: usize) -> usize {
        let mut items = self.iter();
        if index <= self.len() / 2 {
            (0..index).for_each(|_| _ = items.next());
            items.start
        } else {
            (index..self.len()).for_each(|_| _ = items.next_back());
            items.end
        }
    }

    /// Appends an item.
    #[inline]
    pub(crate) fn push(&mut self, item: &[u8]) {
        self.insert_parts(self.bytes.len(), item, &[]);
    }

    /// Puts an item made of two parts at `offset`, before the item that begins there.
    pub(crate) fn insert_parts(&mut self, offset: usize, head: &[u8], tail: &[u8]) {
        let (added, old_end) = (item::encoded_len(head.len() + tail.len()), self.bytes.len());
        self.reserve(added);
        self.bytes.resize(old_end + added, 0);
        self.bytes.copy_within(offset..old_end, offset + added);
        item::write_parts(&mut self.bytes[offset..], head, tail);
        self.count += 1;
    }

    /// Takes away the item at `offset`.
    pub(crate) fn remove(&mut self, offset: usize) {
        self.remove_items(offset, 1);
    }

    /// Takes away `count` items from `offset` on.
    pub(crate) fn remove_items(&mut self, offset: usize, count: usize) {
        let mut end = offset;
        for _ in 0..count {
            end = self.read(end).1;
        }
        self.bytes.copy_within(end.., offset);
        self.bytes.truncate(self.bytes.len() - (end - offset));
        self.count -= count as u32;
        self.release();
    }

    /// Puts `item` in the place of the one at `offset`.
    pub(crate) fn replace(&mut self, offset: usize, item: &[u8]) {
        let (old, next) = self.read(offset);
        if old.len() == item.len() {
            item::write(&mut self.bytes[offset..next], item);
            return;
        }
        self.bytes.copy_within(next.., offset);
        self.bytes.truncate(self.bytes.len() - (next - offset));
        self.count -= 1;
        self.insert_parts(offset, item, &[]);
    }

    fn reserve(&mut self, added: usize) {
        let needed = self.bytes.len() + added;
        if needed > self.bytes.capacity() {
            let capacity = (needed + needed / 8).next_multiple_of(16);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
    }

    /// Gives back room once three quarters of it are unused.
    fn release(&mut self) {
        if self.bytes.capacity() > 64 && self.bytes.len() < self.bytes.capacity() / 4 {
            self.bytes.shrink_to((self.bytes.len() * 2).next_multiple_of(16));
        }
    }
}

/// Items of a packed array from both ends.
#[derive(Clone, Debug)]
pub(crate) struct Items<'a> {
    bytes: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.start >= self.end {
            return None;
        }
        let (item, next) = item::read(self.bytes, self.start);
        self.start = next;
        Some(item)
    }
}

impl<'a> DoubleEndedIterator for Items<'a> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a [u8]> {
        if self.start >= self.end {
            return None;
        }
        let (item, start) = item::read_back(self.bytes, self.end);
        self.end = start;
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mainstay_foundation::Rng;

    fn contents(packed: &Packed) -> Vec<Vec<u8>> {
        packed.iter().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn items_of_every_length_class_read_from_both_sides() {
        let items: Vec<Vec<u8>> = [0, 1, 2, 253, 254, 255, 256, 70_000].map(|length| vec![b'x'; length]).into();
        let mut packed = Packed::new();
        items.iter().for_each(|item| packed.push(item));
        assert_eq!(contents(&packed), items);
        let mut reversed: Vec<Vec<u8>> = packed.iter().rev().map(<[u8]>::to_vec).collect();
        reversed.reverse();
        assert_eq!(reversed, items);
        for (index, item) in items.iter().enumerate() {
            assert_eq!(packed.read(packed.offset_of(index)).0, item);
        }
    }

    #[test]
    fn random_edits_equal_a_vector_of_vectors() {
        let mut rng = Rng::new(3);
        let (mut packed, mut twin) = (Packed::new(), Vec::<Vec<u8>>::new());
        for _ in 0..4_000 {
            let item = vec![rng.below(256) as u8; [0, 3, 17, 253, 254, 300][rng.below(6) as usize]];
            let index = rng.below(twin.len() as u64 + 1) as usize;
            match rng.below(5) {
                0 | 1 => {
                    let offset = if index == twin.len() { packed.end() } else { packed.offset_of(index) };
                    let cut = rng.below(item.len() as u64 + 1) as usize;
                    packed.insert_parts(offset, &item[..cut], &item[cut..]);
                    twin.insert(index, item);
                }
                2 if index < twin.len() => {
                    packed.replace(packed.offset_of(index), &item);
                    twin[index] = item;
                }
                3 if index < twin.len() => {
                    packed.remove(packed.offset_of(index));
                    twin.remove(index);
                }
                _ if index < twin.len() => {
                    let first = twin.iter().position(|other| *other == twin[index]).unwrap();
                    assert_eq!(packed.find(&twin[index], 1), Some(packed.offset_of(first)));
                }
                _ => assert_eq!(packed.find(b"not there", 1), None),
            }
            if twin.len() > 40 {
                packed.remove_items(packed.offset_of(5), 30);
                twin.drain(5..35);
            }
            assert_eq!(packed.len(), twin.len());
            assert_eq!(contents(&packed), twin);
        }
    }

    #[test]
    fn room_is_given_back() {
        let mut packed = Packed::new();
        (0..500).for_each(|_| packed.push(b"0123456789"));
        let full = packed.heap_bytes();
        packed.remove_items(0, 490);
        assert!(packed.heap_bytes() * 4 < full, "{} of {full}", packed.heap_bytes());
    }
}
