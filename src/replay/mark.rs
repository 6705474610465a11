//! What an event is to somebody who looks for a moment in a recording.

use crate::room::Event;
use crate::room::event::Decision;

/// What to mark on the transport line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A phase began.
    Phase,
    /// GO, or T.
    Go,
    /// A vote.
    Vote,
    /// NO-GO or HOLD at a gate, a hold, an abandoned deployment.
    Stop,
    /// A trigger fired or was vetoed.
    Trigger,
    /// A step failed or was lost.
    Failure,
    Rollback,
    /// The deployment is complete.
    Done,
}

/// What to mark about an event; `None` for the many that are only seen passing by.
pub fn kind(event: &Event) -> Option<Kind> {
    match event {
        Event::PhaseBegan { .. } => Some(Kind::Phase),
        Event::DeploymentStarted { .. } | Event::GateDecided { decision: Decision::Go { .. }, .. } => Some(Kind::Go),
        Event::VoteCast { .. } | Event::Signed { .. } => Some(Kind::Vote),
        Event::GateDecided { decision: Decision::NoGo { .. } | Decision::Hold { .. }, .. }
        | Event::GateExpired { .. }
        | Event::HoldBegan { .. }
        | Event::HoldEnded { .. }
        | Event::DeploymentAbandoned { .. } => Some(Kind::Stop),
        Event::TriggerFired { .. } | Event::TriggerVetoed { .. } => Some(Kind::Trigger),
        Event::StepFailed { .. } | Event::StepLost { .. } => Some(Kind::Failure),
        Event::RollbackStarted { .. } | Event::RollbackEnded { .. } => Some(Kind::Rollback),
        Event::DeploymentCompleted => Some(Kind::Done),
        Event::Opened(_)
        | Event::ItemTicked { .. }
        | Event::ItemUnticked { .. }
        | Event::FieldFilled { .. }
        | Event::ItemWaived { .. }
        | Event::Confirmed { .. }
        | Event::ConfirmationWithdrawn { .. }
        | Event::PhaseEnded { .. }
        | Event::StepStarted { .. }
        | Event::StepOutput { .. }
        | Event::StepCancelled { .. }
        | Event::StepDone { .. }
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
        | Event::BakePaused { .. }
        | Event::BakeResumed { .. }
        | Event::GateOpened { .. }
        | Event::TriggerPending { .. }
        | Event::TriggerCleared { .. }
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

/// Whether somebody decided something, or had to.
pub(super) fn is_decision(event: &Event) -> bool {
    kind(event).is_some_and(|kind| kind != Kind::Phase)
}

/// Whether stepping through a recording stops here: at everything but what streams by.
pub(super) fn is_worth_seeing(event: &Event) -> bool {
    match event {
        Event::StepOutput { .. } | Event::SourcePolled { .. } | Event::ClockStepped { .. } => false,
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
        | Event::BaselineTaken { .. }
        | Event::Noted { .. }
        | Event::Resumed { .. }
        | Event::Closed { .. } => true,
    }
}
