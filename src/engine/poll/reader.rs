//! From a JSON document to a reading of each metric.

use serde_json::Value;

use crate::engine::net::Answer;
use crate::engine::poll::call::is_page;
use crate::id::MetricId;
use crate::measure::json;
use crate::measure::reading::Reading;
use crate::measure::unit::Unit;

/// JSON paths, each with its metric and the metric's unit.
pub(super) struct Paths(pub(super) Vec<(MetricId, String, Unit)>);

impl Paths {
    /// A reading for every metric, or why the answer is not what such a source says.
    pub(super) fn read(&self, answer: &Answer) -> Result<Vec<(MetricId, Reading)>, String> {
        if is_page(answer) {
            return Err("answered a web page, not JSON".to_owned());
        }
        match serde_json::from_slice(&answer.body) {
            Ok(document) => Ok(self.read_from(&document)),
            Err(error) => Err(format!("answered no valid JSON: {error}")),
        }
    }

    /// What a health check answers may be anything.
    pub(super) fn read_if_json(&self, body: &[u8]) -> Vec<(MetricId, Reading)> {
        if self.0.is_empty() { Vec::new() } else { self.read_from(&serde_json::from_slice(body).unwrap_or_default()) }
    }

    fn read_from(&self, document: &Value) -> Vec<(MetricId, Reading)> {
        self.0.iter().map(|(id, path, unit)| (id.clone(), json::read(path, unit, document))).collect()
    }
}
