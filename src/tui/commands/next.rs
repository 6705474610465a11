//! Enter: what the selected step or item wants next.

use super::{ask, lead};
use crate::room::Action;
use crate::room::decide;
use crate::room::event::Subject;
use crate::room::order;
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

/// Why Enter does nothing here: it opens no dialog and no other screen, and the room would refuse what it asks.
pub(in crate::tui) fn comes_to_nothing(view: &View, facts: &Facts) -> Option<String> {
    let refused = |action: &Action| decide(facts.state, action, &facts.asked()).err().map(|refusal| refusal.0);
    if view.screen == Screen::Checklists {
        let has_field = facts.selected_item(view).is_some_and(|item| item.field.is_some());
        return match super::intent(if has_field { Command::Fill } else { Command::Tick }, facts, view) {
            Ok(Action::Untick { .. }) => Some("it is ticked already: Space takes the tick back".to_owned()),
            Ok(action) => refused(&action),
            Err(why) => Some(why),
        };
    }
    match facts.state.stage {
        // It leads to what is still to be ticked.
        Stage::Planned if decide::open_before_start(facts.state).next().is_some() => None,
        Stage::Planned => refused(&Action::StartDeployment),
        Stage::Underway { .. } if facts.open_gate().is_some() => None,
        Stage::Underway { .. } | Stage::RollingBack | Stage::Ended(..) => step_comes_to_nothing(view, facts),
    }
}

fn step_comes_to_nothing(view: &View, facts: &Facts) -> Option<String> {
    let Some(step) = facts.selected_step(view) else { return Some("there is no step here".to_owned()) };
    let id = step.id.clone();
    let action = match facts.step_status(step) {
        StepStatus::Running { .. } if step.kind.by_hand() => Action::FinishStep { step: id, note: "-".to_owned() },
        StepStatus::Running { .. } => {
            // A key pressed once too often must not take the gauges away.
            let running = if step.begins_by_itself() { "ends by itself" } else { "is running: o shows its output, x stops it" };
            return Some(format!("{} {running}", step.number));
        }
        _ if facts.state.in_command(facts.me) && asked_first(step, facts).is_some() => return None,
        StepStatus::Waiting
        | StepStatus::Done { .. }
        | StepStatus::Failed { .. }
        | StepStatus::Skipped { .. }
        | StepStatus::Lost { .. } => Action::RunStep { step: id },
    };
    decide(facts.state, &action, &facts.asked()).err().map(|refusal| refusal.0)
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
        StepStatus::Running { .. } if step.kind.by_hand() => ask(Purpose::Finish(step.id.clone()), chord, view, facts),
        StepStatus::Running { .. } => {
            // A key pressed once too often must not take the gauges away.
            let running = if step.begins_by_itself() { "ends by itself" } else { "is running: o shows its output, x stops it" };
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

/// What has to be asked before the step can begin: whether it applies, which way it goes, whether a second person agrees.
fn asked_first(step: &Step, facts: &Facts) -> Option<Purpose> {
    let state = facts.state;
    let steps = order::current(state);
    let again =
        matches!(facts.step_status(step), StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. });
    if again {
        return lacking(step, facts);
    }
    let is_next = facts.step_status(step) == &StepStatus::Waiting
        && order::before(state, steps, step).is_none()
        && order::in_its_place(state, steps, step).is_none();
    if !is_next || state.hold.is_some() {
        return None;
    }
    if let Stage::Underway { phase } = state.stage
        && order::open_phase_question(state, phase).is_some()
    {
        return Some(Purpose::Question(Subject::Phase(state.runbook.phases[phase].id.clone())));
    }
    let seconded = state.step(&step.id).is_some_and(|now| now.seconded.is_some());
    match &step.kind {
        _ if order::open_question(state, step).is_some() => Some(Purpose::Question(Subject::Step(step.id.clone()))),
        _ if order::lacks(state, step).is_some() => lacking(step, facts),
        StepKind::Choose { .. } => Some(Purpose::Choose(step.id.clone())),
        _ if step.second_person && !seconded => Some(Purpose::Second(step.id.clone())),
        _ => None,
    }
}

/// The value that the step waits for; also for one that is to be run again.
fn lacking(step: &Step, facts: &Facts) -> Option<Purpose> {
    order::lacks(facts.state, step).map(|name| Purpose::Value { step: step.id.clone(), name })
}

fn run(step: &Step, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    if let Some(purpose) = asked_first(step, facts) {
        return ask(purpose, chord, view, facts);
    }
    let action = Action::RunStep { step: step.id.clone() };
    match decide(facts.state, &action, &facts.asked()) {
        Ok(_) => lead(action, Command::Next, chord, view, facts),
        Err(refusal) => {
            view.say(NoticeTone::Refused, refusal.0, facts.now);
            None
        }
    }
}
