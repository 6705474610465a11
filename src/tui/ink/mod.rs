//! The cells that changed, as few bytes: what a slow link carries every second of a long night.
//!
//! For: a backend for ratatui that goes to the next cell the shortest way, and changes only what differs in the style.
//! May not touch: what is drawn. The same cells come out as from ratatui's own backend, which does all the rest here.

mod style;

use std::fmt::Write as _;
use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use unicode_width::UnicodeWidthStr;

use self::style::Ink;

/// Writes frames to a terminal whose cursor stays hidden.
#[derive(Debug)]
pub struct Pen<W: Write> {
    inner: CrosstermBackend<W>,
    /// One frame, so that it is one write.
    frame: String,
}

/// Where the terminal's cursor is, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Unknown,
    /// After a symbol about whose width terminals may disagree: good for the cell beside it, but nothing is built on it.
    Supposed(Position),
    Known(Position),
}

impl<W: Write> Pen<W> {
    pub fn new(out: W) -> Self {
        Self { inner: CrosstermBackend::new(out), frame: String::new() }
    }
}

impl<W: Write> Write for Pen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for Pen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, cells: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.frame.clear();
        // Others may have written to the terminal since: each frame begins without trust.
        let (mut place, mut ink) = (Place::Unknown, None);
        for (x, y, cell) in cells {
            let to = Position { x, y };
            go(&mut self.frame, place, to);
            let wanted = Ink::of(cell);
            style::change(&mut self.frame, ink, wanted);
            ink = Some(wanted);
            self.frame.push_str(cell.symbol());
            place = after(to, cell.symbol());
        }
        self.inner.write_all(self.frame.as_bytes())
    }

    /// It is hidden as long as the terminal is held, and no pane ever shows it.
    fn hide_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        // What is cleared takes the colour that the terminal writes with.
        self.inner.write_all(style::RESET)?;
        self.inner.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

/// Moves the cursor the shortest way. Behind the last column terminals disagree where it is, and only a cell that lies
/// no further left proves that it is not there; every other one is gone to by its place.
fn go(out: &mut String, from: Place, to: Position) {
    let at = match from {
        Place::Supposed(at) | Place::Known(at) if at == to => return,
        Place::Known(at) if at.y <= to.y && at.x <= to.x => at,
        Place::Unknown | Place::Supposed(_) | Place::Known(_) => return jump(out, to),
    };
    let before = out.len();
    match to.x - at.x {
        0 => {}
        1 => out.push_str("\x1b[C"),
        ahead => step(out, ahead, 'C'),
    }
    match to.y - at.y {
        0 => {}
        1 => out.push_str("\x1b[B"),
        rows => step(out, rows, 'B'),
    }
    let taken = out.len() - before;
    let jump_bytes = 4 + digits(to.y + 1) + digits(to.x + 1);
    if taken > jump_bytes {
        out.truncate(before);
        jump(out, to);
    }
}

// Writing to a string does not fail.

fn step(out: &mut String, cells: u16, way: char) {
    let _ = write!(out, "\x1b[{cells}{way}");
}

fn jump(out: &mut String, to: Position) {
    let _ = write!(out, "\x1b[{};{}H", to.y + 1, to.x + 1);
}

fn digits(number: u16) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// Where the cursor is after a symbol, unless that was in the last column.
fn after(at: Position, symbol: &str) -> Place {
    let next = Position { x: at.x.saturating_add(symbol.width() as u16), ..at };
    let plain = |c: char| c.is_ascii() || ('\u{2500}'..='\u{259f}').contains(&c);
    let mut chars = symbol.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) if plain(one) => Place::Known(next),
        _ => Place::Supposed(next),
    }
}

#[cfg(test)]
mod tests;
