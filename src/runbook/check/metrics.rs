//! `metrics:` named numbers, their units and bands.

use indexmap::IndexMap;

use super::Check;
use super::fields::Fields;
use super::names::unknown;
use crate::id::{MetricId, SourceId};
use crate::measure::metric::{Bands, End, Metric, Query, Range};
use crate::measure::unit::Unit;
use crate::runbook::criterion;
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::names::MetricName;
use crate::runbook::quantity;
use crate::runbook::words;

/// The longest query, in bytes, and how deep its brackets may be nested.
const QUERY_BYTES_MAX: usize = 4_096;
const QUERY_DEPTH_MAX: usize = 64;

impl Check<'_> {
    pub(super) fn metrics(&mut self, node: Option<&Node>) -> IndexMap<MetricId, Metric> {
        let entries = self.entries(node, "metrics");
        entries.iter().filter_map(|entry| Some((MetricId::new(&entry.key), self.metric(entry)?))).collect()
    }

    fn metric(&mut self, entry: &Entry) -> Option<Metric> {
        if self.name(&entry.key, entry.key_extent) && criterion::WORDS.contains(&&*entry.key) {
            let help = "criteria would read it as one of their own words: choose another name";
            self.say(entry.key_extent, format!("a metric cannot be called `{}`", entry.key), help);
        }
        let fields = self.fields(&entry.value, &words::METRIC);
        let unit = fields.as_ref().and_then(|fields| fields.get("unit")).map(|node| self.unit(node)).unwrap_or_default();
        let critical = fields.as_ref().is_none_or(|fields| fields.has("critical") || fields.misspelt);
        let source = fields.as_ref().and_then(|fields| fields.get("source")).and_then(|node| match &node.value {
            Value::Text { text, .. } => Some(text.to_string()),
            Value::Nothing | Value::List(_) | Value::Map(_) => None,
        });
        // The file already refuses the same key twice in one mapping.
        let _ = self.names.metrics.add(&entry.key, entry.key_extent, MetricName { unit: unit.clone(), source, critical });
        let fields = fields?;
        let title = fields.get("title").map(|node| self.title(node));
        let bands = Bands {
            normal: fields.get("normal").and_then(|node| self.range(node, &unit)),
            warning: fields.get("warning").and_then(|node| self.range(node, &unit)),
            critical: fields.get("critical").and_then(|node| self.range(node, &unit)),
        };
        let (source, word) = self.metric_source(&fields);
        let query = self.query(&fields, word);
        if matches!(&query, Some(Query::Alerts(matchers)) if matchers.contains("critical")) {
            self.names.critical_alerts.push(entry.key.to_string());
        }
        let title = title.unwrap_or_else(|| entry.key.replace('_', " "));
        Some(Metric { title, unit, source: source?, query: query?, bands })
    }

    fn unit(&mut self, node: &Node) -> Unit {
        let word = self.raw(node);
        if word.len() > 16 || word.chars().any(|c| c.is_whitespace() || c.is_control() || c.is_ascii_digit()) {
            self.say(
                node.extent,
                format!("`{word}` cannot be a unit"),
                "write it like `%`, `ms`, `bytes`, `/s`, or a word of your own",
            );
        }
        Unit::of(&word)
    }

    fn metric_source(&mut self, fields: &Fields<'_>) -> (Option<SourceId>, Option<&'static str>) {
        let Some(node) = self.required(fields, "a metric", "source", "source: app") else { return (None, None) };
        let name = self.raw(node);
        let missing = unknown(&self.names.sources, &name);
        self.tell(node, "source", &name, missing, "add it under `sources:`");
        let word = self.names.sources.get(&name).and_then(|source| source.word);
        if word == Some("health") {
            let help = "a health source is up or down and has no numbers: use another kind of source";
            self.say(node.extent, format!("`{name}` is a health source"), help);
        }
        (Some(SourceId::new(&name)), word)
    }

    pub(super) fn promql(&mut self, text: &str, node: &Node) {
        if text.len() > QUERY_BYTES_MAX || depth(text) > QUERY_DEPTH_MAX {
            let help = format!("at most {QUERY_BYTES_MAX} bytes and {QUERY_DEPTH_MAX} levels of brackets");
            self.say(node.extent, "this query is too large", help);
        } else if let Err(why) = promql_parser::parser::parse(text) {
            let why: Vec<&str> = why.split_whitespace().collect();
            self.say(node.extent, "this is not PromQL", format!("the parser says: {}", why.join(" ")));
        }
    }

    /// `< 0.1`, `0.1 .. 1`, `>= 3`, `0`; a bare number is in the metric's own unit.
    fn range(&mut self, node: &Node, unit: &Unit) -> Option<Range> {
        let text = self.raw(node);
        if text.is_empty() {
            return None;
        }
        range(&text, unit).map_err(|help| self.say(node.extent, format!("`{text}` is not a range"), help)).ok()
    }
}

fn range(text: &str, unit: &Unit) -> Result<Range, String> {
    let text = text.trim();
    let end = |text: &str, included| limit(text, unit).map(|value| Some(End { value, included }));
    if let Some((low, high)) = text.split_once("..") {
        let range = Range { low: end(low, true)?, high: end(high, true)? };
        let upside_down = range.low.zip(range.high).is_some_and(|(low, high)| low.value > high.value);
        return if upside_down { Err("the lower end comes first: `0.1 .. 1`".to_owned()) } else { Ok(range) };
    }
    let (sign, rest) = text.split_at(text.find(|c| !"<>=≤≥".contains(c)).unwrap_or(text.len()));
    Ok(match sign {
        "<" => Range { low: None, high: end(rest, false)? },
        "<=" | "≤" => Range { low: None, high: end(rest, true)? },
        ">" => Range { low: end(rest, false)?, high: None },
        ">=" | "≥" => Range { low: end(rest, true)?, high: None },
        "" | "=" | "==" => Range { low: end(rest, true)?, high: end(rest, true)? },
        _ => return Err("write it like `< 0.1`, `0.1 .. 1` or `\">= 3\"`".to_owned()),
    })
}

fn limit(text: &str, unit: &Unit) -> Result<f64, String> {
    let quantity = quantity::parse(text).ok_or("write it like `< 0.1`, `0.1 .. 1` or `\">= 3\"`")?;
    if quantity.unit == Unit::None { Ok(quantity.value) } else { quantity::in_unit(&quantity, unit) }
}

/// How deep the brackets of a query are nested, and how long its longest run of signs is: the parser follows both.
fn depth(text: &str) -> usize {
    let (mut open, mut signs, mut deepest) = (0_usize, 0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'-' | b'+' => signs += 1,
            b' ' => {}
            _ => signs = 0,
        }
        deepest = deepest.max(open).max(signs);
    }
    deepest
}
