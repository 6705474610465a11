//! What a poll brought: each metric's history and the state of the source.

use crate::measure::reading::Reading;
use crate::room::event::{Event, Outcome};
use crate::room::state::State;
use crate::time::Moment;

pub(super) fn polled(state: &mut State, event: &Event, at: Moment) {
    let Event::SourcePolled { source, took, outcome, readings, during, notes } = event else { return };
    for (metric, reading) in readings {
        if let Some(history) = state.metrics.get_mut(metric) {
            history.push(at, reading.clone());
        }
    }
    let Some(source) = state.sources.get_mut(source) else { return };
    let up = matches!(outcome, Outcome::Up { .. });
    let was_up = source.last.as_ref().map(|(_, outcome)| matches!(outcome, Outcome::Up { .. }));
    if was_up != Some(up) {
        source.since = Some(at);
    }
    source.health.push(at, Reading::Number(if up { 1.0 } else { 0.0 }));
    source.took = *took;
    source.during.clone_from(during);
    source.notes.clone_from(notes);
    source.last = Some((at, outcome.clone()));
}
