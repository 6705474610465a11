//! Why a key does nothing now. The room itself is asked wherever it has a say, so that the screen can't promise what the
//! room refuses.

use super::Command;
use crate::room::decide;
use crate::room::state::Stage;
use crate::tui::commands::{comes_to_nothing, intent};
use crate::tui::panes::messages;
use crate::tui::scene::{Facts, LinkState};
use crate::tui::view::{Screen, View};

/// Why nobody can be asked: there is no room behind the screen.
fn over(facts: &Facts) -> Option<String> {
    match facts.link {
        LinkState::Lost { remedy, .. } => Some(format!("the link to the room is lost: {remedy}")),
        LinkState::Gone { why, .. } => Some(format!("the room has ended: {why}")),
        LinkState::Up
        | LinkState::Opening
        | LinkState::JournalFailed { .. }
        | LinkState::JournalLow { .. }
        | LinkState::NotDurable { .. } => None,
    }
}

pub(super) fn always(_: Command, _: &Facts, _: &View) -> Option<String> {
    None
}

/// What the room would answer, were it asked now with a reason.
pub(super) fn room_says(command: Command, facts: &Facts, view: &View) -> Option<String> {
    if let Some(why) = over(facts) {
        return Some(why);
    }
    if *facts.link == LinkState::Opening {
        return Some("the room is still opening".to_owned());
    }
    match intent(command, facts, view) {
        Ok(action) => decide(facts.state, &action, &facts.asked()).err().map(|refusal| refusal.0),
        Err(why) => Some(why),
    }
}

/// What Enter would come to, where that is nothing.
pub(super) fn wants_a_plan(_: Command, facts: &Facts, view: &View) -> Option<String> {
    if let Some(why) = over(facts) {
        return Some(why);
    }
    match (facts.link, &facts.state.stage) {
        (LinkState::Opening, _) => Some("the room is still opening".to_owned()),
        (_, Stage::Ended(..)) if view.screen == Screen::Main => {
            Some("the deployment has ended: q leaves, warroom replay plays it again".to_owned())
        }
        (_, Stage::Planned | Stage::Underway { .. } | Stage::RollingBack | Stage::Ended(..)) => comes_to_nothing(view, facts),
    }
}

pub(super) fn with_messages(_: Command, facts: &Facts, _: &View) -> Option<String> {
    messages::entries(facts.state).is_empty().then(|| "the runbook prepares no messages".to_owned())
}

pub(super) fn on_the_main_screen(_: Command, _: &Facts, view: &View) -> Option<String> {
    (view.screen != Screen::Main).then(|| "the panes are on the main screen: Esc leads there".to_owned())
}

pub(super) fn on_a_chart(_: Command, facts: &Facts, view: &View) -> Option<String> {
    if facts.state.runbook.metrics.is_empty() {
        return Some("the runbook measures nothing".to_owned());
    }
    (view.screen != Screen::Gauge).then(|| "that reads a gauge's chart: z shows it".to_owned())
}

pub(super) fn in_the_demo(_: Command, facts: &Facts, _: &View) -> Option<String> {
    match facts.fault {
        Some(_) => None,
        None => Some("only the demo's own target and a rehearsal can be broken".to_owned()),
    }
}

pub(super) fn once_found(_: Command, _: &Facts, view: &View) -> Option<String> {
    view.search.text.is_empty().then(|| "nothing is searched for: / searches".to_owned())
}
