//! Phases, gates and the poll: how the deployment moves along its plan.

use crate::id::{PhaseId, TriggerId};
use crate::room::apply::{steps, watches, words};
use crate::room::event::{By, Decision, Event, Record, Subject};
use crate::room::schedule;
use crate::room::state::{Answer, Ballot, Decided, Hold, PhaseStatus, Stage, State, TriggerState};
use crate::runbook::model::{Then, Trigger};
use crate::time::{Moment, Span};

/// T is now, unless it was planned. A plan that begins before T (`T-30m`) begins now, so T is still to come.
pub(super) fn start(state: &mut State, at: Moment) {
    state.t0 = state.t0.or(Some(at + schedule::lead(&state.runbook)));
    state.started = Some(at);
    state.stage = Stage::Underway { phase: 0 };
}

fn place(state: &State, phase: &PhaseId) -> Option<usize> {
    state.runbook.phases.iter().position(|known| known.id == *phase)
}

/// A phase that was begun before is begun anew, and so is what came after it.
pub(super) fn begin_phase(state: &mut State, phase: &PhaseId, at: Moment) {
    let Some(place) = place(state, phase) else { return };
    for later in place..state.phases.len() {
        if state.phases[later].status != PhaseStatus::Waiting {
            reset_phase(state, later);
        }
    }
    state.phases[place].status = PhaseStatus::Active { began: at };
    state.stage = Stage::Underway { phase: place };
}

fn reset_phase(state: &mut State, place: usize) {
    state.phases[place].status = PhaseStatus::Waiting;
    state.phases[place].answer = None;
    state.phases[place].not_needed = None;
    close_gate(state, place);
    let runbook = state.runbook.clone();
    let phase = &runbook.phases[place];
    watches::anew(state, &phase.id);
    steps::reset(state, &phase.steps);
    words::forget_phase(state, phase);
}

pub(super) fn reset_rollback(state: &mut State) {
    let runbook = state.runbook.clone();
    let Some(rollback) = &runbook.rollback else { return };
    steps::reset(state, &rollback.steps);
    watches::rollback_begins(state);
    words::forget_rollback(state, rollback);
}

pub(super) fn end_phase(state: &mut State, phase: &PhaseId, at: Moment) {
    let Some(place) = place(state, phase) else { return };
    let began = match state.phases[place].status {
        PhaseStatus::Active { began } | PhaseStatus::Over { began, .. } => began,
        PhaseStatus::Waiting => at,
    };
    state.phases[place].status = PhaseStatus::Over { began, ended: at };
    close_gate(state, place);
    let next = (place + 1).min(state.phases.len() - 1);
    state.stage = Stage::Underway { phase: next };
}

/// A phase that does not apply is over without having begun.
pub(super) fn leave_out(state: &mut State, phase: &PhaseId, reason: &str, at: Moment) {
    end_phase(state, phase, at);
    if let Some(place) = place(state, phase) {
        state.phases[place].not_needed = Some(reason.to_owned());
    }
}

pub(super) fn answer(state: &mut State, of: &Subject, answer: Answer) {
    match of {
        Subject::Step(id) => {
            if let Some(step) = state.steps.get_mut(id) {
                step.answer = Some(answer);
            }
        }
        Subject::Phase(id) => {
            if let Some(place) = place(state, id) {
                state.phases[place].answer = Some(answer);
            }
        }
    }
}

pub(super) fn open_gate(state: &mut State, phase: &PhaseId, instance: u32, record: &Record) {
    let Some(place) = place(state, phase) else { return };
    let gate = &mut state.phases[place].gate;
    gate.instance = instance;
    gate.open = Some(record.at);
    gate.opened_seq = record.seq;
    gate.counts_since = gate.open;
    gate.expired = None;
    gate.votes.clear();
}

/// Nobody decided in time: it is closed, and the deployment is held until somebody resumes it.
pub(super) fn expire_gate(state: &mut State, phase: &PhaseId, after: Span, at: Moment) {
    let Some(place) = place(state, phase) else { return };
    close_gate(state, place);
    state.phases[place].gate.expired = Some(at);
    let reason = format!("the gate of phase {} was not decided in {after}", state.runbook.phases[place].number);
    state.hold = Some(Hold { by: By::Plan, reason, since: at });
}

/// A trigger that holds the deployment does so as it fires.
pub(super) fn hold_for(state: &mut State, id: &TriggerId, evidence: &str, at: Moment) {
    let holds = |trigger: &&Trigger| trigger.id == *id && trigger.then == Then::Hold;
    let Some(trigger) = state.runbook.triggers.iter().find(holds) else { return };
    if let (Stage::Underway { .. }, None) = (&state.stage, &state.hold) {
        let reason = format!("{}: {evidence}", trigger.when.text);
        state.hold = Some(Hold { by: By::Trigger(id.clone()), reason, since: at });
    }
}

/// A gate that was held has its whole time again.
pub(super) fn end_hold(state: &mut State, at: Moment) {
    state.hold = None;
    for phase in &mut state.phases {
        phase.gate.counts_since = phase.gate.open.map(|_| at);
    }
}

fn close_gate(state: &mut State, place: usize) {
    let gate = &mut state.phases[place].gate;
    // The votes that a decision rested on stay beside its evidence.
    if gate.open.take().is_some() || gate.decided.is_none() {
        gate.votes.clear();
    }
}

pub(super) fn vote(state: &mut State, record: &Record) {
    let Event::VoteCast { phase, instance, role, vote, reason, by, by_voice, saw } = &record.event else { return };
    let Some(place) = place(state, phase) else { return };
    let gate = &mut state.phases[place].gate;
    if gate.instance == *instance && gate.open.is_some() {
        let ballot = Ballot {
            vote: *vote,
            reason: reason.clone(),
            by: by.clone(),
            by_voice: *by_voice,
            at: record.at,
            seq: record.seq,
            saw: saw.clone(),
        };
        gate.votes.insert(role.clone(), ballot);
    }
}

pub(super) fn decide_gate(state: &mut State, event: &Event, at: Moment) {
    let Event::GateDecided { phase, decision, by, evidence, .. } = event else { return };
    let Some(place) = place(state, phase) else { return };
    let gate = &mut state.phases[place].gate;
    gate.decided = Some(Decided { decision: decision.clone(), by: by.clone(), at, evidence: evidence.clone() });
    match decision {
        Decision::Hold { .. } => {}
        Decision::Go { .. } | Decision::NoGo { .. } => gate.open = None,
    }
}

/// The plan is left: no gate stays open, no trigger counts down, nothing is held.
pub(super) fn leave(state: &mut State) {
    for place in 0..state.phases.len() {
        close_gate(state, place);
    }
    for trigger in state.triggers.values_mut() {
        *trigger = TriggerState::Quiet;
    }
    state.hold = None;
}
