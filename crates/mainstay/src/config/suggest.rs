//! Did you mean: the nearest known word.

/// Longest word that is compared; longer ones are no slip of the finger.
const WORD_CHARS_MAX: usize = 48;

/// The candidate with the fewest edits (insert, delete, replace, swap of neighbours, letter case free), if these are at most a
/// third of the word's length. The first of equals wins.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().map(|c| c.to_ascii_lowercase()).take(WORD_CHARS_MAX + 1).collect();
    if word.len() > WORD_CHARS_MAX {
        return None;
    }
    let allowed = word.len() / 3;
    let scored = candidates.into_iter().map(|candidate| (edits(&word, candidate), candidate));
    scored.filter(|(edits, _)| *edits <= allowed).min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance, in three rows.
fn edits(word: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().map(|c| c.to_ascii_lowercase()).collect();
    let (mut before, mut above): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=candidate.len()).collect());
    for (i, a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in candidate.iter().enumerate() {
            let replaced = above[j] + usize::from(a != b);
            let mut best = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == candidate[j - 1] && word[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[candidate.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["eviction", "max_memory", "prefix", "ttl", "w", "n"];
        for (word, expected) in [
            ("evicton", Some("eviction")),
            ("max_mem", None),
            ("maxmemory", Some("max_memory")),
            ("MAX_MEMORY", Some("max_memory")),
            ("prefxi", Some("prefix")),
            ("tll", Some("ttl")),
            ("origin", None),
            ("W", Some("w")),
            ("x", None),
            ("éviction", Some("eviction")),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}
