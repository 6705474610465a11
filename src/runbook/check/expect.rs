//! `expect:` what must be seen for a success.

use super::Check;
use super::values::json;
use crate::measure::criterion::Op;
use crate::runbook::file::{Extent, Node, Value};
use crate::runbook::load::Depth;
use crate::runbook::model::{Expect, Number};
use crate::runbook::words;

/// The longest JSON path, in bytes.
const PATH_BYTES_MAX: usize = 256;

/// What a regular expression may grow to, in bytes.
pub(super) const PATTERN_SIZE_MAX: usize = 1 << 20;

/// Whose `expect:` it is, which decides on what can be seen.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    Output,
    Answer,
}

impl Check<'_> {
    pub(super) fn expect(&mut self, node: Option<&Node>, seen: Seen) -> Expect {
        let Some(fields) = node.and_then(|node| match seen {
            Seen::Output => self.fields(node, &words::OUTPUT),
            Seen::Answer => self.fields(node, &words::ANSWER),
        }) else {
            return Expect::default();
        };
        // Each of the two has a key that the other has not.
        let exit = matches!(seen, Seen::Output).then(|| fields.get("exit")).flatten();
        let stdout = matches!(seen, Seen::Output).then(|| fields.get("stdout")).flatten();
        let status = matches!(seen, Seen::Answer).then(|| fields.get("status")).flatten();
        let mut contains = self.texts(fields.get("contains"));
        contains.extend(self.texts(stdout));
        Expect {
            exit: exit.and_then(|node| i32::try_from(self.integer(node, 0..=255)).ok()),
            status: status.and_then(|node| u16::try_from(self.integer(node, 100..=599)).ok()),
            contains,
            absent: self.texts(fields.get("absent")),
            matches: self.expressions(fields.get("matches")),
            value: fields.get("value").map(|node| self.open_text(node)),
            numbers: fields.get("number").map(|node| self.numbers(node)).unwrap_or_default(),
            lines: fields.get("lines").and_then(|node| self.number(None, node)),
            json: self.json_expected(fields.get("json")),
        }
    }

    fn texts(&mut self, node: Option<&Node>) -> Vec<String> {
        let mut texts = Vec::new();
        for node in self.some(node, "texts") {
            let text = self.open_text(node);
            if text.is_empty() {
                self.say(node.head(), "an empty text is in every output", "say what must be there");
            }
            texts.push(text);
        }
        texts
    }

    fn expressions(&mut self, node: Option<&Node>) -> Vec<String> {
        let nodes = self.some(node, "regular expressions");
        nodes.into_iter().map(|node| self.expression(node)).collect()
    }

    /// A regular expression; `^` and `$` are the ends of a line.
    pub(super) fn expression(&mut self, node: &Node) -> String {
        let text = self.open_text(node);
        if self.depth == Depth::Whole
            && let Err(why) = crate::measure::output::expression(&text)
        {
            self.say(node.extent, "this is not a regular expression", why);
        }
        text
    }

    /// `number: ">= 3895"` of the whole output, or `number: { '(\d+) passed': 22 }`.
    fn numbers(&mut self, node: &Node) -> Vec<Number> {
        if let Value::Text { .. } = node.value {
            return self.number(None, node).into_iter().collect();
        }
        let mut numbers = Vec::new();
        for entry in self.entries(Some(node), "expected numbers") {
            let groups = match self.depth {
                Depth::Whole => {
                    let built = regex::RegexBuilder::new(&entry.key).size_limit(PATTERN_SIZE_MAX).build();
                    built.map(|expression| expression.captures_len())
                }
                // The whole of it and the number.
                Depth::Glance => Ok(2),
            };
            match groups {
                Ok(groups) if groups > 1 => numbers.extend(self.number(Some(entry.key.to_string()), &entry.value)),
                Ok(_) => {
                    let help = "put the number into brackets: `'(\\d+) passed': 22`";
                    self.say(entry.key_extent, "this expression marks no number", help);
                }
                Err(_) => self.say(entry.key_extent, "this is not a regular expression", "write it like `'(\\d+) passed'`"),
            }
        }
        numbers
    }

    /// `>= 3895`, `< 0.5`, or the number alone.
    fn number(&mut self, pattern: Option<String>, node: &Node) -> Option<Number> {
        let text = self.raw(node);
        let signs =
            [("<=", Op::AtMost), (">=", Op::AtLeast), ("==", Op::Equal), ("!=", Op::NotEqual), ("<", Op::Less), (">", Op::More)];
        let text = text.trim();
        let found = signs.iter().find_map(|(sign, op)| Some((*op, text.strip_prefix(sign)?.trim())));
        let (op, limit) = found.unwrap_or((Op::Equal, text));
        match limit.parse::<f64>() {
            Ok(limit) if limit.is_finite() => Some(Number { pattern, op, limit, written: format!("{} {limit}", op.sign()) }),
            _ if text.is_empty() => None,
            _ => {
                self.say(
                    node.extent,
                    format!("`{text}` is not a number that can be expected"),
                    "write it like `>= 3895`, `< 0.5` or `22`",
                );
                None
            }
        }
    }

    fn json_expected(&mut self, node: Option<&Node>) -> Vec<(String, serde_json::Value)> {
        let mut expected = Vec::new();
        for entry in self.entries(node, "JSON values") {
            self.json_path(&entry.key, entry.key_extent);
            if let Value::Text { .. } = entry.value.value {
                self.open_text(&entry.value);
            }
            expected.push((entry.key.to_string(), json(&entry.value)));
        }
        expected
    }

    /// An RFC 9535 path.
    pub(super) fn json_path(&mut self, path: &str, at: Extent) {
        if path.len() > PATH_BYTES_MAX {
            self.say(at, format!("a JSON path of more than {PATH_BYTES_MAX} bytes"), None);
        } else if !path.starts_with('$') {
            let help = format!("a JSON path begins at the root: `$.{}`", path.trim_start_matches('.'));
            self.say(at, format!("`{path}` is not a JSON path"), help);
        } else if self.depth == Depth::Whole && jsonpath_rust::parser::parse_json_path(path).is_err() {
            self.say(at, format!("`{path}` is not a JSON path"), "write it like `$.status`, `$.items[0].name` or `$['a key']`");
        }
    }
}
