//! An exposition that comes bit by bit, cut anywhere.
//!
//! Whole lines are read where they lie; only a line that is cut in two is copied, and of that one no more than a bound.

use memchr::{memchr, memrchr};

use super::{BadLine, Dialect, ExpositionError, LINE_MAX, Reader, Sample, UNENDED, Wanted, Whose, is_page, line};

/// Finds the lines of one body and knows at its end whether it was an exposition.
#[derive(Debug)]
pub struct Feed<'w> {
    dialect: Dialect,
    wanted: &'w Wanted,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    lines: usize,
    skipped: usize,
    /// Nothing but blanks has come so far.
    blank: bool,
    /// The last line that is not blank is OpenMetrics' end.
    ended: bool,
    /// One line at least was a sample, wanted or not.
    proved: bool,
    /// Until then, the first line that was none, and why.
    doubt: Option<(usize, String)>,
}

impl<'w> Feed<'w> {
    pub fn new(dialect: Dialect, wanted: &'w Wanted) -> Self {
        let (begun, doubt) = (Vec::new(), None);
        Self { dialect, wanted, begun, lines: 0, skipped: 0, blank: true, ended: false, proved: false, doubt }
    }

    /// Lines passed over so far because nobody wants their name.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The next bytes; `take` is handed every line that somebody wants, with its number.
    pub fn push(&mut self, bytes: &[u8], take: &mut Take<'_>) -> Result<(), ExpositionError> {
        if self.blank {
            if is_page(bytes) {
                return Err(ExpositionError::WebPage);
            }
            self.blank = bytes.trim_ascii_start().is_empty();
        }
        let mut rest = bytes;
        if !self.begun.is_empty() {
            let Some(end) = memchr(b'\n', rest) else {
                self.begin(rest);
                return Ok(());
            };
            self.begin(&rest[..end]);
            let line = std::mem::take(&mut self.begun);
            self.read(&line, take);
            // Its room is used again for the next line that is cut.
            self.begun = line;
            self.begun.clear();
            rest = &rest[end + 1..];
        }
        let whole = memrchr(b'\n', rest).map_or(0, |end| end + 1);
        self.read(&rest[..whole], take);
        self.begin(&rest[whole..]);
        Ok(())
    }

    /// How many bytes it holds of a line that is not whole yet.
    pub fn held(&self) -> usize {
        self.begun.len()
    }

    /// The line that is open is whole. OpenMetrics has its own end.
    pub fn end_line(&mut self, take: &mut Take<'_>) -> Result<(), ExpositionError> {
        if self.begun.is_empty() || self.dialect == Dialect::OpenMetrics { Ok(()) } else { self.push(b"\n", take) }
    }

    /// Nothing more comes: the line that is open ends here. Says whether the whole was an exposition; nothing at all, or
    /// comments only, is one without samples.
    pub fn finish(&mut self, take: &mut Take<'_>) -> Result<(), ExpositionError> {
        let line = std::mem::take(&mut self.begun);
        self.read(&line, take);
        self.doubt_unended(&line, take);
        if self.dialect == Dialect::OpenMetrics && !self.ended {
            return Err(ExpositionError::CutShort);
        }
        match self.doubt.take().filter(|_| !self.proved) {
            Some((line, why)) => Err(ExpositionError::NoSample { line, why }),
            None => Ok(()),
        }
    }

    /// The text format ends its last line too: of one that has no end, more may have been meant to follow.
    fn doubt_unended(&self, line: &[u8], take: &mut Take<'_>) {
        let line = line::trim(line);
        if self.dialect == Dialect::OpenMetrics || line.is_empty() || line == b"# EOF" {
            return;
        }
        let whose = match line::whose(line) {
            Whose::Metric(name) if name.len() == line.len() => Whose::Beginning(line),
            Whose::Metric(name) if !self.wanted.wants(&name) => return,
            whose => whose,
        };
        take(self.lines, Err(BadLine { line: self.lines, whose, why: UNENDED }));
    }

    /// Keeps the beginning of a line, up to where it is known to be too long.
    fn begin(&mut self, bytes: &[u8]) {
        let room = (LINE_MAX + 1).saturating_sub(self.begun.len());
        self.begun.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn read(&mut self, lines: &[u8], take: &mut Take<'_>) {
        if lines.is_empty() {
            return;
        }
        if !self.proved {
            self.prove(lines);
        }
        if let Some(last) = lines.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty()) {
            self.ended = last.ends_with(b"# EOF");
        }
        let mut reader = Reader::new(lines, self.dialect, self.wanted).behind(self.lines);
        while let Some(line) = reader.next() {
            take(reader.line(), line);
        }
        self.lines = reader.line();
        self.skipped += reader.skipped();
    }

    /// Looks for a first line that is a sample, whoever wants it.
    fn prove(&mut self, lines: &[u8]) {
        let mut reader = Reader::new(lines, self.dialect, &Wanted::All).behind(self.lines);
        while let Some(line) = reader.next() {
            match line.map_err(|bad| bad.why).and_then(|sample| sample.series.decode()) {
                Ok(_) => {
                    self.proved = true;
                    return;
                }
                Err(why) => drop(self.doubt.get_or_insert_with(|| (reader.line(), why.to_string()))),
            }
        }
    }
}

/// What is done with a line.
pub type Take<'t> = dyn FnMut(usize, Result<Sample<'_>, BadLine<'_>>) + 't;
