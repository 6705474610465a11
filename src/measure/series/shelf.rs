//! Where the series of a source stand: found by their text in an exposition, by their labels, and by their name.

use std::collections::HashMap;
use std::sync::Arc;

use super::points::{Point, Points};
use super::{Bounds, Labels};
use crate::measure::exposition::{Flaw, SeriesText};
use crate::time::{Moment, Span};

#[derive(Clone, Debug)]
pub struct Series {
    pub labels: Arc<Labels>,
    pub points: Points,
    /// The exposition gives times itself, so that its silence says nothing about the series.
    pub(super) timed: bool,
    /// As the exposition wrote it last.
    text: Arc<[u8]>,
    /// The round of scraping that brought it last.
    seen: u64,
    /// How many points there were before that round.
    before: usize,
}

impl Series {
    /// Whether the exposition says itself when it was measured.
    pub fn is_dated(&self) -> bool {
        self.timed
    }

    /// What the round of scraping that brought it last has added for this moment.
    pub(super) fn brought(&self, at: Moment) -> Option<Point> {
        let added = self.points.as_slice().get(self.before..)?;
        added.binary_search_by_key(&at, |point| point.at).ok().map(|found| added[found])
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    pub(super) bounds: Bounds,
    series: Vec<Option<Series>>,
    /// Places that became free.
    free: Vec<usize>,
    by_text: HashMap<Arc<[u8]>, usize>,
    /// How many bytes the texts take.
    text_bytes: usize,
    by_labels: HashMap<Arc<Labels>, usize>,
    by_name: HashMap<Box<str>, Vec<usize>>,
    round: u64,
    /// The places in the order in which this round and the one before met them: an exposition hardly ever changes its order.
    met: Vec<usize>,
    met_before: Vec<usize>,
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.by_labels.len()
    }

    /// Bytes of the texts, reckoned anew.
    #[cfg(test)]
    pub(super) fn text_bytes(&self) -> usize {
        let bytes = self.all().map(|series| series.text.len()).sum();
        assert_eq!((bytes, self.by_text.len()), (self.text_bytes, self.len()));
        bytes
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Series> {
        self.series.iter().flatten()
    }

    pub(super) fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Series> + use<'a> {
        self.by_name.get(name).into_iter().flatten().filter_map(|at| self.series[*at].as_ref())
    }

    /// The series that is written so; a new one when it was not met before, `None` when there are too many.
    pub(super) fn series(&mut self, text: SeriesText<'_>) -> Result<Option<&mut Series>, Flaw> {
        let known = self.expected(text.text).or_else(|| self.by_text.get(text.text).copied());
        let at = match known {
            Some(at) => at,
            None => match self.meet(text)? {
                Some(at) => at,
                None => return Ok(None),
            },
        };
        if self.met.len() < self.bounds.series {
            self.met.push(at);
        }
        let Some(series) = &mut self.series[at] else { return Ok(None) };
        if series.seen != self.round {
            series.seen = self.round;
            series.before = series.points.as_slice().len();
        }
        Ok(Some(series))
    }

    /// The series that stood here in the round before, if it is written like that.
    fn expected(&self, text: &[u8]) -> Option<usize> {
        let at = *self.met_before.get(self.met.len())?;
        self.series[at].as_ref().is_some_and(|series| *series.text == *text).then_some(at)
    }

    /// Decodes a series that is written as none was before.
    fn meet(&mut self, text: SeriesText<'_>) -> Result<Option<usize>, Flaw> {
        // A full shelf makes every answer doubtful anyhow: a million more series are not decoded to find one that is known.
        if self.len() >= self.bounds.series || self.text_bytes + text.text.len() > self.bounds.text_bytes {
            return Ok(None);
        }
        let labels = text.decode()?;
        let written: Arc<[u8]> = text.text.into();
        if let Some(at) = self.by_labels.get(&labels).copied() {
            // Known, but written otherwise than last time. Only the newest way to write it is remembered.
            if let Some(series) = &mut self.series[at] {
                self.by_text.remove(&series.text);
                self.text_bytes = self.text_bytes - series.text.len() + written.len();
                series.text = Arc::clone(&written);
            }
            self.by_text.insert(written, at);
            return Ok(Some(at));
        }
        Ok(Some(self.place(labels, written)))
    }

    fn place(&mut self, labels: Labels, text: Arc<[u8]>) -> usize {
        let at = self.free.pop().unwrap_or_else(|| {
            self.series.push(None);
            self.series.len() - 1
        });
        let labels = Arc::new(labels);
        self.by_text.insert(Arc::clone(&text), at);
        self.text_bytes += text.len();
        self.by_labels.insert(Arc::clone(&labels), at);
        self.by_name.entry(labels.name().into()).or_default().push(at);
        self.series[at] = Some(Series { labels, points: Points::default(), timed: false, text, seen: self.round, before: 0 });
        at
    }

    pub(super) fn begin_round(&mut self) {
        self.round += 1;
        std::mem::swap(&mut self.met, &mut self.met_before);
        self.met.clear();
    }

    /// Takes back what this round brought.
    pub(super) fn give_back_round(&mut self) {
        for series in self.series.iter_mut().flatten().filter(|series| series.seen == self.round) {
            series.points.cut_to(series.before);
        }
    }

    /// Ends the series that this round did not bring, and takes away those of which nothing is left.
    pub(super) fn end_round(&mut self, at: Moment, keep: Span) {
        for place in 0..self.series.len() {
            let Some(series) = &mut self.series[place] else { continue };
            if series.seen != self.round && !series.timed {
                series.points.end(at);
            }
            series.points.forget_until(at - keep);
            if series.points.as_slice().is_empty() && series.seen != self.round {
                self.take_away(place);
            }
        }
    }

    fn take_away(&mut self, place: usize) {
        let Some(series) = self.series[place].take() else { return };
        self.by_text.remove(&series.text);
        self.text_bytes -= series.text.len();
        self.by_labels.remove(&series.labels);
        if let Some(places) = self.by_name.get_mut(series.labels.name()) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.by_name.remove(series.labels.name());
            }
        }
        self.free.push(place);
    }

    pub(super) fn forget_after(&mut self, at: Moment) {
        for series in self.series.iter_mut().flatten() {
            series.points.forget_after(at);
        }
    }

    /// Keeps at most `count` points of each series, and returns when the newest was that had to go.
    pub(super) fn forget_beyond(&mut self, count: usize) -> Option<Moment> {
        self.series.iter_mut().flatten().filter_map(|series| series.points.forget_beyond(count)).max()
    }
}
