//! The palette: every command that there is here, found by its words.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear};

use super::commands::{Wish, perform};
use super::help::{KEY_COLUMNS, lines};
use super::keys::{Chord, Key, here};
use super::layout::boxed;
use super::scene::{Facts, Scene};
use super::view::{Palette, View};

const WIDTH: u16 = 76;

/// The rows whose words contain every word typed; what works now comes first.
fn matching(palette: &Palette, facts: &Facts, view: &View) -> Vec<&'static Key> {
    let wanted: Vec<String> = palette.text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let says = |key: &Key| format!("{} {}", key.label, key.says).to_lowercase();
    let mut rows: Vec<_> = here(facts, view).filter(|key| wanted.iter().all(|word| says(key).contains(word))).collect();
    rows.sort_by_key(|key| (nearness(key, &palette.text), key.refusal(facts, view).is_some()));
    rows
}

/// What begins with the typed words comes before what only holds them: Enter does the first.
fn nearness(key: &Key, text: &str) -> u8 {
    let text = text.trim().to_lowercase();
    let begins = |words: &str| words.to_lowercase().starts_with(&text);
    u8::from(!text.is_empty() && !begins(key.label) && !begins(key.says))
}

pub fn press(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let mut palette = view.palette.take()?;
    let rows = matching(&palette, facts, view);
    let last = rows.len().saturating_sub(1);
    match chord.code {
        KeyCode::Esc => return None,
        KeyCode::Enter => {
            let key = rows.get(palette.selected.min(last))?;
            // Enter chose it; the dialog that may come now has to be answered by another press.
            let own = Chord { code: KeyCode::Enter, ctrl: false };
            return perform(key, own, view, facts);
        }
        KeyCode::Up => palette.selected = palette.selected.min(last).saturating_sub(1),
        KeyCode::Down => palette.selected = (palette.selected + 1).min(last),
        KeyCode::Backspace => {
            palette.text.pop();
            palette.selected = 0;
        }
        _ => {
            if let Some(letter) = chord.typed().filter(|_| palette.text.chars().count() < 60) {
                palette.text.push(letter);
                palette.selected = 0;
            }
        }
    }
    view.palette = Some(palette);
    None
}

pub fn draw(frame: &mut Frame, area: Rect, palette: &Palette, scene: &Scene) {
    let facts = scene.facts();
    let rows = matching(palette, &facts, scene.view);
    let columns = usize::from(area.width.min(WIDTH)).saturating_sub(KEY_COLUMNS + 2);
    let rows: Vec<Vec<Line>> = rows.into_iter().map(|key| lines(key, columns, scene)).collect();
    let height = rows.iter().map(Vec::len).sum::<usize>();
    let outer = boxed(area, WIDTH, (height as u16).saturating_add(3).max(5));
    frame.render_widget(Clear, outer);
    let block = Block::bordered()
        .border_set(scene.marks.border)
        .border_style(scene.theme.focus())
        .title(Span::styled(" commands: type, Enter does it, Esc back ", scene.theme.title()))
        .style(scene.theme.dialog());
    let inside = block.inner(outer);
    frame.render_widget(block, outer);
    let [typed, list] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inside);
    frame.render_widget(Line::from(vec![Span::styled(": ", scene.theme.key()), Span::raw(format!("{}_", palette.text))]), typed);
    let selected = palette.selected.min(rows.len().saturating_sub(1));
    // The whole of the selected row is in sight, with its reason.
    let end = rows.iter().take(selected + 1).map(Vec::len).sum::<usize>();
    let first = end.saturating_sub(usize::from(list.height));
    let chosen = |line: Line<'static>| {
        let style = scene.theme.selected();
        line.spans.into_iter().map(|span| span.patch_style(style)).collect::<Line>().style(style)
    };
    let marked = |(place, row): (usize, Vec<Line<'static>>)| {
        row.into_iter().map(move |line| if place == selected { chosen(line) } else { line })
    };
    let shown = rows.into_iter().enumerate().flat_map(marked).skip(first).take(usize::from(list.height));
    frame.render_widget(shown.collect::<Text>(), list);
}
