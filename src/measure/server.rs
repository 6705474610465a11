//! What a Prometheus server answers to a query: the one number, or why there is none.
//!
//! For: `prometheus` sources. May not touch: sockets; the answer's body is handed in, already bounded.

use serde::Deserialize;
use serde_json::Value;

use crate::measure::reading::Reading;
use crate::text;
use crate::time::{Moment, Span};

/// How far ahead of this machine's clock a server may be.
const AHEAD_MAX: Span = Span(10 * 60_000);

/// The columns of a server's own words that are quoted.
const QUOTED_WIDTH: usize = 200;

/// A reading, and what the server had to say about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub reading: Reading,
    /// How long before it was taken in it was evaluated, says the server.
    pub age: Span,
    /// Warnings and infos, in the server's words.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

/// Reads the body of `/api/v1/query`; `None` when it is no such answer at all. A number that was evaluated longer than
/// `fresh_for` before `now` is late, and a late number is none.
pub fn read(body: &[u8], now: Moment, fresh_for: Span) -> Option<Told> {
    let reply: Reply = serde_json::from_slice(body).ok()?;
    let notes = reply.warnings.iter().chain(&reply.infos).map(|words| quote(words)).collect();
    let (reading, age) = match reply.status.as_str() {
        "success" => result(&reply.data, now, fresh_for),
        "error" => none(Reading::Invalid(format!("the server says {}: {}", quote(&reply.error_type), quote(&reply.error)))),
        _ => return None,
    };
    Some(Told { reading, age, notes })
}

/// The data of another answer of the same API, or the error in it.
pub fn data(body: &[u8]) -> Option<Result<Value, String>> {
    let reply: Reply = serde_json::from_slice(body).ok()?;
    match reply.status.as_str() {
        "success" => Some(Ok(reply.data)),
        "error" => Some(Err(format!("the server says {}: {}", quote(&reply.error_type), quote(&reply.error)))),
        _ => None,
    }
}

fn none(reading: Reading) -> (Reading, Span) {
    (reading, Span::ZERO)
}

fn result(data: &Value, now: Moment, fresh_for: Span) -> (Reading, Span) {
    let result = &data["result"];
    match data["resultType"].as_str() {
        Some("scalar") => point(result, now, fresh_for),
        Some("vector") => match result.as_array().map(Vec::as_slice) {
            Some([]) => none(Reading::Missing("the server found nothing".to_owned())),
            Some([only]) if only.get("histogram").is_some() => none(Reading::Invalid("a histogram, not a number".to_owned())),
            Some([only]) => point(&only["value"], now, fresh_for),
            Some(several) => none(Reading::Invalid(format!("{} series; aggregate them, e.g. sum(…)", several.len()))),
            None => odd(),
        },
        Some("matrix") => none(Reading::Invalid("a range of values, not one: put a function around it, e.g. rate(…)".to_owned())),
        Some("string") => none(Reading::Invalid("a text, not a number".to_owned())),
        Some(_) | None => odd(),
    }
}

fn odd() -> (Reading, Span) {
    none(Reading::Invalid("the server's answer has no result in it".to_owned()))
}

/// `[1435781451.781, "0.25"]`
fn point(point: &Value, now: Moment, fresh_for: Span) -> (Reading, Span) {
    let value = point[1].as_str().and_then(|value| value.parse::<f64>().ok());
    let (Some(at), Some(value)) = (point[0].as_f64(), value) else { return odd() };
    let at = Moment((at * 1_000.0).round() as i64);
    let reading = if now - at > fresh_for {
        Reading::Missing(format!("the server's answer is {} old: a copy, or its clock is wrong", now - at))
    } else if at - now > AHEAD_MAX {
        Reading::Missing(format!("the server's clock is {} ahead", at - now))
    } else if value.is_nan() {
        Reading::Invalid("not a number (NaN)".to_owned())
    } else if value.is_infinite() {
        Reading::Invalid(format!("infinite ({})", if value > 0.0 { "+Inf" } else { "-Inf" }))
    } else {
        Reading::Number(value)
    };
    (reading, (now - at).or_zero())
}

fn quote(words: &str) -> String {
    text::clip(&text::clean_line(words), QUOTED_WIDTH).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_000_000);

    fn told(body: &str) -> Told {
        read(body.as_bytes(), NOW, Span::seconds(10)).unwrap()
    }

    fn vector(elements: &str) -> Reading {
        told(&format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{elements}]}}}}"#)).reading
    }

    #[test]
    fn one_element_is_the_number_and_anything_else_a_reason() {
        let element = |at: &str, value: &str| format!(r#"{{"metric":{{"job":"app"}},"value":[{at},"{value}"]}}"#);
        let invalid = |why: &str| Reading::Invalid(why.to_owned());
        assert_eq!(vector(&element("1000.0", "0.25")), Reading::Number(0.25));
        assert_eq!(vector(""), Reading::Missing("the server found nothing".to_owned()));
        let two = [element("1000", "1"), element("1000", "2")].join(",");
        assert_eq!(vector(&two), invalid("2 series; aggregate them, e.g. sum(…)"));
        assert_eq!(vector(&element("1000", "NaN")), invalid("not a number (NaN)"));
        assert_eq!(vector(&element("1000", "-Inf")), invalid("infinite (-Inf)"));
        assert_eq!(vector(&element("1000", "0,5")), invalid("the server's answer has no result in it"));
        assert_eq!(vector(r#"{"metric":{},"histogram":[1000,{}]}"#), invalid("a histogram, not a number"));
        let scalar = told(r#"{"status":"success","data":{"resultType":"scalar","result":[1000,"7"]}}"#);
        assert_eq!(scalar.reading, Reading::Number(7.0));
    }

    #[test]
    fn an_answer_evaluated_long_ago_or_far_ahead_is_no_number() {
        let at = |at: &str| vector(&format!(r#"{{"metric":{{}},"value":[{at},"1"]}}"#));
        assert_eq!(at("990"), Reading::Number(1.0));
        let told = told(r#"{"status":"success","data":{"resultType":"scalar","result":[993,"1"]}}"#);
        assert_eq!((told.reading, told.age), (Reading::Number(1.0), Span::seconds(7)), "the age of the number, not of the poll");
        assert!(matches!(at("989"), Reading::Missing(why) if why.starts_with("the server's answer is 0:11 old")));
        assert!(matches!(at("1601"), Reading::Missing(why) if why == "the server's clock is 10:01 ahead"));
    }

    #[test]
    fn errors_and_warnings_are_told_in_the_servers_words() {
        let failed = told(r#"{"status":"error","errorType":"bad_data","error":"parse error:\u001b[2J unexpected"}"#);
        assert_eq!(failed.reading, Reading::Invalid("the server says bad_data: parse error:\\e[2J unexpected".to_owned()));
        let warned = r#"{"status":"success","warnings":["partial"],"infos":["not a counter"],"data":{"resultType":"scalar","result":[1000,"1"]}}"#;
        assert_eq!(told(warned).notes, ["partial", "not a counter"]);
        assert_eq!(read(b"<html>", NOW, Span::SECOND), None);
    }
}
