//! One metric family: its metadata first, then its metrics one after the other, each with its points in order of time.

use std::collections::HashSet;

use super::Flaw;
use super::metadata::{Metadata, Says};
use super::point::Point;
use super::sample::{Pairs, Sample};
use crate::measure::exposition::{Dialect, Kind};

pub(super) struct Family<'a> {
    pub(super) name: &'a [u8],
    pub(super) kind: Kind,
    typed: bool,
    helped: bool,
    /// `Some(true)`: there is a unit, and it is not empty.
    unit: Option<bool>,
    /// The metrics that are complete.
    before: HashSet<Pairs<'a>>,
    metric: Option<Metric<'a>>,
}

/// The samples of one label set.
struct Metric<'a> {
    labels: Pairs<'a>,
    at: Option<f64>,
    point: Point,
    /// Which series the point has so far.
    met: HashSet<(&'static str, Pairs<'a>)>,
}

impl<'a> Family<'a> {
    pub(super) fn new(name: &'a [u8]) -> Self {
        Self { name, kind: Kind::Unknown, typed: false, helped: false, unit: None, before: HashSet::new(), metric: None }
    }

    /// What follows the family's name in a sample's name; `None` where the sample belongs to another family.
    pub(super) fn suffix(&self, sample: &[u8]) -> Option<&'static str> {
        let after = sample.strip_prefix(self.name)?;
        self.kind.suffixes(Dialect::OpenMetrics).iter().find(|suffix| suffix.as_bytes() == after).copied()
    }

    pub(super) fn describe(&mut self, metadata: &Metadata<'a>) -> Result<(), Flaw> {
        if self.metric.is_some() {
            return Err(Flaw::about(self.name, "is described after its samples"));
        }
        let again = match metadata.says {
            Says::Type(kind) => {
                self.kind = kind;
                std::mem::replace(&mut self.typed, true)
            }
            Says::Unit(unit) => self.unit.replace(!unit.is_empty()).is_some(),
            Says::Help => std::mem::replace(&mut self.helped, true),
        };
        if again {
            return Err(Flaw::about(self.name, "is described twice in the same way"));
        }
        if self.unit == Some(true) && matches!(self.kind, Kind::Info | Kind::StateSet) {
            return Err(Flaw::about(self.name, "may have no unit: it is no measurement"));
        }
        Ok(())
    }

    pub(super) fn take(&mut self, sample: &Sample<'a>) -> Result<(), Flaw> {
        let suffix = self.suffix(sample.name).ok_or_else(|| Flaw::about(sample.name, "belongs to another family"))?;
        if sample.exemplar.is_some() && !matches!((self.kind, suffix), (Kind::Counter, "_total") | (_, "_bucket")) {
            return Err(Flaw::about(sample.name, "may have no exemplar: only buckets and a counter's total may"));
        }
        let special = special_label(self.kind, suffix, self.name);
        let told = special.and_then(|special| sample.labels.iter().find(|(label, _)| *label == special));
        if let (Some(special), None) = (special, told) {
            return Err(Flaw::about(special, "is a label that is missing here"));
        }
        let own = sample.labels.iter().filter(|(label, _)| Some(*label) != special).copied().collect();
        let metric = self.metric(own, sample.at)?;
        if !metric.met.insert((suffix, sample.labels.clone())) && sample.at.is_none() {
            return Err(Flaw::about(sample.name, "stands twice with the same labels"));
        }
        let kind = self.kind;
        let metric = self.metric.as_mut().ok_or(Flaw::new("a metric is missing"))?;
        metric.point.take(kind, suffix, told.map(|(_, value)| *value), sample)
    }

    /// The metric with these labels at this time: the one that the line before was about, or the next one.
    fn metric(&mut self, labels: Pairs<'a>, at: Option<f64>) -> Result<&mut Metric<'a>, Flaw> {
        let kind = self.kind;
        if self.metric.as_ref().is_none_or(|metric| metric.labels != labels) {
            self.end()?;
            if self.before.contains(&labels) {
                return Err(Flaw::about(self.name, "is interleaved: samples with the same labels must stand together"));
            }
            self.metric = Some(Metric { labels, at, point: Point::default(), met: HashSet::new() });
        }
        let metric = self.metric.as_mut().ok_or(Flaw::new("a metric is missing"))?;
        match (metric.at, at) {
            (None, None) => {}
            (Some(before), Some(now)) if now == before => {}
            (Some(before), Some(now)) if now > before => {
                metric.point.end(kind)?;
                (metric.at, metric.point) = (at, Point::default());
                metric.met.clear();
            }
            (Some(_), Some(_)) => return Err(Flaw::new("the timestamp lies before the one above it")),
            (None, Some(_)) | (Some(_), None) => {
                return Err(Flaw::new("samples with the same labels must all have a timestamp, or none of them"));
            }
        }
        Ok(metric)
    }

    /// The metric so far is complete.
    pub(super) fn end(&mut self) -> Result<(), Flaw> {
        let Some(metric) = self.metric.take() else { return Ok(()) };
        metric.point.end(self.kind)?;
        self.before.insert(metric.labels);
        Ok(())
    }
}

/// The label that is no part of the metric itself but tells one of its samples from another.
fn special_label<'n>(kind: Kind, suffix: &str, name: &'n [u8]) -> Option<&'n [u8]> {
    match (kind, suffix) {
        (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => Some(b"le"),
        (Kind::Summary, "") => Some(b"quantile"),
        (Kind::StateSet, _) => Some(name),
        (
            Kind::Unknown | Kind::Counter | Kind::Gauge | Kind::Histogram | Kind::GaugeHistogram | Kind::Summary | Kind::Info,
            _,
        ) => None,
    }
}
