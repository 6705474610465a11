//! Conditions as written in a runbook: `error_rate < 0.5% for 5m and health is up`.

use std::fmt;

use chrono::NaiveTime;

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
    /// `error_rate < 0.5%`, `rps >= 95% of baseline`; the limit is in the metric's unit.
    Compare {
        metric: MetricId,
        op: Op,
        limit: Limit,
        hold: Span,
    },
    /// `p95 meets its target`: in its normal band.
    Target {
        metric: MetricId,
        hold: Span,
    },
    /// `rss grows < 5% in 30m`
    Change {
        metric: MetricId,
        way: Way,
        op: Op,
        limit: Amount,
        over: Span,
    },
    /// `health is up`, `app is down`: without a source, every `health` source.
    Health {
        source: Option<SourceId>,
        up: bool,
        hold: Span,
    },
    /// `health was up 99.9% of 24h`
    Uptime {
        source: Option<SourceId>,
        /// 99.9 % is 0.999.
        share: f64,
        over: Span,
    },
    /// `no critical metrics`: every metric that has a critical band is known, and outside it.
    NoCritical {
        hold: Span,
    },
    /// `no critical alerts`: none of the sources of alerts has one; without a source, all of them.
    NoAlerts {
        source: Option<SourceId>,
        hold: Span,
    },
    /// `… by 09:30`, `… within 2h of T`: what is not yet so may still come, until then.
    Due {
        test: Box<Self>,
        due: Due,
    },
    /// `checklist "Pre-flight" is complete`
    Complete {
        checklist: ChecklistId,
    },
    /// `operator confirms "no user complaints"`
    Confirmed {
        what: String,
    },
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

/// What a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// In the metric's unit.
    Fixed(f64),
    /// `95% of baseline` is 0.95.
    OfBaseline(f64),
    /// `baseline + 105%`, `baseline - 10%`, `baseline + 20ms`
    Beside(Amount),
}

/// How much of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A share of what it is compared with: 5 % is 0.05.
    Share(f64),
    /// In the metric's unit.
    Plain(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Grows,
    Falls,
}

/// Until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So long after T.
    T(Span),
    /// A time of day in the runbook's zone.
    Clock(NaiveTime),
}

impl From<f64> for Limit {
    fn from(value: f64) -> Self {
        Self::Fixed(value)
    }
}

impl Amount {
    /// The difference it makes to `value`.
    pub fn of(self, value: f64) -> f64 {
        match self {
            Self::Share(share) => value.abs() * share,
            Self::Plain(plain) => plain,
        }
    }
}

impl Limit {
    /// The number that it is, with this baseline.
    pub fn value(self, baseline: f64) -> f64 {
        match self {
            Self::Fixed(value) => value,
            Self::OfBaseline(share) => baseline * share,
            Self::Beside(amount) => baseline + amount.of(baseline),
        }
    }

    /// Whether it is nothing but a share of the baseline, so that a baseline of zero says nothing.
    pub fn is_relative(self) -> bool {
        match self {
            Self::OfBaseline(_) | Self::Beside(Amount::Share(_)) => true,
            Self::Fixed(_) | Self::Beside(Amount::Plain(_)) => false,
        }
    }
}

impl Way {
    pub fn word(self) -> &'static str {
        match self {
            Self::Grows => "grows",
            Self::Falls => "falls",
        }
    }
}

impl Due {
    /// `09:30`, `T+2h00m`
    pub fn word(self) -> String {
        match self {
            Self::T(span) if span < Span::ZERO => format!("T{span}"),
            Self::T(span) => format!("T+{span}"),
            Self::Clock(time) => time.format("%H:%M").to_string(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

    /// What is so of a number where this is not.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::More,
            Self::More => Self::AtMost,
            Self::AtLeast => Self::Less,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
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

impl Test {
    /// The same condition with its `for`, where it has one of its own; what is put together is asked by `judge_held`.
    #[must_use]
    pub fn held_for(&self, least: Span) -> Self {
        match self.clone() {
            Self::Compare { metric, op, limit, hold } => Self::Compare { metric, op, limit, hold: hold.max(least) },
            Self::Target { metric, hold } => Self::Target { metric, hold: hold.max(least) },
            Self::Health { source, up, hold } => Self::Health { source, up, hold: hold.max(least) },
            Self::NoCritical { hold } => Self::NoCritical { hold: hold.max(least) },
            Self::NoAlerts { source, hold } => Self::NoAlerts { source, hold: hold.max(least) },
            kept @ (Self::Not(_)
            | Self::All(_)
            | Self::Any(_)
            | Self::Due { .. }
            | Self::Change { .. }
            | Self::Uptime { .. }
            | Self::Complete { .. }
            | Self::Confirmed { .. }) => kept,
        }
    }

    /// The parts that must all be true for the whole to be.
    pub fn needed(&self) -> Vec<&Self> {
        if let Self::All(tests) = self { tests.iter().flat_map(Self::needed).collect() } else { vec![self] }
    }

    /// The conditions that it is made of, however they are joined.
    fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::All(tests) | Self::Any(tests) => tests.iter().flat_map(Self::leaves).collect(),
            Self::Not(test) | Self::Due { test, .. } => test.leaves(),
            leaf @ (Self::Compare { .. }
            | Self::Target { .. }
            | Self::Change { .. }
            | Self::Health { .. }
            | Self::Uptime { .. }
            | Self::NoCritical { .. }
            | Self::NoAlerts { .. }
            | Self::Complete { .. }
            | Self::Confirmed { .. }) => vec![leaf],
        }
    }

    /// The time that the condition itself has to hold for; of what is put together its parts have their own.
    pub fn own_hold(&self) -> Span {
        match self {
            Self::Compare { hold, .. }
            | Self::Target { hold, .. }
            | Self::Health { hold, .. }
            | Self::NoCritical { hold }
            | Self::NoAlerts { hold, .. } => *hold,
            Self::Due { test, .. } => test.own_hold(),
            Self::Change { .. }
            | Self::Uptime { .. }
            | Self::Complete { .. }
            | Self::Confirmed { .. }
            | Self::All(_)
            | Self::Any(_)
            | Self::Not(_) => Span::ZERO,
        }
    }

    /// The longest of the times that its conditions have to hold for.
    pub fn longest_hold(&self) -> Span {
        self.leaves().into_iter().map(Self::own_hold).max().unwrap_or(Span::ZERO)
    }

    /// The checklists that are to be complete.
    pub fn checklists(&self) -> Vec<&ChecklistId> {
        let leaves = self.leaves().into_iter();
        leaves.filter_map(|leaf| if let Self::Complete { checklist } = leaf { Some(checklist) } else { None }).collect()
    }

    /// Whether it waits for what people do or say, besides whatever is measured.
    pub fn waits_for_people(&self) -> bool {
        self.leaves().into_iter().any(|leaf| matches!(leaf, Self::Confirmed { .. } | Self::Complete { .. }))
    }

    /// The statements that a person is asked to confirm.
    pub fn confirmations(&self) -> Vec<&str> {
        let leaves = self.leaves().into_iter();
        leaves.filter_map(|leaf| if let Self::Confirmed { what } = leaf { Some(what.as_str()) } else { None }).collect()
    }
}
