//! The queries over one source's expositions.

use crate::engine::net::{self, Answer, Call, Net, NetError};
use crate::engine::poll::Found;
use crate::engine::poll::call::is_page;
use crate::id::MetricId;
use crate::measure::exposition::{Dialect, ExpositionError, Wanted};
use crate::measure::promql::Query;
use crate::measure::reading::Reading;
use crate::measure::series::{Intake, Scrape, Store};
use crate::time::{Moment, Span};

/// An exposition that does not say which it is tells it at its end, so that it is held until then, up to this size.
const HELD_MAX: usize = 16 << 20;

/// Says why an answer is not to be read on.
pub(super) type Judge<'j> = &'j (dyn Fn(&Answer) -> Option<String> + Sync);

/// What was scraped from one source, and what is asked of it.
pub(super) struct Scraper {
    /// A query that can't be asked keeps its reason; the runbook's check refuses it long before.
    queries: Vec<(MetricId, Result<Query, String>)>,
    store: Store,
    bad_lines_told: bool,
}

impl Scraper {
    pub(super) fn new(queries: Vec<(MetricId, String)>) -> Self {
        let compile = |(id, text): (MetricId, String)| (id, Query::compile(&text).map_err(|error| error.to_string()));
        let queries: Vec<_> = queries.into_iter().map(compile).collect();
        Self { store: store(&queries), queries, bad_lines_told: false }
    }

    /// Another server answers from now on: what was scraped is none of its series.
    pub(super) fn forget(&mut self) {
        self.store = store(&self.queries);
    }

    /// Asks for the exposition, takes it in as it comes, and answers the queries.
    pub(super) async fn scrape(
        &mut self,
        net: &dyn Net,
        call: Call,
        judge: Judge<'_>,
        at: Moment,
        fresh_for: Span,
    ) -> Result<Found, String> {
        let wanted = self.store.wanted();
        let mut scraping = Scraping { store: Some(&mut self.store), wanted: &wanted, at, judge, state: State::Waiting };
        let sent = net.stream(call, &mut scraping).await;
        let (status, scrape) = scraping.finish(sent)?;
        self.tell_bad_lines(scrape.bad_count, &scrape.bad);
        let mut found = Found { status, ..Found::default() };
        for (id, query) in &self.queries {
            let (reading, age) = self.ask(query, at, fresh_for);
            found.ages.push((id.clone(), age));
            found.readings.push((id.clone(), reading));
        }
        Ok(found)
    }

    /// The source was not even asked.
    pub(super) fn missed(&mut self, now: Moment) {
        self.store.scrape_failed(now);
    }

    fn ask(&self, query: &Result<Query, String>, now: Moment, fresh_for: Span) -> (Reading, Span) {
        match query {
            Ok(query) => query.read_aged(&self.store, now, fresh_for),
            Err(why) => (Reading::Invalid(why.clone()), Span::ZERO),
        }
    }

    /// Once for each spell of them: a source that is wrong every five seconds would fill the diagnostics.
    fn tell_bad_lines(&mut self, count: usize, bad: &[(usize, String)]) {
        if let Some((line, why)) = bad.first().filter(|_| !self.bad_lines_told) {
            tracing::warn!("{count} lines of a scrape can't be used; line {line}: {why}");
        }
        self.bad_lines_told = count > 0;
    }
}

fn store(queries: &[(MetricId, Result<Query, String>)]) -> Store {
    let asked: Vec<_> = queries.iter().filter_map(|(_, query)| query.as_ref().ok()).collect();
    Store::new(&asked)
}

/// One exposition on its way in.
struct Scraping<'s> {
    store: Option<&'s mut Store>,
    wanted: &'s Wanted,
    at: Moment,
    judge: Judge<'s>,
    state: State<'s>,
}

enum State<'s> {
    /// For the head of the answer.
    Waiting,
    /// Which dialect it is will be known at its end.
    Holding(Vec<u8>),
    Reading(Intake<'s, 's>),
}

impl net::Intake for Scraping<'_> {
    fn head(&mut self, answer: &Answer) -> Result<(), String> {
        if let Some(why) = (self.judge)(answer) {
            return Err(why);
        }
        if is_page(answer) {
            return Err(PAGE.to_owned());
        }
        self.state = match (Dialect::named(answer.content_type.as_deref()), self.store.take()) {
            (Some(dialect), Some(store)) => State::Reading(Intake::open(store, self.wanted, dialect, self.at)),
            (_, store) => {
                self.store = store;
                State::Holding(Vec::new())
            }
        };
        Ok(())
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), String> {
        match &mut self.state {
            State::Reading(intake) => intake.push(bytes).map_err(|error| words(&error)),
            State::Holding(held) if held.len() + bytes.len() > HELD_MAX => {
                Err(format!("more than {} MiB of text that does not say what it is", HELD_MAX >> 20))
            }
            State::Holding(held) => {
                held.extend_from_slice(bytes);
                Ok(())
            }
            State::Waiting => Ok(()),
        }
    }
}

impl Scraping<'_> {
    /// What came of it. Without a whole answer nothing does, and the source's series end.
    fn finish(self, sent: Result<Answer, NetError>) -> Result<(u16, Scrape), String> {
        let sent = sent.map_err(|error| error.to_string());
        let status = sent.as_ref().map_or(0, |answer| answer.status);
        let read = match (self.state, self.store, sent) {
            (State::Reading(intake), _, Ok(answer)) => intake.whole(answer.is_bounded).and_then(Intake::finish),
            (State::Holding(mut held), Some(store), Ok(answer)) => {
                // A body that is known to be whole may leave out its last line end, as a text that breaks off may not.
                if answer.is_bounded && Dialect::of(&held) == Dialect::Text {
                    held.push(b'\n');
                }
                store.ingest_as(&held, Dialect::of(&held), self.at)
            }
            (State::Reading(intake), _, Err(why)) => {
                intake.abandon();
                return Err(why);
            }
            (_, store, sent) => {
                if let Some(store) = store {
                    store.scrape_failed(self.at);
                }
                return Err(sent.err().unwrap_or_else(|| "there was no answer".to_owned()));
            }
        };
        read.map(|scrape| (status, scrape)).map_err(|error| words(&error))
    }
}

const PAGE: &str = "answered a web page, not metrics";

fn words(error: &ExpositionError) -> String {
    match error {
        ExpositionError::WebPage => PAGE.to_owned(),
        ExpositionError::CutShort | ExpositionError::NoSample { .. } => error.to_string(),
    }
}
