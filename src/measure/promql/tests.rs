use proptest::prelude::*;

use super::*;
use crate::measure::reading::Reading;

const EVERY: i64 = 15_000;

/// A service with two pods, scraped every 15 s for five minutes; pod b restarted at 2:30.
fn service() -> (Store, Moment) {
    let all = Query::compile("{__name__=~\".+\"}").unwrap();
    let mut store = Store::new(&[&all]).keeping(Span::HOUR);
    for scrape in 0..=20_i64 {
        let b = if scrape < 10 { scrape } else { scrape - 10 };
        let body = format!(
            r#"requests_total{{pod="a",code="200"}} {a200}
requests_total{{pod="a",code="500"}} {a500}
requests_total{{pod="b",code="200"}} {b200}
seconds_bucket{{pod="a",le="0.1"}} {q1}
seconds_bucket{{pod="a",le="0.5"}} {q2}
seconds_bucket{{pod="a",le="+Inf"}} {q3}
memory_bytes{{pod="a"}} 300
memory_bytes{{pod="b"}} 100
limit_bytes{{pod="a",node="n1"}} 600
limit_bytes{{pod="b",node="n2"}} 400
idle_total 7
cold NaN
"#,
            a200 = scrape * 30,
            a500 = scrape * 3,
            b200 = b * 15,
            q1 = scrape * 10,
            q2 = scrape * 30,
            q3 = scrape * 40,
        );
        store.ingest(body.as_bytes(), Moment(scrape * EVERY)).unwrap();
    }
    (store, Moment(20 * EVERY))
}

/// The answer as text: a number, or each element on its own, sorted.
fn answer(store: &Store, at: Moment, text: &str) -> String {
    let query = Query::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    match query.answer(store, at) {
        Err(why) => format!("error: {why}"),
        Ok(Answer::Scalar(value)) => rounded(value),
        Ok(Answer::Vector(elements)) => {
            let mut lines: Vec<String> = elements.iter().map(|(labels, value)| format!("{labels} {}", rounded(*value))).collect();
            lines.sort();
            lines.join("; ")
        }
    }
}

fn rounded(value: f64) -> String {
    ((value * 1e9).round() / 1e9).to_string()
}

#[test]
fn what_queries_find() {
    let (store, at) = service();
    let cases = [
        // Selecting.
        (r#"memory_bytes{pod="a"}"#, r#"memory_bytes{pod="a"} 300"#),
        (r#"memory_bytes{pod!="a"}"#, r#"memory_bytes{pod="b"} 100"#),
        (r#"memory_bytes{pod=~"a|c"}"#, r#"memory_bytes{pod="a"} 300"#),
        (r#"memory_bytes{pod=~"a.*",pod!~"a"}"#, ""),
        (r#"{__name__=~"mem.*",pod="b"}"#, r#"memory_bytes{pod="b"} 100"#),
        (r#"memory_bytes{node=""}"#, r#"memory_bytes{pod="a"} 300; memory_bytes{pod="b"} 100"#),
        (r#"requests_total{code="500"} offset 1m"#, r#"requests_total{code="500", pod="a"} 48"#),
        (r#"requests_total{code="500"} @ 150"#, r#"requests_total{code="500", pod="a"} 30"#),
        // Rates: pod a answers 2/s, pod b 1/s across its restart.
        (r#"rate(requests_total{pod="a",code="200"}[1m])"#, r#"{code="200", pod="a"} 2"#),
        ("sum(rate(requests_total[1m]))", "{} 3.2"),
        (r#"increase(requests_total{pod="b"}[4m])"#, r#"{code="200", pod="b"} 224"#),
        (r#"resets(requests_total{pod="b"}[5m])"#, r#"{code="200", pod="b"} 1"#),
        (r#"100 * sum(rate(requests_total{code=~"5.."}[1m])) / sum(rate(requests_total[1m]))"#, "{} 6.25"),
        ("irate(requests_total{code=\"500\"}[5m])", r#"{code="500", pod="a"} 0.2"#),
        // Histograms: of 40 in a step, 10 up to 0.1 and 20 up to 0.5.
        ("histogram_quantile(0.5, rate(seconds_bucket[1m]))", r#"{pod="a"} 0.3"#),
        ("histogram_quantile(0.95, sum by (le) (rate(seconds_bucket[1m])))", "{} 0.5"),
        ("histogram_fraction(0, 0.3, rate(seconds_bucket[1m]))", r#"{pod="a"} 0.5"#),
        // Groups.
        ("sum by (pod) (requests_total)", r#"{pod="a"} 660; {pod="b"} 150"#),
        ("sum without (pod, code) (requests_total)", "{} 810"),
        ("count by (code) (requests_total)", r#"{code="200"} 2; {code="500"} 1"#),
        ("avg(memory_bytes)", "{} 200"),
        ("max(memory_bytes) - min(memory_bytes)", "{} 200"),
        ("stddev(memory_bytes)", "{} 100"),
        ("stdvar(memory_bytes)", "{} 10000"),
        ("quantile(0.25, memory_bytes)", "{} 150"),
        ("group(memory_bytes)", "{} 1"),
        ("topk(1, memory_bytes)", r#"memory_bytes{pod="a"} 300"#),
        ("bottomk(1, memory_bytes)", r#"memory_bytes{pod="b"} 100"#),
        (r#"count_values("bytes", memory_bytes)"#, r#"{bytes="100"} 1; {bytes="300"} 1"#),
        // Operators.
        ("2 ^ 3 ^ 2 % 7", "1"),
        ("-2 ^ 2", "-4"),
        ("memory_bytes > 200", r#"memory_bytes{pod="a"} 300"#),
        ("200 < memory_bytes", r#"memory_bytes{pod="a"} 300"#),
        ("memory_bytes > bool 200", r#"{pod="a"} 1; {pod="b"} 0"#),
        ("memory_bytes / on (pod) limit_bytes", r#"{pod="a"} 0.5; {pod="b"} 0.25"#),
        ("memory_bytes / ignoring (node) limit_bytes", r#"{pod="a"} 0.5; {pod="b"} 0.25"#),
        (
            "requests_total * on (pod) group_left (node) limit_bytes * 0",
            r#"{code="200", node="n1", pod="a"} 0; {code="200", node="n2", pod="b"} 0; {code="500", node="n1", pod="a"} 0"#,
        ),
        ("memory_bytes / limit_bytes", ""),
        (
            "limit_bytes / on (pod) requests_total",
            "error: several series on the right match the same one on the other side: \
            requests_total{code=\"200\", pod=\"a\"} and requests_total{code=\"500\", pod=\"a\"}",
        ),
        (
            "requests_total / on (pod) limit_bytes",
            "error: several series on the left match the same one on the right: \
            use group_left or group_right",
        ),
        (r#"memory_bytes and on (pod) requests_total{code="500"}"#, r#"memory_bytes{pod="a"} 300"#),
        (r#"memory_bytes unless on (pod) requests_total{code="500"}"#, r#"memory_bytes{pod="b"} 100"#),
        (r#"sum(requests_total{code="404"}) or vector(0)"#, "{} 0"),
        // Functions.
        ("absent(requests_total{code=\"404\",pod=~\"a\"})", r#"{code="404"} 1"#),
        ("absent(requests_total)", ""),
        ("absent_over_time(gone[5m])", "{} 1"),
        ("clamp(memory_bytes, 150, 250)", r#"{pod="a"} 250; {pod="b"} 150"#),
        ("clamp_min(memory_bytes, 150) - clamp_max(memory_bytes, 150)", r#"{pod="a"} 150; {pod="b"} 50"#),
        ("scalar(memory_bytes)", "NaN"),
        ("scalar(memory_bytes{pod=\"a\"}) + 1", "301"),
        ("time() - timestamp(idle_total)", "{} 0"),
        (r#"label_replace(memory_bytes{pod="a"}, "who", "pod-$1", "pod", "(.*)")"#, r#"memory_bytes{pod="a", who="pod-a"} 300"#),
        (r#"label_join(limit_bytes{pod="a"}, "at", "/", "node", "pod")"#, r#"limit_bytes{at="n1/a", node="n1", pod="a"} 600"#),
        ("max_over_time(sum(rate(requests_total{pod=\"a\"}[1m]))[2m:30s])", "{} 2.2"),
        ("avg_over_time(memory_bytes{pod=\"a\"}[1m])", r#"{pod="a"} 300"#),
        ("predict_linear(requests_total{code=\"500\"}[1m], 60)", r#"{code="500", pod="a"} 72"#),
        ("hour(vector(7200))", "{} 2"),
        ("cold", "cold NaN"),
        ("-{pod=\"a\",__name__=~\"memory_bytes|requests_total\",code!=\"500\"}", r#"{code="200", pod="a"} -600; {pod="a"} -300"#),
    ];
    for (text, found) in cases {
        assert_eq!(answer(&store, at, text), found, "{text}");
    }
}

#[test]
fn a_reading_is_one_number_or_says_in_words_why_not() {
    let (store, at) = service();
    let missing = |why: &str| Reading::Missing(why.to_owned());
    let invalid = |why: &str| Reading::Invalid(why.to_owned());
    let cases = [
        ("42", Reading::Number(42.0)),
        ("sum(memory_bytes)", Reading::Number(400.0)),
        ("memory_bytes", invalid("2 series; aggregate them, e.g. sum(…)")),
        ("cold", invalid("not a number (NaN)")),
        ("gone{pod=\"a\"}", missing("no series matches gone{pod=\"a\"}")),
        ("sum(rate(gone[1m]))", missing("no series matches gone in the last 1:00")),
        ("sum(rate(requests_total[10s]))", missing("needs two samples of requests_total, has one")),
        ("idle_total > 9", missing("no series is left: a comparison filtered all out, or labels do not match")),
        ("sum(rate(idle_total[1m])) / sum(rate(idle_total[1m]))", invalid("0/0: no traffic in the range")),
        ("idle_total / 0", invalid("division by zero")),
        ("scalar(memory_bytes)", invalid("scalar(…) found no series, or several")),
        (
            "histogram_quantile(0.9, seconds_bucket * 0)",
            invalid("NaN: nothing was observed in the range, or the histogram has no +Inf bucket"),
        ),
    ];
    for (text, reading) in cases {
        assert_eq!(Query::compile(text).unwrap().read(&store, at), reading, "{text}");
    }
    let never = Store::new(&[]);
    assert_eq!(Query::compile("up").unwrap().read(&never, at), missing("not scraped yet"));
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_place() {
    let cases = [
        ("", Some(0), "the query is empty"),
        ("sum(up", Some(3), "`(` is not closed"),
        ("sum(up))", Some(7), "`)` closes nothing that is open"),
        ("up{a=\"b}", Some(5), "the quote is not closed"),
        ("rat(up[5m])", Some(0), "unknown function with name 'rat'"),
        ("1 + mad_over_time(up[5m])", Some(4), "`mad_over_time` is not supported"),
        ("histogram_avg(up)", Some(0), "`histogram_avg` is not supported"),
        ("limitk(1, up)", Some(0), "`limitk` is not supported"),
        ("up[inf]", Some(3), "`inf` is no length of time: write it like 5m"),
        ("up offset 1e300", Some(10), "`1e300` is no length of time: write it like 5m"),
        ("up[5m]", Some(0), "a range of points is no number: put a function such as rate(…) around it"),
        ("\"up\"", Some(0), "a text is no number"),
        ("rate(up)", Some(0), "expected type matrix in call to function 'rate', got vector"),
        ("sum(rate(up[1y:1ms])) by (le)", None, "the subquery has too many steps: choose a longer step or a shorter range"),
        ("up +", Some(4), "the query ends too early"),
        ("sum by (job)", Some(12), "the query ends too early"),
        ("sum(up) sum", Some(8), "`sum` is not expected here"),
        ("rate(up[5m] 5m)", Some(12), "`5m` is not expected here"),
        ("up{job==\"x\"}", Some(6), "unexpected '=' in label matching, expected string"),
        ("up{job=\"x\" code=\"y\"} > 1", Some(11), "`code` is not expected here"),
        ("up > > 1", Some(5), "`>` is not expected here"),
        (
            "label_replace(up, \"\\xff\", \"\", \"\", \"\")",
            Some(19),
            "an escape of a byte beyond ASCII is no text: write the character itself",
        ),
        ("error rate", Some(6), "`rate` is not expected here"),
        ("up{a=~\"(\"}", None, "illegal regex for ("),
        ("label_replace(up, \"a\", \"b\", \"c\", \"(\")", None, "`(` is not a regular expression"),
    ];
    for (text, at, message) in cases {
        let error = Query::compile(text).expect_err(text);
        assert_eq!((error.message.as_str(), error.at), (message, at), "{text}");
    }
    let deep = format!("{}up{}", "(".repeat(300), ")".repeat(300));
    for text in [deep, "-".repeat(3_000) + "1", "1+".repeat(2_000) + "1", "up".repeat(3_000)] {
        assert!(Query::compile(&text).is_err());
    }
}

#[test]
fn a_query_says_what_it_wants_and_how_far_it_looks_back() {
    let minutes = Span::minutes;
    let cases: [(&str, Option<&[&str]>, Span); 9] = [
        ("up", Some(&["up"]), minutes(5)),
        ("1", Some(&[]), Span::ZERO),
        ("sum(rate(b[1m])) / sum(rate(a[15m])) + a", Some(&["a", "b"]), minutes(15)),
        ("up offset 1h", Some(&["up"]), minutes(65)),
        ("up offset -1h", Some(&["up"]), Span::ZERO),
        ("max_over_time(rate(a[2m])[1h:1m] offset 3m)", Some(&["a"]), minutes(65)),
        ("{__name__=\"a\",b=\"c\"}", Some(&["a"]), minutes(5)),
        ("{__name__=~\"a|b\"}", None, minutes(5)),
        ("up + {job=\"x\"}", None, minutes(5)),
    ];
    for (text, names, range) in cases {
        let query = Query::compile(text).unwrap();
        let found: Option<Vec<&str>> = query.names().map(|names| names.iter().map(String::as_str).collect());
        assert_eq!((found.as_deref(), query.range()), (names, range), "{text}");
    }
}

#[test]
fn the_deepest_query_that_is_taken_is_also_answered() {
    let (store, at) = service();
    let nested = |depth: usize| format!("{}idle_total{}", "abs(sum(".repeat(depth), "))".repeat(depth));
    assert_eq!(answer(&store, at, &nested(49)), "{} 7");
    assert!(Query::compile(&nested(51)).is_err());
    let sum = |terms: usize| vec!["idle_total"; terms].join(" + ");
    assert_eq!(answer(&store, at, &sum(90)), "{} 630");
    assert!(Query::compile(&sum(150)).is_err());
}

#[test]
fn a_subquery_cannot_take_forever() {
    let (store, at) = service();
    let text = "sum_over_time(sum_over_time(vector(1)[1h:1s])[1h:1s])";
    assert!(answer(&store, at, text).starts_with("error: the subqueries take too many steps"));
}

#[test]
fn a_name_is_dropped_at_the_end_so_that_it_can_still_be_asked_for() {
    let (store, at) = service();
    let both = r#"{__name__=~"memory_bytes|limit_bytes",pod="a"}"#;
    let over = format!("max_over_time({both}[1m])");
    let cases = [
        (format!("sum by (pod) ({over})"), r#"{pod="a"} 900"#.to_owned()),
        (
            format!(r#"label_replace(sum by (__name__) ({over}), "what", "$1", "__name__", "(.*)_bytes")"#),
            r#"{what="limit"} 600; {what="memory"} 300"#.to_owned(),
        ),
        (
            format!(r#"label_join(sum by (__name__) ({over}), "__name__", "_", "__name__", "pod")"#),
            "limit_bytes_ 600; memory_bytes_ 300".to_owned(),
        ),
        (format!("max_over_time(abs({both})[30s:15s]) and on (__name__) memory_bytes"), r#"{pod="a"} 300"#.to_owned()),
        (
            format!("sum by (__name__) ({over})"),
            "error: two series have the same labels after their names are dropped: {}".to_owned(),
        ),
        (
            r#"abs({__name__=~"idle_total|cold"})"#.to_owned(),
            "error: two series have the same labels after their names are dropped: {}".to_owned(),
        ),
    ];
    for (text, found) in cases {
        assert_eq!(answer(&store, at, &text), found, "{text}");
    }
}

#[test]
fn points_and_texts_can_be_asked_for_by_somebody_who_explores() {
    let (store, at) = service();
    let ask = |text: &str| Question::compile(text).unwrap().answer(&store, at);
    let Ok(Found::Matrix(series)) = ask("memory_bytes[20s]") else { panic!("points are asked for") };
    let told: Vec<_> = series.iter().map(|(labels, points)| (labels.to_string(), points.len())).collect();
    assert_eq!(told, [("memory_bytes{pod=\"a\"}".to_owned(), 2), ("memory_bytes{pod=\"b\"}".to_owned(), 2)]);
    let Ok(Found::Matrix(series)) = ask("(-idle_total)[1m:20s]") else { panic!("points are asked for") };
    assert_eq!((series[0].0.to_string(), series[0].1.len(), series[0].1[0].value), ("{}".to_owned(), 3, -7.0));
    assert_eq!(ask("gone[1m]"), Ok(Found::Matrix(vec![])));
    assert_eq!(ask("(\"it's\")"), Ok(Found::Text("it's".to_owned())));
    assert_eq!(ask("1 + 1"), Ok(Found::Scalar(2.0)));
    assert!(ask(r#"(-{__name__=~"idle_total|cold"})[1m:15s]"#).is_err_and(|why| why.contains("same labels")));
}

proptest! {
    #[test]
    fn no_text_upsets_compiling(text in ".{0,80}") {
        let _ = Query::compile(&text);
    }

    #[test]
    fn nearly_right_queries_upset_neither_compiling_nor_asking(
        words in proptest::collection::vec(
            prop::sample::select(vec![
                "requests_total", "memory_bytes", "{pod=\"a\"}", "{code=~\"5..\"}", "[1m]", "[5m:30s]", "[inf]", "[0]", "[1e20]", "(", ")", ",",
                "rate", "sum", "by", "(pod)", "on", "group_left", "without", "and", "or", "unless", "+", "-", "*", "/", "%", "^", "==",
                ">", "bool", "1", "0.5", "NaN", "offset", "5m", "@", "start()", "1e300", "0x1f", "topk", "quantile", "histogram_quantile",
                "absent", "time()", "label_replace", "\"x\"", "'y'", "`z`", "#", "\n", "}", "]",
            ]),
            0..14,
        ),
    ) {
        let text = words.join(" ");
        if let Ok(query) = Query::compile(&text) {
            let (store, at) = service();
            let _ = query.read(&store, at);
        }
    }
}
