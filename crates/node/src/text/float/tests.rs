use super::*;
use proptest::prelude::*;

fn shortest(value: f64) -> String {
    let mut out = Vec::new();
    write_shortest(value, &mut out);
    String::from_utf8(out).unwrap()
}

fn seventeen(value: f64) -> String {
    let mut out = Vec::new();
    write_17g(value, &mut out);
    String::from_utf8(out).unwrap()
}

/// What `ZADD` of redis-server 7.0.15 takes for a score, and as which double.
#[test]
fn texts_read_as_redis_reads_them() {
    let accepted: &[(&str, f64)] = &[
        ("1", 1.0),
        ("+1", 1.0),
        ("00012", 12.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e5", 100_000.0),
        ("1E5", 100_000.0),
        ("-.5e-3", -0.0005),
        ("0e999", 0.0),
        ("5e-324", 5e-324),
        ("inf", f64::INFINITY),
        ("+INF", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
        ("0x10", 16.0),
        ("0X.8", 0.5),
        ("-0x1p4", -16.0),
        ("0x1.8p+3", 12.0),
        ("0x1p-1074", 5e-324),
        ("0x1.fffffffffffffp1023", f64::MAX),
        ("0x1.00000000000008p0", 1.0),
        ("0x1.000000000000080000000001p0", 1.000_000_000_000_000_2),
        ("0x1.00000000000018p0", 1.000_000_000_000_000_4),
    ];
    for &(text, expected) in accepted {
        assert_eq!(parse(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()), "{text:?}");
    }
    let refused = [
        "",
        ".",
        "-",
        "+",
        "+-1",
        " 1",
        "1 ",
        "1\0",
        "1_0",
        "1e",
        "1e+",
        "1d",
        "1f",
        "0x",
        "0x.",
        "0x1p",
        "0x1.2.3",
        "0xg",
        "0b1",
        "nan",
        "NaN",
        "-nan",
        "nan(1)",
        "infinit",
        "INFINITYx",
        "1e400",
        "-1e400",
        "1e-400",
        "1e-324",
        "0x1p-1080",
        "0x1p1024",
        "0x1.fffffffffffff8p1023",
        "0x-1",
        "e5",
        "\u{661}",
    ];
    for text in refused {
        assert_eq!(parse(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(parse(b"1\xff"), None);
}

#[test]
fn the_shortest_form_has_the_layout_of_redis() {
    let cases: &[(f64, &str)] = &[
        (0.0, "0"),
        (-0.0, "-0"),
        (3.0, "3"),
        (-3.0, "-3"),
        (3.1, "3.1"),
        (0.1, "0.1"),
        (-0.0005, "-0.0005"),
        (0.000_001, "0.000001"),
        (0.000_000_1, "1e-7"),
        (0.000_123_456_78, "1.2345678e-4"),
        (1.234_567_89, "1.23456789"),
        (12_345.678_9, "12345.6789"),
        (12_345.678_901_234, "1.2345678901234e+4"),
        (9_007_199_254_740_993.0, "9007199254740992"),
        (1e18, "1000000000000000000"),
        (4_611_686_018_427_387_904.0, "4611686018427387904"),
        (1e19, "1e+19"),
        (1e20, "1e+20"),
        (-1.5e20, "-1.5e+20"),
        (1e100, "1e+100"),
        (1e-5, "0.00001"),
        (3e-5, "0.00003"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (123_456_789_012_345_680_000.0, "123456789012345680000"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
    ];
    for &(value, expected) in cases {
        assert_eq!(shortest(value), expected);
    }
}

#[test]
fn seventeen_digits_are_those_of_printf() {
    let cases: &[(f64, &str)] = &[
        (0.0, "0"),
        (-0.0, "-0"),
        (3.0, "3"),
        (0.1, "0.10000000000000001"),
        (-0.5e-3, "-0.00050000000000000001"),
        (0.0001, "0.0001"),
        (0.00001, "1.0000000000000001e-05"),
        (5e-324, "4.9406564584124654e-324"),
        (1e16, "10000000000000000"),
        (1e17, "1e+17"),
        (123_456.0, "123456"),
        (100_000.5, "100000.5"),
        (3.999_999_999_999_999_6, "3.9999999999999996"),
        // Half-way cases go to the even digit.
        (2f64.powi(-25), "2.9802322387695312e-08"),
        (3.0 * 2f64.powi(-25), "8.9406967163085938e-08"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::INFINITY, "inf"),
        (f64::NAN, "nan"),
    ];
    for &(value, expected) in cases {
        assert_eq!(seventeen(value), expected);
    }
}

proptest! {
    #[test]
    fn both_forms_read_back_to_the_same_double(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(!value.is_nan());
        prop_assert_eq!(parse(shortest(value).as_bytes()).map(f64::to_bits), Some(bits));
        prop_assert_eq!(parse(seventeen(value).as_bytes()).map(f64::to_bits), Some(bits));
    }

    #[test]
    fn the_shortest_form_has_as_many_digits_as_the_standard_library(bits: u64) {
        let value = f64::from_bits(bits);
        // Whole numbers print all their digits, which may be more.
        prop_assume!(value.is_finite() && (value.abs() > WHOLE_MAX || value.trunc() != value));
        let significant = |text: &str| {
            let mantissa = text.split('e').next().unwrap().replace(['.', '-'], "");
            mantissa.trim_matches('0').len()
        };
        prop_assert_eq!(significant(&shortest(value)), significant(&format!("{value:e}")));
        prop_assert!(shortest(value).len() <= 26);
    }

    #[test]
    fn hexadecimal_doubles_read_back(bits in 0u64..0x7ff0_0000_0000_0000, negative: bool) {
        let value = f64::from_bits(bits | u64::from(negative) << 63);
        let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i64);
        let (whole, power) = if exponent == 0 { (0, -1022) } else { (1, exponent - 1023) };
        let text = format!("{}0x{whole}.{fraction:013x}p{power}", if negative { "-" } else { "" });
        prop_assert_eq!(parse(text.as_bytes()).map(f64::to_bits), Some(value.to_bits()), "{}", text);
    }
}
