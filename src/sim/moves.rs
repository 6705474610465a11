//! What people ask for: what makes sense now, or anything.

use crate::id::{OperatorId, StepId};
use crate::journal::storage::sim::Dice;
use crate::room::decide::is_settled;
use crate::room::event::Vote;
use crate::room::state::{Stage, StepStatus, TriggerState};
use crate::room::{Action, State};
use crate::runbook::model::StepKind;

/// Where it is calm people mostly know what they do, and wait where there is nothing to do.
pub(super) fn any(state: &State, calm: bool, dice: &mut Dice) -> Option<Action> {
    match dice.roll(10) {
        _ if calm && dice.roll(12) != 0 => sensible(state, dice),
        0..6 => sensible(state, dice),
        6 if dice.roll(3) == 0 => Some(Action::RollBack { reason: reason(dice) }),
        _ => Some(anything(state, dice)),
    }
}

fn reason(dice: &mut Dice) -> String {
    if dice.roll(5) == 0 { String::new() } else { "because it is so".to_owned() }
}

/// What would bring the deployment on.
fn sensible(state: &State, dice: &mut Dice) -> Option<Action> {
    let phase = match state.stage {
        Stage::Planned if dice.roll(3) == 0 => {
            return Some(Action::Tick { item: state.runbook.checklists[0].items[0].id.clone() });
        }
        Stage::Planned => return Some(Action::StartDeployment),
        Stage::RollingBack => return rollback_on(state, dice),
        Stage::Ended(..) => return None,
        Stage::Underway { phase } => state.runbook.phases.get(phase)?,
    };
    let fired = |id| matches!(state.triggers.get(id), Some(TriggerState::Fired { .. }));
    if let Some(trigger) = state.runbook.triggers.iter().find(|trigger| fired(&trigger.id))
        && dice.roll(3) == 0
    {
        return Some(Action::Veto { trigger: trigger.id.clone(), reason: reason(dice) });
    }
    if state.hold.is_some() && dice.roll(2) == 0 {
        return Some(Action::Resume);
    }
    if let Some(step) = phase.steps.iter().find(|step| !is_settled(state, step)) {
        return step_on(state, &step.id, dice);
    }
    let gate = phase.gate.as_ref()?;
    let votes = &state.phases[state.current_phase()?].gate.votes;
    let Some(role) = gate.poll.iter().find(|role| !votes.contains_key(*role)).filter(|_| dice.roll(5) != 0).cloned() else {
        return Some(Action::Go { phase: phase.id.clone(), waiver: (dice.roll(6) == 0).then(|| reason(dice)) });
    };
    Some(Action::Vote {
        phase: phase.id.clone(),
        role,
        vote: Vote::Go,
        reason: String::new(),
        by_voice: dice.roll(3) != 0,
        saw: None,
    })
}

/// The next step of the plan, and what stops it again.
pub(super) fn and_back(state: &State, dice: &mut Dice) -> Option<[Action; 2]> {
    let Stage::Underway { phase } = state.stage else { return None };
    let step = state.runbook.phases.get(phase)?.steps.iter().find(|step| !is_settled(state, step))?.id.clone();
    let reason = reason(dice);
    let back = if dice.roll(2) == 0 { Action::RollBack { reason } } else { Action::CancelStep { step: step.clone(), reason } };
    Some([Action::RunStep { step }, back])
}

fn rollback_on(state: &State, dice: &mut Dice) -> Option<Action> {
    let plan = state.runbook.rollback.as_ref()?;
    match plan.steps.iter().find(|step| !is_settled(state, step)) {
        Some(step) => step_on(state, &step.id, dice),
        None => (dice.roll(3) == 0).then(|| Action::AcceptRollback { reason: reason(dice) }),
    }
}

/// What this step needs, if it is not settled.
fn step_on(state: &State, id: &StepId, dice: &mut Dice) -> Option<Action> {
    let (step, text) = (id.clone(), reason(dice));
    let manual = state.runbook.step(id).is_some_and(|step| matches!(step.kind, StepKind::Manual { .. }));
    match &state.steps.get(id)?.status {
        StepStatus::Waiting => Some(Action::RunStep { step }),
        StepStatus::Running { .. } if manual => Some(Action::FinishStep { step, note: text }),
        StepStatus::Running { .. } if dice.roll(20) == 0 => Some(Action::CancelStep { step, reason: text }),
        StepStatus::Running { .. } | StepStatus::Done { .. } | StepStatus::Skipped { .. } => None,
        StepStatus::Failed { .. } if dice.roll(3) == 0 => Some(Action::SkipStep { step, reason: text }),
        StepStatus::Failed { .. } => Some(Action::RetryStep { step }),
        StepStatus::Lost { .. } => Some(match dice.roll(3) {
            0 => Action::FinishStep { step, note: text },
            1 => Action::FailStep { step, reason: text },
            _ => Action::RetryStep { step },
        }),
    }
}

fn anything(state: &State, dice: &mut Dice) -> Action {
    let steps: Vec<StepId> = state.runbook.all_steps().map(|step| step.id.clone()).collect();
    let step = steps[dice.roll(steps.len())].clone();
    let phases = &state.runbook.phases;
    let phase = phases[dice.roll(phases.len())].id.clone();
    let roles: Vec<_> = state.runbook.roles.keys().cloned().collect();
    let role = roles[dice.roll(roles.len())].clone();
    let to = OperatorId::new(["ana", "bo", "cy", "dee", "nobody"][dice.roll(5)]);
    let reason = reason(dice);
    match dice.roll(21) {
        0 => Action::RunStep { step },
        1 => Action::CancelStep { step, reason },
        2 => Action::RetryStep { step },
        3 => Action::SkipStep { step, reason },
        4 => Action::FinishStep { step, note: reason },
        5 => Action::FailStep { step, reason },
        6 => Action::OpenGate { phase },
        7 | 8 => {
            let vote = [Vote::Go, Vote::NoGo, Vote::Abstain, Vote::Hold][dice.roll(4)];
            Action::Vote { phase, role, vote, reason, by_voice: dice.roll(2) == 0, saw: None }
        }
        9 => Action::Go { phase, waiver: (dice.roll(3) == 0).then_some(reason) },
        10 => Action::NoGo { phase, reason },
        11 => Action::HoldGate { phase, reason },
        12 => Action::Hold { reason },
        13 => Action::Resume,
        14 => Action::HandOver { to },
        15 | 16 => Action::TakeConn { reason },
        20 => Action::KeepConn { reason },
        17 => Action::AssignRole { role, to },
        18 if dice.roll(6) == 0 => Action::Abandon { reason },
        _ => Action::Note { text: reason },
    }
}
