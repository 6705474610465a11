//! Steps that the clock or the evidence ends: waits, bakes, and what takes too long.

use crate::id::StepId;
use crate::measure::criterion::Criterion;
use crate::measure::judge::Verdict;
use crate::room::event::{Asker, By, Done, Event, Failure};
use crate::room::order;
use crate::room::state::{BakeState, PhaseStatus, Stage, State, StepState, StepStatus};
use crate::runbook::model::{Ends, Step, StepKind};
use crate::time::{Moment, Span};

/// How long a bake may wait for its first sample before the log says so.
const FIRST_SAMPLE: Span = Span(10_000);

fn is_waiting(state: &State, id: &StepId) -> bool {
    state.steps.get(id).is_some_and(|step| step.status == StepStatus::Waiting)
}

/// The steps that the plan leaves out, as far as that is known.
pub(super) fn not_needed(state: &State, steps: &[Step]) -> Vec<Event> {
    let waiting = steps.iter().filter(|step| is_waiting(state, &step.id));
    let left_out = waiting.filter_map(|step| {
        let reason = order::not_needed(state, steps, step)?;
        Some(Event::StepNotNeeded { step: step.id.clone(), reason })
    });
    left_out.collect()
}

/// What comes next among steps: those left out, a group that is done, and what begins by itself.
pub(super) fn go_on(state: &State, steps: &[Step], ready: impl Fn(&Step) -> bool) -> Vec<Event> {
    let left_out = not_needed(state, steps);
    if !left_out.is_empty() {
        return left_out;
    }
    let over = |step: &&Step| {
        matches!(step.kind, StepKind::Group)
            && order::is_running(state, &step.id)
            && order::left_in_group(state, steps, step).next().is_none()
    };
    if let Some(group) = steps.iter().find(over) {
        let attempt = state.steps.get(&group.id).map_or(0, |step| step.attempt);
        return vec![Event::StepDone { step: group.id.clone(), attempt, how: Done::Parts, ended: None }];
    }
    let free = |step: &&Step| {
        is_waiting(state, &step.id)
            && ready(step)
            && order::before(state, steps, step).is_none()
            && order::in_its_place(state, steps, step).is_none()
            && order::lacks(state, step).is_none()
    };
    // One at a time: what begins may stand in the way of the next.
    steps.iter().find(free).map(|step| start(state, step)).into_iter().collect()
}

/// Whether the step is a part of what is being worked on.
pub(super) fn is_current(state: &State, step: &Step) -> bool {
    order::current(state).iter().any(|one| one.id == step.id)
}

/// Steps in the background that are to end now.
pub(super) fn stop_background(state: &State, ends: impl Fn(&Step) -> bool, why: &str) -> Vec<Event> {
    let whole_plan = matches!(state.stage, Stage::Underway { phase } if matches!(state.phases[phase].status, PhaseStatus::Over { .. }))
        || matches!(state.stage, Stage::Ended(..));
    let over = |step: &&Step| match step.kind.background() {
        Some(Ends::Phase) => ends(step),
        Some(Ends::Plan | Ends::Never) => whole_plan && ends(step),
        None => false,
    };
    let running = state.runbook.all_steps().filter(over).filter_map(|step| {
        let now = state.steps.get(&step.id)?;
        matches!(now.status, StepStatus::Running { cancelled: None, .. }).then_some((step, now.attempt))
    });
    let stopped = running.map(|(step, attempt)| match step.kind.background() {
        Some(Ends::Never) => Event::StepDone { step: step.id.clone(), attempt, how: Done::LeftRunning, ended: None },
        Some(Ends::Phase | Ends::Plan) | None => {
            Event::StepCancelled { step: step.id.clone(), attempt, by: By::Plan, reason: why.to_owned() }
        }
    });
    stopped.collect()
}

fn start(state: &State, step: &Step) -> Event {
    let attempt = state.steps.get(&step.id).map_or(0, |step| step.attempt) + 1;
    Event::StepStarted { step: step.id.clone(), attempt, by: By::Plan }
}

pub(super) fn due(state: &State, now: Moment) -> Vec<Event> {
    state.runbook.all_steps().filter_map(|step| running(state, step, state.steps.get(&step.id)?, now)).collect()
}

/// The moment, where no room was there at it: what happened then is learnt later.
fn in_the_gap(state: &State, at: Moment) -> Option<Moment> {
    state.gap.filter(|(from, to)| *from <= at && at < *to).map(|_| at)
}

fn running(state: &State, step: &Step, at: &StepState, now: Moment) -> Option<Event> {
    let StepStatus::Running { started, bake, .. } = &at.status else { return None };
    let (id, attempt) = (step.id.clone(), at.attempt);
    let took = now - *started;
    let timed_out = || {
        let after = step.timeout.filter(|timeout| took >= *timeout)?;
        let (step, why) = (id.clone(), Failure::TimedOut { after });
        Some(Event::StepFailed { step, attempt, why, ended: in_the_gap(state, *started + after) })
    };
    match &step.kind {
        StepKind::Wait { span } if took >= *span => {
            Some(Event::StepDone { step: id, attempt, how: Done::Elapsed, ended: in_the_gap(state, *started + *span) })
        }
        StepKind::Bake { span, criteria } => bake_goes_on(state, step, bake.as_ref()?, *span, criteria, (*started, attempt), now),
        StepKind::Until { hold, criteria } => {
            let due = until_goes_on(state, step, bake.as_ref()?, *hold, criteria, attempt, now);
            due.or_else(timed_out)
        }
        StepKind::Manual { .. } | StepKind::Message { .. } => timed_out(),
        // The engine times what it runs itself, since it has to stop it too.
        StepKind::Wait { .. } | StepKind::Run { .. } | StepKind::Http(_) | StepKind::Choose { .. } | StepKind::Group => None,
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
    // What was measured, or said, before the bake began proves nothing about it.
    let asker = Asker::Step { step: id.clone(), attempt };
    let first = |wanted| criteria.iter().find(|criterion| state.verdict(criterion, &asker, now) == wanted);
    if let Some(failed) = first(Verdict::Fail) {
        let why = Failure::Criterion(Box::new(state.judge(failed, &asker, now)));
        return Some(Event::StepFailed { step: id, attempt, why, ended: None });
    }
    if let Some(unknown) = first(Verdict::Unknown) {
        let unknown = state.judge(unknown, &asker, now);
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
    (bake.held_at(now) >= span).then_some(Event::StepDone { step: id, attempt, how: Done::Elapsed, ended: None })
}

/// It ends once everything has been true for `hold`. What fails, or is unknown, sets that back to nothing.
fn until_goes_on(
    state: &State,
    step: &Step,
    bake: &BakeState,
    hold: Span,
    criteria: &[Criterion],
    attempt: u32,
    now: Moment,
) -> Option<Event> {
    let id = step.id.clone();
    let asker = Asker::Step { step: id.clone(), attempt };
    // It is asked at each look, maybe for days: each is judged once, and put into words only where something comes of it.
    let verdicts: Vec<_> = criteria.iter().map(|criterion| (criterion, state.verdict(criterion, &asker, now))).collect();
    let first = |wanted| verdicts.iter().find(|(_, verdict)| *verdict == wanted).map(|(criterion, _)| *criterion);
    if let Some(failed) = first(Verdict::Fail) {
        let broken = bake.since.is_some() || bake.held > Span::ZERO;
        return broken.then(|| {
            let judged = state.judge(failed, &asker, now);
            Event::UntilBroken { step: id, attempt, why: format!("{}: {}", judged.criterion, judged.now) }
        });
    }
    if let Some(unknown) = first(Verdict::Unknown) {
        return bake.since.is_some().then(|| {
            let judged = state.judge(unknown, &asker, now);
            Event::BakePaused { step: id, attempt, why: format!("{}: {}", judged.criterion, judged.reason) }
        });
    }
    // As for a gate the samples have to show it: a clock alone runs on while nobody looks.
    let shown = || criteria.iter().all(|one| state.verdict_held(one, hold, &asker, now) == Verdict::Pass);
    if bake.held_at(now) >= hold && (hold == Span::ZERO || bake.since.is_some() && shown()) {
        return Some(Event::StepDone { step: id, attempt, how: Done::Seen, ended: None });
    }
    bake.since.is_none().then_some(Event::BakeResumed { step: id, attempt })
}
