//! The words, numbers, signs and quoted texts that a criterion is made of.

use std::ops::Range;

use crate::measure::criterion::Op;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) text: &'t str,
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'t> {
    Word,
    /// A number with all that is stuck to it: `0.5%`, `1h30m`.
    Number,
    /// A unit that stands by itself: `%`, `/s`.
    Unit,
    /// What is between the quotes; nothing where the closing one is missing.
    Quoted(Option<&'t str>),
    Op(Op),
    Open,
    Close,
    /// What no criterion has.
    Other,
}

pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        let (kind, length) = next(&text[start..], first);
        let at = start..start + length;
        tokens.push(Token { kind, text: &text[at.clone()], at });
        start += length;
    }
    tokens
}

fn next(rest: &str, first: char) -> (Kind<'_>, usize) {
    let second = rest[first.len_utf8()..].chars().next();
    match first {
        '(' => (Kind::Open, 1),
        ')' => (Kind::Close, 1),
        '"' | '\'' => quoted(rest, first),
        '<' | '>' | '=' | '!' | '≤' | '≥' | '≠' => operator(first, second),
        '%' => (Kind::Unit, 1),
        '/' => (Kind::Unit, 1 + length(&rest[1..], |c| c.is_ascii_alphabetic())),
        c if c.is_ascii_digit() => (Kind::Number, length(rest, sticks)),
        '-' | '+' | '.' if second.is_some_and(|c| c.is_ascii_digit() || c == '.') => {
            (Kind::Number, 1 + length(&rest[1..], sticks))
        }
        c if c.is_alphabetic() || c == '_' => (Kind::Word, length(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))),
        other => (Kind::Other, other.len_utf8()),
    }
}

/// What belongs to a number: all up to a space, a sign or a bracket.
fn sticks(c: char) -> bool {
    !c.is_whitespace() && !"()<>=!≤≥≠\"',;".contains(c)
}

fn length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn quoted(rest: &str, quote: char) -> (Kind<'_>, usize) {
    match rest[1..].find(quote) {
        Some(length) => (Kind::Quoted(Some(&rest[1..=length])), length + 2),
        None => (Kind::Quoted(None), rest.len()),
    }
}

fn operator(first: char, second: Option<char>) -> (Kind<'static>, usize) {
    match (first, second) {
        ('<', Some('=')) => (Kind::Op(Op::AtMost), 2),
        ('>', Some('=')) => (Kind::Op(Op::AtLeast), 2),
        ('=', Some('=')) => (Kind::Op(Op::Equal), 2),
        ('!', Some('=')) => (Kind::Op(Op::NotEqual), 2),
        ('<', _) => (Kind::Op(Op::Less), 1),
        ('>', _) => (Kind::Op(Op::More), 1),
        ('≤', _) => (Kind::Op(Op::AtMost), first.len_utf8()),
        ('≥', _) => (Kind::Op(Op::AtLeast), first.len_utf8()),
        ('≠', _) => (Kind::Op(Op::NotEqual), first.len_utf8()),
        _ => (Kind::Other, first.len_utf8()),
    }
}
