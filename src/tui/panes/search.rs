//! Text with what is searched for marked in it.

use ratatui::style::Style;

use crate::tui::panes::kit::Row;
use crate::tui::scene::Scene;

/// Puts `line` into the row, every place marked where it holds what is searched for.
pub(crate) fn put(row: &mut Row, scene: &Scene, line: &str, style: Style) {
    let wanted = scene.view.search.text.as_str();
    if wanted.is_empty() {
        row.put(line, style);
        return;
    }
    let mut rest = line;
    while let Some(at) = find(rest, wanted) {
        let (before, found) = rest.split_at(at);
        let (found, after) = found.split_at(wanted.len());
        row.put(before, style).put(found, scene.theme.selected());
        rest = after;
        if row.room() == 0 {
            return;
        }
    }
    row.put(rest, style);
}

/// The byte at which `wanted` begins, whatever the case of ASCII letters.
fn find(text: &str, wanted: &str) -> Option<usize> {
    let (text_bytes, wanted) = (text.as_bytes(), wanted.as_bytes());
    text_bytes
        .windows(wanted.len())
        .position(|window| window.eq_ignore_ascii_case(wanted))
        .filter(|at| text.is_char_boundary(*at) && text.is_char_boundary(at + wanted.len()))
}
