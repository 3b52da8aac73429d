//! The patterns of `SORT … BY` and `GET`: names of keys, made from the elements that are sorted.
//!
//! ```text
//! weight_*            the string at the key in which the star is the element
//! object_*->field     the field of the hash at that key
//! #                   the element itself
//! ```

use crate::shard::Keys;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern<'a> {
    Element,
    Key {
        before: &'a [u8],
        after: &'a [u8],
        field: Option<&'a [u8]>,
    },
    /// Names no key, as it has no star.
    Nothing,
}

impl<'a> Pattern<'a> {
    pub(super) fn parse(text: &'a [u8]) -> Self {
        if text == b"#" {
            return Self::Element;
        }
        let Some(star) = memchr::memchr(b'*', text) else { return Self::Nothing };
        let (before, after) = (&text[..star], &text[star + 1..]);
        match memchr::memmem::find(after, b"->") {
            // An arrow to nowhere belongs to the key's name.
            Some(arrow) if arrow + 2 < after.len() => {
                Self::Key { before, after: &after[..arrow], field: Some(&after[arrow + 2..]) }
            }
            _ => Self::Key { before, after, field: None },
        }
    }

    /// What the pattern names for `element`, if that is there and a string. `name` is scratch space.
    pub(super) fn look_up<'k>(
        &self,
        keys: &'k mut Keys<'_>,
        element: &'k [u8],
        name: &mut Vec<u8>,
    ) -> Option<&'k [u8]> {
        match *self {
            Self::Element => Some(element),
            Self::Nothing => None,
            Self::Key { before, after, field } => {
                name.clear();
                name.extend_from_slice(before);
                name.extend_from_slice(element);
                name.extend_from_slice(after);
                keys.hold(name);
                match field {
                    Some(field) => keys.peek_hash(name).ok()??.get(field),
                    None => keys.peek_string(name).ok()?,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_taken_apart() {
        let key = |before: &'static str, after: &'static str, field: Option<&'static str>| Pattern::Key {
            before: before.as_bytes(),
            after: after.as_bytes(),
            field: field.map(str::as_bytes),
        };
        for (text, pattern) in [
            ("#", Pattern::Element),
            ("##", Pattern::Nothing),
            ("", Pattern::Nothing),
            ("plain->f", Pattern::Nothing),
            ("*", key("", "", None)),
            ("w_*", key("w_", "", None)),
            ("w_*_x", key("w_", "_x", None)),
            ("*->f", key("", "", Some("f"))),
            ("o_*_x->f", key("o_", "_x", Some("f"))),
            ("o_*->", key("o_", "->", None)),
            ("a->b*c->d->e", key("a->b", "c", Some("d->e"))),
            ("*a*", key("", "a*", None)),
        ] {
            assert_eq!(Pattern::parse(text.as_bytes()), pattern, "{text}");
        }
    }
}
