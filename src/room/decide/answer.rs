//! Answering what the plan asks in place, choosing an option, and agreeing as the second person.

use crate::id::{OperatorId, StepId, VarName};
use crate::room::decide::steps::{find, in_the_way, started};
use crate::room::decide::{Decision, need_reason, refuse};
use crate::room::event::{By, Done, Event, Subject};
use crate::room::state::{PhaseStatus, Stage, State, StepStatus};
use crate::runbook::model::{Letter, StepKind};

pub(super) fn answer(state: &State, of: &Subject, yes: bool, by: &OperatorId) -> Decision {
    let question = match of {
        Subject::Step(id) => {
            let place = find(state, id)?;
            if place.now.status != StepStatus::Waiting {
                return refuse(format!("{} has been begun or left out already", place.step.number));
            }
            place.step.when.as_ref().and_then(|when| when.question())
        }
        Subject::Phase(id) => {
            let Stage::Underway { phase: place } = state.stage else {
                return refuse("no phase is being worked on");
            };
            let phase = &state.runbook.phases[place];
            if phase.id != *id || state.phases[place].status != PhaseStatus::Waiting {
                return refuse(format!("phase {id} is not about to begin"));
            }
            phase.when.as_ref().and_then(|when| when.question())
        }
    };
    match question {
        Some(_) => Ok(vec![Event::Answered { of: of.clone(), yes, by: by.clone() }]),
        None => refuse("the plan asks nothing about it"),
    }
}

pub(super) fn choose(state: &State, id: &StepId, option: Letter, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let number = &place.step.number;
    let StepKind::Choose { options } = &place.step.kind else {
        return refuse(format!("there is nothing to choose in {number}"));
    };
    let Some(chosen) = options.get(usize::from(option.0)) else {
        return refuse(format!("{number} has no option {}", option.letter()));
    };
    if place.now.status != StepStatus::Waiting {
        return refuse(format!("{number} has been chosen already"));
    }
    in_the_way(state, &place)?;
    let mut events = started(state, &place, By::Operator(by.clone()));
    let how = Done::Chosen { option, title: chosen.title.clone(), by: by.clone() };
    events.push(Event::StepDone { step: id.clone(), attempt: place.now.attempt + 1, how, ended: None });
    Ok(events)
}

/// What a captured value is, where the step that captures it was left out, failed, or is not what is being worked on. What was
/// captured stays as it is: other steps have used it.
pub(super) fn give(state: &State, name: &VarName, value: &str, by: &OperatorId) -> Decision {
    if let Stage::Planned | Stage::Ended(..) = state.stage {
        return refuse("no step is being worked on");
    }
    if state.runbook.captures(name).is_none() {
        return refuse(format!("no step captures {name}: only what the plan captures can be given"));
    }
    if let Some(known) = state.captured.get(name) {
        return refuse(format!("{name} is known: {known}"));
    }
    let value = need_reason(value, name.as_str()).map_err(|_| crate::room::Refusal::new(format!("say what {name} is")))?;
    Ok(vec![Event::ValueGiven { name: name.clone(), value, by: by.clone() }])
}

pub(super) fn second(state: &State, id: &StepId, person: &str, by: &OperatorId) -> Decision {
    let place = find(state, id)?;
    let number = &place.step.number;
    if !place.step.second_person {
        return refuse(format!("{number} needs no second person"));
    }
    if place.now.status != StepStatus::Waiting {
        return refuse(format!("{number} has been begun or left out already"));
    }
    let person = need_reason(person, "agreeing").map_err(|_| crate::room::Refusal::new("say who agrees"))?;
    Ok(vec![Event::StepSeconded { step: id.clone(), person, by: by.clone() }])
}
