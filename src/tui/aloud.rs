//! What the reading screens say, line by line and without a screen: contacts, guides, messages, details.
//!
//! For: `warroom ctl` and `--plain`, so that nothing can be read on the screen alone.
//! May not touch: the view, the terminal.

use crate::id::{ItemId, OperatorId, StepId};
use crate::room::State;
use crate::time::Moment;
use crate::tui::panes::{details, guides, messages};
use crate::tui::scene::{Facts, LinkState};

/// Whom to call: the escalation with the rung that is due, contacts, who is here, channels.
pub fn contacts(state: &State, now: Moment) -> Vec<String> {
    with_facts(state, now, guides::people_aloud)
}

/// What to read: guides, pages, and what the document says of itself.
pub fn reading(state: &State, now: Moment) -> Vec<String> {
    with_facts(state, now, guides::reading_aloud)
}

/// What to say: every message, or the one of this name.
pub fn messages(state: &State, now: Moment, named: Option<&str>) -> Result<Vec<String>, String> {
    with_facts(state, now, |facts| messages::aloud(facts, named))
}

/// All about a step.
pub fn step(state: &State, now: Moment, id: &StepId) -> Vec<String> {
    with_facts(state, now, |facts| state.runbook.step(id).map_or_else(Vec::new, |step| details::step_aloud(facts, step)))
}

/// All about an item of a checklist.
pub fn item(state: &State, now: Moment, id: &ItemId) -> Vec<String> {
    with_facts(state, now, |facts| state.runbook.item(id).map_or_else(Vec::new, |item| details::item_aloud(facts, item)))
}

fn with_facts<T>(state: &State, now: Moment, tell: impl Fn(&Facts) -> T) -> T {
    let nobody = OperatorId::new("");
    tell(&Facts { state, now, me: &nobody, link: &LinkState::Up, fault: None, transport: None })
}
