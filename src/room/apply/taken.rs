//! Which decisions were taken last, and by whom: who decides on an older picture is told.

use crate::room::event::{By, Decision, Event, Record};
use crate::room::state::{Earlier, State, TAKEN_MAX};

pub(super) fn remember(state: &mut State, record: &Record) {
    let Some((by, what)) = taken(state, &record.event) else { return };
    if state.taken.len() == TAKEN_MAX {
        state.taken.pop_front();
    }
    state.taken.push_back(Earlier { seq: record.seq, at: record.at, by, what });
}

/// Who decided, and what they did, in words.
fn taken(state: &State, event: &Event) -> Option<(By, String)> {
    let number = |step| state.runbook.step(step).map_or_else(|| step.to_string(), |step| step.number.clone());
    let person = |by: &crate::id::OperatorId| By::Operator(by.clone());
    Some(match event {
        Event::DeploymentStarted { by } => (person(by), "started the deployment".to_owned()),
        Event::StepStarted { step, by: by @ By::Operator(_), .. } => (by.clone(), format!("ran {}", number(step))),
        Event::StepCancelled { step, by, .. } => (by.clone(), format!("stopped {}", number(step))),
        Event::StepSkipped { step, by, .. } => (person(by), format!("skipped {}", number(step))),
        Event::GateDecided { decision, by, .. } => {
            let what = match decision {
                Decision::Go { .. } => "GO",
                Decision::NoGo { .. } => "NO-GO",
                Decision::Hold { .. } => "HOLD",
            };
            (person(by), format!("decided {what}"))
        }
        Event::GateExpired { .. } => (By::Plan, "let the gate expire".to_owned()),
        Event::HoldBegan { by, .. } => (person(by), "held the deployment".to_owned()),
        Event::HoldEnded { by } => (person(by), "resumed the deployment".to_owned()),
        Event::TriggerVetoed { by, .. } => (person(by), "vetoed the trigger".to_owned()),
        Event::RollbackStarted { by, .. } => (by.clone(), "started the rollback".to_owned()),
        Event::RollbackEnded { by, .. } => (by.clone(), "ended the rollback".to_owned()),
        Event::DeploymentAbandoned { by, .. } => (person(by), "abandoned the deployment".to_owned()),
        Event::ConnTaken { by, .. } => (person(by), "took the conn".to_owned()),
        Event::ConnHandedOver { by, to } => (person(by), format!("handed the conn over to {to}")),
        Event::ConnKept { by, from, .. } => (person(by), format!("did not hand the conn over to {from}")),
        Event::Answered { yes, by, .. } => (person(by), format!("answered {}", if *yes { "yes" } else { "no" })),
        Event::StepStarted { .. }
        | Event::StepNotNeeded { .. }
        | Event::PhaseNotNeeded { .. }
        | Event::StepSeconded { .. }
        | Event::ValuesCaptured { .. }
        | Event::ValueGiven { .. }
        | Event::UntilBroken { .. }
        | Event::TickDue { .. }
        | Event::TickOverdue { .. }
        | Event::TickMissed { .. }
        | Event::Opened(_)
        | Event::BaselineTaken { .. }
        | Event::ItemTicked { .. }
        | Event::ItemUnticked { .. }
        | Event::FieldFilled { .. }
        | Event::ItemWaived { .. }
        | Event::Confirmed { .. }
        | Event::ConfirmationWithdrawn { .. }
        | Event::PhaseBegan { .. }
        | Event::PhaseEnded { .. }
        | Event::StepOutput { .. }
        | Event::StepDone { .. }
        | Event::StepFailed { .. }
        | Event::StepLost { .. }
        | Event::BakePaused { .. }
        | Event::BakeResumed { .. }
        | Event::GateOpened { .. }
        | Event::VoteCast { .. }
        | Event::Signed { .. }
        | Event::TriggerPending { .. }
        | Event::TriggerCleared { .. }
        | Event::TriggerFired { .. }
        | Event::DeploymentCompleted
        | Event::OperatorJoined { .. }
        | Event::OperatorLeft { .. }
        | Event::ConnAsked { .. }
        | Event::ConnAskLapsed { .. }
        | Event::RoleAssigned { .. }
        | Event::SourcePolled { .. }
        | Event::Noted { .. }
        | Event::ClockStepped { .. }
        | Event::Resumed { .. }
        | Event::Closed { .. } => return None,
    })
}
