//! What follows by itself: from time passing, evidence changing and steps ending.
//!
//! Asked after each event and each second. Applied, and asked again, it comes to an empty list. Nothing here
//! goes past a gate: that takes a person. Unknown evidence neither starts a rollback nor lets a bake go on.

mod steps;
mod triggers;
mod watches;

pub use triggers::{Pending, counted_anew, pending, watches};

use crate::measure::judge::Verdict;
use crate::room::baseline;
use crate::room::decide::{counting_down, signature_waited_for};
use crate::room::event::{By, Event};
use crate::room::order::{self, is_running, is_settled};
use crate::room::state::{Answer, PhaseStatus, Stage, State};
use crate::runbook::model::{Phase, Rollback, Step, When};
use crate::time::Moment;

/// The events that are due at `now`.
pub fn follow(state: &State, now: Moment) -> Vec<Event> {
    if state.closed.is_some() {
        return Vec::new();
    }
    if let Some(lapsed) = ask_lapsed(state, now) {
        return vec![lapsed];
    }
    let due = baseline::due(state, now);
    if !due.is_empty() {
        return due;
    }
    let due = triggers::due(state, now);
    if !due.is_empty() {
        return due;
    }
    let due = steps::due(state, now);
    if !due.is_empty() {
        return due;
    }
    let due = watches::due(state, now);
    if !due.is_empty() {
        return due;
    }
    let left_over = steps::stop_background(state, |step| !steps::is_current(state, step), "its phase is over");
    if !left_over.is_empty() {
        return left_over;
    }
    match state.stage {
        Stage::Planned | Stage::Ended(..) => Vec::new(),
        Stage::Underway { phase } => plan_goes_on(state, phase, now),
        Stage::RollingBack => {
            state.runbook.rollback.as_ref().map_or_else(Vec::new, |rollback| rollback_goes_on(state, rollback, now))
        }
    }
}

/// Who asks for the conn and is not answered may ask again. It never passes by that: a commander who is gone is another matter.
fn ask_lapsed(state: &State, now: Moment) -> Option<Event> {
    let asked = state.conn_asked.as_ref().filter(|asked| now >= asked.lapses())?;
    Some(Event::ConnAskLapsed { by: asked.by.clone(), of: state.conn.clone() })
}

fn plan_goes_on(state: &State, place: usize, now: Moment) -> Vec<Event> {
    let Some(phase) = state.runbook.phases.get(place) else { return Vec::new() };
    match state.phases[place].status {
        PhaseStatus::Waiting => before_phase(state, place, phase),
        PhaseStatus::Active { .. } => phase_goes_on(state, place, phase, now),
        PhaseStatus::Over { .. } if counting_down(state).is_some() => Vec::new(),
        PhaseStatus::Over { .. } => end_of_the_plan(state),
    }
}

/// A phase begins with its first step; one that is only a gate begins at once, and one that does not apply not at all.
fn before_phase(state: &State, place: usize, phase: &Phase) -> Vec<Event> {
    let left_out = match (&phase.when, &state.phases[place].answer) {
        (Some(When::Never { why }), _) => Some(why.clone()),
        (Some(When::Ask { question }), Some(Answer { yes: false, by, .. })) => Some(format!("{by} says no: {question}")),
        (Some(When::Ask { .. }), None) => return Vec::new(),
        (Some(When::Var { .. } | When::Ask { .. }) | None, _) => None,
    };
    if let Some(reason) = left_out {
        return vec![Event::PhaseNotNeeded { phase: phase.id.clone(), reason }];
    }
    let left_out = steps::not_needed(state, &phase.steps);
    if !left_out.is_empty() {
        return left_out;
    }
    let begins = phase.steps.iter().all(|step| is_settled(state, step));
    if begins { vec![Event::PhaseBegan { phase: phase.id.clone() }] } else { Vec::new() }
}

fn phase_goes_on(state: &State, place: usize, phase: &Phase, now: Moment) -> Vec<Event> {
    if state.hold.is_some() || counting_down(state).is_some() {
        return Vec::new();
    }
    if let Some(expired) = expired(state, place, phase, now) {
        return vec![expired];
    }
    // With nobody in command nothing new begins.
    let commanded = state.commander().is_some();
    let next = steps::go_on(state, &phase.steps, |step| commanded && order::begins_by_itself(state, &phase.steps, step));
    if !next.is_empty() || phase.steps.iter().any(|step| !is_settled(state, step)) {
        return next;
    }
    let gate = &state.phases[place].gate;
    match (&phase.gate, gate.open) {
        (Some(_), Some(_)) => Vec::new(),
        (Some(_), None) => vec![Event::GateOpened { phase: phase.id.clone(), instance: gate.instance + 1 }],
        (None, _) => vec![Event::PhaseEnded { phase: phase.id.clone() }],
    }
}

fn end_of_the_plan(state: &State) -> Vec<Event> {
    let stopped = steps::stop_background(state, |_| true, "the plan is done");
    if !stopped.is_empty() {
        return stopped;
    }
    // Who has to sign for it has not yet.
    if signature_waited_for(state).is_empty() { vec![Event::DeploymentCompleted] } else { Vec::new() }
}

/// A gate may expire into a hold, never into GO.
fn expired(state: &State, place: usize, phase: &Phase, now: Moment) -> Option<Event> {
    let after = phase.gate.as_ref()?.expires?;
    let gate = &state.phases[place].gate;
    let due = gate.counts_since.is_some_and(|since| gate.open.is_some() && now - since >= after);
    due.then(|| Event::GateExpired { phase: phase.id.clone(), instance: gate.instance, after })
}

/// The steps of a rollback run one after the other by themselves: speed is what counts, and a person has asked
/// for them all. A step that failed, or that waits for a person, waits for that person again.
fn rollback_goes_on(state: &State, rollback: &Rollback, now: Moment) -> Vec<Event> {
    let own = |step: &Step| rollback.steps.iter().any(|one| one.id == step.id);
    // What was running when the rollback began is stopped first.
    if state.runbook.all_steps().any(|step| is_running(state, &step.id) && !own(step)) {
        return Vec::new();
    }
    let ready = |step: &Step| !step.waits_for_a_person() || order::begins_by_itself(state, &rollback.steps, step);
    let next = steps::go_on(state, &rollback.steps, |step| ready(step) && order::open_question(state, step).is_none());
    if !next.is_empty() || rollback.steps.iter().any(|step| !is_settled(state, step)) {
        return next;
    }
    let evidence = state.rollback_evidence(now);
    if evidence.is_empty() {
        let reason = "the runbook names nothing to verify it by".to_owned();
        return vec![Event::RollbackEnded { verified: false, by: By::Plan, reason, evidence }];
    }
    if evidence.iter().all(|judgement| judgement.verdict == Verdict::Pass) {
        return vec![Event::RollbackEnded { verified: true, by: By::Plan, reason: String::new(), evidence }];
    }
    Vec::new()
}
