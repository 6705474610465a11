//! Go, no-go, hold: decisions with the evidence in front of the people who decide.

use crate::id::{OperatorId, PhaseId, RoleId};
use crate::measure::judge::{Judgement, Verdict};
use crate::room::action::{Action, Refusal};
use crate::room::decide::{Decision as Decided, need_reason, refuse, rollback};
use crate::room::event::{By, Decision, Event, Vote};
use crate::room::order::{is_busy, is_settled};
use crate::room::schedule;
use crate::room::state::{Stage, State, TriggerState};
use crate::runbook::model::{Gate, NoGo, Phase, Then, Trigger};
use crate::time::Moment;

/// The gate of the phase being worked on, when that is `phase`.
fn current<'a>(state: &'a State, phase: &PhaseId) -> Result<(usize, &'a Phase, &'a Gate), Refusal> {
    let Stage::Underway { phase: place } = state.stage else {
        return Err(Refusal::new("there is no gate to decide: no phase is being worked on"));
    };
    let current = &state.runbook.phases[place];
    if current.id != *phase {
        return Err(Refusal::new(format!("the deployment is in phase {} {}, not in {phase}", current.number, current.title)));
    }
    let gate = current.gate.as_ref().ok_or_else(|| Refusal::new(format!("phase {} has no gate", current.number)))?;
    Ok((place, current, gate))
}

fn opened<'a>(state: &'a State, phase: &PhaseId) -> Result<(usize, &'a Phase, &'a Gate), Refusal> {
    let found = current(state, phase)?;
    if state.phases[found.0].gate.open.is_none() {
        return Err(Refusal::new(format!("the gate of phase {} is not open yet", found.1.number)));
    }
    Ok(found)
}

pub(super) fn open(state: &State, phase: &PhaseId) -> Decided {
    let (place, phase, _) = current(state, phase)?;
    let gate = &state.phases[place].gate;
    if gate.open.is_some() {
        return refuse(format!("the gate of phase {} is open already", phase.number));
    }
    if let Some(running) = phase.steps.iter().find(|step| is_busy(state, step)) {
        return refuse(format!("{} is still running", running.number));
    }
    Ok(vec![Event::GateOpened { phase: phase.id.clone(), instance: gate.instance + 1 }])
}

pub(super) fn vote(state: &State, action: &Action, by: &OperatorId) -> Decided {
    let Action::Vote { phase, role, vote, reason, by_voice } = action else {
        return refuse("that is not a vote");
    };
    let (place, phase, gate) = opened(state, phase)?;
    if !gate.poll.contains(role) {
        return refuse(format!("{role} is not polled at this gate; polled are {}", list(&gate.poll)));
    }
    let reason = if *vote == Vote::NoGo { need_reason(reason, "a NO-GO")? } else { reason.trim().to_owned() };
    let instance = state.phases[place].gate.instance;
    let (phase, role, by) = (phase.id.clone(), role.clone(), by.clone());
    Ok(vec![Event::VoteCast { phase, instance, role, vote: *vote, reason, by, by_voice: *by_voice }])
}

fn list(roles: &[RoleId]) -> String {
    roles.iter().map(RoleId::as_str).collect::<Vec<_>>().join(", ")
}

/// What speaks against GO: each criterion that does not pass, each trigger that fired, each role that has not said GO,
/// and a window into which no rollback fits any more.
pub fn objections(state: &State, place: usize, evidence: &[Judgement], now: Moment) -> Vec<String> {
    let criteria = evidence.iter().filter(|judgement| judgement.verdict != Verdict::Pass);
    let mut against: Vec<_> = criteria.map(|judgement| format!("{} {}", judgement.criterion, judgement.verdict.word())).collect();
    let Some(gate) = state.runbook.phases.get(place).and_then(|phase| phase.gate.as_ref()) else { return against };
    let fired = |trigger: &&Trigger| {
        trigger.then != Then::Notify && matches!(state.triggers.get(&trigger.id), Some(TriggerState::Fired { .. }))
    };
    against.extend(state.runbook.triggers.iter().filter(fired).map(|trigger| format!("trigger \"{}\" has fired", trigger.title)));
    if schedule::window(state).and_then(|window| window.latest_rollback).is_some_and(|latest| now > latest) {
        against.push("a rollback would no longer fit into the window".to_owned());
    }
    for role in &gate.poll {
        match state.phases[place].gate.votes.get(role).map(|ballot| ballot.vote) {
            Some(Vote::Go) => {}
            Some(vote @ (Vote::NoGo | Vote::Abstain)) => against.push(format!("{role} votes {}", vote.word())),
            None => against.push(format!("{role} has not voted")),
        }
    }
    against
}

/// What forbids GO, whatever anybody says: work that is not settled, a rollback that is counting down.
pub fn obstacle(state: &State, phase: &Phase) -> Option<String> {
    if let Some(running) = phase.steps.iter().find(|step| is_busy(state, step)) {
        return Some(format!("{} is still running", running.number));
    }
    if let Some(left) = phase.steps.iter().find(|step| !is_settled(state, step)) {
        return Some(format!("{} is not done: run it, or skip it with a reason", left.number));
    }
    rollback::counting_down(state).map(|title| format!("trigger \"{title}\" counts down to the rollback: veto it first"))
}

pub(super) fn go(state: &State, phase: &PhaseId, waiver: Option<&str>, by: &OperatorId, now: Moment) -> Decided {
    let (place, phase, _) = opened(state, phase)?;
    if let Some(obstacle) = obstacle(state, phase) {
        return refuse(obstacle);
    }
    let evidence = state.gate_evidence(place, now);
    let against = objections(state, place, &evidence, now);
    let waiver = waiver.map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
    if !against.is_empty() && waiver.is_none() {
        return refuse(format!("{}: GO needs a waiver with its reason", against.join("; ")));
    }
    // A waiver that the evidence does not need is not recorded as one.
    let decision = Decision::Go { waiver: waiver.filter(|_| !against.is_empty()) };
    let mut events = resumed(state, by);
    events.push(decided(state, place, decision, by, evidence));
    events.push(Event::PhaseEnded { phase: phase.id.clone() });
    Ok(events)
}

fn decided(state: &State, place: usize, decision: Decision, by: &OperatorId, evidence: Vec<Judgement>) -> Event {
    let phase = state.runbook.phases[place].id.clone();
    Event::GateDecided { phase, instance: state.phases[place].gate.instance, decision, by: by.clone(), evidence }
}

/// Deciding a gate ends the hold it was in.
fn resumed(state: &State, by: &OperatorId) -> Vec<Event> {
    state.hold.iter().map(|_| Event::HoldEnded { by: by.clone() }).collect()
}

pub(super) fn no_go(state: &State, phase: &PhaseId, reason: &str, by: &OperatorId, now: Moment) -> Decided {
    let (place, _, gate) = opened(state, phase)?;
    let reason = need_reason(reason, "a NO-GO")?;
    let evidence = state.gate_evidence(place, now);
    let mut events = resumed(state, by);
    events.push(decided(state, place, Decision::NoGo { reason: reason.clone() }, by, evidence));
    match &gate.no_go {
        NoGo::Rollback => events.extend(rollback::begin(state, &By::Operator(by.clone()), &reason)?),
        NoGo::Hold => events.push(Event::HoldBegan { by: by.clone(), reason }),
        NoGo::Phase(id) => events.extend(to_phase(state, place, id)?),
    }
    Ok(events)
}

/// Back to a phase, or on to one: the present one is over then.
fn to_phase(state: &State, place: usize, target: &PhaseId) -> Decided {
    if let Some(running) = state.runbook.all_steps().find(|step| is_busy(state, step)) {
        return refuse(format!("{} is still running: stop it first, then NO-GO leads to {target}", running.number));
    }
    if let Some(title) = rollback::counting_down(state) {
        return refuse(format!("trigger \"{title}\" counts down to the rollback: veto it first"));
    }
    let target_place = state.runbook.phases.iter().position(|phase| phase.id == *target);
    let mut events = Vec::new();
    if target_place.is_some_and(|target| target > place) {
        events.push(Event::PhaseEnded { phase: state.runbook.phases[place].id.clone() });
    }
    events.push(Event::PhaseBegan { phase: target.clone() });
    Ok(events)
}

pub(super) fn hold(state: &State, phase: &PhaseId, reason: &str, by: &OperatorId, now: Moment) -> Decided {
    let (place, _, _) = opened(state, phase)?;
    if let Some(hold) = &state.hold {
        return refuse(format!("already held by {}: {}", hold.by, hold.reason));
    }
    let reason = need_reason(reason, "holding")?;
    let evidence = state.gate_evidence(place, now);
    let decision = decided(state, place, Decision::Hold { reason: reason.clone() }, by, evidence);
    Ok(vec![decision, Event::HoldBegan { by: by.clone(), reason }])
}
