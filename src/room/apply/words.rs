//! Words that people give on what no metric shows: kept for what asked, and forgotten where the plan goes back.

use crate::measure::criterion::Criterion;
use crate::room::event::Asker;
use crate::room::state::{Confirmation, State, Word};
use crate::runbook::model::{Phase, Rollback};

pub(super) fn confirmed(state: &mut State, what: &str, asked_by: &[Asker], word: Word) {
    // Of an earlier opening of the same gate, or attempt of the same step, nothing is asked any more.
    let again = |asker: &Asker| asked_by.iter().any(|now| is_of(now, asker));
    state.confirmed.retain(|given| given.what != *what || !given.asked_by.iter().all(again));
    state.confirmed.push(Confirmation { what: what.to_owned(), asked_by: asked_by.to_vec(), word });
}

/// Whether both are the same gate, step, trigger or rollback, whenever they asked.
fn is_of(one: &Asker, other: &Asker) -> bool {
    match (one, other) {
        (Asker::Gate { phase, .. }, Asker::Gate { phase: other, .. }) => phase == other,
        (Asker::Step { step, .. }, Asker::Step { step: other, .. }) => step == other,
        (Asker::Trigger { trigger, .. }, Asker::Trigger { trigger: other, .. }) => trigger == other,
        (Asker::Rollback, Asker::Rollback) => true,
        (Asker::Gate { .. } | Asker::Step { .. } | Asker::Trigger { .. } | Asker::Rollback, _) => false,
    }
}

/// What was confirmed was so then; whether it still is has to be asked again.
pub(super) fn forget_phase(state: &mut State, phase: &Phase) {
    let bakes = phase.steps.iter().flat_map(|step| step.kind.criteria());
    forget_unplaced(state, phase.gate.iter().flat_map(|gate| &gate.require).chain(bakes));
    let here = |asker: &Asker| match asker {
        Asker::Gate { phase: of, .. } | Asker::Trigger { phase: of, .. } => *of == phase.id,
        Asker::Step { step, .. } => phase.steps.iter().any(|own| own.id == *step),
        Asker::Rollback => false,
    };
    forget(state, here);
}

pub(super) fn forget_rollback(state: &mut State, rollback: &Rollback) {
    forget_unplaced(state, &rollback.verify);
    forget(state, |asker| matches!(asker, Asker::Rollback));
}

/// Words that count everywhere are known by their text alone.
fn forget_unplaced<'a>(state: &mut State, criteria: impl IntoIterator<Item = &'a Criterion>) {
    for what in criteria.into_iter().flat_map(|criterion| criterion.test.confirmations()) {
        state.confirmed.retain(|given| given.what != what || !given.asked_by.is_empty());
    }
}

fn forget(state: &mut State, whose: impl Fn(&Asker) -> bool) {
    state.confirmed.retain_mut(|given| {
        let placed = !given.asked_by.is_empty();
        given.asked_by.retain(|asker| !whose(asker));
        !placed || !given.asked_by.is_empty()
    });
}
