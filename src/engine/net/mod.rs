//! The network seam: one request, one answer, within one deadline and one size.
//!
//! For: what is polled and what `http` steps send.
//! May not touch: what an answer means; that is for `poll` and `steps`.
//! Start reading at [`Net`]; `http` speaks to the world, `fake` plays it.

mod client;
mod fake;
mod http;

use std::fmt;
use std::path::PathBuf;

use futures_util::future::BoxFuture;

use crate::runbook::model::Method;
use crate::time::{Moment, Span};

pub use fake::FakeNet;
pub use http::HttpNet;
#[cfg(test)]
pub(in crate::engine) use http::gzip_of_zeros;

/// What an answer's body may hold, unless the caller says otherwise.
pub const BODY_MAX: usize = 1024 * 1024;

pub trait Net: Send + Sync + fmt::Debug + 'static {
    /// The answer with its whole body.
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Answer, NetError>>;

    /// Hands the body on as it comes, so that it is nowhere held as a whole; the answer is without it.
    fn stream<'a>(&'a self, call: Call, intake: &'a mut dyn Intake) -> BoxFuture<'a, Result<Answer, NetError>>;
}

/// What takes a body in bit by bit.
pub trait Intake: Send {
    /// The answer is there as far as it is known before its body. An error says why the body is not wanted.
    fn head(&mut self, answer: &Answer) -> Result<(), String>;

    /// The next bytes. An error says why no more are wanted.
    fn chunk(&mut self, bytes: &[u8]) -> Result<(), String>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// For connecting, headers and body together.
    pub deadline: Span,
    /// The most bytes the body may have, after decompression.
    pub body_max: usize,
    /// What the `Accept` header asks for.
    pub accept: &'static str,
    /// Whether redirects within the same host are followed. Where they are not, the redirect is the answer.
    pub follow: bool,
    pub reach: Reach,
}

/// On which way a server is reached, and whom one trusts to be it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reach {
    /// A file with the certificates that are trusted instead of the machine's.
    pub ca: Option<PathBuf>,
    /// What this side shows for itself: a file with its certificate and one with the key to it.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Any certificate will do.
    pub insecure: bool,
    pub proxy: Proxy,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// What the environment says (`HTTPS_PROXY`, `NO_PROXY` and the like), and none on the way to this machine itself.
    #[default]
    Environment,
    Never,
    Through(String),
}

impl Call {
    pub fn get(url: &str, deadline: Span) -> Self {
        Self {
            method: Method::Get,
            url: url.to_owned(),
            headers: Vec::new(),
            body: None,
            deadline,
            body_max: BODY_MAX,
            accept: "*/*",
            follow: true,
            reach: Reach::default(),
        }
    }
}

/// Refuses an address that holds what nobody writes into one on purpose. A URL parser takes such characters out without a
/// word, and so asks another address than the one that was put together. The address itself may hold a secret and is not told.
pub fn check_url(url: &str) -> Result<(), NetError> {
    let cause = match url {
        "" => "the address is empty",
        url if url.chars().any(char::is_control) => {
            "the address holds a line end or another control character; look at the variables in it"
        }
        url if url.trim().len() < url.len() => "the address begins or ends with a space; look at the variables in it",
        _ => return Ok(()),
    };
    Err(NetError::BadCall { cause: cause.to_owned() })
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Without its parameters, in lower case: `text/html`.
    pub content_type: Option<String>,
    pub headers_count: usize,
    /// How long it lay in caches on its way, as they say.
    pub age: Option<Span>,
    /// When the server says that it gave it, by the server's clock.
    pub dated: Option<Moment>,
    /// How long the body is was said: one that breaks off is noticed. Otherwise it ends where the connection does.
    pub is_bounded: bool,
    pub body: Vec<u8>,
    pub took: Span,
}

/// Why there is no answer. The first words are short: a gauge shows them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    #[error("no answer within {} ({stage})", short(*.after))]
    NoAnswer { after: Span, stage: Stage },
    #[error("connection refused by {address}")]
    Refused { address: String },
    #[error("host not found: {host}")]
    UnknownHost { host: String },
    #[error("body larger than {}", size(*.max))]
    TooLarge { max: usize },
    #[error("redirected to {target}: refused, it is another host")]
    Elsewhere { target: String },
    #[error("redirected more than {max} times")]
    Redirects { max: usize },
    #[error("TLS failed with {address}: {cause}")]
    Tls { address: String, cause: String },
    #[error("connection broken by {address}: {cause}")]
    Broken { address: String, cause: String },
    /// Whoever takes the body in does not want it.
    #[error("{why}")]
    Unwanted { why: String },
    #[error("bad request: {cause}")]
    BadCall { cause: String },
}

/// How far a request came before its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Connecting,
    Waiting,
    Body,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting => "connecting",
            Self::Waiting => "connected, but silent",
            Self::Body => "the body stopped halfway",
        })
    }
}

/// `3s`, `500ms`, `1m30s`: a deadline as a runbook writes it.
fn short(span: Span) -> String {
    humantime::format_duration(span.to_std()).to_string().replace(' ', "")
}

/// `1 MiB`, `64 KiB`, `10 bytes`
fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match bytes {
        b if b >= MIB && b % MIB == 0 => format!("{} MiB", b / MIB),
        b if b >= KIB && b % KIB == 0 => format!("{} KiB", b / KIB),
        b => format!("{b} bytes"),
    }
}
