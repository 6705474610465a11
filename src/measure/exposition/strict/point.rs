//! What each type demands of the samples that make up one of its points.

use super::Flaw;
use super::sample::Sample;
use crate::measure::exposition::kind::Kind;
use crate::measure::exposition::line;

#[derive(Default)]
pub(super) struct Point {
    /// Bound and count of the bucket met last.
    bucket: Option<(f64, f64)>,
    below_zero: bool,
    count: Option<f64>,
    sum: Option<f64>,
    total: bool,
    created: bool,
}

impl Point {
    /// Takes one sample; `told` is the value of the label that is special for its type (`le`, `quantile`, a state).
    pub(super) fn take(&mut self, kind: Kind, suffix: &str, told: Option<&[u8]>, sample: &Sample<'_>) -> Result<(), Flaw> {
        let value = sample.value;
        match (kind, suffix) {
            (_, "_created") => {
                self.created = true;
                if value.is_finite() { Ok(()) } else { Err(Flaw::new("a time of creation must be a finite number")) }
            }
            (_, "_bucket") => self.bucket(told.unwrap_or_default(), sample),
            (_, "_count" | "_gcount") => {
                self.count = Some(value);
                whole(value)
            }
            (Kind::GaugeHistogram, _) => {
                self.sum = Some(value);
                if value.is_nan() { Err(Flaw::new("a sum must not be NaN")) } else { Ok(()) }
            }
            (Kind::Counter, _) => {
                self.total = true;
                counted(value)
            }
            (_, "_sum") => {
                self.sum = Some(value);
                counted(value)
            }
            (Kind::Summary, _) => quantile(told.unwrap_or_default(), value),
            (Kind::Info, _) if value != 1.0 => Err(Flaw::new("an info's value is always 1")),
            (Kind::StateSet, _) if value != 0.0 && value != 1.0 => Err(Flaw::new("a state's value is 0 or 1")),
            (Kind::Unknown | Kind::Gauge | Kind::Info | Kind::StateSet | Kind::Histogram, _) => Ok(()),
        }
    }

    fn bucket(&mut self, le: &[u8], sample: &Sample<'_>) -> Result<(), Flaw> {
        let bound = line::number(le).filter(|bound| !bound.is_nan());
        let bound = bound.ok_or_else(|| Flaw::about(le, "is not a bucket's bound"))?;
        if bound.is_infinite() && le != b"+Inf" {
            return Err(Flaw::about(le, "is not a bucket's bound: infinity is written `+Inf`"));
        }
        whole(sample.value)?;
        if let Some((lower, count)) = self.bucket {
            if bound <= lower {
                return Err(Flaw::about(le, "is not above the bucket before it"));
            }
            if sample.value < count {
                return Err(Flaw::about(le, "is a bucket that counts less than the one before it"));
            }
        }
        if sample.exemplar.is_some_and(|exemplar| exemplar > bound) {
            return Err(Flaw::about(le, "is a bucket that the exemplar's value lies outside of"));
        }
        self.below_zero |= bound < 0.0;
        self.bucket = Some((bound, sample.value));
        Ok(())
    }

    pub(super) fn end(&self, kind: Kind) -> Result<(), Flaw> {
        match kind {
            Kind::Histogram | Kind::GaugeHistogram => self.end_histogram(kind == Kind::Histogram),
            Kind::Counter if !self.total => Err(Flaw::new("the counter above has no `_total`")),
            Kind::Unknown | Kind::Counter | Kind::Gauge | Kind::Summary | Kind::Info | Kind::StateSet => Ok(()),
        }
    }

    fn end_histogram(&self, is_counter: bool) -> Result<(), Flaw> {
        let Some((_, all)) = self.bucket.filter(|(bound, _)| *bound == f64::INFINITY) else {
            return Err(Flaw::new("the histogram above has no last bucket `+Inf`"));
        };
        if self.count.is_some() != self.sum.is_some() {
            return Err(Flaw::new("the histogram above has a sum without a count, or a count without a sum"));
        }
        if self.count.is_some_and(|count| count != all) {
            return Err(Flaw::new("the histogram above counts something else than its bucket `+Inf`"));
        }
        match self.sum {
            Some(_) if self.below_zero && is_counter => Err(Flaw::new("the histogram above has buckets below zero and a sum")),
            Some(sum) if !self.below_zero && sum < 0.0 => Err(Flaw::new("the histogram above has a sum below zero")),
            Some(_) | None => Ok(()),
        }
    }
}

fn counted(value: f64) -> Result<(), Flaw> {
    if value >= 0.0 { Ok(()) } else { Err(Flaw::new("a counter must be neither NaN nor below zero")) }
}

fn whole(value: f64) -> Result<(), Flaw> {
    counted(value)?;
    if value.is_finite() && value.fract() == 0.0 { Ok(()) } else { Err(Flaw::new("a count must be a whole number")) }
}

fn quantile(told: &[u8], value: f64) -> Result<(), Flaw> {
    if !line::number(told).is_some_and(|quantile| (0.0..=1.0).contains(&quantile)) {
        return Err(Flaw::about(told, "is not a quantile between 0 and 1"));
    }
    if value < 0.0 { Err(Flaw::new("a quantile's value must not be below zero")) } else { Ok(()) }
}
