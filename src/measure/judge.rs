//! What the evidence says about a criterion: pass, fail or unknown, with the reason in words.

use serde::{Deserialize, Serialize};

use crate::id::{ChecklistId, MetricId, SourceId};
use crate::measure::criterion::Criterion;
use crate::measure::history::History;
use crate::measure::metric::Metric;
use crate::time::{Moment, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// Nothing that could be relied on: never as good as a pass.
    Unknown,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// A verdict with what it rests on. It is frozen into the journal with each decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The criterion as written.
    pub criterion: String,
    pub verdict: Verdict,
    /// What is measured now, with its unit: `0.08 %`, `up 3/3`, `?`.
    pub now: String,
    /// What it must be: `< 0.5 %`.
    pub must_be: String,
    /// How long the present verdict has been so, as far as samples show.
    pub held: Option<Span>,
    /// In words, where it is not a plain pass: `last sample 2:10 old, source app`.
    pub reason: String,
}

/// Where criteria find what they are judged by. The room's state is the one in production.
pub trait Evidence {
    fn metric(&self, id: &MetricId) -> Option<&Metric>;
    /// Every metric of the runbook, in its order.
    fn metrics(&self) -> Vec<&MetricId>;
    fn history(&self, id: &MetricId) -> Option<&History>;
    /// Up is 1, down is 0 in a health source's history.
    fn health(&self, id: &SourceId) -> Option<&History>;
    /// Every `health` source, in the runbook's order.
    fn health_sources(&self) -> Vec<&SourceId>;
    /// Why a source is not up, in its own words.
    fn down_reason(&self, id: &SourceId) -> Option<&str>;
    /// How long a sample of this source counts as fresh.
    fn fresh_for(&self, id: &SourceId) -> Span;
    /// How many required items are done, out of how many.
    fn checklist(&self, id: &ChecklistId) -> Option<(usize, usize)>;
    fn confirmed(&self, what: &str) -> bool;
}

/// Judges one criterion at `now`.
pub fn judge(criterion: &Criterion, evidence: &impl Evidence, now: Moment) -> Judgement {
    let _ = (evidence, now);
    Judgement {
        criterion: criterion.text.clone(),
        verdict: Verdict::Unknown,
        now: "?".to_owned(),
        must_be: String::new(),
        held: None,
        reason: "not judged".to_owned(),
    }
}
