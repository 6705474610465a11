//! The steps of what is being worked on, each with its state, and the gate behind them.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::measure::criterion::Criterion;
use crate::measure::judge::{Verdict, judge};
use crate::room::alarm;
use crate::room::event::{By, Decision};
use crate::room::say;
use crate::room::schedule;
use crate::room::state::{StepState, StepStatus};
use crate::room::stuck;
use crate::runbook::model::{Phase, Step, StepKind};
use crate::text;
use crate::tui::layout::wrap;
use crate::tui::panes::kit::{Page, Row, window};
use crate::tui::panes::next::{self, next_step};
use crate::tui::panes::words;
use crate::tui::scene::{Scene, Shown};
use crate::tui::view::Pane;

/// Cells before a line that belongs to the step above it.
const INDENT: usize = 7;

/// Below this a title is not worth being broken.
const TITLE_MIN: usize = 12;

/// Rows that a text below a step may take.
const REMARK_ROWS: usize = 4;

/// A line of the pane.
enum Line<'a> {
    /// A step, and as much of its title as stands on its own row.
    Step(&'a Step, Cow<'a, str>),
    /// A criterion, and the width of the column it stands in.
    Criterion(&'a Criterion, usize),
    Remark(Cow<'a, str>, Style),
    Gate(usize, &'a Phase),
    Heading(Cow<'a, str>),
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let mut page = Page::new(frame.buffer_mut(), area);
    heading(&mut page.row(), scene);
    let lines = lines(scene, page.width(), page.room());
    let selected = scene.selected_step();
    let wanted = lines.iter().position(|line| matches!((line, selected), (Line::Step(step, _), Some(one)) if step.id == one.id));
    for line in &lines[window(lines.len(), page.room(), wanted.unwrap_or(0))] {
        draw_line(&mut page.row(), scene, line, selected);
    }
}

fn heading(row: &mut Row, scene: &Scene) {
    let theme = scene.theme;
    row.put(" STEPS  ", if scene.view.focus == Pane::Steps { theme.selected() } else { theme.title() });
    match scene.shown() {
        Shown::Phase(place) => {
            if let Some(phase) = scene.state.runbook.phases.get(place) {
                row.put(&format!("{} {}", phase.number, text::clean(&phase.title)), theme.title());
            }
        }
        Shown::Rollback => {
            row.put("ROLLBACK", theme.critical());
        }
    }
}

/// What there is to show: the part of the plan looked at, and in the rows that are left what comes after it.
fn lines<'a>(scene: &Scene<'a>, width: usize, room: usize) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for step in scene.shown_steps() {
        step_lines(&mut lines, scene, width, step);
    }
    match scene.shown() {
        Shown::Phase(place) => {
            if let Some(phase) = scene.state.runbook.phases.get(place) {
                gate_line(&mut lines, place, phase);
            }
            whole_titles(&mut lines, scene, width, room);
            // A heading with nothing below it says nothing.
            if lines.len() + 2 <= room {
                let free = room - lines.len();
                lines.extend(later(scene, place).into_iter().take(free));
                if matches!(lines.last(), Some(Line::Heading(_))) {
                    lines.pop();
                }
            }
        }
        Shown::Rollback => {
            verification(&mut lines, scene);
            whole_titles(&mut lines, scene, width, room);
        }
    }
    lines
}

/// The phases after this one, and the rollback.
fn later<'a>(scene: &Scene<'a>, place: usize) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let runbook = &scene.state.runbook;
    for (place, phase) in runbook.phases.iter().enumerate().skip(place + 1) {
        lines.push(Line::Heading(Cow::Owned(format!("{} {}", phase.number, text::clean(&phase.title)))));
        lines.extend(phase.steps.iter().map(plain_step));
        gate_line(&mut lines, place, phase);
    }
    if let Some(rollback) = &runbook.rollback {
        lines.push(Line::Heading(Cow::Borrowed("ROLLBACK")));
        lines.extend(rollback.steps.iter().map(plain_step));
    }
    lines
}

fn plain_step(step: &Step) -> Line<'_> {
    Line::Step(step, text::clean(&step.title))
}

/// Titles that are too long for their row go on below it while rows are free: the selected one's first.
fn whole_titles<'a>(lines: &mut Vec<Line<'a>>, scene: &Scene<'a>, width: usize, room: usize) {
    let selected = scene.selected_step();
    let steps = scene.shown_steps();
    for step in selected.into_iter().chain(steps.iter().filter(|step| selected.is_none_or(|one| one.id != step.id))) {
        let head = width.saturating_sub(
            INDENT + before_title(scene, step) + after_title(&step_time(scene, step, scene.state.step(&step.id))),
        );
        let title = format!("{}{}", text::clean(&step.title), owner(step));
        let mut pieces = wrap(&title, head).into_iter();
        let Some(first) = pieces.next() else { continue };
        let rest = pieces.len();
        if rest == 0 || head < TITLE_MIN || lines.len() + rest > room {
            continue;
        }
        let Some(at) = lines.iter().position(|line| matches!(line, Line::Step(one, _) if one.id == step.id)) else { continue };
        lines[at] = Line::Step(step, Cow::Owned(first));
        let style = title_style(scene, step, selected.is_some_and(|one| one.id == step.id));
        let margin = " ".repeat(before_title(scene, step));
        let below = pieces.map(|piece| Line::Remark(Cow::Owned(format!("{margin}{piece}")), style));
        lines.splice((at + 1)..=at, below);
    }
}

/// Cells between a step's mark and its title.
fn before_title(scene: &Scene, step: &Step) -> usize {
    let waits = scene.state.step(&step.id).is_none_or(|state| state.status == StepStatus::Waiting);
    number_width(step) + if step.dangerous && waits { 2 } else { 0 }
}

fn number_width(step: &Step) -> usize {
    step.number.len().max(3) + 1
}

/// Cells that the time takes behind the title.
fn after_title(time: &str) -> usize {
    if time.is_empty() { 0 } else { text::width(time) + 2 }
}

fn owner(step: &Step) -> String {
    step.owner.as_ref().map_or_else(String::new, |owner| format!("  @{}", text::clean(owner.as_str())))
}

fn gate_line<'a>(lines: &mut Vec<Line<'a>>, place: usize, phase: &'a Phase) {
    if phase.gate.is_some() {
        lines.push(Line::Gate(place, phase));
    }
}

/// What a rollback is verified by.
fn verification<'a>(lines: &mut Vec<Line<'a>>, scene: &Scene<'a>) {
    let Some(rollback) = scene.state.runbook.rollback.as_ref().filter(|rollback| !rollback.verify.is_empty()) else {
        return;
    };
    lines.push(Line::Remark(Cow::Borrowed("verified by"), scene.theme.muted()));
    criteria(lines, &rollback.verify);
}

fn criteria<'a>(lines: &mut Vec<Line<'a>>, criteria: &'a [Criterion]) {
    let widest = criteria.iter().map(|criterion| text::width(&criterion.text)).max().unwrap_or(0);
    lines.extend(criteria.iter().map(|criterion| Line::Criterion(criterion, widest)));
}

fn step_lines<'a>(lines: &mut Vec<Line<'a>>, scene: &Scene<'a>, width: usize, step: &'a Step) {
    let theme = scene.theme;
    lines.push(plain_step(step));
    let Some(state) = scene.state.step(&step.id) else { return };
    let mut remark = |text: &str, style| remarks(lines, width, text, style);
    match &state.status {
        StepStatus::Waiting => {
            if let (Some(warn), true) = (&step.warn, is_next(scene, step)) {
                remark(&format!("careful: {warn}"), theme.warning());
            }
        }
        StepStatus::Running { bake, cancelled, .. } => {
            if let Some(why) = bake.as_ref().and_then(|bake| bake.paused.as_ref()) {
                remark(&format!("time stands still: {why}"), theme.unknown());
            }
            if let Some(stuck) = stuck::stuck(scene.state, step, scene.now) {
                remark(&stuck.to_string(), theme.warning());
            }
            if let Some(since) = cancelled {
                remark(&format!("told to end {} ago, killed after {}", scene.now - *since, step.grace), theme.warning());
            }
            match &step.kind {
                StepKind::Bake { criteria: all, .. } | StepKind::Until { criteria: all, .. } => criteria(lines, all),
                StepKind::Manual { instruction: text } => remark(&next::instruction(scene, text), theme.accent()),
                StepKind::Message { to, text, .. } => {
                    remark(&format!("{}: {}", alarm::reach(scene.state, to), next::instruction(scene, text)), theme.accent());
                }
                StepKind::Run { .. } | StepKind::Http(_) | StepKind::Wait { .. } | StepKind::Choose { .. } | StepKind::Group => {}
            }
        }
        StepStatus::Failed { why, .. } => remark(&say::failure(scene.state, why), theme.critical()),
        StepStatus::Skipped { by, reason, .. } if reason.is_empty() => {
            remark(&format!("by {}", say::by(scene.state, by)), theme.muted());
        }
        StepStatus::Skipped { by: By::Plan, reason, .. } => remark(&format!("not needed: {reason}"), theme.muted()),
        StepStatus::Skipped { by, reason, .. } => {
            remark(&format!("by {}: {reason}", say::by(scene.state, by)), theme.muted());
        }
        StepStatus::Lost { started, why, .. } => {
            remark(&lost(why), theme.unknown());
            let began = scene.state.wall(*started).clock(scene.state.runbook.zone);
            remark(&format!("it began at {began}; {}", last_words(state)), theme.muted());
        }
        StepStatus::Done { .. } => {}
    }
}

/// That nobody knows how a step ended, and why.
pub(super) fn lost(why: &str) -> String {
    if why.is_empty() { "nobody knows how it ended".to_owned() } else { format!("nobody knows how it ended: {why}") }
}

/// The last line of a step's output.
fn last_words(state: &StepState) -> String {
    state.output.back().map_or("it had printed nothing".to_owned(), |line| format!("its last output: {line}"))
}

/// A text below its step, on a few rows.
fn remarks(lines: &mut Vec<Line>, width: usize, text: &str, style: Style) {
    let pieces = wrap(&text::clean_line(text), width.saturating_sub(INDENT + 1));
    let cut = pieces.len() > REMARK_ROWS;
    lines.extend(pieces.into_iter().take(REMARK_ROWS).map(|piece| Line::Remark(Cow::Owned(piece), style)));
    if cut {
        lines.push(Line::Remark(Cow::Borrowed(".."), style));
    }
}

fn is_next(scene: &Scene, step: &Step) -> bool {
    next_step(scene).is_some_and(|next| next.id == step.id)
}

fn draw_line(row: &mut Row, scene: &Scene, line: &Line, selected: Option<&Step>) {
    let theme = scene.theme;
    match line {
        Line::Step(step, title) => step_row(row, scene, step, title, selected.is_some_and(|one| one.id == step.id)),
        Line::Criterion(criterion, widest) => criterion_row(row, scene, criterion, *widest, INDENT),
        Line::Remark(text, style) => {
            row.skip(INDENT).put(text, *style);
        }
        Line::Heading(title) => {
            row.put(" ", theme.muted()).put(title, theme.muted());
        }
        Line::Gate(place, phase) => gate_row(row, scene, *place, phase),
    }
}

/// `> ok   2.1 Send 10 % to blue       0:04`
fn step_row(row: &mut Row, scene: &Scene, step: &Step, shown: &str, selected: bool) {
    let theme = scene.theme;
    let state = scene.state.step(&step.id);
    let status = state.map_or(&StepStatus::Waiting, |state| &state.status);
    let next = *status == StepStatus::Waiting && is_next(scene, step);
    let style = words::step_style(status, next, theme);
    let title = title_style(scene, step, selected);
    row.column(if selected { scene.marks.pointer } else { " " }, 2, theme.title());
    row.column(words::step_mark(status, next), 5, style);
    let time = step_time(scene, step, state);
    if !time.is_empty() {
        row.right(" ", theme.normal()).right(&time, theme.normal()).right(" ", theme.normal());
    }
    row.put(&text::fit(&step.number, number_width(step)), title);
    if step.dangerous && *status == StepStatus::Waiting {
        row.put("! ", theme.warning());
    }
    row.put(shown, title);
    if *shown == *text::clean(&step.title) {
        row.put(&owner(step), theme.muted());
    }
    if step.optional && *status == StepStatus::Waiting {
        row.put(" (optional)", theme.muted());
    }
}

fn title_style(scene: &Scene, step: &Step, selected: bool) -> Style {
    let waits = scene.state.step(&step.id).is_none_or(|state| state.status == StepStatus::Waiting);
    if selected && scene.view.focus == Pane::Steps {
        scene.theme.selected()
    } else if waits && !is_next(scene, step) {
        scene.theme.muted()
    } else {
        scene.theme.normal()
    }
}

/// When it is planned, and how long it is expected to take: `09:30 ~15:00`, late after the limit.
fn waiting_time(scene: &Scene, step: &Step) -> String {
    let own = step.kind.own_length().map(|span| span.to_string());
    let planned = || match step.duration {
        Some(planned) if planned.limit > planned.expected => Some(format!("~{}..{}", planned.expected, planned.limit)),
        Some(planned) => Some(format!("~{}", planned.expected)),
        None => None,
    };
    let long = own.or_else(planned);
    let at = step.at.and_then(|at| schedule::moment(scene.state, at));
    let at = at.map(|at| scene.state.wall(at).clock_minutes(scene.state.runbook.zone));
    at.into_iter().chain(long).collect::<Vec<_>>().join(" ")
}

/// How long it took, has to go, or is expected to take.
fn step_time(scene: &Scene, step: &Step, state: Option<&StepState>) -> String {
    let Some(state) = state else { return String::new() };
    let tries = if state.attempt > 1 { format!("try {}  ", state.attempt) } else { String::new() };
    match &state.status {
        StepStatus::Waiting => waiting_time(scene, step),
        StepStatus::Running { started, bake, .. } => {
            let gone = scene.now - *started;
            let held = bake.as_ref().map_or(gone, |bake| bake.held_at(scene.now));
            let left = step.kind.own_length().map(|span| span - held);
            match (left, step.timeout) {
                (Some(left), _) => format!("{tries}{} left", left.or_zero()),
                (None, Some(timeout)) => format!("{tries}{gone} of {timeout}"),
                (None, None) => format!("{tries}{gone}"),
            }
        }
        StepStatus::Done { started, ended, .. } | StepStatus::Failed { started, ended, .. } => {
            format!("{tries}{}", *ended - *started)
        }
        StepStatus::Skipped { .. } => String::new(),
        StepStatus::Lost { noticed, .. } => {
            format!("{tries}since {}", scene.state.wall(*noticed).clock_minutes(scene.state.runbook.zone))
        }
    }
}

/// `       error_rate < 0.5% pass for 3:48`
pub(super) fn criterion_row(row: &mut Row, scene: &Scene, criterion: &Criterion, widest: usize, margin: usize) {
    let theme = scene.theme;
    let judged = judge(criterion, scene.state, scene.now);
    let style = theme.verdict(judged.verdict);
    let said = match (judged.verdict, judged.held) {
        (Verdict::Pass, Some(held)) => format!("pass for {held}"),
        (Verdict::Pass, None) => "pass".to_owned(),
        (Verdict::Fail, Some(held)) => format!("FAIL, {} now, for {held}", text::clean(&judged.now)),
        (Verdict::Fail, None) => format!("FAIL, {} now", text::clean(&judged.now)),
        (Verdict::Unknown, _) => format!("UNKNOWN {}", text::clean(&judged.reason)),
    };
    row.skip(margin);
    let name = row.room().saturating_sub(15).min(widest);
    row.column(&text::clean(&criterion.text), name, theme.normal()).put(" ", theme.normal()).put(&said, style);
}

/// `  --   gate Continue to 50 %?`
fn gate_row(row: &mut Row, scene: &Scene, place: usize, phase: &Phase) {
    let theme = scene.theme;
    let Some((gate, state)) = phase.gate.as_ref().zip(scene.state.phases.get(place)) else { return };
    let decided = state.gate.decided.as_ref().map(|decided| &decided.decision);
    let (mark, style, said) = match (state.gate.open, decided) {
        (Some(since), _) => ("GATE", theme.title(), format!("open {}", scene.now - since)),
        (None, Some(Decision::Go { waiver: None })) => ("ok", theme.good(), "GO".to_owned()),
        (None, Some(Decision::Go { waiver: Some(_) })) => ("ok", theme.warning(), "GO, waiver".to_owned()),
        (None, Some(Decision::NoGo { .. })) => ("NOGO", theme.critical(), "NO-GO".to_owned()),
        (None, Some(Decision::Hold { .. })) => ("HOLD", theme.warning(), "held".to_owned()),
        (None, None) => ("--", theme.muted(), String::new()),
    };
    row.skip(2).column(mark, 5, style);
    if !said.is_empty() {
        row.right(" ", theme.normal()).right(&said, style).right(" ", theme.normal());
    }
    if state.gate.open.is_none() {
        row.put("gate ", theme.muted());
    }
    row.put(&text::clean(&gate.question), if state.gate.open.is_some() { theme.title() } else { theme.normal() });
}
