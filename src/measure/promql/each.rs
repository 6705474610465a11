//! Functions of one number at a time.

use chrono::{Datelike, Timelike};

use crate::time::Moment;

/// What becomes of a value, given the function's other arguments.
pub(super) type EachFunction = fn(f64, &[f64]) -> f64;

pub(super) fn named(name: &str) -> Option<EachFunction> {
    Some(match name {
        "abs" => |value, _| value.abs(),
        "ceil" => |value, _| value.ceil(),
        "floor" => |value, _| value.floor(),
        "exp" => |value, _| value.exp(),
        "ln" => |value, _| value.ln(),
        "log2" => |value, _| value.log2(),
        "log10" => |value, _| value.log10(),
        "sqrt" => |value, _| value.sqrt(),
        "sgn" => |value, _| {
            if value > 0.0 {
                1.0
            } else if value < 0.0 {
                -1.0
            } else {
                value
            }
        },
        "round" => round,
        "deg" => |value, _| value * 180.0 / std::f64::consts::PI,
        "rad" => |value, _| value * std::f64::consts::PI / 180.0,
        "sin" => |value, _| value.sin(),
        "cos" => |value, _| value.cos(),
        "tan" => |value, _| value.tan(),
        "asin" => |value, _| value.asin(),
        "acos" => |value, _| value.acos(),
        "atan" => |value, _| value.atan(),
        "sinh" => |value, _| value.sinh(),
        "cosh" => |value, _| value.cosh(),
        "tanh" => |value, _| value.tanh(),
        "asinh" => |value, _| value.asinh(),
        "acosh" => |value, _| value.acosh(),
        "atanh" => |value, _| value.atanh(),
        _ => return None,
    })
}

/// Functions of a time in seconds since the epoch; without an argument they are about now.
pub(super) fn of_time(name: &str) -> Option<EachFunction> {
    Some(match name {
        "minute" => |value, _| day(value, |at| f64::from(at.minute())),
        "hour" => |value, _| day(value, |at| f64::from(at.hour())),
        "day_of_week" => |value, _| day(value, |at| f64::from(at.weekday().num_days_from_sunday())),
        "day_of_month" => |value, _| day(value, |at| f64::from(at.day())),
        "day_of_year" => |value, _| day(value, |at| f64::from(at.ordinal())),
        "days_in_month" => |value, _| day(value, |at| f64::from(at.num_days_in_month())),
        "month" => |value, _| day(value, |at| f64::from(at.month())),
        "year" => |value, _| day(value, |at| f64::from(at.year())),
        _ => return None,
    })
}

fn day(seconds: f64, part: fn(chrono::DateTime<chrono::Utc>) -> f64) -> f64 {
    if seconds.is_finite() { part(Moment((seconds.trunc() * 1_000.0) as i64).utc()) } else { f64::NAN }
}

/// To the nearest multiple, halves upwards. The inverse loses less than dividing.
fn round(value: f64, with: &[f64]) -> f64 {
    let inverse = 1.0 / with.first().copied().unwrap_or(1.0);
    (value * inverse + 0.5).floor() / inverse
}

/// Between two ends; NaN stays NaN.
pub(super) fn clamp(value: f64, low: f64, high: f64) -> f64 {
    if value.is_nan() || low.is_nan() || high.is_nan() { f64::NAN } else { value.min(high).max(low) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_worked_out_one_by_one() {
        let cases: [(&str, f64, &[f64], f64); 9] = [
            ("round", 2.5, &[], 3.0),
            ("round", -2.5, &[], -2.0),
            ("round", 0.37, &[0.05], 0.35),
            ("sgn", -3.0, &[], -1.0),
            ("sgn", 0.0, &[], 0.0),
            ("ln", 0.0, &[], f64::NEG_INFINITY),
            ("log10", 1000.0, &[], 3.0),
            ("ceil", -0.5, &[], 0.0),
            ("sqrt", 9.0, &[], 3.0),
        ];
        for (name, value, with, answer) in cases {
            let found = named(name).unwrap()(value, with);
            assert!((found - answer).abs() < 1e-12 || found == answer, "{name}({value}) is {found}");
        }
        assert!(named("sqrt").unwrap()(-1.0, &[]).is_nan());
        assert!(clamp(f64::NAN, 0.0, 1.0).is_nan());
        assert_eq!([clamp(-1.0, 0.0, 1.0), clamp(2.0, 0.0, 1.0)], [0.0, 1.0]);
    }

    #[test]
    fn a_leap_day_is_found_on_the_calendar() {
        // 2024-02-29T13:05:00Z, a Thursday.
        let cases =
            [("minute", 5), ("hour", 13), ("day_of_week", 4), ("day_of_month", 29), ("day_of_year", 60), ("days_in_month", 29)];
        for (name, answer) in cases {
            assert_eq!(of_time(name).unwrap()(1_709_211_900.9, &[]), f64::from(answer), "{name}");
        }
    }
}
