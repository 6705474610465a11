//! When what people look at again and again is due.

use crate::id::PhaseId;
use crate::room::schedule;
use crate::room::state::{Ending, PhaseStatus, Stage, State};
use crate::runbook::model::{Checklist, Leg, ListAbout, Watch, WatchFrom};
use crate::time::{Moment, Span};

/// As many ticks are counted at most.
const TICKS_MAX: i64 = 100_000;

/// The ticks of a watch that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticks<'w> {
    start: Moment,
    legs: &'w [Leg],
    /// After this nothing is due any more, whatever the legs say.
    end: Option<Moment>,
}

impl Ticks<'_> {
    /// When a tick is due, from 1. Behind the last one it is said by the last rhythm.
    pub fn at(&self, tick: u32) -> Moment {
        let (mut left, mut from, mut every) = (i64::from(tick), Span::ZERO, Span::ZERO);
        for (place, leg) in self.legs.iter().enumerate() {
            every = leg.every;
            let Some(until) = leg.until.filter(|_| place + 1 < self.legs.len()) else { break };
            let here = (until - from).or_zero().0 / every.0.max(1);
            if left <= here {
                break;
            }
            (left, from) = (left - here, until);
        }
        self.start + from + Span(every.0.saturating_mul(left))
    }

    /// The newest that is due at `now`, from 1; 0 before the first.
    pub fn by(&self, now: Moment) -> u32 {
        let now = self.end.map_or(now, |end| now.min(end));
        self.count((now - self.start).or_zero())
    }

    /// The last one; unknown while its phase goes on.
    pub fn last(&self) -> Option<u32> {
        match (self.end, self.legs.last().and_then(|leg| leg.until)) {
            (Some(end), _) => Some(self.count((end - self.start).or_zero())),
            (None, Some(until)) => Some(self.count(until)),
            (None, None) => None,
        }
    }

    /// When the last of it can no longer be looked at.
    pub fn over(&self) -> Option<Moment> {
        self.last().map(|last| self.at(last + 1))
    }

    /// When the watch behind it begins.
    fn ends(&self) -> Option<Moment> {
        self.legs.last().and_then(|leg| leg.until).map(|until| self.start + until)
    }

    fn count(&self, passed: Span) -> u32 {
        let (mut ticks, mut from) = (0, Span::ZERO);
        for leg in self.legs {
            let to = leg.until.map_or(passed, |until| until.min(passed));
            ticks += (to - from).or_zero().0 / leg.every.0.max(1);
            match leg.until {
                Some(until) if until <= passed => from = until,
                Some(_) | None => break,
            }
        }
        u32::try_from(ticks.min(TICKS_MAX)).unwrap_or_default()
    }
}

/// Every watch with its ticks, where it has begun: with its phase, at its time, or where the one before it ends. A plan that
/// was left is not watched any more.
pub fn all(state: &State) -> Vec<(&Watch, Option<Ticks<'_>>)> {
    let left = match &state.stage {
        Stage::Planned | Stage::RollingBack => true,
        Stage::Underway { .. } => false,
        Stage::Ended(ending, _) => *ending != Ending::Completed,
    };
    let mut free = plan_ended(state);
    let ticks = state.runbook.watch.iter().map(|watch| {
        let begun = begins(state, watch, free);
        let ticks = begun.filter(|_| !left).map(|(start, end)| Ticks { start, legs: &watch.legs, end });
        if !matches!(watch.from, WatchFrom::During(_)) {
            free = ticks.and_then(|ticks| ticks.ends());
        }
        (watch, ticks)
    });
    ticks.collect()
}

/// When the last phase was over. Who signs after that keeps nobody from watching.
fn plan_ended(state: &State) -> Option<Moment> {
    let over = |place: usize| match state.phases.get(place)?.status {
        PhaseStatus::Over { ended, .. } => Some(ended),
        PhaseStatus::Waiting | PhaseStatus::Active { .. } => None,
    };
    let last = state.phases.len().checked_sub(1)?;
    match state.stage {
        Stage::Ended(Ending::Completed, at) => Some(over(last).unwrap_or(at)),
        Stage::Underway { phase } if phase == last => over(last),
        Stage::Planned
        | Stage::Underway { .. }
        | Stage::RollingBack
        | Stage::Ended(Ending::RolledBack { .. } | Ending::Abandoned { .. }, _) => None,
    }
}

fn begins(state: &State, watch: &Watch, free: Option<Moment>) -> Option<(Moment, Option<Moment>)> {
    let phase = |id: &PhaseId| {
        let place = state.runbook.phases.iter().position(|phase| phase.id == *id)?;
        match state.phases.get(place)?.status {
            PhaseStatus::Waiting => None,
            PhaseStatus::Active { began } => Some((began, None)),
            PhaseStatus::Over { began, ended } => Some((began, Some(ended))),
        }
    };
    match &watch.from {
        WatchFrom::Before => free.map(|free| (free, None)),
        WatchFrom::At(at) => schedule::moment(state, *at).map(|at| (at, None)),
        WatchFrom::Phase(id) => phase(id).map(|(began, _)| (began, None)),
        WatchFrom::During(id) => phase(id),
    }
}

/// The ticks of one.
pub fn ticks<'s>(state: &'s State, watch: &Watch) -> Option<Ticks<'s>> {
    all(state).into_iter().find(|(known, _)| known.id == watch.id).and_then(|(_, ticks)| ticks)
}

/// How long after its tick a list is overdue.
pub fn grace(watch: &Watch, ticks: &Ticks<'_>, tick: u32) -> Span {
    watch.within.unwrap_or_else(|| Span((ticks.at(tick + 1) - ticks.at(tick)).0 / 2))
}

/// Whether something is still to be looked at, so that the room is needed although the plan is done.
pub fn goes_on(state: &State, now: Moment) -> bool {
    all(state).iter().any(|(_, ticks)| ticks.is_some_and(|ticks| ticks.over().is_none_or(|over| now < over)))
}

/// The list of a tick that is due and not looked at, the one that is open longest first.
pub fn open(state: &State) -> Option<&Checklist> {
    let due = all(state).into_iter().filter_map(|(watch, ticks)| Some((watch, ticks?, state.watch.get(&watch.id)?)));
    let open = due.filter(|(watch, _, at)| is_open(state, watch) && !at.missed.contains(&at.tick));
    open.min_by_key(|(_, ticks, at)| ticks.at(at.tick)).map(|(watch, ..)| &watch.list)
}

/// Whether something in its newest list is to be ticked.
pub fn is_open(state: &State, watch: &Watch) -> bool {
    let (done, required) = state.required_done(&watch.list);
    done < required
}

/// `1 MISSED, tick 3 of 12 OVERDUE since 10:15, next 10:20`
pub fn told(state: &State, watch: &Watch, now: Moment) -> String {
    let Some(at) = state.watch.get(&watch.id) else { return first(state, watch) };
    // What was missed comes first: a narrow screen cuts the rest off.
    let missed = if at.missed.is_empty() { String::new() } else { format!("{} MISSED, ", at.missed.len()) };
    let Some(ticks) = ticks(state, watch) else { return format!("{missed}over, the plan was left at tick {}", at.tick) };
    let clock = |moment| state.wall(moment).clock_minutes(state.runbook.zone);
    let of = ticks.last().map(|last| format!(" of {last}")).unwrap_or_default();
    let due = clock(ticks.at(at.tick));
    let how = match (is_open(state, watch), at.missed.contains(&at.tick)) {
        (true, true) => "MISSED".to_owned(),
        (true, false) if at.overdue => format!("OVERDUE since {due}"),
        (true, false) => format!("due {due}"),
        (false, _) => "done".to_owned(),
    };
    let is_last = ticks.last() == Some(at.tick);
    let next = match ticks.over() {
        Some(over) if is_last && now >= over => ", over".to_owned(),
        _ if is_last => String::new(),
        Some(_) | None => format!(", next {}", clock(ticks.at(at.tick + 1))),
    };
    format!("{missed}tick {}{of} {how}{next}", at.tick)
}

/// When a watch that was not due yet will be, or what it waits for.
fn first(state: &State, watch: &Watch) -> String {
    if let Some(ticks) = ticks(state, watch) {
        return format!("first due {}", state.wall(ticks.at(1)).clock_minutes(state.runbook.zone));
    }
    let phase = |id: &PhaseId| state.runbook.phase(id).map_or_else(|| id.to_string(), |phase| phase.number.to_string());
    match &watch.from {
        WatchFrom::Before => "not due yet: it begins where the plan, or the watch before it, ends".to_owned(),
        WatchFrom::At(_) => "not due yet".to_owned(),
        WatchFrom::Phase(id) | WatchFrom::During(id) => format!("not due yet: it begins with phase {}", phase(id)),
    }
}

/// Ticks that nobody has looked at, of all watches.
pub fn missed(state: &State) -> usize {
    state.watch.values().map(|at| at.missed.len()).sum()
}

impl State {
    /// The watch that a checklist is the list of.
    pub fn watch_of(&self, list: &Checklist) -> Option<&Watch> {
        self.runbook.watch.iter().find(|watch| watch.list.id == list.id)
    }

    /// The checklists that there is something to do in: those of a rollback once there is one, those of watches once they
    /// were due.
    pub fn lists(&self) -> impl Iterator<Item = &Checklist> {
        let here = |list: &&Checklist| match list.about {
            ListAbout::Start | ListAbout::Asked | ListAbout::After => true,
            ListAbout::Rollback => self.rollback.is_some(),
            ListAbout::Watch => self.watch_of(list).is_some_and(|watch| self.watch.contains_key(&watch.id)),
        };
        self.runbook.lists().filter(here)
    }
}
