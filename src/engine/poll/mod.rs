//! Polling the sources, each by its own clock.
//!
//! For: one request in flight for each source, and after each an [`Event::SourcePolled`] with what it gave: a number or a
//! reason for every metric.
//! May not touch: the room, and what a reading means for a gate.
//! Start reading at [`pollers`], then [`run`].

mod call;
mod dates;
mod place;
mod reader;
mod scrape;
mod script;
mod server;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

use std::future::pending;
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};

use crate::engine::Outside;
use crate::engine::net::{Answer, Call, check_url};
use crate::engine::poll::dates::Dates;
use crate::engine::poll::reader::Paths;
use crate::engine::poll::scrape::Scraper;
use crate::engine::poll::script::{Script, Way};
use crate::engine::poll::server::Server;
use crate::engine::steps::Setting;
use crate::engine::steps::expect;
use crate::id::{MetricId, PhaseId, SourceId};
use crate::measure::alerts::Count;
use crate::measure::metric::{Metric, Query};
use crate::measure::output;
use crate::measure::reading::Reading;
use crate::room::event::{Event, Firing, Outcome};
use crate::runbook::model::{Runbook, Source, SourceKind};
use crate::time::{Moment, Span};

pub use place::Place;

/// However often a runbook asks, nobody is polled more often than this.
const EVERY_MIN: Span = Span(100);

/// What a source says beside its numbers: so many notes of so many columns.
const NOTES_MAX: usize = 5;
const NOTE_WIDTH: usize = 200;

/// A number that is younger when it is taken in is as old as its poll.
const AGE_TOLD: Span = Span(1_000);

/// What one poll found, or why it found nothing.
type Told = Result<Found, String>;

#[derive(Debug, Default)]
struct Found {
    status: u16,
    readings: Vec<(MetricId, Reading)>,
    /// How old each number is by its own account.
    ages: Vec<(MetricId, Span)>,
    notes: Vec<String>,
    alerts: Option<Firing>,
}

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
    /// The source's metrics, for when it says nothing.
    metrics: Vec<MetricId>,
    asks: Asks,
    place: watch::Receiver<Option<PhaseId>>,
    /// The phase whose address was asked last, where it is not the usual one.
    during: Option<PhaseId>,
    dates: Mutex<Dates>,
    /// Whether it was up the last time, for the diagnostics: a change is worth a line, a poll is not.
    was_up: Option<bool>,
}

/// How each kind of source is asked.
enum Asks {
    Health(Paths),
    Scrape(Box<Scraper>),
    Json(Paths),
    Prometheus(Server),
    Alertmanager(Vec<(MetricId, Result<Count, String>)>),
    Script(Script),
}

/// A poller for each source of the runbook; `place` is where the deployment stands.
pub fn pollers(runbook: &Runbook, setting: &Arc<Setting>, place: &Place) -> Vec<Poller> {
    let poller = |(id, source): (&SourceId, &Source)| {
        let metrics: Vec<_> = runbook.metrics.iter().filter(|(_, metric)| metric.asks(id)).collect();
        Poller::new(id, source, &metrics, setting, place)
    };
    runbook.sources.iter().map(poller).collect()
}

/// Polls until nobody listens any more. A poll that takes longer than the interval skips the ticks it missed.
pub async fn run(mut poller: Poller, outside: Outside, polls: mpsc::Sender<Polled>) {
    let clock = Arc::clone(&outside.clock);
    let mut tick = clock.now();
    loop {
        let poll = async {
            tokio::select! {
                biased;
                () = clock.sleep_until(tick) => {}
                () = poller.moved() => {}
            }
            poller.poll(&outside).await
        };
        let event = tokio::select! {
            biased;
            event = poll => event,
            () = polls.closed() => return,
        };
        if polls.send(Polled { at: clock.now(), event }).await.is_err() {
            return;
        }
        if clock.now() >= tick {
            tick = next_tick(tick, poller.source.every, clock.now());
        }
    }
}

/// The first tick after `now`, in step with the ones before.
fn next_tick(tick: Moment, every: Span, now: Moment) -> Moment {
    let every = every.max(EVERY_MIN);
    let missed = (now - tick).or_zero().0 / every.0;
    tick + Span(every.0.saturating_mul(missed + 1))
}

impl Poller {
    fn new(id: &SourceId, source: &Source, metrics: &[(&MetricId, &Metric)], setting: &Arc<Setting>, place: &Place) -> Self {
        Self {
            id: id.clone(),
            asks: asks(id, &source.kind, metrics, setting),
            source: source.clone(),
            setting: Arc::clone(setting),
            metrics: metrics.iter().map(|(id, _)| (*id).clone()).collect(),
            place: place.watch(),
            during: None,
            dates: Mutex::default(),
            was_up: None,
        }
    }

    /// Asks the source once.
    pub async fn poll(&mut self, outside: &Outside) -> Event {
        let began = outside.clock.now();
        let told = match self.call() {
            Some(call) => match check_url(&call.url) {
                Ok(()) => self.ask(outside, call).await,
                Err(error) => {
                    if let Asks::Scrape(scraper) = &mut self.asks {
                        scraper.missed(began);
                    }
                    Err(error.to_string())
                }
            },
            None => match &self.asks {
                Asks::Script(script) => script.run(outside, self.source.deadline).await,
                _ => Err("nothing says where to ask".to_owned()),
            },
        };
        let (outcome, found) = match told {
            Ok(found) => (Outcome::Up { status: found.status }, found),
            Err(why) => {
                let (outcome, readings) = self.down(&why);
                (outcome, Found { readings, ..Found::default() })
            }
        };
        let Found { readings, notes, alerts, ages, .. } = found;
        self.note(&outcome);
        let readings = readings.into_iter().map(|(id, reading)| (id, self.masked(reading))).collect();
        let note = |note: &String| crate::text::clip(&self.clean(note), NOTE_WIDTH).into_owned();
        Event::SourcePolled {
            source: self.id.clone(),
            took: outside.clock.now() - began,
            outcome,
            readings,
            during: self.during.clone(),
            notes: notes.iter().take(NOTES_MAX).map(note).collect(),
            alerts: alerts.map(|firing| self.firing(&firing)),
            ages: ages.into_iter().filter(|(_, age)| *age >= AGE_TOLD).collect(),
        }
    }

    /// Returns when the deployment has come to where the source is at another address.
    async fn moved(&mut self) {
        let Some(address) = self.source.kind.address().filter(|address| !address.during.is_empty()) else {
            return pending().await;
        };
        loop {
            if self.place.changed().await.is_err() {
                return pending().await;
            }
            if address.at(self.place.borrow().as_ref()).1 != self.during.as_ref() {
                return;
            }
        }
    }

    /// The request to where the source is now; a script is asked nowhere.
    fn call(&mut self) -> Option<Call> {
        let place = self.place.borrow_and_update().clone();
        let (url, during) = self.source.kind.address()?.at(place.as_ref());
        if during != self.during.as_ref() {
            self.during = during.cloned();
            self.dates = Mutex::default();
            if let Asks::Scrape(scraper) = &mut self.asks {
                scraper.forget();
            }
        }
        let values = &self.setting.values;
        Some(call::call(&self.source, url.render(values), values))
    }

    async fn ask(&mut self, outside: &Outside, call: Call) -> Told {
        let (source, net, now) = (&self.source, outside.net.as_ref(), outside.clock.now());
        let wall = outside.clock.wall();
        let dates = &self.dates;
        let judge = |answer: &Answer| call::unusable(source, answer, dates, now, wall);
        match &mut self.asks {
            Asks::Scrape(scraper) => scraper.scrape(net, call, &judge, now, source.fresh_for()).await,
            Asks::Prometheus(server) => server.ask(net, &call, &judge, wall, source.fresh_for()).await,
            Asks::Alertmanager(counts) => server::alertmanager(net, &call, &judge, counts).await,
            Asks::Health(paths) => {
                let answer = net.send(call).await.map_err(|error| error.to_string())?;
                let unmet = judge(&answer).or_else(|| expect::unmet(&source.expect, &answer.body));
                unmet.map_or(Ok(()), Err)?;
                Ok(Found { status: answer.status, readings: paths.read_if_json(&answer.body), ..Found::default() })
            }
            Asks::Json(paths) => {
                let answer = net.send(call).await.map_err(|error| error.to_string())?;
                judge(&answer).map_or(Ok(()), Err)?;
                Ok(Found { status: answer.status, readings: paths.read(&answer)?, ..Found::default() })
            }
            Asks::Script(_) => Err("a script has no address".to_owned()),
        }
    }

    /// Without an answer every metric is missing, for the same reason.
    fn down(&self, why: &str) -> (Outcome, Vec<(MetricId, Reading)>) {
        let why = self.clean(why);
        let readings = match &self.asks {
            Asks::Script(script) => script.missed(&why),
            _ => self.metrics.iter().map(|id| (id.clone(), Reading::Missing(why.clone()))).collect(),
        };
        (Outcome::Down { why }, readings)
    }

    /// What a source says of itself may hold a secret that it was asked with.
    fn masked(&self, reading: Reading) -> Reading {
        match reading {
            Reading::Missing(words) => Reading::Missing(self.setting.mask.text(&words)),
            Reading::Invalid(words) => Reading::Invalid(self.setting.mask.text(&words)),
            number @ Reading::Number(_) => number,
        }
    }

    fn firing(&self, firing: &Firing) -> Firing {
        Firing { count: firing.count, names: firing.names.iter().map(|name| self.clean(name)).collect() }
    }

    fn clean(&self, words: &str) -> String {
        crate::text::clean_line(&self.setting.mask.text(words)).into_owned()
    }

    fn note(&mut self, outcome: &Outcome) {
        let is_up = matches!(outcome, Outcome::Up { .. });
        if self.was_up.is_none() && self.source.access.insecure {
            tracing::warn!("{} is insecure: any certificate will do", self.id);
        }
        if self.was_up.replace(is_up) == Some(is_up) {
            return;
        }
        match outcome {
            Outcome::Up { status } => tracing::info!("{} answers: status {status}", self.id),
            Outcome::Down { why } => tracing::warn!("{} is down: {why}", self.id),
        }
    }
}

/// A metric that does not fit its source's kind can't be written in a runbook, and is left out here.
fn asks(id: &SourceId, kind: &SourceKind, metrics: &[(&MetricId, &Metric)], setting: &Arc<Setting>) -> Asks {
    let each = |pick: &dyn Fn(&Query) -> Option<String>| -> Vec<(MetricId, String)> {
        metrics.iter().filter_map(|(id, metric)| Some(((*id).clone(), pick(&metric.query)?))).collect()
    };
    let queries = || each(&|query| if let Query::PromQl(text) = query { Some(text.clone()) } else { None });
    let counts = || {
        let texts = each(&|query| if let Query::Alerts(text) = query { Some(text.clone()) } else { None });
        texts.into_iter().map(|(id, text)| (id, Count::compile(&text).map_err(|error| error.to_string()))).collect()
    };
    let paths = || {
        let path = |(id, metric): &(&MetricId, &Metric)| {
            let Query::JsonPath(path) = &metric.query else { return None };
            Some(((*id).clone(), path.clone(), metric.unit.clone()))
        };
        Paths(metrics.iter().filter_map(path).collect())
    };
    match kind {
        SourceKind::Health { .. } => Asks::Health(paths()),
        SourceKind::Scrape { .. } => Asks::Scrape(Box::new(Scraper::new(queries()))),
        SourceKind::Json { .. } => Asks::Json(paths()),
        SourceKind::Prometheus { .. } => Asks::Prometheus(Server { queries: queries(), counts: counts() }),
        SourceKind::Alertmanager { .. } => Asks::Alertmanager(counts()),
        SourceKind::Script { script } => {
            let wants = metrics.iter().filter_map(|(id, metric)| Some(((*id).clone(), metric.unit.clone(), way(&metric.query)?)));
            Asks::Script(Script::new(id.clone(), Arc::clone(setting), script.clone(), wants.collect()))
        }
    }
}

fn way(query: &Query) -> Option<Way> {
    match query {
        Query::LastNumber => Some(Way::Last),
        Query::JsonPath(path) => Some(Way::Path(path.clone())),
        Query::Regex(text) => Some(Way::Regex(output::expression(text))),
        Query::PromQl(_) | Query::Alerts(_) => None,
    }
}
