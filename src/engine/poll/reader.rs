//! From an answer's body to a reading of each metric.

use serde_json::Value;

use crate::engine::net::Answer;
use crate::engine::poll::scrape::Scraper;
use crate::id::MetricId;
use crate::measure::json;
use crate::measure::metric::{Metric, Query};
use crate::measure::reading::Reading;
use crate::measure::unit::Unit;
use crate::runbook::model::SourceKind;
use crate::time::Moment;

/// The metrics of one source, and how they are read.
pub(super) struct Reader {
    wants: Wants,
    scraper: Scraper,
    /// JSON paths, each with its metric and the metric's unit.
    paths: Vec<(MetricId, String, Unit)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Anything,
    Exposition,
    Json,
}

impl Reader {
    pub(super) fn new<'a>(kind: &SourceKind, metrics: impl Iterator<Item = (&'a MetricId, &'a Metric)>) -> Self {
        let (mut queries, mut paths) = (Vec::new(), Vec::new());
        for (id, metric) in metrics {
            match &metric.query {
                Query::PromQl(text) => queries.push((id.clone(), text.clone())),
                Query::JsonPath(path) => paths.push((id.clone(), path.clone(), metric.unit.clone())),
            }
        }
        let wants = match kind {
            SourceKind::Health { .. } => Wants::Anything,
            SourceKind::Scrape { .. } => Wants::Exposition,
            SourceKind::Json { .. } => Wants::Json,
        };
        Self { wants, scraper: Scraper::new(queries), paths }
    }

    /// A reading for every metric, or why the answer is not what such a source says.
    pub(super) fn read(&mut self, answer: &Answer, now: Moment) -> Result<Vec<(MetricId, Reading)>, String> {
        match self.wants {
            Wants::Anything => Ok(self.read_paths(&serde_json::from_slice(&answer.body).unwrap_or_default())),
            Wants::Exposition if is_page(answer) => Err("answered a web page, not metrics".to_owned()),
            Wants::Exposition => self.scraper.read(&answer.body, answer.content_type.as_deref(), now),
            Wants::Json if is_page(answer) => Err("answered a web page, not JSON".to_owned()),
            Wants::Json => match serde_json::from_slice(&answer.body) {
                Ok(document) => Ok(self.read_paths(&document)),
                Err(error) => Err(format!("answered no valid JSON: {error}")),
            },
        }
    }

    /// There was no answer.
    pub(super) fn missed(&mut self, why: &str, now: Moment) -> Vec<(MetricId, Reading)> {
        self.scraper.missed(now);
        let metrics = self.scraper.metrics().chain(self.paths.iter().map(|(id, ..)| id));
        metrics.map(|id| (id.clone(), Reading::Missing(why.to_owned()))).collect()
    }

    fn read_paths(&self, document: &Value) -> Vec<(MetricId, Reading)> {
        self.paths.iter().map(|(id, path, unit)| (id.clone(), json::read(path, unit, document))).collect()
    }
}

/// A proxy's or a login's page comes with status 200 as well.
fn is_page(answer: &Answer) -> bool {
    let told = answer.content_type.as_deref().is_some_and(|kind| matches!(kind, "text/html" | "application/xhtml+xml"));
    told || answer.body.trim_ascii_start().starts_with(b"<")
}
