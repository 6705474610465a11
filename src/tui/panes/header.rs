//! The three rows that never scroll: what this is, how much time is left, where the plan stands.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::room::decide::reserved;
use crate::room::event::{Acceptance, Decision, Mode};
use crate::room::say;
use crate::room::schedule::{self, Slot, WindowSlot};
use crate::room::state::{Ending, PhaseStatus, Stage, StepStatus};
use crate::runbook::model::{Phase, Step};
use crate::text;
use crate::time::{Moment, Span};
use crate::tui::panes::kit::{Page, Row};
use crate::tui::scene::{LinkState, Scene};
use crate::tui::theme::Theme;

pub const HEIGHT: u16 = 3;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let mut page = Page::new(frame.buffer_mut(), area);
    identity(&mut page.row(), scene);
    margins(&mut page.row(), scene);
    phases(&mut page.row(), scene);
}

/// ` LIVE  Moshimoshi 1.0.0 to production        T+1:12:40    09:12:40 UTC`
fn identity(row: &mut Row, scene: &Scene) {
    let (state, theme) = (scene.state, scene.theme);
    let zone = state.runbook.zone;
    let wall = state.wall(scene.now);
    row.put(" ", theme.normal());
    let (word, style) = badge(scene);
    row.put(&format!(" {word} "), style);
    row.put(" ", theme.normal());
    // A clock that stands still must not be taken for one that runs.
    let (was, running) = if scene.link.over_since().is_some() { ("was ", theme.muted()) } else { ("", theme.title()) };
    row.right(&format!("{was}{} {} ", wall.clock(zone), zone.abbreviation(wall)), theme.normal());
    row.right("   ", theme.normal()).right(&format!("{was}{}", t_clock(scene)), running);
    let title = text::clean(&state.runbook.title);
    // The title comes first; who sits here and which room it is are told in what it leaves.
    let who = format!("{}@{}", text::clean(scene.me.as_str()), text::clean(&state.opened.host));
    let here = state.operators.values().filter(|attendee| attendee.left.is_none()).count();
    let here = (here > 1).then(|| format!("{here} here"));
    // Enough of it to be told from that of another journal; `warroom verify` prints all.
    let anchor = scene.anchor.map(|hash| format!("anchor {}", hash.chars().take(12).collect::<String>()));
    for aside in here.into_iter().chain([who, format!("room {}", state.room())]).chain(anchor) {
        if row.room() > text::width(&title) + text::width(&aside) + 6 {
            row.right("   ", theme.normal()).right(&aside, theme.muted());
        }
    }
    row.right("  ", theme.normal());
    row.put(&title, theme.title());
}

/// What kind of room this is: the word that must never be mistaken.
fn badge(scene: &Scene) -> (&'static str, Style) {
    let theme = scene.theme;
    let mode = scene.state.mode();
    if scene.transport.is_some() {
        let word = if mode == Mode::Rehearsal { "REPLAY OF A REHEARSAL" } else { "REPLAY" };
        return (word, theme.badge_replay());
    }
    match (scene.link, mode) {
        (LinkState::Lost { .. }, Mode::Live) => return ("LINK LOST", theme.critical()),
        (LinkState::Lost { .. }, Mode::Demo) => return ("DEMO, LINK LOST", theme.critical()),
        (LinkState::Lost { .. }, Mode::Rehearsal) => return ("REHEARSAL, LINK LOST", theme.critical()),
        (LinkState::Gone { .. }, Mode::Live) => return ("ENDED", theme.badge_replay()),
        (LinkState::Gone { .. }, Mode::Demo) => return ("DEMO, ENDED", theme.badge_replay()),
        (LinkState::Gone { .. }, Mode::Rehearsal) => return ("REHEARSAL, ENDED", theme.badge_replay()),
        (
            LinkState::Up
            | LinkState::Opening
            | LinkState::JournalFailed { .. }
            | LinkState::JournalLow { .. }
            | LinkState::NotDurable { .. },
            _,
        ) => {}
    }
    match mode {
        Mode::Live => ("LIVE", theme.badge_live()),
        Mode::Demo => ("DEMO", theme.badge_demo()),
        Mode::Rehearsal => ("REHEARSAL", theme.badge_rehearsal()),
    }
}

/// `T+1:12:40`; it stands still once the deployment has ended.
fn t_clock(scene: &Scene) -> String {
    let until = match scene.state.stage {
        Stage::Ended(_, at) => at,
        Stage::Planned | Stage::Underway { .. } | Stage::RollingBack => scene.now,
    };
    scene.state.t0.map_or_else(|| "T not set".to_owned(), |t0| (until - t0).t_clock())
}

/// A piece of a row that gives way when room is short: the highest rank goes first.
struct Piece {
    rank: u8,
    text: String,
    style: Style,
}

/// `window 08:00 ------o------ 12:00   2h47m left   latest safe rollback 11:55`
fn margins(row: &mut Row, scene: &Scene) {
    let theme = scene.theme;
    let mut pieces = Vec::new();
    match scene.link {
        LinkState::Up => {}
        LinkState::Opening => pieces.push(Piece { rank: 0, text: "OPENING THE ROOM".to_owned(), style: theme.accent() }),
        LinkState::JournalFailed { why } => {
            let text = format!("JOURNAL NOT WRITTEN, nothing new begins: {}", text::clean(why));
            pieces.push(Piece { rank: 0, text, style: theme.critical() });
        }
        LinkState::JournalLow { why } => {
            let text = format!("ONLY THE WAY BACK IS OPEN: {}", text::clean(why));
            pieces.push(Piece { rank: 0, text, style: theme.critical() });
        }
        LinkState::NotDurable { since } => {
            let text = format!("NOT DURABLE for {}: the disk does not answer, nothing new begins", scene.now - *since);
            pieces.push(Piece { rank: 0, text, style: theme.critical() });
        }
        LinkState::Lost { since, .. } => {
            let since = scene.state.wall(*since).clock(scene.state.runbook.zone);
            let text = format!("LINK LOST since {since}: this is how it was then");
            pieces.push(Piece { rank: 0, text, style: theme.critical() });
        }
        LinkState::Gone { why, .. } => {
            let text = format!("ROOM ENDED, this is how it was: {}", text::clean(why));
            pieces.push(Piece { rank: 0, text, style: theme.critical() });
        }
    }
    if let Some(hold) = &scene.state.hold {
        let since = scene.now - hold.since;
        let text = format!("HOLD {since} by {}: {}", text::clean(&say::by(scene.state, &hold.by)), text::clean(&hold.reason));
        pieces.push(Piece { rank: 0, text, style: theme.warning() });
    }
    pieces.extend(conn(scene));
    let window = schedule::window(scene.state);
    if let Some(window) = &window {
        window_pieces(&mut pieces, scene, window);
    } else {
        no_window(&mut pieces, scene);
    }
    if let Some(drift) = schedule::drift(scene.state, scene.now).filter(|drift| drift.abs() >= Span::MINUTE) {
        let (text, style) =
            if drift.0 > 0 { (format!("{drift} late"), theme.warning()) } else { (format!("{} early", -drift), theme.normal()) };
        pieces.push(Piece { rank: 3, text, style });
    }
    row.put(" ", theme.normal());
    let urgent = pieces.iter().filter(|piece| piece.rank == 0).count();
    shed(&mut pieces, row.room());
    for piece in pieces.drain(..urgent.min(pieces.len())) {
        row.put(&piece.text, piece.style).put("   ", theme.normal());
    }
    if let Some(window) = &window {
        let rest: usize = pieces.iter().map(|piece| text::width(&piece.text) + 3).sum();
        window_bar(row, scene, window, rest);
    }
    for piece in &pieces {
        row.put(&piece.text, piece.style).put("   ", theme.normal());
    }
}

/// That nobody commands, and how to; else who does, where several people have been here.
fn conn(scene: &Scene) -> Option<Piece> {
    let (state, theme) = (scene.state, scene.theme);
    if matches!(state.stage, Stage::Ended(..)) {
        return None;
    }
    let called = |operator| text::clean(&state.called(operator)).into_owned();
    let Some(commander) = state.commander() else {
        let text = format!(
            "NOBODY HAS THE CONN ({}): {} takes it",
            called(&state.conn),
            crate::tui::panes::words::press(scene, crate::tui::keys::Command::TakeConn)
        );
        return Some(Piece { rank: 0, text, style: theme.warning() });
    };
    let others = state.operators.keys().filter(|operator| *operator != commander && state.is_here(operator)).count();
    let text = match others {
        0 => return None,
        1 => format!("conn {}, and 1 more here", called(commander)),
        several => format!("conn {}, and {several} more here", called(commander)),
    };
    Some(Piece { rank: 4, text, style: theme.normal() })
}

/// Takes away the highest ranks until the rest fits.
fn shed(pieces: &mut Vec<Piece>, room: usize) {
    while pieces.iter().map(|piece| text::width(&piece.text) + 3).sum::<usize>() > room + 3 {
        let Some(at) = (0..pieces.len()).filter(|at| pieces[*at].rank > 0).max_by_key(|at| pieces[*at].rank) else {
            return;
        };
        pieces.remove(at);
    }
}

fn window_pieces(pieces: &mut Vec<Piece>, scene: &Scene, window: &WindowSlot) {
    let (theme, zone, now) = (scene.theme, scene.state.runbook.zone, scene.now);
    let clock = |moment: Moment| scene.state.wall(moment).clock_minutes(zone);
    let (text, style) = if now < window.opens {
        (format!("opens in {}", window.opens - now), theme.normal())
    } else if now < window.closes {
        (format!("{} left", window.closes - now), theme.normal())
    } else {
        (format!("WINDOW CLOSED {} ago", now - window.closes), theme.critical())
    };
    pieces.push(Piece { rank: 1, text, style });
    if matches!(scene.state.stage, Stage::Ended(..)) {
        return;
    }
    if let Some(latest) = window.latest_rollback {
        let (text, style) = if now > latest {
            ("too late for a whole rollback in the window".to_owned(), theme.critical())
        } else {
            (format!("latest safe rollback {}", clock(latest)), theme.normal())
        };
        pieces.push(Piece { rank: 2, text, style });
    }
}

/// `3 steps have no duration`: why an end is only the earliest.
pub(crate) fn without_duration(untimed: usize) -> String {
    if untimed == 1 { "1 step has no duration".to_owned() } else { format!("{untimed} steps have no duration") }
}

fn no_window(pieces: &mut Vec<Piece>, scene: &Scene) {
    let untimed = schedule::untimed(scene.state, scene.now);
    let text = match schedule::projected_end(scene.state, scene.now) {
        Some(end) if end >= scene.now && untimed > 0 => {
            let wall = schedule::clock_or_date(scene.state, end, scene.now);
            format!("no window   plan ends after {wall}: {}", without_duration(untimed))
        }
        Some(end) if end >= scene.now => {
            let wall = schedule::clock_or_date(scene.state, end, scene.now);
            format!("no window   plan ends {wall}, in {}", end - scene.now)
        }
        Some(_) | None => "no window".to_owned(),
    };
    pieces.push(Piece { rank: 1, text, style: scene.theme.normal() });
}

/// `window 08:00 ------o------ 12:00`, as long as there is room for it.
fn window_bar(row: &mut Row, scene: &Scene, window: &WindowSlot, rest: usize) {
    let (theme, zone) = (scene.theme, scene.state.runbook.zone);
    let clock = |moment: Moment| scene.state.wall(moment).clock_minutes(zone);
    let (opens, closes) = (clock(window.opens), clock(window.closes));
    let fixed = "window ".len() + opens.len() + closes.len() + 2 + 3;
    let cells = row.room().saturating_sub(rest + fixed).min(40);
    if cells < 4 {
        row.put(&format!("{opens}-{closes}   "), theme.normal());
        return;
    }
    let all = (window.closes - window.opens).0.max(1);
    let gone = ((scene.now - window.opens).0.clamp(0, all) as f64 / all as f64 * (cells - 1) as f64) as usize;
    row.put("window ", theme.muted()).put(&opens, theme.normal()).put(" ", theme.normal());
    row.put(&scene.marks.across.repeat(gone), theme.normal()).put("o", theme.title());
    row.put(&scene.marks.across.repeat(cells - 1 - gone), theme.muted());
    row.put(" ", theme.normal()).put(&closes, theme.normal()).put("   ", theme.normal());
}

/// `1 Blue ok | 2 Canary 10% >> 12:40 of 30:00, +4:00 | 3 50% | 4 100%`, clipped around the current one.
fn phases(row: &mut Row, scene: &Scene) {
    let theme = scene.theme;
    row.put(" ", theme.normal());
    if let Some((words, style)) = overall(scene) {
        row.put(&words, style).put("   ", theme.normal());
    }
    let slots = schedule::slots(scene.state, scene.now);
    let labels: Vec<(String, Style)> =
        (0..scene.state.phases.len()).map(|place| phase_label(scene, place, slots.get(place))).collect();
    let current = scene.state.current_phase().unwrap_or(0);
    let needs = |from: usize| labels[from..=current].iter().map(|(text, _)| text::width(text) + 3).sum::<usize>();
    let mut from = 0;
    while from < current && needs(from) + 6 > row.room() {
        from += 1;
    }
    if from > 0 {
        row.put(".. | ", theme.muted());
    }
    for (place, (text, style)) in labels.iter().enumerate().skip(from) {
        if place > from {
            row.put(" | ", theme.muted());
        }
        row.put(text, *style);
    }
}

fn overall(scene: &Scene) -> Option<(String, Style)> {
    let theme = scene.theme;
    match &scene.state.stage {
        Stage::Planned | Stage::Underway { .. } => None,
        Stage::RollingBack => Some(("ROLLING BACK".to_owned(), theme.critical())),
        Stage::Ended(Ending::Completed, _) => Some(match reserved(scene.state) {
            None => ("COMPLETED".to_owned(), theme.good()),
            Some((acceptance, against)) => (format!("COMPLETED, {}", text::clean(&against)), reserved_style(theme, acceptance)),
        }),
        Stage::Ended(Ending::RolledBack { verified: true }, _) => Some(("ROLLED BACK, verified".to_owned(), theme.warning())),
        Stage::Ended(Ending::RolledBack { verified: false }, _) => {
            Some(("ROLLED BACK, NOT VERIFIED".to_owned(), theme.critical()))
        }
        Stage::Ended(Ending::Abandoned { .. }, _) => Some(("ABANDONED".to_owned(), theme.warning())),
    }
}

/// The style of a deployment that those who signed have something against.
pub(crate) fn reserved_style(theme: &Theme, acceptance: Acceptance) -> Style {
    match acceptance {
        Acceptance::Accepted => theme.good(),
        Acceptance::Remarks => theme.warning(),
        Acceptance::Refused => theme.critical(),
    }
}

/// `waived, 1 skipped`: in what a phase that is over was not done as planned.
fn short_of_plan(scene: &Scene, place: usize, plan: &Phase) -> Option<String> {
    let decided = scene.state.phases.get(place).and_then(|phase| phase.gate.decided.as_ref());
    let waived = decided.is_some_and(|decided| matches!(decided.decision, Decision::Go { waiver: Some(_) }));
    let is_skipped =
        |step: &&Step| matches!(scene.state.step(&step.id).map(|step| &step.status), Some(StepStatus::Skipped { .. }));
    let skipped = match plan.steps.iter().filter(is_skipped).count() {
        0 => None,
        some => Some(format!("{some} skipped")),
    };
    let how: Vec<String> = waived.then(|| "waived".to_owned()).into_iter().chain(skipped).collect();
    (!how.is_empty()).then(|| how.join(", "))
}

fn phase_label(scene: &Scene, place: usize, slot: Option<&Slot>) -> (String, Style) {
    let theme = scene.theme;
    let Some(plan) = scene.state.runbook.phases.get(place) else {
        return (String::new(), theme.normal());
    };
    let name = format!("{} {}", plan.number, text::clean(&plan.title));
    match scene.state.phases[place].status {
        PhaseStatus::Waiting => (name, theme.muted()),
        PhaseStatus::Over { .. } => match short_of_plan(scene, place, plan) {
            None => (format!("{name} ok"), theme.good()),
            Some(how) => (format!("{name} ok, {how}"), theme.warning()),
        },
        PhaseStatus::Active { began } => {
            let running = matches!(scene.state.stage, Stage::Underway { phase } if phase == place);
            if !running {
                return (format!("{name} stopped"), theme.warning());
            }
            let of = plan.duration.map_or_else(String::new, |planned| format!(" of {}", planned.expected));
            let drift = slot.and_then(|slot| slot.drift).filter(|drift| drift.abs() >= Span::MINUTE);
            let drift = drift.map_or_else(String::new, |drift| format!(", {}{drift}", if drift.0 > 0 { "+" } else { "" }));
            (format!("{name} >> {}{of}{drift}", scene.now - began), theme.accent())
        }
    }
}
