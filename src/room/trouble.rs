//! Since when something is wrong that the room knows of: what the rungs of an escalation are counted from.

use crate::measure::judge::Evidence;
use crate::measure::metric::Band;
use crate::room::State;
use crate::room::event::By;
use crate::room::state::{Stage, StepStatus, TriggerState};
use crate::time::Moment;

/// Something that is wrong, since when, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub since: Moment,
    pub what: String,
}

/// What has been wrong longest and still is; nothing where all is well, or all is over.
pub fn trouble(state: &State) -> Option<Trouble> {
    if matches!(state.stage, Stage::Ended(..)) {
        return None;
    }
    rollback(state).into_iter().chain(triggers(state)).chain(steps(state)).chain(metrics(state)).min_by_key(|one| one.since)
}

fn rollback(state: &State) -> Option<Trouble> {
    let rollback = state.rollback.as_ref()?;
    let what = match &rollback.by {
        By::Operator(operator) => format!("the rollback that {operator} began"),
        By::Trigger(_) | By::Plan => "the rollback".to_owned(),
    };
    Some(Trouble { since: rollback.started, what })
}

fn triggers(state: &State) -> impl Iterator<Item = Trouble> {
    state.runbook.triggers.iter().filter_map(|trigger| match state.triggers.get(&trigger.id)? {
        TriggerState::Fired { since, .. } => {
            let title = if trigger.title.is_empty() { &trigger.when.text } else { &trigger.title };
            Some(Trouble { since: *since, what: format!("the trigger {title}") })
        }
        TriggerState::Quiet | TriggerState::Pending { .. } | TriggerState::Vetoed { .. } => None,
    })
}

fn steps(state: &State) -> impl Iterator<Item = Trouble> {
    state.runbook.all_steps().filter_map(|step| match &state.steps.get(&step.id)?.status {
        StepStatus::Failed { ended, .. } => Some(Trouble { since: *ended, what: format!("{} has failed", step.number) }),
        StepStatus::Lost { noticed, .. } => Some(Trouble { since: *noticed, what: format!("{} is lost", step.number) }),
        StepStatus::Waiting | StepStatus::Running { .. } | StepStatus::Done { .. } | StepStatus::Skipped { .. } => None,
    })
}

/// A metric is critical since the first of its last samples in a row that were; one without a number does not end that.
fn metrics(state: &State) -> impl Iterator<Item = Trouble> {
    state.runbook.metrics.iter().filter_map(|(id, metric)| {
        let bands = state.bands(id);
        let history = state.metrics.get(id)?;
        let samples = history.newest_first().filter(|sample| history.counts(sample));
        let numbers = samples.filter_map(|sample| Some((sample.at, sample.reading.number()?)));
        let critical = numbers.take_while(|(_, value)| bands.of(*value) == Some(Band::Critical));
        critical.last().map(|(since, _)| Trouble { since, what: format!("{} is critical", metric.title) })
    })
}
