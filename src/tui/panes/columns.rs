//! Which sample stands in which column of a chart: time runs from left to right, and the page is turned when it is full.
//!
//! A column stands for a stretch of time, so that a new sample changes one column and the others stand still. A young room is
//! shown whole, its columns wider each time they have filled up; an old one by its last half hour, moved a quarter at a time.

use crate::measure::history::History;
use crate::measure::metric::{Band, Bands};
use crate::measure::reading::{Reading, Sample};
use crate::time::{Moment, Span};

/// How much time a full chart shows at most, unless its source is asked so seldom that one sample a column is more.
const SHOWN: Span = Span(30 * 60 * 1_000);

/// For each column from the left the sample that stands in it, up to the newest. `every` is how often one is expected.
pub(super) fn columns<'a>(history: &'a History, every: Span, room: usize, bands: &Bands) -> Vec<Option<&'a Sample>> {
    let (Some(oldest), Some(newest)) = (history.iter().next(), history.last()) else { return Vec::new() };
    if room == 0 {
        return Vec::new();
    }
    let every = every.max(Span(100));
    let span = width(newest.at - oldest.at, every, room);
    let place = |at: Moment| at.0.div_euclid(span.0);
    let first = first_place(place(oldest.at), place(newest.at), room);
    let mut columns: Vec<Option<&Sample>> = vec![None; room];
    for sample in history.newest_first().take_while(|sample| place(sample.at) >= first) {
        let column = usize::try_from(place(sample.at) - first).unwrap_or_default();
        let Some(stands) = columns.get_mut(column) else { continue };
        // The worst one stands for its stretch, and of equals the newest.
        if stands.is_none_or(|newer| weight(sample, bands) > weight(newer, bands)) {
            *stands = Some(sample);
        }
    }
    columns.truncate(usize::try_from(place(newest.at) - first + 1).unwrap_or(room));
    hold_on(&mut columns, |column| Moment((first + count(column)) * span.0), every);
    columns
}

/// How much time one column stands for: the least that shows everything since the beginning.
fn width(all: Span, every: Span, room: usize) -> Span {
    let shown = |span: Span| span.0.saturating_mul(count(room));
    let mut span = every;
    while shown(span) < all.0 + span.0 && shown(span).saturating_mul(2) <= SHOWN.0 {
        span = Span(span.0 * 2);
    }
    span
}

/// The stretch at the left end. It moves by a quarter of the chart at once.
fn first_place(oldest: i64, newest: i64, room: usize) -> i64 {
    let room = count(room);
    if newest - oldest < room {
        return oldest;
    }
    let quarter = (room / 4).max(1);
    (newest.div_euclid(quarter) + 1) * quarter - room
}

/// A sample that came a moment late leaves no hole: the one before it counted on until then.
fn hold_on(columns: &mut [Option<&Sample>], begins: impl Fn(usize) -> Moment, every: Span) {
    for column in 1..columns.len() {
        if columns[column].is_none() {
            columns[column] = columns[column - 1].filter(|before| begins(column) - before.at <= every + every);
        }
    }
}

fn count(columns: usize) -> i64 {
    i64::try_from(columns).unwrap_or(i64::MAX)
}

/// How much a sample wants to be seen. That there was no number never hides behind one that is good.
fn weight(sample: &Sample, bands: &Bands) -> u8 {
    match sample.reading {
        Reading::Missing(_) | Reading::Invalid(_) => 2,
        Reading::Number(value) => match bands.of(value) {
            Some(Band::Critical) => 4,
            Some(Band::Warning) => 3,
            Some(Band::Between) => 1,
            Some(Band::Normal) | None => 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::metric::{End, Range};

    const EVERY: Span = Span(5_000);

    fn bands() -> Bands {
        let above = |value| Some(Range { low: Some(End { value, included: true }), high: None });
        Bands { critical: above(100.0), ..Bands::default() }
    }

    /// Samples as they come, each with what it measured.
    fn history(values: &[f64]) -> History {
        let mut history = History::default();
        for (number, value) in (0..).zip(values) {
            history.push(Moment(1_000_000 + number * EVERY.0), Reading::of(*value));
        }
        history
    }

    fn shown(values: &[f64], room: usize) -> Vec<Option<f64>> {
        let history = history(values);
        columns(&history, EVERY, room, &bands()).iter().map(|column| column.and_then(|sample| sample.reading.number())).collect()
    }

    #[test]
    fn a_new_sample_leaves_the_columns_before_it_alone() {
        let values: Vec<f64> = (0..8).map(f64::from).collect();
        for count in 1..values.len() {
            let (before, after) = (shown(&values[..count], 8), shown(&values[..=count], 8));
            assert_eq!(before[..], after[..count]);
        }
    }

    #[test]
    fn a_full_chart_turns_its_page_by_a_quarter_and_then_stands_still_again() {
        let values: Vec<f64> = (0..4_000).map(|number| f64::from(number % 90)).collect();
        let mut moved = 0;
        for count in 3_000..3_400 {
            let (before, after) = (shown(&values[..count], 40), shown(&values[..=count], 40));
            assert!((30..=40).contains(&after.len()), "{}", after.len());
            moved += usize::from(after.len() < before.len());
        }
        assert!((2..=10).contains(&moved), "{moved} turns in {} minutes", 400 * 5 / 60);
    }

    #[test]
    fn the_worst_sample_stands_for_its_stretch() {
        let mut values = vec![1.0; 300];
        values[7] = 150.0;
        values[200] = f64::NAN;
        let columns = shown(&values, 20);
        assert!(columns.contains(&Some(150.0)), "{columns:?}");
        assert!(columns.contains(&None), "{columns:?}");
    }

    #[test]
    fn a_sample_that_is_late_leaves_no_hole_and_a_silence_does() {
        let at = [0, 5_001, 9_999, 15_002, 60_000];
        let mut history = History::default();
        for (number, at) in (0..).zip(at) {
            history.push(Moment(at), Reading::Number(f64::from(number)));
        }
        let columns = columns(&history, EVERY, 20, &bands());
        let holes = columns.iter().filter(|column| column.is_none()).count();
        assert!(columns[..4].iter().all(Option::is_some), "{columns:?}");
        assert!(holes >= 5, "{columns:?}");
    }
}
