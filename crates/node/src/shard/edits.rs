//! Collections that a command opened for change.

/// One of them.
#[derive(Debug)]
struct Edit {
    shard: usize,
    db: u8,
    /// Where its key ends in the common buffer; it begins where the one before ends.
    key_end: usize,
    bytes_before: usize,
}

/// Those of the running command, mostly none or one. Buffers are kept from command to command.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    open: Vec<Edit>,
    keys: Vec<u8>,
}

impl Edits {
    fn key(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.open[at - 1].key_end };
        &self.keys[start..self.open[at].key_end]
    }

    fn find(&self, shard: usize, db: u8, key: &[u8]) -> Option<usize> {
        (0..self.open.len()).find(|&at| (self.open[at].shard, self.open[at].db) == (shard, db) && self.key(at) == key)
    }

    /// Remembers a collection and its bytes; nothing if it is open already.
    pub(super) fn open(&mut self, shard: usize, db: u8, key: &[u8], bytes_before: usize) {
        if self.open.is_empty() || self.find(shard, db, key).is_none() {
            self.keys.extend_from_slice(key);
            self.open.push(Edit { shard, db, key_end: self.keys.len(), bytes_before });
        }
    }

    /// Forgets a collection and returns its bytes before, if it was open.
    pub(super) fn close(&mut self, shard: usize, db: u8, key: &[u8]) -> Option<usize> {
        if self.open.is_empty() {
            return None;
        }
        let at = self.find(shard, db, key)?;
        let start = if at == 0 { 0 } else { self.open[at - 1].key_end };
        let edit = self.open.remove(at);
        self.keys.drain(start..edit.key_end);
        self.open[at..].iter_mut().for_each(|later| later.key_end -= edit.key_end - start);
        Some(edit.bytes_before)
    }

    /// Forgets a collection that was replaced.
    pub(super) fn forget(&mut self, shard: usize, db: u8, key: &[u8]) {
        self.close(shard, db, key);
    }

    /// The last one opened.
    pub(super) fn last(&self) -> Option<(usize, u8, Box<[u8]>)> {
        let at = self.open.len().checked_sub(1)?;
        Some((self.open[at].shard, self.open[at].db, self.key(at).into()))
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.keys.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_found_by_their_key_in_any_order() {
        let mut edits = Edits::default();
        for (key, bytes) in [("a", 1), ("bb", 2), ("", 3), ("a", 99)] {
            edits.open(7, 0, key.as_bytes(), bytes);
        }
        edits.open(7, 1, b"a", 4);
        assert_eq!(edits.close(7, 0, b"bb"), Some(2));
        assert_eq!(edits.close(7, 0, b"bb"), None);
        assert_eq!(edits.last(), Some((7, 1, b"a".as_slice().into())));
        assert_eq!(edits.close(7, 0, b""), Some(3));
        assert_eq!(edits.close(7, 0, b"a"), Some(1));
        assert_eq!(edits.close(7, 1, b"a"), Some(4));
        assert_eq!(edits.last(), None);
    }
}
