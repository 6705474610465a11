//! How a metric's number is found in what its source gives: `query:`, `json:`, `alerts:`, `regex:`.

use super::Check;
use super::fields::Fields;
use crate::measure::alerts::Count;
use crate::measure::metric::Query;
use crate::measure::unit::Unit;
use crate::runbook::file::Entry;

pub(super) const WAYS: [&str; 4] = ["query", "json", "alerts", "regex"];

/// How numbers are found in what a source of this kind gives.
pub(super) fn ways_of(word: &str) -> &'static [&'static str] {
    match word {
        "scrape" => &["query"],
        "json" => &["json"],
        "prometheus" => &["query", "alerts"],
        "alertmanager" => &["alerts"],
        "script" => &["regex", "json"],
        "health" => &[],
        _ => &WAYS,
    }
}

impl Check<'_> {
    /// PromQL from what is scraped, a path from what is JSON, and so on; `word` is the source's kind, where it is known.
    pub(super) fn query(&mut self, fields: &Fields<'_>, word: Option<&'static str>, unit: &Unit) -> Option<Query> {
        let right = word.filter(|word| *word != "health").map_or(WAYS.as_slice(), ways_of);
        let ways: Vec<&Entry> = WAYS.iter().filter_map(|way| fields.entry(way)).collect();
        if let Some(wrong) = ways.iter().find(|entry| !right.contains(&&*entry.key)) {
            let right: Vec<_> = right.iter().map(|key| format!("`{key}:`")).collect();
            let help = format!("use {} with this source", right.join(" or "));
            self.say(wrong.key_extent, format!("`{}` cannot stand here", wrong.key), help);
            return None;
        }
        if let Some(second) = ways.get(1) {
            let help = "make two metrics of it";
            self.say(second.key_extent, format!("a metric is one number, not `{}` and `{}`", ways[0].key, second.key), help);
        }
        let Some(way) = ways.first() else { return self.no_query(fields, word) };
        self.query_of(way, fields, word, unit)
    }

    fn query_of(&mut self, way: &Entry, fields: &Fields<'_>, word: Option<&'static str>, unit: &Unit) -> Option<Query> {
        let node = fields.get(&way.key)?;
        if &*way.key == "regex" {
            return Some(Query::Regex(self.expression(node)));
        }
        let text = self.open_text(node);
        Some(match &*way.key {
            "json" => {
                self.json_path(&text, node.extent);
                Query::JsonPath(text)
            }
            "alerts" => {
                if let Err(why) = Count::compile(&text) {
                    let help = format!("write it like `severity=\"critical\"`, or `all`: {why}");
                    self.say(node.extent, "these are not label matchers", help);
                }
                Query::Alerts(text)
            }
            _ => {
                self.promql(&text, node, word, unit);
                Query::PromQl(text)
            }
        })
    }

    fn no_query(&mut self, fields: &Fields<'_>, word: Option<&'static str>) -> Option<Query> {
        let (key, example) = match word {
            Some("script") => return Some(Query::LastNumber),
            Some("json") => ("json", "json: $.errorRate"),
            Some("alertmanager") => ("alerts", "alerts: severity=\"critical\""),
            _ => ("query", "query: process_resident_memory_bytes"),
        };
        self.required(fields, "a metric", key, example);
        None
    }
}
