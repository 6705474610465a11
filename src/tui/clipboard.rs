//! Text for the clipboard of whoever sits at the terminal, over however many links: the terminal is asked to take it (OSC 52).
//! Whether it does is not answered, so that nothing more is ever promised.

/// Terminals take no more than some ten thousand bytes.
const BYTES_MAX: usize = 16 * 1024;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What the terminal is told; nothing where the text is too long for it.
pub(super) fn told(text: &str) -> Option<String> {
    (text.len() <= BYTES_MAX).then(|| format!("\x1b]52;c;{}\x07", encoded(text.as_bytes())))
}

fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            out.push(if digit <= three.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_told_the_text_in_base64() {
        for (text, wanted) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob\u{fc}", "Zm9vYsO8")] {
            assert_eq!(told(text), Some(format!("\x1b]52;c;{wanted}\x07")));
        }
    }

    #[test]
    fn a_text_that_no_terminal_takes_is_not_sent() {
        assert_eq!(told(&"x".repeat(BYTES_MAX + 1)), None);
    }
}
