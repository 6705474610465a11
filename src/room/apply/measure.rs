//! What a poll brought: each metric's history and the state of the source.

use crate::id::{MetricId, SourceId};
use crate::measure::against::Sides;
use crate::measure::reading::{Reading, Sample};
use crate::room::apply::moves;
use crate::room::event::{Event, Outcome};
use crate::room::state::State;
use crate::time::{Moment, Span};

/// What a metric measures by what one of its sources gave: that itself, or the comparison, where there is one now.
pub(in crate::room) fn measured(
    state: &State,
    id: &MetricId,
    source: &SourceId,
    reading: &Reading,
    at: Moment,
) -> (Option<Reading>, Option<Sides>) {
    let compares = state.runbook.metrics.get(id).filter(|metric| metric.against.is_some());
    let Some(metric) = compares else { return (Some(reading.clone()), None) };
    let every = |source: &SourceId| state.runbook.sources.get(source).map_or(Span::ZERO, |source| source.every);
    let mut sides = state.sides.get(id).cloned().unwrap_or_default();
    (sides.measured(metric, source, Sample { at, reading: reading.clone() }, every), Some(sides))
}

pub(super) fn polled(state: &mut State, event: &Event, at: Moment) {
    let Event::SourcePolled { source, took, outcome, readings, during, notes, alerts, ages } = event else { return };
    if !moves::takes_in(state, source, during.as_ref(), at) {
        return;
    }
    for (metric, reading) in readings {
        // A number counts from when it was measured, by its own account; that there is none is known from the poll.
        let own = ages.get(metric).filter(|_| reading.number().is_some()).map(|age| at - *age);
        let (reading, sides) = measured(state, metric, source, reading, own.unwrap_or(at));
        if let (Some(reading), Some(history)) = (reading, state.metrics.get_mut(metric)) {
            match own {
                Some(own) => history.push_dated(own, reading),
                None => history.push(at, reading),
            }
        }
        if let Some(sides) = sides {
            state.sides.insert(metric.clone(), sides);
        }
    }
    let tells_alerts = state.runbook.sources.get(source).is_some_and(|source| source.kind.tells_alerts());
    let Some(source) = state.sources.get_mut(source) else { return };
    let up = matches!(outcome, Outcome::Up { .. });
    let was_up = source.last.as_ref().map(|(_, outcome)| matches!(outcome, Outcome::Up { .. }));
    if was_up != Some(up) {
        source.since = Some(at);
    }
    source.health.push(at, Reading::Number(if up { 1.0 } else { 0.0 }));
    let told = match (alerts, outcome) {
        (Some(alerts), _) => Reading::Number(f64::from(alerts.count)),
        (None, Outcome::Down { why }) => Reading::Missing(why.clone()),
        (None, Outcome::Up { .. }) => Reading::Missing("its alerts are not known".to_owned()),
    };
    if tells_alerts {
        source.alerts.push(at, told);
        source.alert_names = alerts.as_ref().map(|alerts| alerts.names.clone()).unwrap_or_default();
    }
    source.took = *took;
    source.during.clone_from(during);
    source.notes.clone_from(notes);
    source.last = Some((at, outcome.clone()));
}
