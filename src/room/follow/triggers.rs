//! Triggers: a condition that comes true, holds for its time, and proposes or starts the rollback.
//!
//! Unknown evidence neither fires a trigger nor clears it: a pending one stays pending, a countdown that began
//! on good evidence runs on. What clears it is evidence that the condition is no longer true.

use crate::measure::judge::{Judgement, Verdict};
use crate::room::decide::rollback_begins;
use crate::room::event::{Asker, By, Event};
use crate::room::order;
use crate::room::state::{PhaseStatus, Stage, State, TriggerState};
use crate::runbook::model::{Then, Trigger};
use crate::time::{Moment, Span};

pub(super) fn due(state: &State, now: Moment) -> Vec<Event> {
    for trigger in &state.runbook.triggers {
        let events = one(state, trigger, now);
        if !events.is_empty() {
            return events;
        }
    }
    Vec::new()
}

/// Whether the trigger watches at all: in its phases, from their first step until they are over.
pub fn watches(state: &State, trigger: &Trigger) -> bool {
    let Stage::Underway { phase } = state.stage else { return false };
    let during = |place: usize| {
        let active = matches!(state.phases[place].status, PhaseStatus::Active { .. });
        active && (trigger.during.is_empty() || trigger.during.contains(&state.runbook.phases[place].id))
    };
    // Between two phases the one before still counts: its traffic is what is being served.
    during(phase) || (phase > 0 && state.phases[phase].status == PhaseStatus::Waiting && was_during(state, trigger, phase - 1))
}

fn was_during(state: &State, trigger: &Trigger, place: usize) -> bool {
    trigger.during.is_empty() || trigger.during.contains(&state.runbook.phases[place].id)
}

fn one(state: &State, trigger: &Trigger, now: Moment) -> Vec<Event> {
    let Some(at) = state.triggers.get(&trigger.id) else { return Vec::new() };
    // A rollback that counts down is not given up because the plan moved on: it takes a veto, or good evidence.
    let counts_down = matches!(at, TriggerState::Fired { rollback_at: Some(_), .. });
    if !watches(state, trigger) && !counts_down {
        let quiet = *at == TriggerState::Quiet;
        return if quiet { Vec::new() } else { cleared(trigger, "its phases are over".to_owned()) };
    }
    let Some(asker) = state.trigger_asking(&trigger.id) else { return Vec::new() };
    let judged = || state.judge(&trigger.when, &asker, now);
    match (at, state.verdict(&trigger.when, &asker, now)) {
        (TriggerState::Quiet, Verdict::Pass) => came_true(state, trigger, judged(), now),
        (TriggerState::Pending { since }, Verdict::Pass) if now - *since >= trigger.hold => held(state, trigger, &asker, now),
        (TriggerState::Fired { rollback_at: Some(when), .. }, Verdict::Pass | Verdict::Unknown) if now >= *when => {
            // What can't be taken back may have begun since.
            if order::point_of_no_return(state).is_some() {
                vec![fired(state, trigger, judged(), now)]
            } else {
                roll_back(state, trigger)
            }
        }
        (TriggerState::Pending { .. } | TriggerState::Fired { .. } | TriggerState::Vetoed { .. }, Verdict::Fail) => {
            cleared(trigger, judged().now)
        }
        (TriggerState::Quiet, Verdict::Fail | Verdict::Unknown)
        | (
            TriggerState::Pending { .. } | TriggerState::Fired { .. } | TriggerState::Vetoed { .. },
            Verdict::Pass | Verdict::Unknown,
        ) => Vec::new(),
    }
}

/// It fires when samples show that it held all the time; a single one, or some with a gap between, do not.
fn held(state: &State, trigger: &Trigger, asker: &Asker, now: Moment) -> Vec<Event> {
    let judged = state.judge_held(&trigger.when, trigger.hold, asker, now);
    if judged.verdict == Verdict::Pass { vec![fired(state, trigger, judged, now)] } else { Vec::new() }
}

/// How far a condition that came true is from firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// For how long samples show it, of the time that counts.
    True { held: Span },
    /// It counts again from the next samples on.
    Unknown { why: String },
}

/// As the trigger itself judges it: by what samples show, and no longer than it watches.
pub fn pending(state: &State, trigger: &Trigger, since: Moment, now: Moment) -> Pending {
    let watched = (now - since).or_zero();
    let Some(asker) = state.trigger_asking(&trigger.id) else { return Pending::Unknown { why: "no phase goes on".to_owned() } };
    let judged = state.judge(&trigger.when, &asker, now);
    match judged.verdict {
        Verdict::Unknown => Pending::Unknown { why: judged.reason },
        Verdict::Pass | Verdict::Fail => Pending::True { held: judged.held.map_or(watched, |held| held.min(watched)) },
    }
}

/// After a stretch in which nothing could be done (the machine slept, the program was stopped) nobody had the time to
/// veto: what counts down begins to count anew.
pub fn counted_anew(state: &State, now: Moment) -> Vec<Event> {
    let counting = state.runbook.triggers.iter().filter_map(|trigger| match state.triggers.get(&trigger.id)? {
        TriggerState::Fired { rollback_at: Some(_), evidence, .. } => Some(fired(state, trigger, evidence.clone(), now)),
        TriggerState::Fired { rollback_at: None, .. }
        | TriggerState::Quiet
        | TriggerState::Pending { .. }
        | TriggerState::Vetoed { .. } => None,
    });
    counting.collect()
}

fn came_true(state: &State, trigger: &Trigger, judged: Judgement, now: Moment) -> Vec<Event> {
    let pending = Event::TriggerPending { trigger: trigger.id.clone() };
    if trigger.hold.0 > 0 { vec![pending] } else { vec![pending, fired(state, trigger, judged, now)] }
}

fn fired(state: &State, trigger: &Trigger, evidence: Judgement, now: Moment) -> Event {
    let rollback_at = match trigger.then {
        // Past the point of no return a person decides.
        Then::Rollback { .. } if order::point_of_no_return(state).is_some() => None,
        Then::Rollback { countdown } => Some(now + countdown),
        Then::Propose | Then::Hold | Then::Investigate | Then::Notify => None,
    };
    Event::TriggerFired { trigger: trigger.id.clone(), evidence, rollback_at }
}

fn cleared(trigger: &Trigger, why: String) -> Vec<Event> {
    vec![Event::TriggerCleared { trigger: trigger.id.clone(), why }]
}

fn roll_back(state: &State, trigger: &Trigger) -> Vec<Event> {
    let reason = match state.triggers.get(&trigger.id) {
        Some(TriggerState::Fired { evidence, .. }) => format!("{}: {}", trigger.title, evidence.now),
        Some(TriggerState::Quiet | TriggerState::Pending { .. } | TriggerState::Vetoed { .. }) | None => trigger.title.clone(),
    };
    rollback_begins(state, &By::Trigger(trigger.id.clone()), &reason).unwrap_or_default()
}
