//! Trends and charts out of a metric's history, from left to right; `columns` says what stands where.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::measure::history::History;
use crate::measure::metric::{Band, Bands, Metric, Range, Words};
use crate::measure::reading::{Reading, Sample};
use crate::measure::show;
use crate::time::Span;
use crate::tui::panes::kit::Row;
use crate::tui::scene::Scene;

/// Samples that a chart can show: no terminal has more columns.
const COLUMNS_MAX: usize = 512;

/// What is drawn: a metric's history against the bands that count now.
#[derive(Clone, Copy)]
pub(crate) struct Plot<'a> {
    pub(crate) history: &'a History,
    pub(crate) metric: &'a Metric,
    pub(crate) bands: Bands,
}

/// Low and high end of what is drawn.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Scale {
    /// For a trend of the numbers in sight.
    fn of_trend(columns: &[Option<&Sample>], bands: &Bands) -> Option<Self> {
        let (low, high) = ends(columns)?;
        Some(Self::around(low, high).with(nearest(bands, low, high)))
    }

    /// For a chart of the numbers in sight and the limits near them. Its ends are round, so that it seldom changes.
    fn of_chart(columns: &[Option<&Sample>], bands: &Bands) -> Option<Self> {
        ends(columns).map(|ends| Self::of_numbers(ends, bands))
    }

    /// For a chart of numbers from `low` to `high`.
    pub(super) fn of_numbers((low, high): (f64, f64), bands: &Bands) -> Self {
        let mut scale = Self { low: -round_up(-low.min(0.0)), high: if high > 0.0 { round_up(high) } else { high } };
        for limit in limits(bands) {
            // A second limit far from what is measured would press the chart flat.
            if limit > scale.high && limit <= high.abs() * 2.5 {
                scale.high = limit;
            } else if limit < scale.low && -limit <= low.abs() * 2.5 {
                scale.low = limit;
            }
        }
        scale.with(nearest(bands, low, high))
    }

    /// The nearest limit is always in sight: what is far from it looks as calm as it is.
    pub(super) fn with(self, limit: Option<f64>) -> Self {
        limit.map_or(self, |limit| Self { low: self.low.min(limit), high: self.high.max(limit) })
    }

    /// Without a limit: what moves is shown, but a tremble is not blown up to the full height.
    fn around(low: f64, high: f64) -> Self {
        let middle = f64::midpoint(low, high);
        let half = ((high - low) / 2.0).max(high.abs().max(low.abs()) / 8.0);
        let step = round_up(half) / 2.0;
        if step <= 0.0 {
            return Self { low, high };
        }
        Self { low: ((middle - half) / step).floor() * step, high: ((middle + half) / step).ceil() * step }
    }

    /// Where `value` stands between 0 and 1; in the middle of nothing it lies at the bottom.
    pub(super) fn share(self, value: f64) -> f64 {
        let all = self.high - self.low;
        if all > 0.0 { ((value - self.low) / all).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// The next of 1, 1.5, 2, 3, 4, 5, 6, 8 with some zeros that is not below `value`; nothing for nothing.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let zeros = 10_f64.powf(value.log10().floor());
    let round = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0].map(|step| step * zeros);
    round.into_iter().find(|round| *round >= value).unwrap_or(10.0 * zeros)
}

/// The values at which a band that is not good begins or ends; a target's end is where the grey begins.
fn limits(bands: &Bands) -> impl Iterator<Item = f64> {
    let both = |range: Option<Range>| range.into_iter().flat_map(|range| [range.low, range.high]).flatten().map(|end| end.value);
    both(bands.critical).chain(both(bands.warning)).chain(bands.grey_from())
}

/// The limit that is nearest to what lies between `low` and `high`.
fn nearest(bands: &Bands, low: f64, high: f64) -> Option<f64> {
    let distance = |limit: f64| if limit < low { low - limit } else { (limit - high).max(0.0) };
    limits(bands).min_by(|one, other| distance(*one).total_cmp(&distance(*other)))
}

/// The least and the greatest of the numbers in sight.
fn ends(columns: &[Option<&Sample>]) -> Option<(f64, f64)> {
    let numbers = || columns.iter().flatten().filter_map(|sample| sample.reading.number());
    Some((numbers().reduce(f64::min)?, numbers().reduce(f64::max)?))
}

/// A trend of one row: `▁▂▃▃▄▅▅▆`. Where there was no number stands a `?`.
pub(crate) fn trend(row: &mut Row, scene: &Scene, plot: &Plot, columns: usize) {
    let columns = columns.min(row.room()).min(COLUMNS_MAX);
    let stand = super::columns::columns(plot.history, every(scene, plot.metric), columns, &plot.bands);
    let scale = Scale::of_trend(&stand, &plot.bands);
    let levels = scene.marks.spark;
    let mut cell = [0; 4];
    for sample in &stand {
        match (sample.map(|sample| &sample.reading), scale) {
            (Some(Reading::Number(value)), Some(scale)) => {
                let level = (scale.share(*value) * (levels.len() - 1) as f64).round() as usize;
                row.put(levels[level].encode_utf8(&mut cell), scene.theme.normal());
            }
            (Some(Reading::Missing(_) | Reading::Invalid(_)), _) => {
                row.put("?", scene.theme.unknown());
            }
            (Some(Reading::Number(_)), None) | (None, _) => {
                row.skip(1);
            }
        }
    }
    row.skip(columns - stand.len());
}

fn every(scene: &Scene, metric: &Metric) -> Span {
    metric
        .sources()
        .filter_map(|source| scene.state.runbook.sources.get(source))
        .map(|source| source.every)
        .max()
        .unwrap_or(Span::SECOND)
}

/// A chart of some rows with a line at each limit of the bands.
pub(crate) fn draw(frame: &mut Frame, area: Rect, scene: &Scene, plot: &Plot) {
    let area = area.intersection(frame.area());
    let columns = usize::from(area.width).min(COLUMNS_MAX);
    if area.is_empty() {
        return;
    }
    let stand = super::columns::columns(plot.history, every(scene, plot.metric), columns, &plot.bands);
    let Some(scale) = Scale::of_chart(&stand, &plot.bands) else { return };
    let buffer = frame.buffer_mut();
    let limits = lines(area, scene, scale, &plot.bands);
    for line in limits.iter().flatten() {
        for x in area.left()..area.right() {
            buffer[(x, line.y)].set_symbol(scene.marks.across).set_style(scene.theme.muted());
        }
    }
    for (x, sample) in (area.left()..).zip(&stand) {
        if let Some(sample) = sample {
            column(buffer, area, x, scene, &plot.bands, scale, sample);
        }
    }
    // A limit that a column covers in part would be read as another number, so its label stands above all.
    for line in limits.into_iter().flatten() {
        let label = format!("{}{} ", line.word, show::number(line.value, &plot.metric.unit));
        for (x, mark) in (area.left()..area.right()).zip(label.chars()) {
            over(buffer, x, line.y, mark, scene, line.style);
        }
    }
}

/// A limit in sight.
struct Line {
    y: u16,
    value: f64,
    word: &'static str,
    style: Style,
}

/// The limits on both sides of what is not good. Those of a grey zone carry their names: no colour tells where it begins.
fn lines(area: Rect, scene: &Scene, scale: Scale, bands: &Bands) -> [Option<Line>; 2] {
    let theme = scene.theme;
    let line = |value: Option<f64>, word: &'static str, style: Style| {
        value.and_then(|value| Some(Line { y: row_of(area, scale, value)?, value, word, style }))
    };
    let (near, far) = match bands.words {
        Words::Bands => (line(bands.warning_from(), "", theme.warning()), line(bands.critical_from(), "", theme.critical())),
        Words::Target => {
            (line(bands.grey_from(), "target ", theme.good()), line(bands.critical_from(), "alert ", theme.critical()))
        }
    };
    // Where both fall into one row, it is the nearer one's.
    let other_row = |far: &Line| near.as_ref().is_none_or(|near| near.y != far.y);
    let far = far.filter(other_row);
    [near, far]
}

/// One sample as a column of eighths.
fn column(buffer: &mut Buffer, area: Rect, x: u16, scene: &Scene, bands: &Bands, scale: Scale, sample: &Sample) {
    let Reading::Number(value) = sample.reading else {
        over(buffer, x, area.bottom() - 1, '?', scene, scene.theme.unknown());
        return;
    };
    let levels = scene.marks.spark;
    let style = match bands.of(value) {
        // What is well stays quiet: colour is kept for what needs a person.
        Some(Band::Normal) | None => scene.theme.muted(),
        band => scene.theme.band(band),
    };
    // At least the lowest level: a zero was measured too.
    let mut eighths = ((scale.share(value) * f64::from(area.height) * levels.len() as f64).round() as usize).max(1);
    for y in (area.top()..area.bottom()).rev() {
        if eighths == 0 {
            break;
        }
        let level = eighths.min(levels.len());
        over(buffer, x, y, levels[level - 1], scene, style);
        eighths -= level;
    }
}

/// Draws over whatever stands there: nothing of a limit's colour shines through a column that covers it.
fn over(buffer: &mut Buffer, x: u16, y: u16, mark: char, scene: &Scene, style: Style) {
    let cell = &mut buffer[(x, y)];
    cell.reset();
    cell.set_char(mark).set_style(scene.theme.normal()).set_style(style);
}

/// The row of a limit, where it is in sight.
fn row_of(area: Rect, scale: Scale, limit: f64) -> Option<u16> {
    if limit < scale.low || limit > scale.high || area.height < 2 {
        return None;
    }
    let from_bottom = (scale.share(limit) * f64::from(area.height)).ceil().max(1.0) as u16;
    Some(area.bottom() - from_bottom.min(area.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::metric::End;
    use crate::time::Moment;

    fn scales(numbers: &[f64], limits: &[f64]) -> [Scale; 2] {
        let from = |limit: &f64| Range { low: Some(End { value: *limit, included: true }), high: None };
        let bands = Bands { warning: limits.first().map(from), critical: limits.get(1).map(from), ..Bands::default() };
        let samples: Vec<Sample> = numbers.iter().map(|number| Sample { at: Moment(0), reading: Reading::of(*number) }).collect();
        let columns: Vec<Option<&Sample>> = samples.iter().map(Some).collect();
        [Scale::of_trend(&columns, &bands).unwrap(), Scale::of_chart(&columns, &bands).unwrap()]
    }

    #[test]
    fn a_tremble_far_below_the_nearest_limit_looks_calm_and_one_near_it_does_not() {
        for scale in scales(&[0.03, 0.08, 0.05], &[0.5, 5.0]) {
            assert!(scale.share(0.08) < 0.2, "{}", scale.share(0.08));
            assert!(scale.share(0.45) > 0.8, "{}", scale.share(0.45));
        }
        for scale in scales(&[0.05, 0.6, 4.0], &[0.5, 5.0]) {
            assert!(scale.share(4.0) > 0.7 && scale.share(0.05) < 0.1);
        }
    }

    #[test]
    fn what_is_good_above_its_limits_has_both_of_them_in_sight_also_below_zero() {
        let range = |low: Option<f64>, high: f64| {
            let end = |value| End { value, included: true };
            Some(Range { low: low.map(end), high: Some(end(high)) })
        };
        let bands = Bands { warning: range(Some(-14.0), -10.0), critical: range(None, -14.0), ..Bands::default() };
        assert_eq!((bands.warning_from(), bands.critical_from()), (Some(-10.0), Some(-14.0)));
        let scale = Scale::of_numbers((-9.0, -6.0), &bands);
        assert!(scale.low <= -14.0 && scale.share(-6.0) > scale.share(-9.0) && scale.share(-9.0) > scale.share(-10.0));
    }

    #[test]
    fn what_has_no_limit_shows_what_moves() {
        let [trend, _] = scales(&[92.0, 140.0], &[]);
        assert!(trend.share(140.0) - trend.share(92.0) > 0.7);
    }
}
