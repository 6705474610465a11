//! Secrets taken out of a stream, wherever its chunks are cut.

use std::fmt::Write as _;

use regex::bytes::{Regex, RegexBuilder};

/// What stands in a secret's place.
pub const MASKED: &str = "[secret]";

/// Room for secrets as large as key files, and several of them.
const PATTERN_MAX: usize = 256 * 1024 * 1024;

/// Knows the secrets' values, in the forms in which tools print them: plain, in a URL, in JSON, in base64.
#[derive(Clone, Default)]
pub struct Mask {
    forms: Vec<Vec<u8>>,
    finder: Option<Regex>,
}

impl Mask {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms: Vec<Vec<u8>> =
            secrets.into_iter().flat_map(forms_of).filter(|form| !form.trim_ascii().is_empty()).collect();
        // At one place the longest form is meant, so that nothing of it is left over behind a shorter one.
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        let mut pattern = String::from("(?-u:");
        for (index, form) in forms.iter().enumerate() {
            pattern.push_str(if index > 0 { "|" } else { "" });
            for byte in form {
                let _ = write!(pattern, "\\x{byte:02x}");
            }
        }
        pattern.push(')');
        let finder = if forms.is_empty() { None } else { RegexBuilder::new(&pattern).size_limit(PATTERN_MAX).build().ok() };
        Self { forms, finder }
    }

    /// A text that is there as a whole.
    pub fn text(&self, text: &str) -> String {
        let mut stream = MaskStream::new(self.clone());
        let mut bytes = stream.push(text.as_bytes());
        bytes.extend(stream.finish());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A line, which is nearly always clear already.
    pub fn line(&self, line: String) -> String {
        if self.forms.is_empty() { line } else { self.text(&line) }
    }

    /// Where a secret may begin at the end of `bytes` without ending there.
    fn unfinished(&self, bytes: &[u8]) -> usize {
        let longest = self.forms.first().map_or(0, Vec::len);
        let from = bytes.len().saturating_sub(longest.saturating_sub(1));
        let begins = |at: &usize| self.forms.iter().any(|form| form.len() > bytes.len() - at && form.starts_with(&bytes[*at..]));
        (from..bytes.len()).find(begins).unwrap_or(bytes.len())
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
    let in_json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default();
    let encoded = [percent(trimmed), in_json.to_owned(), base64(trimmed.as_bytes()), base64(secret.as_bytes())];
    let mut forms = vec![secret.as_bytes().to_vec(), trimmed.as_bytes().to_vec()];
    forms.extend(encoded.into_iter().map(String::into_bytes));
    forms
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

/// Without the padding, which may be cut off or not.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for group in bytes.chunks(3) {
        let joined = group.iter().fold(0_u32, |joined, byte| joined << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            encoded.push(char::from(DIGITS[(joined >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    encoded
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
        ];
        for (secret, said, masked) in cases {
            assert_eq!(stream(&[secret], &[said.as_bytes()]), masked);
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
