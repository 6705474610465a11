//! Expositions: Prometheus text 0.0.4 and OpenMetrics 1.0. Bytes in, samples out.
//!
//! For: finding the samples that somebody wants, in one pass and without copying. Labels are decoded when a series is met first.
//! May not touch: the series kept so far, queries. A line is judged by itself; what it means is the store's matter.

mod feed;
mod kind;
mod line;
pub mod strict;
mod survey;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use memchr::memchr;

pub use feed::{Feed, Take};
pub use kind::Kind;
pub use line::{LABELS_MAX, Sample, SeriesText, TEXT_MAX};
pub use survey::{Family, Survey};

/// How timestamps are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Prometheus text 0.0.4: whole milliseconds.
    Text,
    /// OpenMetrics: seconds, with a fraction.
    OpenMetrics,
}

impl Dialect {
    /// What the answer's `Content-Type` says it is; without one that tells, what the body looks like.
    pub fn told(content_type: Option<&str>, body: &[u8]) -> Self {
        Self::named(content_type).unwrap_or_else(|| Self::of(body))
    }

    /// What the answer's `Content-Type` says it is, where it says so.
    pub fn named(content_type: Option<&str>) -> Option<Self> {
        let kind = content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/openmetrics-text") {
            Some(Self::OpenMetrics)
        } else if kind.eq_ignore_ascii_case("text/plain") {
            Some(Self::Text)
        } else {
            None
        }
    }

    /// Only OpenMetrics must end with `# EOF`.
    pub fn of(body: &[u8]) -> Self {
        if body.trim_ascii_end().ends_with(b"# EOF") { Self::OpenMetrics } else { Self::Text }
    }
}

/// The longest line that is read, in bytes. What is longer is passed over, and only its beginning is ever held.
pub const LINE_MAX: usize = 64 * 1024;

/// The metric names that are worth decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    All,
    Names(HashSet<Box<[u8]>>),
}

impl Wanted {
    pub fn wants(&self, name: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.contains(name),
        }
    }
}

/// Why a whole body is no exposition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpositionError {
    #[error("the answer is a web page, not metrics: does the address end in /metrics?")]
    WebPage,
    #[error("the answer is cut short: OpenMetrics ends with `# EOF`")]
    CutShort,
    #[error("the answer holds not one valid sample: line {line}: {why}")]
    NoSample { line: usize, why: String },
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw(Cow<'static, str>);

impl Flaw {
    pub(crate) const fn new(why: &'static str) -> Self {
        Self(Cow::Borrowed(why))
    }

    /// Two values for the same series at the same time.
    pub(crate) fn twice(first: f64, then: f64) -> Self {
        Self(Cow::Owned(format!("written twice in one scrape, with {first} and {then}")))
    }

    /// Says `why` about a piece of the line, which is shortened.
    fn about(piece: &[u8], why: &str) -> Self {
        let shown: String = String::from_utf8_lossy(piece).chars().take(40).collect();
        Self(Cow::Owned(format!("`{}` {why}", crate::text::clean(&shown))))
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

const UNENDED: Flaw = Flaw::new("the last line has no end: the text may be cut short");
const TOO_LONG: Flaw = Flaw::new("the line is longer than 64 KiB");

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine<'a> {
    /// Counted from one.
    pub line: usize,
    pub whose: Whose<'a>,
    pub why: Flaw,
}

/// The metric that a bad line would have belonged to, as far as that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    Metric(Cow<'a, [u8]>),
    /// The line breaks off in its name.
    Beginning(&'a [u8]),
    /// It may have been a line of any metric.
    Anyones,
}

/// Goes through a body line by line, and past every line whose name nobody wants.
pub struct Reader<'a> {
    rest: &'a [u8],
    line: usize,
    dialect: Dialect,
    wanted: &'a Wanted,
    skipped: usize,
    /// The name met last, and whether it is wanted: lines of one metric stand together.
    last: (&'a [u8], bool),
}

impl<'a> Reader<'a> {
    pub fn new(body: &'a [u8], dialect: Dialect, wanted: &'a Wanted) -> Self {
        Self { rest: body, line: 0, dialect, wanted, skipped: 0, last: (b"", false) }
    }

    /// For lines that follow `lines` others.
    #[must_use]
    fn behind(mut self, lines: usize) -> Self {
        self.line = lines;
        self
    }

    /// The number of the line read last, counted from one.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Lines passed over so far because nobody wants their name. They were not checked.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    fn next_line(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        self.line += 1;
        Some(line)
    }

    fn wants(&mut self, name: &'a [u8]) -> bool {
        if self.last.0 != name {
            self.last = (name, self.wanted.wants(name));
        }
        self.last.1
    }

    /// Whether the line continues the metric met last and that one is not wanted: told without looking for the name's end.
    fn continues_unwanted(&self, line: &[u8]) -> bool {
        let (name, wanted) = self.last;
        !wanted && !name.is_empty() && line.starts_with(name) && matches!(line.get(name.len()), Some(b'{' | b' ' | b'\t'))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Sample<'a>, BadLine<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.next_line()?;
            if self.continues_unwanted(line) {
                self.skipped += 1;
                continue;
            }
            let line = line::trim(line);
            if line.is_empty() || line[0] == b'#' {
                continue;
            }
            let name = line::bare_name(line);
            if !name.is_empty() && line::ends_name(line, name) && !self.wants(name) {
                self.skipped += 1;
                continue;
            }
            let read = if line.len() > LINE_MAX { Err(TOO_LONG) } else { line::read(line, name, self.dialect) };
            match read {
                // A quoted name (`{"http.requests"}`) is only known after decoding.
                Ok(sample) if name.is_empty() && *self.wanted != Wanted::All => match sample.series.decode() {
                    Ok(labels) if self.wanted.wants(labels.name().as_bytes()) => return Some(Ok(sample)),
                    Ok(_) => self.skipped += 1,
                    Err(why) => return Some(Err(BadLine { line: self.line, whose: line::whose(line), why })),
                },
                Ok(sample) => return Some(Ok(sample)),
                Err(why) => return Some(Err(BadLine { line: self.line, whose: line::whose(line), why })),
            }
        }
    }
}

/// Whether a body that begins so is a page: a proxy's, a login's, an error's.
pub fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests;
