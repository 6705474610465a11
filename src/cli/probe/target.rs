//! Where the text comes from: an endpoint, a file, or standard input, each within a size.

use std::io::Read;
use std::sync::Arc;

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

use crate::cli::Usage;
use crate::engine::clock::SystemClock;
use crate::engine::net::{Call, HttpNet, Net};
use crate::measure::exposition::Dialect;
use crate::time::Span;

/// The most that is read, in bytes.
const BODY_MAX: usize = 64 << 20;
/// How long an endpoint may take for everything.
const DEADLINE: Span = Span(30_000);

/// What is read, once or again and again.
pub(super) struct Source {
    name: String,
    openmetrics: bool,
    /// Set for endpoints: their connection is kept.
    net: Option<HttpNet>,
    pub(super) runtime: Runtime,
}

pub(super) struct Target {
    pub(super) body: Vec<u8>,
    content_type: Option<String>,
    /// Whoever asks says that it is OpenMetrics.
    openmetrics: bool,
}

impl Target {
    pub(super) fn dialect(&self) -> Dialect {
        if self.openmetrics { Dialect::OpenMetrics } else { Dialect::told(self.content_type.as_deref(), &self.body) }
    }

    /// Whether it claims to be OpenMetrics. A file that only looks like it is read as leniently as the console reads it.
    pub(super) fn is_strict(&self) -> bool {
        self.openmetrics || (self.content_type.is_some() && self.dialect() == Dialect::OpenMetrics)
    }
}

impl Source {
    pub(super) fn new(name: &str, openmetrics: bool, clock: SystemClock) -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().context("can't start the runtime")?;
        let is_url = name.starts_with("http://") || name.starts_with("https://");
        let net = is_url.then(|| HttpNet::new(Arc::new(clock)));
        Ok(Self { name: name.to_owned(), openmetrics, net, runtime })
    }

    /// Standard input ends, and then there is nothing more to read.
    pub(super) fn check_readable_again(&self) -> Result<(), Usage> {
        if self.name == "-" {
            Err(Usage("--watch needs a URL or a file: standard input is read only once".to_owned()))
        } else {
            Ok(())
        }
    }

    pub(super) fn read(&mut self) -> anyhow::Result<Target> {
        let Self { name, openmetrics, .. } = self;
        let openmetrics = *openmetrics;
        if let Some(net) = &self.net {
            return fetch(name, openmetrics, net, &self.runtime);
        }
        let body = if name == "-" {
            read(std::io::stdin().lock()).context("can't read standard input")?
        } else {
            let file = std::fs::File::open(&*name).with_context(|| format!("can't read {name} (a URL starts with http://)"))?;
            read(file).with_context(|| format!("can't read {name}"))?
        };
        Ok(Target { body, content_type: None, openmetrics })
    }
}

fn fetch(url: &str, openmetrics: bool, net: &HttpNet, runtime: &Runtime) -> anyhow::Result<Target> {
    let accept = if openmetrics {
        "application/openmetrics-text;version=1.0.0"
    } else {
        "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5"
    };
    let call = Call { body_max: BODY_MAX, accept, ..Call::get(url, DEADLINE) };
    let answer = runtime.block_on(net.send(call)).with_context(|| format!("can't ask {url}"))?;
    if answer.status != 200 {
        anyhow::bail!("{url} answered status {}, not 200", answer.status);
    }
    Ok(Target { body: answer.body, content_type: answer.content_type, openmetrics })
}

fn read(from: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    from.take(BODY_MAX as u64 + 1).read_to_end(&mut body)?;
    anyhow::ensure!(body.len() <= BODY_MAX, "it is larger than {} MiB", BODY_MAX >> 20);
    Ok(body)
}
