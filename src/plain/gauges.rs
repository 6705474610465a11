//! What is measured, in words.

use crate::id::MetricId;
use crate::measure::metric::{Band, Metric};
use crate::measure::reading::Standing;
use crate::measure::show;
use crate::room::State;
use crate::room::event::Outcome;
use crate::text::clean_line;
use crate::time::Moment;

/// `error rate: 0.12 %, normal, 3 s ago`
pub(super) fn gauge(state: &State, id: &MetricId, metric: &Metric, now: Moment) -> String {
    let phase = state.current_phase().map(|place| &state.runbook.phases[place].id);
    let history = state.metrics.get(id);
    let standing = history.map_or(Standing::Never, |history| history.standing(now, state.runbook.fresh_for(id)));
    let age = history.and_then(|history| history.age(now)).map_or_else(String::new, |age| format!(", {} ago", age.age()));
    let title = clean_line(&metric.title);
    match standing {
        Standing::Number(value) => {
            let band = metric.bands_in(phase).of(value).map_or("", word);
            format!("{title}: {}{band}{age}", show::number(value, &metric.unit))
        }
        Standing::Never => format!("{title}: unknown, never measured yet"),
        Standing::Missing(why) => format!("{title}: unknown, missing: {}{age}", clean_line(&why)),
        Standing::Invalid(what) => format!("{title}: unknown, invalid: {}{age}", clean_line(&what)),
        Standing::Stale { last: Some(value) } => {
            format!("{title}: unknown, stale; it was {}{age}", show::number(value, &metric.unit))
        }
        Standing::Stale { last: None } => format!("{title}: unknown, stale{age}"),
    }
}

fn word(band: Band) -> &'static str {
    match band {
        Band::Normal => ", normal",
        Band::Between => ", between its bands",
        Band::Warning => ", WARNING",
        Band::Critical => ", CRITICAL",
    }
}

/// `health: up, status 200, 1 s ago`
pub(super) fn sources(state: &State, now: Moment) -> Vec<String> {
    let said = state.runbook.sources.keys().map(|id| {
        let Some((at, outcome)) = state.sources.get(id).and_then(|source| source.last.as_ref()) else {
            return format!("{id}: unknown, not asked yet");
        };
        let age = (now - *at).or_zero();
        let old = age.age();
        let is_old = state.runbook.sources.get(id).is_some_and(|source| age > source.fresh_for());
        match outcome {
            _ if is_old => format!("{id}: unknown, last heard of {old} ago"),
            Outcome::Up { .. } => format!("{id}: up, {old} ago"),
            Outcome::Down { why } => format!("{id}: DOWN, {}, {old} ago", clean_line(why)),
        }
    });
    said.collect()
}
