//! A step: how it stands, what it is about, and what it takes.

use super::{away, clock, doing, expects, owner, planned};
use crate::room::say;
use crate::room::state::{StepState, StepStatus};
use crate::runbook::model::{CaptureFrom, Inside, Phase, Step, When};
use crate::tui::panes::guides::links;
use crate::tui::panes::prose::{Ink, Prose};
use crate::tui::scene::Facts;

pub(super) fn tell(prose: &mut Prose, facts: &Facts, step: &Step) {
    prose.title(&format!("{} {}", step.number, step.title));
    if let Some(about) = &step.about {
        prose.text(about, Ink::Plain);
    }
    let state = facts.step_state(step);
    if let Some(state) = state {
        stands(prose, facts, state);
    }
    dangers(prose, facts, step, state);
    when_and_who(prose, facts, step, state);
    doing::tell(prose, facts, step);
    expects::tell(prose, facts, step);
    gives(prose, facts, step);
    outline(prose, step);
    if !step.links.is_empty() {
        prose.title("PAGES");
        links(prose, &step.links);
    }
    if let Some(phase) = phase_of(facts, step) {
        of_the_phase(prose, phase);
    }
    doing::tell_text(prose, facts, step);
}

fn stands(prose: &mut Prose, facts: &Facts, state: &StepState) {
    let (said, ink) = match &state.status {
        StepStatus::Waiting => return,
        StepStatus::Running { started, by, .. } => {
            (format!("runs since {}, started by {}", clock(facts, *started), say::by(facts.state, by)), Ink::Link)
        }
        StepStatus::Done { how, started, ended } => {
            (format!("done at {}, {}, took {}", clock(facts, *ended), say::done(facts.state, how), *ended - *started), Ink::Plain)
        }
        StepStatus::Failed { why, ended, .. } => {
            (format!("FAILED at {}: {}", clock(facts, *ended), say::failure(facts.state, why)), Ink::Bad)
        }
        StepStatus::Skipped { by, reason, at } => {
            (format!("skipped at {} by {}: {reason}", clock(facts, *at), say::by(facts.state, by)), Ink::Careful)
        }
        StepStatus::Lost { noticed, why, .. } => {
            (format!("LOST, noticed {}: nobody knows how it ended. {why}", away(facts, *noticed)), Ink::Bad)
        }
    };
    prose.fact("state", &said, ink);
    if state.attempt > 1 {
        prose.fact("tries", &state.attempt.to_string(), Ink::Careful);
    }
}

fn dangers(prose: &mut Prose, facts: &Facts, step: &Step, state: Option<&StepState>) {
    if let Some(why) = &step.point_of_no_return {
        prose.fact("no way back", &format!("POINT OF NO RETURN: {why}"), Ink::Bad);
    }
    if let Some(warn) = &step.warn {
        prose.fact("careful", warn, Ink::Careful);
    }
    if step.dangerous {
        prose.fact("dangerous", "it asks once more before it runs", Ink::Careful);
    }
    if step.second_person {
        match state.and_then(|state| state.seconded.as_ref()) {
            Some((person, word)) => {
                prose.fact("second person", &format!("{person} agreed at {}", clock(facts, word.at)), Ink::Plain);
            }
            None => prose.fact("second person", "somebody else has to agree before it runs", Ink::Careful),
        }
    }
}

fn when_and_who(prose: &mut Prose, facts: &Facts, step: &Step, state: Option<&StepState>) {
    if let Some(id) = &step.owner {
        prose.fact("owner", &owner(facts, id), Ink::Plain);
    }
    if let Some(at) = step.at {
        prose.fact("planned", &planned(facts, at), Ink::Plain);
    }
    if let Some(planned) = step.duration {
        let said = if planned.limit > planned.expected {
            format!("{}, too late after {}", planned.expected, planned.limit)
        } else {
            planned.expected.to_string()
        };
        prose.fact("takes", &said, Ink::Plain);
    }
    if let Some(timeout) = step.timeout {
        prose.fact("fails after", &timeout.to_string(), Ink::Plain);
    }
    match &step.when {
        Some(When::Ask { question }) => {
            let said = match state.and_then(|state| state.answer.as_ref()) {
                Some(answer) => format!("{question} {} says {}", answer.by, if answer.yes { "yes" } else { "no" }),
                None => format!("{question} It is asked when its turn comes"),
            };
            prose.fact("only if", &said, Ink::Plain);
        }
        Some(When::Never { why }) => prose.fact("left out", why, Ink::Careful),
        Some(When::Var { .. }) | None => {}
    }
    if step.optional {
        prose.fact("optional", "it may be skipped without a reason", Ink::Quiet);
    }
    if let Some(inside) = &step.inside {
        prose.fact("belongs to", &belongs(facts, inside), Ink::Quiet);
    }
}

fn belongs(facts: &Facts, inside: &Inside) -> String {
    let parent = facts.state.runbook.step(inside.parent());
    let parent = parent.map_or_else(String::new, |step| format!("{} {}", step.number, step.title));
    match inside {
        Inside::Group(_) => format!("{parent}, beside its other steps"),
        Inside::Option(_, letter) => format!("{parent}, option {}", letter.letter()),
        Inside::Verify(_) => format!("{parent}, which it verifies"),
    }
}

fn gives(prose: &mut Prose, facts: &Facts, step: &Step) {
    for capture in &step.capture {
        let from = match &capture.from {
            CaptureFrom::LastLine if step.kind.by_hand() => "what is typed".to_owned(),
            CaptureFrom::LastLine => "its last line".to_owned(),
            CaptureFrom::Pattern(pattern) => format!("what \"{pattern}\" finds"),
            CaptureFrom::Json(path) => format!("the JSON at {path}"),
        };
        let now = facts.state.captured.get(&capture.name).map_or_else(String::new, |value| format!(": {value}"));
        prose.fact("gives", &format!("{}, {from}{now}", capture.name), Ink::Plain);
    }
}

fn outline(prose: &mut Prose, step: &Step) {
    if step.outline.is_empty() {
        return;
    }
    prose.title("WHAT IT DOES, IN ORDER");
    for (place, (part, takes)) in step.outline.iter().enumerate() {
        let takes = takes.map_or_else(String::new, |takes| format!(", {takes}"));
        prose.fact(&format!("{}.", place + 1), &format!("{part}{takes}"), Ink::Plain);
    }
}

fn phase_of<'a>(facts: &Facts<'a>, step: &Step) -> Option<&'a Phase> {
    facts.state.runbook.phases.iter().find(|phase| phase.steps.iter().any(|one| one.id == step.id))
}

fn of_the_phase(prose: &mut Prose, phase: &Phase) {
    if phase.about.is_none() && phase.links.is_empty() {
        return;
    }
    prose.title(&format!("PHASE {} {}", phase.number, phase.title));
    if let Some(about) = &phase.about {
        prose.text(about, Ink::Plain);
    }
    links(prose, &phase.links);
}
