//! What the service says to a request: the whole of its interface, without a socket.

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::demo::exposition::exposition;
use crate::demo::traffic::{Traffic, Weights};
use crate::time::Moment;

const VERSION_LENGTH_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

impl Answer {
    fn json(status: StatusCode, body: &Value) -> Self {
        Self { status, content_type: "application/json", body: format!("{body}\n") }
    }

    fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(super) fn refusal(status: StatusCode, why: &str) -> Self {
        Self::json(status, &json!({ "error": why }))
    }
}

pub(super) fn answer(traffic: &mut Traffic, now: Moment, method: &Method, path: &str, body: &[u8]) -> Answer {
    traffic.advance(now);
    match (path, method.as_str()) {
        ("/health", "GET" | "HEAD") => health(traffic),
        ("/metrics", "GET" | "HEAD") => metrics(traffic),
        ("/stats/performance", "GET" | "HEAD") => performance(traffic),
        ("/status/system", "GET" | "HEAD") => system(traffic),
        ("/version", "GET" | "HEAD") => Answer::ok(&versions(traffic)),
        ("/config/traffic-weights", "GET" | "HEAD") => Answer::ok(&json!(traffic.weights())),
        ("/config/traffic-weights", "POST") => weigh(traffic, now, body).unwrap_or_else(|refusal| refusal),
        ("/deploy", "POST") => deploy(traffic, now, body).unwrap_or_else(|refusal| refusal),
        ("/health" | "/metrics" | "/stats/performance" | "/status/system" | "/version", other) => {
            Answer::refusal(StatusCode::METHOD_NOT_ALLOWED, &format!("{path} takes GET, not {other}"))
        }
        ("/config/traffic-weights" | "/deploy", other) => {
            Answer::refusal(StatusCode::METHOD_NOT_ALLOWED, &format!("{path} takes POST, not {other}"))
        }
        (_, _) => Answer::refusal(StatusCode::NOT_FOUND, "there is nothing at this path"),
    }
}

fn health(traffic: &Traffic) -> Answer {
    let ailments = traffic.ailments();
    let word = |name: &str| if ailments.contains(&name) { "degraded" } else { "ok" };
    let body = json!({
        "status": if ailments.is_empty() { "healthy" } else { "degraded" },
        "version": live_version(traffic),
        "services": {
            "errors": word("errors"),
            "latency": word("latency"),
            "memory": word("memory"),
            "database": word("database"),
        },
    });
    let status = if ailments.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Answer::json(status, &body)
}

fn metrics(traffic: &Traffic) -> Answer {
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Answer { status: StatusCode::OK, content_type, body: exposition(traffic) }
}

fn performance(traffic: &Traffic) -> Answer {
    let recent = traffic.recent();
    Answer::ok(&json!({
        "rps": rounded(recent.requests_per_second),
        "errorRate": recent.error_rate_percent.map(rounded),
        "p50": recent.p50_ms.map(rounded),
        "p95": recent.p95_ms.map(rounded),
        "p99": recent.p99_ms.map(rounded),
    }))
}

fn system(traffic: &Traffic) -> Answer {
    let recent = traffic.recent();
    Answer::ok(&json!({
        "cpuPercent": rounded(recent.cpu_percent),
        "memoryMB": rounded(recent.rss_bytes / 1e6),
        "threads": 16 + recent.pool_in_use as u64,
        "queueDepth": recent.queue_depth as u64,
    }))
}

/// To two digits behind the point.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The release that most of the traffic gets.
fn live_version(traffic: &Traffic) -> Option<&str> {
    let weights = traffic.weights();
    let live = if weights.blue > weights.green { &traffic.blue } else { &traffic.green };
    live.version.as_deref()
}

fn versions(traffic: &Traffic) -> Value {
    json!({ "live": live_version(traffic), "blue": traffic.blue.version, "green": traffic.green.version })
}

fn weigh(traffic: &mut Traffic, now: Moment, body: &[u8]) -> Result<Answer, Answer> {
    let weights: Weights = read(body, r#"{"blue": 10, "green": 90}"#)?;
    let sum = u64::from(weights.blue) + u64::from(weights.green);
    if sum != 100 {
        return Err(Answer::refusal(StatusCode::BAD_REQUEST, &format!("blue and green must add up to 100, not {sum}")));
    }
    if weights.blue > 0 && traffic.blue.version.is_none() {
        return Err(Answer::refusal(StatusCode::CONFLICT, "blue holds no release yet: POST /deploy comes first"));
    }
    traffic.weigh(weights, now);
    Ok(Answer::ok(&json!({ "applied": true, "blue": weights.blue, "green": weights.green })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deployment {
    version: String,
    slot: String,
}

fn deploy(traffic: &mut Traffic, now: Moment, body: &[u8]) -> Result<Answer, Answer> {
    let wanted: Deployment = read(body, r#"{"version": "2.4.0", "slot": "blue"}"#)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
    if wanted.version.is_empty() || wanted.version.len() > VERSION_LENGTH_MAX || !wanted.version.chars().all(plain) {
        let why = format!("a version is 1 to {VERSION_LENGTH_MAX} letters, digits, dots, dashes");
        return Err(Answer::refusal(StatusCode::BAD_REQUEST, &why));
    }
    if wanted.slot != "blue" {
        return Err(Answer::refusal(StatusCode::BAD_REQUEST, "only blue can be deployed to: green is the way back"));
    }
    let share = traffic.weights().blue;
    if share > 0 {
        let why = format!("blue takes {share} % of the traffic: set its weight to 0 first");
        return Err(Answer::refusal(StatusCode::CONFLICT, &why));
    }
    traffic.deploy(&wanted.version, now);
    Ok(Answer::ok(&json!({ "slot": "blue", "version": wanted.version, "status": "ready" })))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], example: &str) -> Result<T, Answer> {
    serde_json::from_slice(body).map_err(|error| Answer::refusal(StatusCode::BAD_REQUEST, &format!("want {example}: {error}")))
}
