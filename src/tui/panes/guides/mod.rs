//! What one wants to read when something goes wrong: whom to call, over what, and what to try. One text that scrolls; where
//! there is room the people stand beside what is to be read.
//!
//! For: all that the runbook carries for the humans, but its messages, which have a screen of their own.
//! May not touch: anything it is lent. Start reading at [`columns`].

mod people;
mod reading;

pub(in crate::tui::panes) use reading::links;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::panes::kit::Page;
use crate::tui::panes::prose::{self, Line, Prose};
use crate::tui::scene::{Facts, Scene};

/// From here on there are two columns.
const BESIDE: usize = 150;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let columns = columns(&scene.facts(), usize::from(area.width));
    let widths = columns.iter().map(|_| Constraint::Fill(1));
    let areas = Layout::horizontal(widths).spacing(1).split(area);
    for (lines, area) in columns.iter().zip(areas.iter()) {
        let mut page = Page::new(frame.buffer_mut(), *area);
        prose::draw(&mut page, scene, lines, scene.view.guides);
    }
}

/// The text in one column, or in two, for a screen so wide.
pub(in crate::tui) fn columns(facts: &Facts, width: usize) -> Vec<Vec<Line>> {
    if width < BESIDE {
        let mut prose = Prose::new(width);
        people::tell(&mut prose, facts);
        reading::tell(&mut prose, facts);
        return vec![prose.into_lines()];
    }
    let half = width.saturating_sub(1) / 2;
    let (mut left, mut right) = (Prose::new(half), Prose::new(half));
    people::tell(&mut left, facts);
    reading::tell(&mut right, facts);
    let right = right.into_lines();
    if right.is_empty() {
        return vec![left.into_lines()];
    }
    vec![left.into_lines(), right]
}

/// Whom to call, as lines to be read aloud.
pub(in crate::tui) fn people_aloud(facts: &Facts) -> Vec<String> {
    let mut prose = Prose::aloud();
    people::tell(&mut prose, facts);
    prose.into_text()
}

/// What to read, in the same way.
pub(in crate::tui) fn reading_aloud(facts: &Facts) -> Vec<String> {
    let mut prose = Prose::aloud();
    reading::tell(&mut prose, facts);
    prose.into_text()
}
