//! The same evidence for somebody who wants the verdict and no words: no stretch is followed further than it counts.

use crate::id::{ChecklistId, MetricId, SourceId};
use crate::measure::criterion::Due;
use crate::measure::history::History;
use crate::measure::judge::Evidence;
use crate::measure::metric::{Bands, Metric};
use crate::time::{Moment, Span};

pub(super) struct Brief<'a, E>(pub(super) &'a E);

impl<E: Evidence> Evidence for Brief<'_, E> {
    fn metric(&self, id: &MetricId) -> Option<&Metric> {
        self.0.metric(id)
    }

    fn metrics(&self) -> Vec<&MetricId> {
        self.0.metrics()
    }

    fn history(&self, id: &MetricId) -> Option<&History> {
        self.0.history(id)
    }

    fn health(&self, id: &SourceId) -> Option<&History> {
        self.0.health(id)
    }

    fn health_sources(&self) -> Vec<&SourceId> {
        self.0.health_sources()
    }

    fn down_reason(&self, id: &SourceId) -> Option<&str> {
        self.0.down_reason(id)
    }

    fn fresh_for(&self, id: &SourceId) -> Span {
        self.0.fresh_for(id)
    }

    fn checklist(&self, id: &ChecklistId) -> Option<(usize, usize)> {
        self.0.checklist(id)
    }

    fn confirmed(&self, what: &str) -> bool {
        self.0.confirmed(what)
    }

    fn bands(&self, id: &MetricId) -> Bands {
        self.0.bands(id)
    }

    fn baseline(&self, id: &MetricId) -> Result<f64, String> {
        self.0.baseline(id)
    }

    fn deadline(&self, due: Due) -> Option<Moment> {
        self.0.deadline(due)
    }

    fn alert_sources(&self) -> Vec<&SourceId> {
        self.0.alert_sources()
    }

    fn alerts(&self, id: &SourceId) -> Option<&History> {
        self.0.alerts(id)
    }

    fn alert_names(&self, id: &SourceId) -> Vec<String> {
        self.0.alert_names(id)
    }

    fn held_from(&self) -> Option<Moment> {
        self.0.held_from()
    }

    fn enough(&self, hold: Span) -> Span {
        hold
    }
}
