//! What follows by itself: from time passing, evidence changing and steps ending.
//!
//! Asked after each event and each second. Applied, and asked again, it comes to an empty list. Nothing here
//! goes past a gate: that takes a person. Unknown evidence neither starts a rollback nor lets a bake go on.

mod steps;
mod triggers;

pub use triggers::{counted_anew, watches};

use crate::measure::judge::Verdict;
use crate::room::baseline;
use crate::room::decide::{counting_down, is_running, is_settled};
use crate::room::event::{By, Event};
use crate::room::state::{PhaseStatus, Stage, State};
use crate::runbook::model::{Phase, Rollback};
use crate::time::Moment;

/// The events that are due at `now`.
pub fn follow(state: &State, now: Moment) -> Vec<Event> {
    if state.closed.is_some() {
        return Vec::new();
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
    match state.stage {
        Stage::Planned | Stage::Ended(..) => Vec::new(),
        Stage::Underway { phase } => plan_goes_on(state, phase, now),
        Stage::RollingBack => {
            state.runbook.rollback.as_ref().map_or_else(Vec::new, |rollback| rollback_goes_on(state, rollback, now))
        }
    }
}

fn plan_goes_on(state: &State, place: usize, now: Moment) -> Vec<Event> {
    let Some(phase) = state.runbook.phases.get(place) else { return Vec::new() };
    match state.phases[place].status {
        // A phase begins with its first step; one that is only a gate begins at once.
        PhaseStatus::Waiting if phase.steps.is_empty() => vec![Event::PhaseBegan { phase: phase.id.clone() }],
        PhaseStatus::Waiting => Vec::new(),
        PhaseStatus::Active { .. } => phase_goes_on(state, place, phase, now),
        PhaseStatus::Over { .. } if counting_down(state).is_some() => Vec::new(),
        PhaseStatus::Over { .. } => vec![Event::DeploymentCompleted],
    }
}

fn phase_goes_on(state: &State, place: usize, phase: &Phase, now: Moment) -> Vec<Event> {
    if state.hold.is_some() || counting_down(state).is_some() {
        return Vec::new();
    }
    if let Some(expired) = expired(state, place, phase, now) {
        return vec![expired];
    }
    if let Some(next) = phase.steps.iter().find(|step| !is_settled(state, &step.id)) {
        let waiting = steps::is_waiting(state, &next.id);
        // With nobody in command nothing new begins.
        return if waiting && next.kind.begins_by_itself() && state.commander().is_some() {
            vec![steps::start(state, next)]
        } else {
            Vec::new()
        };
    }
    let gate = &state.phases[place].gate;
    match (&phase.gate, gate.open) {
        (Some(_), Some(_)) => Vec::new(),
        (Some(_), None) => vec![Event::GateOpened { phase: phase.id.clone(), instance: gate.instance + 1 }],
        (None, _) => vec![Event::PhaseEnded { phase: phase.id.clone() }],
    }
}

/// A gate may expire into a hold, never into GO.
fn expired(state: &State, place: usize, phase: &Phase, now: Moment) -> Option<Event> {
    let after = phase.gate.as_ref()?.expires?;
    let gate = &state.phases[place].gate;
    let due = gate.counts_since.is_some_and(|since| gate.open.is_some() && now - since >= after);
    due.then(|| Event::GateExpired { phase: phase.id.clone(), instance: gate.instance, after })
}

/// The steps of a rollback run one after the other by themselves: speed is what counts, and a person has asked
/// for them all. A step that failed, or that is marked dangerous, waits for that person again.
fn rollback_goes_on(state: &State, rollback: &Rollback, now: Moment) -> Vec<Event> {
    // What was running when the rollback began is stopped first.
    if state.runbook.all_steps().any(|step| is_running(state, &step.id)) {
        return Vec::new();
    }
    if let Some(next) = rollback.steps.iter().find(|step| !is_settled(state, &step.id)) {
        let ready = steps::is_waiting(state, &next.id) && !next.dangerous;
        return if ready { vec![steps::start(state, next)] } else { Vec::new() };
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
