//! How long answers took, counted into buckets as Prometheus wants them.

/// Upper ends in seconds. Densest around what is usual (40 to 150 ms), where a quantile is read from.
pub(super) const ENDS_SECONDS: [f64; 17] =
    [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 3.0];

/// Counts per bucket (not yet cumulative); the last one is for what is above every end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    counts: [u64; ENDS_SECONDS.len() + 1],
    pub(super) sum_seconds: f64,
}

impl Histogram {
    pub(super) fn observe(&mut self, seconds: f64) {
        let bucket = ENDS_SECONDS.iter().position(|end| seconds <= *end).unwrap_or(ENDS_SECONDS.len());
        self.counts[bucket] += 1;
        self.sum_seconds += seconds;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
        self.sum_seconds += other.sum_seconds;
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many took at most each of the ends, and at last all of them.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = u64> {
        self.counts.iter().scan(0, |below, count| {
            *below += count;
            Some(*below)
        })
    }

    /// The quantile as PromQL's `histogram_quantile` reads it, in seconds; `None` when nothing was observed.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let count = self.count();
        let rank = share * count as f64;
        let bucket = self.cumulative().position(|below| count > 0 && below as f64 >= rank)?;
        let Some(&high) = ENDS_SECONDS.get(bucket) else {
            return ENDS_SECONDS.last().copied();
        };
        let low = if bucket == 0 { 0.0 } else { ENDS_SECONDS[bucket - 1] };
        let below: u64 = self.counts[..bucket].iter().sum();
        Some(low + (high - low) * (rank - below as f64) / self.counts[bucket] as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_inside_the_bucket_that_holds_its_rank() {
        let mut took = Histogram::default();
        for _ in 0..90 {
            took.observe(0.04);
        }
        for _ in 0..10 {
            took.observe(0.9);
        }
        assert_eq!(took.quantile(0.45), Some(0.04), "half way from 30 to 50 ms");
        let p95 = took.quantile(0.95).unwrap();
        assert!((p95 - 0.9).abs() < 1e-9, "half way from 800 to 1000 ms, got {p95}");
    }

    #[test]
    fn nothing_observed_has_no_quantile_and_the_endless_bucket_has_the_last_end() {
        let mut took = Histogram::default();
        assert_eq!(took.quantile(0.95), None);
        took.observe(60.0);
        assert_eq!(took.quantile(0.95), Some(3.0));
        assert_eq!(took.cumulative().last(), Some(1));
    }
}
