//! What a metric is, and which of its bands a value falls into.

use indexmap::IndexMap;

use crate::id::{PhaseId, SourceId};
use crate::measure::against::Against;
use crate::measure::unit::Unit;
use crate::time::Span;

/// A named number from a source. Limits are in the metric's own unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub title: String,
    pub unit: Unit,
    pub source: SourceId,
    /// It compares: another source is asked the same.
    pub against: Option<Against>,
    pub query: Query,
    pub bands: Bands,
    /// Other bands in these phases.
    pub phases: IndexMap<PhaseId, Bands>,
    pub better: Option<Better>,
    pub baseline: Option<Baseline>,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Lower,
    Higher,
}

/// What later values are compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Baseline {
    /// As the runbook says.
    Fixed(f64),
    /// The mean of what was measured in this time before the start.
    Before(Span),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// PromQL over what a `scrape` source exposes.
    PromQl(String),
    /// An RFC 9535 path into what a `json` source answers, or a script prints.
    JsonPath(String),
    /// How many alerts fire whose labels match: `severity="critical"`, or `all`.
    Alerts(String),
    /// What a script prints where this expression is found.
    Regex(String),
    /// The last number that a script prints.
    LastNumber,
}

impl Query {
    /// As the runbook has it.
    pub fn text(&self) -> &str {
        match self {
            Self::PromQl(text) | Self::JsonPath(text) | Self::Alerts(text) | Self::Regex(text) => text,
            Self::LastNumber => "the last number of the output",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bands {
    pub normal: Option<Range>,
    pub warning: Option<Range>,
    pub critical: Option<Range>,
    pub words: Words,
}

/// How the runbook calls its bands, and so the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// `normal`, `warning`, `critical`
    #[default]
    Bands,
    /// `target` and `alert_if`, with a grey zone between: neither good nor an alarm.
    Target,
}

/// Values between two ends; an end that is not there is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub low: Option<End>,
    pub high: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    pub value: f64,
    /// Whether the value itself belongs to the range.
    pub included: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    Normal,
    /// In none of the bands that are declared, the grey zone: neither promised good nor called bad.
    Between,
    Warning,
    Critical,
}

impl Metric {
    /// The bands that count in a phase.
    pub fn bands_in(&self, phase: Option<&PhaseId>) -> &Bands {
        phase.and_then(|phase| self.phases.get(phase)).unwrap_or(&self.bands)
    }
}

impl Range {
    pub fn contains(&self, value: f64) -> bool {
        !self.is_above(value) && !self.is_below(value)
    }

    /// Whether all of it lies above `value`.
    pub fn is_above(&self, value: f64) -> bool {
        self.low.is_some_and(|end| value < end.value || (!end.included && value == end.value))
    }

    /// Whether all of it lies below `value`.
    pub fn is_below(&self, value: f64) -> bool {
        self.high.is_some_and(|end| value > end.value || (!end.included && value == end.value))
    }
}

impl Words {
    pub fn normal(self) -> &'static str {
        match self {
            Self::Bands => "normal",
            Self::Target => "target",
        }
    }

    pub fn critical(self) -> &'static str {
        match self {
            Self::Bands => "critical",
            Self::Target => "alert if",
        }
    }
}

impl Bands {
    pub fn are_none(&self) -> bool {
        self.normal.is_none() && self.warning.is_none() && self.critical.is_none()
    }

    /// Where the warning band begins, seen from what is good.
    pub fn warning_from(&self) -> Option<f64> {
        self.beginning(self.warning)
    }

    /// Where the critical band begins, seen from what is good.
    pub fn critical_from(&self) -> Option<f64> {
        self.beginning(self.critical)
    }

    fn beginning(&self, band: Option<Range>) -> Option<f64> {
        let Range { low, high } = band?;
        let (near, other) = if self.fall() { (high, low) } else { (low, high) };
        near.or(other).map(|end| end.value)
    }

    /// Whether what is bad lies below what is good.
    fn fall(&self) -> bool {
        match (self.critical.or(self.warning), self.normal.and_then(|normal| normal.low)) {
            (Some(Range { low: None, .. }), _) => true,
            (Some(Range { high: Some(high), .. }), Some(normal)) => high.value <= normal.value,
            (Some(_) | None, _) => false,
        }
    }

    /// Where a target ends and the grey zone before the alarm begins.
    pub fn grey_from(&self) -> Option<f64> {
        let target = self.normal.filter(|_| self.words == Words::Target)?;
        let alarm_above = self.critical.is_none_or(|alarm| alarm.low.is_some());
        let (near, other) = if alarm_above { (target.high, target.low) } else { (target.low, target.high) };
        near.or(other).map(|end| end.value)
    }

    /// The band of `value`, the worst where bands overlap; `None` where the metric declares no bands at all.
    pub fn of(&self, value: f64) -> Option<Band> {
        if self.are_none() {
            return None;
        }
        let within = |range: Option<Range>| range.is_some_and(|range| range.contains(value));
        Some(if within(self.critical) {
            Band::Critical
        } else if within(self.warning) {
            Band::Warning
        } else if within(self.normal) {
            Band::Normal
        } else if self.normal.is_none() {
            // Only the bad bands were declared, and this is in neither of them.
            Band::Normal
        } else {
            Band::Between
        })
    }
}
