//! An answer as a reading: the one number, or in words why there is none.

use std::cell::Cell;

use super::eval::{Evaluation, STEPS_MAX};
use super::over::OverFunction;
use super::plan::{Arithmetic, Operation, Plan, Selector, Windowed};
use super::{Answer, Query};
use crate::measure::reading::Reading;
use crate::measure::series::{Labels, Store};
use crate::time::{Moment, Span};

pub(super) fn read(query: &Query, store: &Store, at: Moment) -> Reading {
    if store.last().is_none() {
        return Reading::Missing("not scraped yet".to_owned());
    }
    if store.failed() {
        return Reading::Missing("the last scrape failed".to_owned());
    }
    if let Some(gap) = store.gap(query.names(), query.range(), at) {
        return Reading::Invalid(gap);
    }
    match query.answer(store, at) {
        Err(why) => Reading::Invalid(why),
        Ok(Answer::Scalar(value)) => number(query, store, at, value),
        Ok(Answer::Vector(elements)) => match elements.as_slice() {
            [] => Reading::Missing(why_empty(&query.plan, store, at)),
            [(_, value)] => number(query, store, at, *value),
            several => Reading::Invalid(too_many(several)),
        },
    }
}

fn too_many(several: &[(Labels, f64)]) -> String {
    format!("{} series; aggregate them, e.g. sum(…)", several.len())
}

fn number(query: &Query, store: &Store, at: Moment, value: f64) -> Reading {
    if value.is_finite() {
        return Reading::Number(value);
    }
    let steps_left = Cell::new(STEPS_MAX);
    let evaluation = Evaluation::new(store, at, &steps_left);
    Reading::Invalid(why_not_finite(&query.plan, &evaluation).unwrap_or_else(|| {
        if value.is_nan() {
            "not a number (NaN)".to_owned()
        } else {
            format!("infinite ({})", if value > 0.0 { "+Inf" } else { "-Inf" })
        }
    }))
}

/// Finds the part that is to blame: the innermost of those that are named in words.
fn why_not_finite(plan: &Plan, evaluation: &Evaluation<'_>) -> Option<String> {
    if let Some(why) = plan.parts().into_iter().find_map(|part| why_not_finite(part, evaluation)) {
        return Some(why);
    }
    match plan {
        Plan::Binary(binary) if binary.op == Operation::Arithmetic(Arithmetic::Divide) => {
            let (above, below) = (only(&binary.left, evaluation)?, only(&binary.right, evaluation)?);
            let traffic = if has_window(&binary.right) { ": no traffic in the range" } else { "" };
            match (above == 0.0, below == 0.0) {
                (true, true) => Some(format!("0/0{traffic}")),
                (false, true) => Some("division by zero".to_owned()),
                (_, false) => None,
            }
        }
        Plan::HistogramQuantile { .. } if only(plan, evaluation)?.is_nan() => {
            Some("NaN: nothing was observed in the range, or the histogram has no +Inf bucket".to_owned())
        }
        Plan::Scalar(of) if only(plan, evaluation)?.is_nan() && only(of, evaluation).is_none() => {
            Some("scalar(…) found no series, or several".to_owned())
        }
        _ => None,
    }
}

/// The value of a part that is a single one.
fn only(plan: &Plan, evaluation: &Evaluation<'_>) -> Option<f64> {
    match evaluation.value(plan).ok()? {
        super::Value::Scalar(value) => Some(value),
        super::Value::Vector(elements) => match elements.as_slice() {
            [only] => Some(only.value),
            [] | [_, _, ..] => None,
        },
    }
}

fn has_window(plan: &Plan) -> bool {
    plan.window().is_some() || plan.parts().into_iter().any(has_window)
}

fn why_empty(plan: &Plan, store: &Store, at: Moment) -> String {
    let steps_left = Cell::new(STEPS_MAX);
    let evaluation = Evaluation::new(store, at, &steps_left);
    why_part_empty(plan, &evaluation)
        .unwrap_or_else(|| "no series is left: a comparison filtered all out, or labels do not match".to_owned())
}

/// The first selector below that found nothing, or too little.
fn why_part_empty(plan: &Plan, evaluation: &Evaluation<'_>) -> Option<String> {
    if let Some(why) = plan.parts().into_iter().find_map(|part| why_part_empty(part, evaluation)) {
        return Some(why);
    }
    match (plan, plan.window()) {
        (Plan::Instant(selector), _) => why_not_there(plan, selector, evaluation),
        (Plan::Over { function, .. }, Some(window)) => match &window.of {
            Windowed::Selector(selector) => {
                let frame = evaluation.frame(window);
                let most = evaluation.series(selector).map(|series| series.points.within(frame.start, frame.end).len()).max();
                why_too_few(*function, most.unwrap_or(0), &selector.text, window.range)
            }
            Windowed::Subquery { .. } => None,
        },
        (_, _) => None,
    }
}

fn why_not_there(plan: &Plan, selector: &Selector, evaluation: &Evaluation<'_>) -> Option<String> {
    if evaluation.value(plan).is_ok_and(|value| matches!(value, super::Value::Vector(found) if !found.is_empty())) {
        return None;
    }
    let asked = evaluation.moment(selector.when);
    let last = evaluation.series(selector).filter_map(|series| series.points.last_measured(asked)).map(|point| point.at).max();
    Some(match last {
        None => format!("no series matches {}", selector.text),
        Some(last) => format!("{} is no longer exposed, last seen {} ago", selector.text, (asked - last).age()),
    })
}

fn why_too_few(function: OverFunction, most: usize, selector: &str, range: Span) -> Option<String> {
    match most {
        0 => Some(format!("no series matches {selector} in the last {range}")),
        1 if function.points_needed() == 2 => Some(format!("needs two samples of {selector}, has one")),
        _ => None,
    }
}
