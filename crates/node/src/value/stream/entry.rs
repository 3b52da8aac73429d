//! An entry as a reader sees it: its id, and its fields read off the bytes of its block.

use super::id::StreamId;
use super::varint;

/// An entry of a stream, borrowed from its block.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The entry's id.
    pub id: StreamId,
    fields: Fields<'a>,
}

/// The fields of an entry: names and values in the order in which they were added.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    shared_names: Option<&'a [u8]>,
    body: &'a [u8],
    left: usize,
}

impl<'a> Entry<'a> {
    pub(super) const fn new(id: StreamId, fields: Fields<'a>) -> Self {
        Self { id, fields }
    }

    /// Names and values, in the order in which they were added.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        self.fields.clone()
    }
}

impl<'a> Fields<'a> {
    /// Reads `count` fields off `body`: their values, and their names too unless those are shared.
    pub(super) const fn new(shared_names: Option<&'a [u8]>, body: &'a [u8], count: usize) -> Self {
        Self { shared_names, body, left: count }
    }

    /// Whether the names are those of the block's first entry.
    pub(super) const fn share_names(&self) -> bool {
        self.shared_names.is_some()
    }

    /// Whether there is a field, and the body holds as many as it says and nothing behind them.
    pub(super) fn are_whole(mut self) -> bool {
        let expected = self.left;
        expected > 0 && self.by_ref().count() == expected && self.body.is_empty()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = match &mut self.shared_names {
            Some(names) => take_text(names)?,
            None => take_text(&mut self.body)?,
        };
        Some((name, take_text(&mut self.body)?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Fields<'_> {}

/// Appends `len ‖ text`.
pub(super) fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    varint::write(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// Takes `len ‖ text` off the front.
pub(super) fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut at = 0;
    let len = usize::try_from(varint::read(bytes, &mut at)?).ok()?;
    let (text, rest) = bytes.get(at..)?.split_at_checked(len)?;
    *bytes = rest;
    Some(text)
}
