//! What the engine has to do because of an event.

use crate::id::StepId;
use crate::room::event::{Done, Event};
use crate::room::state::State;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Spawn the script or send the request of this step.
    RunStep { step: StepId, attempt: u32 },
    /// TERM, the step's grace, KILL, to the whole tree; or drop the request.
    CancelStep { step: StepId, attempt: u32 },
    /// Let go of it: it runs on.
    LeaveStep { step: StepId, attempt: u32 },
}

/// What has to be done now that `event` is in the journal and in the state.
pub fn effects(state: &State, event: &Event) -> Option<Effect> {
    let outside = |step: &StepId| state.runbook.step(step).is_some_and(|step| step.kind.runs_outside());
    match event {
        Event::StepStarted { step, attempt, .. } if outside(step) => {
            Some(Effect::RunStep { step: step.clone(), attempt: *attempt })
        }
        Event::StepCancelled { step, attempt, .. } if outside(step) => {
            Some(Effect::CancelStep { step: step.clone(), attempt: *attempt })
        }
        Event::StepDone { step, attempt, how: Done::LeftRunning, .. } => {
            Some(Effect::LeaveStep { step: step.clone(), attempt: *attempt })
        }
        Event::StepStarted { .. }
        | Event::StepCancelled { .. }
        | Event::Opened(_)
        | Event::DeploymentStarted { .. }
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
        | Event::StepSkipped { .. }
        | Event::StepLost { .. }
        | Event::StepNotNeeded { .. }
        | Event::PhaseNotNeeded { .. }
        | Event::Answered { .. }
        | Event::StepSeconded { .. }
        | Event::ValuesCaptured { .. }
        | Event::ValueGiven { .. }
        | Event::UntilBroken { .. }
        | Event::TickDue { .. }
        | Event::TickOverdue { .. }
        | Event::TickMissed { .. }
        | Event::BakePaused { .. }
        | Event::BakeResumed { .. }
        | Event::GateOpened { .. }
        | Event::VoteCast { .. }
        | Event::Signed { .. }
        | Event::GateDecided { .. }
        | Event::GateExpired { .. }
        | Event::HoldBegan { .. }
        | Event::HoldEnded { .. }
        | Event::TriggerPending { .. }
        | Event::TriggerCleared { .. }
        | Event::TriggerFired { .. }
        | Event::TriggerVetoed { .. }
        | Event::RollbackStarted { .. }
        | Event::RollbackEnded { .. }
        | Event::DeploymentCompleted
        | Event::DeploymentAbandoned { .. }
        | Event::OperatorJoined { .. }
        | Event::OperatorLeft { .. }
        | Event::ConnTaken { .. }
        | Event::ConnHandedOver { .. }
        | Event::ConnAsked { .. }
        | Event::ConnKept { .. }
        | Event::ConnAskLapsed { .. }
        | Event::RoleAssigned { .. }
        | Event::SourcePolled { .. }
        | Event::BaselineTaken { .. }
        | Event::Noted { .. }
        | Event::ClockStepped { .. }
        | Event::Resumed { .. }
        | Event::Closed { .. } => None,
    }
}
