//! Steps: what they are doing, what they printed, how they ended.

use crate::id::{OperatorId, StepId};
use crate::room::event::{By, Done, Failure, Output};
use crate::room::state::{BakeState, OUTPUT_MAX, State, StepState, StepStatus};
use crate::runbook::model::{Inside, Step, StepKind};
use crate::time::{Moment, Span};

/// The step, when it runs and it is this attempt that does.
fn running<'a>(state: &'a mut State, step: &StepId, attempt: u32) -> Option<(&'a mut StepState, Moment)> {
    let step = state.steps.get_mut(step)?;
    match step.status {
        StepStatus::Running { started, .. } if step.attempt == attempt => Some((step, started)),
        StepStatus::Running { .. }
        | StepStatus::Waiting
        | StepStatus::Done { .. }
        | StepStatus::Failed { .. }
        | StepStatus::Skipped { .. }
        | StepStatus::Lost { .. } => None,
    }
}

pub(super) fn start(state: &mut State, id: &StepId, attempt: u32, by: &By, at: Moment) {
    let bakes = |step: &Step| matches!(step.kind, StepKind::Bake { .. } | StepKind::Until { .. });
    let bakes = state.runbook.step(id).is_some_and(bakes);
    reset_verifications(state, id);
    let Some(step) = state.steps.get_mut(id) else { return };
    // Nothing is baked before the evidence has been seen to be good.
    let bake = bakes.then_some(BakeState { held: Span::ZERO, since: None, paused: None });
    let status = StepStatus::Running { started: at, by: by.clone(), cancelled: None, bake };
    *step = StepState { status, attempt, answer: step.answer.take(), seconded: step.seconded.take(), ..StepState::default() };
}

/// What was verified of an earlier attempt says nothing about this one.
fn reset_verifications(state: &mut State, id: &StepId) {
    let runbook = state.runbook.clone();
    for step in runbook.all_steps().filter(|step| matches!(&step.inside, Some(Inside::Verify(parent)) if parent == id)) {
        reset(state, std::slice::from_ref(step));
    }
}

pub(super) fn print(state: &mut State, id: &StepId, attempt: u32, output: &Output, at: Moment) {
    // The last lines of a step may arrive after its exit was seen.
    let Some(step) = state.steps.get_mut(id).filter(|step| step.attempt == attempt) else { return };
    step.printed += output.lines.len() as u64 + output.omitted;
    step.omitted += output.omitted;
    step.heard = output.to.unwrap_or(step.heard);
    step.last_output = Some(output.printed_by.unwrap_or(at).min(at));
    let over = (step.output.len() + output.lines.len()).saturating_sub(OUTPUT_MAX);
    let dropped = over.min(step.output.len());
    step.output.drain(..dropped);
    step.omitted += over as u64;
    let kept = output.lines.len().min(OUTPUT_MAX);
    step.output.extend(output.lines[output.lines.len() - kept..].iter().cloned());
}

pub(super) fn cancel(state: &mut State, id: &StepId, attempt: u32, at: Moment) {
    let Some((step, _)) = running(state, id, attempt) else { return };
    if let StepStatus::Running { cancelled, .. } = &mut step.status {
        *cancelled = cancelled.or(Some(at));
    }
}

/// When a step ended that began then: as it is told, or else when it is recorded; never outside of what the room knows.
fn end_of(started: Moment, (ended, at): (Option<Moment>, Moment)) -> Moment {
    ended.unwrap_or(at).min(at).max(started)
}

pub(super) fn done(state: &mut State, id: &StepId, attempt: u32, how: &Done, end: (Option<Moment>, Moment)) {
    // A lost step may turn out to be done.
    let Some(step) = state.steps.get_mut(id).filter(|step| step.attempt == attempt) else { return };
    if let StepStatus::Running { started, .. } | StepStatus::Lost { started, .. } = step.status {
        step.status = StepStatus::Done { how: how.clone(), started, ended: end_of(started, end) };
    }
}

pub(super) fn failed(state: &mut State, id: &StepId, attempt: u32, why: &Failure, end: (Option<Moment>, Moment)) {
    let Some(step) = state.steps.get_mut(id).filter(|step| step.attempt == attempt) else { return };
    if let StepStatus::Running { started, .. } | StepStatus::Lost { started, .. } = step.status {
        step.status = StepStatus::Failed { why: why.clone(), started, ended: end_of(started, end) };
    }
}

pub(super) fn skipped(state: &mut State, id: &StepId, by: &OperatorId, reason: &str, at: Moment) {
    if let Some(step) = state.steps.get_mut(id) {
        step.status = StepStatus::Skipped { by: By::Operator(by.clone()), reason: reason.to_owned(), at };
    }
}

pub(super) fn not_needed(state: &mut State, id: &StepId, reason: &str, at: Moment) {
    if let Some(step) = state.steps.get_mut(id).filter(|step| step.status == StepStatus::Waiting) {
        step.status = StepStatus::Skipped { by: By::Plan, reason: reason.to_owned(), at };
    }
}

/// What was true for a while counts for nothing any more.
pub(super) fn break_until(state: &mut State, id: &StepId, attempt: u32) {
    let Some((step, _)) = running(state, id, attempt) else { return };
    if let StepStatus::Running { bake: Some(bake), .. } = &mut step.status {
        *bake = BakeState { held: Span::ZERO, since: None, paused: None };
    }
}

pub(super) fn lost(state: &mut State, id: &StepId, attempt: u32, why: &str, at: Moment) {
    let Some((step, started)) = running(state, id, attempt) else { return };
    step.status = StepStatus::Lost { started, noticed: at, why: why.to_owned() };
}

fn bake(step: &mut StepState) -> Option<&mut BakeState> {
    match &mut step.status {
        StepStatus::Running { bake, .. } => bake.as_mut(),
        StepStatus::Waiting
        | StepStatus::Done { .. }
        | StepStatus::Failed { .. }
        | StepStatus::Skipped { .. }
        | StepStatus::Lost { .. } => None,
    }
}

pub(super) fn pause_bake(state: &mut State, id: &StepId, attempt: u32, why: &str, at: Moment) {
    let without_a_break = state.runbook.step(id).is_some_and(|step| matches!(step.kind, StepKind::Until { .. }));
    let Some(bake) = running(state, id, attempt).and_then(|(step, _)| bake(step)) else { return };
    let held = if without_a_break { Span::ZERO } else { bake.held_at(at) };
    *bake = BakeState { held, since: None, paused: Some(why.to_owned()) };
}

pub(super) fn resume_bake(state: &mut State, id: &StepId, attempt: u32, at: Moment) {
    let Some(bake) = running(state, id, attempt).and_then(|(step, _)| bake(step)) else { return };
    bake.since = bake.since.or(Some(at));
    bake.paused = None;
}

/// The room was gone since its last record: what a bake's evidence was like in the gap, nobody knows.
pub(super) fn resume_room(state: &mut State) {
    let last = state.at;
    for bake in state.steps.values_mut().filter_map(bake) {
        let paused = bake.since.map(|_| "nobody watched while the room was gone".to_owned()).or_else(|| bake.paused.take());
        *bake = BakeState { held: bake.held_at(last), since: None, paused };
    }
}

/// Back to waiting, as when their phase is done again. The count of attempts goes on, and so does what runs.
pub(super) fn reset(state: &mut State, steps: &[Step]) {
    for step in steps {
        if let Some(step) = state.steps.get_mut(&step.id)
            && !matches!(step.status, StepStatus::Running { .. })
        {
            *step = StepState { attempt: step.attempt, ..StepState::default() };
        }
    }
}
