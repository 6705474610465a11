//! Reading a journal back: every line checked against the chain, a torn tail cut, damage refused with its place.

use std::collections::VecDeque;
use std::io::{self, BufRead, Cursor, Read};

use serde::Deserialize;

use crate::journal::line::{self, Hash, Intact, LINE_MAX, Line, Place};
use crate::journal::segment::Later;
use crate::journal::{FORMAT, JournalError};
use crate::room::Record;

/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

/// What a journal holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub records: Vec<Record>,
    /// What a crash left of lines that were being written.
    pub torn: Option<Torn>,
    /// Of the last good line, in hex: as long as somebody else keeps it, the journal can't be written anew.
    pub last_hash: String,
}

/// The part of a journal that was never safe on disk: nobody has acted on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Torn {
    pub offset: u64,
    pub bytes: u64,
}

/// Reads line by line, in bounded memory.
#[derive(Debug)]
pub struct Reader<R> {
    /// What was read already and comes before the input.
    ahead: Cursor<Vec<u8>>,
    input: R,
    line: Vec<u8>,
    place: Place,
    /// How many records the last line says to be safe.
    safe: u64,
    torn: Option<Torn>,
    /// The files that the journal goes on in.
    later: VecDeque<Later<R>>,
    /// Where the file before this one was left.
    left: Option<Place>,
    /// Only to be looked at: also a newer format, as far as it is understood.
    any_format: bool,
    format: u32,
}

/// Reads a whole journal.
pub fn read(input: impl BufRead) -> Result<Recording, JournalError> {
    Reader::new(input).collect()
}

impl<R: BufRead> Reader<R> {
    pub fn new(input: R) -> Self {
        Self::from(input, Place::START)
    }

    /// Reads on where an earlier reading came to.
    pub fn from(input: R, place: Place) -> Self {
        let (ahead, line, later) = (Cursor::default(), Vec::new(), VecDeque::new());
        Self { ahead, input, line, place, safe: place.seq, torn: None, later, left: None, any_format: false, format: FORMAT }
    }

    /// Reads a newer format as well, as far as it is understood: for who only looks.
    #[must_use]
    pub fn of_any_format(self) -> Self {
        Self { any_format: true, ..self }
    }

    /// The format that the journal says to be of, once its first line was read.
    pub fn format(&self) -> u32 {
        self.format
    }

    /// Tells of the next file that the journal goes on in.
    pub(super) fn goes_on(&mut self, later: Later<R>) {
        self.later.push_back(later);
    }

    /// Where the next line belongs.
    pub fn place(&self) -> Place {
        self.place
    }

    /// How many of the records are known to have been safe on disk.
    pub(super) fn safe(&self) -> u64 {
        self.safe
    }

    /// Where the file before this one was left, when this is not the first.
    pub(super) fn left(&self) -> Option<Place> {
        self.left
    }

    /// How much of the journal it holds at once.
    pub fn memory_bytes(&self) -> usize {
        self.line.capacity() + self.ahead.get_ref().capacity()
    }

    /// What was cut, once the end was reached.
    pub fn torn(&self) -> Option<Torn> {
        self.torn
    }

    /// The next record; `None` at the end, and at what a crash left of it.
    pub fn next<'a, E: Deserialize<'a>>(&'a mut self) -> Result<Option<Line<E>>, JournalError> {
        let here = self.place;
        if !self.advance()? {
            return Ok(None);
        }
        // The line is as it was written, so what can't be understood was written by somebody who knows more.
        serde_json::from_slice(&self.line).map(Some).map_err(|error| newer(here, &error.to_string()))
    }

    /// Reads the next line and checks it; `false` at the end, and at what a crash left of it.
    pub(super) fn advance(&mut self) -> Result<bool, JournalError> {
        if self.torn.is_some() || !self.fill_from_any()? {
            return Ok(false);
        }
        let here = self.place;
        match self.check() {
            Ok(intact) => {
                if here.seq == 0 {
                    self.format = format(&self.line)?;
                    if self.format > FORMAT && !self.any_format {
                        let what = format!("its format is {}, and this one reads up to {FORMAT}", self.format);
                        return Err(newer(here, &what));
                    }
                }
                self.safe = intact.safe;
                let offset = here.offset + self.line.len() as u64;
                self.place = Place { seq: here.seq + 1, offset, prev: intact.hash, ..here };
                Ok(true)
            }
            Err(what) => {
                self.torn = Some(self.tear(what)?);
                Ok(false)
            }
        }
    }

    /// The line that was checked last.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// All that is left.
    pub fn collect(&mut self) -> Result<Recording, JournalError> {
        let mut records = Vec::new();
        self.each(|record| records.push(record))?;
        if self.place.seq == 0 {
            return Err(JournalError::Empty);
        }
        Ok(Recording { records, torn: self.torn, last_hash: self.place.prev.as_str().to_owned() })
    }

    /// All that is left of this file.
    pub(super) fn input(&mut self) -> impl BufRead {
        (&mut self.ahead).chain(&mut self.input)
    }

    /// Puts what was read before what is left.
    pub(super) fn give_back(&mut self, mut bytes: Vec<u8>) {
        let rest = self.ahead.position() as usize;
        bytes.extend_from_slice(self.ahead.get_ref().get(rest..).unwrap_or_default());
        self.ahead = Cursor::new(bytes);
    }

    /// `records` more are behind, which are `bytes` of this file, the last of them with this hash, and so many known to be safe.
    pub(super) fn come_to(&mut self, records: u64, bytes: u64, last: Hash, safe: u64) {
        self.place = Place { seq: self.place.seq + records, offset: self.place.offset + bytes, prev: last, ..self.place };
        self.safe = safe;
    }

    pub(super) fn goes_on_elsewhere(&self) -> bool {
        !self.later.is_empty()
    }

    pub(super) fn unreadable(&self, source: io::Error) -> JournalError {
        JournalError::Unreadable { offset: self.place.offset, source }
    }

    /// The next line, of the file in which it belongs; `false` after the last.
    fn fill_from_any(&mut self) -> Result<bool, JournalError> {
        loop {
            if self.later.front().is_some_and(|later| later.begins <= self.place.seq) {
                self.turn();
            }
            if self.fill()? > 0 {
                return Ok(true);
            }
            if !self.turn() {
                return Ok(false);
            }
        }
    }

    /// Goes on in the next file, where there is one.
    fn turn(&mut self) -> bool {
        let Some(later) = self.later.pop_front() else { return false };
        self.left = Some(self.place);
        self.place = Place { segment: later.number, offset: 0, ..self.place };
        (self.ahead, self.input) = (Cursor::default(), later.input);
        true
    }

    /// Reads up to the next newline, or to the longest that a line may be.
    fn fill(&mut self) -> Result<usize, JournalError> {
        self.line.clear();
        let mut bounded = (&mut self.ahead).chain(&mut self.input).take(LINE_MAX as u64);
        let offset = self.place.offset;
        bounded.read_until(b'\n', &mut self.line).map_err(|source| JournalError::Unreadable { offset, source })
    }

    /// Whether the line is whole and follows on the one before.
    fn check(&self) -> Result<Intact, String> {
        let intact = line::intact(&self.line)?;
        if intact.seq != self.place.seq {
            return Err(format!("sequence {} stands where {} belongs", intact.seq, self.place.seq));
        }
        if intact.prev != self.place.prev {
            return Err("it does not follow on the line before".to_owned());
        }
        Ok(intact)
    }

    /// Tells the tear of a crash from damage, with everything from the bad line on in view. A crash leaves nothing
    /// whole behind the tear; only where lines were written together and never synced can it take sectors out of
    /// their middle, which then read as zeros.
    fn tear(&mut self, what: String) -> Result<Torn, JournalError> {
        let Place { seq, segment, offset, .. } = self.place;
        let hole = has_hole(&self.line, offset);
        let first = self.line.len() as u64;
        let opening = if seq == 0 { check_cut(&self.line, hole, &what) } else { Ok(()) };
        let (mut bytes, mut behind) = (0, Behind::Nothing);
        while !self.line.is_empty() {
            bytes += self.line.len() as u64;
            behind = behind.max(self.look(hole));
            self.fill()?;
        }
        while let Some(next) = self.later.pop_front() {
            (self.ahead, self.input) = (Cursor::default(), next.input);
            self.fill()?;
            let hole = has_hole(&self.line, 0);
            while !self.line.is_empty() {
                behind = behind.max(self.look(hole));
                self.fill()?;
            }
        }
        // The first line is safe before the next is written: a crash may leave a part of it, but nothing behind.
        if seq == 0 && behind == Behind::Nothing {
            opening?;
            if bytes > first {
                return Err(JournalError::Damaged { line: 1, offset, seq, what });
            }
        }
        if behind != Behind::Safe {
            return Ok(Torn { offset, bytes });
        }
        let what = if segment > 1 { format!("{what}, in segment {segment}") } else { what };
        Err(JournalError::Damaged { line: seq + 1, offset, seq, what })
    }

    /// What the line at hand, or what begins last in it, says of the tear before it. `hole`: that one shows zeros where
    /// sectors are missing.
    fn look(&self, hole: bool) -> Behind {
        let beginning = line::last_beginning(&self.line).unwrap_or(0);
        match line::intact(&self.line[beginning..]) {
            Ok(intact) if hole && intact.safe <= self.place.seq => Behind::WrittenTogether,
            Ok(_) => Behind::Safe,
            Err(_) => Behind::Nothing,
        }
    }
}

/// What is found whole behind a line that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Behind {
    Nothing,
    /// Lines that may have been written together with it, and never synced.
    WrittenTogether,
    /// A line that knows it to have been safe.
    Safe,
}

/// Whether zeros reach up to the end of a sector, or of the line, which begins at `offset` in its file.
fn has_hole(line: &[u8], offset: u64) -> bool {
    let ends_hole = |at: usize| (offset + at as u64 + 1).is_multiple_of(SECTOR) || at + 1 == line.len();
    memchr::memchr_iter(0, line).any(ends_hole)
}

/// Whether a first line that is not whole can be what a crash left of one: a beginning, or one with holes.
fn check_cut(line: &[u8], hole: bool, what: &str) -> Result<(), JournalError> {
    if let Some(offset) = line::foreign(line) {
        return Err(JournalError::Foreign { offset: offset as u64 });
    }
    let body = line.strip_suffix(b"\n");
    let what = if body.is_some_and(|body| body.ends_with(b"\r")) {
        "it ends in CR LF, as after a transfer as text"
    } else if (body.is_some() && !hole) || body.unwrap_or(line).iter().any(|byte| (1..b' ').contains(byte)) {
        what
    } else {
        return Ok(());
    };
    Err(JournalError::Damaged { line: 1, offset: 0, seq: 0, what: what.to_owned() })
}

/// The first line says in which format all of them are, and is understood this far in every format.
fn format(line: &[u8]) -> Result<u32, JournalError> {
    #[derive(Deserialize)]
    struct First {
        event: OpenedOnly,
    }
    #[derive(Deserialize)]
    struct OpenedOnly {
        opened: FormatOnly,
    }
    #[derive(Deserialize)]
    struct FormatOnly {
        format: u32,
    }
    let what = match serde_json::from_slice(line) {
        Ok(First { event: OpenedOnly { opened: FormatOnly { format: format @ 1.. } } }) => return Ok(format),
        Ok(First { .. }) => "its format is 0, which never was".to_owned(),
        Err(error) => format!("it does not open a room: {error}"),
    };
    Err(JournalError::Damaged { line: 1, offset: 0, seq: 0, what })
}

pub(super) fn newer(place: Place, what: &str) -> JournalError {
    JournalError::Newer { line: place.seq + 1, offset: place.offset, seq: place.seq, what: what.to_owned() }
}
