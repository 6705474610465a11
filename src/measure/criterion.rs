//! Conditions as written in a runbook: `error_rate < 0.5% for 5m and health is up`.

use std::fmt;

use crate::id::{ChecklistId, MetricId, SourceId};
use crate::time::Span;

/// A condition with the text it was written in, which is how screens and journals call it.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    pub text: String,
    pub test: Test,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `error_rate < 0.5%`; the limit is in the metric's unit.
    Compare {
        metric: MetricId,
        op: Op,
        limit: f64,
        hold: Span,
    },
    /// `health is up`, `app is down`: without a source, every `health` source.
    Health {
        source: Option<SourceId>,
        up: bool,
        hold: Span,
    },
    /// `no critical metrics`: every metric that has a critical band is known, and outside it.
    NoCritical {
        hold: Span,
    },
    /// `checklist "Pre-flight" is complete`
    Complete {
        checklist: ChecklistId,
    },
    /// `operator confirms "no user complaints"`
    Confirmed {
        what: String,
    },
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    NotEqual,
}

impl Op {
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
            Self::More => value > limit,
            Self::AtLeast => value >= limit,
            Self::Equal => value == limit,
            Self::NotEqual => value != limit,
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Criterion {
    /// The same condition, asked to have been true for at least `hold`.
    #[must_use]
    pub fn held_for(&self, hold: Span) -> Self {
        Self { text: self.text.clone(), test: self.test.held_for(hold) }
    }
}

impl Test {
    /// The same condition, asked to have been true for at least `least`.
    #[must_use]
    pub fn held_for(&self, least: Span) -> Self {
        let each = |tests: &[Self]| tests.iter().map(|test| test.held_for(least)).collect();
        match self.clone() {
            Self::Compare { metric, op, limit, hold } => Self::Compare { metric, op, limit, hold: hold.max(least) },
            Self::Health { source, up, hold } => Self::Health { source, up, hold: hold.max(least) },
            Self::NoCritical { hold } => Self::NoCritical { hold: hold.max(least) },
            Self::All(tests) => Self::All(each(&tests)),
            Self::Any(tests) => Self::Any(each(&tests)),
            // What is not so has no samples of its own to hold.
            kept @ (Self::Not(_) | Self::Complete { .. } | Self::Confirmed { .. }) => kept,
        }
    }

    /// The statements that a person is asked to confirm.
    pub fn confirmations(&self) -> Vec<&str> {
        match self {
            Self::Confirmed { what } => vec![what],
            Self::All(tests) | Self::Any(tests) => tests.iter().flat_map(Self::confirmations).collect(),
            Self::Not(test) => test.confirmations(),
            Self::Compare { .. } | Self::Health { .. } | Self::NoCritical { .. } | Self::Complete { .. } => Vec::new(),
        }
    }
}
