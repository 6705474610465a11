//! Where the series of a source stand: found by their text in an exposition, by their labels, and by their name.

use std::collections::HashMap;
use std::sync::Arc;

use super::points::Points;
use super::{Labels, SERIES_MAX};
use crate::measure::exposition::{Flaw, SeriesText};
use crate::time::{Moment, Span};

#[derive(Clone, Debug)]
pub struct Series {
    pub labels: Arc<Labels>,
    pub points: Points,
    /// The exposition gives times itself, so that its silence says nothing about the series.
    pub(super) timed: bool,
    /// As the exposition wrote it last.
    text: Box<[u8]>,
    /// The round of scraping that brought it last.
    seen: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    series: Vec<Option<Series>>,
    /// Places that became free.
    free: Vec<usize>,
    by_text: HashMap<Box<[u8]>, usize>,
    by_labels: HashMap<Arc<Labels>, usize>,
    by_name: HashMap<Box<str>, Vec<usize>>,
    round: u64,
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.by_labels.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Series> {
        self.series.iter().flatten()
    }

    pub(super) fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Series> + use<'a> {
        self.by_name.get(name).into_iter().flatten().filter_map(|at| self.series[*at].as_ref())
    }

    /// The series that is written so; a new one when it was not met before, `None` when there are too many.
    pub(super) fn series(&mut self, text: SeriesText<'_>) -> Result<Option<&mut Series>, Flaw> {
        let at = match self.by_text.get(text.text) {
            Some(at) => *at,
            None => match self.meet(text)? {
                Some(at) => at,
                None => return Ok(None),
            },
        };
        let Some(series) = &mut self.series[at] else { return Ok(None) };
        series.seen = self.round;
        Ok(Some(series))
    }

    /// Decodes a series that is written as none was before.
    fn meet(&mut self, text: SeriesText<'_>) -> Result<Option<usize>, Flaw> {
        let labels = text.decode()?;
        let written: Box<[u8]> = text.text.into();
        if let Some(at) = self.by_labels.get(&labels).copied() {
            // Known, but written otherwise than last time. Only the newest way to write it is remembered.
            if let Some(series) = &mut self.series[at] {
                self.by_text.remove(&series.text);
                series.text.clone_from(&written);
            }
            self.by_text.insert(written, at);
            return Ok(Some(at));
        }
        if self.len() >= SERIES_MAX {
            return Ok(None);
        }
        Ok(Some(self.place(labels, written)))
    }

    fn place(&mut self, labels: Labels, text: Box<[u8]>) -> usize {
        let at = self.free.pop().unwrap_or_else(|| {
            self.series.push(None);
            self.series.len() - 1
        });
        let labels = Arc::new(labels);
        self.by_text.insert(text.clone(), at);
        self.by_labels.insert(Arc::clone(&labels), at);
        self.by_name.entry(labels.name().into()).or_default().push(at);
        self.series[at] = Some(Series { labels, points: Points::default(), timed: false, text, seen: self.round });
        at
    }

    pub(super) fn begin_round(&mut self) {
        self.round += 1;
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
