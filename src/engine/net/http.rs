//! Requests over the network, by reqwest.

use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use reqwest::header::{
    ACCEPT, AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    TRANSFER_ENCODING,
};
use reqwest::{Client, Response, StatusCode, Url};

use crate::engine::clock::Clock;
use crate::engine::net::client::Clients;
use crate::engine::net::{Answer, Call, Intake, Net, NetError, Stage, check_url};
use crate::runbook::model::Method;
use crate::time::{Moment, Span};

/// Redirects followed within one host.
const REDIRECTS_MAX: usize = 5;

/// Keeps connections alive between requests.
#[derive(Debug)]
pub struct HttpNet {
    clock: Arc<dyn Clock>,
    clients: Clients,
}

/// Where a request goes, and by which client.
type Way = (Url, Client);

impl HttpNet {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        // It is there already where the program made more than one of these.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { clock, clients: Clients::default() }
    }

    /// Finds hosts by their names in another way than the machine does.
    #[cfg(test)]
    pub(in crate::engine) fn resolving(mut self, resolver: Arc<dyn reqwest::dns::Resolve>) -> Self {
        self.clients.resolver = Some(resolver);
        self
    }

    async fn fetch(&self, call: Call, way: Way, reached: &Mutex<Stage>, intake: &mut dyn Intake) -> Result<Answer, NetError> {
        let began = self.clock.now();
        let response = self.follow(&call, way).await?;
        *reached.lock().unwrap_or_else(PoisonError::into_inner) = Stage::Body;
        // Of what has changed something the answer is told, however its body is written.
        if call.method == Method::Get {
            check_coding(&response)?;
        }
        let mut answer = head(&response);
        intake.head(&answer).map_err(|why| NetError::Unwanted { why })?;
        read(response, call.body_max, intake).await?;
        answer.took = self.clock.now() - began;
        Ok(answer)
    }

    /// Sends the request, and again to where the same host redirects it.
    async fn follow(&self, call: &Call, way: Way) -> Result<Response, NetError> {
        let (mut url, mut client) = way;
        let mut method = method(call.method);
        let mut body = call.body.clone();
        for _ in 0..=REDIRECTS_MAX {
            let mut request = client.request(method.clone(), url.clone()).headers(headers(call)?);
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
            client = self.clients.client(&target, call.deadline, &call.reach)?;
            url = target;
        }
        Err(NetError::Redirects { max: REDIRECTS_MAX })
    }
}

impl Net for HttpNet {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Answer, NetError>> {
        Box::pin(async move {
            let mut whole = Whole(Vec::new());
            let answer = self.stream(call, &mut whole).await?;
            Ok(Answer { body: whole.0, ..answer })
        })
    }

    fn stream<'a>(&'a self, call: Call, intake: &'a mut dyn Intake) -> BoxFuture<'a, Result<Answer, NetError>> {
        Box::pin(async move {
            let after = call.deadline;
            // Made before the time runs: reading the machine's certificates is none of the server's slowness.
            let url = parse(&call.url)?;
            let client = self.clients.client(&url, after, &call.reach)?;
            let deadline = self.clock.now() + after;
            let reached = Mutex::new(Stage::Waiting);
            tokio::select! {
                result = self.fetch(call, (url, client), &reached, intake) => result,
                () = self.clock.sleep_until(deadline) => {
                    let stage = *reached.lock().unwrap_or_else(PoisonError::into_inner);
                    Err(NetError::NoAnswer { after, stage })
                }
            }
        })
    }
}

/// A body that is wanted as a whole.
struct Whole(Vec<u8>);

impl Intake for Whole {
    fn head(&mut self, _: &Answer) -> Result<(), String> {
        Ok(())
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Whether the body can be read: only gzip was asked for, and is decoded on the way.
fn check_coding(response: &Response) -> Result<(), NetError> {
    let Some(coding) = response.headers().get(CONTENT_ENCODING) else { return Ok(()) };
    if ["identity", "gzip", "x-gzip"].iter().any(|known| coding.as_bytes().eq_ignore_ascii_case(known.as_bytes())) {
        return Ok(());
    }
    let why = format!("its body is encoded as {}, which was not asked for", String::from_utf8_lossy(coding.as_bytes()));
    Err(NetError::Unwanted { why })
}

/// What is known of an answer before its body.
fn head(response: &Response) -> Answer {
    let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    let dated = text(DATE).and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok());
    Answer {
        status: response.status().as_u16(),
        content_type: text(CONTENT_TYPE).map(essence),
        headers_count: response.headers().len(),
        age: text(AGE).and_then(|age| age.trim().parse::<u32>().ok()).map(|age| Span::seconds(i64::from(age))),
        dated: dated.map(|date| Moment(date.timestamp_millis())),
        is_bounded: [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| response.headers().contains_key(name)),
        body: Vec::new(),
        took: Span::ZERO,
    }
}

/// Hands the body on, counted as it comes out of decompression, and given up as soon as it is too large.
async fn read(mut response: Response, max: usize, intake: &mut dyn Intake) -> Result<(), NetError> {
    let mut read = 0;
    if response.content_length().is_some_and(|length| length > max as u64) {
        return Err(NetError::TooLarge { max });
    }
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if read + chunk.len() > max => return Err(NetError::TooLarge { max }),
            Ok(Some(chunk)) => {
                read += chunk.len();
                intake.chunk(&chunk).map_err(|why| NetError::Unwanted { why })?;
            }
            Ok(None) => return Ok(()),
            Err(error) => return Err(explain(&error, response.url(), Span::ZERO)),
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
        if cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
            return NetError::Refused { address };
        }
        if let Some(tls) = tls_error(cause) {
            return NetError::Tls { address, cause: distrust(tls) };
        }
        if cause.to_string().starts_with("dns error") {
            return NetError::UnknownHost { host: url.host_str().unwrap_or_default().to_owned() };
        }
        source = cause.source();
    }
    NetError::Broken { address, cause: root_cause(error) }
}

/// The error of the handshake, which lies inside of others: `source` leads past what an I/O error wraps.
fn tls_error<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    let within = || error.downcast_ref::<io::Error>()?.get_ref().and_then(|inner| tls_error(inner));
    error.downcast_ref().or_else(within)
}

/// What is wrong with a certificate, for the person who is to put it right.
fn distrust(error: &rustls::Error) -> String {
    use rustls::{AlertDescription, CertificateError as Flaw, Error};
    let words = match error {
        Error::InvalidCertificate(Flaw::Expired | Flaw::ExpiredContext { .. }) => "the certificate has expired",
        Error::InvalidCertificate(Flaw::NotValidYet | Flaw::NotValidYetContext { .. }) => "the certificate is not valid yet",
        Error::InvalidCertificate(Flaw::NotValidForName | Flaw::NotValidForNameContext { .. }) => {
            "the certificate is for another host"
        }
        Error::InvalidCertificate(Flaw::UnknownIssuer | Flaw::BadSignature) => {
            "nobody trusted here has issued the certificate; `ca:` names who is trusted"
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server wants a certificate from here: `cert:` and `key:`"
        }
        other => return other.to_string(),
    };
    words.to_owned()
}

/// What lies at the bottom of an error: reqwest's own words name the address with all that is in it.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    crate::text::clean(&cause.to_string()).into_owned()
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
#[cfg(test)]
pub(in crate::engine) use tests::gzip_of_zeros;
#[cfg(test)]
#[path = "tls_tests.rs"]
mod tls_tests;
