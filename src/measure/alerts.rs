//! The alerts that fire, as series: `ALERTS{alertname="…", severity="…"} 1`, so that a query counts them.
//!
//! For: `prometheus` and `alertmanager` sources. May not touch: sockets; the answers are handed in, already bounded.

use std::fmt::Write as _;

use serde_json::Value;

use crate::measure::exposition::Dialect;
use crate::measure::promql::{Query, QueryError};
use crate::measure::reading::Reading;
use crate::measure::series::Store;
use crate::text;
use crate::time::{Moment, Span};

/// A count of those alerts that match.
#[derive(Clone, Debug)]
pub struct Count(Query);

impl Count {
    /// `all`, or label matchers as PromQL has them: `severity="critical", team=~"web|db"`.
    pub fn compile(matchers: &str) -> Result<Self, QueryError> {
        let matchers = if matchers.trim() == "all" { "" } else { matchers };
        if matchers.contains(['{', '}', '(', ')', '#']) && !matchers.contains('"') && !matchers.contains('\'') {
            return Err(QueryError { message: "matchers stand without brackets".to_owned(), at: None });
        }
        Query::compile(&format!("count(ALERTS{{{matchers}}}) or vector(0)")).map(Self)
    }

    /// How many of the alerts there are.
    pub fn of(&self, alerts: &Alerts) -> Reading {
        self.0.read(&alerts.0, Moment(0))
    }
}

/// Everything that fires.
#[derive(Debug)]
pub struct Alerts(Store);

/// Names that are told of those that fire.
const NAMES_MAX: usize = 10;
const NAME_WIDTH: usize = 60;

impl Alerts {
    /// Out of the data of `/api/v1/alerts`: what is only pending does not fire.
    pub fn of_prometheus(data: &Value) -> Result<Self, String> {
        let alerts = data["alerts"].as_array().ok_or("the answer lists no alerts")?;
        Self::of(alerts.iter().filter(|alert| alert["state"] != "pending"))
    }

    /// Out of the answer of Alertmanager's `/api/v2/alerts`: what is silenced or inhibited does not count.
    pub fn of_alertmanager(answer: &Value) -> Result<Self, String> {
        let alerts = answer.as_array().ok_or("the answer lists no alerts")?;
        Self::of(alerts.iter().filter(|alert| alert["status"]["state"] != "suppressed"))
    }

    /// How many are critical by their `severity`, and what the first of them are called.
    pub fn critical(&self) -> (u32, Vec<String>) {
        let critical =
            || self.0.select(Some("ALERTS")).filter(|alert| alert.labels.get("severity").eq_ignore_ascii_case("critical"));
        let name = |alert: &crate::measure::series::Series| match alert.labels.get("alertname") {
            "" => "one without a name".to_owned(),
            name => text::clip(&text::clean_line(name), NAME_WIDTH).into_owned(),
        };
        let mut names: Vec<String> = critical().map(name).collect();
        names.sort();
        names.dedup();
        names.truncate(NAMES_MAX);
        (u32::try_from(critical().count()).unwrap_or(u32::MAX), names)
    }

    /// Each is told apart by its number, however alike their labels are.
    fn of<'a>(alerts: impl Iterator<Item = &'a Value>) -> Result<Self, String> {
        let mut text = String::new();
        for (number, alert) in alerts.enumerate() {
            let labels = alert["labels"].as_object().ok_or("an alert has no labels")?;
            let _ = write!(text, "ALERTS{{\"warroom number\"=\"{number}\"");
            for (name, value) in labels {
                let value = value.as_str().ok_or("a label of an alert is no text")?;
                let _ = write!(text, ",{}={}", quoted(name), quoted(value));
            }
            text.push_str("} 1\n");
        }
        let mut store = Store::everything(Span::MINUTE);
        let scrape = store.ingest_as(text.as_bytes(), Dialect::Text, Moment(0)).map_err(|error| error.to_string())?;
        if let Some((_, why)) = scrape.bad.first() {
            return Err(format!("an alert can't be read: {why}"));
        }
        if scrape.refused > 0 {
            return Err("more alerts fire than can be counted".to_owned());
        }
        Ok(Self(store))
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn count(matchers: &str, alerts: &Alerts) -> f64 {
        Count::compile(matchers).unwrap().of(alerts).number().unwrap()
    }

    #[test]
    fn what_fires_is_counted_by_its_labels_and_nothing_is_nought() {
        let critical = json!({"alertname": "Down", "severity": "critical", "note": "a \"b\" \\ \n c"});
        let data = json!({"alerts": [
            {"labels": critical, "state": "firing"},
            {"labels": critical, "state": "firing"},
            {"labels": {"alertname": "Slow", "severity": "warning"}, "state": "firing"},
            {"labels": {"alertname": "Soon", "severity": "critical"}, "state": "pending"},
        ]});
        let alerts = Alerts::of_prometheus(&data).unwrap();
        assert_eq!([count("severity=\"critical\"", &alerts), count("all", &alerts)], [2.0, 3.0]);
        assert_eq!(alerts.critical(), (2, vec!["Down".to_owned()]));
        assert_eq!(count("severity=~\"warn.*\", alertname!=\"Slow\"", &alerts), 0.0);
        assert_eq!(count("all", &Alerts::of_prometheus(&json!({"alerts": []})).unwrap()), 0.0);
        assert!(Alerts::of_prometheus(&json!({"groups": []})).is_err());
    }

    #[test]
    fn what_is_silenced_or_inhibited_does_not_count() {
        let alert = |state: &str| json!({"labels": {"alertname": "Down"}, "status": {"state": state}});
        let answer = json!([alert("active"), alert("suppressed"), alert("unprocessed")]);
        assert_eq!(count("all", &Alerts::of_alertmanager(&answer).unwrap()), 2.0);
        assert!(Alerts::of_alertmanager(&json!([{"labels": {"a": 1}}])).is_err());
        assert!(Alerts::of_alertmanager(&json!({"status": "success"})).is_err());
    }

    #[test]
    fn critical_is_critical_however_it_is_written() {
        let answer = json!([
            {"labels": {"alertname": "Down", "severity": "Critical"}, "status": {"state": "active"}},
            {"labels": {"severity": "CRITICAL"}, "status": {"state": "active"}},
            {"labels": {"alertname": "Slow", "severity": "warning"}, "status": {"state": "active"}},
        ]);
        let (count, names) = Alerts::of_alertmanager(&answer).unwrap().critical();
        assert_eq!((count, names), (2, vec!["Down".to_owned(), "one without a name".to_owned()]));
    }

    #[test]
    fn matchers_are_checked() {
        for bad in ["severity", "severity=critical", "{severity=\"a\"}", "}) or vector(0) #", ""] {
            assert_eq!(Count::compile(bad).is_ok(), bad.is_empty(), "{bad}");
        }
    }
}
