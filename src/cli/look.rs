//! What the words that only look are answered with, for `warroom ctl` and `--plain`.

use serde_json::{Value, json};

use crate::cli::out;
use crate::journal::Anchor;
use crate::plain::{self, Look, Thing};
use crate::room::State;
use crate::time::Moment;
use crate::tui::aloud;

/// What is said, or why it can't be: what they name is not there.
pub(super) fn look(at: &Look, state: &State, anchor: Option<&Anchor>, now: Moment) -> Result<String, String> {
    let lines = match at {
        Look::Status { json: true } => {
            let mut status = plain::json(state, now);
            status["anchor"] = anchor.map_or(Value::Null, |Anchor { records, hash }| json!({ "hash": hash, "records": records }));
            vec![status.to_string()]
        }
        Look::Status { json: false } => plain::status(state, now).into_iter().chain(anchor.map(anchored)).collect(),
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

/// The hash that stands for all that is recorded, and for how much.
pub(super) fn anchored(Anchor { records, hash }: &Anchor) -> String {
    format!("The journal's anchor is {hash}, after {}.", out::count(*records, "record"))
}
