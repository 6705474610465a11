//! What is looked at again and again: each tick of a watch is a fresh checklist.

use crate::id::{PhaseId, WatchId};
use crate::runbook::model::{At, Checklist};
use crate::time::Span;

#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    pub id: WatchId,
    pub from: WatchFrom,
    /// Its rhythm, which may change on the way; never empty.
    pub legs: Vec<Leg>,
    /// How long after its tick a list may stay open before it is overdue.
    pub within: Option<Span>,
    pub list: Checklist,
}

/// A stretch with one rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    pub every: Span,
    /// Counted from the beginning of the watch. Only the last leg of what goes on as long as a phase has none.
    pub until: Option<Span>,
}

/// From when on something is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchFrom {
    /// From the end of the watch before it; the first from the end of the plan.
    Before,
    At(At),
    /// From the beginning of a phase, also beyond its end.
    Phase(PhaseId),
    /// As long as a phase goes on.
    During(PhaseId),
}
