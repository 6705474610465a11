//! What is wrong with a runbook, and where.

use std::fmt;

use unicode_width::UnicodeWidthChar;

use crate::text::clean;

/// One thing wrong: where, what, what was expected, and the nearest known name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// How many characters to underline; at least 1.
    pub width: usize,
    /// Lower case, no full stop: `unknown metric `eror_rate``.
    pub what: String,
    /// What would be right: `did you mean `error_rate`? metrics are defined at line 20`.
    pub help: Option<String>,
}

/// The problems of one file, with the text they point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    pub file: String,
    pub text: String,
    pub problems: Vec<Problem>,
}

/// As many are shown; who has more fixes these first.
const SHOWN_MAX: usize = 100;
/// The columns of a line that are shown around a problem.
const LINE_WIDTH: usize = 100;
/// How much is said about one problem.
const SAID_CHARS_MAX: usize = 400;
/// How much of a line is kept before the problem, where the line is too long.
const LEAD_WIDTH: usize = 30;

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.text.lines().collect();
        for problem in self.problems.iter().take(SHOWN_MAX) {
            let Problem { line, column, what, .. } = problem;
            writeln!(f, "{}:{line}:{column}  {}", one_line(&self.file), what)?;
            problem.draw(f, lines.get(line - 1).copied().unwrap_or_default())?;
        }
        match self.problems.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more problems"),
        }
    }
}

impl std::error::Error for Problems {}

impl Problem {
    /// The line with its number, and below it carets and help.
    fn draw(&self, f: &mut fmt::Formatter<'_>, line: &str) -> fmt::Result {
        let Window { before, marked, after } = self.window(line);
        writeln!(f, "{:>5} | {before}{marked}{after}", self.line)?;
        let (indent, carets) = (width(&before), width(&marked).max(1));
        write!(f, "{:8}{:indent$}{}", "", "", "^".repeat(carets))?;
        match &self.help {
            Some(help) => writeln!(f, " {help}"),
            None => writeln!(f),
        }
    }

    /// What fits of a line, around the problem.
    fn window(&self, line: &str) -> Window {
        let shown: Vec<char> = line.chars().map(visible).collect();
        let start = (self.column - 1).min(shown.len());
        let first = if shown.len() <= LINE_WIDTH { 0 } else { start.saturating_sub(LEAD_WIDTH) };
        let last = shown.len().min(first + LINE_WIDTH);
        let end = (start + self.width).min(last).max(start);
        let cut_before = if first > 0 { "…" } else { "" };
        let cut_after = if last < shown.len() { "…" } else { "" };
        Window {
            before: cut_before.to_owned() + &shown[first..start].iter().collect::<String>(),
            marked: shown[start..end].iter().collect(),
            after: shown[end..last].iter().collect::<String>() + cut_after,
        }
    }
}

struct Window {
    before: String,
    marked: String,
    after: String,
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// What is said quotes the file: one line of bounded length, without anything that a terminal would act on.
pub(super) fn one_line(text: &str) -> String {
    let mut line: String = clean(text).chars().map(visible).take(SAID_CHARS_MAX).collect();
    if text.chars().nth(SAID_CHARS_MAX).is_some() {
        line.push('…');
    }
    line
}

/// Each character stands for itself or for one that a terminal does not act on, so that carets stay below what they mean.
fn visible(c: char) -> char {
    let turns_text_around = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    match c {
        '\t' | '\n' => ' ',
        c if c.is_control() || turns_text_around => '\u{fffd}',
        c => c,
    }
}
