//! The state as the evidence that criteria are judged by.

use crate::id::{ChecklistId, MetricId, PhaseId, SourceId};
use crate::measure::criterion::{Criterion, Due};
use crate::measure::history::History;
use crate::measure::judge::{Evidence, Judgement, Verdict, judge, verdict, verdict_held};
use crate::measure::metric::{Bands, Metric};
use crate::room::event::Outcome;
use crate::room::schedule;
use crate::room::state::{Mark, PhaseStatus, Stage, State, StepStatus};
use crate::runbook::model::{At, Checklist, SourceKind, Step};
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

    fn bands(&self, id: &MetricId) -> Bands {
        let phase = self.phase_of_bands();
        self.runbook.metrics.get(id).map_or_else(Bands::default, |metric| *metric.bands_in(phase))
    }

    fn baseline(&self, id: &MetricId) -> Result<f64, String> {
        self.baseline_of(id)
    }

    fn deadline(&self, due: Due) -> Option<Moment> {
        let at = match due {
            Due::T(span) => At::T(span),
            Due::Clock(time) => At::Clock(time),
        };
        schedule::moment(self, at)
    }

    fn alert_sources(&self) -> Vec<&SourceId> {
        self.runbook.sources.iter().filter(|(_, source)| source.kind.tells_alerts()).map(|(id, _)| id).collect()
    }

    fn alerts(&self, id: &SourceId) -> Option<&History> {
        self.sources.get(id).map(|source| &source.alerts)
    }

    fn alert_names(&self, id: &SourceId) -> Vec<String> {
        self.sources.get(id).map(|source| source.alert_names.clone()).unwrap_or_default()
    }
}

impl State {
    /// The phase whose bands count: between two phases that is still the one before, whose traffic is being served.
    pub(super) fn phase_of_bands(&self) -> Option<&PhaseId> {
        let Stage::Underway { phase } = self.stage else { return None };
        let waits = self.phases.get(phase).is_some_and(|phase| phase.status == PhaseStatus::Waiting);
        let place = if waits { phase.saturating_sub(1) } else { phase };
        self.runbook.phases.get(place).map(|phase| &phase.id)
    }

    /// How many required items of a checklist are done or waived, out of how many.
    pub fn required_done(&self, list: &Checklist) -> (usize, usize) {
        let mut count = (0, 0);
        for (_, item) in list.walk() {
            if item.required && item.items.is_empty() && item.not_for_us().is_none() {
                count.1 += 1;
                let open = self.items.get(&item.id).is_none_or(|item| item.mark == Mark::Open);
                count.0 += usize::from(!open);
            }
        }
        count
    }

    /// The judgement on each criterion of a phase's gate at `now`; nothing where the phase has no gate. What was
    /// measured before the phase's last action says nothing about what that did.
    pub fn gate_evidence(&self, phase: usize, now: Moment) -> Vec<Judgement> {
        let Some(phase) = self.runbook.phases.get(phase) else { return Vec::new() };
        let Some(gate) = &phase.gate else { return Vec::new() };
        let since = self.last_action(&phase.steps);
        gate.require.iter().map(|criterion| self.judge_since(criterion, since, now)).collect()
    }

    /// The judgement on each criterion that verifies the rollback, on what was measured after its last action.
    pub fn rollback_evidence(&self, now: Moment) -> Vec<Judgement> {
        let Some(rollback) = &self.runbook.rollback else { return Vec::new() };
        let began = self.rollback.as_ref().map(|rollback| rollback.started);
        let since = self.last_action(&rollback.steps).max(began);
        rollback.verify.iter().map(|criterion| self.judge_since(criterion, since, now)).collect()
    }

    /// When something was last done to the systems by one of these steps.
    fn last_action(&self, steps: &[Step]) -> Option<Moment> {
        let ends = steps.iter().filter(|step| step.acts()).filter_map(|step| match self.steps.get(&step.id)?.status {
            StepStatus::Done { ended, .. } | StepStatus::Failed { ended, .. } => Some(ended),
            StepStatus::Waiting | StepStatus::Running { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. } => None,
        });
        ends.max()
    }

    /// The verdict on the newest samples; unknown is what has not been measured after `since`, and no time before that counts
    /// for a `for`.
    pub fn verdict_since(&self, criterion: &Criterion, since: Option<Moment>, now: Moment) -> Verdict {
        self.verdict_held_since(criterion, Span::ZERO, since, now)
    }

    /// The same, asked to have been true for at least `hold`.
    pub fn verdict_held_since(&self, criterion: &Criterion, hold: Span, since: Option<Moment>, now: Moment) -> Verdict {
        let plain = verdict_held(criterion, hold, self, now);
        let still = |since| verdict_held(criterion, hold, &After { state: self, since, holds: true }, now) == plain;
        if plain == Verdict::Unknown || since.is_none_or(still) { plain } else { Verdict::Unknown }
    }

    /// A judgement knows checklists by their ids, and people know them by their titles.
    fn with_titles(&self, mut judgement: Judgement) -> Judgement {
        for list in &self.runbook.checklists {
            judgement.reason = judgement.reason.replace(&format!("`{}`", list.id), &format!("\"{}\"", list.title));
        }
        judgement
    }

    /// The same with what it rests on.
    pub fn judge_since(&self, criterion: &Criterion, since: Option<Moment>, now: Moment) -> Judgement {
        let plain = self.with_titles(judge(criterion, self, now));
        let Some(since) = since.filter(|since| self.verdict_since(criterion, Some(*since), now) != plain.verdict) else {
            return plain;
        };
        let measured = verdict(criterion, &After { state: self, since, holds: false }, now) == plain.verdict;
        if measured {
            return self.with_titles(judge(criterion, &After { state: self, since, holds: true }, now));
        }
        let at = self.wall(since).clock(self.runbook.zone);
        Judgement { verdict: Verdict::Unknown, reason: format!("not measured again since {at}"), held: None, ..plain }
    }
}

/// The state as evidence, without the histories that have not gone on since a moment.
struct After<'a> {
    state: &'a State,
    since: Moment,
    /// Also what has to have been so for a time has to have been so since then.
    holds: bool,
}

impl After<'_> {
    fn newer<'a>(&self, history: Option<&'a History>) -> Option<&'a History> {
        history.filter(|history| history.last().is_some_and(|sample| sample.at > self.since))
    }
}

impl Evidence for After<'_> {
    fn metric(&self, id: &MetricId) -> Option<&Metric> {
        self.state.metric(id)
    }

    fn metrics(&self) -> Vec<&MetricId> {
        self.state.metrics()
    }

    fn history(&self, id: &MetricId) -> Option<&History> {
        self.newer(self.state.history(id))
    }

    fn health(&self, id: &SourceId) -> Option<&History> {
        self.newer(self.state.health(id))
    }

    fn held_from(&self) -> Option<Moment> {
        self.holds.then_some(self.since)
    }

    fn health_sources(&self) -> Vec<&SourceId> {
        self.state.health_sources()
    }

    fn down_reason(&self, id: &SourceId) -> Option<&str> {
        self.state.down_reason(id)
    }

    fn fresh_for(&self, id: &SourceId) -> Span {
        self.state.fresh_for(id)
    }

    fn checklist(&self, id: &ChecklistId) -> Option<(usize, usize)> {
        self.state.checklist(id)
    }

    fn confirmed(&self, what: &str) -> bool {
        self.state.confirmed(what)
    }

    fn bands(&self, id: &MetricId) -> Bands {
        self.state.bands(id)
    }

    fn baseline(&self, id: &MetricId) -> Result<f64, String> {
        self.state.baseline(id)
    }

    fn deadline(&self, due: Due) -> Option<Moment> {
        self.state.deadline(due)
    }

    fn alert_sources(&self) -> Vec<&SourceId> {
        self.state.alert_sources()
    }

    fn alerts(&self, id: &SourceId) -> Option<&History> {
        self.newer(self.state.alerts(id))
    }

    fn alert_names(&self, id: &SourceId) -> Vec<String> {
        self.state.alert_names(id)
    }
}
