//! Watches: a fresh checklist at each tick, and the count of those that nobody looked at.

use crate::id::{PhaseId, WatchId};
use crate::room::state::{ItemState, State};
use crate::runbook::model::{Checklist, ListAbout, WatchFrom};

pub(super) fn due(state: &mut State, id: &WatchId, tick: u32, seq: u64) {
    let runbook = state.runbook.clone();
    let Some(watch) = runbook.watch.iter().find(|watch| watch.id == *id) else { return };
    let at = state.watch.entry(id.clone()).or_default();
    (at.tick, at.seq, at.overdue) = (tick, seq, false);
    fresh(state, &watch.list);
}

pub(super) fn overdue(state: &mut State, id: &WatchId, tick: u32) {
    if let Some(at) = state.watch.get_mut(id).filter(|at| at.tick == tick) {
        at.overdue = true;
    }
}

pub(super) fn missed(state: &mut State, id: &WatchId, tick: u32) {
    if let Some(at) = state.watch.get_mut(id) {
        at.missed.push(tick);
    }
}

/// A phase that is done again is watched again from its beginning.
pub(super) fn anew(state: &mut State, phase: &PhaseId) {
    for watch in &state.runbook.watch {
        if matches!(&watch.from, WatchFrom::Phase(of) | WatchFrom::During(of) if of == phase) {
            state.watch.remove(&watch.id);
        }
    }
}

/// Each rollback has its lists to itself.
pub(super) fn rollback_begins(state: &mut State) {
    let runbook = state.runbook.clone();
    for list in runbook.checklists.iter().filter(|list| list.about == ListAbout::Rollback) {
        fresh(state, list);
    }
}

fn fresh(state: &mut State, list: &Checklist) {
    for (_, item) in list.walk() {
        state.items.insert(item.id.clone(), ItemState::default());
    }
}
