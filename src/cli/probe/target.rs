//! Where the text comes from: an endpoint, a file, or standard input, each within a size.

use std::io::Read;
use std::sync::Arc;

use anyhow::Context;

use crate::engine::clock::SystemClock;
use crate::engine::net::{Call, HttpNet, Net};
use crate::time::Span;

/// The most that is read, in bytes.
const BODY_MAX: usize = 64 << 20;
/// How long an endpoint may take for everything.
const DEADLINE: Span = Span(30_000);

pub(super) struct Target {
    pub(super) body: Vec<u8>,
    pub(super) content_type: Option<String>,
}

impl Target {
    pub(super) fn read(name: &str, openmetrics: bool, clock: SystemClock) -> anyhow::Result<Self> {
        if name.starts_with("http://") || name.starts_with("https://") {
            return Self::fetch(name, openmetrics, clock);
        }
        let body = if name == "-" {
            read(std::io::stdin().lock()).context("can't read standard input")?
        } else {
            let file = std::fs::File::open(name).with_context(|| format!("can't read {name} (a URL starts with http://)"))?;
            read(file).with_context(|| format!("can't read {name}"))?
        };
        Ok(Self { body, content_type: None })
    }

    fn fetch(url: &str, openmetrics: bool, clock: SystemClock) -> anyhow::Result<Self> {
        let accept = if openmetrics {
            "application/openmetrics-text;version=1.0.0"
        } else {
            "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5"
        };
        let call = Call { body_max: BODY_MAX, accept, ..Call::get(url, DEADLINE) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("can't start the runtime")?;
        let answer = runtime.block_on(HttpNet::new(Arc::new(clock)).send(call)).with_context(|| format!("can't ask {url}"))?;
        if answer.status != 200 {
            anyhow::bail!("{url} answered status {}, not 200", answer.status);
        }
        Ok(Self { body: answer.body, content_type: answer.content_type })
    }
}

fn read(from: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    from.take(BODY_MAX as u64 + 1).read_to_end(&mut body)?;
    if body.len() > BODY_MAX { anyhow::bail!("it is larger than {} MiB", BODY_MAX >> 20) } else { Ok(body) }
}
