//! Sums and orders of floats as Prometheus takes them: compensated, and with NaN in its place.

use crate::measure::series::Point;
use crate::time::Moment;

/// A sum that keeps the small parts which a plain one loses (Kahan's, as Neumaier improved it).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) sum: f64,
    pub(super) lost: f64,
}

impl Sum {
    #[must_use]
    pub(super) fn plus(self, value: f64) -> Self {
        let sum = self.sum + value;
        let lost = if sum.is_infinite() {
            0.0
        } else if self.sum.abs() >= value.abs() {
            self.lost + ((self.sum - sum) + value)
        } else {
            self.lost + ((value - sum) + self.sum)
        };
        Self { sum, lost }
    }

    pub(super) fn total(self) -> f64 {
        self.sum + self.lost
    }

    fn scaled(self, by: f64) -> Self {
        Self { sum: self.sum * by, lost: self.lost * by }
    }
}

pub(super) fn total(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(Sum::default(), Sum::plus).total()
}

/// The mean: of the sum as long as that stays finite, and from there on step by step.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut state, mut count, mut stepwise) = (Sum::default(), 0.0, false);
    for value in values {
        count += 1.0;
        if !stepwise {
            let next = state.plus(value);
            // The very first value may be infinite itself.
            if count == 1.0 || !next.sum.is_infinite() {
                state = next;
                continue;
            }
            stepwise = true;
            state = Sum { sum: state.sum / (count - 1.0), lost: state.lost / (count - 1.0) };
        }
        state = state.scaled((count - 1.0) / count).plus(value / count);
    }
    if stepwise { state.total() } else { state.sum / count + state.lost / count }
}

pub(super) fn variance(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, Sum::default(), Sum::default());
    for value in values {
        count += 1.0;
        let delta = value - mean.total();
        mean = mean.plus(delta / count);
        squares = squares.plus(delta * (value - mean.total()));
    }
    squares.total() / count
}

/// The quantile of plain values, weighted between the two it lies between. NaN counts as less than everything.
pub(super) fn quantile(quantile: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(|a, b| b.is_nan().cmp(&a.is_nan()).then(a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)));
    let last = values.len() - 1;
    let rank = quantile * last as f64;
    let lower = rank.floor();
    let upper = (lower as usize + 1).min(last);
    let weight = rank - lower;
    values[lower as usize] * (1.0 - weight) + values[upper] * weight
}

/// The line that fits the points best: its slope in a second, and where it is at `at`.
pub(super) fn line(points: &[Point], at: Moment) -> (f64, f64) {
    let first = points.first().map_or(f64::NAN, |point| point.value);
    if points.iter().all(|point| point.value == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let x = |point: &Point| (point.at - at).as_seconds();
    let count = points.len() as f64;
    let along = total(points.iter().map(x));
    let height = total(points.iter().map(|point| point.value));
    let products = total(points.iter().map(|point| x(point) * point.value));
    let squares = total(points.iter().map(|point| x(point) * x(point)));
    let slope = (products - along * height / count) / (squares - along * along / count);
    (slope, height / count - slope * along / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_what_plain_floats_lose() {
        assert_eq!(total([1e100, 1.0, -1e100]), 1.0);
        assert_eq!(mean([1.0, 1e100, 1.0, -1e100]), 0.5);
        assert_eq!(mean([f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(mean([f64::INFINITY]), f64::INFINITY);
        assert!(mean([f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert_eq!(variance([1.0, 2.0, 3.0, 4.0]), 1.25);
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let cases = [(0.5, 25.0), (0.0, 10.0), (1.0, 40.0), (-1.0, f64::NEG_INFINITY), (1.1, f64::INFINITY)];
        for (at, value) in cases {
            assert_eq!(quantile(at, vec![40.0, 10.0, 30.0, 20.0]), value, "at {at}");
        }
        assert!(quantile(f64::NAN, vec![1.0]).is_nan());
        assert!(quantile(0.0, vec![1.0, f64::NAN]).is_nan());
    }
}
