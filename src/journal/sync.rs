//! Which events must be safe on disk before they take effect.

use crate::room::Event;

/// Whether `event` may only take effect once it is synced. What is left out can be lost in a crash without anybody
/// having acted on it.
pub fn must_sync(event: &Event) -> bool {
    match event {
        Event::StepOutput { .. }
        | Event::SourcePolled { .. }
        | Event::TriggerPending { .. }
        | Event::TriggerCleared { .. }
        | Event::BakePaused { .. }
        | Event::BakeResumed { .. }
        | Event::ClockStepped { .. } => false,
        Event::Opened(_)
        | Event::DeploymentStarted { .. }
        | Event::ItemTicked { .. }
        | Event::ItemUnticked { .. }
        | Event::FieldFilled { .. }
        | Event::ItemWaived { .. }
        | Event::Confirmed { .. }
        | Event::ConfirmationWithdrawn { .. }
        | Event::PhaseBegan { .. }
        | Event::PhaseEnded { .. }
        | Event::StepStarted { .. }
        | Event::StepCancelled { .. }
        | Event::StepDone { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
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
        | Event::StepLost { .. }
        | Event::GateOpened { .. }
        | Event::VoteCast { .. }
        | Event::Signed { .. }
        | Event::GateDecided { .. }
        | Event::GateExpired { .. }
        | Event::HoldBegan { .. }
        | Event::HoldEnded { .. }
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
        | Event::BaselineTaken { .. }
        | Event::Noted { .. }
        | Event::Resumed { .. }
        | Event::Closed { .. } => true,
    }
}
