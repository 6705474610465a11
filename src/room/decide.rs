//! What an operator's action means now: the events it becomes, or why it may not happen.

use crate::id::OperatorId;
use crate::room::action::{Action, Refusal};
use crate::room::event::Event;
use crate::room::state::State;
use crate::time::Moment;

pub fn decide(state: &State, action: &Action, by: &OperatorId, now: Moment) -> Result<Vec<Event>, Refusal> {
    let _ = (state, action, by, now);
    Err(Refusal::new("not decided"))
}
