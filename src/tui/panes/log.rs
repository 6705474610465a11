//! The log of the room: what happened, when, newest at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::text;
use crate::tui::panes::kit::Page;
use crate::tui::panes::search;
use crate::tui::scene::Scene;
use crate::tui::view::{Pane, Screen};

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let (theme, zone) = (scene.theme, scene.state.runbook.zone);
    let mut page = Page::new(frame.buffer_mut(), area);
    let log = &scene.state.log;
    let rows = page.room();
    let end = scene.view.log.end(0, log.len() as u64) as usize;
    let focused = scene.view.focus == Pane::Log && scene.view.screen == Screen::Main;
    let from = end.saturating_sub(rows);
    let new = scene.view.unseen.and_then(|seq| log.iter().position(|line| line.seq >= seq));
    let heading = if focused { theme.selected() } else { theme.title() };
    if log.is_empty() {
        page.row().put(" LOG", heading).put(" nothing has happened yet", theme.muted());
        return;
    }
    for (at, line) in log.iter().enumerate().skip(from).take(end - from) {
        let mut row = page.row();
        let first = at == from;
        match (first, new == Some(at)) {
            (true, _) => row.put(" LOG", heading),
            (false, true) => row.put(" NEW", theme.accent()),
            (false, false) => row.put("    ", theme.normal()),
        };
        row.put(" ", theme.normal());
        if first && scene.view.log.held.is_some() {
            row.right(" held, newer below ", theme.warning());
        }
        row.put(&scene.state.wall(line.at).clock(zone), theme.muted()).put(" ", theme.normal());
        search::put(&mut row, scene, &text::clean(&line.text), theme.tone(line.tone));
    }
}
