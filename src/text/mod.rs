//! Text from outside, made safe and measurable for a terminal.
//!
//! For: taking control sequences out of what children, endpoints and files say; cutting bytes into lines; clipping by display width.
//! May not touch: the screen, files, children. Start reading at [`clean`], which everything else goes through.
//!
//! What comes out of here holds no byte that a terminal acts on, no character that is invisible or turns the reading order, and
//! none whose width terminals disagree about. Nothing is hidden by that: what is not plain text is spelled out in ASCII.

mod clean;
mod columns;
mod doubt;
mod lines;
mod marks;

pub use clean::{clean, clean_line, clean_lines};
pub use columns::{clip, fit, fit_right, pieces, width};
pub use lines::{Lines, PIECE_MAX};

/// Characters kept of one line; what was left out is said at its end.
pub const LINE_MAX: usize = 4_096;

#[cfg(test)]
mod tests;
