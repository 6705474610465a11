//! The lines that start with `#`: one word, one name, and text, with single spaces between them.

use super::Flaw;
use crate::measure::exposition::kind::Kind;
use crate::measure::exposition::{Dialect, line};

pub(super) struct Metadata<'a> {
    pub(super) name: &'a [u8],
    pub(super) says: Says<'a>,
}

pub(super) enum Says<'a> {
    Type(Kind),
    Unit(&'a [u8]),
    Help,
}

pub(super) fn read(line: &[u8]) -> Result<Metadata<'_>, Flaw> {
    let wrong = || Flaw::about(line, "is neither `# TYPE`, `# UNIT`, `# HELP` nor `# EOF`");
    let (word, rest) = split(line.strip_prefix(b"# ").ok_or_else(wrong)?).ok_or_else(wrong)?;
    if !matches!(word, b"TYPE" | b"UNIT" | b"HELP") {
        return Err(wrong());
    }
    let (name, text) = split(rest).ok_or_else(|| Flaw::about(line, "has too few words"))?;
    if name.is_empty() || line::bare_name(name) != name {
        return Err(Flaw::about(name, "is not a metric's name"));
    }
    let says = match word {
        b"TYPE" => Says::Type(Kind::named(text, Dialect::OpenMetrics).ok_or_else(|| Flaw::about(text, "is not a type"))?),
        b"UNIT" => Says::Unit(unit(name, text)?),
        _ => help(text)?,
    };
    Ok(Metadata { name, says })
}

/// Both sides of the first space.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', text)?;
    Some((&text[..at], &text[at + 1..]))
}

/// An empty unit is the same as none.
fn unit<'a>(name: &[u8], unit: &'a [u8]) -> Result<&'a [u8], Flaw> {
    let ends_name = name.strip_suffix(unit).is_some_and(|before| before.len() > 1 && before.ends_with(b"_"));
    if unit.is_empty() || ends_name {
        Ok(unit)
    } else {
        Err(Flaw::about(unit, "is a unit that the metric's name does not end with"))
    }
}

fn help(text: &[u8]) -> Result<Says<'_>, Flaw> {
    let backslashes = text.iter().rev().take_while(|byte| **byte == b'\\').count();
    if backslashes % 2 == 0 { Ok(Says::Help) } else { Err(Flaw::new("a backslash at the end escapes nothing")) }
}
