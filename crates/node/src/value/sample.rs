//! Drawing distinct elements at random.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use mainstay_foundation::Rng;

use super::record::Record;
use crate::table::Table;

/// Visits `count` of the `len` elements of `elements`, every subset being equally likely, in their order. One pass
/// (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S).
pub(crate) fn select<T>(
    elements: impl Iterator<Item = T>,
    len: usize,
    count: usize,
    rng: &mut Rng,
    visit: &mut dyn FnMut(T),
) {
    let mut wanted = count.min(len);
    for (seen, element) in elements.enumerate() {
        if wanted == 0 {
            return;
        }
        if rng.below((len - seen) as u64) < wanted as u64 {
            wanted -= 1;
            visit(element);
        }
    }
}

/// Visits `count` distinct records of a table. Few of many are drawn one by one and repetitions refused; a large part is
/// selected in one pass.
pub(crate) fn draw(table: &Table<Record>, count: usize, rng: &mut Rng, visit: &mut dyn FnMut(&Record)) {
    if count.saturating_mul(3) >= table.len() {
        return select(table.iter(), table.len(), count, rng, visit);
    }
    let mut drawn = HashSet::with_capacity_and_hasher(count, FixedState::with_seed(rng.next_u64()));
    // A draw hits something new with a chance of two thirds; far more draws than that mean a lopsided table.
    for _ in 0..count * 8 + 64 {
        if drawn.len() == count {
            return;
        }
        if let Some(record) = table.sample(rng)
            && drawn.insert(std::ptr::from_ref(record))
        {
            visit(record);
        }
    }
    let rest = table.iter().filter(|record| !drawn.contains(&std::ptr::from_ref(*record)));
    rest.take(count - drawn.len()).for_each(visit);
}
