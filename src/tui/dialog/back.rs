//! What a rollback will do, before it is started: what it stops and waits for, what it runs, and what of it may be left out.

use super::words::{Words, plain};
use crate::room::order;
use crate::room::state::StepStatus;
use crate::runbook::model::{ChoiceOption, Ends, Rollback, Step, StepKind};
use crate::tui::scene::Facts;

/// Steps of the rollback that are named one by one.
const NAMED_MAX: usize = 6;

pub(super) fn roll_back(facts: &Facts) -> Words {
    let asked = facts.state.runbook.vars.values().find(|var| var.at_rollback).and_then(|var| var.ask.as_deref());
    let mut words = plain("ROLL BACK".to_owned(), asked.unwrap_or("why we roll back"), "ROLL BACK").dangerous();
    if let Some((step, why)) = order::point_of_no_return(facts.state) {
        words
            .will
            .push(format!("PAST THE POINT OF NO RETURN since {}: {why}. This way back may no longer lead there.", step.number));
    }
    words.will.extend(rollback_plan(facts));
    words.wont.push("No gate or poll is asked. It can't be called off as a whole; a step of it can be stopped.".to_owned());
    words
}

/// What the rollback does, as a plan.
pub(super) fn rollback_plan(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = facts.state.runbook.all_steps().filter_map(|step| in_its_way(step, facts)).collect();
    let Some(rollback) = &facts.state.runbook.rollback else { return lines };
    let stops = |step: &Step| step.kind.runs_outside() && step.kind.background() != Some(Ends::Never);
    let waits = facts.state.runbook.all_steps().any(|step| stops(step) && order::is_running(facts.state, &step.id));
    let when = if waits { "once that has ended" } else { "at once" };
    let (run, left_out) = parts(rollback, facts);
    let some = if run.len() == 1 { "step" } else { "steps" };
    lines.push(format!("Starts the rollback {when}: {} {some}, budget {}.", run.len(), rollback.budget));
    let named = if run.len() > NAMED_MAX { NAMED_MAX - 1 } else { run.len() };
    lines.extend(run.iter().take(named).map(|step| format!("  {}", named_with_condition(step))));
    if run.len() > named {
        lines.push(format!("  and {} more", run.len() - named));
    }
    if !left_out.is_empty() {
        lines.push(format!("Left out: {}.", left_out.join("; ")));
    }
    lines
}

/// What becomes of a step that runs now, and whether the rollback waits for it.
fn in_its_way(step: &Step, facts: &Facts) -> Option<String> {
    let StepStatus::Running { cancelled, .. } = &facts.state.step(&step.id)?.status else { return None };
    let name = format!("{} {}", step.number, step.title);
    Some(match step.kind.background() {
        Some(Ends::Never) => format!("{name} is left running."),
        Some(Ends::Phase | Ends::Plan) | None if cancelled.is_some() => {
            format!("{name} is being stopped already: the rollback waits for its end.")
        }
        Some(Ends::Phase | Ends::Plan) | None if step.kind.runs_outside() => {
            format!("Stops {name} first: TERM, KILL after {}. The rollback waits for its end.", step.grace)
        }
        Some(Ends::Phase | Ends::Plan) | None => format!("Ends {name} at once; it counts as failed."),
    })
}

/// The steps of the rollback that stand for themselves, and those that are known not to run: with why.
fn parts<'a>(rollback: &'a Rollback, facts: &Facts) -> (Vec<&'a Step>, Vec<String>) {
    let (mut run, mut left_out) = (Vec::new(), Vec::new());
    for step in rollback.steps.iter().filter(|step| step.inside.is_none()) {
        match order::not_needed(facts.state, &rollback.steps, step) {
            Some(why) => left_out.push(format!("{} {} ({why})", step.number, step.title)),
            None => run.push(step),
        }
    }
    (run, left_out)
}

/// `R3 Switch the traffic, if you say so: Is green warm?`, `R4 Which backup (one of: A the snapshot, B the dump)`
fn named_with_condition(step: &Step) -> String {
    let name = format!("{} {}", step.number, step.title);
    if let Some(question) = step.when.as_ref().and_then(|when| when.question()) {
        return format!("{name}, if you say so: {question}");
    }
    let StepKind::Choose { options } = &step.kind else { return name };
    let option = |(letter, option): (char, &ChoiceOption)| format!("{letter} {}", option.title);
    let options: Vec<String> = ('A'..='Z').zip(options).map(option).collect();
    format!("{name} (one of: {})", options.join(", "))
}
