//! The language of criteria: `error_rate < 0.5% for 5m and (health is up or operator confirms "the old one serves")`.
//!
//! For: turning the text of a criterion into a `Test` whose metrics, sources and checklists exist.
//! May not touch: the file around the text. What is wrong is told by its place in the text.

mod compare;
mod lex;
mod parse;
#[cfg(test)]
mod printed_tests;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::measure::criterion::Test;
use crate::runbook::names::Names;

/// The longest criterion, in bytes.
const TEXT_BYTES_MAX: usize = 1_000;
/// How deep `not` and parentheses may be nested.
const DEPTH_MAX: usize = 64;

/// The words that are the language's own, so that no metric may be called so.
pub(super) const WORDS: [&str; 7] = ["and", "or", "not", "for", "no", "checklist", "operator"];

/// Something wrong in a criterion, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) at: Range<usize>,
    pub(super) what: String,
    pub(super) help: Option<String>,
}

/// The test that `text` asks for, or all that is wrong with it.
pub(super) fn parse(text: &str, names: &Names) -> Result<Test, Vec<Flaw>> {
    if text.len() > TEXT_BYTES_MAX {
        let help = Some("make several criteria of it".to_owned());
        return Err(vec![Flaw { at: 0..text.len(), what: format!("a criterion of more than {TEXT_BYTES_MAX} bytes"), help }]);
    }
    let mut parser = parse::Parser::new(lex::tokens(text), text.len(), names);
    match parser.whole() {
        Some(whole) if parser.flaws.is_empty() => Ok(whole),
        _ => Err(parser.flaws),
    }
}
