//! Side by side with a real Prometheus, where `prometheus` and `promtool` are on the PATH: the same samples, the same
//! questions, the same numbers. And real exporters, which must be read without a complaint.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use warroom::engine::clock::{Clock, SystemClock};
use warroom::engine::net::{Call, HttpNet, Net};
use warroom::measure::exposition::{Dialect, Survey, strict};
use warroom::measure::promql::{Answer, Query};
use warroom::measure::series::Store;
use warroom::time::{Moment, Span};

const BEGIN: i64 = 1_700_000_000;
const STEP: i64 = 15;
const STEPS: i64 = 160;

/// Steps at which nothing was scraped: a gap shorter than the lookback, and one that is longer.
fn is_gap(step: i64) -> bool {
    (40..44).contains(&step) || (90..120).contains(&step)
}

/// A counter that restarts now and then, each instance at times of its own, and once within the gap.
fn counter(step: i64, instance: i64, speed: f64) -> f64 {
    let restarts = [25 + instance * 7, 63, 101 + instance];
    let since = restarts.iter().filter(|restart| **restart <= step).max().copied().unwrap_or(-3 * instance);
    (step - since) as f64 * speed + ((step * 37 + instance * 11) % 9) as f64 / 10.0
}

fn history() -> String {
    let mut text = String::new();
    let times = || (0..STEPS).filter(|step| !is_gap(*step)).map(|step| (step, BEGIN + step * STEP));
    text.push_str("# TYPE requests counter\n");
    for (instance, code, speed) in [(1, "200", 7.25), (2, "200", 3.5), (1, "500", 0.1), (2, "503", 0.0), (3, "200", 1e9)] {
        for (step, at) in times() {
            // The third instance appears late and goes early.
            if instance < 3 || (50..80).contains(&step) {
                let value = counter(step, instance, speed);
                let _ = writeln!(text, "requests_total{{instance=\"{instance}\",code=\"{code}\"}} {value} {at}");
            }
        }
    }
    text.push_str("# TYPE temperature gauge\n");
    for place in ["hall", "cellar"] {
        for (step, at) in times() {
            let value = if place == "cellar" && step % 50 == 7 { f64::NAN } else { (step * step % 97) as f64 - 20.5 };
            let _ = writeln!(text, "temperature{{place=\"{place}\"}} {value} {at}");
        }
    }
    text.push_str("# TYPE seconds histogram\n");
    for (le, share) in [("0.05", 0.2), ("0.1", 0.55), ("0.5", 0.9), ("1", 0.97), ("+Inf", 1.0)] {
        for (step, at) in times() {
            let value = (counter(step, 1, 40.0) * share).floor();
            let _ = writeln!(text, "seconds_bucket{{le=\"{le}\"}} {value} {at}");
        }
    }
    text.push_str("# EOF\n");
    text
}

const QUERIES: [&str; 36] = [
    "requests_total",
    "rate(requests_total[1m])",
    "rate(requests_total[5m])",
    "irate(requests_total[2m])",
    "increase(requests_total[10m])",
    "increase(requests_total{code=~\"5..\"}[20m])",
    "sum(rate(requests_total[5m]))",
    "sum by (code) (rate(requests_total[5m]))",
    "sum without (code) (rate(requests_total[5m]))",
    "100 * sum(rate(requests_total{code=~\"5..\"}[5m])) / sum(rate(requests_total[5m]))",
    "rate(requests_total[5m] offset 5m)",
    "resets(requests_total[20m])",
    "changes(requests_total[10m])",
    "delta(temperature[5m])",
    "idelta(temperature[5m])",
    "deriv(temperature[10m])",
    "predict_linear(temperature{place=\"hall\"}[10m], 600)",
    "avg_over_time(temperature[5m])",
    "min_over_time(temperature[5m])",
    "max_over_time(temperature[10m])",
    "stddev_over_time(temperature[10m])",
    "quantile_over_time(0.9, temperature{place=\"hall\"}[10m])",
    "count_over_time(requests_total[5m])",
    "last_over_time(requests_total[15m])",
    "histogram_quantile(0.95, sum by (le) (rate(seconds_bucket[5m])))",
    "histogram_quantile(0.5, rate(seconds_bucket[10m]))",
    "histogram_quantile(0.999, increase(seconds_bucket[2m]))",
    "topk(2, rate(requests_total[5m]))",
    "quantile(0.5, rate(requests_total[5m]))",
    "count(requests_total) by (instance)",
    "absent(requests_total{code=\"404\"})",
    "rate(requests_total{code=\"200\"}[5m]) / ignoring(code) group_left rate(requests_total{code=~\"5..\"}[5m])",
    "max_over_time(rate(requests_total[2m])[10m:1m])",
    "requests_total > 100 and rate(requests_total[5m]) > 1",
    "clamp_max(temperature, 10) unless temperature < 0",
    "sum(increase(requests_total[1h])) or vector(0)",
];

/// In the middle, within the short gap, within the long one, shortly after it, at the end, and where the third instance goes.
const ASKED: [i64; 8] = [30, 42, 96, 118, 122, 159, 70, 81];

/// Always between two samples: whether a range takes its left end in is another thing in Prometheus 2 than in 3.
const BETWEEN_MS: i64 = 7_321;

/// A program that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a program beside which the own one is measured")]
fn program(name: &str) -> Command {
    Command::new(name)
}

fn is_there(name: &str) -> bool {
    let found = program(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        println!("skipped: `{name}` is not on the PATH");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn prometheus(folder: &Path, port: u16) -> Running {
    let config = folder.join("prometheus.yml");
    fs::write(&config, "global: { scrape_interval: 1h }\n").unwrap();
    let mut command = program("prometheus");
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
    command.arg("--storage.tsdb.retention.time=100y");
    command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

struct Client {
    clock: Arc<dyn Clock>,
    net: HttpNet,
}

impl Client {
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        Self { net: HttpNet::new(Arc::clone(&clock)), clock }
    }

    async fn get(&self, url: &str, accept: &'static str) -> Option<Vec<u8>> {
        let call = Call { accept, body_max: 64 << 20, ..Call::get(url, Span::seconds(20)) };
        self.net.send(call).await.ok().filter(|answer| answer.status == 200).map(|answer| answer.body)
    }

    /// The answer, as soon as the program is up.
    async fn once_up(&self, url: &str, accept: &'static str) -> Vec<u8> {
        let late = self.clock.now() + Span::seconds(60);
        while self.clock.now() < late {
            if let Some(body) = self.get(url, accept).await {
                return body;
            }
            self.clock.sleep_until(self.clock.now() + Span(100)).await;
        }
        panic!("{url} does not come up");
    }
}

/// Labels and values in an order of their own.
type Elements = BTreeMap<String, f64>;

fn theirs(body: &[u8]) -> Elements {
    let answer: Value = serde_json::from_slice(body).unwrap();
    let number = |value: &Value| value[1].as_str().unwrap().parse::<f64>().unwrap();
    let data = &answer["data"];
    if data["resultType"] == "scalar" {
        return [(String::new(), number(&data["result"]))].into();
    }
    let element = |element: &Value| {
        let labels: BTreeMap<String, String> = serde_json::from_value(element["metric"].clone()).unwrap();
        (format!("{labels:?}"), number(&element["value"]))
    };
    data["result"].as_array().unwrap().iter().map(element).collect()
}

fn ours(query: &str, store: &Store, at: Moment) -> Elements {
    match Query::compile(query).unwrap().answer(store, at).unwrap() {
        Answer::Scalar(value) => [(String::new(), value)].into(),
        Answer::Vector(elements) => {
            let element = |(labels, value): (warroom::measure::series::Labels, f64)| {
                let pairs: BTreeMap<String, String> =
                    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                (format!("{pairs:?}"), value)
            };
            elements.into_iter().map(element).collect()
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[tokio::test]
async fn every_query_says_what_prometheus_says_of_the_same_samples() {
    if !(is_there("prometheus") && is_there("promtool")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let text = history();
    let file = folder.path().join("history.om");
    fs::write(&file, &text).unwrap();
    let mut filling = program("promtool");
    filling.args(["tsdb", "create-blocks-from", "openmetrics"]).arg(&file).arg(folder.path().join("data"));
    let filled = filling.output().unwrap();
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));

    let end = Moment((BEGIN + STEPS * STEP) * 1_000);
    let mut store = Store::everything(Span::minutes(120));
    let scrape = store.ingest_as(text.as_bytes(), Dialect::OpenMetrics, end).unwrap();
    assert_eq!((scrape.bad_count, scrape.out_of_order), (0, 0));

    let port = free_port();
    let _server = prometheus(folder.path(), port);
    let client = Client::new();
    client.once_up(&format!("http://127.0.0.1:{port}/-/ready"), "*/*").await;
    let mut wrong = Vec::new();
    let mut compared = 0;
    for query in QUERIES {
        for step in ASKED {
            let at = (BEGIN + step * STEP) * 1_000 + BETWEEN_MS;
            let url =
                format!("http://127.0.0.1:{port}/api/v1/query?time={}.{:03}&query={}", at / 1_000, at % 1_000, encoded(query));
            let theirs = theirs(&client.get(&url, "*/*").await.unwrap_or_else(|| panic!("no answer to {query}")));
            let ours = ours(query, &store, Moment(at));
            compared += theirs.len();
            if !same(&ours, &theirs) {
                wrong.push(format!("{query} at step {step}:\n  ours   {ours:?}\n  theirs {theirs:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 300, "{compared} values were compared");
}

fn same(ours: &Elements, theirs: &Elements) -> bool {
    let close = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|((a, x), (b, y))| a == b && close(*x, *y))
}

async fn is_read_without_complaint(url: &str) {
    let client = Client::new();
    let text = client.once_up(url, "text/plain;version=0.0.4").await;
    let survey = Survey::of(&text, Dialect::Text);
    assert!(survey.complaints.is_empty(), "{:?}", survey.complaints);
    assert!(Store::everything(Span::MINUTE).ingest(&text, Moment(0)).is_ok_and(|scrape| scrape.kept > 100));
    let strictly = client.once_up(url, "application/openmetrics-text;version=1.0.0").await;
    if Dialect::of(&strictly) == Dialect::OpenMetrics {
        assert_eq!(strict::check(&strictly), Ok(()));
    } else {
        println!("{url} does not speak OpenMetrics");
    }
}

#[tokio::test]
async fn what_prometheus_says_of_itself_is_read_without_complaint() {
    if !is_there("prometheus") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let _server = prometheus(folder.path(), port);
    is_read_without_complaint(&format!("http://127.0.0.1:{port}/metrics")).await;
}

#[tokio::test]
async fn what_a_node_exporter_says_is_read_without_complaint() {
    if !is_there("prometheus-node-exporter") {
        return;
    }
    let port = free_port();
    let mut command = program("prometheus-node-exporter");
    command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let _exporter = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    is_read_without_complaint(&format!("http://127.0.0.1:{port}/metrics")).await;
}
