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
use crate::measure::criterion::{Criterion, Due, Limit, Op, Test};
use crate::measure::history::History;
use crate::measure::metric::{Band, Bands, Metric};
use crate::measure::show;
use crate::time::{Moment, Span, Zone};

mod change;
mod due;
mod finding;
mod health;
mod logic;
mod narrow;
mod stretch;
mod whether;

pub use logic::all;

use finding::Finding;
use narrow::Narrow;
use stretch::{Reach, stretch};
use whether::Whether;

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
    /// How many required items are done, or were done by then, out of how many.
    fn checklist(&self, id: &ChecklistId, by: Option<Moment>) -> Option<(usize, usize)>;
    /// Whether somebody gave their word on it, or had by then.
    fn confirmed(&self, what: &str, by: Option<Moment>) -> bool;
    /// A word on the same that does not count here: whose, when, and where it was asked for.
    fn word_elsewhere(&self, _what: &str) -> Option<String> {
        None
    }
    /// The bands that count at present.
    fn bands(&self, id: &MetricId) -> Bands;
    /// What the metric is compared with, or why that is not known.
    fn baseline(&self, id: &MetricId) -> Result<f64, String>;
    /// When something is due; nothing while T is not known.
    fn deadline(&self, due: Due) -> Option<Moment>;
    /// Every source of alerts, in the runbook's order.
    fn alert_sources(&self) -> Vec<&SourceId>;
    /// How many critical alerts fire, in the history of a source of alerts.
    fn alerts(&self, id: &SourceId) -> Option<&History>;
    /// What the critical alerts are called that fire now.
    fn alert_names(&self, id: &SourceId) -> Vec<String>;
    /// How far back a stretch is followed whose criterion asks for `hold`: to its beginning, so that it can be told.
    fn enough(&self, _hold: Span) -> Span {
        Span(i64::MAX)
    }
    /// The earliest moment that a holding time may begin at: what was so before something was done does not count.
    fn held_from(&self) -> Option<Moment> {
        None
    }
    /// What came after this is not looked at: where an earlier moment is judged.
    fn until(&self) -> Option<Moment> {
        None
    }
    /// A moment as the clocks of the plan show it.
    fn clock(&self, at: Moment) -> String {
        at.clock(Zone::UTC)
    }
}

/// How long a sample of this metric counts as fresh: where it compares, as long as that of the slower source.
fn fresh_for(metric: &Metric, evidence: &impl Evidence) -> Span {
    metric.sources().map(|source| evidence.fresh_for(source)).max().unwrap_or(Span::ZERO)
}

/// How far a metric's history is read back.
fn reach(metric: &Metric, least: Least, evidence: &impl Evidence) -> Reach {
    Reach {
        fresh_for: fresh_for(metric, evidence),
        enough: evidence.enough(least.longest()),
        from: evidence.held_from(),
        until: evidence.until(),
    }
}

/// For how long a condition must have been so without a break, at least, to count as true and to count as false. What `not`
/// turns into true has to have been false all that time: not knowing for a while breaks either.
#[derive(Clone, Copy, Debug, Default)]
struct Least {
    truth: Span,
    falsehood: Span,
    /// How far a stretch is followed at least, whatever has to hold for how long.
    look: Span,
}

impl Least {
    fn to_be_true(truth: Span) -> Self {
        Self { truth, ..Self::default() }
    }

    fn turned(self) -> Self {
        Self { truth: self.falsehood, falsehood: self.truth, ..self }
    }

    /// With what the condition asks for by itself.
    fn or(self, hold: Span) -> Self {
        Self { truth: self.truth.max(hold), ..self }
    }

    fn longest(self) -> Span {
        self.truth.max(self.falsehood).max(self.look)
    }
}

/// Judges one criterion at `now`.
pub fn judge(criterion: &Criterion, evidence: &impl Evidence, now: Moment) -> Judgement {
    judge_held(criterion, Span::ZERO, evidence, now)
}

/// The same, asked to have been true for at least `hold`, however it is put together.
pub fn judge_held(criterion: &Criterion, hold: Span, evidence: &impl Evidence, now: Moment) -> Judgement {
    let found = test(&criterion.test, Least::to_be_true(hold), evidence, now);
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
    verdict_held(criterion, Span::ZERO, evidence, now)
}

/// The same, asked to have been true for at least `hold`.
pub fn verdict_held(criterion: &Criterion, hold: Span, evidence: &impl Evidence, now: Moment) -> Verdict {
    test(&criterion.test, Least::to_be_true(hold), &Narrow::brief(evidence), now).verdict
}

fn test(test: &Test, least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let part = |part: &Test| named(part, self::test(part, least, evidence, now));
    let parts = |tests: &[Test]| -> Vec<Finding> { tests.iter().map(part).collect() };
    match test {
        Test::Compare { metric, op, limit, hold } => compare(metric, (*op, *limit), least.or(*hold), evidence, now),
        Test::Target { metric, hold } => target(metric, least.or(*hold), evidence, now),
        Test::Change { metric, way, op, limit, over } => change::change(metric, *way, (*op, *limit), *over, evidence, now),
        Test::Health { source, up, hold } => health::health(source.as_ref(), *up, least.or(*hold), evidence, now),
        Test::Uptime { source, share, over } => health::uptime(source.as_ref(), *share, *over, evidence, now),
        Test::NoCritical { hold } => no_critical(least.or(*hold), evidence, now),
        Test::NoAlerts { source, hold } => health::no_alerts(source.as_ref(), least.or(*hold), evidence, now),
        Test::Due { test, due } => due::in_time(test, least, *due, evidence, now),
        Test::Complete { checklist } => complete(checklist, evidence),
        Test::Confirmed { what } => confirmed(what, evidence),
        Test::All(tests) => logic::all_of(&parts(tests)),
        Test::Any(tests) => logic::any_of(&parts(tests)),
        Test::Not(inner) => logic::not(self::test(inner, least.turned(), evidence, now)),
    }
}

/// Among several parts the reason of a comparison says which metric it is about; the others say that anyway.
fn named(test: &Test, found: Finding) -> Finding {
    match test {
        Test::Compare { metric, .. } | Test::Target { metric, .. } | Test::Change { metric, .. } => {
            Finding { reason: found.reason_about(metric.as_str()), ..found }
        }
        Test::Due { test, .. } => named(test, found),
        Test::Health { .. }
        | Test::Uptime { .. }
        | Test::NoCritical { .. }
        | Test::NoAlerts { .. }
        | Test::Complete { .. }
        | Test::Confirmed { .. }
        | Test::All(_)
        | Test::Any(_)
        | Test::Not(_) => found,
    }
}

fn compare(id: &MetricId, (op, limit): (Op, Limit), least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let (Some(metric), Some(history)) = (evidence.metric(id), evidence.history(id)) else {
        return Finding::unknown(format!("there is no metric `{id}`"));
    };
    let (value, must_be) = match limit {
        Limit::Fixed(value) => (value, show::limit(op, value, &metric.unit)),
        Limit::OfBaseline(_) | Limit::Beside(_) => match against_baseline(id, op, limit, metric, evidence) {
            Ok(found) => found,
            Err(unknown) => return unknown,
        },
    };
    let say = |number| show::number_beside(number, value, &metric.unit);
    let stretch = stretch(history, now, &reach(metric, least, evidence), Whether::Is(op, value));
    finding::of_stretch(stretch, least, &metric.whence(), must_be, say)
}

/// The limit as a number, and in words; unknown where there is no baseline, or none that a share can be taken of.
fn against_baseline(
    id: &MetricId,
    op: Op,
    limit: Limit,
    metric: &Metric,
    evidence: &impl Evidence,
) -> Result<(f64, String), Finding> {
    let words = show::beside_baseline(limit, &metric.unit);
    let unknown = |why: String| Finding { must_be: format!("{} {words}", op.sign()), ..Finding::unknown(why) };
    let baseline = evidence.baseline(id).map_err(|why| unknown(format!("no baseline: {why}")))?;
    if baseline == 0.0 && limit.is_relative() {
        return Err(unknown("the baseline is 0, and a share of nothing says nothing".to_owned()));
    }
    let value = limit.value(baseline);
    let baseline = show::number(baseline, &metric.unit);
    Ok((value, format!("{} ({words}, {baseline})", show::limit(op, show::short(value), &metric.unit))))
}

/// A value in the grey zone does not meet the target, but is no alarm either: that is not known to be good or bad.
fn target(id: &MetricId, least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let (Some(metric), Some(history)) = (evidence.metric(id), evidence.history(id)) else {
        return Finding::unknown(format!("there is no metric `{id}`"));
    };
    let bands = evidence.bands(id);
    let Some(normal) = bands.normal else { return Finding::unknown(format!("{id} has no target in this phase")) };
    let must_be = show::range(&normal, &metric.unit);
    let say = |value| show::number(value, &metric.unit);
    let reach = reach(metric, least, evidence);
    let inside = stretch(history, now, &reach, Whether::Inside(normal));
    let value = inside.as_ref().map(|stretch| stretch.value).ok();
    let grey = value.is_some_and(|value| bands.of(value) == Some(Band::Between));
    let bad = [bands.critical, bands.warning].into_iter().flatten().find(|bad| value.is_some_and(|value| bad.contains(value)));
    // What is to have missed its target for a time was in a bad band all the while: the grey zone is neither.
    let asked = match bad.filter(|_| least.falsehood > Span::ZERO && inside.as_ref().is_ok_and(|inside| !inside.holds)) {
        Some(bad) => stretch(history, now, &reach, Whether::Outside(bad)),
        None => inside,
    };
    let found = finding::of_stretch(asked, least, &metric.whence(), must_be, say);
    if found.verdict == Verdict::Fail && grey {
        return Finding { verdict: Verdict::Unknown, reason: format!("in the grey zone: {}", found.reason), ..found };
    }
    found
}

/// Every metric that has a critical band, each by its own samples. Where there is none, nothing was shown.
fn no_critical(least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let mut parts = Vec::new();
    let mut critical = Vec::new();
    for id in evidence.metrics() {
        let Some(metric) = evidence.metric(id) else { continue };
        let Some(band) = evidence.bands(id).critical else { continue };
        let found = evidence.history(id).map_or_else(
            || Finding::unknown("never measured".to_owned()),
            |history| {
                let stretch = stretch(history, now, &reach(metric, least, evidence), Whether::Outside(band));
                let say = |value| show::number(value, &metric.unit);
                finding::of_stretch(stretch, least, &metric.whence(), "not critical".to_owned(), say)
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
    let Some((done, required)) = evidence.checklist(checklist, evidence.until()) else {
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
    if evidence.confirmed(what, evidence.until()) {
        return Finding { verdict: Verdict::Pass, now: "confirmed".to_owned(), must_be, held: None, reason: String::new() };
    }
    let what_is = finding::outside(what);
    let reason = match evidence.word_elsewhere(what) {
        None => format!("nobody has confirmed \"{what_is}\""),
        Some(elsewhere) => format!("nobody has confirmed \"{what_is}\" here: {elsewhere}"),
    };
    Finding { must_be, ..Finding::unknown(reason) }
}

#[cfg(test)]
mod logic_tests;
#[cfg(test)]
mod span_tests;
#[cfg(test)]
mod tests;
