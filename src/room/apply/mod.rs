//! What an event changes: the one way in which a state becomes the next one.
//!
//! Live, attached, resumed and replayed rooms all come through here. An event that does not fit the state (a
//! stale attempt, a name that is not in the runbook) changes nothing: applying never fails.

pub(super) mod measure;
mod moves;
mod people;
mod plan;
mod steps;
mod taken;
mod watches;
mod words;

use crate::id::OperatorId;
use crate::room::event::{By, Event, Record};
use crate::room::people::ConnAsked;
use crate::room::say;
use crate::room::state::{Answer, Ending, Hold, ItemState, Mark, RollbackState, Stage, State, TriggerState, Word};

/// Total: never fails, never looks around.
pub fn apply(state: &mut State, record: &Record) {
    say::before(state, record);
    change(state, record);
    if !matches!(record.event, Event::SourcePolled { .. } | Event::StepOutput { .. }) {
        moves::follow(state, record.at);
    }
    people::answered(state, record);
    taken::remember(state, record);
    state.seq = record.seq;
    state.at = record.at;
}

fn change(state: &mut State, record: &Record) {
    let at = record.at;
    match &record.event {
        Event::Opened(_) | Event::Noted { .. } => {}
        Event::DeploymentStarted { .. } => plan::start(state, at),

        Event::ItemTicked { item, by } => mark(state, item, |state| state.mark = Mark::Ticked(word(by, at))),
        Event::ItemUnticked { item, .. } => mark(state, item, |state| *state = ItemState::default()),
        Event::FieldFilled { item, value, by } => mark(state, item, |state| {
            *state = ItemState { mark: Mark::Ticked(word(by, at)), value: Some(value.clone()) };
        }),
        Event::ItemWaived { item, by, reason } => {
            mark(state, item, |state| state.mark = Mark::Waived(word(by, at), reason.clone()));
        }
        Event::Confirmed { what, by, asked_by } => words::confirmed(state, what, asked_by, word(by, at)),
        Event::ConfirmationWithdrawn { what, .. } => state.confirmed.retain(|given| given.what != *what),

        Event::PhaseBegan { phase } => plan::begin_phase(state, phase, at),
        Event::PhaseEnded { phase } => plan::end_phase(state, phase, at),

        Event::StepStarted { step, attempt, by } => steps::start(state, step, *attempt, by, at),
        Event::StepOutput { step, attempt, output } => steps::print(state, step, *attempt, output, at),
        Event::StepCancelled { step, attempt, .. } => steps::cancel(state, step, *attempt, at),
        Event::StepDone { step, attempt, how, ended } => steps::done(state, step, *attempt, how, (*ended, at)),
        Event::StepFailed { step, attempt, why, ended } => steps::failed(state, step, *attempt, why, (*ended, at)),
        Event::StepSkipped { step, by, reason } => steps::skipped(state, step, by, reason, at),
        Event::StepNotNeeded { step, reason } => steps::not_needed(state, step, reason, at),
        Event::PhaseNotNeeded { phase, reason } => plan::leave_out(state, phase, reason, at),
        Event::Answered { of, yes, by } => plan::answer(state, of, Answer { yes: *yes, by: by.clone(), at }),
        Event::StepSeconded { step, person, by } => {
            if let Some(step) = state.steps.get_mut(step) {
                step.seconded = Some((person.clone(), word(by, at)));
            }
        }
        Event::ValuesCaptured { values, .. } => state.captured.extend(values.clone()),
        Event::ValueGiven { name, value, .. } => {
            state.captured.insert(name.clone(), value.clone());
        }
        Event::TickDue { watch, tick } => watches::due(state, watch, *tick, record.seq),
        Event::TickOverdue { watch, tick } => watches::overdue(state, watch, *tick),
        Event::TickMissed { watch, tick } => watches::missed(state, watch, *tick),
        Event::UntilBroken { step, attempt, .. } => steps::break_until(state, step, *attempt),
        Event::StepLost { step, attempt, why } => steps::lost(state, step, *attempt, why, at),
        Event::BakePaused { step, attempt, why } => steps::pause_bake(state, step, *attempt, why, at),
        Event::BakeResumed { step, attempt } => steps::resume_bake(state, step, *attempt, at),

        Event::Signed { .. } => people::signed(state, &record.event, at),
        Event::GateOpened { phase, instance } => plan::open_gate(state, phase, *instance, record),
        Event::VoteCast { .. } => plan::vote(state, record),
        Event::GateExpired { phase, after, .. } => plan::expire_gate(state, phase, *after, at),
        Event::GateDecided { .. } => plan::decide_gate(state, &record.event, at),

        Event::HoldBegan { by, reason } => {
            state.hold = Some(Hold { by: By::Operator(by.clone()), reason: reason.clone(), since: at });
        }
        Event::HoldEnded { .. } => plan::end_hold(state, at),

        Event::TriggerPending { trigger } => set_trigger(state, trigger, TriggerState::Pending { since: at }),
        Event::TriggerCleared { trigger, .. } => set_trigger(state, trigger, TriggerState::Quiet),
        Event::TriggerFired { trigger, evidence, rollback_at } => {
            let since = match state.triggers.get(trigger) {
                Some(TriggerState::Pending { since } | TriggerState::Fired { since, .. }) => *since,
                Some(TriggerState::Quiet | TriggerState::Vetoed { .. }) | None => at,
            };
            let fired = TriggerState::Fired { since, at, evidence: evidence.clone(), rollback_at: *rollback_at };
            set_trigger(state, trigger, fired);
            plan::hold_for(state, trigger, &evidence.now, at);
        }
        Event::TriggerVetoed { trigger, by, reason } => {
            set_trigger(state, trigger, TriggerState::Vetoed { by: by.clone(), reason: reason.clone(), at });
        }

        Event::RollbackStarted { by, reason } => {
            let earlier = state.rollback.as_ref().and_then(|rollback| rollback.from_phase);
            let from_phase = state.current_phase().or(earlier);
            plan::leave(state);
            plan::reset_rollback(state);
            state.rollback = Some(RollbackState { started: at, by: by.clone(), reason: reason.clone(), from_phase });
            state.stage = Stage::RollingBack;
        }
        Event::RollbackEnded { verified, .. } => state.stage = Stage::Ended(Ending::RolledBack { verified: *verified }, at),
        Event::DeploymentCompleted => {
            plan::leave(state);
            state.stage = Stage::Ended(Ending::Completed, at);
        }
        Event::DeploymentAbandoned { reason, .. } => {
            plan::leave(state);
            state.stage = Stage::Ended(Ending::Abandoned { reason: reason.clone() }, at);
        }

        Event::OperatorJoined { person } => people::joined(state, person, at),
        Event::OperatorLeft { operator, why } => people::left(state, operator, why, at),
        Event::ConnTaken { by: to, .. } | Event::ConnHandedOver { to, .. } => people::conn_to(state, to),
        Event::ConnAsked { by, reason, .. } => {
            state.conn_asked = Some(ConnAsked { by: by.clone(), reason: reason.clone(), at });
        }
        Event::ConnKept { .. } | Event::ConnAskLapsed { .. } => state.conn_asked = None,
        Event::RoleAssigned { role, to, .. } => people::assigned(state, role, to),
        Event::BaselineTaken { metric, taken } => {
            state.baselines.insert(metric.clone(), *taken);
        }

        Event::SourcePolled { .. } => measure::polled(state, &record.event, at),
        Event::ClockStepped { by } => state.clock_offset += *by,
        Event::Resumed { .. } => {
            state.gap = Some((state.at, at));
            people::all_left(state, at);
            steps::resume_room(state);
            state.closed = None;
        }
        Event::Closed { why } => state.closed = Some(why.clone()),
    }
}

fn word(by: &OperatorId, at: crate::time::Moment) -> Word {
    Word { by: by.clone(), at }
}

fn mark(state: &mut State, item: &crate::id::ItemId, change: impl FnOnce(&mut ItemState)) {
    if let Some(item) = state.items.get_mut(item) {
        change(item);
    }
}

fn set_trigger(state: &mut State, trigger: &crate::id::TriggerId, to: TriggerState) {
    if let Some(trigger) = state.triggers.get_mut(trigger) {
        *trigger = to;
    }
}
