//! Steps of machines that may be stuck: over their time, or silent for long. That is said and nothing is done about it, for many a
//! good step is slow and says little.

use std::fmt;

use super::state::{State, StepStatus};
use crate::runbook::model::{Course, Step, StepKind};
use crate::time::{Moment, Span};

/// A step that says nothing for so long is asked about, unless the plan gives it more.
pub const SILENT: Span = Span(3 * 60_000);

/// Why a step may be stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Longer than the plan gives it.
    Over { by: Span, planned: Span },
    /// Nothing printed, though its time is up or was never said.
    Silent { since: Span },
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over { by, planned } => write!(f, "STUCK? {by} over its {planned}"),
            Self::Silent { since } => write!(f, "STUCK? no output for {since}"),
        }
    }
}

/// Whether this step may be stuck at `now`. What runs on beside others, is looked at for a time, or is being stopped is not.
pub fn stuck(state: &State, step: &Step, now: Moment) -> Option<Stuck> {
    let ends = matches!(step.kind, StepKind::Http(_) | StepKind::Run { course: Course::Once | Course::Until { .. }, .. });
    let known = state.steps.get(&step.id).filter(|_| ends)?;
    let StepStatus::Running { started, cancelled: None, .. } = known.status else { return None };
    let gone = now - started;
    if let Some(planned) = step.duration
        && gone > planned.limit
    {
        return Some(Stuck::Over { by: gone - planned.limit, planned: planned.limit });
    }
    let since = now - known.last_output.unwrap_or(started);
    let expected = step.duration.is_some_and(|planned| gone <= planned.expected);
    (since >= SILENT && !expected).then_some(Stuck::Silent { since })
}

/// The first of the steps being worked on that may be stuck.
pub fn first(state: &State, now: Moment) -> Option<(&Step, Stuck)> {
    super::order::current(state).iter().find_map(|step| Some((step, stuck(state, step, now)?)))
}
