//! Moving the eye: panes, selections, scrolling, phases, matches.

use crate::time::Span;
use crate::tui::keys::Look;
use crate::tui::panes::{alert, details, gauge, guides, messages};
use crate::tui::scene::{Facts, Shown};
use crate::tui::view::{Anchor, Detail, NoticeTone, Pane, Screen, View};

/// Lines of the screen that are not its body.
const FRAME_LINES: u16 = 8;
/// Rows that alerts may take.
const ALERT_LINES: u16 = alert::ROWS_MAX as u16;

pub(super) fn around(look: Look, view: &mut View, facts: &Facts) {
    let page = i64::from(view.size.1.saturating_sub(FRAME_LINES).max(1));
    match look {
        Look::NextPane => view.focus = view.focus.next(),
        Look::PaneBefore => view.focus = view.focus.before(),
        Look::Up => go(-1, view, facts),
        Look::Down => go(1, view, facts),
        // Up and down choose a message; its text may be longer than the screen.
        Look::PageUp if view.screen == Screen::Messages => read_on(-page / 2, view, facts),
        Look::PageDown if view.screen == Screen::Messages => read_on(page / 2, view, facts),
        Look::PageUp => go(-page, view, facts),
        Look::PageDown => go(page, view, facts),
        Look::Top => go(i64::MIN / 2, view, facts),
        Look::Bottom => go(i64::MAX / 2, view, facts),
        Look::PhaseBefore => phase(-1, view, facts),
        Look::PhaseAfter => phase(1, view, facts),
        Look::OneBefore => one(-1, view, facts),
        Look::OneAfter => one(1, view, facts),
        Look::NextMatch => search(true, view, facts),
        Look::MatchBefore => search(false, view, facts),
        Look::CursorBefore => cursor(-1, view, facts),
        Look::CursorAfter => cursor(1, view, facts),
        Look::Back => back(view),
    }
}

/// First the search goes, then the screen, then what was chosen by hand.
fn back(view: &mut View) {
    if !view.search.text.is_empty() {
        view.search.text.clear();
    } else if view.screen != Screen::Main {
        view.screen = view.below();
    } else {
        view.step = None;
        view.shown = None;
        view.item = None;
        view.message = None;
        view.log = Anchor::default();
        view.output = Anchor::default();
        view.notices.clear();
    }
}

fn go(by: i64, view: &mut View, facts: &Facts) {
    match view.screen {
        Screen::Main => match view.focus {
            Pane::Steps => step(by, view, facts),
            Pane::Metrics => view.metric = moved(view.metric, by, facts.state.runbook.metrics.len()),
            Pane::Log => scroll(&mut view.log, by, 0, facts.state.log.len() as u64),
        },
        Screen::Gauge => view.metric = moved(view.metric, by, facts.state.runbook.metrics.len()),
        Screen::Gate => view.gate = moved(view.gate, by, gate_lines(view, facts)),
        Screen::Checklists => item(by, view, facts),
        Screen::Timeline => view.timeline = moved(view.timeline, by, facts.state.phases.len()),
        Screen::Output => {
            let (gone, total) = output_lines(view, facts);
            scroll(&mut view.output, by, gone, total);
        }
        Screen::Log => scroll(&mut view.log, by, 0, facts.state.log.len() as u64),
        Screen::Guides => view.guides = moved(view.guides, by, guide_places(view, facts)),
        Screen::Messages => message(by, view, facts),
        Screen::Details => view.details = moved(view.details, by, detail_places(view, facts)),
        Screen::Diagnostics => {}
    }
}

/// A column of the gauge's chart back or on; past the end it reads now again.
fn cursor(by: i64, view: &mut View, facts: &Facts) {
    let step = gauge::Axis::of(facts, view.metric, view.size.0).column;
    let at = view.cursor.unwrap_or(facts.now) + Span(step.0 * by);
    view.cursor = (at < facts.now).then(|| at.max(facts.state.opened_at));
}

fn moved(place: usize, by: i64, count: usize) -> usize {
    let distance = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
    let moved = if by < 0 { place.saturating_sub(distance) } else { place.saturating_add(distance) };
    moved.min(count.saturating_sub(1))
}

fn scroll(anchor: &mut Anchor, by: i64, gone: u64, total: u64) {
    if by < 0 { anchor.up(by.unsigned_abs(), gone, total) } else { anchor.down(by.unsigned_abs(), gone, total) }
}

fn step(by: i64, view: &mut View, facts: &Facts) {
    let steps = facts.shown_steps(view);
    let place = moved(facts.selected_place(view).unwrap_or(0), by, steps.len());
    view.step = steps.get(place).map(|step| step.id.clone());
    view.output = Anchor::default();
}

fn item(by: i64, view: &mut View, facts: &Facts) {
    let items = facts.items();
    let selected = facts.selected_item(view).and_then(|chosen| items.iter().position(|(_, _, item)| item.id == chosen.id));
    let place = moved(selected.unwrap_or(0), by, items.len());
    view.item = items.get(place).map(|(_, _, item)| item.id.clone());
}

/// The phases in order, and behind them the rollback.
fn phase(by: i64, view: &mut View, facts: &Facts) {
    let phases = facts.state.runbook.phases.len();
    let count = phases + usize::from(facts.state.runbook.rollback.is_some());
    let place = match facts.shown(view) {
        Shown::Phase(place) => place,
        Shown::Rollback => phases,
    };
    let place = moved(place, by, count);
    view.shown = Some(if place == phases && phases < count { Shown::Rollback } else { Shown::Phase(place) });
    view.step = None;
    view.output = Anchor::default();
}

/// How many lines of output there are no longer, and how many there ever were.
fn output_lines(view: &View, facts: &Facts) -> (u64, u64) {
    let state = facts.output_step(view).and_then(|step| facts.step_state(step));
    state.map_or((0, 0), |state| (state.printed.saturating_sub(state.output.len() as u64), state.printed))
}

fn gate_lines(view: &View, facts: &Facts) -> usize {
    let gate = facts.gate(view).and_then(|(_, phase, _)| phase.gate.as_ref());
    gate.map_or(0, |gate| gate.require.len() + gate.poll.len())
}

/// From how many lines contacts and guides can be looked at; what the alerts may take is left to them.
fn guide_places(view: &View, facts: &Facts) -> usize {
    let longest = guides::columns(facts, usize::from(view.size.0)).iter().map(Vec::len).max().unwrap_or(0);
    let sure = usize::from(view.size.1.saturating_sub(FRAME_LINES + ALERT_LINES)).max(1);
    longest.saturating_sub(sure) + 1
}

/// The step or the item beside the one whose details are shown.
fn one(by: i64, view: &mut View, facts: &Facts) {
    match view.detail {
        Detail::Step => step(by, view, facts),
        Detail::Item => item(by, view, facts),
    }
    view.details = 0;
}

fn detail_places(view: &View, facts: &Facts) -> usize {
    let sure = usize::from(view.size.1.saturating_sub(FRAME_LINES + ALERT_LINES)).max(1);
    details::lines(facts, view, usize::from(view.size.0)).len().saturating_sub(sure) + 1
}

fn message(by: i64, view: &mut View, facts: &Facts) {
    let entries = messages::entries(facts.state);
    let place = messages::selected(facts, view, &entries);
    view.message = Some(moved(place, by, entries.len()));
    view.message_line = 0;
}

fn read_on(by: i64, view: &mut View, facts: &Facts) {
    let entries = messages::entries(facts.state);
    let Some(entry) = entries.get(messages::selected(facts, view, &entries)) else { return };
    view.message_line = moved(view.message_line, by, messages::places(facts, entry, view.size));
}

/// Where what is searched for stands in a text that does not grow, by lines or by messages.
fn places_found(view: &View, facts: &Facts) -> Vec<usize> {
    let wanted = view.search.text.to_lowercase();
    let matches = |text: &str| text.to_lowercase().contains(&wanted);
    let mut found: Vec<usize> = if view.screen == Screen::Messages {
        let entries = messages::entries(facts.state).into_iter().enumerate();
        entries.filter(|(_, one)| matches(one.name) || matches(&one.whole(facts.state))).map(|(place, _)| place).collect()
    } else if view.screen == Screen::Details {
        let lines = details::lines(facts, view, usize::from(view.size.0)).into_iter().enumerate();
        lines.filter(|(_, line)| matches(&line.text)).map(|(place, _)| place).collect()
    } else {
        let columns = guides::columns(facts, usize::from(view.size.0));
        let lines = columns.iter().flat_map(|lines| lines.iter().enumerate());
        lines.filter(|(_, line)| matches(&line.text)).map(|(place, _)| place).collect()
    };
    found.sort_unstable();
    found.dedup();
    found
}

/// The next place behind this one or before it, else round to the other end: what stands is searched whole.
fn search_around(down: bool, view: &mut View, facts: &Facts) {
    let at = match view.screen {
        Screen::Messages => messages::selected(facts, view, &messages::entries(facts.state)),
        Screen::Details => view.details,
        _ => view.guides,
    };
    let all = places_found(view, facts);
    let next = if down {
        all.iter().find(|place| **place > at).or(all.first())
    } else {
        all.iter().rev().find(|place| **place < at).or(all.last())
    };
    match next {
        Some(place) if view.screen == Screen::Messages => {
            view.message = Some(*place);
            view.message_line = 0;
        }
        Some(place) if view.screen == Screen::Details => view.details = *place,
        Some(place) => view.guides = *place,
        None => view.say(NoticeTone::Plain, format!("\"{}\" is not found here", view.search.text), facts.now),
    }
}

/// To the next line that has the text in it, downwards or upwards from the last one shown.
fn search(down: bool, view: &mut View, facts: &Facts) {
    if view.screen.stands() {
        return search_around(down, view, facts);
    }
    let wanted = view.search.text.to_lowercase();
    let matches = |line: &str| line.to_lowercase().contains(&wanted);
    let in_output = view.screen == Screen::Output;
    let (gone, total) = if in_output { output_lines(view, facts) } else { (0, facts.state.log.len() as u64) };
    let anchor = if in_output { view.output } else { view.log };
    let from = anchor.end(gone, total);
    let hits: Vec<u64> = if in_output {
        let state = facts.output_step(view).and_then(|step| facts.step_state(step));
        let lines = state.into_iter().flat_map(|state| &state.output).zip(gone + 1..);
        lines.filter(|(line, _)| matches(line)).map(|(_, end)| end).collect()
    } else {
        facts.state.log.iter().zip(1..).filter(|(line, _)| matches(&line.text)).map(|(_, end)| end).collect()
    };
    let found = if down { hits.iter().find(|end| **end > from) } else { hits.iter().rev().find(|end| **end < from) };
    if let Some(end) = found {
        *(if in_output { &mut view.output } else { &mut view.log }) = Anchor { held: Some(*end) };
    } else {
        let way = if down { "below" } else { "above" };
        let why = format!("\"{}\" is not found further {way}", view.search.text);
        view.say(NoticeTone::Plain, why, facts.now);
    }
}
