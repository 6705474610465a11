//! A query that was checked: what there is to do, with nothing left to refuse.

use regex::Regex;

use super::each::EachFunction;
use super::over::OverFunction;
use super::vector::Grouping;
use crate::measure::series::Labels;
use crate::time::{Moment, Span};

#[derive(Clone, Debug)]
pub(super) enum Plan {
    Number(f64),
    /// `time()`
    Time,
    Instant(Selector),
    Negate(Box<Plan>),
    Binary(Box<Binary>),
    Aggregate(Box<Aggregate>),
    /// A function over what each series did in a window.
    Over {
        function: OverFunction,
        parameter: Option<Box<Plan>>,
        window: Box<Window>,
    },
    /// A function of each element by itself.
    Each {
        function: EachFunction,
        of: Box<Plan>,
        with: Vec<Plan>,
    },
    Clamp {
        of: Box<Plan>,
        low: Option<Box<Plan>>,
        high: Option<Box<Plan>>,
    },
    /// `timestamp()`
    Timestamp(Box<Plan>),
    Scalar(Box<Plan>),
    Vector(Box<Plan>),
    Absent {
        of: Box<Plan>,
        labels: Labels,
    },
    AbsentOver {
        window: Box<Window>,
        labels: Labels,
    },
    HistogramQuantile {
        quantile: Box<Plan>,
        of: Box<Plan>,
    },
    HistogramFraction {
        low: Box<Plan>,
        high: Box<Plan>,
        of: Box<Plan>,
    },
    Relabel {
        of: Box<Plan>,
        relabel: Box<Relabel>,
    },
    Sort {
        of: Box<Plan>,
        falling: bool,
    },
}

impl Plan {
    /// The plans right below, windows' own ones included.
    pub(super) fn parts(&self) -> Vec<&Plan> {
        match self {
            Self::Number(_) | Self::Time | Self::Instant(_) => Vec::new(),
            Self::Negate(of)
            | Self::Timestamp(of)
            | Self::Scalar(of)
            | Self::Vector(of)
            | Self::Absent { of, .. }
            | Self::Relabel { of, .. }
            | Self::Sort { of, .. } => vec![of],
            Self::Binary(binary) => vec![&binary.left, &binary.right],
            Self::Aggregate(aggregate) => aggregate.parameter.iter().chain([&aggregate.of]).collect(),
            Self::Over { parameter, window, .. } => parameter.as_deref().into_iter().chain(window.inner()).collect(),
            Self::Each { of, with, .. } => std::iter::once(&**of).chain(with).collect(),
            Self::Clamp { of, low, high } => std::iter::once(&**of).chain(low.as_deref()).chain(high.as_deref()).collect(),
            Self::AbsentOver { window, .. } => window.inner().into_iter().collect(),
            Self::HistogramQuantile { quantile, of } => vec![quantile, of],
            Self::HistogramFraction { low, high, of } => vec![low, high, of],
        }
    }

    /// The window this plan itself looks through.
    pub(super) fn window(&self) -> Option<&Window> {
        match self {
            Self::Over { window, .. } | Self::AbsentOver { window, .. } => Some(window),
            Self::Number(_)
            | Self::Time
            | Self::Instant(_)
            | Self::Negate(_)
            | Self::Binary(_)
            | Self::Aggregate(_)
            | Self::Each { .. }
            | Self::Clamp { .. }
            | Self::Timestamp(_)
            | Self::Scalar(_)
            | Self::Vector(_)
            | Self::Absent { .. }
            | Self::HistogramQuantile { .. }
            | Self::HistogramFraction { .. }
            | Self::Relabel { .. }
            | Self::Sort { .. } => None,
        }
    }
}

/// Which series are meant.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    /// As written, for messages.
    pub(super) text: String,
    pub(super) name: Option<String>,
    /// One of these lists must match as a whole; none at all matches every series.
    pub(super) any: Vec<Vec<Matcher>>,
    pub(super) when: When,
}

#[derive(Clone, Debug)]
pub(super) struct Matcher {
    pub(super) label: String,
    pub(super) test: LabelTest,
}

#[derive(Clone, Debug)]
pub(super) enum LabelTest {
    Is(String),
    IsNot(String),
    Like(Regex),
    Unlike(Regex),
}

impl Matcher {
    /// The metric's name, where this asks for one.
    fn name(&self) -> Option<&str> {
        match &self.test {
            LabelTest::Is(name) if self.label == Labels::NAME => Some(name),
            LabelTest::Is(_) | LabelTest::IsNot(_) | LabelTest::Like(_) | LabelTest::Unlike(_) => None,
        }
    }

    fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.label);
        match &self.test {
            LabelTest::Is(wanted) => value == wanted,
            LabelTest::IsNot(unwanted) => value != unwanted,
            LabelTest::Like(pattern) => pattern.is_match(value),
            LabelTest::Unlike(pattern) => !pattern.is_match(value),
        }
    }
}

impl Selector {
    pub(super) fn matches(&self, labels: &Labels) -> bool {
        self.any.is_empty() || self.any.iter().any(|all| all.iter().all(|matcher| matcher.matches(labels)))
    }

    /// The names it can match: `None` when that may be any.
    pub(super) fn names(&self) -> Option<Vec<&str>> {
        if let Some(name) = &self.name {
            return Some(vec![name]);
        }
        if self.any.is_empty() { None } else { self.any.iter().map(|all| all.iter().find_map(Matcher::name)).collect() }
    }
}

/// The time a selector or subquery is about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct When {
    pub(super) anchor: Anchor,
    /// How far back from there; negative looks ahead.
    pub(super) offset: Span,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Anchor {
    #[default]
    Now,
    /// `@ 1700000000`
    Fixed(Moment),
    /// `@ start()`, `@ end()`: when the whole query is evaluated, also inside of a subquery.
    Query,
}

#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) of: Windowed,
    pub(super) range: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Windowed {
    Selector(Selector),
    Subquery { plan: Plan, step: Span, when: When },
}

impl Window {
    pub(super) fn when(&self) -> When {
        match &self.of {
            Windowed::Selector(selector) => selector.when,
            Windowed::Subquery { when, .. } => *when,
        }
    }

    fn inner(&self) -> Option<&Plan> {
        match &self.of {
            Windowed::Selector(_) => None,
            Windowed::Subquery { plan, .. } => Some(plan),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Binary {
    pub(super) op: Operation,
    pub(super) left: Plan,
    pub(super) right: Plan,
    /// A comparison says 0 or 1 instead of filtering.
    pub(super) says_bool: bool,
    pub(super) matching: Matching,
}

#[derive(Clone, Debug)]
pub(super) struct Matching {
    pub(super) on: Grouping,
    pub(super) many: Many,
    /// Labels of the one side that the result takes over.
    pub(super) include: Vec<String>,
    pub(super) fill_left: Option<f64>,
    pub(super) fill_right: Option<f64>,
}

/// On which side several series may match the same one of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Many {
    Neither,
    Left,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Arithmetic(Arithmetic),
    Compare(crate::measure::criterion::Op),
    Set(SetOperation),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Atan2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetOperation {
    And,
    Or,
    Unless,
}

#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    pub(super) function: Aggregation,
    pub(super) of: Plan,
    pub(super) by: Grouping,
    pub(super) parameter: Option<Plan>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Aggregation {
    Sum,
    Average,
    Min,
    Max,
    Count,
    Group,
    Deviation,
    Variance,
    Top,
    Bottom,
    Quantile,
    /// The label that holds the value counted.
    CountValues(String),
}

#[derive(Clone, Debug)]
pub(super) enum Relabel {
    Replace { target: String, replacement: String, source: String, pattern: Regex },
    Join { target: String, separator: String, sources: Vec<String> },
}
