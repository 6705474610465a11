//! Whether a step's output, or an answer's body, is what the plan expects.
//!
//! Texts are looked for in everything that was printed, as it passes. JSON is read from at most [`JSON_MAX`] bytes.

use jsonpath_rust::JsonPath;
use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::measure::output::expression;
use crate::runbook::model::{Expect, Number};

/// The most output that is kept to read a JSON document from.
pub const JSON_MAX: usize = 1024 * 1024;

/// What a regular expression may grow to, in bytes: as much as when the plan was read, and a little more for its lines.
const PATTERN_SIZE_MAX: usize = 2 << 20;

/// Places at which a document is looked for in output that says more than its JSON.
const STARTS_MAX: usize = 100;

/// Watches a stream for what is expected in it.
pub struct Watcher {
    /// What it is, in words: `the output`, `the body`.
    called: &'static str,
    expect: Expect,
    wanted: Vec<Needle>,
    unwanted: Vec<Needle>,
    lines: Lines,
    kept: Vec<u8>,
    overflowed: bool,
}

/// Counts lines as they pass.
#[derive(Default)]
struct Lines {
    /// Up to the last one that says something.
    counted: u64,
    /// Empty ones behind that.
    empty: u64,
    /// Whether the one being printed says something.
    begun: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if self.begun => self.begun = false,
                b'\n' => self.empty += 1,
                byte if byte.is_ascii_whitespace() || self.begun => {}
                _ => {
                    self.counted += std::mem::take(&mut self.empty) + 1;
                    self.begun = true;
                }
            }
        }
    }
}

impl Watcher {
    pub fn new(expect: &Expect, called: &'static str) -> Self {
        let needles = |texts: &[String]| texts.iter().map(|text| Needle::new(text)).collect();
        Self {
            called,
            wanted: needles(&expect.contains),
            unwanted: needles(&expect.absent),
            expect: expect.clone(),
            kept: Vec::new(),
            lines: Lines::default(),
            overflowed: false,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.wanted.iter_mut().chain(&mut self.unwanted).for_each(|needle| needle.push(bytes));
        self.lines.push(bytes);
        if self.keeps() {
            let kept = bytes.len().min(JSON_MAX - self.kept.len());
            self.kept.extend_from_slice(&bytes[..kept]);
            self.overflowed |= kept < bytes.len();
        }
    }

    /// The first expectation that was not met, in words.
    pub fn unmet(&self) -> Option<String> {
        if let Some(needle) = self.wanted.iter().find(|needle| !needle.found) {
            return Some(format!("{} does not contain `{}`", self.called, needle.text));
        }
        if let Some(needle) = self.unwanted.iter().find(|needle| needle.found) {
            return Some(format!("{} contains `{}`", self.called, needle.text));
        }
        if self.keeps() && self.overflowed {
            return Some(format!("{} is larger than {} KiB, too much to look through", self.called, JSON_MAX / 1024));
        }
        self.unmet_value()
            .or_else(|| self.unmet_expression())
            .or_else(|| self.unmet_number())
            .or_else(|| self.unmet_lines())
            .or_else(|| self.unmet_json())
    }

    /// Whether the output has to be seen whole.
    fn keeps(&self) -> bool {
        let Expect { json, matches, numbers, value, .. } = &self.expect;
        !json.is_empty() || !matches.is_empty() || !numbers.is_empty() || value.is_some()
    }

    fn unmet_value(&self) -> Option<String> {
        let wanted = self.expect.value.as_ref()?;
        let output = String::from_utf8_lossy(&self.kept);
        let differs = wanted.trim() != output.trim();
        differs.then(|| format!("{} is `{}`, not `{}`", self.called, short(output.trim()), short(wanted.trim())))
    }

    fn unmet_expression(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.kept);
        let missing = self.expect.matches.iter().find(|pattern| match expression(pattern) {
            Ok(expression) => !expression.is_match(&text),
            Err(_) => true,
        })?;
        Some(format!("{} has nothing that matches `{missing}`", self.called))
    }

    fn unmet_number(&self) -> Option<String> {
        let output = String::from_utf8_lossy(&self.kept);
        self.expect.numbers.iter().find_map(|number| unmet_number(number, &output, self.called))
    }

    fn unmet_lines(&self) -> Option<String> {
        let wanted = self.expect.lines.as_ref()?;
        let count = self.lines.counted;
        let lines = if count == 1 { "line" } else { "lines" };
        let holds = wanted.op.holds(count as f64, wanted.limit);
        (!holds).then(|| format!("{} has {count} {lines}, it must be {}", self.called, wanted.written))
    }

    fn unmet_json(&self) -> Option<String> {
        if self.expect.json.is_empty() {
            return None;
        }
        match document(&self.kept) {
            Some(document) => self.expect.json.iter().find_map(|(path, wanted)| differs(&document, path, wanted)),
            None => Some(format!("{} holds no JSON", self.called)),
        }
    }
}

/// All of an answer's expectations on its body at once.
pub fn unmet(expect: &Expect, body: &[u8]) -> Option<String> {
    let mut watcher = Watcher::new(expect, "the body");
    watcher.push(body);
    watcher.unmet()
}

struct Needle {
    text: String,
    finder: Finder<'static>,
    /// The end of what came before, in which the text may have begun.
    tail: Vec<u8>,
    found: bool,
}

impl Needle {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), finder: Finder::new(text).into_owned(), tail: Vec::new(), found: text.is_empty() }
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.found {
            return;
        }
        let reach = self.text.len() - 1;
        self.tail.extend_from_slice(&bytes[..bytes.len().min(reach)]);
        self.found = self.finder.find(&self.tail).is_some() || self.finder.find(bytes).is_some();
        if bytes.len() >= reach {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[bytes.len() - reach..]);
        } else {
            self.tail.drain(..self.tail.len().saturating_sub(reach));
        }
    }
}

/// A regular expression of the plan; it was tried when the plan was read.
pub(super) fn pattern(written: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(written).multi_line(true).size_limit(PATTERN_SIZE_MAX).build();
    built.map_err(|_| format!("`{written}` can't be read as a regular expression"))
}

fn unmet_number(number: &Number, output: &str, called: &str) -> Option<String> {
    let found = match &number.pattern {
        None => output.trim().to_owned(),
        Some(written) => match pattern(written) {
            Err(what) => return Some(what),
            Ok(pattern) => match pattern.captures(output).and_then(|found| found.get(1)) {
                Some(found) => found.as_str().trim().to_owned(),
                None => return Some(format!("{called} has no number for `{written}`, it must be {}", number.written)),
            },
        },
    };
    // `3,895` and `3_895` are written so to be read.
    match found.replace([',', '_'], "").parse::<f64>() {
        Ok(value) if value.is_finite() && number.op.holds(value, number.limit) => None,
        Ok(_) => Some(format!("the number is {}, it must be {}", short(&found), number.written)),
        Err(_) => Some(format!("`{}` is not a number, it must be {}", short(&found), number.written)),
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The JSON document in `output`: all of it, or the first object or array that begins a line, since warnings come
/// out beside it.
pub(super) fn document(output: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(output) {
        return Some(value);
    }
    let begins = |at: &usize| matches!(output[*at], b'{' | b'[') && (*at == 0 || output[at - 1] == b'\n');
    let mut starts = (0..output.len()).filter(begins).take(STARTS_MAX);
    starts.find_map(|at| serde_json::Deserializer::from_slice(&output[at..]).into_iter::<Value>().next()?.ok())
}

/// How what is at `path` differs from what is wanted there.
fn differs(document: &Value, path: &str, wanted: &Value) -> Option<String> {
    let Ok(found) = document.query(path) else { return Some(format!("`{path}` can't be read as a JSON path")) };
    if found.iter().any(|value| holds(value, wanted)) {
        return None;
    }
    Some(match found.first() {
        Some(value) => format!("{path} is {}, not {}", brief(value), brief(wanted)),
        None => format!("{path} is not there, it must be {}", brief(wanted)),
    })
}

/// Whether `value` is at least `wanted`: an object may have more members, a number may be written otherwise.
fn holds(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(value), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| value.get(key).is_some_and(|value| holds(value, wanted)))
        }
        (Value::Array(value), Value::Array(wanted)) => {
            value.len() == wanted.len() && value.iter().zip(wanted).all(|(value, wanted)| holds(value, wanted))
        }
        (Value::Number(value), Value::Number(wanted)) => value == wanted || value.as_f64() == wanted.as_f64(),
        (value, wanted) => value == wanted,
    }
}

fn brief(value: &Value) -> String {
    const CHARS_MAX: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_found_wherever_the_output_is_cut() {
        let said = b"deployment.apps/web patched";
        for cut in 0..=said.len() {
            for again in cut..=said.len() {
                let mut watcher =
                    Watcher::new(&Expect { contains: vec!["web patched".to_owned()], ..Expect::default() }, "the output");
                for chunk in [&said[..cut], &said[cut..again], &said[again..]] {
                    watcher.push(chunk);
                }
                assert_eq!(watcher.unmet(), None, "cut at {cut} and {again}");
            }
        }
    }

    #[test]
    fn byte_by_byte_nothing_is_found_that_was_not_said() {
        let mut watcher = Watcher::new(&Expect { contains: vec!["aab".to_owned()], ..Expect::default() }, "the output");
        b"aacaacb".iter().for_each(|byte| watcher.push(&[*byte]));
        assert_eq!(watcher.unmet().unwrap(), "the output does not contain `aab`");
    }

    #[test]
    fn what_must_be_absent_is_told_when_it_is_there() {
        let expect = Expect { absent: vec!["rror".to_owned()], ..Expect::default() };
        assert_eq!(unmet(&expect, b"Error: no").unwrap(), "the body contains `rror`");
        assert_eq!(unmet(&expect, b"fine"), None);
    }

    #[test]
    fn an_expression_is_looked_for_in_every_line() {
        let expect = Expect { matches: vec![r"^version: 2\.4\.\d+$".to_owned()], ..Expect::default() };
        assert_eq!(unmet(&expect, b"ok\nversion: 2.4.1\nbye"), None);
        assert_eq!(unmet(&expect, b"version: 2x4.1").unwrap(), r"the body has nothing that matches `^version: 2\.4\.\d+$`");
    }

    #[test]
    fn json_is_compared_as_a_subset() {
        let body = br#"{"status":"healthy","weights":{"blue":10,"green":90.0},"nodes":[{"up":true},{"up":false}]}"#;
        let cases = [
            ("$.status", json!("healthy"), None),
            ("$.status", json!("sick"), Some(r#"$.status is "healthy", not "sick""#)),
            ("$.weights", json!({"green": 90}), None),
            ("$.weights.red", json!(1), Some("$.weights.red is not there, it must be 1")),
            ("$.nodes[*].up", json!(true), None),
            ("$.nodes", json!([]), Some(r#"$.nodes is [{"up":true},{"up":false}], not []"#)),
        ];
        for (path, wanted, says) in cases {
            let expect = Expect { json: vec![(path.to_owned(), wanted)], ..Expect::default() };
            assert_eq!(unmet(&expect, body).as_deref(), says);
        }
    }

    #[test]
    fn a_document_is_found_among_warnings_and_a_page_is_none() {
        let expect = Expect { json: vec![("$.a".to_owned(), json!(1))], ..Expect::default() };
        assert_eq!(unmet(&expect, b"[warning] old\n{\"a\": 1}\nbye\n"), None);
        assert_eq!(unmet(&expect, b"<html>{}</html>").unwrap(), "the body holds no JSON");
    }
}
