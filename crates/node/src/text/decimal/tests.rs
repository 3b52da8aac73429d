use super::*;
use proptest::prelude::*;

fn sum(one: &str, two: &str) -> Option<String> {
    let sum = Decimal::parse(one.as_bytes())?.add(&Decimal::parse(two.as_bytes())?)?;
    let mut out = Vec::new();
    sum.write(&mut out);
    Some(String::from_utf8(out).unwrap())
}

#[test]
fn sums_are_exact_and_rounded_once() {
    let cases = [
        ("0.1", "0.2", "0.3"),
        ("5.1", "200", "205.1"),
        ("10.50", "0.1", "10.6"),
        ("5.0e3", "2.0e2", "5200"),
        ("3", "1.1", "4.1"),
        ("1", "-1", "0"),
        ("-1", "0.5", "-0.5"),
        ("0", "-0", "0"),
        ("-5", "5", "0"),
        ("123456789", "0.1", "123456789.1"),
        ("99.9", "0.1", "100"),
        ("1", "0x10", "17"),
        ("0", "0x1p-3", "0.125"),
        ("0", "5e-18", "0"),
        ("0", "5.1e-18", "0.00000000000000001"),
        ("0", "1.5e-17", "0.00000000000000002"),
        ("0", "2.5e-17", "0.00000000000000002"),
        ("0", "2.500000001e-17", "0.00000000000000003"),
        ("0", "-1e-20", "0"),
        ("0.99999999999999999", "5e-18", "1"),
        ("9", "0.999999999999999995", "10"),
        ("0", "1e-4940", "0"),
        ("0", "0e99999999999999999999", "0"),
        ("1e30", "1", "1000000000000000000000000000001"),
        ("18446744073709551616.25", "1", "18446744073709551617.25"),
    ];
    for (one, two, expected) in cases {
        assert_eq!(sum(one, two).as_deref(), Some(expected), "{one} + {two}");
        assert_eq!(sum(two, one).as_deref(), Some(expected), "{two} + {one}");
    }
}

/// What `INCRBYFLOAT` of redis-server 7.0.15 calls no valid float, and what it takes.
#[test]
fn operands_are_those_of_redis() {
    let zeros = |count| "0".repeat(count);
    for refused in [
        "",
        " 1",
        "1 ",
        ".",
        "e1",
        "1e",
        "1e+",
        "0x",
        "nan",
        "1e4933",
        "1e-5000",
        "1.8e-4951",
        "1.1897314953572317651e4932",
        "1_0",
        "1.2.3",
        "+-1",
        "--1",
        "0x1p",
    ] {
        assert_eq!(Decimal::parse(refused.as_bytes()), None, "{refused:?}");
    }
    for accepted in
        ["1e4932", "1.18973149535723176503e+4932", "1.9e-4951", "+1.", "-.5", "1E3", "INF", "-infinity", "0x.8"]
    {
        assert!(Decimal::parse(accepted.as_bytes()).is_some(), "{accepted:?}");
    }
    assert!(Decimal::parse(format!("0.{}1", zeros(300)).as_bytes()).is_some());
    assert!(Decimal::parse(format!("0.{}", "1".repeat(TEXT_BYTES_MAX - 2)).as_bytes()).is_some());
    assert_eq!(Decimal::parse(format!("0.{}", "1".repeat(TEXT_BYTES_MAX - 1)).as_bytes()), None);
}

#[test]
fn infinities_and_overflow_have_no_sum() {
    assert_eq!(sum("inf", "1"), None);
    assert_eq!(sum("1", "-inf"), None);
    assert_eq!(sum("1e4932", "1e4932"), None);
    assert_eq!(sum("1e4932", "-1e4932").as_deref(), Some("0"));
    assert_eq!(sum("1e4932", "0").map(|text| text.len()), Some(4_933));
}

/// `±units × 10^-places` as text.
fn text_of(units: i64, places: usize) -> String {
    let digits = format!("{:0width$}", units.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{}{whole}.{fraction}", if units < 0 { "-" } else { "" })
}

proptest! {
    #[test]
    fn sums_equal_those_of_scaled_integers(one: i64, two: i64, a in 0usize..=17, b in 0usize..=17) {
        let scaled = i128::from(one) * 10i128.pow(17 - a as u32) + i128::from(two) * 10i128.pow(17 - b as u32);
        let text = sum(&text_of(one, a), &text_of(two, b)).unwrap();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let read: i128 = format!("{whole}{fraction:0<17}").parse().unwrap();
        prop_assert_eq!(read, scaled, "{}", text);
        prop_assert!(!text.contains('.') || !text.ends_with(['0', '.']));
    }

    #[test]
    fn what_is_written_is_an_operand_with_the_same_value(mantissa: i64, exponent in -40i32..40) {
        let text = format!("{mantissa}e{exponent}");
        let once = sum(&text, "0").unwrap();
        prop_assert_eq!(sum(&once, "0").unwrap(), once);
    }
}
