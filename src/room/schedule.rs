//! The plan in time: planned against actual against projected, the window, and the margin for a rollback.

use crate::room::state::State;
use crate::time::{Moment, Span};

/// One phase on the clock. Times are room time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// As the runbook says; `None` while T is not known or the plan gives no time.
    pub planned: Option<Stretch>,
    pub began: Option<Moment>,
    pub ended: Option<Moment>,
    /// When it will begin and end as things stand.
    pub projected: Option<Stretch>,
    /// Later than planned (positive), or earlier: at its end once it is over, else as projected.
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
    let _ = now;
    state.phases.iter().map(|_| Slot { planned: None, began: None, ended: None, projected: None, drift: None }).collect()
}

pub fn window(state: &State) -> Option<WindowSlot> {
    let _ = state;
    None
}

/// When the whole plan will be done as things stand.
pub fn projected_end(state: &State, now: Moment) -> Option<Moment> {
    slots(state, now).last().and_then(|slot| slot.projected).map(|stretch| stretch.to)
}

/// How far behind the plan the deployment is: the drift of the phase being worked on.
pub fn drift(state: &State, now: Moment) -> Option<Span> {
    let _ = (state, now);
    None
}
