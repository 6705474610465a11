//! The box of the dialog on top.
//!
//! ```text
//! + ROLL BACK ------------------------------------------------+
//! | Starts the rollback at once: 5 steps, budget 5:00.        |
//! | No gate or poll is asked.                                 |
//! |                                                           |
//! | why we roll back                                          |
//! | > errors since the switch_                                |
//! | Enter ROLL BACK   Esc back, the text is kept              |
//! +-----------------------------------------------------------+
//! ```
//!
//! What shrinks first are the words; field, error and keys stay.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::choices::choices;
use super::words::{Words, leave, words};
use super::{Dialog, Form, Purpose};
use crate::text;
use crate::tui::layout::{boxed, wrap};
use crate::tui::scene::Scene;

const WIDTH: u16 = 76;
const FIELD_LINES: u16 = 3;
/// Rows that the question keeps.
const TOLD_LEAST: u16 = 2;
/// On a screen with fewer rows than this the field has one.
const LOW: u16 = 14;

pub fn draw(frame: &mut Frame, area: Rect, dialog: &Dialog, scene: &Scene) {
    let words = match (&dialog.purpose, &dialog.form) {
        (Purpose::Quit, Form::Choose { .. }) => leave(&scene.facts()),
        (purpose, _) => words(purpose, &scene.facts()),
    };
    let inner_width = area.width.min(WIDTH).saturating_sub(4);
    let heading = text::clean_line(&words.title).into_owned();
    let mut told = told(&words, usize::from(inner_width), scene);
    if text::width(&heading) + 4 > usize::from(inner_width) {
        // A question that the frame has no room for is read in full above everything else.
        let question = wrap(&heading, usize::from(inner_width)).into_iter();
        told.splice(0..0, question.map(|line| Line::styled(line, scene.theme.title())));
    }
    let answer_lines = answer_lines(dialog, scene, area.height);
    let error = dialog.error.as_deref().map(|why| wrap(why, usize::from(inner_width))).unwrap_or_default();
    let wanted = told.len() as u16 + answer_lines + error.len() as u16 + 3;
    let outer = boxed(area, WIDTH, wanted);
    let frame_style = if words.danger { scene.theme.danger() } else { scene.theme.focus() };
    frame.render_widget(Clear, outer);
    let title = format!(" {} ", text::clip(&text::clean_line(&words.title), usize::from(outer.width.saturating_sub(6))));
    let block = Block::bordered()
        .border_set(scene.marks.border)
        .border_style(frame_style)
        .title(Span::styled(title, frame_style))
        .style(scene.theme.dialog());
    let inside = block.inner(outer);
    frame.render_widget(block, outer);
    let inside = Rect { x: inside.x.saturating_add(1), width: inside.width.saturating_sub(2), ..inside }.intersection(inside);
    let error_lines = error.len() as u16;
    // The keys and the answer come first, then what the question says, then the rest of it.
    let kept = TOLD_LEAST.min(told.len() as u16);
    let answer_lines = answer_lines.min(inside.height.saturating_sub(error_lines + 1 + kept).max(1));
    let room = usize::from(inside.height.saturating_sub(answer_lines + error_lines + 1));
    if told.len() > room {
        while told.last().is_some_and(|line| line.width() == 0) {
            told.pop();
        }
        if told.len() > room && room > 0 {
            let more = format!(".. {} more lines: a taller screen shows them", told.len() + 1 - room);
            told.truncate(room - 1);
            told.push(Line::styled(text::clip(&more, usize::from(inner_width)).into_owned(), scene.theme.muted()));
        }
    }
    let [told_area, answer_area, error_area, keys_area] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(answer_lines),
        Constraint::Length(error_lines),
        Constraint::Length(1),
    ])
    .areas(inside);
    frame.render_widget(Text::from(told), told_area);
    answer(frame, answer_area, dialog, &words, scene);
    let error: Vec<Line> = error.into_iter().map(|line| Line::styled(line, scene.theme.warning())).collect();
    frame.render_widget(Text::from(error), error_area);
    // A key is only offered once it is heard.
    if scene.now >= dialog.deaf_until() {
        frame.render_widget(keys(dialog, &words, scene, keys_area.width), keys_area);
    }
}

fn told(words: &Words, width: usize, scene: &Scene) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for will in &words.will {
        lines.extend(wrap(&text::clean_line(will), width).into_iter().map(Line::from));
    }
    for wont in &words.wont {
        lines.extend(wrap(&text::clean_line(wont), width).into_iter().map(|line| Line::styled(line, scene.theme.muted())));
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

fn answer_lines(dialog: &Dialog, scene: &Scene, rows: u16) -> u16 {
    match &dialog.form {
        Form::Confirm => 0,
        Form::Text { .. } if rows < LOW => 2,
        Form::Text { .. } => FIELD_LINES + 1,
        Form::Choose { .. } => choices(&dialog.purpose, &scene.facts()).len() as u16,
    }
}

fn answer(frame: &mut Frame, area: Rect, dialog: &Dialog, words: &Words, scene: &Scene) {
    match &dialog.form {
        Form::Confirm => {}
        Form::Choose { selected } => {
            let all = choices(&dialog.purpose, &scene.facts());
            let first = selected.saturating_sub(usize::from(area.height.saturating_sub(1)));
            let lines = all.iter().enumerate().skip(first).take(usize::from(area.height)).map(|(place, choice)| {
                let chosen = place == *selected;
                let pointer = if chosen { scene.marks.pointer } else { " " };
                let style = if chosen { scene.theme.selected() } else { scene.theme.normal() };
                let line = format!("{pointer} {}", text::clean_line(&choice.text));
                Line::styled(text::clip(&line, usize::from(area.width)).into_owned(), style)
            });
            frame.render_widget(lines.collect::<Text>(), area);
        }
        Form::Text { area: field, .. } => {
            let [ask, typed] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
            frame.render_widget(Line::styled(text::clean_line(&words.ask).into_owned(), scene.theme.title()), ask);
            let [prompt, typed] = Layout::horizontal([Constraint::Length(2), Constraint::Fill(1)]).areas(typed);
            frame.render_widget(Line::styled(scene.marks.pointer, scene.theme.key()), prompt);
            if typed.is_empty() {
                return;
            }
            let mut field = field.clone();
            field.set_style(scene.theme.normal());
            frame.render_widget(&*field, typed);
        }
    }
}

/// The keys that answer it, in as many words as there is room for.
fn keys(dialog: &Dialog, words: &Words, scene: &Scene, width: u16) -> Paragraph<'static> {
    let long = match dialog.form {
        Form::Text { .. } => " back, the text is kept",
        Form::Confirm => " back, nothing happens",
        Form::Choose { .. } => " back   ",
    };
    let chooses = matches!(dialog.form, Form::Choose { .. });
    let whole = "Enter    Esc".len() + words.enter.len() + long.len() + if chooses { "Up Down choose".len() } else { 0 };
    let fits = whole <= usize::from(width);
    let key = |name: &'static str| Span::styled(name, scene.theme.key());
    let said = |text: String| Span::styled(text, scene.theme.muted());
    let mut spans = vec![key("Enter"), said(format!(" {}{}", words.enter, if fits { "   " } else { " " })), key("Esc")];
    spans.push(said(if fits { long.to_owned() } else { " back".to_owned() }));
    if chooses && fits {
        spans.push(key("Up Down"));
        spans.push(said(" choose".to_owned()));
    }
    Paragraph::new(Line::from(spans))
}
