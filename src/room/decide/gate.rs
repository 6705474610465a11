//! Go, no-go, hold: decisions with the evidence in front of the people who decide.

use crate::id::{OperatorId, PhaseId, RoleId};
use crate::measure::judge::{Judgement, Verdict};
use crate::room::action::Refusal;
use crate::room::decide::{Decision as Decided, need_reason, need_substance, poll, refuse, rollback};
use crate::room::event::{By, Decision, Event, Vote};
use crate::room::order::{is_busy, is_settled};
use crate::room::say;
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
        let before = state.runbook.phases.iter().position(|known| known.id == *phase);
        let told = before.map(|place| told(state, place)).unwrap_or_default();
        return Err(Refusal::new(format!(
            "the deployment is in phase {} {}, not in {phase}{told}",
            current.number, current.title
        )));
    }
    let gate = current.gate.as_ref().ok_or_else(|| Refusal::new(format!("phase {} has no gate", current.number)))?;
    Ok((place, current, gate))
}

/// Who decided this gate last, and when.
fn told(state: &State, place: usize) -> String {
    let Some(decided) = &state.phases[place].gate.decided else { return String::new() };
    let what = match &decided.decision {
        Decision::Go { .. } => "GO",
        Decision::NoGo { .. } => "NO-GO",
        Decision::Hold { .. } => "HOLD",
    };
    format!("; {} decided {what} at {}", decided.by, state.wall(decided.at).clock(state.runbook.zone))
}

pub(super) fn opened<'a>(state: &'a State, phase: &PhaseId) -> Result<(usize, &'a Phase, &'a Gate), Refusal> {
    let found = current(state, phase)?;
    let gate = &state.phases[found.0].gate;
    if gate.open.is_none() {
        let number = found.1.number;
        let at = |moment| state.wall(moment).clock(state.runbook.zone);
        return Err(Refusal::new(match gate.expired {
            Some(expired) => format!("the gate of phase {number} expired at {}: u resumes and asks it anew", at(expired)),
            None => format!("the gate of phase {number} is not open yet{}", told(state, found.0)),
        }));
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

/// What speaks against GO: each criterion that does not pass, each trigger that fired, a window into which no rollback
/// fits any more, and each role that has not said GO.
pub fn objections(state: &State, place: usize, evidence: &[Judgement], now: Moment) -> Vec<String> {
    let mut against = objections_measured(state, evidence, now);
    against.extend(poll::against(state, place, evidence, now));
    against
}

/// The part of it that is measured, and not voted.
pub fn objections_measured(state: &State, evidence: &[Judgement], now: Moment) -> Vec<String> {
    let criteria = evidence.iter().filter(|judgement| judgement.verdict != Verdict::Pass);
    let mut against: Vec<_> = criteria.map(|judgement| format!("{} {}", judgement.criterion, judgement.verdict.word())).collect();
    let fired = |trigger: &&Trigger| {
        trigger.then != Then::Notify && matches!(state.triggers.get(&trigger.id), Some(TriggerState::Fired { .. }))
    };
    against.extend(state.runbook.triggers.iter().filter(fired).map(|trigger| format!("trigger \"{}\" has fired", trigger.title)));
    if schedule::too_late_for_rollback(state, now) {
        against.push("a rollback would no longer fit into the window".to_owned());
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
    if let Some(title) = rollback::counting_down(state) {
        return Some(format!("trigger \"{title}\" counts down to the rollback: veto it first"));
    }
    let votes = &state.phases.get(phase.number.saturating_sub(1))?.gate.votes;
    let vetoes = |role: &&RoleId| {
        let may = state.runbook.roles.get(*role).is_some_and(|role| role.veto);
        may && votes.get(*role).is_some_and(|ballot| ballot.vote == Vote::NoGo)
    };
    let veto = phase.gate.as_ref()?.poll.iter().find(vetoes)?;
    Some(format!("{veto} votes NO-GO and has a veto, which can't be waived"))
}

/// The roles that `by` would have to hold for a waiver here, where they hold none of them.
fn may_not_waive(state: &State, gate: &Gate, by: &OperatorId) -> Option<String> {
    let roles = state.waivers(gate);
    let holds = roles.is_empty() || roles.iter().any(|role| state.holds(by, role));
    (!holds).then(|| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or "))
}

pub(super) fn go(state: &State, phase: &PhaseId, waiver: Option<&str>, by: &OperatorId, now: Moment) -> Decided {
    let (place, phase, gate) = opened(state, phase)?;
    if let Some(obstacle) = obstacle(state, phase) {
        return refuse(obstacle);
    }
    let evidence = state.gate_evidence(place, now);
    let against = objections(state, place, &evidence, now);
    let waiver = waiver.map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
    if !against.is_empty() && waiver.is_none() {
        return refuse(format!("{}: GO needs a waiver with its reason", against.join("; ")));
    }
    if !against.is_empty()
        && let Some(roles) = may_not_waive(state, gate, by)
    {
        return refuse(format!("{}: only {roles} may waive that", against.join("; ")));
    }
    if let Some(reason) = waiver.as_ref().filter(|_| !against.is_empty()) {
        need_substance(reason, "a waiver")?;
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
        return refuse(format!("already held by {}: {}", say::by(state, &hold.by), hold.reason));
    }
    let reason = need_reason(reason, "holding")?;
    let evidence = state.gate_evidence(place, now);
    let decision = decided(state, place, Decision::Hold { reason: reason.clone() }, by, evidence);
    Ok(vec![decision, Event::HoldBegan { by: by.clone(), reason }])
}
