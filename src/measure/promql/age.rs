//! How old the samples are that a query rests on, where the exposition dates them itself.

use std::cell::Cell;

use super::Query;
use super::eval::{Evaluation, LOOKBACK, STEPS_MAX};
use super::plan::{Plan, Selector, Windowed};
use crate::measure::series::Store;
use crate::time::{Moment, Span};

/// How old the oldest sample is that the query uses and that is dated itself; or why what it finds at `at` says nothing about now:
/// it is dated more than `fresh_for` before, or after. A query that asks for the times themselves (`timestamp(…)`) judges them
/// itself.
pub(super) fn of(query: &Query, store: &Store, at: Moment, fresh_for: Span) -> Result<Option<Span>, String> {
    let steps_left = Cell::new(STEPS_MAX);
    part(&query.plan, &Evaluation::new(store, at, &steps_left), fresh_for)
}

fn part(plan: &Plan, evaluation: &Evaluation<'_>, fresh_for: Span) -> Result<Option<Span>, String> {
    let mut oldest = match (plan, plan.window()) {
        (Plan::Timestamp(_), _) => return Ok(None),
        (Plan::Instant(selector), _) => of_series(selector, evaluation, LOOKBACK, fresh_for)?,
        (_, Some(window)) => match &window.of {
            Windowed::Selector(selector) => of_series(selector, evaluation, window.range, fresh_for)?,
            Windowed::Subquery { .. } => None,
        },
        (_, None) => None,
    };
    for below in plan.parts() {
        oldest = oldest.max(part(below, evaluation, fresh_for)?);
    }
    Ok(oldest)
}

fn of_series(selector: &Selector, evaluation: &Evaluation<'_>, range: Span, fresh_for: Span) -> Result<Option<Span>, String> {
    let asked = evaluation.moment(selector.when);
    let dated = || evaluation.series(selector).filter(|series| series.is_dated());
    let newest = dated().filter_map(|series| series.points.last()).map(|point| point.at).max();
    if let Some(ahead) = newest.map(|newest| newest - evaluation.asked()).filter(|ahead| *ahead > fresh_for) {
        return Err(format!("{} is dated {ahead} ahead: the source's clock is wrong", selector.text));
    }
    let oldest = dated().filter_map(|series| series.points.latest(asked, range)).map(|point| asked - point.at).max();
    match oldest.filter(|age| *age > fresh_for) {
        Some(age) => Err(format!("{} was measured {} ago, says its own timestamp", selector.text, age.age())),
        None => Ok(oldest),
    }
}
