//! What a step prints, as it prints it. It stands behind a margin, so that it is never taken for the console's own words.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::room::state::{StepState, StepStatus};
use crate::room::{alarm, say};
use crate::runbook::model::{Step, StepKind};
use crate::text;
use crate::tui::panes::kit::{Page, Row, count};
use crate::tui::panes::words::{step_mark, step_style};
use crate::tui::panes::{next, search, steps};
use crate::tui::scene::Scene;

/// Cells before what a step without output says of itself.
const MARGIN: usize = 3;
/// Rows that one such text may take.
const STORY_ROWS: usize = 4;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let theme = scene.theme;
    let mut page = Page::new(frame.buffer_mut(), area);
    let found = scene.output_step().and_then(|step| Some((step, scene.state.step(&step.id)?)));
    let Some((step, state)) = found else {
        page.row().put(" OUTPUT  no step is selected", theme.muted());
        return;
    };
    heading(&mut page.row(), scene, step, state);
    if let (StepStatus::Lost { why, .. }, true) = (&state.status, step.kind.runs_outside()) {
        page.wrapped(("", theme.unknown()), MARGIN, (&text::clean(&steps::lost(why)), theme.unknown()), STORY_ROWS);
    }
    if !step.kind.runs_outside() && state.output.is_empty() {
        return without_output(&mut page, scene, step, &state.status);
    }
    if state.output.is_empty() {
        let said = match state.status {
            StepStatus::Waiting => "has not run yet",
            StepStatus::Running { .. } => "has printed nothing so far",
            StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. } => {
                "printed nothing"
            }
        };
        page.row().put("   ", theme.muted()).put(said, theme.muted());
        return;
    }
    printed(&mut page, scene, state);
}

/// The lines, down to the one that is looked at.
fn printed(page: &mut Page, scene: &Scene, state: &StepState) {
    let theme = scene.theme;
    let gone = state.printed.saturating_sub(state.output.len() as u64);
    let end = scene.view.output.end(gone, state.printed);
    // Kept lines are the newest ones; the first of them is the one after what is gone.
    let last = (end.saturating_sub(gone) as usize).min(state.output.len());
    let first = last.saturating_sub(page.room());
    for line in state.output.range(first..last) {
        let mut row = page.row();
        row.put(" ", theme.normal()).put(scene.marks.down, theme.border()).put(" ", theme.normal());
        search::put(&mut row, scene, &text::clean(line), theme.output());
    }
}

/// A step that prints nothing tells how it stands; below that, what was printed last before it.
fn without_output(page: &mut Page, scene: &Scene, step: &Step, status: &StepStatus) {
    let theme = scene.theme;
    let mut say = |text: &str, style| page.wrapped(("", style), MARGIN, (&text::clean(text), style), STORY_ROWS);
    match (&step.kind, status) {
        (_, StepStatus::Failed { why, .. }) => say(&say::failure(scene.state, why), theme.critical()),
        (_, StepStatus::Lost { why, .. }) => say(&steps::lost(why), theme.unknown()),
        (_, StepStatus::Skipped { by, reason, .. }) => {
            say(&format!("skipped by {}: {reason}", say::by(scene.state, by)), theme.muted());
        }
        (_, StepStatus::Done { how, .. }) => say(&say::done(scene.state, how), theme.good()),
        (StepKind::Manual { instruction: text }, StepStatus::Waiting | StepStatus::Running { .. }) => {
            say(&next::instruction(scene, text), theme.normal());
        }
        (StepKind::Message { to, text, .. }, StepStatus::Waiting | StepStatus::Running { .. }) => {
            say(&alarm::reach(scene.state, to), theme.accent());
            say(&next::instruction(scene, text), theme.normal());
        }
        (_, StepStatus::Waiting | StepStatus::Running { .. }) => {}
    }
    let judged = matches!(status, StepStatus::Waiting | StepStatus::Running { .. } | StepStatus::Failed { .. });
    if let (criteria @ [_, ..], true) = (step.kind.criteria(), judged) {
        let widest = criteria.iter().map(|criterion| text::width(&criterion.text)).max().unwrap_or(0);
        for criterion in criteria {
            steps::criterion_row(&mut page.row(), scene, criterion, widest, MARGIN);
        }
    }
    let before = scene.shown_steps().iter().rev().find_map(|other| {
        let state = scene.state.step(&other.id)?;
        (state.printed > 0).then_some((other, state))
    });
    match before {
        Some((other, state)) => {
            let said = format!("   {} prints nothing; last output: {} {}", step.number, other.number, text::clean(&other.title));
            page.row().put(&said, theme.muted());
            printed(page, scene, state);
        }
        None => {
            page.row().put("   a step of this kind prints nothing", theme.muted());
        }
    }
}

/// ` OUTPUT  2.1 Send 10 % to blue    >>      follows   120 lines, 40 not kept`
fn heading(row: &mut Row, scene: &Scene, step: &Step, state: &StepState) {
    let theme = scene.theme;
    row.put(" OUTPUT  ", theme.title());
    let quiet = state.output.is_empty() && !step.kind.runs_outside();
    let lines = count(state.printed as usize, "line");
    let facts = if state.omitted > 0 { format!("{lines}, {} of them not kept here", state.omitted) } else { lines };
    if !quiet {
        row.right(&format!("{facts} "), theme.muted()).right("   ", theme.muted());
        match scene.view.output.held {
            Some(_) => row.right("held, newer below", theme.warning()),
            None => row.right("follows", theme.muted()),
        };
        row.right("  ", theme.muted());
    }
    row.put(step_mark(&state.status, false), step_style(&state.status, false, theme)).put(" ", theme.normal());
    row.put(&format!("{} {}", step.number, text::clean(&step.title)), theme.normal());
}
