//! The points of one series, oldest first, with the marks where it went stale.

use std::borrow::Cow;

use crate::time::{Moment, Span};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub at: Moment,
    pub value: f64,
}

/// What stands in a series where it is known to have ended: a NaN that no exposition can say.
const STALE_BITS: u64 = 0x7ff8_5741_5252_4f4f;

impl Point {
    fn stale(at: Moment) -> Self {
        Self { at, value: f64::from_bits(STALE_BITS) }
    }

    pub fn is_stale(self) -> bool {
        self.value.to_bits() == STALE_BITS
    }
}

/// What became of a point that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    Kept,
    /// The same time with the same value again: nothing new.
    Known,
    /// Not later than what is already there.
    Late,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    points: Vec<Point>,
    /// Points before this one are given up; they are taken out when there are many of them.
    start: usize,
}

impl Points {
    pub fn as_slice(&self) -> &[Point] {
        &self.points[self.start..]
    }

    /// Points that take memory, given up or not.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.points.len()
    }

    pub fn last(&self) -> Option<Point> {
        self.as_slice().last().copied()
    }

    pub fn push(&mut self, at: Moment, value: f64) -> Pushed {
        // Every NaN that is measured is the plain one, so that none is taken for a mark.
        let value = if value.is_nan() { f64::NAN } else { value };
        match self.last() {
            Some(last) if at == last.at && (last.value.to_bits() == value.to_bits()) => Pushed::Known,
            Some(last) if at <= last.at => Pushed::Late,
            Some(_) | None => {
                self.points.push(Point { at, value });
                Pushed::Kept
            }
        }
    }

    /// From here on the series is known not to be there.
    pub fn end(&mut self, at: Moment) {
        if self.last().is_some_and(|last| !last.is_stale() && last.at < at) {
            self.points.push(Point::stale(at));
        }
    }

    /// Forgets what claims to come after `at`: the clock was put back.
    pub fn forget_after(&mut self, at: Moment) {
        let keep = self.as_slice().partition_point(|point| point.at <= at);
        self.points.truncate(self.start + keep);
    }

    /// Forgets what came behind the first `count` points.
    pub(super) fn cut_to(&mut self, count: usize) {
        self.points.truncate(self.start + count);
    }

    /// Forgets what is not later than `before`.
    pub fn forget_until(&mut self, before: Moment) {
        self.start += self.as_slice().partition_point(|point| point.at <= before);
        self.compact();
    }

    /// Forgets the oldest points beyond `count`, and returns when the newest of them was.
    pub fn forget_beyond(&mut self, count: usize) -> Option<Moment> {
        let excess = self.as_slice().len().checked_sub(count).filter(|excess| *excess > 0)?;
        let newest = self.as_slice()[excess - 1].at;
        self.start += excess;
        self.compact();
        Some(newest)
    }

    fn compact(&mut self) {
        if self.start == self.points.len() {
            self.points.clear();
            self.start = 0;
        } else if self.start >= 64 && self.start * 2 >= self.points.len() {
            self.points.drain(..self.start);
            self.start = 0;
        }
    }

    /// The newest point at `at`, unless the series has ended or that point is `lookback` old.
    pub fn latest(&self, at: Moment, lookback: Span) -> Option<Point> {
        let points = self.as_slice();
        let latest = *points[..points.partition_point(|point| point.at <= at)].last()?;
        (!latest.is_stale() && at - latest.at < lookback).then_some(latest)
    }

    /// The newest point up to `at` that was measured, however old.
    pub fn last_measured(&self, at: Moment) -> Option<Point> {
        self.as_slice().iter().rev().find(|point| point.at <= at && !point.is_stale()).copied()
    }

    /// The points after `from` up to and with `until`; marks are left out.
    pub fn within(&self, from: Moment, until: Moment) -> Cow<'_, [Point]> {
        let points = self.as_slice();
        let first = points.partition_point(|point| point.at <= from);
        let end = points.partition_point(|point| point.at <= until).max(first);
        let within = &points[first..end];
        if within.iter().any(|point| point.is_stale()) {
            Cow::Owned(within.iter().copied().filter(|point| !point.is_stale()).collect())
        } else {
            Cow::Borrowed(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(at: &[i64]) -> Points {
        let mut points = Points::default();
        for at in at {
            assert_eq!(points.push(Moment(*at), *at as f64), Pushed::Kept);
        }
        points
    }

    #[test]
    fn a_point_counts_until_it_is_as_old_as_the_lookback() {
        let points = points(&[0, 10]);
        let latest = |at| points.latest(Moment(at), Span(5)).map(|point| point.value);
        assert_eq!([latest(-1), latest(4), latest(5), latest(14), latest(15)], [None, Some(0.0), None, Some(10.0), None]);
    }

    #[test]
    fn a_range_leaves_its_left_end_out_and_takes_its_right_end_in() {
        let points = points(&[0, 10, 20, 30]);
        let within: Vec<f64> = points.within(Moment(10), Moment(30)).iter().map(|point| point.value).collect();
        assert_eq!(within, [20.0, 30.0]);
    }

    #[test]
    fn an_ended_series_is_gone_at_once_and_its_mark_is_no_point() {
        let mut points = points(&[0, 10]);
        points.end(Moment(20));
        assert_eq!(points.latest(Moment(19), Span(300)).map(|point| point.value), Some(10.0));
        assert_eq!(points.latest(Moment(20), Span(300)), None);
        assert_eq!(points.within(Moment(-1), Moment(30)).len(), 2);
        assert_eq!(points.push(Moment(30), f64::NAN), Pushed::Kept);
        assert!(points.latest(Moment(30), Span(300)).is_some_and(|point| point.value.is_nan()));
    }

    #[test]
    fn what_is_too_old_or_too_much_is_forgotten() {
        let mut points = points(&[0, 10, 20, 30]);
        points.forget_until(Moment(5));
        assert_eq!(points.forget_beyond(3), None);
        assert_eq!(points.forget_beyond(1), Some(Moment(20)));
        assert_eq!(points.as_slice().len(), 1);
        assert_eq!(points.push(Moment(30), 31.0), Pushed::Late);
        assert_eq!(points.push(Moment(30), 30.0), Pushed::Known);
    }
}
