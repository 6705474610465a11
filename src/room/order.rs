//! The order of steps: what stands before a step, what runs beside it, and which steps are not needed at all.
//!
//! The steps of a part of the plan stand in one list; those inside a group, an option or a verification stand behind the
//! step that they belong to. One goes after the other, except for the steps of a group and what runs in the background.

use crate::id::{StepId, VarName};
use crate::room::event::Done;
use crate::room::state::{Answer, Stage, State, StepStatus};
use crate::runbook::model::{Inside, Step, Then, When};

/// The steps being worked on: of the phase, or of the rollback.
pub fn current(state: &State) -> &[Step] {
    match &state.stage {
        Stage::Planned | Stage::Ended(..) => &[],
        Stage::Underway { phase } => state.runbook.phases.get(*phase).map_or(&[], |phase| &phase.steps),
        Stage::RollingBack => state.runbook.rollback.as_ref().map_or(&[], |rollback| &rollback.steps),
    }
}

pub fn is_running(state: &State, id: &StepId) -> bool {
    state.steps.get(id).is_some_and(|step| matches!(step.status, StepStatus::Running { .. }))
}

/// It runs, and what comes after it waits for its end.
pub fn is_busy(state: &State, step: &Step) -> bool {
    step.kind.background().is_none() && is_running(state, &step.id)
}

/// Whether a step keeps nothing waiting: done, skipped, or running on in the background.
pub fn is_settled(state: &State, step: &Step) -> bool {
    match state.steps.get(&step.id).map(|step| &step.status) {
        Some(StepStatus::Done { .. } | StepStatus::Skipped { .. }) => true,
        Some(StepStatus::Running { .. }) => step.kind.background().is_some(),
        Some(StepStatus::Waiting | StepStatus::Failed { .. } | StepStatus::Lost { .. }) | None => false,
    }
}

fn is_done(state: &State, id: &StepId) -> bool {
    state.steps.get(id).is_some_and(|step| matches!(step.status, StepStatus::Done { .. }))
}

fn parent<'a>(among: &'a [Step], step: &Step) -> Option<&'a Step> {
    let id = step.inside.as_ref()?.parent();
    among.iter().find(|other| other.id == *id)
}

/// The groups that a step is a part of, the nearest first.
fn groups<'a>(among: &'a [Step], step: &'a Step) -> Vec<&'a StepId> {
    let mut groups = Vec::new();
    let mut at = Some(step);
    while let Some(step) = at {
        if let Some(Inside::Group(group)) = &step.inside {
            groups.push(group);
        }
        at = parent(among, step);
    }
    groups
}

/// Whether two steps may run at the same time: a group and what is in it, and what is in the same group.
fn beside(among: &[Step], one: &Step, other: &Step) -> bool {
    let (ones, others) = (groups(among, one), groups(among, other));
    ones.contains(&&other.id) || others.contains(&&one.id) || ones.iter().any(|group| others.contains(group))
}

/// The step that has to be settled before this one may begin.
pub fn before<'a>(state: &State, among: &'a [Step], step: &Step) -> Option<&'a Step> {
    let verified = match &step.inside {
        Some(Inside::Verify(parent)) => among.iter().find(|other| other.id == *parent),
        Some(Inside::Group(_) | Inside::Option(..)) | None => None,
    };
    if let Some(parent) = verified.filter(|parent| !is_settled(state, parent)) {
        return Some(parent);
    }
    among.iter().take_while(|other| other.id != step.id).find(|other| {
        let passes = beside(among, step, other) && (is_running(state, &other.id) || !groups(among, step).contains(&&other.id));
        !is_settled(state, other) && !passes && verified.is_none_or(|parent| parent.id != other.id)
    })
}

/// The step that runs at the moment and leaves no room for this one.
pub fn in_its_place<'a>(state: &'a State, among: &[Step], step: &Step) -> Option<&'a Step> {
    let mut running = state.runbook.all_steps().filter(|other| other.id != step.id && is_busy(state, other));
    running.find(|other| !beside(among, step, other))
}

/// Why a step that has not begun is not needed: by the values, by an answer, by a choice, by what it belongs to.
pub fn not_needed(state: &State, among: &[Step], step: &Step) -> Option<String> {
    match &step.when {
        Some(When::Never { why }) => return Some(why.clone()),
        Some(When::Ask { question }) => {
            if let Some(Answer { yes: false, by, .. }) = state.steps.get(&step.id).and_then(|step| step.answer.as_ref()) {
                return Some(format!("{by} says no: {question}"));
            }
        }
        Some(When::Var { .. }) | None => {}
    }
    let inside = step.inside.as_ref()?;
    let parent = among.iter().find(|other| other.id == *inside.parent())?;
    let status = &state.steps.get(&parent.id)?.status;
    match (inside, status) {
        (_, StepStatus::Skipped { .. }) => Some(format!("{} was skipped", parent.number)),
        (Inside::Option(_, letter), StepStatus::Done { how: Done::Chosen { option, title, .. }, .. }) if letter != option => {
            Some(format!("{}, {title}, was chosen", option.letter()))
        }
        (
            Inside::Option(..) | Inside::Group(_) | Inside::Verify(_),
            StepStatus::Waiting
            | StepStatus::Running { .. }
            | StepStatus::Done { .. }
            | StepStatus::Failed { .. }
            | StepStatus::Lost { .. },
        ) => None,
    }
}

/// How many steps of a list stand for themselves and are not known to be left out. Those of an option, a group or a
/// verification belong to their step.
pub fn to_be_done(state: &State, steps: &[Step]) -> usize {
    steps.iter().filter(|step| step.inside.is_none() && not_needed(state, steps, step).is_none()).count()
}

/// The question that has to be answered before the step can begin.
pub fn open_question<'a>(state: &State, step: &'a Step) -> Option<&'a str> {
    let question = step.when.as_ref()?.question()?;
    state.steps.get(&step.id).is_none_or(|step| step.answer.is_none()).then_some(question)
}

/// The same of a phase.
pub fn open_phase_question(state: &State, place: usize) -> Option<&str> {
    let question = state.runbook.phases.get(place)?.when.as_ref()?.question()?;
    state.phases.get(place).is_none_or(|phase| phase.answer.is_none()).then_some(question)
}

/// The first value that the step can't do without and that nothing has captured: with nothing in its place it would do something
/// else than what was planned.
pub fn lacks(state: &State, step: &Step) -> Option<VarName> {
    state.runbook.needs(step).into_iter().find(|name| !state.captured.contains_key(name))
}

/// `R2 needs backup, which 3.1 has not captured`
pub fn lacking(state: &State, step: &Step) -> Option<String> {
    let name = lacks(state, step)?;
    let from = state.runbook.captures(&name).map_or_else(|| "no step".to_owned(), |from| from.number.clone());
    Some(format!("{} needs {name}, which {from} has not captured", step.number))
}

/// Whether a step begins without a key: it regrets nothing, or somebody has started the group that it is in.
pub fn begins_by_itself(state: &State, among: &[Step], step: &Step) -> bool {
    let asked = open_question(state, step).is_some();
    let in_running_group = matches!(&step.inside, Some(Inside::Group(group)) if is_running(state, group));
    let chosen = in_running_group && !step.waits_for_a_person();
    let verifies = step.is_verification() && parent(among, step).is_some_and(|parent| is_done(state, &parent.id));
    !asked && !step.dangerous && (verifies || chosen || (step.begins_by_itself() && !step.is_verification()))
}

/// The steps of a group that are not settled yet, those that look whether they did what they were to do among them.
pub fn left_in_group<'a>(state: &'a State, among: &'a [Step], group: &Step) -> impl Iterator<Item = &'a Step> {
    let id = group.id.clone();
    among.iter().filter(move |step| groups(among, step).contains(&&id) && !is_settled(state, step))
}

/// Why nothing goes back by itself any more: `past the point of no return, 2.1: the old tables are gone`.
pub fn no_way_back(state: &State) -> Option<String> {
    point_of_no_return(state).map(|(step, why)| format!("past the point of no return, {}: {why}", step.number))
}

/// What a trigger that has fired wants of the people, where it does not count down.
pub fn wants(state: &State, then: Then) -> String {
    match then {
        Then::Rollback { .. } => match no_way_back(state) {
            Some(why) => format!("a rollback is only proposed, {why}"),
            None => "a rollback is proposed".to_owned(),
        },
        Then::Propose => "a rollback is proposed".to_owned(),
        Then::Hold => "the deployment is held".to_owned(),
        Then::Investigate => "to be investigated before anything else".to_owned(),
        Then::Notify => String::new(),
    }
}

/// The first step whose beginning can't be taken back, with why.
pub fn point_of_no_return(state: &State) -> Option<(&Step, &str)> {
    let begun = |step: &&Step| state.steps.get(&step.id).is_some_and(|now| now.attempt > 0);
    state.runbook.all_steps().filter(begun).find_map(|step| Some((step, step.point_of_no_return.as_deref()?)))
}
