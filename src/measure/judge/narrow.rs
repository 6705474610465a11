//! The same evidence, seen with less: for a verdict without words, or as it was at an earlier moment.

use crate::id::{ChecklistId, MetricId, SourceId};
use crate::measure::criterion::Due;
use crate::measure::history::History;
use crate::measure::judge::Evidence;
use crate::measure::metric::{Bands, Metric};
use crate::time::{Moment, Span};

pub(super) struct Narrow<'a> {
    all: &'a dyn Evidence,
    until: Option<Moment>,
}

impl<'a> Narrow<'a> {
    pub(super) fn brief(all: &'a impl Evidence) -> Self {
        Self { all, until: None }
    }

    /// What was known at `until`.
    pub(super) fn until(all: &'a impl Evidence, until: Moment) -> Self {
        Self { all, until: Some(until) }
    }
}

impl Evidence for Narrow<'_> {
    fn metric(&self, id: &MetricId) -> Option<&Metric> {
        self.all.metric(id)
    }

    fn metrics(&self) -> Vec<&MetricId> {
        self.all.metrics()
    }

    fn history(&self, id: &MetricId) -> Option<&History> {
        self.all.history(id)
    }

    fn health(&self, id: &SourceId) -> Option<&History> {
        self.all.health(id)
    }

    fn health_sources(&self) -> Vec<&SourceId> {
        self.all.health_sources()
    }

    fn down_reason(&self, id: &SourceId) -> Option<&str> {
        self.all.down_reason(id)
    }

    fn fresh_for(&self, id: &SourceId) -> Span {
        self.all.fresh_for(id)
    }

    fn checklist(&self, id: &ChecklistId, by: Option<Moment>) -> Option<(usize, usize)> {
        self.all.checklist(id, by)
    }

    fn confirmed(&self, what: &str, by: Option<Moment>) -> bool {
        self.all.confirmed(what, by)
    }

    fn bands(&self, id: &MetricId) -> Bands {
        self.all.bands(id)
    }

    fn baseline(&self, id: &MetricId) -> Result<f64, String> {
        self.all.baseline(id)
    }

    fn deadline(&self, due: Due) -> Option<Moment> {
        self.all.deadline(due)
    }

    fn alert_sources(&self) -> Vec<&SourceId> {
        self.all.alert_sources()
    }

    fn alerts(&self, id: &SourceId) -> Option<&History> {
        self.all.alerts(id)
    }

    fn alert_names(&self, id: &SourceId) -> Vec<String> {
        self.all.alert_names(id)
    }

    /// What was done since then is no business of an earlier moment.
    fn held_from(&self) -> Option<Moment> {
        self.all.held_from().filter(|_| self.until.is_none())
    }

    fn until(&self) -> Option<Moment> {
        self.until.or_else(|| self.all.until())
    }

    /// No stretch is followed further than it counts.
    fn enough(&self, hold: Span) -> Span {
        hold
    }

    fn clock(&self, at: Moment) -> String {
        self.all.clock(at)
    }
}
