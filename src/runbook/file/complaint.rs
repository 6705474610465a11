//! What the YAML parser complains about, in words that a tired person can act on.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

use super::Extent;

/// Where, what, and what would be right.
type Complaint = (Extent, String, Option<String>);

fn complaint(at: Extent, what: &str, advice: &str) -> Complaint {
    (at, what.to_owned(), Some(advice.to_owned()))
}

pub(super) fn complain(text: &str, error: &ScanError) -> Complaint {
    let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(text.len()));
    let lines = Lines::around(text, at);
    specific(text, error.kind(), at, &lines)
        .unwrap_or_else(|| (mark(text, at), format!("this is not YAML: {}", error.info()), None))
}

fn specific(text: &str, kind: &ErrorKind, at: usize, lines: &Lines) -> Option<Complaint> {
    lines.tab(kind).or_else(|| lines.bare_template()).or_else(|| lines.bare_comparison()).or_else(|| {
        let (what, advice) = by_kind(kind, lines.has_a_key_before(at))?;
        Some(match what {
            What::Quote => quote(text, at),
            What::Misfit => misfit(text, at, lines),
            What::Words(what) => complaint(mark(text, at), &what, advice),
        })
    })
}

enum What {
    /// An open quote, whose place has to be looked for.
    Quote,
    /// A line that belongs to nothing before it.
    Misfit,
    Words(String),
}

/// The parser's errors that people really make, with what to do about them.
fn by_kind(kind: &ErrorKind, second_key: bool) -> Option<(What, &'static str)> {
    use ErrorKind as Kind;
    let words = |what: &str| What::Words(what.to_owned());
    Some(match kind {
        Kind::RecursionLimitExceeded => {
            (words("nested more than 32 levels deep"), "a runbook never needs that: is a bracket open?")
        }
        Kind::UnclosedQuotedScalar
        | Kind::InvalidQuotedScalarIndent
        | Kind::DocumentIndicatorInQuotedScalar
        | Kind::InvalidTrailingDoubleQuotedScalar
        | Kind::InvalidTrailingSingleQuotedScalar => (What::Quote, ""),
        Kind::UnclosedFlowCollection { open } => {
            (What::Words(format!("a `{open}` is never closed")), "close it, or put a text that holds brackets in quotes")
        }
        Kind::MappingValueNotAllowed if second_key => {
            (words("a second `: ` in one line"), "put the text in quotes, or on lines of its own after a `|`")
        }
        Kind::MappingValueNotAllowed
        | Kind::InvalidIndentation
        | Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::SimpleKeyExpected
        | Kind::CommentInterceptedScalar => (What::Misfit, ""),
        Kind::UnexpectedCharacter { character: '`' } => (words("a text cannot begin with a backtick"), "put the text in quotes"),
        Kind::UnexpectedCharacter { character } => {
            (What::Words(format!("a text cannot begin with `{}`", character.escape_default())), "put the text in quotes")
        }
        Kind::BlockSequenceEntryNotAllowed => {
            (words("a list cannot begin here"), "begin it on the next line; a text that begins with `-` must be in quotes")
        }
        Kind::UnknownQuotedScalarEscape => {
            (words("a `\\` in this text means nothing to YAML"), "use single quotes, in which a `\\` is only itself")
        }
        Kind::InvalidColonPlacement => {
            (words("a `:` cannot stand here"), "is a bracket or a quote still open from a line before?")
        }
        // The parser's list of errors is open-ended; the others are told in its own words.
        _ => return None,
    })
}

fn misfit(text: &str, at: usize, lines: &Lines) -> Complaint {
    let start = lines.first_word().filter(|start| *start <= at).unwrap_or(at);
    let what = "this line does not fit in with the lines before it";
    complaint(mark(text, start), what, "is it indented like its neighbours, with its `key:` or `-`?")
}

/// The character at `at`; at the end of the file, the last one that can be shown.
fn mark(text: &str, at: usize) -> Extent {
    let start = if at < text.len() { at } else { text.trim_end().char_indices().last().map_or(0, |(start, _)| start) };
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    Extent { start, end: start + width }
}

/// The quote that opened the text which the parser could not find the end of. It only notices later, so the
/// last line before with an odd number of quotes is the likeliest place.
fn quote(text: &str, at: usize) -> Complaint {
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let mut open = None;
    let mut start = 0;
    for line in text[..end].split_inclusive('\n') {
        for sign in ['"', '\''] {
            let begins = line.find([':', '-', '[', ',']).and_then(|after| line[after..].find(sign).map(|place| after + place));
            if let Some(place) = begins
                && line.matches(sign).count() % 2 == 1
                && line[..place].trim_end().ends_with([':', '-', '[', ',', '{'])
            {
                open = Some(start + place);
            }
        }
        start += line.len();
    }
    match open {
        Some(start) => complaint(Extent { start, end: start + 1 }, "this quote is never closed", "close it on the same line"),
        None => complaint(mark(text, at), "a quote stands in the way", "close the text's quote, and write nothing behind it"),
    }
}

/// The line at which the parser stopped, and its neighbours: it often notices one line late, sometimes early.
struct Lines<'t> {
    lines: Vec<(usize, &'t str)>,
}

impl<'t> Lines<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = text[..start.saturating_sub(1)].rfind('\n').map_or(0, |end| end + 1);
        let next = text[at..].find('\n').map_or(text.len(), |length| at + length);
        let mut lines = vec![(start, &text[start..next])];
        if before < start {
            lines.push((before, text[before..start].trim_end_matches('\n')));
        }
        let after = text.get(next + 1..).map_or(next, |rest| rest.find('\n').map_or(text.len(), |length| next + 1 + length));
        if after > next {
            lines.push((next + 1, &text[next + 1..after]));
        }
        Self { lines }
    }

    /// Where the line's text begins.
    fn first_word(&self) -> Option<usize> {
        let (start, line) = self.lines.first()?;
        Some(start + line.len() - line.trim_start().len())
    }

    /// Whether `at` is not the first `: ` of its line.
    fn has_a_key_before(&self, at: usize) -> bool {
        self.lines
            .first()
            .and_then(|(start, line)| line.get(..at.saturating_sub(*start)))
            .is_some_and(|before| before.contains(": "))
    }

    fn tab(&self, kind: &ErrorKind) -> Option<Complaint> {
        use ErrorKind as Kind;
        let about_tabs = matches!(
            kind,
            Kind::TabNotAllowed
                | Kind::TabInBlockIndentation
                | Kind::TabInIndentation
                | Kind::TabInPlainScalar
                | Kind::TabAtBlockScalarStart
        );
        self.lines.iter().find_map(|(start, line)| {
            let indentation = &line[..line.len() - line.trim_start().len()];
            let place = indentation.find('\t').or_else(|| if about_tabs { line.find('\t') } else { None })?;
            let extent = Extent { start: start + place, end: start + place + 1 };
            Some(complaint(extent, "a tab stands here", "YAML is indented with spaces: replace the tab by spaces"))
        })
    }

    /// `health: {{ target }}/health`, which YAML takes for a mapping in a mapping.
    fn bare_template(&self) -> Option<Complaint> {
        self.find_value("{{", |_| true, "a text that begins with `{{` must be in quotes")
    }

    /// `critical: > 1`, which YAML takes for the beginning of a folded text.
    fn bare_comparison(&self) -> Option<Complaint> {
        let comparison =
            |value: &str| value.trim_start_matches(['>', '=', ' ']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
        self.find_value(">", comparison, "a text that begins with `>` must be in quotes, like \"> 1\"")
    }

    fn find_value(&self, opening: &str, fits: impl Fn(&str) -> bool, advice: &str) -> Option<Complaint> {
        self.lines.iter().find_map(|(start, line)| {
            line.match_indices(opening).find_map(|(place, _)| {
                let before = line[..place].trim_end();
                let value = line[place..].trim_end();
                let begins = before.ends_with([':', '-', '[', ',']) && fits(value);
                let extent = Extent { start: start + place, end: start + place + value.len() };
                begins.then(|| {
                    complaint(extent, &format!("this text begins with `{opening}`, which YAML reads as something else"), advice)
                })
            })
        })
    }
}
