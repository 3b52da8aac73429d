//! Amounts of memory as Redis writes them: `100`, `1k` (1,000), `1kb` (1,024), `5gb`.

/// Reads an amount in bytes; units in any case.
pub(super) fn parse(text: &[u8]) -> Option<u64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, unit) = text.split_at(digits);
    let unit: u64 = match unit.to_ascii_lowercase().as_slice() {
        b"" | b"b" => 1,
        b"k" => 1_000,
        b"kb" => 1 << 10,
        b"m" => 1_000_000,
        b"mb" => 1 << 20,
        b"g" => 1_000_000_000,
        b"gb" => 1 << 30,
        _ => return None,
    };
    std::str::from_utf8(number).ok()?.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_are_those_of_redis() {
        let cases: [(&str, Option<u64>); 9] = [
            ("100", Some(100)),
            ("1k", Some(1000)),
            ("1KB", Some(1024)),
            ("2mb", Some(2 << 20)),
            ("3g", Some(3_000_000_000)),
            ("", None),
            ("-1", None),
            ("1 kb", None),
            ("99999999999gb", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text.as_bytes()), bytes, "{text}");
        }
    }
}
