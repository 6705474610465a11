//! One number out of a JSON document, by an RFC 9535 path.
//!
//! For: `json` sources. May not touch: sockets; the document is handed in, already bounded.

use jsonpath_rust::JsonPath;
use serde_json::Value;

use crate::measure::reading::Reading;

/// The longest path, in bytes.
pub const PATH_MAX: usize = 256;

/// Whether `path` is one that can be asked.
pub fn check(path: &str) -> Result<(), String> {
    if path.len() > PATH_MAX {
        return Err(format!("the path is longer than {PATH_MAX} bytes"));
    }
    jsonpath_rust::parser::parse_json_path(path).map(drop).map_err(|error| first_line(&error.to_string()))
}

/// The one number at `path`. A text that starts with a number counts (`"0.1%"`, `"12 ms"`); its unit is the metric's matter.
pub fn read(path: &str, document: &Value) -> Reading {
    if let Err(why) = check(path) {
        return Reading::Invalid(format!("{path}: {why}"));
    }
    let found = match document.query(path) {
        Ok(found) => found,
        Err(error) => return Reading::Invalid(first_line(&error.to_string())),
    };
    match found.as_slice() {
        [] => Reading::Missing(format!("nothing at {path}")),
        [only] => number(path, only),
        several => Reading::Invalid(format!("{} values at {path}: the path must lead to one", several.len())),
    }
}

fn number(path: &str, value: &Value) -> Reading {
    let kind = match value {
        Value::Number(number) => return Reading::of(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => match leading_number(text) {
            Some(value) => return Reading::of(value),
            None => "a text without a number",
        },
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Reading::Invalid(format!("{kind} at {path}, where a number should be"))
}

/// The number that a text starts with, if what follows can be its unit.
fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let longest = text.len().min(40);
    let end = (1..=longest).rev().filter(|end| text.is_char_boundary(*end)).find(|end| is_plain_number(&text[..*end]))?;
    let unit = text[end..].trim_start();
    let can_be_unit = unit.chars().all(|character| character.is_alphabetic() || matches!(character, '%' | '/' | 'µ' | '°'));
    if can_be_unit { text[..end].parse().ok() } else { None }
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
            "rate": 0.25, "count": 12, "text": "0.1%", "time": " 12 ms", "big": "3e3 rps", "list": [1, 2], "word": "ok",
            "date": "2026-11-21", "version": "1.2.3", "none": null, "yes": true, "inner": {"a": 1}, "huge": "1e999",
        });
        let numbers =
            [("$.rate", 0.25), ("$.count", 12.0), ("$.text", 0.1), ("$.time", 12.0), ("$.big", 3000.0), ("$.list[1]", 2.0)];
        for (path, value) in numbers {
            assert_eq!(read(path, &document), Reading::Number(value), "{path}");
        }
        for path in ["$.word", "$.date", "$.version", "$.none", "$.yes", "$.inner", "$.list", "$.list[*]", "$.huge", "$..[", ""] {
            assert!(matches!(read(path, &document), Reading::Invalid(_)), "{path}: {:?}", read(path, &document));
        }
        assert_eq!(read("$.gone", &document), Reading::Missing("nothing at $.gone".to_owned()));
    }

    #[test]
    fn a_path_is_checked_and_kept_short() {
        assert_eq!(check("$.queues[?@.name == 'mail'].depth"), Ok(()));
        assert!(check("$[?(").is_err());
        assert!(check(&format!("${}", ".a".repeat(200))).is_err());
    }
}
