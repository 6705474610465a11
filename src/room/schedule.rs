//! The plan in time: planned against actual against projected, the window, and the margin for a rollback.
//!
//! Room time throughout; what wall clocks show differs by `State::clock_offset`.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};

use crate::room::state::{PhaseStatus, Stage, State, StepStatus};
use crate::runbook::model::{At, Inside, Phase, Runbook, Step, StepKind};
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
    let planned = planned(state, state.t0);
    let goes_on = matches!(state.stage, Stage::Planned | Stage::Underway { .. });
    // Where T is not known, what is projected is a start now.
    let meant = if state.t0.is_some() { planned.clone() } else { self::planned(state, Some(now + lead(&state.runbook))) };
    let mut slots = Vec::with_capacity(planned.len());
    let mut free_from = now;
    for (place, phase) in state.runbook.phases.iter().enumerate() {
        let slot = slot(state, place, phase, (planned[place], meant[place]), free_from, now, goes_on);
        free_from = slot.projected.map_or(free_from, |stretch| stretch.to.max(now));
        slots.push(slot);
    }
    slots
}

fn slot(
    state: &State,
    place: usize,
    phase: &Phase,
    (planned, meant): (Option<Stretch>, Option<Stretch>),
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
            let from = meant.map_or(free_from, |meant| meant.from.max(free_from));
            (None, None, goes_on.then(|| Stretch { from, to: from + length.max(still) }))
        }
    };
    let drift = projected.zip(planned).map(|(projected, planned)| projected.to - planned.to);
    Slot { planned, began, ended, projected, drift }
}

/// By how much the phase being worked on is over the most that a range gives it, `15m..30m`, and that. It is late before, when what
/// is expected of it is over.
pub fn over_its_most(state: &State, now: Moment) -> Option<(&Phase, Span, Span)> {
    let Stage::Underway { phase } = state.stage else { return None };
    let (plan, at) = (state.runbook.phases.get(phase)?, state.phases.get(phase)?);
    let PhaseStatus::Active { began } = at.status else { return None };
    let most = plan.duration.filter(|planned| planned.limit > planned.expected)?.limit;
    let over = now - began - most;
    (over > Span::ZERO).then_some((plan, over, most))
}

/// How long a phase is expected to take: as it says, else what its steps add up to.
pub fn length(phase: &Phase) -> Span {
    phase.duration.map_or_else(|| together(&phase.steps, &step_length), |planned| planned.expected)
}

/// How long the steps of a phase that are not over still take, as far as that is known. A phase that is planned to be shorter
/// than its own waits and bakes does not end before they do.
fn still(state: &State, phase: &Phase, now: Moment) -> Span {
    together(&phase.steps, &|step: &Step| step_still(state, step, now))
}

fn step_still(state: &State, step: &Step, now: Moment) -> Span {
    match state.step(&step.id).map(|step| &step.status) {
        Some(StepStatus::Running { started, bake, .. }) => {
            let (whole, done) = match (&step.kind, bake) {
                (StepKind::Bake { span, .. } | StepKind::Until { hold: span, .. }, Some(bake)) if *span > Span::ZERO => {
                    (*span, bake.held_at(now))
                }
                _ if step.kind.background().is_some() => return Span::ZERO,
                _ => (step_length(step), now - *started),
            };
            (whole - done.or_zero()).or_zero()
        }
        Some(StepStatus::Waiting) => step_length(step),
        Some(StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. })
        | None => Span::ZERO,
    }
}

fn step_length(step: &Step) -> Span {
    if step.kind.background().is_some() {
        return Span::ZERO;
    }
    let own = || step.kind.own_length().unwrap_or_default();
    step.duration.map_or_else(own, |planned| planned.expected)
}

/// What steps take together: those of a group as long as the longest, of several options the first counts until one is chosen.
fn together(steps: &[Step], length: &impl Fn(&Step) -> Span) -> Span {
    let mut sum = Span::ZERO;
    for step in steps.iter().filter(|step| step.inside.is_none()) {
        sum += with_parts(steps, step, length);
    }
    sum
}

fn with_parts(steps: &[Step], step: &Step, length: &impl Fn(&Step) -> Span) -> Span {
    let (mut verified, mut longest) = (Span::ZERO, Span::ZERO);
    let mut options: Vec<Span> = Vec::new();
    for part in steps.iter().filter(|part| part.inside.as_ref().is_some_and(|inside| *inside.parent() == step.id)) {
        let takes = with_parts(steps, part, length);
        match &part.inside {
            Some(Inside::Verify(_)) => verified += takes,
            Some(Inside::Group(_)) => longest = longest.max(takes),
            Some(Inside::Option(_, letter)) => {
                let place = usize::from(letter.0);
                options.resize(options.len().max(place + 1), Span::ZERO);
                options[place] += takes;
            }
            None => {}
        }
    }
    // Options that were not chosen take no time any more, so that what is left is the one that was.
    let chosen = options.into_iter().find(|takes| *takes > Span::ZERO).unwrap_or_default();
    length(step) + longest + chosen + verified
}

/// Each phase as planned with this T; unknown for those that hang on a T which is not known yet.
fn planned(state: &State, t0: Option<Moment>) -> Vec<Option<Stretch>> {
    let mut free_from = t0.map(|t0| t0 - lead_in(&state.runbook));
    let mut stretches = Vec::with_capacity(state.runbook.phases.len());
    for (phase, now) in state.runbook.phases.iter().zip(&state.phases) {
        let from = match phase.at {
            Some(at) => moment_by(state, at, t0),
            None => free_from,
        };
        let length = if now.not_needed.is_some() { Span::ZERO } else { length(phase) };
        let stretch = from.map(|from| Stretch { from, to: from + length });
        free_from = stretch.map(|stretch| stretch.to);
        stretches.push(stretch);
    }
    stretches
}

/// How long before T the plan begins when it says so only by a later phase: what stands before one that is `at: T`, or at a
/// time before that, ends there.
fn lead_in(runbook: &Runbook) -> Span {
    let anchor = runbook.phases.iter().position(|phase| phase.at.is_some());
    let Some(anchor) = anchor.filter(|place| *place > 0) else { return Span::ZERO };
    match runbook.phases[anchor].at {
        Some(At::T(offset)) if offset <= Span::ZERO => {
            let before = runbook.phases[..anchor].iter().map(length).fold(Span::ZERO, |sum, span| sum + span);
            before - offset
        }
        Some(At::T(_) | At::Clock(_) | At::Day(..) | At::Weekday(..) | At::Date(_)) | None => Span::ZERO,
    }
}

/// How long after T each phase is planned to begin: what a plan says before T is known. `None` for what hangs on the clock.
pub fn offsets(runbook: &Runbook) -> Vec<Option<Span>> {
    let mut free_from = Some(-lead_in(runbook));
    let begins = runbook.phases.iter().map(|phase| {
        let from = match phase.at {
            Some(At::T(offset)) => Some(offset),
            Some(At::Clock(_) | At::Day(..) | At::Weekday(..) | At::Date(_)) => None,
            None => free_from,
        };
        free_from = from.map(|from| from + length(phase));
        from
    });
    begins.collect()
}

/// How long after its start a plan has its T, where that is not planned: what stands before T comes first.
pub fn lead(runbook: &Runbook) -> Span {
    let first = offsets(runbook).first().copied().flatten();
    first.map_or(Span::ZERO, |offset| (-offset).or_zero())
}

/// When the plan is to begin, which is with its first phase and may be before T. `None` while nothing says when.
pub fn begins(state: &State) -> Option<Moment> {
    let first = planned(state, state.t0).first().copied().flatten();
    first.map(|first| first.from).or(state.t0)
}

/// When something planned for `at` is due; `None` while T is not known.
pub fn moment(state: &State, at: At) -> Option<Moment> {
    moment_by(state, at, state.t0)
}

fn moment_by(state: &State, at: At, t0: Option<Moment>) -> Option<Moment> {
    match at {
        At::T(offset) => t0.map(|t0| t0 + offset),
        At::Clock(time) => Some(on_the_day(state, time)),
        At::Day(days, time) => Some(on(state, shifted(day(state), days), time)),
        At::Weekday(weekday, time) => {
            let day = day(state);
            let ahead = i64::from(weekday.num_days_from_monday()) - i64::from(day.weekday().num_days_from_monday());
            // The nearest one: from three days before to three days after.
            Some(on(state, shifted(day, (ahead + 3).rem_euclid(7) - 3), time))
        }
        At::Date(when) => Some(on(state, when.date(), when.time())),
    }
}

fn on(state: &State, day: NaiveDate, time: NaiveTime) -> Moment {
    state.runbook.zone.moment(day, time) - state.clock_offset
}

fn shifted(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_signed(TimeDelta::days(days)).unwrap_or(day)
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

/// Whether a rollback would no longer fit into the window. What is planned for after it, like a review a day later, is not held
/// to it.
pub fn too_late_for_rollback(state: &State, now: Moment) -> bool {
    let Some(window) = window(state) else { return false };
    let begun = state.current_phase().and_then(|place| state.runbook.phases.get(..=place)).unwrap_or_default();
    window.latest_rollback.is_some_and(|latest| now > latest)
        && !begun.iter().any(|phase| is_planned_after(state, &window, phase))
}

fn is_planned_after(state: &State, window: &WindowSlot, phase: &Phase) -> bool {
    phase.at.and_then(|at| moment(state, at)).is_some_and(|at| at >= window.closes)
}

/// When that part of the plan will be done that the window is for.
pub fn projected_end_inside(state: &State, window: &WindowSlot, now: Moment) -> Option<Moment> {
    let inside = state.runbook.phases.iter().take_while(|phase| !is_planned_after(state, window, phase)).count();
    slots(state, now).get(..inside)?.last()?.projected.map(|stretch| stretch.to)
}

/// Steps still to be done of which nothing says how long they take: a projection leaves them out, and so is only the
/// earliest. Those of a phase with a duration of its own count once that has run out.
pub fn untimed(state: &State, now: Moment) -> usize {
    let places = state.runbook.phases.iter().zip(&state.phases);
    let open = places.filter(|(phase, at)| match at.status {
        PhaseStatus::Over { .. } => false,
        PhaseStatus::Waiting => at.not_needed.is_none() && phase.duration.is_none(),
        PhaseStatus::Active { began } => phase.duration.is_none_or(|planned| began + planned.expected < now),
    });
    open.map(|(phase, _)| phase.steps.iter().filter(|step| is_untimed(state, &phase.steps, step)).count()).sum()
}

fn is_untimed(state: &State, steps: &[Step], step: &Step) -> bool {
    let left = matches!(state.step(&step.id).map(|step| &step.status), Some(StepStatus::Waiting | StepStatus::Running { .. }));
    // What looks whether a step did what it was to do belongs to that step, and an option to the choice.
    let stands_for_itself = matches!(step.inside, None | Some(Inside::Group(_)));
    let timed = step.duration.is_some() || step.kind.own_length().is_some() || step.kind.background().is_some();
    let of_parts = matches!(step.kind, StepKind::Group)
        || (matches!(step.kind, StepKind::Choose { .. }) && with_parts(steps, step, &step_length) > Span::ZERO);
    left && stands_for_itself && !timed && !of_parts
}

/// When the whole plan will be done as things stand, without what [nothing says the length of](untimed).
pub fn projected_end(state: &State, now: Moment) -> Option<Moment> {
    slots(state, now).last().and_then(|slot| slot.projected).map(|stretch| stretch.to)
}

/// From so far away a time of day is not taken for that of tonight.
const FAR: Span = Span(18 * 3_600_000);

/// Whether a time needs its date: it is far from T, or T is far from now.
pub fn is_another_day(state: &State, at: Moment, now: Moment) -> bool {
    let tonight = state.started.or(state.t0).unwrap_or(now);
    (at - tonight).abs() >= FAR || (now - tonight).abs() >= FAR
}

/// `09:12`, and `28 Nov 09:12` where the clock alone would mislead.
pub fn clock_or_date(state: &State, at: Moment, now: Moment) -> String {
    let (wall, zone) = (state.wall(at), state.runbook.zone);
    if is_another_day(state, at, now) { wall.date_and_clock(zone) } else { wall.clock_minutes(zone) }
}

/// How far behind the plan the deployment is: the drift of the phase being worked on.
pub fn drift(state: &State, now: Moment) -> Option<Span> {
    let place = state.current_phase()?;
    slots(state, now).get(place).and_then(|slot| slot.drift)
}
