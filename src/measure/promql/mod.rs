//! PromQL, evaluated here: the text is parsed by `promql-parser`, everything after that is ours.
//!
//! For: what a query says about a store of series at one moment, as Prometheus 3 would answer it.
//! May not touch: the clock, sockets. Native histograms and experimental functions are refused when a query is compiled.
//! Start reading at `Query`, then `eval`.

mod age;
mod aggregate;
mod answer;
mod binary;
mod compile;
mod each;
mod eval;
mod histogram;
mod over;
mod plan;
mod question;
mod relabel;
mod sums;
mod vector;

use std::cell::Cell;
use std::fmt;

pub use compile::QUERY_MAX;
pub use question::{Found, Question};

use crate::measure::reading::Reading;
use crate::measure::series::{Labels, Store};
use crate::time::{Moment, Span};
use eval::{Evaluation, LOOKBACK, STEPS_MAX};
use plan::{Plan, When, Windowed};
use vector::Value;

/// A query that can be asked.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    plan: Plan,
    /// Sorted. `None`: any.
    names: Option<Vec<String>>,
    range: Span,
}

/// Why a text is no query that can be asked here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    pub message: String,
    /// The byte of the text at which the trouble is, where that is known.
    pub at: Option<usize>,
}

impl QueryError {
    fn new(message: &str) -> Self {
        Self { message: message.to_owned(), at: None }
    }

    fn at(at: usize, message: &str) -> Self {
        Self { message: message.to_owned(), at: Some(at) }
    }
}

/// What a query found.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Scalar(f64),
    Vector(Vec<(Labels, f64)>),
}

impl Query {
    pub fn compile(text: &str) -> Result<Self, QueryError> {
        let plan = compile::compile(text)?;
        let names = names(&plan).map(|mut names| {
            names.sort_unstable();
            names.dedup();
            names
        });
        Ok(Self { text: text.to_owned(), range: reach(&plan).or_zero(), names, plan })
    }

    /// The metrics it is about; `None` where that may be any.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// How far back it looks from the moment at which it is asked.
    pub fn range(&self) -> Span {
        self.range
    }

    /// The exact answer, or why there cannot be one.
    pub fn answer(&self, store: &Store, at: Moment) -> Result<Answer, String> {
        let steps_left = Cell::new(STEPS_MAX);
        let value = Evaluation::new(store, at, &steps_left).value(&self.plan)?;
        Ok(match value {
            Value::Scalar(value) => Answer::Scalar(value),
            Value::Vector(elements) => Answer::Vector(vector::settled(elements)?),
        })
    }

    /// The one number it is asked for, or why that is not to be had. A source whose last scrape failed says nothing now, even
    /// where older points would still give an answer.
    pub fn read(&self, store: &Store, at: Moment) -> Reading {
        answer::read(self, store, at)
    }

    /// As `read`, with how old the number is where the source itself dates what it rests on; more than `fresh_for` from `at` it
    /// is none.
    pub fn read_aged(&self, store: &Store, at: Moment, fresh_for: Span) -> (Reading, Span) {
        match self.read(store, at) {
            Reading::Number(value) => match age::of(self, store, at, fresh_for) {
                Err(why) => (Reading::Missing(why), Span::ZERO),
                Ok(age) => (Reading::Number(value), age.unwrap_or_default()),
            },
            none @ (Reading::Missing(_) | Reading::Invalid(_)) => (none, Span::ZERO),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

fn names(plan: &Plan) -> Option<Vec<String>> {
    let own = match (plan, plan.window().map(|window| &window.of)) {
        (Plan::Instant(selector), _) | (_, Some(Windowed::Selector(selector))) => selector.names()?,
        (_, Some(Windowed::Subquery { .. }) | None) => Vec::new(),
    };
    let mut all: Vec<String> = own.into_iter().map(str::to_owned).collect();
    for part in plan.parts() {
        all.extend(names(part)?);
    }
    Some(all)
}

/// How far back a plan looks. A fixed time (`@`) is not counted: what is kept is what moves along.
fn reach(plan: &Plan) -> Span {
    let back = |when: When, range: Span| when.offset + range;
    let below = plan.parts().into_iter().map(reach).max().unwrap_or_default();
    match (plan, plan.window()) {
        (Plan::Instant(selector), _) => back(selector.when, LOOKBACK),
        (_, Some(window)) => match &window.of {
            Windowed::Selector(selector) => back(selector.when, window.range).max(below),
            Windowed::Subquery { when, .. } => back(*when, window.range) + below,
        },
        (_, None) => below,
    }
}

#[cfg(test)]
mod tests;
