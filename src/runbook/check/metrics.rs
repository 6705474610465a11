//! `metrics:` named numbers, their units and bands.

use indexmap::IndexMap;
use promql_parser::parser::Expr;

use super::fields::Fields;
use super::names::unknown;
use super::{Check, bands, share};
use crate::id::{InOrder, MetricId, SourceId};
use crate::measure::against::Compare;
use crate::measure::metric::{Baseline, Better, Metric};
use crate::measure::promql::{self, QueryError};
use crate::measure::unit::Unit;
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::load::Depth;
use crate::runbook::names::MetricName;
use crate::runbook::{criterion, span, words};
use crate::time::Span;

/// The longest query, in bytes, and how deep its brackets may be nested.
const QUERY_BYTES_MAX: usize = 4_096;
const QUERY_DEPTH_MAX: usize = 64;

impl Check<'_> {
    pub(super) fn metrics(&mut self, node: Option<&Node>) -> InOrder<MetricId, Metric> {
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
        // A key that is misspelt may have been meant.
        let says = |key: &str, other: &str| {
            fields
                .as_ref()
                .is_none_or(|fields| fields.misspelt || bands::says(&entry.value, key) || bands::says(&entry.value, other))
        };
        let (critical, normal) = (says("critical", "alert_if"), says("normal", "target"));
        let baseline = fields.as_ref().is_none_or(|fields| fields.misspelt || fields.has("baseline"));
        let source = |key: &str| match &fields.as_ref()?.get(key)?.value {
            Value::Text { text, .. } => Some(text.to_string()),
            Value::Nothing | Value::List(_) | Value::Map(_) => None,
        };
        let sources = ["source", "against"].into_iter().filter_map(source).collect();
        // The file already refuses the same key twice in one mapping.
        let name = MetricName { unit: unit.clone(), sources, critical, normal, baseline };
        let _ = self.names.metrics.add(&entry.key, entry.key_extent, name);
        let fields = fields?;
        let title = fields.get("title").map(|node| self.title(node));
        let better = fields.get("better").and_then(|node| self.choice(node, &BETTER));
        let bands = self.bands(&fields, &unit, better);
        let baseline = fields.get("baseline").and_then(|node| self.baseline(node, &unit));
        let (source, word) = self.metric_source(&fields);
        let against = self.against(&fields, source.as_ref(), &unit);
        // What is divided by the same of another source may be a share or not: only the ratio has the unit.
        let is_ratio = against.as_ref().is_some_and(|against| against.compare == Compare::Ratio);
        let query = self.query(&fields, word, if is_ratio { &Unit::None } else { &unit });
        let title = title.unwrap_or_else(|| entry.key.replace('_', " "));
        let (source, query) = (source?, query?);
        Some(Metric { title, unit, source, against, query, bands, phases: IndexMap::new(), better, baseline })
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

    pub(super) fn promql(&mut self, text: &str, node: &Node, word: Option<&'static str>, unit: &Unit) {
        if text.len() > QUERY_BYTES_MAX || depth(text) > QUERY_DEPTH_MAX {
            let help = format!("at most {QUERY_BYTES_MAX} bytes and {QUERY_DEPTH_MAX} levels of brackets");
            self.say(node.extent, "this query is too large", help);
            return;
        }
        if self.depth == Depth::Glance {
            return;
        }
        match promql_parser::parser::parse(text) {
            Err(why) => {
                // Without a place the whole of it is shown, which is little help in a long query.
                let place = promql::stumbled_at(text, &why).filter(|at| *at < text.len());
                let extent = place.map_or(node.extent, |at| self.inside(node, at..at + word_length(&text[at..])));
                let why: Vec<&str> = why.split_whitespace().collect();
                self.say(extent, "this is not PromQL", format!("the parser says: {}", why.join(" ")));
            }
            Ok(query) => {
                // What a server is asked, the server evaluates; what is scraped is evaluated here.
                if let Some(Err(error)) = (word == Some("scrape")).then(|| promql::Query::compile(text)) {
                    self.say(node.extent, "this query can't be evaluated over a scrape", not_here(text, &error));
                }
                self.share(&query, node, unit);
            }
        }
    }

    fn share(&mut self, query: &Expr, node: &Node, unit: &Unit) {
        if *unit == Unit::Percent && share::is_fraction(query) {
            let help = "put `100 *` before it, or say `unit: fraction`";
            self.say(node.extent, "a share of two rates is a fraction, and the metric is measured in %", help);
        }
        if *unit == Unit::Fraction && share::is_percentage(query) {
            let help = "leave `100 *` out, or say `unit: \"%\"`";
            self.say(node.extent, "a hundred times a share is a percentage, and the metric is a fraction", help);
        }
    }

    /// `15m before T`, or a value. What is measured in time could mean both by `15m`, unless it is plain which.
    fn baseline(&mut self, node: &Node, unit: &Unit) -> Option<Baseline> {
        const HELP: &str = "write `15m before T` to take it then, or a value with its unit";
        if let Value::Map(_) = node.value {
            let fields = self.fields(node, &words::BASELINE)?;
            let value = self.required(&fields, "a baseline", "value", "value: 200ms")?;
            let text = self.raw(value);
            return bands::limit(&text, unit)
                .map_err(|help| self.say(value.extent, format!("`{text}` is not a value"), help))
                .ok()
                .map(Baseline::Fixed);
        }
        let text = self.raw(node);
        let (before, said) = match text.trim().strip_suffix("before T") {
            Some(before) => (before, true),
            None => (&*text, false),
        };
        let (span, value) = (span::parse(before), bands::limit(before, unit));
        let is_time = matches!(unit, Unit::Microseconds | Unit::Milliseconds | Unit::Seconds | Unit::Minutes | Unit::Hours);
        let short = span.as_ref().is_ok_and(|span| *span < Span::MINUTE);
        let long_unit = matches!(unit, Unit::Minutes | Unit::Hours);
        match (span, value) {
            (Ok(Span::ZERO), _) => self.say(node.extent, "no time at all", HELP),
            (Ok(span), _) if said || (!short && !long_unit) => {
                return Some(Baseline::Before(span));
            }
            (Ok(span), Err(_)) if !is_time => return Some(Baseline::Before(span)),
            (Err(_), Ok(value)) if !said => return Some(Baseline::Fixed(value)),
            (Ok(_), _) if is_time => {
                let help = format!("write `{} before T` for a time, or `{{ value: {} }}` for a value", text.trim(), text.trim());
                self.say(node.extent, format!("`{text}` may be a time or a value here"), help);
            }
            _ if text.is_empty() => {}
            _ => self.say(node.extent, format!("`{text}` is not a baseline"), HELP),
        }
        None
    }
}

const BETTER: [(&str, Better); 2] = [("lower", Better::Lower), ("higher", Better::Higher)];

/// The bytes of the word, or of the sign, that a text begins with.
fn word_length(text: &str) -> usize {
    let word = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    word.max(text.chars().next().map_or(0, char::len_utf8))
}

/// What is wrong with the query, and where in it, when that is known.
fn not_here(text: &str, error: &QueryError) -> String {
    match error.at.and_then(|at| text.get(..at)) {
        Some(before) => format!("{}, at character {} of the query", error.message, before.chars().count() + 1),
        None => error.message.clone(),
    }
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
