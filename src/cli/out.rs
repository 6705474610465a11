//! Plain output: to the standard streams, where a closed one ends the output and not the program.

use std::io::{self, Write};

const TERMINAL_GONE: i32 = rustix::io::Errno::IO.raw_os_error();

/// A line to standard output.
pub(super) fn line(text: &str) -> io::Result<()> {
    line_heard(text).map(drop)
}

/// A line to standard output, and whether somebody still reads there.
pub(super) fn line_heard(text: &str) -> io::Result<bool> {
    match writeln!(io::stdout().lock(), "{text}") {
        // `warroom rooms | head` has read enough, and a terminal that is gone reads nothing any more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe || error.raw_os_error() == Some(TERMINAL_GONE) => Ok(false),
        other => other.map(|()| true),
    }
}

/// What went wrong, to standard error.
pub(super) fn error(text: &str) {
    // Where standard error is gone, there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "warroom: {text}");
}
