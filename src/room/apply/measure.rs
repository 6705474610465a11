//! What a poll brought: each metric's history and the state of the source.

use crate::measure::reading::Reading;
use crate::room::event::{Event, Outcome};
use crate::room::state::State;
use crate::time::Moment;

pub(super) fn polled(state: &mut State, event: &Event, at: Moment) {
    let Event::SourcePolled { source, took, outcome, readings, during, notes, alerts } = event else { return };
    for (metric, reading) in readings {
        if let Some(history) = state.metrics.get_mut(metric) {
            history.push(at, reading.clone());
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
