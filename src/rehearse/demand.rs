//! What a runbook wants of each of its numbers, and how a number would have to be to disappoint it.

use std::collections::HashMap;

use crate::id::{MetricId, SourceId};
use crate::measure::criterion::{Amount, Criterion, Limit, Op, Test, Way};
use crate::measure::metric::{Bands, Baseline, Metric, Range};
use crate::measure::unit::Unit;
use crate::runbook::model::Runbook;

/// Where a metric must lie for everybody to be content; an end that is not there is open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Demand {
    low: Option<f64>,
    high: Option<f64>,
}

impl Demand {
    /// The demands on every metric: its normal band, what gates, bakes and the rollback's verification want, and that no
    /// trigger's condition is true.
    pub(super) fn all(runbook: &Runbook) -> HashMap<MetricId, Self> {
        let mut demands: HashMap<MetricId, Self> =
            runbook.metrics.iter().map(|(id, metric)| (id.clone(), Self::normal(metric))).collect();
        for criterion in wanted(runbook) {
            let mut wish = Wish::default();
            wish.come(&criterion.test, true);
            wish.narrow(runbook, &mut demands);
        }
        for trigger in &runbook.triggers {
            let mut wish = Wish::default();
            wish.come(&trigger.when.test, false);
            wish.narrow(runbook, &mut demands);
        }
        demands
    }

    fn normal(metric: &Metric) -> Self {
        let ends = |range: Range| Self { low: range.low.map(|end| end.value), high: range.high.map(|end| end.value) };
        metric.bands.normal.map_or_else(Self::default, ends)
    }

    /// A demand that cannot be met together with the others is left out: the phases it belongs to differ.
    fn narrow(&mut self, low: Option<f64>, high: Option<f64>) {
        let both = |a: Option<f64>, b: Option<f64>, better: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(better(a, b)),
            (one, other) => one.or(other),
        };
        let narrowed = Self { low: both(self.low, low, f64::max), high: both(self.high, high, f64::min) };
        if narrowed.low.zip(narrowed.high).is_none_or(|(low, high)| low <= high) {
            *self = narrowed;
        }
    }

    /// A number in the middle of what is wanted, and how far it may stray. A share has an end of its own.
    pub(super) fn healthy(self, unit: &Unit) -> (f64, f64) {
        // A score that has to be above 0.9 is out of 1, whatever it is called.
        let is_score = |low: f64| *unit == Unit::None && (0.5..1.0).contains(&low);
        let high = match (whole(unit), self.low) {
            (Some(whole), Some(low)) if low < whole => self.high.or(Some(whole)),
            (None, Some(low)) if is_score(low) => self.high.or(Some(1.0)),
            (Some(_) | None, _) => self.high,
        };
        match (self.low, high) {
            (Some(low), Some(high)) => (low + 0.4 * (high - low), 0.05 * (high - low)),
            (None, Some(high)) if high > 0.0 => (0.4 * high, 0.05 * high),
            (None, Some(high)) => (1.5 * high, -0.05 * high),
            (Some(low), None) if low > 0.0 => (1.5 * low, 0.05 * low),
            (Some(_), None) => (1.0, 0.05),
            (None, None) => (40.0, 2.0),
        }
    }

    pub(super) fn is_limited_above(self) -> bool {
        self.high.is_some()
    }
}

/// What the share of a whole never exceeds.
fn whole(unit: &Unit) -> Option<f64> {
    match unit {
        Unit::Percent => Some(100.0),
        Unit::Fraction => Some(1.0),
        Unit::None
        | Unit::Microseconds
        | Unit::Milliseconds
        | Unit::Seconds
        | Unit::Minutes
        | Unit::Hours
        | Unit::Bytes
        | Unit::Kilobytes
        | Unit::Megabytes
        | Unit::Gigabytes
        | Unit::Kibibytes
        | Unit::Mebibytes
        | Unit::Gibibytes
        | Unit::PerSecond
        | Unit::PerMinute
        | Unit::Other(_) => None,
    }
}

/// A share lies between nothing and all of it; where the runbook itself speaks of more (`cpu > 150%`), that may be.
pub(super) fn possible(unit: &Unit, limits: impl Iterator<Item = f64>, value: f64) -> f64 {
    let Some(whole) = whole(unit) else { return value };
    let more = limits.filter(|limit| *limit >= whole).fold(whole, |most, limit| most.max(2.0 * limit));
    value.clamp(0.0, more)
}

/// Every limit of the bands and of the conditions that speak of this metric.
pub(super) fn limits_of(runbook: &Runbook, id: &MetricId) -> Vec<f64> {
    let bands = |bands: &Bands| {
        let ends = [bands.normal, bands.warning, bands.critical].into_iter().flatten().flat_map(|range| [range.low, range.high]);
        ends.flatten().map(|end| end.value).collect::<Vec<_>>()
    };
    let metric = runbook.metrics.get(id);
    let mut limits: Vec<f64> = metric.iter().flat_map(|metric| bands(&metric.bands)).collect();
    limits.extend(metric.iter().flat_map(|metric| metric.phases.values()).flat_map(bands));
    let mut wish = Wish::default();
    let tests = wanted(runbook).map(|criterion| &criterion.test).chain(runbook.triggers.iter().map(|trigger| &trigger.when.test));
    tests.for_each(|test| wish.come(test, true));
    limits.extend(wish.limits.into_iter().filter_map(|(metric, _, limit)| match limit {
        Limit::Fixed(limit) if metric == *id => Some(limit),
        _ => None,
    }));
    limits
}

/// Everything that a runbook wants to be true.
fn wanted(runbook: &Runbook) -> impl Iterator<Item = &Criterion> {
    let gates = runbook.phases.iter().filter_map(|phase| phase.gate.as_ref()).flat_map(|gate| &gate.require);
    let bakes = runbook.all_steps().flat_map(|step| step.kind.criteria());
    gates.chain(bakes).chain(runbook.rollback.iter().flat_map(|rollback| &rollback.verify))
}

/// What the outside would have to be like for a condition to come true, or false.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wish {
    limits: Vec<(MetricId, Op, Limit)>,
    /// These sources up, or down; without a name, every `health` source.
    pub(super) health: Vec<(Option<SourceId>, bool)>,
    /// Some critical alert fires.
    pub(super) alerts: bool,
}

impl Wish {
    pub(super) fn come(&mut self, test: &Test, true_or_not: bool) {
        match test {
            Test::Compare { metric, op, limit, .. } => {
                let op = if true_or_not { *op } else { opposite(*op) };
                self.limits.push((metric.clone(), op, *limit));
            }
            // What changes by more than it may has jumped by as much again.
            Test::Change { metric, way, op, limit, .. } => {
                let much = matches!(op, Op::More | Op::AtLeast) == true_or_not;
                if much {
                    self.limits.push((metric.clone(), jump(*way), Limit::Beside(double(*limit, *way))));
                }
            }
            Test::Health { source, up, .. } => self.health.push((source.clone(), *up == true_or_not)),
            Test::NoAlerts { .. } => self.alerts |= !true_or_not,
            Test::Uptime { source, .. } => self.health.push((source.clone(), true_or_not)),
            Test::Not(test) => self.come(test, !true_or_not),
            Test::Due { test, .. } => self.come(test, true_or_not),
            // To make an `and` false, or an `or` true, one of them is enough; for what is wanted all the time each is.
            Test::All(tests) if true_or_not => tests.iter().for_each(|test| self.come(test, true)),
            Test::Any(tests) if !true_or_not => tests.iter().for_each(|test| self.come(test, false)),
            Test::All(tests) | Test::Any(tests) => {
                if let Some(first) = tests.first() {
                    self.come(first, true_or_not);
                }
            }
            // Bands are demanded anyway, and people say and tick for themselves.
            Test::Target { .. } | Test::NoCritical { .. } | Test::Complete { .. } | Test::Confirmed { .. } => {}
        }
    }

    fn narrow(self, runbook: &Runbook, demands: &mut HashMap<MetricId, Demand>) {
        for (metric, op, limit) in self.limits {
            let Some(demand) = demands.get_mut(&metric) else { continue };
            let baseline = runbook.metrics.get(&metric).and_then(|metric| metric.baseline);
            let limit = match (limit, baseline) {
                (Limit::Fixed(limit), _) => limit,
                (limit, Some(Baseline::Fixed(baseline))) => limit.value(baseline),
                // What is compared with how it was before is as it was before, and so content.
                (_, Some(Baseline::Before(_)) | None) => continue,
            };
            match op {
                Op::Less | Op::AtMost => demand.narrow(None, Some(limit)),
                Op::More | Op::AtLeast => demand.narrow(Some(limit), None),
                Op::Equal => demand.narrow(Some(limit), Some(limit)),
                Op::NotEqual => {}
            }
        }
    }

    /// The number that this metric would have to be, where the condition speaks of it.
    pub(super) fn number(&self, wanted: &MetricId, usual: f64) -> Option<f64> {
        let (_, op, limit) = self.limits.iter().find(|(metric, ..)| metric == wanted)?;
        let limit = limit.value(usual);
        let margin = 0.5 * limit.abs() + if limit == 0.0 { 1.0 } else { 0.0 };
        Some(match op {
            Op::Less | Op::AtMost => limit - margin,
            Op::More | Op::AtLeast | Op::NotEqual => limit + margin,
            Op::Equal => limit,
        })
    }
}

fn jump(way: Way) -> Op {
    match way {
        Way::Grows => Op::More,
        Way::Falls => Op::Less,
    }
}

/// Twice as much, the way it goes.
fn double(amount: Amount, way: Way) -> Amount {
    let twice = match way {
        Way::Grows => 2.0,
        Way::Falls => -2.0,
    };
    match amount {
        Amount::Share(share) => Amount::Share(share * twice),
        Amount::Plain(plain) => Amount::Plain(plain * twice),
    }
}

fn opposite(op: Op) -> Op {
    match op {
        Op::Less => Op::AtLeast,
        Op::AtMost => Op::More,
        Op::More => Op::AtMost,
        Op::AtLeast => Op::Less,
        Op::Equal => Op::NotEqual,
        Op::NotEqual => Op::Equal,
    }
}

/// A number well inside a range.
pub(super) fn inside(range: Range) -> f64 {
    match (range.low.map(|end| end.value), range.high.map(|end| end.value)) {
        (Some(low), Some(high)) => low.midpoint(high),
        (Some(low), None) => low + 0.3 * low.abs() + if low == 0.0 { 1.0 } else { 0.0 },
        (None, Some(high)) => high - 0.3 * high.abs() - if high == 0.0 { 1.0 } else { 0.0 },
        (None, None) => 0.0,
    }
}
