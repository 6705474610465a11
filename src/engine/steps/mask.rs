//! Secrets taken out of a stream, wherever its chunks are cut.

use std::fmt::Write as _;
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

/// What stands in a secret's place.
pub const MASKED: &str = "[secret]";

/// Room for secrets as large as key files, and several of them.
const PATTERN_MAX: usize = 256 * 1024 * 1024;

/// What is found of a secret in an encoding, and a line of one, has at least so many bytes: anything shorter stands in many
/// other words too.
const PART_MIN: usize = 6;

/// Knows the secrets' values, in the forms in which tools print them: plain, in a URL, in JSON, in a shell's quotes, in base64
/// and in hex, and the lines of those that have several.
#[derive(Clone, Default)]
pub struct Mask {
    /// The longest first.
    forms: Arc<[Form]>,
    finder: Option<Regex>,
    /// As they were given, for who has to know them too.
    secrets: Arc<[String]>,
}

/// One way to write a secret.
struct Form {
    bytes: Vec<u8>,
    /// For each beginning of it, how long a shorter beginning is at that one's end: a stream is followed with it without
    /// ever going back.
    borders: Vec<usize>,
}

impl Mask {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets: Arc<[String]> = secrets.into_iter().map(str::to_owned).collect();
        let mut forms: Vec<Vec<u8>> =
            secrets.iter().map(String::as_str).flat_map(forms_of).filter(|form| !form.trim_ascii().is_empty()).collect();
        // At one place the longest form is meant, so that nothing of it is left over behind a shorter one.
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        let forms: Arc<[Form]> = forms.into_iter().map(Form::new).collect();
        let mut pattern = String::from("(?-u:");
        for (index, form) in forms.iter().enumerate() {
            pattern.push_str(if index > 0 { "|" } else { "" });
            for byte in &form.bytes {
                let _ = write!(pattern, "\\x{byte:02x}");
            }
        }
        pattern.push(')');
        let finder = if forms.is_empty() { None } else { RegexBuilder::new(&pattern).size_limit(PATTERN_MAX).build().ok() };
        Self { forms, finder, secrets }
    }

    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// A text that is there as a whole.
    pub fn text(&self, text: &str) -> String {
        match &self.finder {
            Some(finder) => String::from_utf8_lossy(&finder.replace_all(text.as_bytes(), MASKED.as_bytes())).into_owned(),
            None if self.forms.is_empty() => text.to_owned(),
            // Secrets too large to look for: nothing is let out rather than one of them.
            None => MASKED.to_owned(),
        }
    }

    /// A line, which is nearly always clear already.
    pub fn line(&self, line: String) -> String {
        if self.forms.is_empty() { line } else { self.text(&line) }
    }

    /// Whether `text` ends with what may be the beginning of a secret.
    pub fn may_go_on(&self, text: &str) -> bool {
        self.unfinished(text.as_bytes()) < text.len()
    }

    /// Where a secret may begin at the end of `bytes` without ending there.
    fn unfinished(&self, bytes: &[u8]) -> usize {
        let begun = self.forms.iter().map(|form| form.begun(bytes)).max();
        bytes.len() - begun.unwrap_or(0)
    }
}

impl Form {
    fn new(bytes: Vec<u8>) -> Self {
        let mut form = Self { borders: vec![0; bytes.len()], bytes };
        let mut length = 0;
        for place in 1..form.bytes.len() {
            length = form.follow(length, form.bytes[place]);
            form.borders[place] = length;
        }
        form
    }

    /// How much of the form is there after one more byte.
    fn follow(&self, mut length: usize, byte: u8) -> usize {
        while length > 0 && self.bytes[length] != byte {
            length = self.borders[length - 1];
        }
        length + usize::from(self.bytes[length] == byte)
    }

    /// How many bytes at the end of `bytes` begin this form without ending it.
    fn begun(&self, bytes: &[u8]) -> usize {
        let tail = &bytes[bytes.len().saturating_sub(self.bytes.len() - 1)..];
        // The tail is shorter than the form, so that it can't be there as a whole.
        tail.iter().fold(0, |length, byte| self.follow(length, *byte))
    }
}

/// A mask over bytes that come bit by bit.
pub struct MaskStream {
    mask: Mask,
    /// The end of what came, held back while it may be the beginning of a secret.
    held: Vec<u8>,
}

impl MaskStream {
    pub fn new(mask: Mask) -> Self {
        Self { mask, held: Vec::new() }
    }

    /// What can be let out now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(finder) = &self.mask.finder else {
            // Secrets too large to look for: nothing is let out rather than one of them.
            return if self.mask.forms.is_empty() { bytes.to_vec() } else { Vec::new() };
        };
        self.held.extend_from_slice(bytes);
        let mut clear = Vec::with_capacity(self.held.len());
        let mut from = 0;
        let mut hold = self.mask.unfinished(&self.held);
        for found in finder.find_iter(&self.held) {
            if found.start() >= hold {
                break;
            }
            clear.extend_from_slice(&self.held[from..found.start()]);
            clear.extend_from_slice(MASKED.as_bytes());
            from = found.end();
            hold = hold.max(from);
            // What was held because of bytes that are masked now is looked at again behind them.
            if hold == from {
                hold = from + self.mask.unfinished(&self.held[from..]);
            }
        }
        clear.extend_from_slice(&self.held[from..hold]);
        self.held.drain(..hold);
        clear
    }

    /// What was held back to the end; a secret may still be in it where a longer one began.
    pub fn finish(&mut self) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        match &self.mask.finder {
            Some(finder) => finder.replace_all(&held, MASKED.as_bytes()).into_owned(),
            None => held,
        }
    }
}

fn forms_of(secret: &str) -> Vec<Vec<u8>> {
    let trimmed = secret.trim();
    let json = serde_json::to_string(trimmed).unwrap_or_default();
    let in_json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned();
    // Between the quotes that a shell puts around it.
    let quoted = trimmed.replace('\'', r"'\''");
    let mut forms = vec![secret.to_owned(), trimmed.to_owned(), percent(trimmed), in_json, quoted];
    for digits in [BASE64, BASE64_URL] {
        forms.extend([base64(trimmed.as_bytes(), digits), base64(secret.as_bytes(), digits)]);
        forms
            .extend((0..3).map(|before| base64_within(trimmed.as_bytes(), before, digits)).filter(|part| part.len() >= PART_MIN));
    }
    let lower = hex(trimmed.as_bytes());
    if lower.len() >= PART_MIN {
        forms.extend([lower.to_ascii_uppercase(), lower]);
    }
    // What prints a key line by line may indent it, or prefix each line with something of its own.
    if trimmed.contains('\n') {
        forms.extend(trimmed.lines().map(str::trim).filter(|line| line.len() >= PART_MIN).map(str::to_owned));
    }
    forms.into_iter().map(String::into_bytes).collect()
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

pub(in crate::engine) const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Without the padding, which may be cut off or not.
pub(in crate::engine) fn base64(bytes: &[u8], digits: &[u8; 64]) -> String {
    let mut encoded = String::new();
    for group in bytes.chunks(3) {
        let joined = group.iter().fold(0_u32, |joined, byte| joined << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            encoded.push(char::from(digits[(joined >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    encoded
}

/// What is always there of `bytes` where they are encoded together with others, of which `before` (modulo 3) come first: the
/// digits that hold no bit of a neighbour.
fn base64_within(bytes: &[u8], before: usize, digits: &[u8; 64]) -> String {
    let shifted = [&[0; 2][..before], bytes].concat();
    let (first, end) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
    base64(&shifted, digits).get(first..end).unwrap_or_default().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "{byte:02x}");
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(secrets: &[&str], chunks: &[&[u8]]) -> String {
        let mut stream = MaskStream::new(Mask::new(secrets.iter().copied()));
        let mut out: Vec<u8> = chunks.iter().flat_map(|chunk| stream.push(chunk)).collect();
        out.extend(stream.finish());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_secret_is_masked_wherever_the_stream_is_cut() {
        let said = "token=hunter2/x and again hunter2/x.";
        for cut in 0..said.len() {
            for again in cut..said.len() {
                let bytes = said.as_bytes();
                let masked = stream(&["hunter2/x"], &[&bytes[..cut], &bytes[cut..again], &bytes[again..]]);
                assert_eq!(masked, "token=[secret] and again [secret].", "cut at {cut} and {again}");
            }
        }
    }

    #[test]
    fn the_forms_in_which_tools_print_a_secret_are_masked_too() {
        let cases = [
            ("a b/c", "GET /?t=a%20b%2Fc", "GET /?t=[secret]"),
            ("say \"hi\"", r#"{"t":"say \"hi\""}"#, r#"{"t":"[secret]"}"#),
            ("hunter2", "Basic aHVudGVyMg==", "Basic [secret]=="),
            ("hunter2\n", "it is hunter2!", "it is [secret]!"),
            ("one\ntwo", "one\ntwo\nthree", "[secret]\nthree"),
            ("it's me", r"+ login 'it'\''s me' now", "+ login '[secret]' now"),
            ("hunter2", "68756e74657232 68756E74657232", "[secret] [secret]"),
            ("a?>b?>c", "YT8-Yj8-Yw", "[secret]"),
            ("first line\n second one\nend", "> first line\n> second one\n> end", "> [secret]\n> [secret]\n> end"),
        ];
        for (secret, said, masked) in cases {
            assert_eq!(stream(&[secret], &[said.as_bytes()]), masked);
        }
    }

    #[test]
    fn a_secret_is_masked_in_base64_whatever_stands_around_it() {
        for before in ["", "u", "us", "use", "user:"] {
            for after in ["", ".", "..", "..."] {
                let said = base64(format!("{before}hunter2/x{after}").as_bytes(), BASE64);
                let masked = stream(&["hunter2/x"], &[said.as_bytes()]);
                let kept = masked.replace(MASKED, "");
                assert!(masked.contains(MASKED), "{before}|{after}: {masked}");
                // Beside the neighbours' own digits at most one at each end holds a few bits of the secret.
                assert!(
                    kept.len() <= (before.len() * 8).div_ceil(6) + (after.len() * 8).div_ceil(6) + 1,
                    "{before}|{after}: {masked}"
                );
            }
        }
    }

    #[test]
    fn every_cut_of_every_form_is_held_back() {
        let secret = "abab'ab\nabcabc";
        let mask = Mask::new([secret]);
        for form in mask.forms.iter() {
            for cut in 1..form.bytes.len() {
                let mut stream = MaskStream::new(mask.clone());
                let mut out = stream.push(&form.bytes[..cut]);
                out.extend(stream.push(&form.bytes[cut..]));
                out.extend(stream.push(b"."));
                out.extend(stream.finish());
                let mut whole = MaskStream::new(mask.clone());
                let mut wanted = whole.push(&[&form.bytes[..], b"."].concat());
                wanted.extend(whole.finish());
                assert_eq!(out, wanted, "{} cut at {cut}", String::from_utf8_lossy(&form.bytes));
            }
        }
    }

    #[test]
    fn what_may_become_a_secret_is_known_by_its_end() {
        let mask = Mask::new(["hunter2"]);
        for (text, may) in [("Password for hunt", true), ("Password: ", false), ("hunter2", false), ("hunhun", true), ("", false)]
        {
            assert_eq!(mask.may_go_on(text), may, "{text}");
        }
    }

    #[test]
    fn nothing_of_a_longer_secret_is_left_behind_a_shorter_one() {
        assert_eq!(stream(&["abc", "abcdef"], &[b"xabc", b"defx abcd"]), "x[secret]x [secret]d");
        assert_eq!(stream(&["aab"], &[b"aaa", b"ab"]), "aa[secret]");
    }

    #[test]
    fn without_secrets_nothing_is_held_back() {
        assert_eq!(MaskStream::new(Mask::new([" ", ""])).push(b"as it is"), b"as it is");
    }
}
