//! The clients that requests are sent with: one for each way of reaching servers, each with its own connections.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
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
    made: Mutex<HashMap<Kind, Client>>,
    /// Stands in for the machine's way to find hosts by their names.
    pub(super) resolver: Option<Arc<dyn Resolve>>,
}

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
        if let Some(client) = made.get(&kind) {
            return Ok(client.clone());
        }
        let client = self.build(&kind)?;
        made.insert(kind, client.clone());
        Ok(client)
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
