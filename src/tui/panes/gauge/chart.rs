//! The chart of one gauge over the whole deployment: columns of time, a line at each limit and at the baseline, phases below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Subject;
use crate::id::PhaseId;
use crate::measure::history::{Digest, Piece};
use crate::measure::metric::Band;
use crate::measure::show;
use crate::room::state::PhaseStatus;
use crate::runbook::model::Address;
use crate::text;
use crate::time::{Moment, Span};
use crate::tui::panes::chart::Scale;
use crate::tui::panes::kit::Page;
use crate::tui::scene::{Facts, Scene};

/// Stands before what begins where the source is asked at another address than before.
const OTHER_ADDRESS: &str = "@";

/// From here on the lines carry their values as well as their names.
const WIDE: u16 = 100;

/// Where a time stands from left to right.
#[derive(Clone, Copy)]
pub(in crate::tui) struct Axis {
    from: Moment,
    /// How much time one column stands for.
    pub(in crate::tui) column: Span,
    /// How often a sample is expected.
    every: Span,
    /// Cells left of the chart, for the ends of its scale and the names of its lines.
    margin: u16,
    columns: u16,
}

impl Axis {
    /// The whole deployment on `width` cells; a young one takes no less for a column than one sample does.
    pub(in crate::tui) fn of(facts: &Facts, metric: usize, width: u16) -> Self {
        let (state, margin) = (facts.state, if width >= WIDE { 20 } else { 10 });
        let every = state.runbook.metrics.get_index(metric).and_then(|(id, _)| state.runbook.every(id));
        let every = every.unwrap_or(Span::SECOND).max(Span(100));
        let columns = width.saturating_sub(margin).max(1);
        let all = (facts.now - state.opened_at).or_zero();
        let column = Span((all.0 / i64::from(columns) + 1).max(every.0));
        Self { from: state.opened_at, column, every, margin, columns }
    }

    fn place(self, at: Moment) -> u16 {
        let column = (at - self.from).or_zero().0 / self.column.0;
        u16::try_from(column).unwrap_or(u16::MAX).min(self.columns - 1)
    }

    /// What was measured in each column. A sample that came a moment late leaves no hole: the one before counted until then.
    fn columns(self, subject: &Subject) -> Vec<Option<Digest>> {
        let mut columns: Vec<Option<Digest>> = vec![None; usize::from(self.columns)];
        for piece in subject.history.pieces().map(Piece::digest) {
            for x in self.place(piece.from)..=self.place(piece.to) {
                if let Some(column) = columns.get_mut(usize::from(x)) {
                    *column = Some(column.take().map_or_else(|| piece.clone(), |stands| beside(&stands, &piece)));
                }
            }
        }
        for x in 1..columns.len() {
            let begins = self.from + Span(self.column.0 * i64::try_from(x).unwrap_or_default());
            if columns[x].is_none() && columns[x..].iter().any(Option::is_some) {
                columns[x] = columns[x - 1].clone().filter(|before| begins - before.to <= self.every + self.every);
            }
        }
        columns
    }
}

/// Two stretches of samples as one, where either may be without a number.
fn beside(one: &Digest, other: &Digest) -> Digest {
    match (one.numbers, other.numbers) {
        (0, _) => Digest { samples: one.samples + other.samples, ..other.clone() },
        (_, 0) => Digest { samples: one.samples + other.samples, ..one.clone() },
        (_, _) => super::together(one, other),
    }
}

/// Draws it, and tells whether some time in sight was without a number.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene, subject: &Subject, axis: Axis) -> bool {
    let area = area.intersection(buffer.area);
    if area.height < 2 || area.width <= axis.margin + 2 {
        return false;
    }
    let columns = axis.columns(subject);
    let chart = Rect { x: area.x + axis.margin, width: area.width - axis.margin, ..area };
    let baseline = scene.state.baseline_of(subject.id).ok();
    let Some(scale) = scale(&columns, subject, baseline) else {
        buffer.set_stringn(area.x + 1, area.y, "nothing was measured yet", usize::from(area.width), scene.theme.muted());
        return false;
    };
    // Where a limit falls into the same row, its name says more.
    let middle = (area.height >= 9).then(|| (area.y + area.height / 2, f64::midpoint(scale.low, scale.high)));
    for (y, value) in [Some((area.y, scale.high)), middle, Some((area.bottom() - 1, scale.low))].into_iter().flatten() {
        label(buffer, chart, axis, y, &show::number(show::short(value), &subject.metric.unit), scene);
    }
    lines(buffer, chart, axis, scene, subject, baseline, scale);
    for (x, column) in (chart.left()..chart.right()).zip(&columns) {
        if let Some(column) = column {
            bar(buffer, chart, x, scene, subject, column, scale);
        }
    }
    columns.iter().flatten().any(|column| column.numbers < column.samples)
}

/// The numbers in sight, the limits near them, and the baseline unless it would press all of them flat.
fn scale(columns: &[Option<Digest>], subject: &Subject, baseline: Option<f64>) -> Option<Scale> {
    let known = || columns.iter().flatten().filter(|column| column.numbers > 0);
    let least = known().map(|column| column.least).reduce(f64::min)?;
    let greatest = known().map(|column| column.greatest).reduce(f64::max)?;
    let near = baseline.filter(|baseline| baseline.abs() <= greatest.abs().max(least.abs()) * 2.5);
    Some(Scale::of_numbers((least, greatest), &subject.bands).with(near))
}

/// Words left of the chart, at the right end of the margin.
fn label(buffer: &mut Buffer, chart: Rect, axis: Axis, y: u16, words: &str, scene: &Scene) {
    let cells = usize::from(axis.margin).saturating_sub(1);
    let words = format!("{:>cells$} ", text::clip(words, cells));
    buffer.set_stringn(chart.x - axis.margin, y, words, usize::from(axis.margin), scene.theme.muted());
}

fn row_of(value: f64, area: Rect, scale: Scale) -> u16 {
    let from_bottom = (scale.share(value) * f64::from(area.height)).ceil().max(1.0) as u16;
    area.bottom() - from_bottom.min(area.height)
}

/// A line at each limit and at the baseline, with its name.
fn lines(buffer: &mut Buffer, chart: Rect, axis: Axis, scene: &Scene, subject: &Subject, baseline: Option<f64>, scale: Scale) {
    let bands = &subject.bands;
    let named = [
        (baseline, "baseline"),
        (bands.critical_from(), bands.words.critical()),
        (bands.warning_from(), "warning"),
        (bands.grey_from(), "target"),
    ];
    // The nearest to what is good is drawn last: where two fall into one row, it is the one that is read.
    for (value, word) in named {
        let Some(value) = value.filter(|value| *value >= scale.low && *value <= scale.high) else { continue };
        let y = row_of(value, chart, scale);
        let mark = if word == "baseline" { "." } else { scene.marks.across };
        for x in chart.left()..chart.right() {
            buffer[(x, y)].set_symbol(mark).set_style(scene.theme.muted());
        }
        let wide = axis.margin > 10;
        let words = if wide { format!("{word} {}", show::number(value, &subject.metric.unit)) } else { word.to_owned() };
        label(buffer, chart, axis, y, &words, scene);
    }
}

fn bar(buffer: &mut Buffer, area: Rect, x: u16, scene: &Scene, subject: &Subject, column: &Digest, scale: Scale) {
    if column.numbers == 0 {
        buffer[(x, area.bottom() - 1)].set_symbol("?").set_style(scene.theme.unknown());
        return;
    }
    let worst = subject.bands.of(column.least).max(subject.bands.of(column.greatest));
    let style: Style = match worst {
        Some(Band::Normal) | None => scene.theme.muted(),
        band => scene.theme.band(band),
    };
    let levels = scene.marks.spark;
    let share = scale.share(column.greatest);
    let mut left = ((share * f64::from(area.height) * levels.len() as f64).round() as usize).max(1);
    for y in (area.top()..area.bottom()).rev() {
        if left == 0 {
            break;
        }
        let level = left.min(levels.len());
        let cell = &mut buffer[(x, y)];
        cell.reset();
        cell.set_char(levels[level - 1]).set_style(scene.theme.normal()).set_style(style);
        left -= level;
    }
    if column.numbers < column.samples {
        buffer[(x, area.bottom() - 1)].set_symbol("?").set_style(scene.theme.unknown());
    }
}

/// Where the phases began, T, and the cursor: a phase is called by as much of its title as there is room for. What is measured
/// from there on at another address is no continuation of what was, and is marked.
pub(super) fn times(page: &mut Page, scene: &Scene, subject: &Subject, axis: Axis) {
    let width = usize::from(axis.columns);
    let address = scene.state.runbook.sources.get(&subject.metric.source).and_then(|source| source.kind.address());
    let mut asked = None;
    let mut elsewhere = |phase: &PhaseId| {
        let now = address.and_then(|address| address.at(Some(phase)).1);
        if std::mem::replace(&mut asked, now) == now { "" } else { OTHER_ADDRESS }
    };
    let mut begins: Vec<(usize, String)> = Vec::new();
    let mut put = |at: Moment, words: String| {
        let x = usize::from(axis.place(at));
        match begins.last_mut().filter(|(before, _)| *before == x) {
            Some((_, said)) => *said = format!("{said} {words}"),
            None => begins.push((x, words)),
        }
    };
    if let Some(started) = scene.state.started {
        put(started, "T".to_owned());
    }
    for (phase, state) in scene.state.runbook.phases.iter().zip(&scene.state.phases) {
        match state.status {
            PhaseStatus::Active { began } | PhaseStatus::Over { began, .. } => {
                put(began, format!("{}{} {}", elsewhere(&phase.id), phase.number, text::clean_line(&phase.title)));
            }
            PhaseStatus::Waiting => {}
        }
    }
    if let Some(rollback) = &scene.state.rollback {
        put(rollback.started, format!("{}R rollback", elsewhere(&PhaseId::new(Address::ROLLBACK))));
    }
    begins.sort_by_key(|(x, _)| *x);
    let mut line = String::new();
    for (at, (x, words)) in begins.iter().enumerate() {
        let end = begins.get(at + 1).map_or(width, |(next, _)| *next);
        line = format!("{line:<x$}");
        line.push_str(&text::clip(&format!("|{words}"), end.saturating_sub(*x)));
    }
    if let Some(cursor) = scene.view.cursor {
        let x = usize::from(axis.place(cursor));
        let before: String = format!("{line:<width$}").chars().take(x).collect();
        let after: String = line.chars().skip(x + 1).collect();
        line = format!("{before}{}{after}", scene.marks.now);
    }
    page.row().skip(usize::from(axis.margin)).put(&line, scene.theme.normal());
}
