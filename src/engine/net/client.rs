//! The clients that requests are sent with: one for each way of reaching servers, each with its own connections.
//!
//! Certificates change while a room is open for days. Their files are looked at before each request, and read again when they
//! are others than before; connections that stand are then made anew.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::Resolve;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Url, redirect};

use super::http::root_cause;
use super::{NetError, Proxy, Reach};
use crate::time::Span;

/// A certificate file is a few kilobytes, the largest collection some hundred.
const FILE_MAX: u64 = 4 << 20;

#[derive(Default)]
pub(super) struct Clients {
    made: Mutex<HashMap<Kind, Made>>,
    /// Stands in for the machine's way to find hosts by their names.
    pub(super) resolver: Option<Arc<dyn Resolve>>,
}

struct Made {
    client: Client,
    /// How the certificate files were when they were read.
    files: Vec<Option<Mark>>,
    /// What lies there now can't be used, and it was said.
    told: bool,
}

/// What changes when a file is written or exchanged: its number, its time, its size.
type Mark = (u64, i64, i64, u64);

/// Connecting has its own time limit, and reqwest knows that only for each client as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    connect: Span,
    loopback: bool,
    /// Whether it may need the machine's certificates: reading them takes longer than many polls.
    certificates: bool,
    reach: Reach,
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    pub(super) fn client(&self, url: &Url, deadline: Span, reach: &Reach) -> Result<Client, NetError> {
        // A little short of the deadline, so that being unable to connect is told from silence after it.
        let loopback = is_loopback(url);
        let certificates = (!loopback || url.scheme() == "https") && reach.ca.is_none();
        let kind = Kind { connect: Span(deadline.0 * 9 / 10), loopback, certificates, reach: reach.clone() };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let files = marks(reach);
        let known = made.get_mut(&kind);
        if let Some(known) = known.as_ref().filter(|known| known.files == files) {
            return Ok(known.client.clone());
        }
        match (self.build(&kind), known) {
            (Ok(client), _) => {
                made.insert(kind, Made { client: client.clone(), files, told: false });
                Ok(client)
            }
            // Half of it may be exchanged just now: what was good serves on, and the files are tried again the next time.
            (Err(error), Some(known)) => {
                if !std::mem::replace(&mut known.told, true) {
                    tracing::warn!("certificates that were exchanged can't be used, the former serve on: {error}");
                }
                Ok(known.client.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    fn build(&self, kind: &Kind) -> Result<Client, NetError> {
        let mut builder = Client::builder()
            .user_agent(concat!("warroom/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(kind.connect.to_std());
        if let Some(resolver) = &self.resolver {
            builder = builder.dns_resolver(Arc::clone(resolver));
        }
        builder = through(builder, kind)?;
        builder = trusting(builder, kind)?;
        builder.build().map_err(|error| NetError::BadCall { cause: root_cause(&error) })
    }
}

fn through(builder: ClientBuilder, kind: &Kind) -> Result<ClientBuilder, NetError> {
    match &kind.reach.proxy {
        Proxy::Environment if !kind.loopback => Ok(builder),
        Proxy::Environment | Proxy::Never => Ok(builder.no_proxy()),
        Proxy::Through(url) => {
            // The address may hold a password, so that only the trouble is told.
            let proxy = reqwest::Proxy::all(url.as_str()).map_err(|_| bad("the proxy's address can't be read".to_owned()))?;
            Ok(builder.no_proxy().proxy(proxy))
        }
    }
}

fn trusting(mut builder: ClientBuilder, kind: &Kind) -> Result<ClientBuilder, NetError> {
    let Reach { ca, identity, insecure, .. } = &kind.reach;
    if !kind.certificates {
        let own = ca.as_deref().map(authorities).transpose()?.unwrap_or_default();
        builder = builder.tls_certs_only(own);
    }
    if let Some((certificate, key)) = identity {
        let mut pem = file(key, "key")?;
        pem.push(b'\n');
        pem.extend(file(certificate, "certificate")?);
        let what = || format!("{} and {} are no certificate with its key", certificate.display(), key.display());
        builder = builder.identity(Identity::from_pem(&pem).map_err(|_| bad(what()))?);
    }
    Ok(builder.tls_danger_accept_invalid_certs(*insecure))
}

/// Of each certificate file that is named, as it is now.
fn marks(reach: &Reach) -> Vec<Option<Mark>> {
    let files = reach.ca.iter().chain(reach.identity.iter().flat_map(|(certificate, key)| [certificate, key]));
    let mark = |file: fs::Metadata| (file.ino(), file.mtime(), file.mtime_nsec(), file.size());
    files.map(|path| fs::metadata(path).ok().map(mark)).collect()
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, NetError> {
    let found = Certificate::from_pem_bundle(&file(path, "ca")?).unwrap_or_default();
    if found.is_empty() {
        return Err(bad(format!("{} holds no certificate", path.display())));
    }
    Ok(found)
}

fn file(path: &Path, what: &str) -> Result<Vec<u8>, NetError> {
    let told = |cause: String| bad(format!("the {what} file {}: {cause}", path.display()));
    let size = fs::metadata(path).map_err(|error| told(error.to_string()))?.len();
    if size > FILE_MAX {
        return Err(told(format!("{} MiB are too many", size >> 20)));
    }
    fs::read(path).map_err(|error| told(error.to_string()))
}

fn bad(cause: String) -> NetError {
    NetError::BadCall { cause }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
