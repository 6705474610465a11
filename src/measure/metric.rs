//! What a metric is, and which of its bands a value falls into.

use crate::id::SourceId;
use crate::measure::unit::Unit;

/// A named number from a source. Limits are in the metric's own unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub title: String,
    pub unit: Unit,
    pub source: SourceId,
    pub query: Query,
    pub bands: Bands,
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

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bands {
    pub normal: Option<Range>,
    pub warning: Option<Range>,
    pub critical: Option<Range>,
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
    /// In none of the bands that are declared: neither promised good nor called bad.
    Between,
    Warning,
    Critical,
}

impl Range {
    pub fn contains(&self, value: f64) -> bool {
        let above = self.low.is_none_or(|end| value > end.value || (end.included && value == end.value));
        let below = self.high.is_none_or(|end| value < end.value || (end.included && value == end.value));
        above && below
    }
}

impl Bands {
    /// The band of `value`, the worst where bands overlap; `None` where the metric declares no bands at all.
    pub fn of(&self, value: f64) -> Option<Band> {
        if self.normal.is_none() && self.warning.is_none() && self.critical.is_none() {
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
