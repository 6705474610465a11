//! `--suggest`: the part of a runbook that would measure this endpoint, ready to be pasted.

use std::fmt::Write;

use crate::measure::suggest::Suggestion;
use crate::text;

/// The sections `sources` and `metrics`; what is good and what is bad is left to who knows the service.
pub(super) fn section(address: &str, suggestions: &[Suggestion]) -> String {
    let address = if address.contains("://") { address } else { "http://HOST:PORT/metrics" };
    let mut section = format!("sources:\n  app: {{ scrape: {}, every: 5s }}\nmetrics:", quoted(address));
    for suggestion in suggestions {
        let Suggestion { id, title, unit, query } = suggestion;
        let _ = write!(
            section,
            "\n  {id}:\n    title: {title}\n    unit: {}\n    source: app\n    query: {}\n    # normal, warning, critical: \
            what you promise, for instance `normal: < 1`",
            quoted(unit),
            quoted(query),
        );
    }
    section
}

fn quoted(value: &str) -> String {
    format!("'{}'", text::clean_line(value).replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::exposition::{Dialect, Survey};
    use crate::measure::series::Store;
    use crate::measure::suggest::suggest;
    use crate::time::{Moment, Span};

    #[test]
    fn a_runbook_with_the_proposed_section_is_good() {
        let body = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\",path=\"it's\"} 5\n# TYPE lag_seconds histogram\n\
            # TYPE http_seconds histogram\nhttp_seconds_bucket{le=\"+Inf\"} 5\nhttp_seconds_count 5\nhttp_seconds_sum 1\n\
            process_resident_memory_bytes 7\nprocess_cpu_seconds_total 1\n";
        let survey = Survey::of(body.as_bytes(), Dialect::Text);
        let mut store = Store::everything(Span::HOUR);
        store.ingest(body.as_bytes(), Moment(0)).unwrap();
        let section = section("http://127.0.0.1:8080/metrics", &suggest(&survey, &store));
        let runbook = format!("warroom: 1\ntitle: Proposed\n{section}\nphases: [{{ title: Deploy, steps: [{{ wait: 1s }}] }}]\n");
        let runbook = crate::runbook::load("proposed.yaml", &runbook).unwrap_or_else(|problems| panic!("{problems}\n{runbook}"));
        assert_eq!(runbook.metrics.len(), 5);
    }
}
