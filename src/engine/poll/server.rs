//! Asking a Prometheus server, and an Alertmanager.

use std::fmt::Write as _;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::Value;

use crate::engine::net::{Answer, Call, Net, NetError};
use crate::engine::poll::call::{ALERTS_MAX, is_page};
use crate::engine::poll::scrape::Judge;
use crate::engine::poll::{Found, Told};
use crate::id::MetricId;
use crate::measure::alerts::{Alerts, Count};
use crate::measure::reading::Reading;
use crate::measure::server;
use crate::room::event::Firing;
use crate::runbook::model::Method;
use crate::time::{Moment, Span};

/// Queries of one source that are under way at a time.
const AT_A_TIME: usize = 4;

/// The metrics of one server.
pub(super) struct Server {
    pub(super) queries: Vec<(MetricId, String)>,
    pub(super) counts: Vec<(MetricId, Result<Count, String>)>,
}

/// A query's answer: a reading, or that the server could not be asked at all.
type Asked = (MetricId, Result<server::Told, String>);

impl Server {
    /// Sends every query, and asks for the alerts where they are counted. `call` is to the server's own address.
    pub(super) async fn ask(&self, net: &dyn Net, call: &Call, judge: Judge<'_>, now: Moment, fresh_for: Span) -> Told {
        let ask = |(id, query): &(MetricId, String)| {
            let (id, call) = (id.clone(), query_call(call, query));
            async move { (id, one(net, call, judge, now, fresh_for).await) }
        };
        let asked: Vec<Asked> = stream::iter(self.queries.iter().map(ask)).buffered(AT_A_TIME).collect().await;
        let alerts = alerts(net, at(call, "/api/v1/alerts"), judge).await;
        let answered = alerts.is_ok() || asked.iter().any(|(_, asked)| asked.is_ok());
        let failed = asked.iter().find_map(|(_, asked)| asked.as_ref().err()).or(alerts.as_ref().err());
        if let (false, Some(why)) = (answered, failed) {
            return Err(why.clone());
        }
        let mut found = Found { status: 200, alerts: alerts.as_ref().ok().map(firing), ..Found::default() };
        for (id, asked) in asked {
            let told =
                asked.unwrap_or_else(|why| server::Told { reading: Reading::Missing(why), age: Span::ZERO, notes: Vec::new() });
            found.notes.extend(told.notes.into_iter().map(|note| format!("{id}: {note}")));
            found.ages.push((id.clone(), told.age));
            found.readings.push((id, told.reading));
        }
        found.readings.extend(count(&self.counts, &alerts));
        Ok(found)
    }
}

/// The alerts that an Alertmanager knows of.
pub(super) async fn alertmanager(
    net: &dyn Net,
    call: &Call,
    judge: Judge<'_>,
    counts: &[(MetricId, Result<Count, String>)],
) -> Told {
    let call = at(call, "/api/v2/alerts?active=true&silenced=false&inhibited=false&unprocessed=true");
    let answer = net.send(call).await.map_err(|error| error.to_string())?;
    usable(&answer, judge)?;
    let answer: Value = serde_json::from_slice(&answer.body).map_err(|error| format!("answered no valid JSON: {error}"))?;
    let alerts = Alerts::of_alertmanager(&answer)?;
    let firing = Some(firing(&alerts));
    Ok(Found { status: 200, readings: count(counts, &Ok(alerts)), alerts: firing, ..Found::default() })
}

fn firing(alerts: &Alerts) -> Firing {
    let (count, names) = alerts.critical();
    Firing { count, names }
}

fn count(counts: &[(MetricId, Result<Count, String>)], alerts: &Result<Alerts, String>) -> Vec<(MetricId, Reading)> {
    let reading = |count: &Result<Count, String>| match (count, alerts) {
        (Ok(count), Ok(alerts)) => count.of(alerts),
        (Err(why), _) => Reading::Invalid(why.clone()),
        (Ok(_), Err(why)) => Reading::Missing(why.clone()),
    };
    counts.iter().map(|(id, count)| (id.clone(), reading(count))).collect()
}

async fn one(net: &dyn Net, call: Call, judge: Judge<'_>, now: Moment, fresh_for: Span) -> Result<server::Told, String> {
    let answer = net.send(call).await.map_err(|error| match error {
        NetError::TooLarge { .. } => "the answer is too large: aggregate the series, e.g. sum(…)".to_owned(),
        error => error.to_string(),
    })?;
    // A server tells its errors with a status of their own, in the same form.
    if answer.status == 200 {
        judge(&answer).map_or(Ok(()), Err)?;
    }
    let fits = || answer.status == 200 || (is_an_error(answer.status) && matches!(server::data(&answer.body), Some(Err(_))));
    if let Some(told) = server::read(&answer.body, now, fresh_for).filter(|_| fits()) {
        return Ok(told);
    }
    usable(&answer, judge)?;
    Err("the answer is not that of a Prometheus server: does the address end before /api/v1?".to_owned())
}

async fn alerts(net: &dyn Net, call: Call, judge: Judge<'_>) -> Result<Alerts, String> {
    let answer = net.send(call).await.map_err(|error| error.to_string())?;
    usable(&answer, judge)?;
    let data = server::data(&answer.body).ok_or("the answer is not that of a Prometheus server")??;
    Alerts::of_prometheus(&data)
}

fn is_an_error(status: u16) -> bool {
    matches!(status, 400 | 422 | 500 | 503)
}

fn usable(answer: &Answer, judge: Judge<'_>) -> Result<(), String> {
    match judge(answer) {
        Some(why) => Err(why),
        None if is_page(answer) => Err("answered a web page, not JSON".to_owned()),
        None => Ok(()),
    }
}

fn at(call: &Call, path: &str) -> Call {
    Call { url: format!("{}{path}", call.url.trim_end_matches('/')), body_max: ALERTS_MAX, ..call.clone() }
}

fn query_call(call: &Call, query: &str) -> Call {
    let mut headers = call.headers.clone();
    headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    let body = format!("query={}&timeout={}ms", form(query), call.deadline.0);
    Call { method: Method::Post, body: Some(body), headers, body_max: call.body_max, ..at(call, "/api/v1/query") }
}

/// A value as forms write it.
fn form(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
