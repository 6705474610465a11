//! Plain output: to the standard streams, where a closed one ends the output and not the program.
//!
//! Whatever is printed is cleaned line by line here: titles, names and errors quote files, and a terminal would act on them.

use std::io::{self, Write};
use std::path::Path;

use crate::text;

/// The columns of a name or a title among other words.
const QUOTED_WIDTH: usize = 200;

const TERMINAL_GONE: i32 = rustix::io::Errno::IO.raw_os_error();

/// A line to standard output, or several.
pub(super) fn line(text: &str) -> io::Result<()> {
    line_heard(text).map(drop)
}

/// A line to standard output, and whether somebody still reads there.
pub(super) fn line_heard(text: &str) -> io::Result<bool> {
    match writeln!(io::stdout().lock(), "{}", clean(text)) {
        // `warroom rooms | head` has read enough, and a terminal that is gone reads nothing any more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe || error.raw_os_error() == Some(TERMINAL_GONE) => Ok(false),
        other => other.map(|()| true),
    }
}

/// What went wrong, to standard error.
pub(super) fn error(text: &str) {
    // Where standard error is gone, there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "warroom: {}", clean(text));
}

/// A title or another text of a file, fit to stand within a line.
pub(super) fn quoted(text: &str) -> String {
    text::clip(&text::clean_line(text), QUOTED_WIDTH).into_owned()
}

/// A file's name, fit to stand within a line: it may hold line ends and anything else.
pub(super) fn name(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// `1 phase`, `2 phases`
pub(super) fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Nothing is cut here: half a JSON document is none.
fn clean(text: &str) -> String {
    text.split('\n').map(text::clean).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_whole() {
        let document = format!("[\"{}\"]", "x".repeat(100_000));
        assert_eq!(clean(&document), document);
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_printed() {
        assert_eq!(clean("one \u{1b}]0;owned\u{7}\ntwo\r\u{9b}2J\n"), "one \\e]0;owned\\a\ntwo\\r<U+009B>2J\n");
        assert_eq!(name(Path::new("a\nwarroom: b: good.yaml")), "a\\nwarroom: b: good.yaml");
        assert_eq!(quoted(&"x".repeat(10_000)).len(), QUOTED_WIDTH);
    }
}
