//! `?`: every key that works here, from the table that dispatches them; what is off says why.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear};

use super::keys::{Chord, Key, here};
use super::layout::{boxed, wrap};
use super::scene::Scene;
use crate::text;

const WIDTH: u16 = 100;
pub const KEY_COLUMNS: usize = 14;

pub fn draw(frame: &mut Frame, area: Rect, first: usize, scene: &Scene) {
    let facts = scene.facts();
    let columns = usize::from(area.width.min(WIDTH)).saturating_sub(KEY_COLUMNS + 2);
    let mut lines: Vec<Line> = here(&facts, scene.view).flat_map(|key| lines(key, columns, scene)).collect();
    lines.extend(anchor(columns, scene));
    let outer = boxed(area, WIDTH, (lines.len() as u16).saturating_add(2));
    frame.render_widget(Clear, outer);
    let block = Block::bordered()
        .border_set(scene.marks.border)
        .border_style(scene.theme.focus())
        .title(Span::styled(format!(" keys on {}: Up Down scroll, Esc back ", where_we_are(scene)), scene.theme.title()))
        .style(scene.theme.dialog());
    let inside = block.inner(outer);
    frame.render_widget(block, outer);
    let last_first = lines.len().saturating_sub(usize::from(inside.height));
    frame.render_widget(lines.into_iter().skip(first.min(last_first)).collect::<Text>(), inside);
}

/// The whole of it, which narrow headers have no room for.
fn anchor(columns: usize, scene: &Scene) -> Vec<Line<'static>> {
    let Some(hash) = scene.anchor else { return Vec::new() };
    let says = "is the journal's anchor as it was when you came in: keep it elsewhere, and `warroom verify ROOM --anchor` tells \
                whether the journal was written anew";
    let mut name = "anchor";
    std::iter::once(hash.to_owned())
        .chain(wrap(says, columns))
        .map(|said| {
            let name = text::fit(&format!(" {}", std::mem::take(&mut name)), KEY_COLUMNS);
            Line::from(vec![Span::styled(name, scene.theme.key()), Span::styled(said, scene.theme.normal())])
        })
        .collect()
}

fn where_we_are(scene: &Scene) -> &'static str {
    if scene.transport.is_some() { "a recording" } else { scene.view.screen.name() }
}

/// The names of a row's keys; a row of ten digits says so shortly.
pub fn names(key: &Key) -> String {
    match key.on {
        [first, .., last] if key.on.len() > 3 => format!("{first}-{last}"),
        few => few.iter().map(Chord::to_string).collect::<Vec<_>>().join(" "),
    }
}

/// A row with all that is to be said of it, in as many lines as that takes: `columns` wide, beside its keys.
pub fn lines(key: &Key, columns: usize, scene: &Scene) -> Vec<Line<'static>> {
    let off = key.refusal(&scene.facts(), scene.view);
    let style = if off.is_some() { scene.theme.muted() } else { scene.theme.normal() };
    let mut said = wrap(key.says, columns);
    if let Some(why) = off {
        said.extend(wrap(&format!("  not now: {}", text::clean_line(&why)), columns));
    }
    let mut name = names(key);
    said.into_iter()
        .map(|text| {
            let name = text::fit(&format!(" {}", std::mem::take(&mut name)), KEY_COLUMNS);
            Line::from(vec![Span::styled(name, scene.theme.key()), Span::styled(text, style)])
        })
        .collect()
}
