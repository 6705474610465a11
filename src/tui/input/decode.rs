//! Bytes from the terminal, read as keys and pasted text.
//!
//! For: telling an Esc from the beginning of an arrow key over a slow link, text that was pasted from text that was typed,
//! and answers of the terminal from either.
//! May not touch: the terminal. Bytes are handed in; how long to wait for more is `run`'s business.
//!
//! Whatever is not known is dropped whole: no part of an unknown sequence is ever read as keys.

use crossterm::event::KeyCode;

use super::Input;
use crate::time::Span;
use crate::tui::keys::Chord;

/// How long an Esc waits for the rest of a sequence.
pub const ESC_WAIT: Span = Span(100);
/// How long a paste may be silent. One whose end was lost on the way must not keep the keyboard for ever.
pub(super) const PASTE_WAIT: Span = Span(2_000);
/// Bytes of one paste that are kept.
const PASTE_MAX: usize = 64 * 1024;
/// Bytes of one sequence; a longer one is not one.
const SEQUENCE_MAX: usize = 256;

const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

#[derive(Debug, Default)]
pub struct Decoder {
    /// Not yet read as anything.
    bytes: Vec<u8>,
    /// What has been pasted so far, while a paste goes on.
    paste: Option<Vec<u8>>,
}

/// What the bytes at the front are.
enum Read {
    /// So many bytes are this.
    Input(usize, Input),
    /// So many bytes mean nothing to us.
    Nothing(usize),
    PasteBegins,
    /// It may become something with more bytes.
    More,
}

impl Decoder {
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.bytes.extend_from_slice(bytes);
        self.take(false)
    }

    /// Nothing more came: an Esc that waited was one, and a paste that waited for its end has none.
    pub fn settle(&mut self) -> Vec<Input> {
        match self.paste.take() {
            Some(mut paste) => {
                paste.append(&mut self.bytes);
                vec![Input::Paste(String::from_utf8_lossy(&paste).into_owned())]
            }
            None => self.take(true),
        }
    }

    /// How long what has begun is given for its rest; `None` where nothing has begun.
    pub fn patience(&self) -> Option<Span> {
        match (&self.paste, self.bytes.is_empty()) {
            (Some(_), _) => Some(PASTE_WAIT),
            (None, false) => Some(ESC_WAIT),
            (None, true) => None,
        }
    }

    fn take(&mut self, settle: bool) -> Vec<Input> {
        let mut inputs = Vec::new();
        loop {
            if self.paste.is_some() {
                match self.pasted() {
                    Some(text) => inputs.push(Input::Paste(text)),
                    None => return inputs,
                }
            }
            match read(&self.bytes, settle) {
                Read::Input(used, input) => {
                    self.bytes.drain(..used);
                    inputs.push(input);
                }
                Read::Nothing(used) => {
                    self.bytes.drain(..used);
                }
                Read::PasteBegins => {
                    self.bytes.drain(..PASTE_BEGINS.len());
                    self.paste = Some(Vec::new());
                }
                Read::More => return inputs,
            }
        }
    }

    /// The paste, once its end has come. What is too much of it is let go, but never read as keys.
    fn pasted(&mut self) -> Option<String> {
        let paste = self.paste.as_mut()?;
        let end = self.bytes.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS);
        // The end itself may have come in part: that much stays.
        let text_ends = end.unwrap_or_else(|| self.bytes.len().saturating_sub(PASTE_ENDS.len() - 1));
        let room = PASTE_MAX.saturating_sub(paste.len());
        paste.extend(self.bytes.drain(..text_ends).take(room));
        end?;
        self.bytes.drain(..PASTE_ENDS.len());
        self.paste.take().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn read(bytes: &[u8], settle: bool) -> Read {
    match bytes {
        [0x1b] if settle => key(1, KeyCode::Esc),
        [0x1b, b'O'] if settle => Read::Nothing(2),
        [] | [0x1b] | [0x1b, b'O'] => Read::More,
        [0x1b, b'[', ..] => control_sequence(bytes, settle),
        [0x1b, b'O', last, ..] => match cursor_key(*last) {
            Some(code) => key(3, code),
            None => Read::Nothing(3),
        },
        // Answers of the terminal: OSC, DCS, APC, PM, SOS, up to their end.
        [0x1b, b']' | b'P' | b'_' | b'^' | b'X', ..] => string(bytes, settle),
        // Esc twice is Esc, and then whatever the second begins.
        [0x1b, 0x1b, ..] => key(1, KeyCode::Esc),
        // A key with Alt is not that key.
        [0x1b, rest @ ..] => match letter(rest, settle) {
            Read::Input(used, _) | Read::Nothing(used) => Read::Nothing(used + 1),
            Read::More | Read::PasteBegins => Read::More,
        },
        _ => letter(bytes, settle),
    }
}

fn key(used: usize, code: KeyCode) -> Read {
    Read::Input(used, Input::Key(Chord::of(code)))
}

/// A control character, or one character of UTF-8.
fn letter(bytes: &[u8], settle: bool) -> Read {
    match bytes[0] {
        b'\r' | b'\n' => key(1, KeyCode::Enter),
        b'\t' => key(1, KeyCode::Tab),
        0x7f | 0x08 => key(1, KeyCode::Backspace),
        0x00 | 0x1b..=0x1f => Read::Nothing(1),
        control @ 0x01..=0x1a => Read::Input(1, Input::Key(Chord::ctrl(char::from(control - 1 + b'a')))),
        first => {
            let long = match first {
                0x00..=0x7f => 1,
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return Read::Nothing(1),
            };
            match std::str::from_utf8(&bytes[..long.min(bytes.len())]) {
                Ok(text) => text.chars().next().map_or(Read::Nothing(1), |letter| key(long, KeyCode::Char(letter))),
                Err(error) if error.error_len().is_none() && bytes.len() < long && !settle => Read::More,
                Err(_) => Read::Nothing(1),
            }
        }
    }
}

/// `ESC [`, parameters, one last letter.
fn control_sequence(bytes: &[u8], settle: bool) -> Read {
    if bytes.starts_with(PASTE_BEGINS) {
        return Read::PasteBegins;
    }
    let end = bytes.iter().skip(2).position(|byte| (0x40..=0x7e).contains(byte)).map(|place| place + 2);
    let Some(end) = end else {
        return if settle || bytes.len() > SEQUENCE_MAX { Read::Nothing(bytes.len()) } else { Read::More };
    };
    let mut parameters = bytes[2..end].split(|byte| *byte == b';');
    let first = parameters.next().unwrap_or_default();
    let plain = parameters.next().is_none_or(|modifier| modifier == b"1");
    let code = match (bytes[end], first) {
        (b'Z', _) => Some(KeyCode::BackTab),
        (b'~', b"1" | b"7") => Some(KeyCode::Home),
        (b'~', b"4" | b"8") => Some(KeyCode::End),
        (b'~', b"3") => Some(KeyCode::Delete),
        (b'~', b"5") => Some(KeyCode::PageUp),
        (b'~', b"6") => Some(KeyCode::PageDown),
        (last, b"" | b"1") => cursor_key(last),
        _ => None,
    };
    match code.filter(|_| plain) {
        Some(code) => key(end + 1, code),
        None => Read::Nothing(end + 1),
    }
}

fn cursor_key(last: u8) -> Option<KeyCode> {
    match last {
        b'A' => Some(KeyCode::Up),
        b'B' => Some(KeyCode::Down),
        b'C' => Some(KeyCode::Right),
        b'D' => Some(KeyCode::Left),
        b'H' => Some(KeyCode::Home),
        b'F' => Some(KeyCode::End),
        _ => None,
    }
}

/// Up to BEL or ST.
fn string(bytes: &[u8], settle: bool) -> Read {
    let bell = bytes.iter().position(|byte| *byte == 0x07).map(|place| place + 1);
    let terminator = bytes.windows(2).skip(1).position(|pair| pair == b"\x1b\\").map(|place| place + 3);
    match bell.into_iter().chain(terminator).min() {
        Some(used) => Read::Nothing(used),
        None if settle || bytes.len() > SEQUENCE_MAX => Read::Nothing(bytes.len()),
        None => Read::More,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<String> {
        let mut decoder = Decoder::default();
        let mut inputs = decoder.feed(bytes);
        inputs.extend(decoder.settle());
        inputs.iter().map(name).collect()
    }

    fn name(input: &Input) -> String {
        match input {
            Input::Key(chord) => chord.to_string(),
            Input::Paste(text) => format!("paste:{text}"),
        }
    }

    #[test]
    fn bytes_are_read_as_the_keys_they_stand_for() {
        let cases: [(&[u8], &[&str]); 14] = [
            (b"aR?", &["a", "R", "?"]),
            (b"\r\t \x7f", &["Enter", "Tab", "Space", "Backspace"]),
            (b"\x1b[A\x1bOB\x1b[1;1C", &["Up", "Down", "Right"]),
            (b"\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[Z", &["PgUp", "PgDn", "Home", "End", "Shift-Tab"]),
            (b"\x1b", &["Esc"]),
            (b"\x1b\x1b[A", &["Esc", "Up"]),
            (b"\x1a\x0c", &["Ctrl-Z", "Ctrl-L"]),
            ("äツ".as_bytes(), &["ä", "ツ"]),
            // Alt and unknown modifiers do not fall back to the bare key.
            (b"\x1bR\x1b[1;5A", &[]),
            // Late answers: device attributes, a mode report, the background colour, a DCS string.
            (b"\x1b[?62;22c\x1b[?2026;2$y\x1b]11;rgb:0000/0000/0000\x1b\\\x1bP>|xterm\x1b\\q", &["q"]),
            (b"\x1b]11;rgb:00/00/00\x07x", &["x"]),
            (b"\x1b[I\x1b[O", &[]),
            (b"\xff\xfea", &["a"]),
            (b"\x1b[99;99;99", &[]),
        ];
        for (bytes, expected) in cases {
            assert_eq!(keys(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_arrow_key_split_over_a_slow_link_is_still_one_key() {
        let mut decoder = Decoder::default();
        assert!(decoder.feed(b"\x1b").is_empty() && decoder.patience().is_some());
        assert!(decoder.feed(b"[").is_empty() && decoder.patience().is_some());
        assert_eq!(decoder.feed(b"A"), [Input::Key(Chord::of(KeyCode::Up))]);
        assert!(decoder.patience().is_none());
    }

    #[test]
    fn every_way_of_cutting_a_stream_reads_the_same() {
        let bytes = "a\x1b[Aé\x1b[200~x\x1b[Ay\r\x1b[201~\x1b[5~R".as_bytes();
        let whole = keys(bytes);
        assert_eq!(whole, ["a", "Up", "é", "paste:x\x1b[Ay\r", "PgUp", "R"]);
        for cut in 0..bytes.len() {
            let mut decoder = Decoder::default();
            let mut inputs = decoder.feed(&bytes[..cut]);
            inputs.extend(decoder.feed(&bytes[cut..]));
            assert_eq!(inputs.iter().map(name).collect::<Vec<_>>(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_paste_whose_end_was_lost_gives_the_keyboard_back() {
        let mut decoder = Decoder::default();
        assert!(decoder.feed(b"\x1b[200~half a paste").is_empty());
        assert_eq!(decoder.patience(), Some(PASTE_WAIT));
        assert_eq!(decoder.settle().iter().map(name).collect::<Vec<_>>(), ["paste:half a paste"]);
        assert_eq!(decoder.patience(), None);
        assert_eq!(decoder.feed(b"R").iter().map(name).collect::<Vec<_>>(), ["R"]);
    }

    #[test]
    fn a_paste_too_long_to_keep_is_cut_and_its_rest_is_not_read_as_keys() {
        let mut bytes = PASTE_BEGINS.to_vec();
        bytes.extend(std::iter::repeat_n(b'R', PASTE_MAX * 2));
        bytes.extend_from_slice(PASTE_ENDS);
        bytes.push(b'z');
        let inputs = Decoder::default().feed(&bytes);
        assert_eq!(inputs.len(), 2);
        assert!(matches!(&inputs[0], Input::Paste(text) if text.len() == PASTE_MAX));
        assert_eq!(name(&inputs[1]), "z");
    }
}
