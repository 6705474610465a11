//! The request that asks a source.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::engine::net::{self, Answer, BODY_MAX, Call, Reach};
use crate::engine::poll::dates::Dates;
use crate::engine::steps::mask::{BASE64, base64};
use crate::engine::steps::request::render_headers;
use crate::runbook::model::{Access, Auth, Method, Proxy, Source, SourceKind};
use crate::runbook::template::{Template, Values};
use crate::time::{Moment, Span};

/// The largest exposition. It is read as it comes, so that this bounds the work and not the memory.
const SCRAPE_MAX: usize = 64 * BODY_MAX;

/// The largest list of alerts.
pub(super) const ALERTS_MAX: usize = 8 * BODY_MAX;

/// Clocks are allowed to differ by this much before an answer is taken to be old by its date.
const CLOCKS_APART: Span = Span(5 * 60_000);

pub(super) fn call(source: &Source, url: String, values: &Values) -> Call {
    let (accept, body_max) = match source.kind {
        SourceKind::Health { .. } => ("*/*", BODY_MAX),
        SourceKind::Scrape { .. } => ("text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5", SCRAPE_MAX),
        SourceKind::Alertmanager { .. } => ("application/json", ALERTS_MAX),
        SourceKind::Json { .. } | SourceKind::Prometheus { .. } | SourceKind::Script { .. } => ("application/json", BODY_MAX),
    };
    let mut headers = render_headers(&source.headers, values);
    headers.extend(source.access.auth.as_ref().map(|auth| ("Authorization".to_owned(), authorization(auth, values))));
    Call {
        method: Method::Get,
        url,
        headers,
        body: None,
        deadline: source.deadline,
        body_max,
        accept,
        follow: !source.expect.status.is_some_and(|status| (300..400).contains(&status)),
        reach: reach(&source.access, values),
    }
}

fn authorization(auth: &Auth, values: &Values) -> String {
    match auth {
        Auth::Bearer(token) => format!("Bearer {}", token.render(values)),
        Auth::Basic { user, password } => {
            let encoded = base64(format!("{}:{}", user.render(values), password.render(values)).as_bytes(), BASE64);
            format!("Basic {encoded}{}", "=".repeat(encoded.len().next_multiple_of(4) - encoded.len()))
        }
    }
}

fn reach(access: &Access, values: &Values) -> Reach {
    let file = |path: &Template| PathBuf::from(path.render(values));
    Reach {
        ca: access.ca.as_ref().map(file),
        identity: access.identity.as_ref().map(|(certificate, key)| (file(certificate), file(key))),
        insecure: access.insecure,
        proxy: match &access.proxy {
            Proxy::Environment => net::Proxy::Environment,
            Proxy::Never => net::Proxy::Never,
            Proxy::Through(url) => net::Proxy::Through(url.render(values)),
        },
    }
}

/// Why an answer is none, by what stands before its body: another status than the wanted one, or a copy from long ago.
pub(super) fn unusable(source: &Source, answer: &Answer, dates: &Mutex<Dates>, now: Moment, wall: Moment) -> Option<String> {
    let wanted = source.expect.status.unwrap_or(200);
    if answer.status != wanted {
        return Some(format!("status {}, not {wanted}", answer.status));
    }
    if let Some(age) = answer.age.filter(|age| *age > source.fresh_for()) {
        return Some(format!("the answer lay in a cache for {age}"));
    }
    let said = answer.dated?;
    let old = wall - said;
    if old > source.fresh_for().max(CLOCKS_APART) {
        return Some(format!("the answer is dated {old} ago: a copy, or a wrong clock"));
    }
    let behind = dates.lock().unwrap_or_else(PoisonError::into_inner).behind(said, now, source.fresh_for());
    behind.map(|behind| format!("the answer is {behind} old, its Date does not go on: a copy, or a clock that stands still"))
}

/// A proxy's or a login's page comes with status 200 as well.
pub(super) fn is_page(answer: &Answer) -> bool {
    let told = answer.content_type.as_deref().is_some_and(|kind| matches!(kind, "text/html" | "application/xhtml+xml"));
    told || answer.body.trim_ascii_start().starts_with(b"<")
}
