//! Quantiles and fractions of classic histograms: series that count, under the label `le`, what was at most that much.

use std::collections::HashMap;

use super::vector::{Element, Key, Tags, labels_of};

const LE: &str = "le";

/// Differences between counts that are smaller than this come from rounding.
const TOLERANCE: f64 = 1e-12;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    /// The largest value it counts.
    pub(super) upper: f64,
    /// How many were at most that much: the buckets below are counted too.
    pub(super) count: f64,
}

/// One value for each histogram among the elements.
pub(super) fn each_histogram<'a>(elements: &[Element<'a>], of: impl Fn(Vec<Bucket>) -> f64) -> Vec<Element<'a>> {
    let mut places = HashMap::new();
    let mut histograms: Vec<(Key<'_>, Vec<Bucket>)> = Vec::new();
    for element in elements {
        let Some(upper) = bound(element.tags.get(LE)) else { continue };
        let key: Key<'_> = element.tags.iter().filter(|(label, _)| *label != LE).collect();
        let place = *places.entry(key.clone()).or_insert_with(|| {
            histograms.push((key, Vec::new()));
            histograms.len() - 1
        });
        histograms[place].1.push(Bucket { upper, count: element.value });
    }
    let answers = histograms.into_iter().map(|(key, buckets)| (labels_of(&key), of(buckets)));
    answers.map(|(labels, value)| Element::new(Tags::own(labels).without_name(true), value)).collect()
}

fn bound(le: &str) -> Option<f64> {
    le.parse().ok().filter(|upper: &f64| !upper.is_nan())
}

/// Sorted, buckets of the same bound put together. `None` where the last is not the one for everything.
fn tidy(mut buckets: Vec<Bucket>) -> Option<Vec<Bucket>> {
    buckets.sort_by(|a, b| a.upper.total_cmp(&b.upper));
    buckets.dedup_by(|next, kept| {
        let same = next.upper == kept.upper;
        if same {
            kept.count += next.count;
        }
        same
    });
    buckets.last().is_some_and(|last| last.upper == f64::INFINITY).then_some(buckets)
}

/// Counts that fall are held at the highest so far: they were scraped while the histogram moved, or worked out inexactly.
fn level(buckets: &mut [Bucket]) {
    let mut highest = buckets.first().map_or(f64::NAN, |bucket| bucket.count);
    for bucket in buckets.iter_mut().skip(1) {
        if bucket.count < highest || nearly(highest, bucket.count) {
            bucket.count = highest;
        } else {
            highest = bucket.count;
        }
    }
}

fn nearly(a: f64, b: f64) -> bool {
    let sum = a.abs() + b.abs();
    if a == b {
        true
    } else if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        (a - b).abs() < TOLERANCE * f64::MIN_POSITIVE
    } else {
        (a - b).abs() / sum.min(f64::MAX) < TOLERANCE
    }
}

/// The value that the share `quantile` of what was observed stays below: within a bucket by a straight line.
pub(super) fn quantile(quantile: f64, buckets: Vec<Bucket>) -> f64 {
    if quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    let Some(mut buckets) = tidy(buckets) else { return f64::NAN };
    level(&mut buckets);
    let [.., highest_finite, all] = buckets.as_slice() else { return f64::NAN };
    if all.count == 0.0 {
        return f64::NAN;
    }
    let rank = quantile * all.count;
    let finite = &buckets[..buckets.len() - 1];
    let Some(at) = finite.iter().position(|bucket| bucket.count >= rank) else { return highest_finite.upper };
    let bucket = finite[at];
    if at == 0 && bucket.upper <= 0.0 {
        return bucket.upper;
    }
    let below = if at == 0 { Bucket { upper: 0.0, count: 0.0 } } else { finite[at - 1] };
    below.upper + (bucket.upper - below.upper) * ((rank - below.count) / (bucket.count - below.count))
}

/// The share of what was observed that lies between two values.
pub(super) fn fraction(low: f64, high: f64, buckets: Vec<Bucket>) -> f64 {
    let Some(buckets) = tidy(buckets) else { return f64::NAN };
    let all = buckets.last().map_or(0.0, |bucket| bucket.count);
    if all == 0.0 || all.is_nan() || low.is_nan() || high.is_nan() {
        return f64::NAN;
    }
    if low >= high {
        return 0.0;
    }
    (rank_of(high, &buckets) - rank_of(low, &buckets)) / all
}

/// How many were at most `value`.
fn rank_of(value: f64, buckets: &[Bucket]) -> f64 {
    // Without a bucket for zero and less, nothing below zero is expected.
    let mut lower = if buckets.first().is_some_and(|first| first.upper <= 0.0) { f64::NEG_INFINITY } else { 0.0 };
    let mut rank = 0.0;
    for bucket in buckets {
        if lower >= value {
            return rank;
        }
        if value < bucket.upper {
            // In a bucket without an end there is no line to go along.
            return if lower == f64::NEG_INFINITY {
                bucket.count
            } else {
                rank + (bucket.count - rank) * (value - lower) / (bucket.upper - lower)
            };
        }
        (lower, rank) = (bucket.upper, bucket.count);
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Buckets as `(le, count)`.
    type Written<'w> = &'w [(f64, f64)];

    fn buckets(written: Written<'_>) -> Vec<Bucket> {
        written.iter().map(|(upper, count)| Bucket { upper: *upper, count: *count }).collect()
    }

    /// Each answer is worked out by hand: rank = quantile × all, then along the line through its bucket.
    #[test]
    fn quantiles_follow_the_line_through_their_bucket() {
        let inf = f64::INFINITY;
        let usual: &[(f64, f64)] = &[(0.1, 10.0), (0.5, 40.0), (1.0, 90.0), (inf, 100.0)];
        let cases: [(&str, f64, Written<'_>, f64); 13] = [
            ("rank 50 of 100: ten of fifty into (0.5, 1]", 0.5, usual, 0.6),
            ("rank 5: half of the first bucket, which starts at zero", 0.05, usual, 0.05),
            ("rank 10 is the first bucket's end", 0.1, usual, 0.1),
            ("rank 95 is beyond the last bound that is a number", 0.95, usual, 1.0),
            ("rank 0 starts at zero", 0.0, usual, 0.0),
            ("rank 100", 1.0, usual, 1.0),
            ("less than nothing", -0.1, usual, f64::NEG_INFINITY),
            ("more than all", 1.1, usual, inf),
            ("a first bucket below zero has no line", 0.05, &[(-1.0, 10.0), (1.0, 20.0), (inf, 20.0)], -1.0),
            ("a count that falls is held: rank 12 lies in the first", 0.6, &[(1.0, 12.0), (2.0, 10.0), (inf, 20.0)], 1.0),
            ("and rank 16 is past the held one", 0.8, &[(1.0, 12.0), (2.0, 10.0), (4.0, 20.0), (inf, 20.0)], 3.0),
            ("the same bound twice is added up", 0.5, &[(1.0, 5.0), (1.0, 5.0), (inf, 20.0)], 1.0),
            ("in any order", 0.5, &[(inf, 100.0), (1.0, 90.0), (0.1, 10.0), (0.5, 40.0)], 0.6),
        ];
        for (story, at, written, answer) in cases {
            let found = quantile(at, buckets(written));
            assert!(found == answer || (found - answer).abs() < 1e-12, "{story}: {found} is not {answer}");
        }
    }

    #[test]
    fn a_histogram_that_cannot_tell_says_nan() {
        let inf = f64::INFINITY;
        let cases: [(&str, f64, Written<'_>); 4] = [
            ("nothing was observed", 0.5, &[(1.0, 0.0), (inf, 0.0)]),
            ("no bucket for everything", 0.5, &[(1.0, 5.0), (2.0, 9.0)]),
            ("a single bucket", 0.5, &[(inf, 9.0)]),
            ("no quantile", f64::NAN, &[(1.0, 5.0), (inf, 9.0)]),
        ];
        for (story, at, written) in cases {
            assert!(quantile(at, buckets(written)).is_nan(), "{story}");
        }
    }

    #[test]
    fn fractions_are_shares_of_everything_observed() {
        let inf = f64::INFINITY;
        let usual: &[(f64, f64)] = &[(0.1, 10.0), (0.5, 40.0), (1.0, 90.0), (inf, 100.0)];
        let cases = [(0.0, 0.1, 0.1), (0.1, 0.5, 0.3), (0.0, 0.3, 0.25), (-inf, inf, 1.0), (0.5, 0.5, 0.0), (1.0, 5.0, 0.0)];
        for (low, high, answer) in cases {
            let found = fraction(low, high, buckets(usual));
            assert!((found - answer).abs() < 1e-12, "between {low} and {high}: {found}");
        }
    }
}
