//! Bytes as they arrive, cut into cleaned lines.

use memchr::memchr2;

use crate::text::clean::{clean_line, spell_byte};

/// Bytes of a line that are waited for; a longer one is cut into pieces of this size.
pub const PIECE_MAX: usize = 64 * 1_024;

/// An incremental splitter. Reads may end anywhere: within a line, a character, an escape sequence or a CRLF.
///
/// Text after a lone CR takes the place of what the line said before, as a progress bar means it; CRLF is one line end.
#[derive(Debug, Default)]
pub struct Lines {
    /// The line so far, never longer than [`PIECE_MAX`].
    line: Vec<u8>,
    /// The last byte was a CR: what follows tells whether it ended the line or rewinds it.
    after_cr: bool,
    /// The line so far follows a piece of it that was cut.
    cut: bool,
}

impl Lines {
    /// The lines that `bytes` complete, each at most [`crate::text::LINE_MAX`] characters.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut done = Vec::new();
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if self.after_cr {
                rest = self.resolve_cr(*first, rest, &mut done);
                continue;
            }
            let window = &rest[..rest.len().min(PIECE_MAX - self.line.len())];
            if let Some(end) = memchr2(b'\n', b'\r', window) {
                if window[end] == b'\n' {
                    self.end_line(&window[..end], &mut done);
                } else {
                    self.line.extend_from_slice(&window[..end]);
                    self.after_cr = true;
                }
                rest = &rest[end + 1..];
            } else {
                self.line.extend_from_slice(window);
                rest = &rest[window.len()..];
                if self.line.len() == PIECE_MAX {
                    self.cut_piece(&mut done);
                }
            }
        }
        done
    }

    /// What is left without a line end.
    pub fn finish(&mut self) -> Option<String> {
        let left = self.partial();
        *self = Self::default();
        left
    }

    /// What the unfinished line says so far: a progress bar, or a question nobody answers.
    pub fn partial(&self) -> Option<String> {
        (!self.line.is_empty()).then(|| to_line(&self.line))
    }

    fn resolve_cr<'a>(&mut self, first: u8, rest: &'a [u8], done: &mut Vec<String>) -> &'a [u8] {
        match first {
            b'\r' => &rest[1..],
            b'\n' => {
                self.end_line(&[], done);
                &rest[1..]
            }
            _ => {
                self.line.clear();
                self.after_cr = false;
                rest
            }
        }
    }

    fn end_line(&mut self, tail: &[u8], done: &mut Vec<String>) {
        if self.line.is_empty() {
            // A line end right behind a cut piece ends that piece, and is no empty line.
            if !(self.cut && tail.is_empty()) {
                done.push(to_line(tail));
            }
        } else {
            self.line.extend_from_slice(tail);
            done.push(to_line(&self.line));
            self.line.clear();
        }
        self.after_cr = false;
        self.cut = false;
    }

    /// Gives out a full piece, but keeps the beginning of a character that it ends within.
    fn cut_piece(&mut self, done: &mut Vec<String>) {
        let end = self.line.len() - unfinished(&self.line);
        done.push(to_line(&self.line[..end]));
        self.line.drain(..end);
        self.cut = true;
    }
}

/// How many bytes at the end are the beginning of a UTF-8 character.
fn unfinished(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    let Some(back) = tail.iter().rev().position(|byte| *byte >= 0xc0) else { return 0 };
    let wanted = match tail[tail.len() - 1 - back] {
        0xf0.. => 4,
        0xe0.. => 3,
        _ => 2,
    };
    if back + 1 < wanted { back + 1 } else { 0 }
}

fn to_line(bytes: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return clean_line(text).into_owned();
    }
    let mut text = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| spell_byte(&mut text, *byte));
    }
    clean_line(&text).into_owned()
}
