//! The state as the evidence that criteria are judged by.

use crate::id::{ChecklistId, MetricId, PhaseId, SourceId};
use crate::measure::criterion::{Criterion, Due};
use crate::measure::history::History;
use crate::measure::judge::{Evidence, Judgement, Verdict, judge_held, verdict_held};
use crate::measure::metric::{Bands, Metric};
use crate::room::event::{Asker, Outcome};
use crate::room::state::{Confirmation, Mark, PhaseStatus, Stage, State, StepStatus, Word};
use crate::room::{say, schedule};
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

    fn checklist(&self, id: &ChecklistId, by: Option<Moment>) -> Option<(usize, usize)> {
        let list = self.runbook.checklists.iter().find(|list| list.id == *id)?;
        Some(self.required_done_by(list, by))
    }

    /// Where nothing is known to ask, only a word counts that counts everywhere.
    fn confirmed(&self, what: &str, by: Option<Moment>) -> bool {
        let in_time = |given: &Confirmation| by.is_none_or(|by| given.word.at <= by);
        self.confirmed.iter().any(|given| given.what == what && given.asked_by.is_empty() && in_time(given))
    }

    fn clock(&self, at: Moment) -> String {
        self.wall(at).clock(self.runbook.zone)
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
        self.required_done_by(list, None)
    }

    fn required_done_by(&self, list: &Checklist, by: Option<Moment>) -> (usize, usize) {
        let in_time = |word: &Word| by.is_none_or(|by| word.at <= by);
        let mut count = (0, 0);
        for (_, item) in list.walk() {
            if item.required && item.items.is_empty() && item.not_for_us().is_none() {
                count.1 += 1;
                let done = self.items.get(&item.id).is_some_and(|item| match &item.mark {
                    Mark::Ticked(word) | Mark::Waived(word, _) => in_time(word),
                    Mark::Open => false,
                });
                count.0 += usize::from(done);
            }
        }
        count
    }

    /// The judgement on each criterion of a phase's gate at `now`; nothing where the phase has no gate. What was
    /// measured before the phase's last action says nothing about what that did.
    pub fn gate_evidence(&self, phase: usize, now: Moment) -> Vec<Judgement> {
        let gate = self.runbook.phases.get(phase).and_then(|phase| phase.gate.as_ref());
        let (Some(gate), Some(asker)) = (gate, self.gate_asking(phase)) else { return Vec::new() };
        gate.require.iter().map(|criterion| self.judge(criterion, &asker, now)).collect()
    }

    /// The judgement on each criterion that verifies the rollback, on what was measured after its last action.
    pub fn rollback_evidence(&self, now: Moment) -> Vec<Judgement> {
        let Some(rollback) = &self.runbook.rollback else { return Vec::new() };
        rollback.verify.iter().map(|criterion| self.judge(criterion, &Asker::Rollback, now)).collect()
    }

    /// When something was last done to the systems by one of these steps.
    pub(super) fn last_action(&self, steps: &[Step]) -> Option<Moment> {
        let ends = steps.iter().filter(|step| step.acts()).filter_map(|step| match self.steps.get(&step.id)?.status {
            StepStatus::Done { ended, .. } | StepStatus::Failed { ended, .. } => Some(ended),
            StepStatus::Waiting | StepStatus::Running { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. } => None,
        });
        ends.max()
    }

    /// The verdict on the newest samples for what asks; unknown is what has not been measured since that counts, and no time
    /// before counts for a `for`.
    pub fn verdict(&self, criterion: &Criterion, asker: &Asker, now: Moment) -> Verdict {
        self.verdict_held(criterion, Span::ZERO, asker, now)
    }

    /// The same, asked to have been true for at least `hold`.
    pub fn verdict_held(&self, criterion: &Criterion, hold: Span, asker: &Asker, now: Moment) -> Verdict {
        let all = Asked { state: self, asker, since: None, holds: false };
        let plain = verdict_held(criterion, hold, &all, now);
        let still = |since| verdict_held(criterion, hold, &Asked { since: Some(since), holds: true, ..all }, now) == plain;
        if plain == Verdict::Unknown || self.measured_from(asker).is_none_or(still) { plain } else { Verdict::Unknown }
    }

    /// A judgement knows checklists by their ids, and people know them by their titles.
    fn with_titles(&self, mut judgement: Judgement) -> Judgement {
        for list in &self.runbook.checklists {
            judgement.reason = judgement.reason.replace(&format!("`{}`", list.id), &format!("\"{}\"", list.title));
        }
        judgement
    }

    /// The same with what it rests on.
    pub fn judge(&self, criterion: &Criterion, asker: &Asker, now: Moment) -> Judgement {
        self.judge_held(criterion, Span::ZERO, asker, now)
    }

    /// The same, asked to have been true for at least `hold`.
    pub fn judge_held(&self, criterion: &Criterion, hold: Span, asker: &Asker, now: Moment) -> Judgement {
        let all = Asked { state: self, asker, since: None, holds: false };
        let plain = self.with_titles(judge_held(criterion, hold, &all, now));
        let differs = |_: &Moment| self.verdict_held(criterion, hold, asker, now) != plain.verdict;
        let Some(since) = self.measured_from(asker).filter(differs) else { return plain };
        let after = Asked { since: Some(since), ..all };
        if verdict_held(criterion, hold, &after, now) == plain.verdict {
            return self.with_titles(judge_held(criterion, hold, &Asked { holds: true, ..after }, now));
        }
        let at = self.wall(since).clock(self.runbook.zone);
        Judgement { verdict: Verdict::Unknown, reason: format!("not measured again since {at}"), held: None, ..plain }
    }
}

/// The state as evidence for what asks.
#[derive(Clone, Copy)]
struct Asked<'a> {
    state: &'a State,
    asker: &'a Asker,
    /// Histories that have not gone on since then are left out.
    since: Option<Moment>,
    /// Also what has to have been so for a time has to have been so since then.
    holds: bool,
}

impl Asked<'_> {
    fn newer<'a>(&self, history: Option<&'a History>) -> Option<&'a History> {
        let Some(since) = self.since else { return history };
        history.filter(|history| history.last().is_some_and(|sample| sample.at > since))
    }
}

impl Evidence for Asked<'_> {
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
        self.since.filter(|_| self.holds)
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

    fn checklist(&self, id: &ChecklistId, by: Option<Moment>) -> Option<(usize, usize)> {
        self.state.checklist(id, by)
    }

    fn confirmed(&self, what: &str, by: Option<Moment>) -> bool {
        self.state.word_for(what, self.asker).is_some_and(|word| by.is_none_or(|by| word.at <= by))
    }

    fn clock(&self, at: Moment) -> String {
        self.state.clock(at)
    }

    fn word_elsewhere(&self, what: &str) -> Option<String> {
        let given = self.state.confirmed.iter().rev().find(|given| given.what == what)?;
        let at = self.state.wall(given.word.at).clock(self.state.runbook.zone);
        let whom: Vec<_> = given.asked_by.iter().map(|asker| say::asker(self.state, asker)).collect();
        Some(format!("{} did at {at}, for {}", self.state.called(&given.word.by), whom.join(", ")))
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
