//! Series: what one source exposed over the last minutes, as far as queries want it.
//!
//! For: taking scrapes in, forgetting what is too old, and knowing at once when a series is no longer there.
//! May not touch: sockets, the clock, what queries make of the points.
//! Start reading at `Store::ingest`.

mod damage;
mod intake;
mod labels;
mod points;
mod shelf;

use std::sync::Arc;

pub use intake::Intake;
pub use labels::Labels;
pub use points::{Point, Points};
pub use shelf::Series;

use crate::measure::exposition::{BadLine, Dialect, ExpositionError, Flaw, Sample, Wanted};
use crate::measure::promql::Query;
use crate::time::{Moment, Span};
use damage::Damage;
use points::Pushed;
use shelf::Shelf;

/// Wanted series kept of one source.
pub const SERIES_MAX: usize = 50_000;
/// Bytes that names and labels of one source's series may take as written; decoded they take about as much again.
pub const TEXT_BYTES_MAX: usize = 32 << 20;
/// Points kept of all series of one source together; at 16 bytes each this is 64 MB.
pub const POINTS_MAX: usize = 4_000_000;
/// What a store holds at most, whatever its source exposes and however long.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    series: usize,
    text_bytes: usize,
    points: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { series: SERIES_MAX, text_bytes: TEXT_BYTES_MAX, points: POINTS_MAX }
    }
}

/// Bad lines of one scrape that are told; all of them are counted.
pub const BAD_LINES_TOLD: usize = 20;
/// How far ahead of the scrape a sample may claim to be.
const AHEAD_MAX: Span = Span(10 * 60_000);

/// What one scrape brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrape {
    /// Samples that were kept.
    pub kept: usize,
    /// Lines nobody wants.
    pub skipped: usize,
    /// Samples that were not later than what is known of their series, or too far ahead of the scrape.
    pub out_of_order: usize,
    /// Samples of series beyond `SERIES_MAX` or `TEXT_BYTES_MAX`.
    pub refused: usize,
    /// The first bad lines: number, and what is wrong.
    pub bad: Vec<(usize, String)>,
    pub bad_count: usize,
}

/// Everything kept of one source.
#[derive(Clone, Debug)]
pub struct Store {
    wanted: Arc<Wanted>,
    keep: Span,
    shelf: Shelf,
    last: Option<Moment>,
    failed: bool,
    /// What of the last scrape can't be relied on.
    damage: Damage,
    /// Up to then, something that queries wanted was not kept: why.
    incomplete: Option<(Moment, &'static str)>,
}

impl Store {
    /// A store of what these queries want, for as long as the longest of them looks back.
    pub fn new(queries: &[&Query]) -> Self {
        let names: Option<Vec<_>> = queries.iter().map(|query| query.names()).collect();
        let wanted = names
            .map_or(Wanted::All, |names| Wanted::Names(names.into_iter().flatten().map(|name| name.as_bytes().into()).collect()));
        let keep = queries.iter().map(|query| query.range()).max().unwrap_or_default();
        let wanted = Arc::new(wanted);
        Self { wanted, keep, shelf: Shelf::default(), last: None, failed: false, damage: Damage::default(), incomplete: None }
    }

    /// A store of everything that is exposed, as far as there is room for it.
    pub fn everything(keep: Span) -> Self {
        Self { wanted: Arc::new(Wanted::All), ..Self::new(&[]) }.keeping(keep)
    }

    /// Keeps points for at least `span`: what charts show, or a whole file's history.
    #[must_use]
    pub fn keeping(mut self, span: Span) -> Self {
        self.keep = self.keep.max(span);
        self
    }

    /// Takes one scrape in as a whole; [`Intake`] takes one in as it comes. A body that is no exposition counts as a failed scrape.
    pub fn ingest(&mut self, body: &[u8], at: Moment) -> Result<Scrape, ExpositionError> {
        self.ingest_as(body, Dialect::of(body), at)
    }

    pub fn ingest_as(&mut self, body: &[u8], dialect: Dialect, at: Moment) -> Result<Scrape, ExpositionError> {
        let wanted = Arc::clone(&self.wanted);
        let mut intake = Intake::open(self, &wanted, dialect, at);
        match intake.push(body) {
            Ok(()) => intake.finish(),
            Err(error) => {
                intake.abandon();
                Err(error)
            }
        }
    }

    /// What is wanted of the expositions that it takes in.
    pub fn wanted(&self) -> Arc<Wanted> {
        Arc::clone(&self.wanted)
    }

    /// The source did not answer, or not with an exposition: none of its series is there now.
    pub fn scrape_failed(&mut self, at: Moment) {
        self.begin(at);
        self.failed = true;
        self.tidy(at);
    }

    /// Whether the last scrape brought nothing because it failed.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// When this source was scraped last, whether it answered or not.
    pub fn last(&self) -> Option<Moment> {
        self.last
    }

    pub fn len(&self) -> usize {
        self.shelf.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The series of one name, or all.
    pub fn select<'a>(&'a self, name: Option<&str>) -> Box<dyn Iterator<Item = &'a Series> + 'a> {
        match name {
            Some(name) => Box::new(self.shelf.named(name)),
            None => Box::new(self.shelf.all()),
        }
    }

    /// Why an answer about these names that looks back `range` from `at` would rest on less than was exposed.
    pub fn gap(&self, names: Option<&[String]>, range: Span, at: Moment) -> Option<String> {
        if let Some((until, why)) = self.incomplete
            && at - range <= until
        {
            return Some(why.to_owned());
        }
        self.damage.of(names)
    }

    fn begin(&mut self, at: Moment) {
        if self.last.is_some_and(|last| at < last) {
            self.shelf.forget_after(at);
            self.incomplete = self.incomplete.filter(|(until, _)| *until <= at);
        }
        self.last = Some(at);
        self.failed = false;
        self.damage.clear();
        self.shelf.begin_round();
    }

    fn take(&mut self, sample: &Sample<'_>, at: Moment, scrape: &mut Scrape) -> Result<(), Flaw> {
        let Some(series) = self.shelf.series(sample.series)? else {
            scrape.refused += 1;
            self.incomplete = Some((at, "the source exposes more series than are kept"));
            return Ok(());
        };
        series.timed = sample.at.is_some();
        let measured = sample.at.unwrap_or(at);
        if measured - at > AHEAD_MAX {
            scrape.out_of_order += 1;
            return Err(Flaw::new("it is dated more than 10 minutes ahead: the source's clock is wrong"));
        }
        match series.points.push(measured, sample.value) {
            Pushed::Kept | Pushed::Known => scrape.kept += 1,
            Pushed::Late => {
                scrape.out_of_order += 1;
                if let Some(first) = series.brought(measured).filter(|first| first.value != sample.value) {
                    return Err(Flaw::twice(first.value, sample.value));
                }
            }
        }
        Ok(())
    }

    fn note_bad(&mut self, bad: &BadLine<'_>, wanted: &Wanted, scrape: &mut Scrape) {
        scrape.bad_count += 1;
        if scrape.bad.len() < BAD_LINES_TOLD {
            scrape.bad.push((bad.line, bad.why.to_string()));
        }
        self.damage.note(bad, wanted);
    }

    /// Marks what this scrape did not bring, and forgets what no query looks back to.
    fn tidy(&mut self, at: Moment) {
        self.shelf.end_round(at, self.keep);
        let each = (self.shelf.bounds.points / self.shelf.len().max(1)).max(2);
        if let Some(newest) = self.shelf.forget_beyond(each) {
            self.incomplete = self.incomplete.max(Some((newest, "there are too many series to keep the whole range")));
        }
    }
}

#[cfg(test)]
mod tests;
