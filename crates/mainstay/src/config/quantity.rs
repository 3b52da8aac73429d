//! Durations, sizes and rates as people write them: `1h30m`, `250ms`, `64KiB`, `100/s`.

use std::time::Duration;

/// Units of time with their nanoseconds, longest first.
const TIME_UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Units of size with their bytes, largest first. A name without `i` is a power of ten.
const SIZE_UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

/// Reads whole numbers with units `d h m s ms us ns`, each unit once and longer ones first: `10m`, `250ms`, `1h30m`, `0s`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (mut rest, mut nanos, mut longest) = (text, 0_u64, u64::MAX);
    while !rest.is_empty() {
        let (count, tail) = leading_number(rest)?;
        let unit_len = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at(unit_len);
        let (_, scale) = *TIME_UNITS.iter().find(|(name, _)| *name == unit)?;
        if scale >= longest {
            return None;
        }
        longest = scale;
        nanos = nanos.checked_add(count.checked_mul(scale)?)?;
        rest = tail;
    }
    (longest != u64::MAX).then(|| Duration::from_nanos(nanos))
}

/// Writes a duration in the form that [`parse_duration`] reads.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, scale) in TIME_UNITS {
        if rest >= scale {
            text.push_str(&format!("{}{unit}", rest / scale));
            rest %= scale;
        }
    }
    text
}

/// Reads a whole number of bytes with one of the units `B KB KiB MB MiB GB GiB TB TiB`.
#[must_use]
pub fn parse_size(text: &str) -> Option<u64> {
    let (count, unit) = leading_number(text)?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, scale) = SIZE_UNITS.iter().find(|(name, _)| *name == unit)?;
    count.checked_mul(*scale)
}

/// Writes a size in the largest binary unit that divides it, in the form that [`parse_size`] reads.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    let unit =
        SIZE_UNITS.iter().find(|(_, scale)| scale.is_power_of_two() && bytes >= *scale && bytes.is_multiple_of(*scale));
    match unit {
        Some((name, scale)) => format!("{}{name}", bytes / scale),
        None => format!("{bytes}B"),
    }
}

/// Events per second of a rate such as `100/s`, `600/m` or `3600/h`.
#[must_use]
pub fn parse_rate(text: &str) -> Option<f64> {
    let (count, per) = leading_number(text)?;
    let seconds = match per {
        "/s" => 1_u32,
        "/m" => 60,
        "/h" => 3_600,
        _ => return None,
    };
    let count = u32::try_from(count).ok().filter(|n| *n > 0)?;
    Some(f64::from(count) / f64::from(seconds))
}

fn leading_number(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_written() {
        for (text, expected_ns) in [
            ("10m", Some(600_000_000_000)),
            ("250ms", Some(250_000_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("1d2h3m4s5ms6us7ns", Some(93_784_005_006_007)),
            ("0s", Some(0)),
            ("", None),
            ("10", None),
            ("m", None),
            ("30m1h", None),
            ("1m1m", None),
            ("-1s", None),
            ("1.5s", None),
            ("1 s", None),
            ("1M", None),
            ("213504d", None),
            ("99999999999999999999s", None),
            ("1é", None),
        ] {
            assert_eq!(parse_duration(text), expected_ns.map(Duration::from_nanos), "{text}");
        }
    }

    #[test]
    fn sizes_read_as_written() {
        for (text, expected) in [
            ("64KiB", Some(65_536)),
            ("1GiB", Some(1 << 30)),
            ("512MB", Some(512_000_000)),
            ("512 MB", Some(512_000_000)),
            ("0B", Some(0)),
            ("16384PiB", None),
            ("16777216TiB", None),
            ("1k", None),
            ("1", None),
            ("", None),
            ("GiB", None),
        ] {
            assert_eq!(parse_size(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut rng = mainstay_foundation::Rng::new(11);
        for _ in 0..10_000 {
            let number = rng.next_u64() >> rng.below(64);
            assert_eq!(parse_size(&format_size(number)), Some(number));
            let duration = Duration::from_nanos(number);
            assert_eq!(parse_duration(&format_duration(duration)), Some(duration), "{number}");
        }
    }

    #[test]
    fn rates_are_per_second_minute_or_hour() {
        for (text, expected) in [
            ("100/s", Some(100.0)),
            ("30/m", Some(0.5)),
            ("36/h", Some(0.01)),
            ("0/s", None),
            ("5", None),
            ("5/d", None),
            ("/s", None),
        ] {
            assert_eq!(parse_rate(text), expected, "{text}");
        }
    }
}
