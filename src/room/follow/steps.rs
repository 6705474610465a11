//! Steps that the clock or the evidence ends: waits, bakes, and what takes too long.

use crate::id::StepId;
use crate::measure::criterion::Criterion;
use crate::measure::judge::Verdict;
use crate::room::event::{By, Done, Event, Failure};
use crate::room::state::{BakeState, State, StepState, StepStatus};
use crate::runbook::model::{Step, StepKind};
use crate::time::{Moment, Span};

/// How long a bake may wait for its first sample before the log says so.
const FIRST_SAMPLE: Span = Span(10_000);

pub(super) fn is_waiting(state: &State, id: &StepId) -> bool {
    state.steps.get(id).is_some_and(|step| step.status == StepStatus::Waiting)
}

pub(super) fn start(state: &State, step: &Step) -> Event {
    let attempt = state.steps.get(&step.id).map_or(0, |step| step.attempt) + 1;
    Event::StepStarted { step: step.id.clone(), attempt, by: By::Plan }
}

pub(super) fn due(state: &State, now: Moment) -> Vec<Event> {
    state.runbook.all_steps().filter_map(|step| running(state, step, state.steps.get(&step.id)?, now)).collect()
}

fn running(state: &State, step: &Step, at: &StepState, now: Moment) -> Option<Event> {
    let StepStatus::Running { started, bake, .. } = &at.status else { return None };
    let (id, attempt) = (step.id.clone(), at.attempt);
    let took = now - *started;
    let timed_out = step.timeout.filter(|timeout| took >= *timeout);
    match &step.kind {
        StepKind::Wait { span } if took >= *span => Some(Event::StepDone { step: id, attempt, how: Done::Elapsed }),
        StepKind::Bake { span, criteria } => bake_goes_on(state, step, bake.as_ref()?, *span, criteria, (*started, attempt), now),
        StepKind::Manual { .. } => {
            timed_out.map(|after| Event::StepFailed { step: id, attempt, why: Failure::TimedOut { after } })
        }
        // The engine times what it runs itself, since it has to stop it too.
        StepKind::Wait { .. } | StepKind::Run { .. } | StepKind::Http(_) => None,
    }
}

/// A failing criterion ends the bake, an unknown one stops its clock, and only time that held counts.
fn bake_goes_on(
    state: &State,
    step: &Step,
    bake: &BakeState,
    span: Span,
    criteria: &[Criterion],
    (started, attempt): (Moment, u32),
    now: Moment,
) -> Option<Event> {
    let id = step.id.clone();
    // What was measured before the bake began proves nothing about it.
    let since = Some(started);
    let first = |wanted| criteria.iter().find(|criterion| state.verdict_since(criterion, since, now) == wanted);
    if let Some(failed) = first(Verdict::Fail) {
        let why = Failure::Criterion(Box::new(state.judge_since(failed, since, now)));
        return Some(Event::StepFailed { step: id, attempt, why });
    }
    if let Some(unknown) = first(Verdict::Unknown) {
        let unknown = state.judge_since(unknown, since, now);
        let why = format!("{}: {}", unknown.criterion, unknown.reason);
        // Its first sample is on its way; that needs no word yet.
        let just_begun = bake.held == Span::ZERO && bake.since.is_none() && now - started < FIRST_SAMPLE;
        return (bake.since.is_some() || bake.paused.is_none() && !just_begun).then_some(Event::BakePaused {
            step: id,
            attempt,
            why,
        });
    }
    if bake.since.is_none() {
        return Some(Event::BakeResumed { step: id, attempt });
    }
    (bake.held_at(now) >= span).then_some(Event::StepDone { step: id, attempt, how: Done::Elapsed })
}
