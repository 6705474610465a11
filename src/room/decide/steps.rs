//! Running, stopping, repeating and skipping steps.

use crate::id::{OperatorId, StepId};
use crate::room::action::Refusal;
use crate::room::decide::{Decision, counting_down, ended, need_reason, refuse};
use crate::room::event::{By, Done, Event, Failure};
use crate::room::order;
use crate::room::say;
use crate::room::state::{PhaseStatus, Stage, State, StepState, StepStatus};
use crate::runbook::model::{Inside, Letter, Step, StepKind};

/// A step with what is known of it and the steps it stands among.
pub(super) struct Place<'a> {
    pub(super) step: &'a Step,
    pub(super) now: &'a StepState,
    /// The steps of its phase, or of the rollback.
    among: &'a [Step],
}

/// The step, when it belongs to what is being worked on.
pub(super) fn find<'a>(state: &'a State, id: &StepId) -> Result<Place<'a>, Refusal> {
    match &state.stage {
        Stage::Planned => return Err(Refusal::new("the deployment has not been started yet: begin it first")),
        Stage::Ended(ending, _) => return Err(Refusal::new(format!("the deployment has ended: {}", ended(ending)))),
        Stage::Underway { .. } | Stage::RollingBack => {}
    }
    let among = order::current(state);
    let found = among.iter().find(|step| step.id == *id).zip(state.steps.get(id));
    match found {
        Some((step, now)) => Ok(Place { step, now, among }),
        None => Err(Refusal::new(match state.runbook.step(id) {
            Some(step) => format!("{} is not in the part of the plan that is being worked on", step.number),
            None => format!("there is no step {id}"),
        })),
    }
}

/// Steps run one after the other: what stands before this one and is not settled stands in its way.
pub(super) fn in_the_way(state: &State, place: &Place) -> Result<(), Refusal> {
    if let (Stage::Underway { .. }, Some(hold)) = (&state.stage, &state.hold) {
        return Err(Refusal::new(format!("held by {}: {} (u resumes)", say::by(state, &hold.by), hold.reason)));
    }
    if let Some(title) = counting_down(state) {
        return Err(Refusal::new(format!("trigger \"{title}\" counts down to the rollback: veto it first")));
    }
    if let Stage::Underway { phase } = state.stage
        && let Some(question) = order::open_phase_question(state, phase)
    {
        return Err(Refusal::new(format!("the phase asks first: {question}")));
    }
    if let Some(running) = order::in_its_place(state, place.among, place.step) {
        return Err(Refusal::new(format!("{} is still running", running.number)));
    }
    if let Some(before) = order::before(state, place.among, place.step) {
        return Err(Refusal::new(format!("{} comes first: run it, or skip it with a reason", before.number)));
    }
    if let Some(question) = order::open_question(state, place.step) {
        return Err(Refusal::new(format!("{} asks first: {question}", place.step.number)));
    }
    match order::lacking(state, place.step).zip(order::lacks(state, place.step)) {
        Some((lacking, name)) => {
            Err(Refusal::new(format!("{lacking}: give it (Enter asks for it; in words: value {name} VALUE)")))
        }
        None => Ok(()),
    }
}

/// A step that wants a second person is not begun by one alone.
fn agreed(place: &Place, by: &OperatorId) -> Result<(), Refusal> {
    let alone = match &place.now.seconded {
        Some((person, _)) => person == by.as_str(),
        None => true,
    };
    if place.step.second_person && alone {
        let number = &place.step.number;
        return Err(Refusal::new(format!("{number} wants a second person besides {by} to agree")));
    }
    Ok(())
}

/// The events that start a step, and its phase with it when it is the first to run.
pub(super) fn started(state: &State, place: &Place, by: By) -> Vec<Event> {
    let mut events = Vec::new();
    if let Stage::Underway { phase } = state.stage
        && state.phases.get(phase).is_some_and(|phase| phase.status == PhaseStatus::Waiting)
    {
        events.push(Event::PhaseBegan { phase: state.runbook.phases[phase].id.clone() });
    }
    events.push(Event::StepStarted { step: place.step.id.clone(), attempt: place.now.attempt + 1, by });
    events
}

/// A look that failed may show that what was done has to be done again.
fn verified_badly(state: &State, place: &Place) -> bool {
    let looks = place.among.iter().filter(|step| step.inside == Some(Inside::Verify(place.step.id.clone())));
    let failed = |step: &Step| state.steps.get(&step.id).is_some_and(|now| matches!(now.status, StepStatus::Failed { .. }));
    looks.into_iter().any(failed)
}

pub(super) fn run(state: &State, id: &StepId, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let number = &place.step.number;
    match &place.now.status {
        StepStatus::Waiting => {}
        StepStatus::Running { .. } => return refuse(format!("{number} is running already")),
        StepStatus::Done { .. } => return refuse(format!("{number} is done")),
        StepStatus::Failed { .. } => return refuse(format!("{number} failed: r runs it again, s skips it with a reason")),
        StepStatus::Skipped { .. } => return refuse(format!("{number} was skipped: r runs it after all")),
        StepStatus::Lost { .. } => {
            return refuse(format!("{number} is LOST: look what became of it, then d done, f failed or r again"));
        }
    }
    if let StepKind::Choose { options } = &place.step.kind {
        let letters: Vec<String> = (0..options.len()).map(|place| Letter(place as u8).letter().to_string()).collect();
        return refuse(format!("{number} is a choice: take one of {}", letters.join(", ")));
    }
    in_the_way(state, &place)?;
    agreed(&place, by)?;
    Ok(started(state, &place, By::Operator(by.clone())))
}

pub(super) fn retry(state: &State, id: &StepId, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let number = &place.step.number;
    match &place.now.status {
        StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. } => {}
        StepStatus::Waiting => return refuse(format!("{number} has not run yet: Enter runs it")),
        StepStatus::Running { .. } => return refuse(format!("{number} is still running: x stops it")),
        StepStatus::Done { .. } if verified_badly(state, &place) => {}
        StepStatus::Done { .. } => return refuse(format!("{number} is done")),
    }
    in_the_way(state, &place)?;
    agreed(&place, by)?;
    Ok(started(state, &place, By::Operator(by.clone())))
}

pub(super) fn cancel(state: &State, id: &StepId, reason: &str, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let number = &place.step.number;
    match &place.now.status {
        StepStatus::Running { cancelled: None, .. } => {}
        StepStatus::Running { cancelled: Some(_), .. } => return refuse(format!("{number} is being stopped already")),
        StepStatus::Waiting
        | StepStatus::Done { .. }
        | StepStatus::Failed { .. }
        | StepStatus::Skipped { .. }
        | StepStatus::Lost { .. } => return refuse(format!("{number} is not running")),
    }
    let reason = need_reason(reason, "stopping a step")?;
    Ok(cancelled(place.step, place.now, &By::Operator(by.clone()), &reason))
}

/// What stops a running step: for a machine's the order to do so, for a person's or the clock's its end.
pub(super) fn cancelled(step: &Step, now: &StepState, by: &By, reason: &str) -> Vec<Event> {
    let (id, attempt) = (step.id.clone(), now.attempt);
    let mut events = vec![Event::StepCancelled { step: id.clone(), attempt, by: by.clone(), reason: reason.to_owned() }];
    if !step.kind.runs_outside() {
        events.push(Event::StepFailed { step: id, attempt, why: Failure::Cancelled, ended: None });
    }
    events
}

pub(super) fn skip(state: &State, id: &StepId, reason: &str, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let number = &place.step.number;
    match &place.now.status {
        StepStatus::Waiting | StepStatus::Failed { .. } | StepStatus::Lost { .. } => {}
        StepStatus::Running { .. } => return refuse(format!("{number} is running: x stops it, then it can be skipped")),
        StepStatus::Done { .. } => return refuse(format!("{number} is done")),
        StepStatus::Skipped { .. } => return refuse(format!("{number} is skipped already")),
    }
    let unasked = place.step.optional && place.now.status == StepStatus::Waiting;
    let reason = if unasked { reason.trim().to_owned() } else { need_reason(reason, "skipping a step")? };
    Ok(vec![Event::StepSkipped { step: id.clone(), by: by.clone(), reason }])
}

pub(super) fn finish(state: &State, id: &StepId, note: &str, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let (number, manual) = (&place.step.number, place.step.kind.by_hand());
    let how = Done::Manual { by: by.clone(), note: note.trim().to_owned() };
    let done = |attempt| Event::StepDone { step: id.clone(), attempt, how, ended: None };
    match &place.now.status {
        StepStatus::Running { .. } if manual => {
            let typed = typed(&place, place.now.attempt, note)?;
            Ok(std::iter::once(done(place.now.attempt)).chain(typed).collect())
        }
        StepStatus::Waiting if manual => {
            in_the_way(state, &place)?;
            agreed(&place, by)?;
            let mut events = started(state, &place, By::Operator(by.clone()));
            events.push(done(place.now.attempt + 1));
            events.extend(typed(&place, place.now.attempt + 1, note)?);
            Ok(events)
        }
        StepStatus::Lost { .. } => {
            need_reason(note, "marking a lost step as done")?;
            Ok(vec![done(place.now.attempt)])
        }
        StepStatus::Running { .. } => refuse(format!("{number} ends by itself; x stops it")),
        StepStatus::Waiting => refuse(format!("{number} is run by warroom: Enter runs it")),
        StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. } => {
            refuse(format!("{number} is over already"))
        }
    }
}

/// What a person types where the plan asks for a value.
fn typed(place: &Place, attempt: u32, note: &str) -> Result<Option<Event>, Refusal> {
    let Some(capture) = place.step.capture.first() else { return Ok(None) };
    let value = note.trim();
    if value.is_empty() {
        let (number, name) = (&place.step.number, &capture.name);
        return Err(Refusal::new(format!(
            "{number} asks for a value: {name} (d asks for it; in words: done {number} --note VALUE)"
        )));
    }
    let values = [(capture.name.clone(), value.to_owned())].into();
    Ok(Some(Event::ValuesCaptured { step: place.step.id.clone(), attempt, values }))
}

pub(super) fn fail(state: &State, id: &StepId, reason: &str, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let (number, manual) = (&place.step.number, place.step.kind.by_hand());
    match &place.now.status {
        StepStatus::Running { .. } if manual => {}
        StepStatus::Lost { .. } => {}
        StepStatus::Running { .. }
        | StepStatus::Waiting
        | StepStatus::Done { .. }
        | StepStatus::Failed { .. }
        | StepStatus::Skipped { .. } => return refuse(format!("{number} is not waiting for a person's word")),
    }
    let why = Failure::Manual { by: by.clone(), reason: need_reason(reason, "a failure")? };
    Ok(vec![Event::StepFailed { step: id.clone(), attempt: place.now.attempt, why, ended: None }])
}
