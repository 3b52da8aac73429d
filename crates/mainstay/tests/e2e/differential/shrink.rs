//! Makes a failing stream short (delta debugging: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
//! input", 2002).

/// A shorter list that still fails, after at most `attempts_max` calls of `fails`. Removing any single item of the
/// result makes it pass, unless the attempts ran out.
pub(super) fn shrink<T: Clone>(items: &[T], attempts_max: usize, mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut best = items.to_vec();
    let mut chunk = best.len() / 2;
    let mut attempts = 0;
    while chunk > 0 {
        let mut from = 0;
        let mut removed = false;
        while from < best.len() {
            let until = (from + chunk).min(best.len());
            let rest: Vec<T> = best[..from].iter().chain(&best[until..]).cloned().collect();
            attempts += 1;
            if attempts > attempts_max {
                return best;
            }
            if !rest.is_empty() && fails(&rest) {
                best = rest;
                removed = true;
            } else {
                from = until;
            }
        }
        if !removed || chunk > 1 {
            chunk /= 2;
        }
    }
    best
}

#[test]
fn what_is_left_is_what_fails() {
    let items: Vec<u32> = (0..200).collect();
    let short = shrink(&items, 10_000, |items| items.contains(&17) && items.contains(&150));
    assert_eq!(short, [17, 150]);
}
