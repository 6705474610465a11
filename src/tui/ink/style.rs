//! From one style to the next in as few bytes as it takes.

use std::fmt::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

pub(super) const RESET: &[u8] = b"\x1b[m";

/// What a cell is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ink {
    fg: Color,
    bg: Color,
    underline: Color,
    modifier: Modifier,
}

const PLAIN: Ink = Ink { fg: Color::Reset, bg: Color::Reset, underline: Color::Reset, modifier: Modifier::empty() };

impl Ink {
    pub(super) fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, underline: cell.underline_color, modifier: cell.modifier }
    }
}

/// Attributes with the number that switches each on.
const ATTRIBUTES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// From `now`, where that is known, to `wanted`.
pub(super) fn change(out: &mut String, now: Option<Ink>, wanted: Ink) {
    if now == Some(wanted) {
        return;
    }
    // What switches bold off switches dim off too, so a style that loses something begins anew.
    let from = now.filter(|now| wanted.modifier.contains(now.modifier) && wanted != PLAIN);
    out.push_str("\x1b[");
    let begin = out.len();
    if from.is_none() && wanted != PLAIN {
        out.push_str("0;");
    }
    let from = from.unwrap_or(PLAIN);
    for (modifier, number) in ATTRIBUTES {
        if wanted.modifier.contains(modifier) && !from.modifier.contains(modifier) {
            let _ = write!(out, "{number};");
        }
    }
    if wanted.fg != from.fg {
        colour(out, 30, wanted.fg);
    }
    if wanted.bg != from.bg {
        colour(out, 40, wanted.bg);
    }
    if wanted.underline != from.underline {
        far_colour(out, 58, wanted.underline);
    }
    if out.len() > begin {
        out.pop();
    }
    out.push('m');
}

/// The sixteen colours by their own short numbers, which every terminal knows.
fn colour(out: &mut String, base: u8, colour: Color) {
    let (near, bright) = (base, base + 60);
    let number = match colour {
        Color::Reset => near + 9,
        Color::Black => near,
        Color::Red => near + 1,
        Color::Green => near + 2,
        Color::Yellow => near + 3,
        Color::Blue => near + 4,
        Color::Magenta => near + 5,
        Color::Cyan => near + 6,
        Color::Gray => near + 7,
        Color::DarkGray => bright,
        Color::LightRed => bright + 1,
        Color::LightGreen => bright + 2,
        Color::LightYellow => bright + 3,
        Color::LightBlue => bright + 4,
        Color::LightMagenta => bright + 5,
        Color::LightCyan => bright + 6,
        Color::White => bright + 7,
        Color::Indexed(_) | Color::Rgb(..) => return far_colour(out, base + 8, colour),
    };
    let _ = write!(out, "{number};");
}

/// A colour of the palette, or by its parts. The colour of underlines has no short numbers.
fn far_colour(out: &mut String, base: u8, colour: Color) {
    let _ = match colour {
        Color::Reset => write!(out, "{};", base + 1),
        Color::Rgb(red, green, blue) => write!(out, "{base};2;{red};{green};{blue};"),
        Color::Indexed(index) => write!(out, "{base};5;{index};"),
        Color::Black => write!(out, "{base};5;0;"),
        Color::Red => write!(out, "{base};5;1;"),
        Color::Green => write!(out, "{base};5;2;"),
        Color::Yellow => write!(out, "{base};5;3;"),
        Color::Blue => write!(out, "{base};5;4;"),
        Color::Magenta => write!(out, "{base};5;5;"),
        Color::Cyan => write!(out, "{base};5;6;"),
        Color::Gray => write!(out, "{base};5;7;"),
        Color::DarkGray => write!(out, "{base};5;8;"),
        Color::LightRed => write!(out, "{base};5;9;"),
        Color::LightGreen => write!(out, "{base};5;10;"),
        Color::LightYellow => write!(out, "{base};5;11;"),
        Color::LightBlue => write!(out, "{base};5;12;"),
        Color::LightMagenta => write!(out, "{base};5;13;"),
        Color::LightCyan => write!(out, "{base};5;14;"),
        Color::White => write!(out, "{base};5;15;"),
    };
}
