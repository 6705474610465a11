//! Functions over a window of one series: what a counter gained, how fast it grows, what it was on average.

use super::sums;
use crate::measure::series::Point;
use crate::time::{Moment, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OverFunction {
    Rate,
    Increase,
    Delta,
    InstantRate,
    InstantDelta,
    Derivative,
    /// The parameter says how many seconds ahead.
    PredictLinear,
    Resets,
    Changes,
    Average,
    Min,
    Max,
    Sum,
    Count,
    First,
    Last,
    Present,
    Deviation,
    Variance,
    /// The parameter says which.
    Quantile,
}

/// Where the window lies, and when the question is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) now: Moment,
}

impl OverFunction {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "rate" => Self::Rate,
            "increase" => Self::Increase,
            "delta" => Self::Delta,
            "irate" => Self::InstantRate,
            "idelta" => Self::InstantDelta,
            "deriv" => Self::Derivative,
            "predict_linear" => Self::PredictLinear,
            "resets" => Self::Resets,
            "changes" => Self::Changes,
            "avg_over_time" => Self::Average,
            "min_over_time" => Self::Min,
            "max_over_time" => Self::Max,
            "sum_over_time" => Self::Sum,
            "count_over_time" => Self::Count,
            "first_over_time" => Self::First,
            "last_over_time" => Self::Last,
            "present_over_time" => Self::Present,
            "stddev_over_time" => Self::Deviation,
            "stdvar_over_time" => Self::Variance,
            "quantile_over_time" => Self::Quantile,
            _ => return None,
        })
    }

    /// What it cannot do without: one point tells nothing about change.
    pub(super) fn points_needed(self) -> usize {
        match self {
            Self::Rate
            | Self::Increase
            | Self::Delta
            | Self::InstantRate
            | Self::InstantDelta
            | Self::Derivative
            | Self::PredictLinear => 2,
            Self::Resets
            | Self::Changes
            | Self::Average
            | Self::Min
            | Self::Max
            | Self::Sum
            | Self::Count
            | Self::First
            | Self::Last
            | Self::Present
            | Self::Deviation
            | Self::Variance
            | Self::Quantile => 1,
        }
    }

    /// A picked point is still the metric itself; anything worked out is not.
    pub(super) fn keeps_name(self) -> bool {
        matches!(self, Self::First | Self::Last)
    }

    /// `None` where there are too few points.
    pub(super) fn of(self, points: &[Point], frame: Frame, parameter: f64) -> Option<f64> {
        let (first, last) = (*points.first()?, *points.last()?);
        if points.len() < self.points_needed() {
            return None;
        }
        let values = || points.iter().map(|point| point.value);
        Some(match self {
            Self::Rate => gain(points, frame, true) / (frame.end - frame.start).as_seconds(),
            Self::Increase => gain(points, frame, true),
            Self::Delta => gain(points, frame, false),
            Self::InstantRate | Self::InstantDelta => return self.between_last_two(points),
            Self::Derivative => sums::line(points, first.at).0,
            Self::PredictLinear => {
                let (slope, value) = sums::line(points, frame.now);
                slope * parameter + value
            }
            Self::Resets => pairs(points).filter(|(before, after)| after < before).count() as f64,
            Self::Changes => pairs(points).filter(|(before, after)| changed(*before, *after)).count() as f64,
            Self::Average => sums::mean(values()),
            Self::Min => values().fold(f64::NAN, |least, value| if value < least || least.is_nan() { value } else { least }),
            Self::Max => values().fold(f64::NAN, |most, value| if value > most || most.is_nan() { value } else { most }),
            Self::Sum => sums::total(values()),
            Self::Count => points.len() as f64,
            Self::First => first.value,
            Self::Last => last.value,
            Self::Present => 1.0,
            Self::Deviation => sums::variance(values()).sqrt(),
            Self::Variance => sums::variance(values()),
            Self::Quantile => sums::quantile(parameter, values().collect()),
        })
    }

    fn between_last_two(self, points: &[Point]) -> Option<f64> {
        let [.., before, last] = points else { return None };
        let apart = last.at - before.at;
        if apart == Span::ZERO {
            return None;
        }
        if self == Self::InstantDelta {
            return Some(last.value - before.value);
        }
        // After a reset the counter began at zero.
        let gained = if last.value < before.value { last.value } else { last.value - before.value };
        Some(gained / apart.as_seconds())
    }
}

fn pairs(points: &[Point]) -> impl Iterator<Item = (f64, f64)> {
    points.windows(2).map(|pair| (pair[0].value, pair[1].value))
}

fn changed(before: f64, after: f64) -> bool {
    before != after && !(before.is_nan() && after.is_nan())
}

/// What a series gained in the whole window, as Prometheus extends it beyond the first and the last point: to the window's
/// end where the next point would lie about there, else by half a step; and a counter never back to below zero.
fn gain(points: &[Point], frame: Frame, counter: bool) -> f64 {
    let (first, last) = (points[0], points[points.len() - 1]);
    let mut gained = last.value - first.value;
    if counter {
        gained += pairs(points).filter(|(before, after)| after < before).map(|(before, _)| before).sum::<f64>();
    }
    let sampled = (last.at - first.at).as_seconds();
    if sampled == 0.0 {
        return gained;
    }
    let step = sampled / (points.len() - 1) as f64;
    let reach = |gap: Span| if gap.as_seconds() >= step * 1.1 { step / 2.0 } else { gap.as_seconds() };
    let mut before = reach(first.at - frame.start);
    if counter && gained > 0.0 && first.value >= 0.0 {
        before = before.min(sampled * (first.value / gained));
    }
    gained * ((sampled + before + reach(frame.end - last.at)) / sampled)
}

#[cfg(test)]
#[path = "over_tests.rs"]
mod tests;
