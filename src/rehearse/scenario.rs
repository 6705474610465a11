//! What goes wrong in a rehearsal, and when.

use crate::id::{MetricId, PhaseId, SourceId, StepId, TriggerId};
use crate::room::State;
use crate::room::event::By;
use crate::room::state::{PhaseStatus, Stage, StepStatus};
use crate::runbook::model::{Runbook, Step, Then, Trigger};
use crate::time::{Moment, Span};

/// A rehearsal's script of faults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    pub faults: Vec<Fault>,
    /// How long whoever decides takes longer than usual.
    pub late: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub what: What,
    pub when: When,
    /// After what `when` names began.
    pub after: Span,
    /// Without it, until the rollback has undone it.
    pub lasts: Option<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Whatever the trigger's condition asks for comes true.
    Trigger(Pick<TriggerId>),
    Metric(Pick<MetricId>, Becomes),
    SourceDown(Pick<SourceId>),
    StepFails(PickStep),
    /// It never ends by itself.
    StepHangs(PickStep),
}

/// Which of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick<Id> {
    /// The one that speaks loudest: see `Runbook` for what that is.
    First,
    All,
    Named(Id),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PickStep {
    /// The first that a machine does.
    First,
    /// The first that a machine does in the rollback.
    Rollback,
    /// Every one that a machine does.
    All,
    Named(StepId),
}

/// What becomes of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Becomes {
    Warning,
    Critical,
    Missing,
    /// Worse and worse: past every limit in this time; without one, in a quarter of what the plan takes.
    Growing(Option<Span>),
    Value(f64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// All the time, also while rolling back.
    Always,
    /// From the first phase in which a trigger watches.
    Watched,
    Phase(PhaseId),
}

impl Fault {
    /// Since when it acts, if it does at `now`.
    pub fn since(&self, state: &State, now: Moment) -> Option<Moment> {
        let since = self.comes(state).filter(|since| now >= *since)?;
        let over = self.lasts.is_some_and(|lasts| now >= since.saturating_add(lasts));
        (!over && (self.when == When::Always || !undone(state))).then_some(since)
    }

    /// When it begins to act, as far as that is known, whether or not it is over.
    fn comes(&self, state: &State) -> Option<Moment> {
        let began = match &self.when {
            When::Always => Some(state.opened_at),
            When::Watched => began(state, watched(&state.runbook)?),
            When::Phase(id) => began(state, state.runbook.phases.iter().position(|phase| phase.id == *id)?),
        }?;
        Some(began.saturating_add(self.after))
    }
}

fn began(state: &State, place: usize) -> Option<Moment> {
    match state.phases.get(place)?.status {
        PhaseStatus::Waiting => None,
        PhaseStatus::Active { began } | PhaseStatus::Over { began, .. } => Some(began),
    }
}

/// What the deployment brought is gone once the first step that a machine does in the rollback is done: what is only said or chosen
/// before it takes nothing back, and neither does what comes after it where it failed.
fn undone(state: &State) -> bool {
    let rolls_back = state.rollback.is_some() && matches!(state.stage, Stage::RollingBack | Stage::Ended(..));
    let status = |step: &Step| state.steps.get(&step.id).map(|step| &step.status);
    let left_out = |step: &Step| matches!(status(step), Some(StepStatus::Skipped { by: By::Plan, .. }));
    let steps = state.runbook.rollback.as_ref().map_or(&[][..], |rollback| &rollback.steps);
    let acts = steps.iter().find(|step| step.kind.runs_outside() && !left_out(step));
    let first = acts.or_else(|| steps.first());
    rolls_back && first.is_none_or(|step| matches!(status(step), Some(StepStatus::Done { .. })))
}

/// The place of the first phase that a trigger watches; without triggers, of the last phase.
fn watched(runbook: &Runbook) -> Option<usize> {
    let Some(trigger) = loudest(runbook) else { return runbook.phases.len().checked_sub(1) };
    armed(runbook, &runbook.triggers[trigger])
}

/// The place of the first phase in which it watches.
fn armed(runbook: &Runbook, trigger: &Trigger) -> Option<usize> {
    runbook.phases.iter().position(|phase| trigger.during.is_empty() || trigger.during.contains(&phase.id))
}

/// The trigger that does most: one that rolls back by itself, the first that the plan comes to; else whichever stands first.
pub(super) fn loudest(runbook: &Runbook) -> Option<usize> {
    let all = || runbook.triggers.iter().enumerate();
    // What people have to say, no number brings about.
    let measured = all().filter(|(_, trigger)| !trigger.when.test.waits_for_people());
    let by_itself = measured.filter(|(_, trigger)| matches!(trigger.then, Then::Rollback { .. }));
    let first = by_itself.min_by_key(|(_, trigger)| armed(runbook, trigger).unwrap_or(usize::MAX));
    first.or_else(|| all().next()).map(|(place, _)| place)
}

impl PickStep {
    /// Whether it means this step.
    pub(super) fn is(&self, runbook: &Runbook, step: &StepId) -> bool {
        let outside = |steps: &[crate::runbook::model::Step]| {
            steps.iter().find(|step| step.kind.runs_outside()).map(|step| step.id.clone())
        };
        match self {
            Self::Named(id) => id == step,
            Self::All => runbook.step(step).is_some_and(|step| step.kind.runs_outside()),
            Self::First => runbook.phases.iter().find_map(|phase| outside(&phase.steps)).as_ref() == Some(step),
            Self::Rollback => runbook.rollback.as_ref().and_then(|rollback| outside(&rollback.steps)).as_ref() == Some(step),
        }
    }
}
