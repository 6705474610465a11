//! `warroom probe`: what an endpoint exposes, what is wrong with it, and what a query finds in it.

mod answer;
mod listing;
mod target;

use chrono::DateTime;

use crate::cli::args::ProbeArgs;
use crate::cli::{DONE, FAILED, Usage, out};
use crate::engine::clock::{Clock, SystemClock};
use crate::measure::exposition::{self, Dialect, ExpositionError, Survey, strict};
use crate::measure::promql::{Found, Question};
use crate::measure::series::{Scrape, Store};
use crate::time::Moment;
use target::Target;

pub(super) fn probe(args: &ProbeArgs) -> anyhow::Result<u8> {
    let question = args.query.as_deref().map(question).transpose()?;
    let at = args.at.as_deref().map(moment).transpose()?;
    let clock = SystemClock::new();
    let target = Target::read(&args.target, args.openmetrics, clock)?;
    let dialect = if args.openmetrics { Dialect::OpenMetrics } else { Dialect::told(target.content_type.as_deref(), &target.body) };
    if args.openmetrics {
        strict::check(&target.body).map_err(|forbidden| anyhow::anyhow!("{}: {forbidden}", args.target))?;
    }
    if exposition::check(&target.body, dialect) == Err(ExpositionError::WebPage) {
        anyhow::bail!("{}: {}", args.target, ExpositionError::WebPage);
    }
    let survey = Survey::of(&target.body, dialect);
    let mut store = Store::everything();
    // A text without times was measured when it is asked about.
    let measured = survey.newest.or(at).unwrap_or_else(|| clock.wall());
    let read = store.ingest_as(&target.body, dialect, measured);
    let parsed = complain(&args.target, &survey, read.as_ref().ok());
    if let Err(error) = read {
        anyhow::bail!("{}: {error}", args.target);
    }
    match question {
        None => listing::print(&survey, &store, measured)?,
        Some(question) => {
            let at = at.unwrap_or(measured);
            let found = question.answer(&store, at).map_err(|why| anyhow::anyhow!("the query has no answer: {why}"))?;
            print(&found, at, args.json)?;
        }
    }
    Ok(if parsed { DONE } else { FAILED })
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

/// Tells what is wrong with the text, and returns whether nothing is.
fn complain(name: &str, survey: &Survey, scrape: Option<&Scrape>) -> bool {
    for (line, why) in &survey.complaints {
        out::error(&format!("{name}: line {line}: {why}"));
    }
    let untold = survey.complaint_count - survey.complaints.len();
    if untold > 0 {
        out::error(&format!("{name}: and {untold} more lines that are wrong"));
    }
    let Some(scrape) = scrape else { return false };
    if scrape.refused > 0 {
        out::error(&format!("{name}: {} samples are not looked at: there are more series than are kept", scrape.refused));
    }
    if scrape.out_of_order > 0 {
        out::error(&format!("{name}: {} samples are not later than the one before of the same series", scrape.out_of_order));
    }
    survey.complaint_count == 0 && scrape.refused == 0
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
        let cases = [("0", 0), ("-1.5", -1_500), ("1700000000.25", 1_700_000_000_250), ("2023-11-14T22:13:20Z", 1_700_000_000_000)];
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
