//! Polling the sources, each by its own clock.
//!
//! For: one request in flight for each source, and after each an [`Event::SourcePolled`] with what it gave: a number or a
//! reason for every metric.
//! May not touch: the room, and what a reading means for a gate.
//! Start reading at [`pollers`], then [`run`].

mod reader;
mod scrape;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::engine::Outside;
use crate::engine::net::{Answer, BODY_MAX, Call, check_url};
use crate::engine::poll::reader::Reader;
use crate::engine::steps::Setting;
use crate::engine::steps::expect;
use crate::engine::steps::request::render_headers;
use crate::id::{MetricId, SourceId};
use crate::measure::reading::Reading;
use crate::room::event::{Event, Outcome};
use crate::runbook::model::{Method, Runbook, Source, SourceKind};
use crate::time::{Moment, Span};

/// The largest exposition: a busy exporter's is several megabytes.
const SCRAPE_MAX: usize = 16 * BODY_MAX;

/// However often a runbook asks, nobody is polled more often than this.
const EVERY_MIN: Span = Span(100);

/// What a poll brought, and when: what waited too long to be taken in is no news any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Polled {
    pub at: Moment,
    pub event: Event,
}

/// One source with what is read from it.
pub struct Poller {
    id: SourceId,
    source: Source,
    setting: Arc<Setting>,
    reader: Reader,
    /// Whether it was up the last time, for the diagnostics: a change is worth a line, a poll is not.
    was_up: Option<bool>,
}

/// A poller for each source of the runbook.
pub fn pollers(runbook: &Runbook, setting: &Arc<Setting>) -> Vec<Poller> {
    let poller = |(id, source): (&SourceId, &Source)| Poller {
        id: id.clone(),
        source: source.clone(),
        setting: Arc::clone(setting),
        reader: Reader::new(&source.kind, runbook.metrics.iter().filter(|(_, metric)| metric.source == *id)),
        was_up: None,
    };
    runbook.sources.iter().map(poller).collect()
}

/// Polls until nobody listens any more. A poll that takes longer than the interval skips the ticks it missed.
pub async fn run(mut poller: Poller, outside: Outside, polls: mpsc::Sender<Polled>) {
    let clock = Arc::clone(&outside.clock);
    let mut tick = clock.now();
    loop {
        let poll = async {
            clock.sleep_until(tick).await;
            poller.poll(&outside).await
        };
        let event = tokio::select! {
            event = poll => event,
            () = polls.closed() => return,
        };
        if polls.send(Polled { at: clock.now(), event }).await.is_err() {
            return;
        }
        tick = next_tick(tick, poller.source.every, clock.now());
    }
}

/// The first tick after `now`, in step with the ones before.
fn next_tick(tick: Moment, every: Span, now: Moment) -> Moment {
    let every = every.max(EVERY_MIN);
    let missed = (now - tick).or_zero().0 / every.0;
    tick + Span(every.0.saturating_mul(missed + 1))
}

impl Poller {
    /// Asks the source once.
    pub async fn poll(&mut self, outside: &Outside) -> Event {
        let began = outside.clock.now();
        let call = self.call();
        let sent = match check_url(&call.url) {
            Ok(()) => outside.net.send(call).await,
            Err(error) => Err(error),
        };
        let now = outside.clock.now();
        let read = match sent {
            Ok(answer) => self.read(&answer, now).map(|readings| (answer.status, readings)),
            Err(error) => Err(error.to_string()),
        };
        let (outcome, readings) = match read {
            Ok((status, readings)) => (Outcome::Up { status }, readings),
            Err(why) => self.down(&why, now),
        };
        self.note(&outcome);
        Event::SourcePolled { source: self.id.clone(), took: now - began, outcome, readings }
    }

    fn call(&self) -> Call {
        let values = &self.setting.values;
        let (accept, body_max) = match self.source.kind {
            SourceKind::Health { .. } => ("*/*", BODY_MAX),
            SourceKind::Scrape { .. } => {
                ("text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5", SCRAPE_MAX)
            }
            SourceKind::Json { .. } => ("application/json", BODY_MAX),
        };
        Call {
            method: Method::Get,
            url: self.source.kind.url().render(values),
            headers: render_headers(&self.source.headers, values),
            body: None,
            deadline: self.source.deadline,
            body_max,
            accept,
            follow: !self.source.expect.status.is_some_and(|status| (300..400).contains(&status)),
        }
    }

    /// What the answer says of each metric, or why it is no answer.
    fn read(&mut self, answer: &Answer, now: Moment) -> Result<Vec<(MetricId, Reading)>, String> {
        let expect = &self.source.expect;
        let wanted = expect.status.unwrap_or(200);
        if answer.status != wanted {
            return Err(format!("status {}, not {wanted}", answer.status));
        }
        if let Some(what) = expect::unmet(expect, &answer.body) {
            return Err(what);
        }
        let mut readings = self.reader.read(answer, now)?;
        // What a source says of itself may hold a secret that it was asked with.
        for (_, reading) in &mut readings {
            if let Reading::Missing(words) | Reading::Invalid(words) = reading {
                *words = self.setting.mask.text(words);
            }
        }
        Ok(readings)
    }

    /// Without an answer every metric is missing, for the same reason.
    fn down(&mut self, why: &str, now: Moment) -> (Outcome, Vec<(MetricId, Reading)>) {
        let why = crate::text::clean_line(&self.setting.mask.text(why)).into_owned();
        let readings = self.reader.missed(&why, now);
        (Outcome::Down { why }, readings)
    }

    fn note(&mut self, outcome: &Outcome) {
        let is_up = matches!(outcome, Outcome::Up { .. });
        if self.was_up.replace(is_up) == Some(is_up) {
            return;
        }
        match outcome {
            Outcome::Up { status } => tracing::info!("{} answers: status {status}", self.id),
            Outcome::Down { why } => tracing::warn!("{} is down: {why}", self.id),
        }
    }
}
