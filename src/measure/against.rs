//! A metric that compares two sources, canary against stable: one number of what both measured.
//!
//! A comparison is made of two measurements that lie close together, and once each is there. Where either has no number,
//! the comparison has none, at once.

use serde::{Deserialize, Serialize};

use crate::id::SourceId;
use crate::measure::metric::Metric;
use crate::measure::reading::{Reading, Sample};
use crate::measure::unit::Unit;
use crate::time::Span;

/// The other source, and how its number is set against the first one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    pub source: SourceId,
    pub compare: Compare,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compare {
    /// What the first measures above the other.
    #[default]
    Difference,
    /// How many times as much the first measures; in %, when the metric is.
    Ratio,
}

impl Compare {
    fn of(self, own: f64, other: f64, unit: &Unit) -> Reading {
        match self {
            Self::Difference => Reading::of(own - other),
            Self::Ratio if other == 0.0 => Reading::Invalid("there is no ratio to 0".to_owned()),
            Self::Ratio => Reading::of(hundred(unit) * own / other),
        }
    }
}

fn hundred(unit: &Unit) -> f64 {
    if *unit == Unit::Percent { 100.0 } else { 1.0 }
}

impl Metric {
    /// Every source that is asked for it.
    pub fn sources(&self) -> impl Iterator<Item = &SourceId> {
        std::iter::once(&self.source).chain(self.against.as_ref().map(|against| &against.source))
    }

    pub fn asks(&self, source: &SourceId) -> bool {
        self.sources().any(|asked| asked == source)
    }

    /// `canary against stable`, as screens and reasons call where it comes from.
    pub fn whence(&self) -> String {
        self.sources().map(SourceId::as_str).collect::<Vec<_>>().join(" against ")
    }

    /// What `source` has to measure for the metric to be `value`: for what stands in for the sources.
    pub fn side(&self, source: &SourceId, value: f64) -> f64 {
        let compare = self.against.as_ref().map(|against| against.compare);
        match (compare, *source == self.source) {
            (None, _) | (Some(Compare::Difference), true) => value,
            (Some(Compare::Difference), false) => 0.0,
            (Some(Compare::Ratio), true) => value / hundred(&self.unit),
            (Some(Compare::Ratio), false) => 1.0,
        }
    }
}

/// What one side measured and the other has not yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    held: Option<Held>,
    /// The one held came too long after the other's, which was let go; it is not let go again.
    waited: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    is_own: bool,
    sample: Sample,
}

impl Sides {
    /// Takes in what `source` measured, and gives the comparison as soon as there is one. `every` is how often a source is
    /// asked: what lies more than half of that apart waits once for what is nearer, and further apart than that nothing is
    /// compared.
    pub fn measured(
        &mut self,
        metric: &Metric,
        source: &SourceId,
        sample: Sample,
        every: impl Fn(&SourceId) -> Span,
    ) -> Option<Reading> {
        let against = metric.against.as_ref()?;
        let is_own = *source == metric.source;
        let unknown = no_number(source, &sample.reading);
        let Some(held) = self.held.take().filter(|held| held.is_own != is_own) else {
            self.held = Some(Held { is_own, sample });
            return unknown;
        };
        let (one, other) = (every(&metric.source), every(&against.source));
        let apart = sample.at - held.sample.at;
        let most = if self.waited { one.max(other) } else { Span(one.min(other).0 / 2) };
        if apart > most {
            *self = Self { held: Some(Held { is_own, sample }), waited: true };
            return unknown;
        }
        self.waited = false;
        let (own, other) = if is_own { (&sample, &held.sample) } else { (&held.sample, &sample) };
        Some(match (&own.reading, &other.reading) {
            (Reading::Number(own), Reading::Number(other)) => against.compare.of(*own, *other, &metric.unit),
            (Reading::Number(_), none) => no_number(&against.source, none)?,
            (none, _) => no_number(&metric.source, none)?,
        })
    }
}

/// Why a side says nothing, with its name.
fn no_number(source: &SourceId, reading: &Reading) -> Option<Reading> {
    match reading {
        Reading::Number(_) => None,
        Reading::Missing(why) => Some(Reading::Missing(format!("{source}: {why}"))),
        Reading::Invalid(what) => Some(Reading::Invalid(format!("{source}: {what}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::metric::{Bands, Query};
    use crate::time::Moment;

    fn metric(compare: Compare, unit: Unit) -> Metric {
        Metric {
            title: "errors".to_owned(),
            unit,
            source: SourceId::new("canary"),
            against: Some(Against { source: SourceId::new("stable"), compare }),
            query: Query::PromQl("x".to_owned()),
            bands: Bands::default(),
            phases: indexmap::IndexMap::new(),
            better: None,
            baseline: None,
        }
    }

    /// What comes of measurements `(source, seconds, value)`; without a value the source was down. Polled each five seconds.
    fn told(metric: &Metric, measured: &[(&str, i64, Option<f64>)]) -> Vec<Option<Reading>> {
        let mut sides = Sides::default();
        let mut take = |(source, seconds, value): &(&str, i64, Option<f64>)| {
            let reading = value.map_or_else(|| Reading::Missing("no answer".to_owned()), Reading::of);
            let sample = Sample { at: Moment(seconds * 1_000), reading };
            sides.measured(metric, &SourceId::new(source), sample, |_| Span::seconds(5))
        };
        measured.iter().map(&mut take).collect()
    }

    #[test]
    fn a_comparison_is_made_once_both_have_measured_and_each_measurement_counts_once() {
        let measured = [
            ("stable", 0, Some(2.0)),
            ("canary", 1, Some(3.0)),
            ("canary", 5, Some(9.0)),
            ("canary", 10, Some(4.0)),
            ("stable", 11, Some(1.0)),
        ];
        let difference = told(&metric(Compare::Difference, Unit::Percent), &measured);
        assert_eq!(difference, [None, Some(Reading::Number(1.0)), None, None, Some(Reading::Number(3.0))]);
        let ratio = told(&metric(Compare::Ratio, Unit::Percent), &measured[..2]);
        assert_eq!(ratio, [None, Some(Reading::Number(150.0))]);
        let times = told(&metric(Compare::Ratio, Unit::None), &measured[..2]);
        assert_eq!(times, [None, Some(Reading::Number(1.5))]);
    }

    #[test]
    fn a_side_without_a_number_makes_the_comparison_unknown_at_once_and_as_long_as_it_lasts() {
        let down = |source| Some(Reading::Missing(format!("{source}: no answer")));
        let measured =
            [("canary", 0, Some(1.0)), ("stable", 1, None), ("stable", 6, None), ("canary", 7, Some(1.0)), ("canary", 10, None)];
        let told = told(&metric(Compare::Difference, Unit::None), &measured);
        assert_eq!(told, [None, down("stable"), down("stable"), down("stable"), down("canary")]);
        let to_nothing = self::told(&metric(Compare::Ratio, Unit::None), &[("canary", 0, Some(0.0)), ("stable", 0, Some(0.0))]);
        assert_eq!(to_nothing[1], Some(Reading::Invalid("there is no ratio to 0".to_owned())));
    }

    #[test]
    fn what_was_measured_at_different_times_waits_once_for_what_is_nearer() {
        let measured = [
            ("canary", 0, Some(1.0)),
            ("stable", 4, Some(1.0)),
            ("canary", 5, Some(3.0)),
            ("canary", 10, Some(1.0)),
            ("stable", 14, Some(1.0)),
        ];
        let nearer = told(&metric(Compare::Difference, Unit::None), &measured);
        assert_eq!(nearer, [None, None, Some(Reading::Number(2.0)), None, None]);
        // Where both take turns half an interval apart, that is as near as it gets; older than one interval is none.
        let turns = [
            ("canary", 0, Some(1.0)),
            ("stable", 4, Some(1.0)),
            ("canary", 8, Some(3.0)),
            ("stable", 100, Some(1.0)),
            ("canary", 200, Some(1.0)),
        ];
        let slow = told(&metric(Compare::Difference, Unit::None), &turns);
        assert_eq!(slow, [None, None, Some(Reading::Number(2.0)), None, None]);
    }

    #[test]
    fn what_stands_in_for_two_sources_measures_what_compares_to_the_wanted_number() {
        for (compare, unit) in
            [(Compare::Difference, Unit::Percent), (Compare::Ratio, Unit::Percent), (Compare::Ratio, Unit::None)]
        {
            let metric = metric(compare, unit);
            let sides = ["canary", "stable"].map(|source| (source, 0, Some(metric.side(&SourceId::new(source), 105.0))));
            assert_eq!(told(&metric, &sides)[1], Some(Reading::Number(105.0)));
        }
    }
}
