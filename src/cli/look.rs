//! What the words that only look are answered with, for `warroom ctl` and `--plain`.

use crate::plain::{self, Look, Thing};
use crate::room::State;
use crate::time::Moment;
use crate::tui::aloud;

/// What is said, or why it can't be: what they name is not there.
pub(super) fn look(at: &Look, state: &State, now: Moment) -> Result<String, String> {
    let lines = match at {
        Look::Status { json: true } => vec![plain::json(state, now).to_string()],
        Look::Status { json: false } => plain::status(state, now),
        Look::Events { since, .. } => {
            state.log.iter().filter(|line| line.seq > *since).map(|line| plain::line(state, line)).collect()
        }
        Look::Contacts => aloud::contacts(state, now),
        Look::Guides => aloud::reading(state, now),
        Look::Messages { name } => aloud::messages(state, now, name.as_deref())?,
        Look::Details { what } => match plain::thing(state, what)? {
            Thing::Step(step) => aloud::step(state, now, &step),
            Thing::Item(item) => aloud::item(state, now, &item),
        },
        Look::Timeline => plain::timeline(state, now),
        Look::Output { step } => plain::output(state, step.as_deref())?,
    };
    Ok(lines.join("\n"))
}
