//! The form on the screen.
//!
//! ```text
//!  LIVE  Shop 2.4.0 to production                          before the room begins
//! ------------------------------------------------------------------------------
//!  2 values are asked for. Nothing is begun or recorded yet.
//!
//! > Which commit runs now?                                         previous_sha
//!   > 3f2a91c_
//! ```

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::{Field, Form};
use crate::text;
use crate::tui::layout::wrap;
use crate::tui::panes::kit::{Page, count};
use crate::tui::theme::{Marks, Theme};

/// When this is, at the right end of the first row.
const BEFORE: &str = "before the room begins ";
/// From here on the keys say all that they do.
const ROOMY: u16 = 60;

pub fn draw(frame: &mut Frame, form: &Form, theme: &Theme, marks: &Marks) {
    let area = frame.area();
    frame.render_widget(ratatui::widgets::Block::new().style(theme.normal()), area);
    let about = if area.height >= 8 { 2 } else { 0 };
    let [head, rule, about_area, fields, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(area.height >= 6)),
        Constraint::Length(about),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    let mut page = Page::new(frame.buffer_mut(), head);
    let mut row = page.row();
    row.put(" ", theme.normal()).put(" LIVE ", theme.badge_live()).put(" ", theme.normal());
    let title = text::clean_line(&form.title);
    if text::width(&title) + BEFORE.len() + 2 <= row.room() {
        row.right(BEFORE, theme.muted());
    }
    row.put(&title, theme.title());
    Page::new(frame.buffer_mut(), rule).row().fill(marks.across, theme.border());
    let asked = count(form.fields.len(), "value");
    let said = format!("{asked} to be given. Nothing is begun or recorded yet.");
    Page::new(frame.buffer_mut(), about_area).wrapped(("", theme.muted()), 1, (&said, theme.muted()), 2);
    draw_fields(frame, fields, form, theme, marks);
    frame.render_widget(key_line(form, theme, area.width), keys);
}

/// The fields above the one that is typed in give way where rows are short.
fn draw_fields(frame: &mut Frame, area: Rect, form: &Form, theme: &Theme, marks: &Marks) {
    let width = usize::from(area.width);
    let heights: Vec<u16> = form.fields.iter().enumerate().map(|(place, one)| height(one, place == form.focus, width)).collect();
    let mut first = 0;
    while first < form.focus && heights[first..=form.focus].iter().sum::<u16>() > area.height {
        first += 1;
    }
    let mut rest = area;
    for (place, field) in form.fields.iter().enumerate().skip(first) {
        let rows = heights[place].min(rest.height);
        let own = Rect { height: rows, ..rest };
        draw_field(frame, own, field, place == form.focus, theme, marks);
        rest = Rect { y: rest.y + rows, height: rest.height - rows, ..rest };
    }
}

fn question(field: &Field, width: usize) -> Vec<String> {
    let name = &field.question.name;
    let secret = if field.question.secret { ", a secret: neither shown nor recorded" } else { "" };
    let about = field.question.about.as_ref().map(|about| format!(" {about}")).unwrap_or_default();
    let whole = format!("{}{about} ({name}{secret})", field.question.ask);
    wrap(&text::clean_line(&whole), width.saturating_sub(4))
}

/// The question, two rows to type in for the one that has the keys, its error, and air.
fn height(field: &Field, focused: bool, width: usize) -> u16 {
    let error = field.error.as_ref().map_or(0, |why| wrap(why, width.saturating_sub(6)).len());
    (question(field, width).len() + if focused { 2 } else { 1 } + error) as u16 + 1
}

fn draw_field(frame: &mut Frame, area: Rect, field: &Field, focused: bool, theme: &Theme, marks: &Marks) {
    let width = usize::from(area.width);
    let mut page = Page::new(frame.buffer_mut(), area);
    let mut used = 0;
    for line in question(field, width) {
        page.row().put("   ", theme.normal()).put(&line, if focused { theme.title() } else { theme.muted() });
        used += 1;
    }
    let typed =
        Rect { x: area.x + 3, y: area.y + used, width: area.width.saturating_sub(4), height: if focused { 2 } else { 1 } };
    let typed = typed.intersection(area);
    if !typed.is_empty() {
        let [prompt, text] = Layout::horizontal([Constraint::Length(2), Constraint::Fill(1)]).areas(typed);
        let mut shown = field.area.clone();
        shown.set_style(if focused { theme.normal() } else { theme.muted() });
        if focused {
            frame.render_widget(Line::styled(marks.pointer, theme.key()), prompt);
        } else {
            shown.set_cursor_style(theme.muted());
        }
        frame.render_widget(&shown, text);
    }
    let errors = field.error.iter().flat_map(|why| wrap(why, width.saturating_sub(6)));
    let mut page =
        Page::new(frame.buffer_mut(), Rect { y: typed.bottom(), height: area.bottom().saturating_sub(typed.bottom()), ..area });
    for line in errors {
        page.row().put("     ", theme.normal()).put(&line, theme.warning());
    }
}

fn key_line(form: &Form, theme: &Theme, width: u16) -> Line<'static> {
    let key = |name: &'static str| Span::styled(name, theme.key());
    let said = |text: &'static str| Span::styled(text, theme.muted());
    if width < ROOMY {
        return Line::from(vec![Span::raw(" "), key("Enter"), said(" next, opens   "), key("Esc"), said(" leave")]);
    }
    let enter = if form.fields.len() > 1 { " next, then opens the room   " } else { " opens the room   " };
    let mut spans = vec![Span::raw(" "), key("Enter"), said(enter), key("Esc"), said(" leave, nothing is opened")];
    if form.fields.len() > 1 {
        spans.extend([said("   "), key("Up Down"), said(" choose")]);
    }
    Line::from(spans)
}
