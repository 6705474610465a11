//! A look at the raw text before it is parsed: size, nesting, and what the parser cannot survive or does not place.

use super::{DEPTH_MAX, QUERY_MAX};
use crate::measure::promql::QueryError;

/// The longest time that makes sense in a query: more than 300 years, in seconds.
const SECONDS_MAX: f64 = 1e10;

pub(super) fn check(text: &str) -> Result<(), QueryError> {
    if text.trim().is_empty() {
        return Err(QueryError::at(0, "the query is empty"));
    }
    if text.len() > QUERY_MAX {
        return Err(QueryError::at(QUERY_MAX, "the query is longer than 4096 bytes"));
    }
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut nested: usize = 0;
    let mut before = "";
    for (at, token) in tokens(text)? {
        match token.as_bytes()[0] {
            bracket @ (b'(' | b'[' | b'{') => {
                open.push((bracket, at));
                nested += 1;
            }
            bracket @ (b')' | b']' | b'}') => match open.pop() {
                Some((opened, _)) if closes(opened, bracket) => nested = nested.saturating_sub(1),
                Some(_) | None => return Err(QueryError::at(at, &format!("`{token}` closes nothing that is open"))),
            },
            quote @ (b'"' | b'\'') if let Some(escape) = lone_byte(token, quote) => {
                return Err(QueryError::at(
                    at + escape,
                    "an escape of a byte beyond ASCII is no text: write the character itself",
                ));
            }
            // Signs and powers stand within each other too.
            b'-' | b'+' | b'^' => nested += 1,
            _ => {}
        }
        if nested > DEPTH_MAX * 2 || open.len() > DEPTH_MAX {
            return Err(QueryError::at(at, "the query is nested too deeply"));
        }
        if expects_time(before, open.last().map(|(bracket, _)| *bracket)) && !is_time(token) {
            return Err(QueryError::at(at, &format!("`{token}` is no length of time: write it like 5m")));
        }
        if !(matches!(before, "offset" | "[" | ":") && matches!(token, "-" | "+")) {
            before = token;
        }
    }
    match open.pop() {
        Some((opened, at)) => Err(QueryError::at(at, &format!("`{}` is not closed", char::from(opened)))),
        None => Ok(()),
    }
}

/// Where `word` stands as a word of its own, outside of quotes.
pub(super) fn find_word(text: &str, word: &str) -> Option<usize> {
    tokens(text).ok()?.into_iter().find(|(_, token)| *token == word).map(|(at, _)| at)
}

/// The same, where it stands there once, or some in a row: of several places nobody says which.
pub(super) fn find_only(text: &str, word: &str) -> Option<usize> {
    let tokens = tokens(text).ok()?;
    let places: Vec<usize> = tokens.into_iter().filter(|(_, token)| *token == word).map(|(at, _)| at).collect();
    let in_a_row = places.windows(2).all(|two| two[0] + word.len() == two[1]);
    places.first().copied().filter(|_| in_a_row)
}

/// Words, signs and quoted texts with their places; comments are left out.
fn tokens(text: &str) -> Result<Vec<(usize, &str)>, QueryError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let length = match first {
                    '"' | '\'' | '`' => quoted(rest, first).ok_or_else(|| QueryError::at(at, "the quote is not closed"))?,
                    _ => word(rest).max(first.len_utf8()),
                };
                tokens.push((at, &rest[..length]));
                length
            }
        };
        at += length;
    }
    Ok(tokens)
}

/// Longer queries are not searched for the place of an error.
const SEARCHED_MAX: usize = 400;

/// Where a text stops being the beginning of a query. The parser only says that it is none, so beginnings are tried, from the
/// longest on: one that some ending makes whole is right so far.
pub(super) fn stumble(text: &str, is_query: impl Fn(&str) -> bool) -> Option<QueryError> {
    const ENDINGS: [&str; 8] = ["", " x", " 1", " \"x\"", " 1m", "(x)", "=\"x\"", " (x) (x)"];
    let tokens = tokens(text).ok().filter(|_| text.len() <= SEARCHED_MAX)?;
    for right in (0..=tokens.len()).rev() {
        let end = right.checked_sub(1).map_or(0, |last| tokens[last].0 + tokens[last].1.len());
        let closing = closing(&tokens[..right]);
        if ENDINGS.iter().any(|ending| is_query(&format!("{}{ending}{closing}", &text[..end]))) {
            return Some(match tokens.get(right) {
                Some((at, token)) => QueryError::at(*at, &format!("`{token}` is not expected here")),
                None => QueryError::at(text.len(), "the query ends too early"),
            });
        }
    }
    None
}

/// The brackets that close what is open after these tokens.
fn closing(tokens: &[(usize, &str)]) -> String {
    let mut open = Vec::new();
    for (_, token) in tokens {
        match *token {
            "(" => open.push(')'),
            "[" => open.push(']'),
            "{" => open.push('}'),
            ")" | "]" | "}" => drop(open.pop()),
            _ => {}
        }
    }
    open.into_iter().rev().collect()
}

fn word(rest: &str) -> usize {
    rest.find(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '.'))).unwrap_or(rest.len())
}

fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            _ if character == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Where a quoted text escapes a single byte beyond ASCII: the parser would take it for the character of that number.
fn lone_byte(token: &str, quote: u8) -> Option<usize> {
    let bytes = token.as_bytes();
    let mut at = 1;
    while bytes.get(at).is_some_and(|byte| *byte != quote) {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match (bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(b'x'), Some(b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F')) | (Some(b'2' | b'3'), Some(_)) => return Some(at),
            (_, _) => at += 2,
        }
    }
    None
}

fn closes(opened: u8, closing: u8) -> bool {
    matches!((opened, closing), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
}

fn expects_time(before: &str, inside: Option<u8>) -> bool {
    before == "offset" || (inside == Some(b'[') && matches!(before, "[" | ":"))
}

/// The parser does not survive a bare number that is no time.
fn is_time(token: &str) -> bool {
    match token.to_ascii_lowercase().as_str() {
        "inf" | "nan" => false,
        number => number.parse().is_ok_and(|seconds: f64| seconds < SECONDS_MAX) || number.parse::<f64>().is_err(),
    }
}
