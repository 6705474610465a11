//! Requests over the network, by reqwest.

use std::collections::HashMap;
use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use crate::engine::clock::Clock;
use crate::engine::net::{Answer, Call, Net, NetError, Stage, check_url};
use crate::runbook::model::Method;
use crate::time::Span;

/// Redirects followed within one host.
const REDIRECTS_MAX: usize = 5;

/// Keeps connections alive between requests; honours the environment's proxies, except on the way to this machine itself.
#[derive(Debug)]
pub struct HttpNet {
    clock: Arc<dyn Clock>,
    clients: Mutex<HashMap<ClientKind, Client>>,
}

/// Connecting has its own time limit, and reqwest knows that only for each client as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ClientKind {
    connect: Span,
    loopback: bool,
    /// Whether it may need the machine's certificates: reading them takes longer than many polls.
    certificates: bool,
}

impl HttpNet {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        // It is there already where the program made more than one of these.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { clock, clients: Mutex::default() }
    }

    fn client(&self, url: &Url, deadline: Span) -> Result<Client, NetError> {
        // A little short of the deadline, so that being unable to connect is told from silence after it.
        let loopback = is_loopback(url);
        let certificates = !loopback || url.scheme() == "https";
        let kind = ClientKind { connect: Span(deadline.0 * 9 / 10), loopback, certificates };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(kind.connect.to_std());
        if kind.loopback {
            builder = builder.no_proxy();
        }
        if !kind.certificates {
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| NetError::BadCall { cause: root_cause(&error) })?;
        clients.insert(kind, client.clone());
        Ok(client)
    }

    async fn fetch(&self, call: Call, reached: &Mutex<Stage>) -> Result<Answer, NetError> {
        let began = self.clock.now();
        let response = self.follow(&call).await?;
        *reached.lock().unwrap_or_else(PoisonError::into_inner) = Stage::Body;
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence);
        let (status, headers_count) = (response.status().as_u16(), response.headers().len());
        let body = read(response, call.body_max).await?;
        Ok(Answer { status, content_type, headers_count, body, took: self.clock.now() - began })
    }

    /// Sends the request, and again to where the same host redirects it.
    async fn follow(&self, call: &Call) -> Result<Response, NetError> {
        let mut url = parse(&call.url)?;
        let mut method = method(call.method);
        let mut body = call.body.clone();
        let headers = headers(call)?;
        for _ in 0..=REDIRECTS_MAX {
            let mut request = self.client(&url, call.deadline)?.request(method.clone(), url.clone()).headers(headers.clone());
            if let Some(body) = &body {
                request = request.body(body.clone());
            }
            let response = request.send().await.map_err(|error| explain(&error, &url, call.deadline))?;
            let Some(target) = redirect_of(&response, &url).filter(|_| call.follow) else { return Ok(response) };
            if !stays_home(&url, &target) {
                return Err(NetError::Elsewhere { target: address(&target) });
            }
            let repeats_as_it_was = matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            if !repeats_as_it_was && method != reqwest::Method::HEAD {
                (method, body) = (reqwest::Method::GET, None);
            }
            url = target;
        }
        Err(NetError::Redirects { max: REDIRECTS_MAX })
    }
}

impl Net for HttpNet {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Answer, NetError>> {
        Box::pin(async move {
            let after = call.deadline;
            // Made before the time runs: reading the machine's certificates is none of the server's slowness.
            self.client(&parse(&call.url)?, after)?;
            let deadline = self.clock.now() + after;
            let reached = Mutex::new(Stage::Waiting);
            tokio::select! {
                result = self.fetch(call, &reached) => result,
                () = self.clock.sleep_until(deadline) => {
                    let stage = *reached.lock().unwrap_or_else(PoisonError::into_inner);
                    Err(NetError::NoAnswer { after, stage })
                }
            }
        })
    }
}

/// The body, counted as it comes out of decompression, and given up as soon as it is too large.
async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, NetError> {
    let url = response.url().clone();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > max => return Err(NetError::TooLarge { max }),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(NetError::Broken { address: address(&url), cause: root_cause(&error) }),
        }
    }
}

fn parse(url: &str) -> Result<Url, NetError> {
    check_url(url)?;
    let parsed = Url::parse(url).map_err(|error| NetError::BadCall { cause: format!("`{url}` is no address: {error}") })?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(NetError::BadCall { cause: format!("`{url}` is neither an http nor an https address") });
    }
    Ok(parsed)
}

fn headers(call: &Call) -> Result<HeaderMap, NetError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(call.accept));
    for (name, value) in &call.headers {
        // The value may be a secret, so only the name is told.
        let bad = || NetError::BadCall { cause: format!("header `{name}` has characters that a header can't hold") };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| bad())?);
    }
    Ok(headers)
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn redirect_of(response: &Response, from: &Url) -> Option<Url> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| redirects)?;
    from.join(location.to_str().ok()?).ok()
}

/// Whether a redirect leads to the same server, so that what was meant for it (a token, say) may be sent there.
/// From http up to https on the usual ports is the same server; back down to http is not.
fn stays_home(from: &Url, to: &Url) -> bool {
    let same_port = from.port_or_known_default() == to.port_or_known_default();
    let upgrade = from.scheme() == "http" && to.scheme() == "https" && from.port().is_none() && to.port().is_none();
    from.host() == to.host() && ((from.scheme() == to.scheme() && same_port) || upgrade)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `text/html` of `Text/HTML; charset=utf-8`
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `host:port`: enough to find the server, and without the parts of an address in which tokens travel.
fn address(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

fn explain(error: &reqwest::Error, url: &Url, after: Span) -> NetError {
    let address = address(url);
    if error.is_timeout() && error.is_connect() {
        return NetError::NoAnswer { after, stage: Stage::Connecting };
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::ConnectionRefused {
                return NetError::Refused { address };
            }
            if let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                return NetError::Tls { address, cause: tls.to_string() };
            }
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return NetError::Tls { address, cause: tls.to_string() };
        }
        if cause.to_string().starts_with("dns error") {
            return NetError::UnknownHost { host: url.host_str().unwrap_or_default().to_owned() };
        }
        source = cause.source();
    }
    NetError::Broken { address, cause: root_cause(error) }
}

/// What lies at the bottom of an error: reqwest's own words name the address with all that is in it.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    crate::text::clean(&cause.to_string()).into_owned()
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
