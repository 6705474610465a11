//! The way in: a file's name and text become a runbook, or its problems.

use super::check::check;
use super::file::{self, Extent};
use super::model::Runbook;
use super::notes::Notes;
use super::problem::Problems;

/// What a runbook begins with, for who has an empty file before them.
const BEGINNING: &str = "a runbook begins with `warroom: 1`, a `title:` and `phases:`";

/// How much of a runbook is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Whole,
    /// Not what is written in a language of its own: queries, regular expressions, JSON paths.
    Glance,
}

/// The runbook that `text` describes, or everything that is wrong with it. `file_name` is only said, never opened.
pub fn load(file_name: &str, text: &str) -> Result<Runbook, Problems> {
    with_tree(file_name, text).map(|(runbook, _)| runbook)
}

/// The same in half the time, for a screen that shows the plan while a room is opened, which [`load`]s it and may refuse it
/// still: queries, regular expressions and paths are taken as they stand. Where something else is wrong, all of it is told.
pub fn glance(file_name: &str, text: &str) -> Result<Runbook, Problems> {
    read_to(Depth::Glance, file_name, text).or_else(|_| with_tree(file_name, text)).map(|(runbook, _)| runbook)
}

/// The text that is read of a file: some editors begin it with a mark.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The runbook with the tree that it was read from.
pub(super) fn with_tree(file_name: &str, text: &str) -> Result<(Runbook, file::Node), Problems> {
    read_to(Depth::Whole, file_name, text)
}

fn read_to(depth: Depth, file_name: &str, text: &str) -> Result<(Runbook, file::Node), Problems> {
    if text.len() > file::TEXT_BYTES_MAX {
        let mut notes = Notes::on("");
        let limit = file::TEXT_BYTES_MAX >> 20;
        notes.say(Extent::default(), format!("a file of {} MiB", text.len() >> 20), format!("a runbook has at most {limit} MiB"));
        return Err(notes.into_problems(file_name, ""));
    }
    let text = without_mark(text);
    let mut notes = Notes::on(text);
    match read(depth, text, &mut notes) {
        Some(read) if notes.is_empty() => Ok(read),
        _ => Err(notes.into_problems(file_name, text)),
    }
}

fn read(depth: Depth, text: &str, notes: &mut Notes) -> Option<(Runbook, file::Node)> {
    if let Some(at) = unreadable(text) {
        let character = text[at.start..].chars().next().map_or(0, u32::from);
        notes.say(at, format!("a control character, U+{character:04X}"), "a runbook is plain text: remove it");
        return None;
    }
    let root = file::read(text, notes);
    let Some(root) = root.filter(|root| !matches!(root.value, file::Value::Nothing)) else {
        if notes.is_empty() {
            notes.say(Extent::default(), "there is nothing in this file", BEGINNING);
        }
        return None;
    };
    Some((check(depth, &root, text, notes)?, root))
}

/// The first character that belongs in no text. The YAML parser takes a NUL for the end of the file.
fn unreadable(text: &str) -> Option<Extent> {
    let belongs = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let (start, character) = text.char_indices().find(|(_, c)| !belongs(*c))?;
    Some(Extent { start, end: start + character.len_utf8() })
}
