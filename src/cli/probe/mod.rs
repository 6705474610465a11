//! `warroom probe`: what an endpoint exposes, what is wrong with it, and what a query finds in it.

mod answer;
mod listing;
mod proposal;
mod target;
mod watch;

use chrono::DateTime;

use crate::cli::args::ProbeArgs;
use crate::cli::{DONE, FAILED, Usage, out};
use crate::engine::clock::{Clock, SystemClock};
use crate::measure::exposition::{self, ExpositionError, Survey, strict};
use crate::measure::promql::{Found, Question};
use crate::measure::series::{Scrape, Store};
use crate::measure::suggest::suggest;
use crate::time::{Moment, Span};
use target::{Source, Target};

/// All that a file holds is kept.
const FOREVER: Span = Span(i64::MAX);

pub(super) fn probe(args: &ProbeArgs) -> anyhow::Result<u8> {
    let question = args.query.as_deref().map(question).transpose()?;
    let at = args.at.as_deref().map(moment).transpose()?;
    let clock = SystemClock::new();
    let mut source = Source::new(&args.target, args.openmetrics, clock)?;
    if let (Some(question), Some(every)) = (&question, args.watch) {
        return watch::watch(&mut source, question, Span::from_std(every.into()), clock).map(|()| DONE);
    }
    let target = source.read()?;
    let mut store = Store::everything(FOREVER);
    // A text without times was measured when it is asked about.
    let now = clock.wall();
    let measured = |survey: &Survey| survey.newest.or(at).unwrap_or(now);
    let taken = Taken::from(&target, &mut store, measured).map_err(|why| anyhow::anyhow!("{}: {why}", args.target))?;
    for complaint in taken.complaints() {
        out::error(&format!("{}: {complaint}", args.target));
    }
    match question {
        Some(question) => {
            let at = at.unwrap_or(taken.at);
            let found = question.answer(&store, at).map_err(|why| anyhow::anyhow!("the query has no answer: {why}"))?;
            print(&found, at, args.json)?;
        }
        None if args.suggest => propose(args, &taken, &store)?,
        None => listing::print(&taken.survey, &store, taken.at)?,
    }
    Ok(if taken.is_clean() { DONE } else { FAILED })
}

/// A text that was read into a store.
struct Taken {
    survey: Survey,
    scrape: Scrape,
    at: Moment,
}

impl Taken {
    /// Takes in what is an exposition, at the time that `measured` says; the error is why it is none.
    fn from(target: &Target, store: &mut Store, measured: impl FnOnce(&Survey) -> Moment) -> Result<Self, String> {
        let Target { body, .. } = target;
        let dialect = target.dialect();
        if exposition::is_page(body) {
            return Err(ExpositionError::WebPage.to_string());
        }
        if target.is_strict() {
            strict::check(body).map_err(|forbidden| forbidden.to_string())?;
        }
        let survey = Survey::of(body, dialect);
        let at = measured(&survey);
        let scrape = store.ingest_as(body, dialect, at).map_err(|error| {
            // Where not one line is good, the first bad one says most.
            survey.complaints.first().map_or_else(|| error.to_string(), |(line, why)| format!("line {line}: {why}"))
        })?;
        Ok(Self { survey, scrape, at })
    }

    fn is_clean(&self) -> bool {
        self.survey.complaint_count == 0 && self.scrape.refused == 0
    }

    /// What is wrong with the text, although the rest of it could be read.
    fn complaints(&self) -> Vec<String> {
        let Self { survey, scrape, .. } = self;
        let mut complaints: Vec<String> = survey.complaints.iter().map(|(line, why)| format!("line {line}: {why}")).collect();
        let untold = survey.complaint_count - survey.complaints.len();
        if untold > 0 {
            complaints.push(format!("and {untold} more lines that are wrong"));
        }
        if scrape.refused > 0 {
            complaints.push(format!("{} samples are left out: there are more series than are kept", scrape.refused));
        }
        if scrape.out_of_order > 0 {
            complaints.push(format!("{} samples are left out: they are not later than the one before", scrape.out_of_order));
        }
        complaints
    }
}

fn propose(args: &ProbeArgs, taken: &Taken, store: &Store) -> anyhow::Result<()> {
    let suggestions = suggest(&taken.survey, store);
    if suggestions.is_empty() {
        anyhow::bail!("{}: nothing here has a usual name; look at the list without --suggest and write queries", args.target);
    }
    Ok(out::line(&proposal::section(&args.target, &suggestions))?)
}

/// A query that is none is no fault of the endpoint.
fn question(text: &str) -> Result<Question, Usage> {
    Question::compile(text).map_err(|error| {
        let place = error.at.map_or_else(String::new, |at| {
            let before = text.get(..at).unwrap_or(text);
            format!("\n  {}\n  {}^", crate::text::clean_line(text), " ".repeat(crate::text::width(before)))
        });
        Usage(format!("--query: {}{place}", error.message))
    })
}

fn moment(text: &str) -> Result<Moment, Usage> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    let moment = seconds.map(|seconds| Moment((seconds * 1_000.0).round() as i64));
    let dated = || DateTime::parse_from_rfc3339(text).ok().map(|at| Moment(at.timestamp_millis()));
    moment
        .or_else(dated)
        .ok_or_else(|| Usage(format!("--at {text} is not a time: write seconds since 1970, or 2026-11-22T09:00:00Z")))
}

fn print(found: &Found, at: Moment, json: bool) -> std::io::Result<()> {
    let text = if json { answer::json(found, at).to_string() } else { answer::text(found, at) };
    if text.is_empty() { Ok(()) } else { out::line(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_dates() {
        let cases =
            [("0", 0), ("-1.5", -1_500), ("1700000000.25", 1_700_000_000_250), ("2023-11-14T22:13:20Z", 1_700_000_000_000)];
        for (text, at) in cases {
            assert_eq!(moment(text).unwrap(), Moment(at), "{text}");
        }
        for text in ["", "now", "NaN", "inf", "09:00"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_query_is_shown_with_its_place() {
        let error = question("sum(rat(up[5m]))").err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("--query: unknown function with name 'rat'\n  sum(rat(up[5m]))\n      ^"));
    }
}
