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

    pub fn is_unfinished(&self) -> bool {
        !self.line.is_empty()
    }

    /// Bytes of it that wait for more.
    pub fn waiting(&self) -> usize {
        self.line.len()
    }

    /// What the unfinished line says so far: a progress bar, or a question nobody answers.
    pub fn partial(&self) -> Option<String> {
        (!self.line.is_empty()).then(|| to_line(&self.line))
    }

    /// Gives out what the unfinished line says so far. What it goes on with comes as a line of its own, and its end alone as
    /// none.
    pub fn take_partial(&mut self) -> Option<String> {
        let mut piece = Vec::new();
        if self.line.len() > unfinished(&self.line) {
            self.cut_piece(&mut piece);
        }
        piece.pop()
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

    /// Gives out the line so far, but keeps the beginning of a character that it ends within.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::LINE_MAX;

    fn all(reads: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut done: Vec<String> = reads.iter().flat_map(|read| lines.push(read)).collect();
        done.extend(lines.finish());
        done
    }

    #[test]
    fn lines_come_out_whole_wherever_the_reads_end() {
        assert_eq!(all(&[b"one\ntwo\n\nthree"]), ["one", "two", "", "three"]);
        assert_eq!(all(&[b"on", b"e\r", b"\ntwo\r\r\n", b"", b"\n"]), ["one", "two", ""]);
        assert_eq!(all(&[b"\x1b[3", b"1mred\x1b", b"[0m\n"]), ["red"]);
        assert_eq!(all(&[b"caf\xc3", b"\xa9\n"]), ["café"]);
    }

    #[test]
    fn a_progress_bar_leaves_what_it_said_last() {
        assert_eq!(all(&[b"10%\r50%\r", b"100%\r\ndone\n"]), ["100%", "done"]);
        assert_eq!(all(&[b"10%\r\x1b[K100%\r"]), ["100%"]);
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"Continue? [y/N] "), Vec::<String>::new());
        assert_eq!(lines.partial().as_deref(), Some("Continue? [y/N] "));
    }

    #[test]
    fn an_unfinished_line_can_be_taken_and_nothing_is_lost_nor_added() {
        let mut lines = Lines::default();
        let mut said = Vec::new();
        for read in ["Continue? ", "y\n", "10%\r", "\n", "caf\u{e9}", "\r\n", "next\n", "\n", "end"] {
            said.extend(lines.push(read.as_bytes()));
            said.extend(lines.take_partial());
        }
        said.extend(lines.finish());
        assert_eq!(said, ["Continue? ", "y", "10%", "caf\u{e9}", "next", "", "end"]);
        lines.push(b"\xc3");
        assert_eq!(lines.take_partial(), None, "half a character is no text");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_bytes() {
        assert_eq!(all(&[b"a\xff\x9b2Jb\xc3\n"]), ["a\\xff\\x9b2Jb\\xc3"]);
        assert_eq!(all(&[b"\xed\xa0\x80\xf4\x90\x80\x80"]), ["\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80"]);
    }

    #[test]
    fn a_line_without_an_end_is_given_out_in_pieces_and_memory_stays_bounded() {
        let mut lines = Lines::default();
        let read = vec![b'x'; 10_000];
        let done: Vec<String> = (0..100).flat_map(|_| lines.push(&read)).collect();
        assert_eq!(done.len(), 1_000_000 / PIECE_MAX);
        assert!(done.iter().all(|line| line.len() <= LINE_MAX && line.ends_with(" characters]")));
        assert!(lines.line.capacity() <= 2 * PIECE_MAX);
    }

    #[test]
    fn a_piece_never_ends_within_a_character_nor_leaves_an_empty_line_behind() {
        let mut bytes = vec![b'x'; PIECE_MAX - 1];
        bytes.extend_from_slice("é\nnext\n".as_bytes());
        let done = all(&[&bytes]);
        assert_eq!(done[1..], ["é", "next"]);

        let mut bytes = vec![b'x'; PIECE_MAX];
        bytes.extend_from_slice(b"\r\nnext");
        assert_eq!(all(&[&bytes])[1..], ["next"]);
    }

    proptest! {
        #[test]
        fn where_reads_end_does_not_change_the_lines(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..300usize) {
            let bytes: Vec<u8> = bytes.iter().map(|byte| match byte % 16 { 0 => b'\n', 1 => b'\r', 2 => 0x1b, _ => *byte }).collect();
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(all(&[first, second]), all(&[&bytes]));
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(all(&single), all(&[&bytes]));
        }
    }
}
