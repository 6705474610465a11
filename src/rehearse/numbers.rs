//! The numbers of a rehearsal: within what the runbook wants, until a fault says otherwise.

use std::collections::HashMap;

use super::demand::{Demand, Wish, inside, limits_of, possible};
use super::scenario::{Becomes, Fault, Pick, Scenario, What, loudest};
use crate::id::{MetricId, SourceId, TriggerId};
use crate::measure::metric::{Bands, Metric};
use crate::measure::reading::Reading;
use crate::random::Random;
use crate::room::State;
use crate::runbook::Runbook;
use crate::runbook::model::SourceKind;
use crate::time::{Moment, Span};

#[derive(Clone, Debug)]
pub(super) struct Numbers {
    demands: HashMap<MetricId, Demand>,
    /// What the runbook says of each: a share that it lets be more than all of it may be so.
    limits: HashMap<MetricId, Vec<f64>>,
    chance: Random,
}

impl Numbers {
    pub(super) fn of(runbook: &Runbook, seed: u64) -> Self {
        let limits = runbook.metrics.keys().map(|id| (id.clone(), limits_of(runbook, id))).collect();
        Self { demands: Demand::all(runbook), limits, chance: Random::of(seed) }
    }

    /// What a metric measures at `now`: a number that there can be. `tried` becomes true where a fault made it another.
    pub(super) fn reading(
        &mut self,
        scenario: &Scenario,
        state: &State,
        id: &MetricId,
        now: Moment,
        tried: &mut bool,
    ) -> Reading {
        let Some(metric) = state.runbook.metrics.get(id) else { return Reading::Missing("not in the runbook".to_owned()) };
        let (healthy, faulty) = self.played(scenario, state, (id, metric), now);
        *tried |= faulty.is_some();
        match faulty.unwrap_or(healthy) {
            Reading::Number(value) => {
                let limits = self.limits.get(id).into_iter().flatten().copied();
                Reading::of(possible(&metric.unit, limits, value))
            }
            none => none,
        }
    }

    /// What it would be, and what a fault makes of it instead.
    fn played(
        &mut self,
        scenario: &Scenario,
        state: &State,
        (id, metric): (&MetricId, &Metric),
        now: Moment,
    ) -> (Reading, Option<Reading>) {
        let (centre, spread) = self.demands.get(id).copied().unwrap_or_default().healthy(&metric.unit);
        let stray = self.chance.bell() / 4.0;
        let healthy = Reading::of(centre + stray * spread);
        for fault in &scenario.faults {
            let Some(since) = fault.since(state, now) else { continue };
            let faulty = match self.faulty(fault, state, id, metric) {
                None => continue,
                Some(Becomes::Missing) => Reading::Missing("rehearsed: the series is gone".to_owned()),
                Some(Becomes::Value(value)) => Reading::of(value),
                Some(Becomes::Warning) => match bands(state, metric).warning {
                    Some(warning) => Reading::of(inside(warning)),
                    None => return (Reading::of(centre), None),
                },
                Some(Becomes::Critical) => Reading::of(worst(bands(state, metric), centre)),
                Some(Becomes::Growing(over)) => {
                    let part = part(now - since, over.unwrap_or_else(|| quarter(&state.runbook)));
                    Reading::of(centre + part * 1.5 * (worst(bands(state, metric), centre) - centre) + stray * spread)
                }
            };
            return (healthy, Some(faulty));
        }
        (healthy, None)
    }

    fn usual(&self, id: &MetricId, metric: &Metric) -> f64 {
        self.demands.get(id).copied().unwrap_or_default().healthy(&metric.unit).0
    }

    /// What the fault makes of this metric.
    fn faulty(&self, fault: &Fault, state: &State, id: &MetricId, metric: &Metric) -> Option<Becomes> {
        match &fault.what {
            What::Trigger(pick) => come_true(&state.runbook, pick).number(id, self.usual(id, metric)).map(Becomes::Value),
            What::Metric(pick, becomes) => self.means(pick, &state.runbook, id).then_some(*becomes),
            What::SourceDown(pick) => source_is(&state.runbook, pick, &metric.source).then_some(Becomes::Missing),
            What::StepFails(_) | What::StepHangs(_) => None,
        }
    }

    /// The first is what leaks: a metric in bytes, else one that has a limit above.
    fn means(&self, pick: &Pick<MetricId>, runbook: &Runbook, id: &MetricId) -> bool {
        match pick {
            Pick::All => true,
            Pick::Named(named) => named == id,
            Pick::First => {
                let limited = |id: &MetricId| self.demands.get(id).is_some_and(|demand| demand.is_limited_above());
                let candidates = || runbook.metrics.iter().filter(|(id, _)| limited(id));
                let bytes = candidates().find(|(_, metric)| metric.unit.is_bytes());
                bytes.or_else(|| candidates().next()).is_some_and(|(first, _)| first == id)
            }
        }
    }
}

/// What has to be so for the trigger's condition.
pub(super) fn come_true(runbook: &Runbook, pick: &Pick<TriggerId>) -> Wish {
    let mut wish = Wish::default();
    let first = loudest(runbook);
    for (place, trigger) in runbook.triggers.iter().enumerate() {
        let meant = match pick {
            Pick::First => first == Some(place),
            Pick::All => true,
            Pick::Named(id) => *id == trigger.id,
        };
        if meant {
            wish.come(&trigger.when.test, true);
        }
    }
    wish
}

/// The first source is the one that tells most: a scrape, else whichever stands first.
pub(super) fn source_is(runbook: &Runbook, pick: &Pick<SourceId>, id: &SourceId) -> bool {
    match pick {
        Pick::All => true,
        Pick::Named(named) => named == id,
        Pick::First => {
            let scrape = runbook.sources.iter().find(|(_, source)| matches!(source.kind, SourceKind::Scrape { .. }));
            scrape.or_else(|| runbook.sources.first()).is_some_and(|(first, _)| first == id)
        }
    }
}

fn bands<'a>(state: &State, metric: &'a Metric) -> &'a Bands {
    metric.bands_in(state.current_phase().map(|place| &state.runbook.phases[place].id))
}

fn worst(bands: &Bands, centre: f64) -> f64 {
    bands.critical.or(bands.warning).map_or(2.5 * centre, inside)
}

/// A quarter of what all phases are planned to take, and a minute where they don't say.
fn quarter(runbook: &Runbook) -> Span {
    let planned = runbook.phases.iter().filter_map(|phase| phase.duration).map(|planned| planned.expected.0);
    Span(planned.sum::<i64>() / 4).max(Span::MINUTE)
}

fn part(elapsed: Span, over: Span) -> f64 {
    if over.0 <= 0 { 1.0 } else { (elapsed.as_seconds() / over.as_seconds()).min(1.0) }
}
