//! The whole frame: header, body, footer, and what lies above them.
//!
//! ```text
//! header, three rows (fewer on small terminals)
//! transport line, in a recording
//! body: the screen of the view
//! notice, or the keys that work here
//! ```
//!
//! For: dividing the terminal between panes and overlays.
//! May not touch: the scene. Total: any size draws something and none panics.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::Block;
use tui_logger::TuiLoggerWidget;

use super::panes::{alert, checklist, details, gate, gauge, guides, header, log, main_screen, messages, next, output, timeline};
use super::scene::Scene;
use super::view::Screen;
use super::{dialog, footer, help, palette, tape};

pub fn draw(frame: &mut Frame, scene: &Scene) {
    let area = frame.area();
    frame.render_widget(Block::new().style(scene.theme.normal()), area);
    let foot = u16::from(area.height >= 3);
    let tape_rows = if scene.transport.is_some() && area.height >= 8 { tape::HEIGHT } else { 0 };
    let [head, tape_area, body, foot] = Layout::vertical([
        Constraint::Length(header_rows(area.height)),
        Constraint::Length(tape_rows),
        Constraint::Fill(1),
        Constraint::Length(foot),
    ])
    .areas(area);
    // Without a room behind it time stands still on the screen: nobody knows what became of what is shown.
    let then = Scene { now: scene.link.over_since().unwrap_or(scene.now), ..*scene };
    header::draw(frame, head, &then);
    tape::draw(frame, tape_area, &then);
    body_of(frame, body, &then);
    footer::draw(frame, foot, scene);
    overlays(frame, area, scene);
    // On a low screen it would lie over a question's keys; it is still there once that is answered.
    if scene.view.dialogs.is_empty() || area.height >= ROOMY {
        footer::notice(frame, area, scene);
    }
}

/// Rows from which on a box leaves the header and the last row in sight.
const ROOMY: u16 = 16;

/// A small terminal keeps the mode and the clock, and gives the rest to what is next.
fn header_rows(height: u16) -> u16 {
    match height {
        0..=1 => height,
        2..=5 => 1,
        6..=9 => 2,
        10.. => header::HEIGHT,
    }
}

fn body_of(frame: &mut Frame, area: Rect, scene: &Scene) {
    if scene.view.screen == Screen::Main {
        return main_screen::draw_body(frame, area, scene);
    }
    let alerts = alert::height(scene, area.width).min(area.height / 3);
    let rule = u16::from(area.height > 6);
    let below = u16::from(area.height > 3);
    let [rule_area, alert_area, pane, rule_below, next_area] = Layout::vertical([
        Constraint::Length(rule),
        Constraint::Length(alerts),
        Constraint::Fill(1),
        Constraint::Length(rule),
        Constraint::Length(below),
    ])
    .areas(area);
    line_across(frame, rule_area, scene);
    alert::draw(frame, alert_area, scene);
    line_across(frame, rule_below, scene);
    next::draw(frame, next_area, scene);
    match scene.view.screen {
        Screen::Main => {}
        Screen::Gate => gate::draw(frame, pane, scene),
        Screen::Gauge => gauge::draw(frame, pane, scene),
        Screen::Checklists => checklist::draw(frame, pane, scene),
        Screen::Timeline => timeline::draw_whole(frame, pane, scene),
        Screen::Output => output::draw(frame, pane, scene),
        Screen::Log => log::draw(frame, pane, scene),
        Screen::Guides => guides::draw(frame, pane, scene),
        Screen::Details => details::draw(frame, pane, scene),
        Screen::Messages => messages::draw(frame, pane, scene),
        Screen::Diagnostics => diagnostics(frame, pane, scene),
    }
}

fn line_across(frame: &mut Frame, area: Rect, scene: &Scene) {
    let line = scene.marks.across.repeat(usize::from(area.width));
    frame.buffer_mut().set_stringn(area.x, area.y, line, usize::from(area.width * area.height.min(1)), scene.theme.border());
}

fn diagnostics(frame: &mut Frame, area: Rect, scene: &Scene) {
    let theme = scene.theme;
    let widget = TuiLoggerWidget::default()
        .style(theme.normal())
        .style_error(theme.critical())
        .style_warn(theme.warning())
        .style_debug(theme.muted())
        .style_trace(theme.muted())
        .output_file(false)
        .output_line(false);
    if area.width > 2 && area.height > 0 {
        frame.render_widget(widget, area);
    }
}

fn overlays(frame: &mut Frame, area: Rect, scene: &Scene) {
    // The header and the last row stay in sight under everything that opens.
    let room = if area.height >= ROOMY {
        Rect { y: area.y + header::HEIGHT, height: area.height - header::HEIGHT - 1, ..area }
    } else {
        area
    };
    if let Some(first) = scene.view.help {
        help::draw(frame, room, first, scene);
    }
    if let Some(open) = &scene.view.palette {
        palette::draw(frame, room, open, scene);
    }
    if let Some(open) = scene.view.dialogs.last() {
        dialog::draw(frame, room, open, scene);
    }
}

#[cfg(test)]
mod tests;
