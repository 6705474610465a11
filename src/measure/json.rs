//! One number out of a JSON document, by an RFC 9535 path.
//!
//! For: `json` sources. May not touch: sockets; the document is handed in, already bounded.

use jsonpath_rust::JsonPath;
use serde_json::Value;

use crate::measure::reading::Reading;
use crate::measure::unit::Unit;
use crate::text;

/// The longest path, in bytes.
pub const PATH_MAX: usize = 256;

/// The columns of a value's tail that are quoted when it is not a unit.
const QUOTED_WIDTH: usize = 24;

/// Whether `path` is one that can be asked.
pub fn check(path: &str) -> Result<(), String> {
    if path.len() > PATH_MAX {
        return Err(format!("the path is longer than {PATH_MAX} bytes"));
    }
    jsonpath_rust::parser::parse_json_path(path).map(drop).map_err(|error| first_line(&error.to_string()))
}

/// The one number at `path`, in `unit`. A bare number is in that unit already; a text may be a number with a unit of its own
/// (`"0.1%"`, `"12 ms"`), which is converted. Any other text is no number, however it begins.
pub fn read(path: &str, unit: &Unit, document: &Value) -> Reading {
    if let Err(why) = check(path) {
        return Reading::Invalid(format!("{path}: {why}"));
    }
    let found = match document.query(path) {
        Ok(found) => found,
        Err(error) => return Reading::Invalid(first_line(&error.to_string())),
    };
    match found.as_slice() {
        [] => Reading::Missing(format!("nothing at {path}")),
        [only] => number(path, unit, only),
        several => Reading::Invalid(format!("{} values at {path}: the path must lead to one", several.len())),
    }
}

/// The number that a text is, with a unit of its own or without; `place` says where the text was found.
pub fn text_number(place: &str, unit: &Unit, text: &str) -> Reading {
    match leading_number(text) {
        Some((value, tail)) => with_unit(place, unit, value, tail),
        None => Reading::Invalid(format!("a text without a number at {place}, where a number should be")),
    }
}

fn number(path: &str, unit: &Unit, value: &Value) -> Reading {
    let kind = match value {
        Value::Number(number) => return Reading::of(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => return text_number(path, unit, text),
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Reading::Invalid(format!("{kind} at {path}, where a number should be"))
}

/// `value` in the metric's unit, when `tail` is nothing or a unit of the same kind.
fn with_unit(path: &str, unit: &Unit, value: f64, tail: &str) -> Reading {
    if tail.is_empty() {
        return Reading::of(value);
    }
    let own = Unit::of(tail);
    if let Some(value) = own.convert(value, unit) {
        return Reading::of(value);
    }
    let wanted = if *unit == Unit::None { "a plain number".to_owned() } else { unit.to_string() };
    Reading::Invalid(match own {
        Unit::Other(tail) => {
            let tail = text::clip(&text::clean_line(&tail), QUOTED_WIDTH).into_owned();
            format!("`{tail}` behind the number at {path}, wanted {wanted}")
        }
        own => format!("in {own}, wanted {wanted}, at {path}"),
    })
}

/// The number that a text begins with, and what follows it.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let longest = text.len().min(40);
    let end = (1..=longest).rev().filter(|end| text.is_char_boundary(*end)).find(|end| is_plain_number(&text[..*end]))?;
    Some((text[..end].parse().ok()?, text[end..].trim_start()))
}

fn is_plain_number(text: &str) -> bool {
    let digits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    text.bytes().all(digits) && text.parse::<f64>().is_ok()
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("not a JSON path").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_one_number_or_says_why_not() {
        let document = serde_json::json!({
            "rate": 0.25, "count": 12, "level": " 3e3", "list": [1, 2], "word": "ok",
            "date": "2026-11-21", "version": "1.2.3", "none": null, "yes": true, "inner": {"a": 1}, "huge": "1e999",
        });
        let numbers = [("$.rate", 0.25), ("$.count", 12.0), ("$.level", 3000.0), ("$.list[1]", 2.0)];
        for (path, value) in numbers {
            assert_eq!(read(path, &Unit::None, &document), Reading::Number(value), "{path}");
        }
        for path in ["$.word", "$.date", "$.version", "$.none", "$.yes", "$.inner", "$.list", "$.list[*]", "$.huge", "$..[", ""] {
            let reading = read(path, &Unit::None, &document);
            assert!(matches!(reading, Reading::Invalid(_)), "{path}: {reading:?}");
        }
        assert_eq!(read("$.gone", &Unit::None, &document), Reading::Missing("nothing at $.gone".to_owned()));
    }

    #[test]
    fn a_text_is_read_in_its_own_unit_or_not_at_all() {
        let rps = Unit::Other("rps".to_owned());
        let good = [
            ("0.5s", &Unit::Milliseconds, 500.0),
            (" 12 ms ", &Unit::Milliseconds, 12.0),
            ("12", &Unit::Milliseconds, 12.0),
            ("5 GB", &Unit::Megabytes, 5_000.0),
            ("0.1%", &Unit::Percent, 0.1),
            ("50%", &Unit::Fraction, 0.5),
            ("-3e3 rps", &rps, -3_000.0),
        ];
        for (text, unit, value) in good {
            assert_eq!(read("$", unit, &serde_json::json!(text)), Reading::Number(value), "{text} in {unit}");
        }
        let bad = [
            ("5 GB", &Unit::Milliseconds, "in GB, wanted ms, at $"),
            ("12 ms", &Unit::None, "in ms, wanted a plain number, at $"),
            ("12 ms", &rps, "in ms, wanted rps, at $"),
            ("12abc", &Unit::None, "`abc` behind the number at $, wanted a plain number"),
            ("12 Mbps", &Unit::PerSecond, "`Mbps` behind the number at $, wanted /s"),
            ("12 345", &Unit::Milliseconds, "`345` behind the number at $, wanted ms"),
            ("1\u{1b}[2J", &Unit::Percent, "`\\e[2J` behind the number at $, wanted %"),
        ];
        for (text, unit, why) in bad {
            assert_eq!(read("$", unit, &serde_json::json!(text)), Reading::Invalid(why.to_owned()), "{text} in {unit}");
        }
    }

    #[test]
    fn a_path_is_checked_and_kept_short() {
        assert_eq!(check("$.queues[?@.name == 'mail'].depth"), Ok(()));
        assert!(check("$[?(").is_err());
        assert!(check(&format!("${}", ".a".repeat(200))).is_err());
    }
}
