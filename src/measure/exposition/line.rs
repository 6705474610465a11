//! One sample line: `name{label="value", …} value [timestamp] [# exemplar]`.

use std::borrow::Cow;

use memchr::memchr2;

use super::{Dialect, Flaw, Whose};
use crate::measure::series::Labels;
use crate::time::Moment;

/// The longest series (name and labels as written) that is read, in bytes.
pub const TEXT_MAX: usize = 8_192;
/// The most labels one series may have.
pub const LABELS_MAX: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    pub series: SeriesText<'a>,
    pub value: f64,
    /// Where the exposition says itself when this was measured.
    pub at: Option<Moment>,
}

/// A series as written; decoding it is left until somebody meets it for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesText<'a> {
    /// Name and labels, byte for byte.
    pub text: &'a [u8],
    /// Empty where the name stands quoted among the labels.
    name: &'a [u8],
    /// What stands between the braces.
    labels: &'a [u8],
}

impl<'a> SeriesText<'a> {
    /// Name and labels with their escapes undone.
    pub fn decode(&self) -> Result<Labels, Flaw> {
        let mut pairs = Vec::new();
        if !self.name.is_empty() {
            pairs.push((Labels::NAME.to_owned(), text(self.name)?));
        }
        let mut rest = trim(self.labels);
        while !rest.is_empty() {
            let (pair, after) = pair(rest)?;
            pairs.push(pair);
            if pairs.len() > LABELS_MAX {
                return Err(Flaw::new("too many labels"));
            }
            rest = match after.split_first() {
                None => after,
                Some((b',', more)) => trim(more),
                Some(_) => return Err(Flaw::about(after, "stands where a comma or `}` should be")),
            };
        }
        if !pairs.iter().any(|(name, _)| name == Labels::NAME) {
            return Err(Flaw::new("the series has no name"));
        }
        Labels::new(pairs).map_err(|name| Flaw::about(name.as_bytes(), "is given twice"))
    }

    /// The metric it belongs to, also where its labels can't be decoded.
    pub fn whose(&self) -> Whose<'a> {
        whose(self.text)
    }
}

/// Without the blanks around it, and without the carriage return of a line that ends in two.
pub(super) fn trim(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}

/// The name that starts a line; empty where none does.
pub(super) fn bare_name(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))).unwrap_or(line.len());
    if line.first().is_some_and(u8::is_ascii_digit) { b"" } else { &line[..end] }
}

/// Whether the name ends as a name does, so that the line can be passed over without reading on.
pub(super) fn ends_name(line: &[u8], name: &[u8]) -> bool {
    matches!(line.get(name.len()), Some(b'{' | b' ' | b'\t'))
}

/// The metric that a line would belong to which could not be read.
pub(super) fn whose(line: &[u8]) -> Whose<'_> {
    let name = bare_name(line);
    match (name, line.get(name.len())) {
        ([], _) => quoted_name(line).map_or(Whose::Anyones, |name| Whose::Metric(Cow::Owned(name.into_bytes()))),
        // Written bare although it would have to be quoted.
        (_, Some(b'.' | b'-' | 0x80..)) => {
            let end = line.iter().position(|byte| matches!(byte, b'{' | b' ' | b'\t')).unwrap_or(line.len());
            Whose::Metric(Cow::Borrowed(&line[..end]))
        }
        (name, _) => Whose::Metric(Cow::Borrowed(name)),
    }
}

/// The name among the labels: the first that stands there, or wherever it stands when all of them can be read.
fn quoted_name(line: &[u8]) -> Option<String> {
    let inside = line.strip_prefix(b"{")?;
    if let Some((name, after)) = trim(inside).strip_prefix(b"\"").and_then(|first| quoted(first).ok())
        && !trim(after).starts_with(b"=")
    {
        return Some(name);
    }
    let labels = &inside[..closing_brace(inside)?];
    let series = SeriesText { text: line, name: b"", labels };
    series.decode().ok().map(|labels| labels.name().to_owned())
}

pub(super) fn read<'a>(line: &'a [u8], name: &'a [u8], dialect: Dialect) -> Result<Sample<'a>, Flaw> {
    let (series, rest) = series(line, name)?;
    let (value, rest) = word(rest);
    if value.is_empty() {
        return Err(Flaw::new("there is no value"));
    }
    let value = number(value).ok_or_else(|| Flaw::about(value, "is not a number"))?;
    let (next, after) = word(rest);
    let (at, exemplar) = match next.first() {
        None => (None, next),
        Some(b'#') => (None, rest),
        Some(_) => (Some(timestamp(next, dialect).ok_or_else(|| Flaw::about(next, "is not a timestamp"))?), after),
    };
    let exemplar = trim(exemplar);
    if exemplar.is_empty() || exemplar.strip_prefix(b"#").is_some_and(|rest| trim(rest).starts_with(b"{")) {
        Ok(Sample { series, value, at })
    } else {
        Err(Flaw::about(exemplar, "stands behind the end of the sample"))
    }
}

fn series<'a>(line: &'a [u8], name: &'a [u8]) -> Result<(SeriesText<'a>, &'a [u8]), Flaw> {
    let after_name = &line[name.len()..];
    let braces = after_name.trim_ascii_start();
    let (labels, rest) = match braces.split_first() {
        Some((b'{', inside)) => {
            let end = closing_brace(inside).ok_or(Flaw::new("the labels are not closed with `}`"))?;
            (&inside[..end], &inside[end + 1..])
        }
        Some(_) if name.is_empty() => return Err(Flaw::about(line, "does not start with a metric's name")),
        Some(_) if braces.len() == after_name.len() => {
            return Err(Flaw::about(line, "holds a character that no metric's name has"));
        }
        Some(_) | None => (&b""[..], braces),
    };
    let text = trim(&line[..line.len() - rest.len()]);
    if text.len() > TEXT_MAX {
        return Err(Flaw::new("the series is too long"));
    }
    Ok((SeriesText { text, name, labels }, rest))
}

/// Where the brace is that closes the labels: the first one outside of quotes.
fn closing_brace(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'}', &inside[at..])?;
        if inside[at] == b'}' {
            return Some(at);
        }
        at += 1 + closing_quote(&inside[at + 1..])? + 1;
    }
}

/// Where the quote is that closes a text: the first one that is not escaped.
pub(super) fn closing_quote(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', inside.get(at..)?)?;
        if inside[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// `label="value"`, `"any label"="value"`, or the metric's own name in quotes; and what follows.
fn pair(rest: &[u8]) -> Result<((String, String), &[u8]), Flaw> {
    let (label, after) = if let Some(inside) = rest.strip_prefix(b"\"") {
        let (label, after) = quoted(inside)?;
        if !trim(after).starts_with(b"=") {
            return Ok(((Labels::NAME.to_owned(), label), trim(after)));
        }
        (label, after)
    } else {
        let label = bare_name(rest);
        if label.is_empty() || label.contains(&b':') {
            return Err(Flaw::about(rest, "does not start with a label's name"));
        }
        (text(label)?, &rest[label.len()..])
    };
    let value = trim(after).strip_prefix(b"=").map(trim).and_then(|value| value.strip_prefix(b"\""));
    let value = value.ok_or_else(|| Flaw::about(after, "stands where `=\"value\"` should be"))?;
    let (value, after) = quoted(value)?;
    Ok(((label, value), trim(after)))
}

/// The text up to the closing quote with its escapes undone (`\\`, `\"`, `\n`; others stay as they are), and what follows.
pub(super) fn quoted(inside: &[u8]) -> Result<(String, &[u8]), Flaw> {
    let end = closing_quote(inside).ok_or(Flaw::new("a quote is not closed"))?;
    let written = text(&inside[..end])?;
    let after = &inside[end + 1..];
    if !written.contains('\\') {
        return Ok((written, after));
    }
    let mut plain = String::with_capacity(written.len());
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => plain.push('\n'),
                Some(escaped @ ('\\' | '"')) => plain.push(escaped),
                Some(other) => plain.extend(['\\', other]),
                None => plain.push('\\'),
            },
            (other, false) => plain.push(other),
        }
    }
    Ok((plain, after))
}

fn text(bytes: &[u8]) -> Result<String, Flaw> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Flaw::about(bytes, "is not valid UTF-8"))
}

/// The next word and what follows it.
fn word(rest: &[u8]) -> (&[u8], &[u8]) {
    let rest = rest.trim_ascii_start();
    let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
    rest.split_at(end)
}

/// A float as Go writes and reads it, without hexadecimal and underscores.
pub(super) fn number(word: &[u8]) -> Option<f64> {
    if word.len() <= 15 && word.iter().all(u8::is_ascii_digit) {
        let whole = word.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        return Some(whole as f64);
    }
    let word = std::str::from_utf8(word).ok()?;
    let value: f64 = word.parse().ok()?;
    let letters = word.trim_start_matches(['+', '-']);
    let named = letters.starts_with(|first: char| first.is_ascii_alphabetic());
    match (value.is_nan(), value.is_infinite()) {
        // A signed NaN is no float, and neither is one whose exponent runs over.
        (true, _) => (letters.len() == word.len()).then_some(f64::NAN),
        (_, true) => named.then_some(value),
        (false, false) => Some(value),
    }
}

fn timestamp(word: &[u8], dialect: Dialect) -> Option<Moment> {
    let word = std::str::from_utf8(word).ok()?;
    match dialect {
        Dialect::Text => word.parse().ok().map(Moment),
        Dialect::OpenMetrics => {
            let seconds: f64 = word.parse().ok()?;
            seconds.is_finite().then_some(Moment((seconds * 1_000.0).round() as i64))
        }
    }
}
