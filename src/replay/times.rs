//! When the records of a recording happened, and what of it is to be marked on the way.

use crate::replay::mark::{Kind, kind};
use crate::room::Record;
use crate::time::{Moment, Span};

#[derive(Debug, Default)]
pub(super) struct Times {
    /// Of each record, never going back.
    pub(super) all: Vec<Moment>,
    pub(super) marks: Vec<(Moment, Kind)>,
    latest: Option<Moment>,
}

impl Times {
    pub(super) fn note(&mut self, records: &[Record]) {
        for record in records {
            let at = self.latest.map_or(record.at, |latest| latest.max(record.at));
            self.latest = Some(at);
            self.all.push(at);
            self.marks.extend(kind(&record.event).map(|kind| (at, kind)));
        }
    }

    /// What was noted since the last time this was asked for.
    pub(super) fn take(&mut self) -> Self {
        let next = Self { latest: self.latest, ..Self::default() };
        std::mem::replace(self, next)
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.all.extend(more.all);
        self.marks.extend(more.marks);
    }

    /// The first and the last.
    pub(super) fn span(&self) -> (Moment, Moment) {
        let first = self.all.first().copied().unwrap_or_default();
        (first, self.all.last().copied().unwrap_or(first))
    }

    /// How far `at` is on the way from the first to the last.
    pub(super) fn share(&self, at: Moment) -> f64 {
        let (first, last) = self.span();
        let whole = last - first;
        if whole == Span::ZERO { 0.0 } else { (at - first).0 as f64 / whole.0 as f64 }
    }
}
