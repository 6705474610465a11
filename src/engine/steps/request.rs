//! A request from sending to its answer.

use indexmap::IndexMap;

use crate::engine::Outside;
use crate::engine::net::{Answer, BODY_MAX, Call, NetError, Reach, check_url};
use crate::engine::steps::capture::Captures;
use crate::engine::steps::report::Reporter;
use crate::engine::steps::{Cancelled, Job, expect};
use crate::room::event::{Done, Failure};
use crate::runbook::model::{Expect, Request};
use crate::runbook::template::{Template, Values};
use crate::time::{Moment, Span};

/// The deadline of a request whose step has no `timeout`.
const DEADLINE: Span = Span::MINUTE;

pub(super) async fn run(
    job: &Job,
    request: &Request,
    outside: &Outside,
    reporter: &mut Reporter,
    mut cancelled: Cancelled,
) -> Result<Done, Failure> {
    let call = call(job, request);
    check_url(&call.url).map_err(|error| Failure::Broken { what: error.to_string() })?;
    let clock = outside.clock.as_ref();
    reporter.print(format!("{} {}\n", request.method.word(), call.url).as_bytes(), clock.now()).await;
    reporter.flush(clock);
    let sent = tokio::select! {
        biased;
        () = cancelled.asked() => {
            reporter.say("warroom: asked to stop: the answer is not waited for; the request may have been carried out").await;
            return Err(Failure::Cancelled);
        }
        sent = outside.net.send(call) => sent,
    };
    match sent {
        Ok(answer) => {
            show(reporter, &answer, clock.now()).await;
            let judged = judge(&job.step.expect, &answer)?;
            let mut captures = Captures::new(&job.step.capture);
            captures.push(&answer.body);
            let values = captures.values(&job.setting.mask).map_err(|what| Failure::Unmet { what })?;
            if !values.is_empty() {
                reporter.captured(values).await;
            }
            Ok(judged)
        }
        Err(error) => {
            reporter.say(&format!("warroom: {error}")).await;
            Err(failure(job.step.timeout, &error))
        }
    }
}

fn call(job: &Job, request: &Request) -> Call {
    let values = &job.values;
    let mut headers = render_headers(&request.headers, values);
    let body = request.body.as_ref().map(|body| body.render(values));
    let is_told = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !is_told && body.as_deref().is_some_and(is_json) {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let redirect_is_meant = job.step.expect.status.is_some_and(|status| (300..400).contains(&status));
    Call {
        method: request.method,
        url: request.url.render(values),
        headers,
        body,
        deadline: job.step.timeout.unwrap_or(DEADLINE),
        body_max: BODY_MAX,
        accept: "*/*",
        follow: !redirect_is_meant,
        reach: Reach::default(),
    }
}

fn is_json(body: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok()
}

pub(in crate::engine) fn render_headers(headers: &IndexMap<String, Template>, values: &Values) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.clone(), value.render(values))).collect()
}

/// `HTTP 200 in 34 ms, 7 headers, 312 bytes of application/json`, and the body.
async fn show(reporter: &mut Reporter, answer: &Answer, now: Moment) {
    let kind = answer.content_type.as_deref().map(|kind| format!(" of {kind}")).unwrap_or_default();
    let Answer { status, headers_count, body, took, .. } = answer;
    let head = format!("HTTP {status} in {} ms, {headers_count} headers, {} bytes{kind}\n", took.0, body.len());
    reporter.print(head.as_bytes(), now).await;
    reporter.print(body, now).await;
}

fn judge(expect: &Expect, answer: &Answer) -> Result<Done, Failure> {
    let status = answer.status;
    match expect.status {
        Some(wanted) if wanted != status && status < 400 => {
            return Err(Failure::Unmet { what: format!("status {wanted} was expected, and it was {status}") });
        }
        Some(wanted) if wanted != status => return Err(Failure::Status { status }),
        None if status >= 400 => return Err(Failure::Status { status }),
        Some(_) | None => {}
    }
    match expect::unmet(expect, &answer.body) {
        Some(what) => Err(Failure::Unmet { what }),
        None => Ok(Done::Status { status }),
    }
}

/// A deadline that the plan set is a time-out; any other trouble is told in the network's words.
fn failure(timeout: Option<Span>, error: &NetError) -> Failure {
    if let (NetError::NoAnswer { .. }, Some(after)) = (error, timeout) {
        return Failure::TimedOut { after };
    }
    Failure::Broken { what: error.to_string() }
}
