//! The pen all panes draw with: a page of rows, each with a left and a right end, clipped by display width.
//!
//! For: putting text where it belongs without ever leaving the area or panicking at a small one.
//! May not touch: the room, the view. It knows cells only.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::text::{clip, width};
use crate::tui::layout::wrap;

/// An area that is filled from the top, row by row. Rows past its end take no ink.
pub(crate) struct Page<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    next: u16,
}

/// One row of a page: text goes in from the left, and from the right.
pub(crate) struct Row<'a> {
    buffer: &'a mut Buffer,
    left: u16,
    right: u16,
    y: u16,
}

impl<'a> Page<'a> {
    pub(crate) fn new(buffer: &'a mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, next: 0 }
    }

    /// The next row; one without width when the page is full.
    pub(crate) fn row(&mut self) -> Row<'_> {
        let full = self.next >= self.area.height;
        let y = self.area.y + self.next.min(self.area.height.saturating_sub(1));
        self.next = self.next.saturating_add(1);
        let right = if full { self.area.x } else { self.area.right() };
        Row { buffer: self.buffer, left: self.area.x, right, y }
    }

    /// Rows that are still empty.
    pub(crate) fn room(&self) -> usize {
        usize::from(self.area.height.saturating_sub(self.next))
    }

    pub(crate) fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    /// A word in a column of its own, and beside it a text on at most `rows` rows.
    pub(crate) fn wrapped(&mut self, lead: (&str, Style), column: usize, text: (&str, Style), rows: usize) {
        let pieces = wrap(text.0, self.width().saturating_sub(column + 1));
        let rows = rows.max(1);
        for (at, piece) in pieces.iter().take(rows).enumerate() {
            let mut row = self.row();
            row.column(if at == 0 { lead.0 } else { "" }, column, lead.1).put(piece, text.1);
            if at + 1 == rows && pieces.len() > rows {
                row.put(" ..", text.1);
            }
        }
    }

    /// Leaves the next row empty.
    pub(crate) fn gap(&mut self) {
        self.next = self.next.saturating_add(1);
    }
}

impl Row<'_> {
    /// Cells that are still empty.
    pub(crate) fn room(&self) -> usize {
        usize::from(self.right.saturating_sub(self.left))
    }

    /// Puts `text` at the left end, cut where it does not fit.
    pub(crate) fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        let shown = clip(text, room);
        self.buffer.set_stringn(self.left, self.y, &shown, room, style);
        self.left += (width(&shown) as u16).min(self.right.saturating_sub(self.left));
        self
    }

    /// Puts `text` in a column of `cells`.
    pub(crate) fn column(&mut self, text: &str, cells: usize, style: Style) -> &mut Self {
        let shown = clip(text, cells.min(self.room()));
        self.put(&shown, style);
        self.skip(cells.saturating_sub(width(&shown)))
    }

    /// Puts `text` at the right end of a column of `cells`: numbers line up.
    pub(crate) fn number(&mut self, text: &str, cells: usize, style: Style) -> &mut Self {
        let shown = clip(text, cells.min(self.room()));
        self.skip(cells.saturating_sub(width(&shown)));
        self.put(&shown, style)
    }

    pub(crate) fn skip(&mut self, cells: usize) -> &mut Self {
        self.left = self.left.saturating_add(cells.min(self.room()) as u16);
        self
    }

    /// Puts `text` at the right end, when all of it fits beside what must stay on the left.
    pub(crate) fn right(&mut self, text: &str, style: Style) -> &mut Self {
        let cells = width(text);
        if cells <= self.room() {
            self.right -= cells as u16;
            self.buffer.set_stringn(self.right, self.y, text, cells, style);
        }
        self
    }

    /// Paints the whole row: for a selection or a banner.
    pub(crate) fn paint(&mut self, style: Style) -> &mut Self {
        let area = Rect { x: self.left, y: self.y, width: self.right.saturating_sub(self.left), height: 1 };
        self.buffer.set_style(area, style);
        self
    }

    /// Fills what is empty with `mark`.
    pub(crate) fn fill(&mut self, mark: &str, style: Style) {
        for x in self.left..self.right {
            self.buffer[(x, self.y)].set_symbol(mark).set_style(style);
        }
        self.left = self.right;
    }
}

/// The window of `rows` out of `total` that keeps `wanted` in sight, as near to its middle as possible.
pub(crate) fn window(total: usize, rows: usize, wanted: usize) -> std::ops::Range<usize> {
    let from = wanted.saturating_sub(rows / 2).min(total.saturating_sub(rows));
    from..(from + rows).min(total)
}

/// `1 step`, `3 steps`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_past_the_end_of_a_page_take_no_ink() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        let mut page = Page::new(&mut buffer, Rect::new(0, 0, 40, 9));
        page.row().put("one", Style::new());
        page.row().put("two", Style::new()).right("2", Style::new());
        assert_eq!(buffer, Buffer::with_lines(["one "]));
    }

    #[test]
    fn what_is_wanted_stays_in_sight() {
        assert_eq!(window(10, 4, 0), 0..4);
        assert_eq!(window(10, 4, 5), 3..7);
        assert_eq!(window(10, 4, 9), 6..10);
        assert_eq!(window(2, 4, 1), 0..2);
    }
}
