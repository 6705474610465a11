//! The state as the evidence that criteria are judged by.

use crate::id::{ChecklistId, MetricId, SourceId};
use crate::measure::history::History;
use crate::measure::judge::{Evidence, Judgement, judge};
use crate::measure::metric::Metric;
use crate::room::event::Outcome;
use crate::room::state::{Mark, State};
use crate::runbook::model::{Checklist, SourceKind};
use crate::time::{Moment, Span};

impl Evidence for State {
    fn metric(&self, id: &MetricId) -> Option<&Metric> {
        self.runbook.metrics.get(id)
    }

    fn metrics(&self) -> Vec<&MetricId> {
        self.runbook.metrics.keys().collect()
    }

    fn history(&self, id: &MetricId) -> Option<&History> {
        self.metrics.get(id)
    }

    fn health(&self, id: &SourceId) -> Option<&History> {
        self.sources.get(id).map(|source| &source.health)
    }

    fn health_sources(&self) -> Vec<&SourceId> {
        let health = |kind: &SourceKind| matches!(kind, SourceKind::Health { .. });
        self.runbook.sources.iter().filter(|(_, source)| health(&source.kind)).map(|(id, _)| id).collect()
    }

    fn down_reason(&self, id: &SourceId) -> Option<&str> {
        match &self.sources.get(id)?.last {
            Some((_, Outcome::Down { why })) => Some(why),
            Some((_, Outcome::Up { .. })) | None => None,
        }
    }

    fn fresh_for(&self, id: &SourceId) -> Span {
        self.runbook.sources.get(id).map_or(Span::ZERO, crate::runbook::model::Source::fresh_for)
    }

    fn checklist(&self, id: &ChecklistId) -> Option<(usize, usize)> {
        let list = self.runbook.checklists.iter().find(|list| list.id == *id)?;
        Some(self.required_done(list))
    }

    fn confirmed(&self, what: &str) -> bool {
        self.confirmed.contains_key(what)
    }
}

impl State {
    /// How many required items of a checklist are done or waived, out of how many.
    pub fn required_done(&self, list: &Checklist) -> (usize, usize) {
        let mut count = (0, 0);
        for (_, item) in list.walk() {
            if item.required && item.items.is_empty() {
                count.1 += 1;
                let open = self.items.get(&item.id).is_none_or(|item| item.mark == Mark::Open);
                count.0 += usize::from(!open);
            }
        }
        count
    }

    /// The judgement on each criterion of a phase's gate at `now`; nothing where the phase has no gate.
    pub fn gate_evidence(&self, phase: usize, now: Moment) -> Vec<Judgement> {
        let gate = self.runbook.phases.get(phase).and_then(|phase| phase.gate.as_ref());
        gate.map_or_else(Vec::new, |gate| gate.require.iter().map(|criterion| judge(criterion, self, now)).collect())
    }

    /// The judgement on each criterion that verifies the rollback.
    pub fn rollback_evidence(&self, now: Moment) -> Vec<Judgement> {
        let rollback = self.runbook.rollback.as_ref();
        rollback.map_or_else(Vec::new, |rollback| rollback.verify.iter().map(|criterion| judge(criterion, self, now)).collect())
    }
}
