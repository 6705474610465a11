//! Every text of the file: what is still to be filled in, secrets in addresses; scripts are handed on.

use super::Lint;
use super::place::Places;
use super::rules::{PLACEHOLDER, SECRET_IN_URL};
use super::vars::Names;
use super::walk::Text;
use crate::runbook::template::Template;
use crate::runbook::words::forms::ReadBy;

/// Words in brackets that are no placeholders, but what logs and people write so.
const MEANT: [&str; 14] =
    ["OK", "INFO", "WARN", "WARNING", "ERROR", "FAIL", "FAILED", "PASS", "DEBUG", "FATAL", "NOTE", "Y", "N", "SKIP"];
/// Words that say that something is missing.
const TO_DO: [&str; 8] = ["TODO", "TBD", "FIXME", "CHANGEME", "CHANGE_ME", "REPLACEME", "REPLACE_ME", "???"];

impl Lint<'_> {
    pub(super) fn text(&mut self, text: &Text<'_>, names: &mut Names) {
        names.used_in(text);
        match text.form.read_by {
            ReadBy::People => self.placeholders(text, false),
            ReadBy::Network => {
                self.placeholders(text, false);
                self.secret_address(text);
            }
            ReadBy::Shell => {
                self.placeholders(text, true);
                self.script(text, names);
            }
            ReadBy::Checker => {}
        }
    }

    fn placeholders(&mut self, text: &Text<'_>, code: bool) {
        let found = placeholders(text.value, code);
        if found.is_empty() {
            return;
        }
        let places = Places::of(self.text, text.node, text.value);
        for (start, end) in found {
            let what = format!("`{}` is still to be filled in", &text.value[start..end]);
            self.warn(&PLACEHOLDER, places.extent(start..end), what, "write what is meant, or make it a variable");
        }
    }

    fn secret_address(&mut self, text: &Text<'_>) {
        let Ok(template) = Template::parse(text.value) else { return };
        let secret = template.vars().find(|name| self.runbook.vars.get(*name).is_some_and(|var| var.secret));
        if let Some(name) = secret {
            let places = Places::of(self.text, text.node, text.value);
            let start = text.value.find(name.as_str()).unwrap_or_default();
            let what = format!("the secret `{name}` stands in an address");
            self.warn(&SECRET_IN_URL, places.extent(start..start + name.as_str().len()), what, "send it as a header");
        }
    }
}

/// Where placeholders stand; in shell code, brackets and angles often mean something else.
fn placeholders(text: &str, code: bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, word) in words(text) {
        let bare = word.trim_matches(|c: char| matches!(c, '.' | ',' | ':' | ';' | '"' | '\'' | '(' | ')' | '!'));
        let place = start + word.find(bare).unwrap_or_default();
        // `…` and `...` stand for something only where they stand alone.
        if word == "…" || word == "..." || TO_DO.contains(&bare) || is_crosses(bare) {
            let (at, length) = if bare.is_empty() { (start, word.len()) } else { (place, bare.len()) };
            found.push((at, at + length));
        }
    }
    found.extend(enclosed(text, '<', '>').into_iter().filter(|(start, end)| is_angled(&text[start + 1..end - 1], code)));
    if !code {
        let linked = |end: usize| text[end..].starts_with(['(', '[', ':']);
        let brackets = enclosed(text, '[', ']').into_iter();
        found.extend(brackets.filter(|(start, end)| !linked(*end) && is_bracketed(&text[start + 1..end - 1])));
    }
    found.sort_unstable();
    found
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(char::is_whitespace).filter_map(move |word| {
        let at = start;
        start += word.len() + text[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((at, word))
    })
}

/// `XXX`, `XXX-XXXX`; not the six of `mktemp`.
fn is_crosses(word: &str) -> bool {
    let longest = word.split(|c| c != 'X').map(str::len).max().unwrap_or_default();
    (3..6).contains(&longest) && word.chars().all(|c| c == 'X' || c == '-' || c == '+' || c == '@')
}

/// Short pieces between two signs, on one line.
fn enclosed(text: &str, open: char, close: char) -> Vec<(usize, usize)> {
    let pieces = text.match_indices(open).filter_map(|(start, _)| {
        let rest = &text[start + 1..];
        let length = rest.char_indices().take(50).find(|(_, c)| *c == close || *c == open || *c == '\n')?;
        (length.1 == close && length.0 > 0).then_some((start, start + 1 + length.0 + 1))
    });
    pieces.collect()
}

/// `<VERSION>`, `<your-host>`; in prose also `<new version>`.
fn is_angled(inner: &str, code: bool) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (c == ' ' && !code);
    let capitals = inner.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
    let begins = inner.starts_with(|c: char| c.is_ascii_alphabetic());
    begins && inner.chars().all(named) && (capitals || inner.contains(['-', '_', ' ']) && !inner.starts_with(' '))
}

/// `[Name]`, `[Your name]`, `[DATE]`.
fn is_bracketed(inner: &str) -> bool {
    let named = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '/' | '\'');
    inner.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 2)
        && inner.starts_with(char::is_uppercase)
        && inner.chars().all(named)
        && !MEANT.contains(&inner)
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn what_is_to_be_filled_in_is_told_from_what_is_meant() {
        let found = |text: &str, code| {
            placeholders(text, code).into_iter().map(|(start, end)| text[start..end].to_owned()).collect::<Vec<_>>()
        };
        let cases: [(&str, &[&str]); 8] = [
            ("Call [Name] at XXX-XXXX", &["[Name]", "XXX-XXXX"]),
            ("Release <VERSION> by <your name>, TODO.", &["<VERSION>", "<your name>", "TODO"]),
            ("kubectl patch ingress …", &["…"]),
            ("Waiting… for [OK] or [the docs](http://x) [DB](x)", &[]),
            ("a < 5 and b > 3, x[0], [x], <b>", &[]),
            ("Ask ??? about (TBD)", &["???", "TBD"]),
            ("page 10 ... 12 of MAXXX", &["..."]),
            ("Look at 'XXX'", &["XXX"]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text, false), expected, "{text}");
        }
        assert_eq!(found("deploy <VERSION> [A-Z] a<b>c $(mktemp -t x.XXXXXX) go test ./... ", true), ["<VERSION>"]);
    }
}
