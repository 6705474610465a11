//! The plan in time: planned against actual against projected, the window, and the margin for a rollback.
//!
//! Room time throughout; what wall clocks show differs by `State::clock_offset`.

use chrono::{Days, NaiveDate, NaiveTime};

use crate::room::state::{PhaseStatus, Stage, State, StepStatus};
use crate::runbook::model::{At, Phase, Runbook, Step, StepKind};
use crate::time::{Moment, Span};

/// One phase on the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// As the runbook says; `None` while T is not known.
    pub planned: Option<Stretch>,
    pub began: Option<Moment>,
    pub ended: Option<Moment>,
    /// When it will begin and end as things stand; `None` once the plan is left.
    pub projected: Option<Stretch>,
    /// Later than planned (positive) or earlier: at its end once it is over, else as projected.
    pub drift: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: Moment,
    pub to: Moment,
}

/// The window in room time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSlot {
    pub opens: Moment,
    pub closes: Moment,
    /// The last moment at which a rollback that takes its whole budget still ends inside the window.
    pub latest_rollback: Option<Moment>,
}

/// Where every phase stands in time at `now`.
pub fn slots(state: &State, now: Moment) -> Vec<Slot> {
    let planned = planned(state);
    let goes_on = matches!(state.stage, Stage::Planned | Stage::Underway { .. });
    let mut slots = Vec::with_capacity(planned.len());
    let mut free_from = now;
    for (place, phase) in state.runbook.phases.iter().enumerate() {
        let slot = slot(state, place, phase, planned[place], free_from, now, goes_on);
        free_from = slot.projected.map_or(free_from, |stretch| stretch.to.max(now));
        slots.push(slot);
    }
    slots
}

fn slot(
    state: &State,
    place: usize,
    phase: &Phase,
    planned: Option<Stretch>,
    free_from: Moment,
    now: Moment,
    goes_on: bool,
) -> Slot {
    let (length, still) = (length(phase), still(state, phase, now));
    let (began, ended, projected) = match state.phases[place].status {
        PhaseStatus::Over { began, ended } => (Some(began), Some(ended), Some(Stretch { from: began, to: ended })),
        PhaseStatus::Active { began } => {
            (Some(began), None, goes_on.then(|| Stretch { from: began, to: (began + length).max(now + still) }))
        }
        PhaseStatus::Waiting => {
            let from = planned.map_or(free_from, |planned| planned.from.max(free_from));
            (None, None, goes_on.then(|| Stretch { from, to: from + length.max(still) }))
        }
    };
    let drift = projected.zip(planned).map(|(projected, planned)| projected.to - planned.to);
    Slot { planned, began, ended, projected, drift }
}

/// How long a phase is expected to take: as it says, else what its steps add up to.
pub fn length(phase: &Phase) -> Span {
    phase
        .duration
        .map_or_else(|| phase.steps.iter().map(step_length).fold(Span::ZERO, |sum, span| sum + span), |planned| planned.expected)
}

/// How long the steps of a phase that are not over still take, as far as that is known. A phase that is planned to be shorter
/// than its own waits and bakes does not end before they do.
fn still(state: &State, phase: &Phase, now: Moment) -> Span {
    phase.steps.iter().map(|step| step_still(state, step, now)).fold(Span::ZERO, |sum, span| sum + span)
}

fn step_still(state: &State, step: &Step, now: Moment) -> Span {
    match state.step(&step.id).map(|step| &step.status) {
        Some(StepStatus::Running { started, bake, .. }) => {
            let (whole, done) = match (&step.kind, bake) {
                (StepKind::Bake { span, .. }, Some(bake)) => (*span, bake.held_at(now)),
                (StepKind::Wait { span } | StepKind::Bake { span, .. }, _) => (*span, now - *started),
                (StepKind::Run { .. } | StepKind::Manual { .. } | StepKind::Http(_), _) => (step_length(step), now - *started),
            };
            (whole - done.or_zero()).or_zero()
        }
        Some(StepStatus::Waiting) => step_length(step),
        Some(StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. })
        | None => Span::ZERO,
    }
}

fn step_length(step: &Step) -> Span {
    match (&step.kind, step.duration) {
        (_, Some(planned)) => planned.expected,
        (StepKind::Wait { span } | StepKind::Bake { span, .. }, None) => *span,
        (StepKind::Run { .. } | StepKind::Manual { .. } | StepKind::Http(_), None) => Span::ZERO,
    }
}

/// Each phase as planned; unknown for those that hang on a T which is not known yet.
fn planned(state: &State) -> Vec<Option<Stretch>> {
    let mut free_from = state.t0;
    let mut stretches = Vec::with_capacity(state.runbook.phases.len());
    for phase in &state.runbook.phases {
        let from = match phase.at {
            Some(at) => moment(state, at),
            None => free_from,
        };
        let stretch = from.map(|from| Stretch { from, to: from + length(phase) });
        free_from = stretch.map(|stretch| stretch.to);
        stretches.push(stretch);
    }
    stretches
}

/// How long after T each phase is planned to begin: what a plan says before T is known. `None` for what hangs on the clock.
pub fn offsets(runbook: &Runbook) -> Vec<Option<Span>> {
    let mut free_from = Some(Span::ZERO);
    let begins = runbook.phases.iter().map(|phase| {
        let from = match phase.at {
            Some(At::T(offset)) => Some(offset),
            Some(At::Clock(_)) => None,
            None => free_from,
        };
        free_from = from.map(|from| from + length(phase));
        from
    });
    begins.collect()
}

/// When something planned for `at` is due; `None` while T is not known.
pub fn moment(state: &State, at: At) -> Option<Moment> {
    match at {
        At::T(offset) => state.t0.map(|t0| t0 + offset),
        At::Clock(time) => Some(on_the_day(state, time)),
    }
}

/// A wall-clock time of the plan: on the day the window opens, or on the next when it belongs to the hours after midnight.
fn on_the_day(state: &State, time: NaiveTime) -> Moment {
    let day = day(state);
    let next = state.runbook.window.is_some_and(|window| window.closes <= window.opens && time < window.closes);
    let day = if next { day.checked_add_days(Days::new(1)).unwrap_or(day) } else { day };
    state.runbook.zone.moment(day, time) - state.clock_offset
}

/// The calendar day on which the deployment's window opens: T's, or today.
fn day(state: &State) -> NaiveDate {
    let zone = state.runbook.zone;
    let reference = state.wall(state.t0.unwrap_or(state.opened_at));
    let day = reference.day(zone);
    // After midnight in a window that opened the evening before.
    let after_midnight = state
        .runbook
        .window
        .is_some_and(|window| window.closes <= window.opens && reference.utc().with_timezone(&zone.0).time() < window.closes);
    if after_midnight { day.checked_sub_days(Days::new(1)).unwrap_or(day) } else { day }
}

pub fn window(state: &State) -> Option<WindowSlot> {
    let window = state.runbook.window?;
    let zone = state.runbook.zone;
    let day = day(state);
    let last_day = if window.closes <= window.opens { day.checked_add_days(Days::new(1)).unwrap_or(day) } else { day };
    let opens = zone.moment(day, window.opens) - state.clock_offset;
    let closes = zone.moment(last_day, window.closes) - state.clock_offset;
    let latest_rollback = state.runbook.rollback.as_ref().map(|rollback| closes - rollback.budget);
    Some(WindowSlot { opens, closes, latest_rollback })
}

/// When the whole plan will be done as things stand.
pub fn projected_end(state: &State, now: Moment) -> Option<Moment> {
    slots(state, now).last().and_then(|slot| slot.projected).map(|stretch| stretch.to)
}

/// How far behind the plan the deployment is: the drift of the phase being worked on.
pub fn drift(state: &State, now: Moment) -> Option<Span> {
    let place = state.current_phase()?;
    slots(state, now).get(place).and_then(|slot| slot.drift)
}
