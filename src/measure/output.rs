//! One number out of what a script printed.
//!
//! For: `script` sources. May not touch: processes; the output is handed in, already bounded.

use regex::{Regex, RegexBuilder};

use crate::measure::json;
use crate::measure::reading::Reading;
use crate::measure::unit::Unit;

/// Room for any expression that a person writes.
const REGEX_MAX: usize = 1 << 20;

/// An expression that can be looked for. `^` and `$` are the ends of a line.
pub fn expression(text: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(text).multi_line(true).size_limit(REGEX_MAX).build();
    built.map_err(|error| error.to_string().lines().last().unwrap_or_default().trim().to_owned())
}

/// The first place where the expression is found: its first group, or all of it.
pub fn found(expression: &Regex, unit: &Unit, output: &str) -> Reading {
    let Some(captures) = expression.captures(output) else {
        return Reading::Missing(format!("nothing in the output matches {}", expression.as_str()));
    };
    let group = captures.get(1).or_else(|| captures.get(0)).map_or("", |group| group.as_str());
    json::text_number("the match", unit, group)
}

/// What programs print where they have no number.
const NO_NUMBERS: [&str; 10] = ["nan", "n/a", "na", "-", "--", "null", "nil", "none", "inf", "infinity"];

/// In the last line that is not empty: the last word that begins like a number, and the unit that stands behind it. A word that
/// only begins so (a date, a version, a time of day) is no number, and neither is one that says there is none (`NaN`, `n/a`, `-`);
/// what stands before it is not taken in its place.
pub fn last_number(unit: &Unit, output: &str) -> Reading {
    let line = output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty()).collect();
    let begins = |word: &str| word.trim_start_matches(['+', '-', '.']).starts_with(|c: char| c.is_ascii_digit());
    let at = words.iter().rposition(|word| begins(word));
    if let Some(none) = words[at.map_or(0, |at| at + 1)..].iter().find(|word| says_none(word)) {
        return Reading::Invalid(format!("`{none}` at the end of the output, where a number should be"));
    }
    let Some(at) = at else {
        return Reading::Missing("no number in the last line of the output".to_owned());
    };
    let word = words[at].trim_end_matches([',', ';', ')', ']', ':']);
    let word = word.strip_suffix('.').unwrap_or(word);
    let behind = words.get(at + 1).copied().unwrap_or_default().trim_end_matches([',', ';', ')', ']', '.']);
    let is_plain = word.ends_with(|c: char| c.is_ascii_digit());
    match Unit::of(behind) {
        Unit::None | Unit::Other(_) => json::text_number("the end of the output", unit, word),
        _ if is_plain => json::text_number("the end of the output", unit, &format!("{word} {behind}")),
        _ => json::text_number("the end of the output", unit, word),
    }
}

fn says_none(word: &str) -> bool {
    let bare = word.trim_matches(['"', '\'', ',', ';', ':', '.', '(', ')', '[', ']']);
    let bare = if bare.len() > 2 { bare.trim_start_matches(['+', '-']) } else { bare };
    NO_NUMBERS.iter().any(|none| bare.eq_ignore_ascii_case(none))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_counts_with_the_unit_behind_it() {
        let cases = [
            ("42\n", Unit::None, 42.0),
            ("queue depth: 12 messages\n", Unit::None, 12.0),
            ("first 1\nlag=3\n\n", Unit::None, 3.0),
            ("took 0.5 s.\n", Unit::Milliseconds, 500.0),
            ("load 12ms", Unit::Seconds, 0.012),
            ("(-3.5),", Unit::None, -3.5),
        ];
        for (output, unit, value) in cases {
            let output = output.replace('(', "( ");
            assert_eq!(last_number(&unit, &output), Reading::Number(value), "{output}");
        }
    }

    #[test]
    fn what_only_begins_like_a_number_is_none() {
        for output in ["12 done at 10:32:01", "3 of 2026-11-21", "1.2.3", "0,5", "5 GB", "12abc"] {
            let reading = last_number(&Unit::None, output);
            assert!(matches!(reading, Reading::Invalid(_)), "{output}: {reading:?}");
        }
        for output in ["errors 0\nerrors NaN", "avg over 5 min: n/a", "p95 3\np95 -", "3 then null", "lag=-Inf\n", "NaN"] {
            let reading = last_number(&Unit::None, output);
            assert!(matches!(reading, Reading::Invalid(_)), "{output}: {reading:?}");
        }
        for output in ["", "no queue", "depth 3\nwarning: no queue"] {
            assert!(matches!(last_number(&Unit::None, output), Reading::Missing(_)), "{output}");
        }
    }

    #[test]
    fn an_expression_finds_its_group_or_says_that_it_does_not() {
        let depth = expression(r"^depth (\S+)").unwrap();
        assert_eq!(found(&depth, &Unit::Milliseconds, "x\ndepth 2s\n"), Reading::Number(2_000.0));
        assert!(matches!(found(&depth, &Unit::None, "width 2"), Reading::Missing(_)));
        assert!(matches!(found(&depth, &Unit::None, "depth much"), Reading::Invalid(_)));
        assert!(expression("(").is_err());
    }
}
