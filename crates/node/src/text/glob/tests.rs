use super::*;
use proptest::prelude::*;

/// The verdicts of redis-server 7.0.15, asked with `KEYS pattern` against a database with one key.
const OBSERVED: &[(&str, &str, bool)] = &[
    ("", "", true),
    ("**", "", false),
    ("*", "a", true),
    ("a*", "a", true),
    ("a**", "a", true),
    ("a*c", "abbbc", true),
    ("a*c", "abbbcd", false),
    ("h?llo", "hello", true),
    ("h?llo", "hllo", false),
    ("[", "a", false),
    ("[a", "a", true),
    ("[^", "x", true),
    ("[^]", "x", true),
    ("[]", "x", false),
    ("[c-a]", "b", true),
    ("\\", "\\", true),
    ("a\\", "a\\", true),
    ("\\*", "*", true),
    ("\\*", "a", false),
    ("[\\]]", "]", true),
    ("[a-]", "-", false),
    ("[a-]b", "]", true),
    ("[a-]b", "cb", false),
    ("h[^e]llo", "hallo", true),
    ("h[^e]llo", "hello", false),
];

#[test]
fn verdicts_are_those_of_redis() {
    for &(pattern, text, expected) in OBSERVED {
        assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern:?} on {text:?}");
    }
}

#[test]
fn case_is_ignored_on_request_but_not_behind_an_escape_in_a_class() {
    assert!(matches_ignoring_case(b"HeL*[X-Z]", b"hello y"));
    assert!(!matches(b"HeL*", b"hello"));
    assert!(matches_ignoring_case(b"[x]", b"X"));
    assert!(!matches_ignoring_case(b"[\\x]", b"X"));
    assert!(matches_ignoring_case(b"\\x", b"X"));
}

#[test]
fn many_stars_cost_no_more_than_pattern_times_text() {
    let text = vec![b'a'; 4_000];
    let pattern = [b"a*".repeat(200), b"b".to_vec()].concat();
    let tries = std::cell::Cell::new(0u64);
    let counted = |byte| {
        tries.set(tries.get() + 1);
        byte
    };
    assert!(!matches_folded(&pattern, &text, counted));
    let bound = 2 * (pattern.len() * text.len()) as u64;
    assert!(tries.get() < bound, "{} comparisons, the bound is {bound}", tries.get());
}

/// The grammar written as the plainest recursion, exponential and obviously right.
fn twin(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|skip| twin(rest, &text[skip..])),
        (_, []) => false,
        (_, [byte, later @ ..]) => match_one(pattern, *byte, |b| b).is_some_and(|rest| twin(rest, later)),
    }
}

proptest! {
    #[test]
    fn backtracking_to_the_last_star_loses_nothing(pattern in "[ab*?\\\\\\[\\]^-]{0,10}", text in "[ab^-]{1,10}") {
        prop_assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), twin(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn an_escaped_text_matches_itself_only(text in proptest::collection::vec(any::<u8>(), 1..20), at in any::<prop::sample::Index>()) {
        let pattern: Vec<u8> = text.iter().flat_map(|&byte| [b'\\', byte]).collect();
        prop_assert!(matches(&pattern, &text));
        let mut other = text.clone();
        let at = at.index(other.len());
        other[at] ^= 1;
        prop_assert!(!matches(&pattern, &other));
    }
}
