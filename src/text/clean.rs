//! Control sequences taken out of text, or spelled out.
//!
//! Sequences that only style (colours, weight, erasing to the line's end) say nothing and go without a trace. Any other one
//! stays in the text with its introducer spelled out (`\e[2J`), so an unterminated one swallows nothing.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::text::{LINE_MAX, columns, doubt, marks};

const TAB_COLUMNS: usize = 8;

/// `text` without anything a terminal would act on. Line ends are spelled out too: split first where lines are meant.
/// Cleaning twice is the same as cleaning once. The length is the caller's business: see [`clean_line`].
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut cleaner = Cleaner { out: String::with_capacity(text.len()), ..Cleaner::default() };
    cleaner.take(text);
    Cow::Owned(cleaner.finish())
}

/// [`clean`], and at most [`LINE_MAX`] characters of it.
pub fn clean_line(text: &str) -> Cow<'_, str> {
    shorten(clean(text))
}

/// Each line of a text of several, cleaned and bounded.
pub fn clean_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.lines().map(clean_line)
}

/// Whether every byte is printable ASCII, which is nearly always so. Whole blocks are looked at, so that the compiler can use wide registers.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    bytes.chunks(64).all(|block| block.iter().fold(true, |plain, byte| plain & is_plain_byte(*byte)))
}

fn is_plain_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// `line` within [`LINE_MAX`] characters, with how many were left out.
fn shorten(line: Cow<'_, str>) -> Cow<'_, str> {
    if line.len() <= LINE_MAX {
        return line;
    }
    let count = line.chars().count();
    if count <= LINE_MAX {
        return line;
    }
    // The note itself needs room: 40 characters hold it with any count there is.
    let kept = LINE_MAX - 40;
    let end = line.char_indices().nth(kept).map_or(line.len(), |(at, _)| at);
    Cow::Owned(format!("{} [+{} characters]", &line[..end], count - kept))
}

/// Text on its way: `run` has no tabs and still has to be settled, `out` is finished and `column` wide.
#[derive(Default)]
struct Cleaner {
    out: String,
    run: String,
    column: usize,
}

impl Cleaner {
    fn take(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let plain = rest.bytes().position(|byte| !is_plain_byte(byte)).unwrap_or(rest.len());
            self.run.push_str(&rest[..plain]);
            rest = &rest[plain..];
            let Some(next) = rest.chars().next() else { break };
            if let Some(length) = styling(rest) {
                rest = &rest[length..];
                continue;
            }
            if next == '\t' {
                self.tab();
            } else {
                self.show(next);
            }
            rest = &rest[next.len_utf8()..];
        }
    }

    fn show(&mut self, character: char) {
        match character {
            '\0' => self.run.push_str("\\0"),
            '\x07' => self.run.push_str("\\a"),
            '\x08' => self.run.push_str("\\b"),
            '\n' => self.run.push_str("\\n"),
            '\x0b' => self.run.push_str("\\v"),
            '\x0c' => self.run.push_str("\\f"),
            '\r' => self.run.push_str("\\r"),
            '\x1b' => self.run.push_str("\\e"),
            '\x01'..='\x1f' | '\x7f' => spell_byte(&mut self.run, character as u8),
            // They only choose between two pictures of the character before, and change its width in doing so.
            '\u{fe0e}' | '\u{fe0f}' => {}
            other if doubt::is_doubtful(other) => doubt::spell(&mut self.run, other),
            other => self.run.push(other),
        }
    }

    fn tab(&mut self) {
        self.settle();
        let spaces = TAB_COLUMNS - self.column % TAB_COLUMNS;
        self.out.extend(std::iter::repeat_n(' ', spaces));
        self.column += spaces;
    }

    fn settle(&mut self) {
        let from = self.out.len();
        marks::settle(&self.run, &mut self.out);
        self.run.clear();
        self.column += columns::width(&self.out[from..]);
    }

    fn finish(mut self) -> String {
        marks::settle(&self.run, &mut self.out);
        self.out
    }
}

/// `\xNN`, for a byte that is no text.
pub(super) fn spell_byte(out: &mut String, byte: u8) {
    // Writing to a string does not fail.
    let _ = write!(out, "\\x{byte:02x}");
}

/// The length of the sequence that `text` begins with, when it only styles: SGR (`ESC [ 1;31 m`), erasing within the line
/// (`ESC [ K`, which follows every colour of `grep`), and `ESC ( B`, the other half of what `tput sgr0` prints.
fn styling(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\x1b')?;
    if body.starts_with("(B") {
        return Some(3);
    }
    let parameters = body.strip_prefix('[')?;
    let end = parameters.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    let erases = end <= 1 && parameters.as_bytes()[end] == b'K';
    (erases || parameters.as_bytes()[end] == b'm').then_some(end + 3)
}
