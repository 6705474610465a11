//! The queries over one source's expositions.

use crate::id::MetricId;
use crate::measure::exposition::Dialect;
use crate::measure::promql::Query;
use crate::measure::reading::Reading;
use crate::measure::series::Store;
use crate::time::Moment;

/// What was scraped from one source, and what is asked of it.
pub(super) struct Scraper {
    /// A query that can't be asked keeps its reason; the runbook's check refuses it long before.
    queries: Vec<(MetricId, Result<Query, String>)>,
    store: Store,
    bad_lines_told: bool,
}

impl Scraper {
    pub(super) fn new(queries: Vec<(MetricId, String)>) -> Self {
        let compile = |(id, text): (MetricId, String)| (id, Query::compile(&text).map_err(|error| error.to_string()));
        let queries: Vec<_> = queries.into_iter().map(compile).collect();
        let asked: Vec<_> = queries.iter().filter_map(|(_, query)| query.as_ref().ok()).collect();
        Self { store: Store::new(&asked), queries, bad_lines_told: false }
    }

    pub(super) fn metrics(&self) -> impl Iterator<Item = &MetricId> {
        self.queries.iter().map(|(id, _)| id)
    }

    pub(super) fn read(
        &mut self,
        body: &[u8],
        content_type: Option<&str>,
        now: Moment,
    ) -> Result<Vec<(MetricId, Reading)>, String> {
        let scrape = self.store.ingest_as(body, Dialect::told(content_type, body), now).map_err(|error| error.to_string())?;
        self.tell_bad_lines(scrape.bad_count, &scrape.bad);
        Ok(self.queries.iter().map(|(id, query)| (id.clone(), self.ask(query, now))).collect())
    }

    pub(super) fn missed(&mut self, now: Moment) {
        self.store.scrape_failed(now);
    }

    fn ask(&self, query: &Result<Query, String>, now: Moment) -> Reading {
        match query {
            Ok(query) => query.read(&self.store, now),
            Err(why) => Reading::Invalid(why.clone()),
        }
    }

    /// Once for each spell of them: a source that is wrong every five seconds would fill the diagnostics.
    fn tell_bad_lines(&mut self, count: usize, bad: &[(usize, String)]) {
        if let Some((line, why)) = bad.first().filter(|_| !self.bad_lines_told) {
            tracing::warn!("{count} lines of a scrape can't be read; line {line}: {why}");
        }
        self.bad_lines_told = count > 0;
    }
}
