//! What is found wrong while a runbook is read: collected, so that all of it is told at once.

use crate::runbook::file::Extent;
use crate::runbook::problem::{Problem, Problems, one_line};

/// More than this many are not kept: the first ones tell enough.
const PROBLEMS_MAX: usize = 1_000;
/// A name is compared with so many others when the nearest one is looked for.
const NAMES_COMPARED_MAX: usize = 500;

#[derive(Debug)]
pub(super) struct Notes {
    /// The byte offset at which each line begins.
    lines: Vec<usize>,
    found: Vec<(Extent, String, Option<String>)>,
}

impl Notes {
    pub(super) fn on(text: &str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1);
        Self { lines: std::iter::once(0).chain(breaks).collect(), found: Vec::new() }
    }

    pub(super) fn say(&mut self, at: Extent, what: impl Into<String>, help: impl IntoHelp) {
        let note = (at, what.into(), help.into_help());
        // An alias leads to the same place more than once; one note is enough.
        if !self.is_full() && self.found.last() != Some(&note) {
            self.found.push(note);
        }
    }

    pub(super) fn say_twice(&mut self, at: Extent, what: impl Into<String>, first: Extent) {
        let help = format!("the first one is at line {}", self.line(first));
        self.say(at, what, help);
    }

    /// The line of an extent, from 1.
    pub(super) fn line(&self, at: Extent) -> usize {
        self.lines.partition_point(|start| *start <= at.start)
    }

    /// Whether there is no room for more: then looking for it can stop.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= PROBLEMS_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of it, in the order of the file.
    pub(super) fn into_problems(mut self, file: &str, text: &str) -> Problems {
        self.found.sort_by(|a, b| (a.0.start, &a.1).cmp(&(b.0.start, &b.1)));
        self.found.dedup();
        let problems = self.found.iter().map(|(at, what, help)| self.problem(text, *at, what, help.as_deref())).collect();
        Problems { file: file.to_owned(), text: text.to_owned(), problems }
    }

    pub(super) fn problem(&self, text: &str, at: Extent, what: &str, help: Option<&str>) -> Problem {
        let line = self.line(at);
        let start = self.lines[line - 1];
        let line_end = self.lines.get(line).map_or(text.len(), |next| next - 1);
        let characters = |from: usize, to: usize| text.get(from..to.max(from)).map_or(0, |part| part.trim_end().chars().count());
        Problem {
            line,
            column: text.get(start..at.start).map_or(0, |before| before.chars().count()) + 1,
            width: characters(at.start, at.end.min(line_end)).max(1),
            what: one_line(what),
            help: help.map(one_line),
        }
    }
}

/// Help is a text, or none at all.
pub(super) trait IntoHelp {
    fn into_help(self) -> Option<String>;
}

impl IntoHelp for &str {
    fn into_help(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl IntoHelp for String {
    fn into_help(self) -> Option<String> {
        Some(self)
    }
}

impl IntoHelp for Option<String> {
    fn into_help(self) -> Option<String> {
        self
    }
}

/// The known name that is likeliest meant by `name`.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Comparing costs the product of both lengths; nothing that long is a slip of the finger.
    if name.len() > 80 {
        return None;
    }
    let name = name.to_lowercase();
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    let distance = |other: &str| strsim::damerau_levenshtein(&name, &other.to_lowercase());
    let near = known.into_iter().take(NAMES_COMPARED_MAX).filter(|other| other.len() <= 80).map(|other| (distance(other), other));
    near.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
}

/// `did you mean `timeout`?`, or all that is known.
pub(super) fn suggest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    match known.as_slice() {
        [] => None,
        [only] => Some(format!("known here: {only}")),
        some if some.len() <= 24 => Some(format!("known here: {}", some.join(", "))),
        many => Some(format!("known here: {} and {} more", many[..20].join(", "), many.len() - 20)),
    }
}
