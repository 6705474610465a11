//! Enter: what the selected step or item wants next.

use super::{ask, lead};
use crate::room::Action;
use crate::room::decide;
use crate::room::state::{Stage, StepStatus};
use crate::runbook::model::{Step, StepKind};
use crate::tui::commands::Wish;
use crate::tui::dialog::Purpose;
use crate::tui::keys::{Chord, Command};
use crate::tui::scene::Facts;
use crate::tui::view::{NoticeTone, Screen, View};

pub(super) fn next(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    if view.screen == Screen::Checklists {
        return next_item(chord, view, facts);
    }
    match facts.state.stage {
        Stage::Planned => begin(chord, view, facts),
        Stage::Underway { .. } if facts.open_gate().is_some() => {
            view.screen = Screen::Gate;
            None
        }
        Stage::Underway { .. } | Stage::RollingBack | Stage::Ended(..) => next_step(chord, view, facts),
    }
}

/// Before the start the checklists come first; once nothing is open in them, the start is offered.
fn begin(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    match decide(facts.state, &Action::StartDeployment, &facts.asked()) {
        Ok(_) => ask(Purpose::Begin, chord, view, facts),
        Err(refusal) => {
            view.say(NoticeTone::Plain, refusal.0, facts.now);
            view.screen = Screen::Checklists;
            None
        }
    }
}

fn next_item(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let has_field = facts.selected_item(view).is_some_and(|item| item.field.is_some());
    let command = if has_field { Command::Fill } else { Command::Tick };
    let refused = |why: String, view: &mut View| {
        view.say(NoticeTone::Refused, why, facts.now);
        None
    };
    match super::intent(command, facts, view) {
        Ok(Action::Untick { .. }) => refused("it is ticked already: Space takes the tick back".to_owned(), view),
        Ok(action) => lead(action, command, chord, view, facts),
        Err(why) => refused(why, view),
    }
}

fn next_step(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let Some(step) = facts.selected_step(view) else {
        view.say(NoticeTone::Refused, "there is no step here", facts.now);
        return None;
    };
    match facts.step_status(step) {
        StepStatus::Running { .. } if matches!(step.kind, StepKind::Manual { .. }) => {
            ask(Purpose::Finish(step.id.clone()), chord, view, facts)
        }
        StepStatus::Running { .. } => {
            // A key pressed once too often must not take the gauges away.
            let running =
                if step.kind.begins_by_itself() { "ends by itself" } else { "is running: o shows its output, x stops it" };
            view.say(NoticeTone::Plain, format!("{} {running}", step.number), facts.now);
            None
        }
        StepStatus::Waiting
        | StepStatus::Done { .. }
        | StepStatus::Failed { .. }
        | StepStatus::Skipped { .. }
        | StepStatus::Lost { .. } => run(step, chord, view, facts),
    }
}

fn run(step: &Step, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let action = Action::RunStep { step: step.id.clone() };
    match decide(facts.state, &action, &facts.asked()) {
        Ok(_) => lead(action, Command::Next, chord, view, facts),
        Err(refusal) => {
            view.say(NoticeTone::Refused, refusal.0, facts.now);
            None
        }
    }
}
