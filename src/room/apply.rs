//! What an event changes: the one way in which a state becomes the next one.

use crate::room::event::Record;
use crate::room::state::State;

/// Total: never fails, never looks around.
pub fn apply(state: &mut State, record: &Record) {
    state.seq = record.seq;
    state.at = record.at;
}
