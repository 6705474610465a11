//! What of an exposition is worth a gauge: errors, latency, traffic, memory and processor, by the names that are usual.
//!
//! For: proposing queries to somebody who writes a runbook. A proposal is made only of series that are really exposed.
//! May not touch: files, the runbook. What good and bad values are, an endpoint cannot say.

use crate::measure::exposition::{Family, Kind, Survey};
use crate::measure::series::Store;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The metric's name in a runbook.
    pub id: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    pub query: String,
}

/// Labels that hold how a request ended.
const OUTCOMES: [&str; 6] = ["code", "status", "status_code", "http_status", "http_status_code", "http_response_status_code"];

pub fn suggest(survey: &Survey, store: &Store) -> Vec<Suggestion> {
    let seen = Seen { survey, store };
    let traffic = seen.traffic();
    let mut suggestions = Vec::new();
    suggestions.extend(traffic.as_ref().and_then(|traffic| seen.error_rate(traffic)).or_else(|| seen.errors()));
    suggestions.extend(seen.latency());
    suggestions.extend(traffic.map(|traffic| Suggestion {
        id: "throughput",
        title: "Throughput",
        unit: "/s",
        query: format!("sum(rate({traffic}[1m]))"),
    }));
    suggestions.extend(seen.memory());
    suggestions.extend(seen.processor());
    suggestions
}

struct Seen<'s> {
    survey: &'s Survey,
    store: &'s Store,
}

impl Seen<'_> {
    /// The sample name, among those that `fits`, that speaks most of requests.
    fn best<'f>(&'f self, fits: impl Fn(&Family, &str) -> bool, words: &[&str]) -> Option<&'f str> {
        let all = self.survey.families.iter().flat_map(|family| family.samples.iter().map(move |name| (family, name.as_str())));
        let weight = |name: &str| words.iter().filter(|word| name.contains(**word)).count();
        let fitting = all.filter(|(family, name)| fits(family, name) && is_bare(name) && weight(name) > 0);
        // The first of those that weigh the same: an exposition names what matters to it early.
        fitting.map(|(_, name)| name).fold(None, |best: Option<&str>, name| match best {
            Some(best) if weight(best) >= weight(name) => Some(best),
            Some(_) | None => Some(name),
        })
    }

    fn has(&self, name: &str) -> bool {
        self.store.select(Some(name)).next().is_some()
    }

    fn has_label(&self, name: &str, label: &str) -> bool {
        self.store.select(Some(name)).any(|series| !series.labels.get(label).is_empty())
    }

    /// What counts requests: a counter, or the count of a histogram or summary.
    fn traffic(&self) -> Option<String> {
        let counts = |family: &Family, name: &str| match family.kind {
            Kind::Counter => !name.ends_with("_created") && !name.contains("error") && !name.contains("fail"),
            Kind::Histogram | Kind::Summary => name.ends_with("_count"),
            Kind::Unknown | Kind::Gauge | Kind::GaugeHistogram | Kind::Info | Kind::StateSet => false,
        };
        let outcome = |name: &str| OUTCOMES.iter().any(|label| self.has_label(name, label));
        let told = self.best(|family, name| counts(family, name) && outcome(name), &["request", "http", "rpc", "total"]);
        told.or_else(|| self.best(counts, &["requests", "http_request", "rpc"])).map(str::to_owned)
    }

    fn error_rate(&self, traffic: &str) -> Option<Suggestion> {
        let label = OUTCOMES.iter().find(|label| self.has_label(traffic, label))?;
        let is_status = |value: &str| value.len() == 3 && value.starts_with(|first: char| ('1'..='5').contains(&first));
        let statuses = self.store.select(Some(traffic)).all(|series| {
            let value = series.labels.get(label);
            value.is_empty() || is_status(value)
        });
        statuses.then(|| Suggestion {
            id: "error_rate",
            title: "Error rate",
            unit: "%",
            query: format!(
                "100 * sum(rate({traffic}{{{label}=~\"5..\"}}[1m]) or 0 * rate({traffic}[1m])) / sum(rate({traffic}[1m]))"
            ),
        })
    }

    /// Where requests do not tell how they ended, there may be a counter of errors.
    fn errors(&self) -> Option<Suggestion> {
        let name = self.best(|family, name| family.kind == Kind::Counter && !name.ends_with("_created"), &["error", "fail"])?;
        Some(Suggestion { id: "errors", title: "Errors", unit: "/s", query: format!("sum(rate({name}[1m]))") })
    }

    fn latency(&self) -> Option<Suggestion> {
        let words = ["request", "http", "duration", "latency"];
        let buckets = self.best(|family, name| family.kind == Kind::Histogram && name.ends_with("_bucket"), &words);
        let (name, query) = if let Some(name) = buckets {
            (name.strip_suffix("_bucket")?, format!("histogram_quantile(0.95, sum by (le) (rate({name}[1m])))"))
        } else {
            let name = self.best(|family, name| family.kind == Kind::Summary && family.name == name, &words)?;
            let quantile = ["0.95", "0.99", "0.9"]
                .into_iter()
                .find(|quantile| self.store.select(Some(name)).any(|series| series.labels.get("quantile") == *quantile))?;
            (name, format!("max({name}{{quantile=\"{quantile}\"}})"))
        };
        let milliseconds = name.ends_with("_milliseconds") || name.ends_with("_ms");
        let query = if milliseconds { query } else { format!("1000 * {query}") };
        let in_time = milliseconds || name.ends_with("_seconds");
        in_time.then_some(Suggestion { id: "latency", title: "Latency, 95 %", unit: "ms", query })
    }

    fn memory(&self) -> Option<Suggestion> {
        let of = |unit, query: &str| Some(Suggestion { id: "memory", title: "Memory", unit, query: query.to_owned() });
        if self.has("process_resident_memory_bytes") {
            of("bytes", "sum(process_resident_memory_bytes)")
        } else if self.has("jvm_memory_used_bytes") {
            of("bytes", "sum(jvm_memory_used_bytes)")
        } else if self.has("node_memory_MemAvailable_bytes") && self.has("node_memory_MemTotal_bytes") {
            of("%", "100 * (1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes))")
        } else {
            None
        }
    }

    fn processor(&self) -> Option<Suggestion> {
        let of = |query: &str| Some(Suggestion { id: "cpu", title: "CPU", unit: "%", query: query.to_owned() });
        if self.has("process_cpu_seconds_total") {
            of("100 * sum(rate(process_cpu_seconds_total[1m]))")
        } else if self.has("process_cpu_usage") {
            of("100 * avg(process_cpu_usage)")
        } else if self.has_label("node_cpu_seconds_total", "mode") {
            of("100 * (1 - avg(rate(node_cpu_seconds_total{mode=\"idle\"}[1m])))")
        } else {
            None
        }
    }
}

/// Whether a query can say the name without quotes.
fn is_bare(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::exposition::Dialect;
    use crate::measure::promql::Query;
    use crate::time::{Moment, Span};

    /// The queries proposed for a body, as `id query`.
    fn proposed(body: &str) -> Vec<String> {
        let survey = Survey::of(body.as_bytes(), Dialect::Text);
        let mut store = Store::everything(Span::HOUR);
        store.ingest(body.as_bytes(), Moment(0)).unwrap();
        let suggestions = suggest(&survey, &store);
        for Suggestion { query, .. } in &suggestions {
            assert!(Query::compile(query).is_ok(), "{query}");
        }
        suggestions.into_iter().map(|suggestion| format!("{} {}", suggestion.id, suggestion.query)).collect()
    }

    #[test]
    fn a_service_with_the_usual_names_gets_the_usual_gauges() {
        let body = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 5\n# TYPE process_cpu_seconds_total counter\n\
            process_cpu_seconds_total 3\nprocess_resident_memory_bytes 7\n# TYPE http_request_duration_seconds histogram\n\
            http_request_duration_seconds_bucket{le=\"+Inf\"} 5\nhttp_request_duration_seconds_count 5\nhttp_request_duration_seconds_sum 1\n";
        let expected = [
            "error_rate 100 * sum(rate(http_requests_total{code=~\"5..\"}[1m]) or 0 * rate(http_requests_total[1m])) / sum(rate(http_requests_total[1m]))",
            "latency 1000 * histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))",
            "throughput sum(rate(http_requests_total[1m]))",
            "memory sum(process_resident_memory_bytes)",
            "cpu 100 * sum(rate(process_cpu_seconds_total[1m]))",
        ];
        assert_eq!(proposed(body), expected);
    }

    #[test]
    fn other_names_are_known_too() {
        let body = "# TYPE shop_failures_total counter\nshop_failures_total 1\n# TYPE rpc_latency_ms summary\nrpc_latency_ms{quantile=\"0.99\"} 12\n\
            rpc_latency_ms_count 5\nrpc_latency_ms_sum 5\nprocess_cpu_usage 0.5\nnode_memory_MemAvailable_bytes 1\nnode_memory_MemTotal_bytes 2\n";
        let expected = [
            "errors sum(rate(shop_failures_total[1m]))",
            "latency max(rpc_latency_ms{quantile=\"0.99\"})",
            "throughput sum(rate(rpc_latency_ms_count[1m]))",
            "memory 100 * (1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes))",
            "cpu 100 * avg(process_cpu_usage)",
        ];
        assert_eq!(proposed(body), expected);
    }

    #[test]
    fn what_is_not_exposed_is_not_proposed() {
        assert_eq!(proposed("temperature 5\n# TYPE queue_length gauge\nqueue_length 3\n"), Vec::<String>::new());
    }

    #[test]
    fn without_a_single_error_the_error_rate_is_zero_and_not_missing() {
        let body = |count: u32| format!("# TYPE http_requests_total counter\nhttp_requests_total{{code=\"200\"}} {count}\n");
        let mut store = Store::everything(Span::HOUR);
        for round in 0..5_i64 {
            store.ingest(body(round as u32 * 10).as_bytes(), Moment(round * 15_000)).unwrap();
        }
        let suggestions = suggest(&Survey::of(body(1).as_bytes(), Dialect::Text), &store);
        let query = Query::compile(&suggestions[0].query).unwrap();
        assert_eq!(query.read(&store, Moment(60_000)).number(), Some(0.0), "{query}");
    }
}
