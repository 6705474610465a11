//! What is polled, and the numbers that come out of it.

use super::forms::{A_BASELINE, A_VALUE, JSON_PATH, QUERY, RANGE, SPAN, TEXT, UNIT, URL};
use super::{ANSWER, Key, Part, Takes, key};

pub static SOURCE: Part = Part {
    name: "source",
    noun: "a source",
    about: "Something polled. The key with its address says what it is.",
    one_of: &["health", "scrape", "json"],
    any_of: &[],
    keys: &[
        key("health", URL, "health: \"{{ target }}/health\"", "Up or down, by what it answers. Refused or too late is down."),
        key("scrape", URL, "scrape: \"{{ target }}/metrics\"", "Prometheus or OpenMetrics text; its metrics have a `query`."),
        key("json", URL, "json: \"{{ target }}/stats\"", "A JSON document; its metrics have a path, `json`."),
        key("every", SPAN, "every: 2s", "How often it is asked; at least every 100 ms.").or("5s"),
        key("deadline", SPAN, "deadline: 1s", "How long one request may take, at most `every`.")
            .or("3s, or `every` if that is shorter"),
        key(
            "headers",
            Takes::Named("HEADER", &TEXT),
            "headers: { Authorization: \"Bearer {{ token }}\" }",
            "Sent with each request.",
        ),
        key(
            "expect",
            Takes::Part(&ANSWER),
            "health: \"{{ target }}/health\"\nexpect: { status: 200, json: { $.status: healthy } }",
            "What counts as up.",
        )
        .or("status 200")
        .beside(&["health"]),
    ],
};

pub static METRIC: Part = Part {
    name: "metric",
    noun: "a metric",
    about: "A named number from a source, with a unit and the bands that it is judged by. Without bands it is a number to look at.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("title", TEXT, "title: error rate", "What the gauge says.").or("its name"),
        key(
            "unit",
            UNIT,
            "unit: \"%\"",
            "What it is measured in. Limits in other units are converted: `200ms` of a metric in seconds.",
        )
        .or("none"),
        key("source", Takes::Name("source"), "source: app", "The `scrape` or `json` source that it comes from.").needed(),
        key("query", QUERY, "query: sum(rate(http_requests_total[1m]))", "PromQL, evaluated here over what was scraped."),
        key("json", JSON_PATH, "source: stats\njson: $.queueDepth", "A path into the document of a `json` source."),
        NORMAL,
        WARNING,
        CRITICAL,
        TARGET,
        ALERT_IF,
        key("better", Takes::Word(BETTER), "better: lower", "Which way is good. Bands and criteria that contradict it are told."),
        key(
            "baseline",
            Takes::Either(&[A_BASELINE, Takes::Part(&BASELINE)]),
            "baseline: 15m before T",
            "What later values are compared with: the mean of what was measured in so long before T, or a value.",
        ),
        key(
            "phases",
            Takes::Named("PHASE", &Takes::Part(&BANDS)),
            "critical: \"> 1\"\nphases: { canary: { critical: \"> 5\" } }",
            "Other bands while one of these phases is worked on.",
        ),
    ],
};

const BETTER: &[(&str, &str)] = &[("lower", "less is better: errors, latency"), ("higher", "more is better: requests, hits")];

const NORMAL: Key = key("normal", RANGE, "normal: < 0.5", "Where it is well.");
const WARNING: Key = key("warning", RANGE, "warning: 0.5 .. 5", "Where it deserves a look.");
const CRITICAL: Key = key("critical", RANGE, "critical: \"> 5\"", "Where `no critical metrics` fails.");
const TARGET: Key = key(
    "target",
    RANGE,
    "target: < 200",
    "Another word for `normal`, where only the aim and the alarm are agreed: what lies between is grey, neither good nor an alarm.",
);
const ALERT_IF: Key =
    key("alert_if", RANGE, "target: < 200\nalert_if: \"> 500\"", "Another word for `critical`, beside a `target`.");

pub static BANDS: Part = Part {
    name: "bands",
    noun: "the bands of a phase",
    about: "The bands of a metric while a phase is worked on, instead of its own.",
    one_of: &[],
    any_of: &["normal", "warning", "critical", "target", "alert_if"],
    keys: &[NORMAL, WARNING, CRITICAL, TARGET, ALERT_IF],
};

pub static BASELINE: Part = Part {
    name: "baseline",
    noun: "a baseline",
    about: "A value that a metric is compared with, where `200ms` alone could be taken for a time.",
    one_of: &[],
    any_of: &[],
    keys: &[key("value", A_VALUE, "value: 200ms", "The value, in the metric's unit or with its own.").needed()],
};
