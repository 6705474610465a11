//! What a step prints, as it prints it. It stands behind a margin, so that it is never taken for the console's own words.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::room::state::{StepState, StepStatus};
use crate::runbook::model::Step;
use crate::text;
use crate::tui::panes::kit::{Page, Row, count};
use crate::tui::panes::search;
use crate::tui::panes::words::{step_mark, step_style};
use crate::tui::scene::Scene;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let theme = scene.theme;
    let mut page = Page::new(frame.buffer_mut(), area);
    let found = looked_at(scene).and_then(|step| Some((step, scene.state.step(&step.id)?)));
    let Some((step, state)) = found else {
        page.row().put(" OUTPUT  no step is selected", theme.muted());
        return;
    };
    heading(&mut page.row(), scene, step, state);
    if state.output.is_empty() {
        let said = match state.status {
            StepStatus::Waiting | StepStatus::Running { .. } if !step.kind.runs_outside() => "a step of this kind prints nothing",
            StepStatus::Waiting => "has not run yet",
            StepStatus::Running { .. } => "has printed nothing so far",
            StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. } => {
                "printed nothing"
            }
        };
        page.row().put("   ", theme.muted()).put(said, theme.muted());
        return;
    }
    let rows = page.room() as u64;
    let gone = state.printed.saturating_sub(state.output.len() as u64);
    let end = scene.view.output.end(gone, state.printed);
    // Kept lines are the newest ones; the first of them is the one after what is gone.
    let last = (end.saturating_sub(gone) as usize).min(state.output.len());
    let first = last.saturating_sub(rows as usize);
    for line in state.output.range(first..last) {
        let mut row = page.row();
        row.put(" ", theme.normal()).put(scene.marks.down, theme.border()).put(" ", theme.normal());
        search::put(&mut row, scene, &text::clean(line), theme.output());
    }
}

/// The step whose output is looked at; where nobody chose one that prints, the last one that has printed.
fn looked_at<'a>(scene: &Scene<'a>) -> Option<&'a Step> {
    let step = scene.output_step();
    if scene.view.step.is_some() || step.is_some_and(|step| step.kind.runs_outside()) {
        return step;
    }
    let printed = |step: &&Step| scene.state.step(&step.id).is_some_and(|state| state.printed > 0);
    scene.shown_steps().iter().rev().find(printed).or(step)
}

/// ` OUTPUT  2.1 Send 10 % to blue    >>      follows   120 lines, 40 not kept`
fn heading(row: &mut Row, scene: &Scene, step: &Step, state: &StepState) {
    let theme = scene.theme;
    row.put(" OUTPUT  ", theme.title());
    let lines = count(state.printed as usize, "line");
    let facts = if state.omitted > 0 { format!("{lines}, {} of them not kept here", state.omitted) } else { lines };
    row.right(&format!("{facts} "), theme.muted()).right("   ", theme.muted());
    match scene.view.output.held {
        Some(_) => row.right("held, newer below", theme.warning()),
        None => row.right("follows", theme.muted()),
    };
    row.right("  ", theme.muted());
    row.put(step_mark(&state.status, false), step_style(&state.status, false, theme)).put(" ", theme.normal());
    row.put(&format!("{} {}", step.number, text::clean(&step.title)), theme.normal());
}
