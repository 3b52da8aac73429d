//! A sorted array of integers, each as wide as the widest needs.
//!
//! Ids and counters as set members are two to eight bytes here, against twenty and a slot in a table. Finding one is a
//! binary search over a few cache lines; adding moves what is greater, at most 4 KiB at the default bound of 512.
// Code for three widths converts to `i64` at each; at the widest that is the identity.
#![allow(clippy::useless_conversion)]

/// Distinct integers in ascending order.
#[derive(Clone, Debug)]
pub(crate) enum Integers {
    W16(Vec<i16>),
    W32(Vec<i32>),
    W64(Vec<i64>),
}

/// Runs the same code over whichever width is there.
macro_rules! at_width {
    ($integers:expr, $values:ident => $body:expr) => {
        match $integers {
            Integers::W16($values) => $body,
            Integers::W32($values) => $body,
            Integers::W64($values) => $body,
        }
    };
}

impl Integers {
    pub(crate) fn new() -> Self {
        Self::W16(Vec::new())
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        at_width!(self, values => values.len())
    }

    /// Heap bytes of the array.
    #[inline]
    pub(crate) fn heap_bytes(&self) -> usize {
        self.width() * at_width!(self, values => values.capacity())
    }

    /// Bytes per integer: 2, 4 or 8.
    #[inline]
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::W16(_) => 2,
            Self::W32(_) => 4,
            Self::W64(_) => 8,
        }
    }

    /// The integer at `index` in ascending order. Panics behind the end.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> i64 {
        at_width!(self, values => values[index].into())
    }

    /// Where `value` is, or would be.
    #[inline]
    pub(crate) fn search(&self, value: i64) -> Result<usize, usize> {
        at_width!(self, values => values.binary_search_by(|&probe| i64::from(probe).cmp(&value)))
    }

    /// Adds `value`; says whether it is new.
    pub(crate) fn insert(&mut self, value: i64) -> bool {
        let Err(index) = self.search(value) else { return false };
        self.widen_for(value);
        match self {
            Self::W16(values) => insert(values, index, value as i16),
            Self::W32(values) => insert(values, index, value as i32),
            Self::W64(values) => insert(values, index, value),
        }
        true
    }

    /// Removes the integer at `index`.
    pub(crate) fn remove_at(&mut self, index: usize) {
        at_width!(self, values => {
            values.remove(index);
            if values.capacity() > 32 && values.len() < values.capacity() / 4 {
                values.shrink_to(values.len() * 2);
            }
        });
    }

    /// All integers in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    fn widen_for(&mut self, value: i64) {
        let needed = if i16::try_from(value).is_ok() {
            2
        } else if i32::try_from(value).is_ok() {
            4
        } else {
            8
        };
        if needed <= self.width() {
            return;
        }
        *self = match needed {
            4 => Self::W32(self.iter().map(|value| value as i32).collect()),
            _ => Self::W64(self.iter().collect()),
        };
    }
}

/// Inserts with an eighth of spare room: most sets of integers are small and many.
fn insert<T>(values: &mut Vec<T>, index: usize, value: T) {
    if values.len() == values.capacity() {
        values.reserve_exact(values.len() / 8 + 4);
    }
    values.insert(index, value);
}
