//! What the evidence says about a criterion: pass, fail or unknown, with the reason in words.
//!
//! For: judging what a runbook asks for by the samples there are. May not touch: the clock, where samples come from.
//! Start reading at [`judge`]; `stretch` reads one history, `logic` puts verdicts together.
//!
//! Only a fresh number passes. The newest sample decides: where it is against the criterion, that is a fail at once, and where
//! it is none (missing, invalid, too old, never measured) the verdict is unknown. With `for` the samples must have been so
//! through the whole time without a gap; until then the verdict is unknown, which neither passes nor is called bad.

use serde::{Deserialize, Serialize};

use crate::id::{ChecklistId, MetricId, SourceId};
use crate::measure::criterion::{Criterion, Op, Test};
use crate::measure::history::History;
use crate::measure::metric::Metric;
use crate::measure::show;
use crate::time::{Moment, Span};

mod brief;
mod finding;
mod logic;
mod stretch;

pub use logic::all;

use brief::Brief;
use finding::Finding;
use stretch::stretch;

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
    /// How long it has been so (good or bad), as far as samples show: also while that is not yet long enough for a `for`.
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
    /// How far back a stretch is followed whose criterion asks for `hold`: to its beginning, so that it can be told.
    fn enough(&self, _hold: Span) -> Span {
        Span(i64::MAX)
    }
}

/// Judges one criterion at `now`.
pub fn judge(criterion: &Criterion, evidence: &impl Evidence, now: Moment) -> Judgement {
    let found = test(&criterion.test, evidence, now);
    Judgement {
        criterion: criterion.text.clone(),
        verdict: found.verdict,
        now: found.now,
        must_be: found.must_be,
        held: found.held,
        reason: found.reason,
    }
}

/// The verdict alone: what is asked after every event, without reading back hours of samples that agree.
pub fn verdict(criterion: &Criterion, evidence: &impl Evidence, now: Moment) -> Verdict {
    test(&criterion.test, &Brief(evidence), now).verdict
}

fn test(test: &Test, evidence: &impl Evidence, now: Moment) -> Finding {
    let parts =
        |tests: &[Test]| -> Vec<Finding> { tests.iter().map(|part| named(part, self::test(part, evidence, now))).collect() };
    match test {
        Test::Compare { metric, op, limit, hold } => compare(metric, *op, *limit, *hold, evidence, now),
        Test::Health { source, up, hold } => health(source.as_ref(), *up, *hold, evidence, now),
        Test::NoCritical { hold } => no_critical(*hold, evidence, now),
        Test::Complete { checklist } => complete(checklist, evidence),
        Test::Confirmed { what } => confirmed(what, evidence),
        Test::All(tests) => logic::all_of(&parts(tests)),
        Test::Any(tests) => logic::any_of(&parts(tests)),
        Test::Not(inner) => logic::not(self::test(inner, evidence, now)),
    }
}

/// Among several parts the reason of a comparison says which metric it is about; the others say that anyway.
fn named(test: &Test, found: Finding) -> Finding {
    if let Test::Compare { metric, .. } = test {
        return Finding { reason: found.reason_about(metric.as_str()), ..found };
    }
    found
}

fn compare(id: &MetricId, op: Op, limit: f64, hold: Span, evidence: &impl Evidence, now: Moment) -> Finding {
    let (Some(metric), Some(history)) = (evidence.metric(id), evidence.history(id)) else {
        return Finding::unknown(format!("there is no metric `{id}`"));
    };
    let source = &metric.source;
    let must_be = show::limit(op, limit, &metric.unit);
    let say = |value| show::number_beside(value, limit, &metric.unit);
    let stretch = stretch(history, now, evidence.fresh_for(source), evidence.enough(hold), |value| op.holds(value, limit));
    finding::of_stretch(stretch, hold, source, must_be, say)
}

/// Up needs every source that is meant; down is said of several when any of them is.
fn health(source: Option<&SourceId>, up: bool, hold: Span, evidence: &impl Evidence, now: Moment) -> Finding {
    let sources = source.map_or_else(|| evidence.health_sources(), |one| vec![one]);
    let must_be = if up { "up" } else { "down" };
    if sources.is_empty() {
        return Finding { must_be: must_be.to_owned(), ..Finding::unknown("there is no health source".to_owned()) };
    }
    let parts: Vec<Finding> = sources.iter().map(|id| one_health(id, up, hold, evidence, now)).collect();
    let counts = sources.iter().filter(|id| is_up(id, evidence, now)).count();
    let known = parts.iter().any(|part| part.now != "?");
    let now_words = if known { format!("up {counts}/{}", sources.len()) } else { "?".to_owned() };
    let joined = if up { logic::all_of(&parts) } else { logic::any_of(&parts) };
    Finding { now: now_words, must_be: must_be.to_owned(), ..joined }
}

fn one_health(id: &SourceId, up: bool, hold: Span, evidence: &impl Evidence, now: Moment) -> Finding {
    let must_be = if up { "up" } else { "down" };
    let Some(history) = evidence.health(id) else {
        return Finding::unknown(format!("{id} was never polled"));
    };
    let stretch = stretch(history, now, evidence.fresh_for(id), evidence.enough(hold), |value| (value >= 0.5) == up);
    let say = |value: f64| if value >= 0.5 { "up".to_owned() } else { "down".to_owned() };
    let mut found = finding::of_stretch(stretch, hold, id, must_be.to_owned(), say);
    let why = evidence.down_reason(id).filter(|_| up && found.verdict == Verdict::Fail);
    if let Some(why) = why {
        found.reason = format!("{id} is down: {}, for {}", finding::outside(why), found.held.unwrap_or_default());
    }
    found
}

fn is_up(id: &SourceId, evidence: &impl Evidence, now: Moment) -> bool {
    let found =
        evidence.health(id).map(|history| stretch(history, now, evidence.fresh_for(id), Span::ZERO, |value| value >= 0.5));
    found.is_some_and(|found| found.is_ok_and(|stretch| stretch.holds))
}

/// Every metric that has a critical band, each by its own samples. Where there is none, nothing was shown.
fn no_critical(hold: Span, evidence: &impl Evidence, now: Moment) -> Finding {
    let mut parts = Vec::new();
    let mut critical = Vec::new();
    for id in evidence.metrics() {
        let Some(metric) = evidence.metric(id) else { continue };
        let Some(band) = metric.bands.critical else { continue };
        let found = evidence.history(id).map_or_else(
            || Finding::unknown("never measured".to_owned()),
            |history| {
                let stretch = stretch(history, now, evidence.fresh_for(&metric.source), evidence.enough(hold), |value| {
                    !band.contains(value)
                });
                let say = |value| show::number(value, &metric.unit);
                finding::of_stretch(stretch, hold, &metric.source, "not critical".to_owned(), say)
            },
        );
        if found.verdict == Verdict::Fail {
            critical.push(id.to_string());
        }
        parts.push(Finding { reason: found.reason_about(id.as_str()), ..found });
    }
    if parts.is_empty() {
        return Finding { must_be: "none".to_owned(), ..Finding::unknown("no metric has a critical band".to_owned()) };
    }
    let joined = logic::all_of(&parts);
    let now_words = match joined.verdict {
        Verdict::Pass => "none".to_owned(),
        Verdict::Fail => critical.join(", "),
        Verdict::Unknown => "?".to_owned(),
    };
    Finding { now: now_words, must_be: "none".to_owned(), ..joined }
}

fn complete(checklist: &ChecklistId, evidence: &impl Evidence) -> Finding {
    let must_be = "complete".to_owned();
    let Some((done, required)) = evidence.checklist(checklist) else {
        return Finding { must_be, ..Finding::unknown(format!("there is no checklist `{checklist}`")) };
    };
    let now = format!("{done}/{required}");
    let (verdict, reason) = if required == 0 {
        (Verdict::Unknown, format!("no item of `{checklist}` is required"))
    } else if done >= required {
        (Verdict::Pass, String::new())
    } else {
        (Verdict::Fail, format!("{} of {required} required items are open in `{checklist}`", required - done))
    };
    Finding { verdict, now, must_be, held: None, reason }
}

/// What nobody has said yet is not known; it is not known to be false either.
fn confirmed(what: &str, evidence: &impl Evidence) -> Finding {
    let must_be = "confirmed".to_owned();
    if evidence.confirmed(what) {
        return Finding { verdict: Verdict::Pass, now: "confirmed".to_owned(), must_be, held: None, reason: String::new() };
    }
    Finding { must_be, ..Finding::unknown(format!("nobody has confirmed \"{}\"", finding::outside(what))) }
}

#[cfg(test)]
mod tests;
