//! The plan in time, and what a step printed: a line for each.

use crate::room::schedule::{self, Slot};
use crate::room::state::{State, StepStatus};
use crate::text::clean_line;
use crate::time::{Moment, Span};

/// `Phase 2 Canary: planned 09:00 to 09:30, begun 09:02, ends 09:32, 2:00 late.`
pub fn timeline(state: &State, now: Moment) -> Vec<String> {
    let clock = |at: Moment| schedule::clock_or_date(state, at, now);
    let slots = schedule::slots(state, now);
    let mut lines: Vec<String> = state
        .runbook
        .phases
        .iter()
        .zip(slots)
        .map(|(phase, slot)| {
            let said = [planned(&slot, &clock), actual(&slot, &clock), drift(&slot)];
            let said: Vec<String> = said.into_iter().flatten().collect();
            let said = if said.is_empty() { "no time yet, T is not known".to_owned() } else { said.join(", ") };
            format!("Phase {} {}: {said}.", phase.number, clean_line(&phase.title))
        })
        .collect();
    if let Some(end) = schedule::projected_end(state, now).filter(|end| *end >= now) {
        lines.push(format!("The plan ends at {}, in {}.", clock(end), end - now));
    }
    if let Some(window) = schedule::window(state) {
        let latest =
            window.latest_rollback.map_or_else(String::new, |latest| format!("; a rollback fits until {}", clock(latest)));
        lines.push(format!("The window is open from {} to {}{latest}.", clock(window.opens), clock(window.closes)));
    }
    lines
}

fn planned(slot: &Slot, clock: &impl Fn(Moment) -> String) -> Option<String> {
    slot.planned.map(|planned| format!("planned {} to {}", clock(planned.from), clock(planned.to)))
}

fn actual(slot: &Slot, clock: &impl Fn(Moment) -> String) -> Option<String> {
    match (slot.began, slot.ended, slot.projected) {
        (Some(began), Some(ended), _) => Some(format!("was {} to {}", clock(began), clock(ended))),
        (Some(began), None, Some(ahead)) => Some(format!("begun {}, ends {}", clock(began), clock(ahead.to))),
        (Some(began), None, None) => Some(format!("begun {}, and left", clock(began))),
        (None, _, Some(ahead)) => Some(format!("comes {} to {}", clock(ahead.from), clock(ahead.to))),
        (None, _, None) => None,
    }
}

fn drift(slot: &Slot) -> Option<String> {
    slot.drift
        .filter(|drift| drift.abs() >= Span::MINUTE)
        .map(|drift| if drift.0 > 0 { format!("{drift} late") } else { format!("{} early", -drift) })
}

/// What the step of this name printed, or else the one that runs, or else the last that printed anything.
pub fn output(state: &State, named: Option<&str>) -> Result<Vec<String>, String> {
    let printed = |id| state.step(id).map_or(0, |step| step.printed);
    let runs = |id| state.step(id).is_some_and(|step| matches!(step.status, StepStatus::Running { .. }));
    let step = if let Some(name) = named {
        state.runbook.step(&super::find::step(state, name)?)
    } else {
        let all = || state.runbook.all_steps().filter(|step| printed(&step.id) > 0);
        all().find(|step| runs(&step.id)).or_else(|| all().last())
    };
    let Some(step) = step else { return Ok(vec!["No step has printed anything.".to_owned()]) };
    let name = format!("Step {} {}", step.number, clean_line(&step.title));
    let Some(now) = state.step(&step.id).filter(|step| step.printed > 0) else {
        return Ok(vec![format!("{name} has printed nothing.")]);
    };
    let mut lines = vec![format!("{name} printed {} lines; the last {}:", now.printed, now.output.len())];
    lines.extend(now.output.iter().map(|line| clean_line(line).into_owned()));
    Ok(lines)
}
