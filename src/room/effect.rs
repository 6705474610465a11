//! What the engine has to do because of an event.

use crate::id::StepId;
use crate::room::event::Event;
use crate::room::state::State;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Spawn the script or send the request of this step.
    RunStep { step: StepId, attempt: u32 },
    /// TERM, the step's grace, KILL, to the whole tree; or drop the request.
    CancelStep { step: StepId, attempt: u32 },
}

/// What has to be done now that `event` is in the journal and in the state.
pub fn effects(state: &State, event: &Event) -> Vec<Effect> {
    let _ = (state, event);
    Vec::new()
}
