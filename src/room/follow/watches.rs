//! Watches: a fresh checklist at each tick, and what was not looked at before the next one is missed.

use crate::room::event::Event;
use crate::room::state::{State, WatchState};
use crate::room::watch::{self, Ticks, is_open};
use crate::runbook::model::Watch;
use crate::time::Moment;

pub(super) fn due(state: &State, now: Moment) -> Vec<Event> {
    let begun = watch::all(state).into_iter().filter_map(|(watch, ticks)| Some((watch, ticks?)));
    begun.flat_map(|(watch, ticks)| one(state, watch, &ticks, now)).collect()
}

fn one(state: &State, watch: &Watch, ticks: &Ticks<'_>, now: Moment) -> Vec<Event> {
    let at = state.watch.get(&watch.id).cloned().unwrap_or_default();
    let due = ticks.by(now);
    let mut events = Vec::new();
    // Those that passed while no room was there were never open.
    for tick in at.tick..due {
        events.extend(missed(state, watch, &at, tick));
        events.push(Event::TickDue { watch: watch.id.clone(), tick: tick + 1 });
    }
    if events.is_empty() && at.tick > 0 {
        let over = ticks.last() == Some(at.tick) && ticks.over().is_some_and(|over| now >= over);
        let late = now >= ticks.at(at.tick) + watch::grace(watch, ticks, at.tick);
        if over {
            events.extend(missed(state, watch, &at, at.tick));
        } else if late && !at.overdue && is_open(state, watch) {
            events.push(Event::TickOverdue { watch: watch.id.clone(), tick: at.tick });
        }
    }
    events
}

/// What was due at `tick`, where nobody has looked at all of it.
fn missed(state: &State, watch: &Watch, at: &WatchState, tick: u32) -> Option<Event> {
    let looked_at = tick == at.tick && (!is_open(state, watch) || at.missed.contains(&tick));
    (tick > 0 && !looked_at).then(|| Event::TickMissed { watch: watch.id.clone(), tick })
}
