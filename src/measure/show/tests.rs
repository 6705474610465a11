use proptest::prelude::*;

use super::*;

fn every_unit() -> Vec<Unit> {
    let words =
        ["", "%", "fraction", "us", "ms", "s", "min", "h", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "/s", "/min", "rps"];
    words.iter().map(|word| Unit::of(word)).collect()
}

#[test]
fn numbers_read_as_people_say_them() {
    let cases = [
        (0.08, "%", "0.08 %"),
        (0.004, "%", "0.004 %"),
        (62.04, "%", "62 %"),
        (0.62, "fraction", "62 %"),
        (0.000_001, "%", "<0.001 %"),
        (143.2, "ms", "143 ms"),
        (1_240.0, "ms", "1.24 s"),
        (999.7, "ms", "1 s"),
        (0.143, "s", "143 ms"),
        (0.000_25, "s", "250 us"),
        (754.0, "s", "12:34"),
        (5.0, "min", "5:00"),
        (2.5, "h", "2h30m"),
        (1.3e9, "bytes", "1.3 GB"),
        (999_950.0, "B", "1 MB"),
        (1_536.0, "MiB", "1.5 GiB"),
        (3_895.4, "/s", "3895 /s"),
        (123_456.0, "/s", "123k /s"),
        (1_234_567.0, "/s", "1.23M /s"),
        (1_234.0, "/min", "1234 /min"),
        (0.0, "", "0"),
        (-0.0, "", "0"),
        (-0.000_000_1, "ms", "~0 us"),
        (0.0, "ms", "0 ms"),
        (0.0, "bytes", "0 B"),
        (12_345.0, "", "12345"),
        (-3.25, "", "-3.25"),
        (412.0, "connections", "412"),
        (12.5, "rps", "12.5 rps"),
        (9.87e14, "", "987T"),
        (2e300, "", "2e300"),
        (f64::NAN, "ms", "?"),
        (f64::INFINITY, "", "?"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(value, unit, text)| (number(*value, &Unit::of(unit)), *text))
        .filter(|(shown, text)| shown != text)
        .collect();
    assert_eq!(wrong, []);
}

#[test]
fn a_limit_keeps_every_digit_that_was_meant() {
    let cases = [
        (0.5, "%", "< 0.5 %"),
        (0.005, "fraction", "< 0.5 %"),
        (0.07, "fraction", "< 7 %"),
        (200.0, "ms", "< 200 ms"),
        (0.2, "s", "< 200 ms"),
        (1.2345, "ms", "< 1.2345 ms"),
        (90.0, "s", "< 1:30"),
        (90.5, "s", "< 90.5 s"),
        (1_500_000_000.0, "bytes", "< 1.5 GB"),
        (3_895.0, "/s", "< 3895 /s"),
        (0.0, "", "< 0"),
        (12.0, "connections", "< 12 connections"),
    ];
    for (value, unit, text) in cases {
        assert_eq!(limit(Op::Less, value, &Unit::of(unit)), text);
    }
}

#[test]
fn a_value_beside_its_limit_is_never_shown_as_the_limit() {
    let percent = Unit::Percent;
    assert_eq!(number_beside(0.5, 0.5, &percent), "0.5 %");
    assert_eq!(number_beside(0.5004, 0.5, &percent), "0.5004 %");
    assert_eq!(number_beside(0.081, 0.5, &percent), "0.081 %");
    assert_eq!(number_beside(199.96, 200.0, &Unit::Milliseconds), "199.96 ms");
}

#[test]
fn a_spark_is_scaled_to_what_it_spans_and_leaves_out_what_is_missing() {
    let rising = (0..8).map(|value| Some(f64::from(value)));
    assert_eq!(spark(rising.clone(), 8, &SPARK), "▁▂▃▄▅▆▇█");
    assert_eq!(spark(rising.clone(), 3, &SPARK_ASCII), "_=#");
    assert_eq!(spark(rising, 10, &SPARK), "  ▁▂▃▄▅▆▇█");
    assert_eq!(spark([Some(1.0), None, Some(f64::NAN), Some(3.0)], 4, &SPARK), "▁  █");
    assert_eq!(spark([Some(7.0); 4], 4, &SPARK), "▁▁▁▁");
    assert_eq!(spark([Some(62.0), Some(62.01), Some(62.0)], 3, &SPARK), "▁▁▁");
    assert_eq!(spark([Some(f64::MIN), Some(0.0), Some(f64::MAX)], 3, &SPARK_ASCII), "_=#");
    assert_eq!(spark([None, None], 2, &SPARK), "  ");
    assert_eq!(spark([Some(1.0)], 0, &SPARK), "");
}

proptest! {
    #[test]
    fn a_number_fits_its_columns_and_is_never_negative_zero(bits in any::<u64>(), small in -1e7..1e7f64) {
        for value in [f64::from_bits(bits), small] {
            for unit in every_unit() {
                let text = number(value, &unit);
                prop_assert!(text.len() <= NUMBER_MAX, "{text} for {value} {unit}");
                prop_assert!(text != "-0" && !text.starts_with("-0 "), "{text} for {value} {unit}");
                prop_assert!(value.abs() >= 1e15 || !value.is_finite() || unit != Unit::None || !text.contains('e'), "{text}");
            }
        }
    }

    #[test]
    fn a_spark_has_its_columns(values in prop::collection::vec(prop::option::of(any::<f64>()), 0..40), columns in 0..30usize) {
        prop_assert_eq!(spark(values, columns, &SPARK).chars().count(), columns);
    }
}
