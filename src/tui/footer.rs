//! The last row: what came of the last key for a while, else the keys that work here and now.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Clear;

use super::keys::{Command, Key, here};
use super::layout::wrap;
use super::scene::Scene;
use super::view::NoticeTone;
use crate::text;

/// Rows that a notice may take.
const NOTICE_LINES: u16 = 3;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    if area.is_empty() {
        return;
    }
    let width = usize::from(area.width);
    if scene.view.search.typing {
        let typed = format!(" / {}_   Enter finds, Esc back", text::clean_line(&scene.view.search.text));
        frame.render_widget(Line::styled(text::clip(&typed, width).into_owned(), scene.theme.accent()), area);
        return;
    }
    frame.render_widget(keys(scene, width), area);
}

/// What came of the last key: beside the keys where both fit, else over the rows above them, as many as it needs, so that no
/// reason is cut in the middle and the way to the keys stays in sight.
pub fn notice(frame: &mut Frame, area: Rect, scene: &Scene) {
    let Some(notice) = scene.view.notice(scene.now).filter(|_| !scene.view.search.typing && !area.is_empty()) else { return };
    let (mark, style) = match notice.tone {
        NoticeTone::Good => ("ok", scene.theme.good()),
        NoticeTone::Plain => ("--", scene.theme.accent()),
        NoticeTone::Refused => ("NO", scene.theme.warning()),
    };
    let width = usize::from(area.width);
    let said = text::clean_line(&notice.text);
    let short = format!(" {mark:<2} {said}  ");
    if text::width(&short) + ways_out(scene).iter().map(|key| columns(key)).sum::<usize>() < width {
        let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
        let [left, right] = Layout::horizontal([Constraint::Length(text::width(&short) as u16), Constraint::Fill(1)]).areas(foot);
        frame.render_widget(Clear, foot);
        frame.render_widget(Line::styled(short, style), left);
        frame.render_widget(keys(scene, usize::from(right.width)), right);
        return;
    }
    let area = if area.height > 2 * NOTICE_LINES { Rect { height: area.height - 1, ..area } } else { area };
    let mut lines = wrap(&said, width.saturating_sub(5));
    lines.truncate(usize::from(NOTICE_LINES.min(area.height)));
    let height = lines.len() as u16;
    let rows = Rect { y: area.bottom() - height, height, ..area };
    let said = lines.iter().enumerate().map(|(place, line)| {
        let mark = if place == 0 { mark } else { "" };
        Line::styled(text::fit(&format!(" {mark:<2} {line}"), width), style)
    });
    frame.render_widget(Clear, rows);
    frame.render_widget(said.collect::<Text>(), rows);
}

/// The keys that lead to all the others; they never give way.
fn ways_out(scene: &Scene) -> Vec<&'static Key> {
    here(&scene.facts(), scene.view).filter(|key| is_way_out(key)).collect()
}

fn is_way_out(key: &Key) -> bool {
    matches!(key.does, Command::Palette | Command::Help)
}

/// As many keys as fit, most wanted first; the way to all the others is always among them.
fn keys(scene: &Scene, width: usize) -> Line<'static> {
    let facts = scene.facts();
    let last = ways_out(scene);
    let mut room = width.saturating_sub(1 + last.iter().map(|key| columns(key)).sum::<usize>());
    let mut spans = vec![Span::raw(" ")];
    for key in here(&facts, scene.view).filter(|key| !is_way_out(key) && !key.label.is_empty()) {
        if columns(key) > room || is_here(key, scene) || key.refusal(&facts, scene.view).is_some() {
            continue;
        }
        room -= columns(key);
        put(&mut spans, key, scene);
    }
    spans.push(Span::raw(" ".repeat(room)));
    for key in last {
        put(&mut spans, key, scene);
    }
    Line::from(spans)
}

/// The key to the screen one is on says nothing new.
fn is_here(key: &Key, scene: &Scene) -> bool {
    key.does == Command::Open(scene.view.screen)
}

fn first_name(key: &Key) -> String {
    key.on.first().map(ToString::to_string).unwrap_or_default()
}

fn columns(key: &Key) -> usize {
    first_name(key).len() + 1 + key.label.len() + 2
}

fn put(spans: &mut Vec<Span<'static>>, key: &Key, scene: &Scene) {
    spans.push(Span::styled(first_name(key), scene.theme.key()));
    spans.push(Span::raw(format!(" {}  ", key.label)));
}
