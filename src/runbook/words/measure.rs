//! What is polled, and the numbers that come out of it.

use super::forms::{A_BASELINE, A_VALUE, JSON_PATH, MATCHERS, QUERY, RANGE, REGEX, SCRIPT, SPAN, TEXT, UNIT, URL};
use super::{ANSWER, Key, Part, Takes, key};

/// One address, or one for each phase.
const ADDRESS: Takes = Takes::Either(&[URL, Takes::Named("PHASE", &URL)]);

/// What is asked over the network.
const SERVERS: &[&str] = &["health", "scrape", "json", "prometheus", "alertmanager"];

pub static SOURCE: Part = Part {
    name: "source",
    noun: "a source",
    about: "Something polled. The key with its address says what it is. A source that is elsewhere in some phases has several \
            addresses, `{ default: …, PHASE: … }`, with `rollback` for the rollback; each reading says which was asked.",
    one_of: &["health", "scrape", "json", "prometheus", "alertmanager", "script"],
    any_of: &[],
    keys: &[
        key("health", ADDRESS, "health: \"{{ target }}/health\"", "Up or down, by what it answers. Refused or too late is down."),
        key(
            "scrape",
            ADDRESS,
            "scrape: { default: \"http://10.0.0.7:8080/metrics\", canary: \"http://10.0.0.7:8081/metrics\" }",
            "Prometheus or OpenMetrics text; its metrics have a `query`. It is read as it comes, up to 64 MiB; of what the queries \
             want, 50,000 series with 32 MiB of labels and 4,000,000 samples (64 MB) are kept, for as long as they look back. A \
             metric that wants more is unknown, and says so.",
        ),
        key("json", ADDRESS, "json: \"{{ target }}/stats\"", "A JSON document; its metrics have a path, `json`."),
        key(
            "prometheus",
            ADDRESS,
            "prometheus: \"http://prometheus:9090\"",
            "A Prometheus server, by its address up to `/api/v1`. Its metrics' `query` is sent to it, or they count `alerts`.",
        ),
        key(
            "alertmanager",
            ADDRESS,
            "alertmanager: \"http://alertmanager:9093\"",
            "An Alertmanager; its metrics count `alerts`. What is silenced or inhibited does not count.",
        ),
        key(
            "script",
            SCRIPT,
            "script: ./queue-depth --host \"$target\"",
            "A bash script that prints numbers; variables reach it as environment, as in a step. What it says on standard error is \
             its reason when it ends with another code than 0, and no number then.",
        ),
        key("every", SPAN, "every: 2s", "How often it is asked; at least every 100 ms.").or("5s"),
        key("deadline", SPAN, "deadline: 1s", "How long one request (or the script) may take, at most `every`.")
            .or("3s, or `every` if that is shorter"),
        key(
            "headers",
            Takes::Named("HEADER", &TEXT),
            "headers: { Authorization: \"Bearer {{ token }}\" }",
            "Sent with each request.",
        )
        .beside(SERVERS),
        key(
            "bearer",
            TEXT,
            "bearer: \"{{ token }}\"",
            "A token that is shown with each request, out of a secret variable. It never follows a redirect to another host.",
        )
        .beside(SERVERS),
        key(
            "basic",
            Takes::Part(&BASIC),
            "basic: { user: monitor, password: \"{{ token }}\" }",
            "A name and a password that are shown with each request.",
        )
        .beside(SERVERS),
        key("ca", TEXT, "ca: /etc/ssl/own-ca.pem", "A PEM file with the certificates that are trusted here. It is read again when it changes, like `cert` and `key`; while \
             what lies there can't be used, what was read before serves on.")
            .or("those of this machine")
            .beside(SERVERS),
        key(
            "cert",
            TEXT,
            "cert: /etc/warroom/me.pem\nkey: /etc/warroom/me.key",
            "A PEM file with this side's certificate, for servers that want to see one.",
        )
        .beside(SERVERS),
        key("key", TEXT, "key: /etc/warroom/me.key\ncert: /etc/warroom/me.pem", "A PEM file with the key to `cert`.")
            .beside(SERVERS),
        key(
            "insecure",
            Takes::Flag,
            "insecure: true",
            "Any certificate will do, so that anybody may answer: said in the log and beside the gauges.",
        )
        .or("false")
        .beside(SERVERS),
        key("proxy", TEXT, "proxy: http://proxy:3128", "The proxy to go through; `none` goes straight there.")
            .or("what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say, and none to this machine itself")
            .beside(SERVERS),
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

pub static BASIC: Part = Part {
    name: "basic",
    noun: "basic authentication",
    about: "A name and a password, as HTTP has had them from the beginning.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("user", TEXT, "user: monitor", "The name.").needed(),
        key("password", TEXT, "password: \"{{ token }}\"", "The password, out of a secret variable.").needed(),
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
        key("source", Takes::Name("source"), "source: app", "The source that it comes from.").needed(),
        key(
            "against",
            Takes::Name("source"),
            "source: canary\nagainst: app",
            "Another source that is asked the same: the metric is what `source` measures compared with what this one does. It is \
             known when both are, of measurements no further apart than one interval.",
        ),
        key(
            "compare",
            Takes::Word(COMPARE),
            "source: canary\nagainst: app\ncompare: ratio\nunit: \"%\"",
            "How the two are compared.",
        )
        .or("difference"),
        key(
            "query",
            QUERY,
            "query: sum(rate(http_requests_total[1m]))",
            "PromQL. It is evaluated here over what was scraped, \
             or by the server of a `prometheus` source.",
        ),
        key(
            "json",
            JSON_PATH,
            "source: stats\njson: $.queueDepth",
            "A path into the document of a `json` source, or into what a `script` prints.",
        ),
        key(
            "alerts",
            MATCHERS,
            "source: alerts\nalerts: severity=\"critical\"",
            "How many alerts fire that match; without any it is 0.",
        ),
        key(
            "regex",
            REGEX,
            "source: depth\nregex: 'depth: (\\S+)'",
            "Finds the number in what a `script` prints, in its first group. Without it, the last number counts.",
        ),
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

const COMPARE: &[(&str, &str)] = &[
    ("difference", "`source` less `against`, in the metric's unit"),
    ("ratio", "`source` by `against`: 1.5, or 150 % of a metric in `%`; not known where `against` measures 0"),
];

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
