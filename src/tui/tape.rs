//! The transport line of a recording: where the play head is, and where something happened.
//!
//! ```text
//! |> 4x  0:12:40 of 0:31:05  ----d--d---!----|....d.....!.....
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::scene::{Rest, Scene, Tape};
use crate::room::log::Tone;
use crate::text;

pub const HEIGHT: u16 = 1;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let Some(tape) = scene.transport.filter(|_| !area.is_empty()) else { return };
    let playing = if tape.playing { "playing" } else { "paused " };
    let rest = match tape.rest {
        Rest::None => String::new(),
        Rest::Coming(percent) => format!(" (reading, {percent} %)"),
        Rest::Damaged => " (the rest is damaged)".to_owned(),
        Rest::Newer => " (the rest is of a newer version)".to_owned(),
        Rest::NewerFormat => " (of a newer version)".to_owned(),
    };
    let told = format!(" {playing} {}  {} of {}{rest}  ", tape.speed, tape.position(), tape.len());
    let columns = usize::from(area.width).saturating_sub(text::width(&told) + 1);
    let mut spans = vec![Span::styled(told, scene.theme.title())];
    spans.extend((0..columns).map(|column| cell(column, columns, tape, scene)));
    frame.render_widget(Line::from(spans), area);
}

/// Which column a moment falls into.
fn column_of(at: crate::time::Moment, tape: &Tape, columns: usize) -> usize {
    let last = columns.saturating_sub(1);
    if tape.is_empty() {
        return 0;
    }
    let share = (at - tape.from).or_zero().0 as f64 / tape.len().0 as f64;
    ((share * last as f64) as usize).min(last)
}

/// The play head covers a mark, a bad mark covers a decision.
fn cell(column: usize, columns: usize, tape: &Tape, scene: &Scene) -> Span<'static> {
    let head = column_of(tape.at, tape, columns);
    if column == head {
        return Span::styled(scene.marks.now, scene.theme.accent());
    }
    let here = tape.marks.iter().filter(|mark| column_of(mark.at, tape, columns) == column);
    let worst = here.map(|mark| mark.tone).max_by_key(|tone| weight(*tone));
    match worst {
        Some(tone @ Tone::Bad) => Span::styled("!", scene.theme.tone(tone)),
        Some(tone @ Tone::Warning) => Span::styled("w", scene.theme.tone(tone)),
        Some(tone @ Tone::Decision) => Span::styled("d", scene.theme.tone(tone)),
        Some(tone @ Tone::Good) => Span::styled("+", scene.theme.tone(tone)),
        Some(Tone::Plain | Tone::Output) | None if column < head => Span::styled(scene.marks.across, scene.theme.normal()),
        Some(Tone::Plain | Tone::Output) | None => Span::styled(".", scene.theme.muted()),
    }
}

fn weight(tone: Tone) -> u8 {
    match tone {
        Tone::Plain | Tone::Output => 0,
        Tone::Good => 1,
        Tone::Decision => 2,
        Tone::Warning => 3,
        Tone::Bad => 4,
    }
}
