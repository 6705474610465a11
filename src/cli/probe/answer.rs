//! An answer as `promtool query instant` prints it, and as the data object of Prometheus' HTTP API.

use serde_json::{Map, Value, json};

use crate::measure::promql::Found;
use crate::measure::series::Labels;
use crate::time::Moment;

/// `{labels} => value @[seconds]` for each series.
pub(super) fn text(found: &Found, at: Moment) -> String {
    let sample = |value: f64, at: Moment| format!("{} @[{}]", number(value), number(at.0 as f64 / 1_000.0));
    let lines: Vec<String> = match found {
        Found::Scalar(value) => vec![format!("scalar: {}", sample(*value, at))],
        Found::Text(text) => vec![crate::text::clean_line(text).into_owned()],
        Found::Vector(elements) => elements.iter().map(|(labels, value)| format!("{labels} => {}", sample(*value, at))).collect(),
        Found::Matrix(series) => {
            let head = |labels: &Labels| format!("{labels} =>");
            let points = series.iter().map(|(labels, points)| {
                std::iter::once(head(labels)).chain(points.iter().map(|point| sample(point.value, point.at)))
            });
            points.flatten().collect()
        }
    };
    lines.iter().map(|line| crate::text::clean_line(line)).collect::<Vec<_>>().join("\n")
}

/// `{"resultType": …, "result": …}`
pub(super) fn json(found: &Found, at: Moment) -> Value {
    let sample = |value: f64, at: Moment| json!([seconds(at), exact(value)]);
    let (kind, result) = match found {
        Found::Scalar(value) => ("scalar", sample(*value, at)),
        Found::Text(text) => ("string", json!([seconds(at), text])),
        Found::Vector(elements) => {
            let element = |(labels, value): &(Labels, f64)| json!({"metric": metric(labels), "value": sample(*value, at)});
            ("vector", elements.iter().map(element).collect())
        }
        Found::Matrix(series) => {
            let points = series.iter().map(|(labels, points)| {
                let values: Vec<Value> = points.iter().map(|point| sample(point.value, point.at)).collect();
                json!({"metric": metric(labels), "values": values})
            });
            ("matrix", points.collect())
        }
    };
    json!({"resultType": kind, "result": result})
}

fn metric(labels: &Labels) -> Value {
    Value::Object(labels.iter().map(|(label, value)| (label.to_owned(), Value::from(value))).collect::<Map<_, _>>())
}

fn seconds(at: Moment) -> Value {
    if at.0 % 1_000 == 0 { Value::from(at.0 / 1_000) } else { Value::from(at.0 as f64 / 1_000.0) }
}

/// A number without an exponent; infinities with their sign.
pub(super) fn number(value: f64) -> String {
    if value.is_infinite() { if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned() } else { value.to_string() }
}

/// A number as the HTTP API writes it: with an exponent where it is very small or very large.
fn exact(value: f64) -> String {
    if value == 0.0 || !value.is_finite() || (1e-6..1e21).contains(&value.abs()) {
        return number(value);
    }
    let written = format!("{value:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::series::Point;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        Labels::new(pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()).unwrap()
    }

    #[test]
    fn answers_read_as_promtool_prints_them() {
        let at = Moment(1_700_000_000_500);
        let up = labels(&[("__name__", "up"), ("job", "shop"), ("az", "a\"b")]);
        let points = vec![Point { at: Moment(1_000), value: 1.0 }, Point { at: Moment(2_500), value: f64::INFINITY }];
        let cases = [
            (Found::Scalar(1.5), "scalar: 1.5 @[1700000000.5]"),
            (Found::Vector(vec![]), ""),
            (
                Found::Vector(vec![(up.clone(), 1e21), (Labels::default(), f64::NAN)]),
                "up{az=\"a\\\"b\", job=\"shop\"} => 1000000000000000000000 @[1700000000.5]\n{} => NaN @[1700000000.5]",
            ),
            (Found::Matrix(vec![(labels(&[("__name__", "up")]), points)]), "up =>\n1 @[1]\n+Inf @[2.5]"),
            (Found::Text("hello".to_owned()), "hello"),
        ];
        for (found, printed) in cases {
            assert_eq!(text(&found, at), printed);
        }
    }

    #[test]
    fn answers_are_the_data_object_of_the_http_api() {
        let at = Moment(1_700_000_000_500);
        let points = vec![Point { at: Moment(1_000), value: 1.0 }];
        let cases = [
            (Found::Scalar(1.0), r#"{"result":[1700000000.5,"1"],"resultType":"scalar"}"#),
            (
                Found::Vector(vec![(labels(&[("a", "b")]), 2.0)]),
                r#"{"result":[{"metric":{"a":"b"},"value":[1700000000.5,"2"]}],"resultType":"vector"}"#,
            ),
            (
                Found::Matrix(vec![(labels(&[("a", "b")]), points)]),
                r#"{"result":[{"metric":{"a":"b"},"values":[[1,"1"]]}],"resultType":"matrix"}"#,
            ),
            (Found::Text("x".to_owned()), r#"{"result":[1700000000.5,"x"],"resultType":"string"}"#),
        ];
        for (found, written) in cases {
            assert_eq!(json(&found, at), serde_json::from_str::<Value>(written).unwrap());
        }
        let numbers = [(1e21, "1e+21"), (-1.5e-7, "-1.5e-07"), (0.000_001, "0.000001"), (f64::NEG_INFINITY, "-Inf"), (0.0, "0")];
        for (value, written) in numbers {
            assert_eq!(exact(value), written);
        }
    }
}
