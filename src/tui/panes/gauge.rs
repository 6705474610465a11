//! One gauge by itself: its chart over the deployment with limits, baseline and phases, and all that stands behind the number.
//!
//! Nothing here is said by colour alone: limits and the baseline carry their names, what was not measured is a `?` or a hole.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::id::MetricId;
use crate::measure::history::{Digest, History, Piece};
use crate::measure::judge::Evidence;
use crate::measure::metric::{Band, Bands, Baseline, Metric, Words};
use crate::measure::reading::{Reading, Standing};
use crate::measure::show;
use crate::room::baseline;
use crate::room::event::Outcome;
use crate::room::state::PhaseStatus;
use crate::text;
use crate::time::{Moment, Span};
use crate::tui::panes::kit::Page;
use crate::tui::scene::{Facts, Scene};

/// Columns left of the chart, for the ends of its scale.
const MARGIN: u16 = 10;

/// The metric looked at, and its history.
struct Subject<'a> {
    id: &'a MetricId,
    metric: &'a Metric,
    history: &'a History,
    bands: Bands,
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let mut page = Page::new(frame.buffer_mut(), area);
    let found = scene.state.runbook.metrics.get_index(scene.view.metric);
    let Some((id, metric)) = found else {
        page.row().put(" GAUGE  the runbook has no metric", scene.theme.muted());
        return;
    };
    let Some(history) = scene.state.metrics.get(id) else { return };
    let subject = Subject { id, metric, history, bands: scene.state.bands(id) };
    heading(&mut page, scene, &subject);
    bands(&mut page, scene, &subject);
    against(&mut page, scene, &subject);
    numbers(&mut page, scene, &subject);
    let (above, below) = (area.height.saturating_sub(page.room() as u16), 5);
    let chart = Rect { y: area.y + above, height: (page.room() as u16).saturating_sub(below), ..area };
    chart_of(frame.buffer_mut(), chart, scene, &subject);
    let rest = Rect { y: chart.bottom(), height: area.bottom().saturating_sub(chart.bottom()), ..area };
    let mut page = Page::new(frame.buffer_mut(), rest);
    times(&mut page, scene);
    at_the_cursor(&mut page, scene, &subject);
    behind(&mut page, scene, &subject);
}

fn heading(page: &mut Page, scene: &Scene, subject: &Subject) {
    let theme = scene.theme;
    let fresh_for = scene.state.runbook.fresh_for(subject.id);
    let say = |value: f64| show::number(value, &subject.metric.unit);
    let (now, word, style) = match subject.history.standing(scene.now, fresh_for) {
        Standing::Number(value) => {
            let band = subject.bands.of(value);
            let word = match band {
                None => "judged by nobody",
                Some(Band::Normal) if subject.bands.words == Words::Target => "meets its target",
                Some(Band::Normal) => "ok",
                Some(Band::Between) => "in the grey zone: neither good nor an alarm",
                Some(Band::Warning) => "WARN",
                Some(Band::Critical) if subject.bands.words == Words::Target => "ALARM",
                Some(Band::Critical) => "CRIT",
            };
            (say(value), word.to_owned(), theme.band(band))
        }
        Standing::Never => ("?".to_owned(), "never measured".to_owned(), theme.unknown()),
        Standing::Missing(why) | Standing::Invalid(why) => ("?".to_owned(), text::clean_line(&why).into_owned(), theme.unknown()),
        Standing::Stale { last } => (last.map_or_else(|| "?".to_owned(), say), "STALE, not known".to_owned(), theme.stale()),
    };
    let age = subject.history.age(scene.now).map_or_else(String::new, |age| format!("  {age} old"));
    let mut row = page.row();
    row.put(" ", theme.normal()).put(&text::clean_line(&subject.metric.title), theme.title());
    row.put("  ", theme.normal()).put(&now, style).put("  ", theme.normal()).put(&word, style).put(&age, theme.muted());
}

fn bands(page: &mut Page, scene: &Scene, subject: &Subject) {
    let (bands, unit, words) = (&subject.bands, &subject.metric.unit, subject.bands.words);
    let named = [(words.normal(), bands.normal), ("warning", bands.warning), (words.critical(), bands.critical)];
    let mut said: Vec<String> =
        named.iter().filter_map(|(word, range)| range.map(|range| format!("{word} {}", show::range(&range, unit)))).collect();
    if said.is_empty() {
        said.push("no bands: judged by nobody".to_owned());
    } else if bands.warning.is_none() && bands.normal.is_some() && bands.critical.is_some() {
        said.insert(1, "grey between".to_owned());
    }
    if *bands != subject.metric.bands {
        said.push("(of this phase)".to_owned());
    }
    page.row().put(" ", scene.theme.normal()).put(&said.join("   "), scene.theme.normal());
}

/// The baseline, or why there is none yet.
fn against(page: &mut Page, scene: &Scene, subject: &Subject) {
    let Some(kind) = subject.metric.baseline else { return };
    let said = match (kind, scene.state.baseline_of(subject.id)) {
        (Baseline::Fixed(value), _) => format!("baseline {}, as the runbook says", show::number(value, &subject.metric.unit)),
        (Baseline::Before(over), Ok(value)) => {
            format!("baseline {}, the mean of the {over} before T", show::number(value, &subject.metric.unit))
        }
        (Baseline::Before(_), Err(why)) => {
            let so_far = baseline::take(scene.state, subject.id, subject.metric, scene.now)
                .filter(|_| !scene.state.baselines.contains_key(subject.id))
                .map(|taken| format!(" ({} samples now, {} needed)", taken.samples, taken.needed));
            format!("no baseline: {why}{}", so_far.unwrap_or_default())
        }
    };
    page.row().put(" ", scene.theme.normal()).put(&said, scene.theme.normal());
}

/// The least, mean and greatest since the room was opened, and since the phase began.
fn numbers(page: &mut Page, scene: &Scene, subject: &Subject) {
    let since = |from: Moment, word: &str| {
        let pieces = subject.history.pieces().map(Piece::digest).take_while(|piece| piece.to >= from);
        let numbers = pieces.filter(|piece| piece.numbers > 0).reduce(|all, piece| together(&all, &piece));
        let say = |value| show::number(value, &subject.metric.unit);
        numbers.map_or_else(
            || format!("{word}: no number"),
            |all| {
                let mean = all.mean().map_or_else(|| "?".to_owned(), say);
                format!("{word}: min {}, mean {mean}, max {}", say(all.least), say(all.greatest))
            },
        )
    };
    let mut said = vec![since(scene.state.opened_at, "all")];
    let began = scene.state.current_phase().and_then(|place| match scene.state.phases.get(place)?.status {
        PhaseStatus::Active { began } => Some(began),
        PhaseStatus::Waiting | PhaseStatus::Over { .. } => None,
    });
    said.extend(began.map(|began| since(began, "this phase")));
    let whole = said.join("   ");
    let rows = if text::width(&whole) < page.width() { vec![whole] } else { said };
    for said in rows {
        page.row().put(" ", scene.theme.normal()).put(&said, scene.theme.muted());
    }
}

/// Two stretches of samples as one; only what is said of their values.
fn together(one: &Digest, other: &Digest) -> Digest {
    Digest {
        numbers: one.numbers + other.numbers,
        samples: one.samples + other.samples,
        least: one.least.min(other.least),
        greatest: one.greatest.max(other.greatest),
        sum: one.sum + other.sum,
        from: one.from.min(other.from),
        to: one.to.max(other.to),
        ..one.clone()
    }
}

// The chart.

/// How much time one column stands for, so that the whole deployment fits.
pub(in crate::tui) fn column(facts: &Facts, width: u16) -> Span {
    let columns = i64::from(width.saturating_sub(MARGIN + 1).max(1));
    let all = (facts.now - facts.state.opened_at).or_zero();
    Span((all.0 / columns + 1).max(1_000))
}

fn place(at: Moment, scene: &Scene, width: u16) -> u16 {
    let columns = (at - scene.state.opened_at).or_zero().0 / column(&scene.facts(), width).0;
    u16::try_from(columns).unwrap_or(u16::MAX).min(width.saturating_sub(MARGIN + 1))
}

fn chart_of(buffer: &mut Buffer, area: Rect, scene: &Scene, subject: &Subject) {
    let area = area.intersection(buffer.area);
    if area.height < 2 || area.width <= MARGIN + 2 {
        return;
    }
    let mut columns: Vec<Option<Digest>> = vec![None; usize::from(area.width - MARGIN)];
    for piece in subject.history.pieces().map(Piece::digest) {
        for x in place(piece.from, scene, area.width)..=place(piece.to, scene, area.width) {
            let Some(column) = columns.get_mut(usize::from(x)) else { continue };
            *column = Some(match column.take() {
                Some(stands) if stands.numbers > 0 && piece.numbers > 0 => together(&stands, &piece),
                Some(stands) if stands.numbers > 0 => Digest { samples: stands.samples + 1, ..stands },
                Some(stands) => Digest { samples: stands.samples + piece.samples, ..piece.clone() },
                None => piece.clone(),
            });
        }
    }
    let baseline = scene.state.baseline_of(subject.id).ok();
    let Some((low, high)) = scale(&columns, &subject.bands, baseline) else {
        buffer.set_stringn(area.x + 1, area.y, "nothing was measured yet", usize::from(area.width), scene.theme.muted());
        return;
    };
    // Where a limit falls into the same row, its name says more.
    for (y, value) in [(area.y, high), (area.bottom() - 1, low)] {
        let label = format!("{:>9} ", show::number(value, &subject.metric.unit));
        buffer.set_stringn(area.x, y, label, usize::from(MARGIN), scene.theme.muted());
    }
    lines(buffer, area, scene, subject, baseline, (low, high));
    for (x, column) in (area.x + MARGIN..area.right()).zip(&columns) {
        if let Some(column) = column {
            bar(buffer, area, x, scene, subject, column, (low, high));
        }
    }
}

/// From zero to a little above the greatest number, with the limits and the baseline that are near.
fn scale(columns: &[Option<Digest>], bands: &Bands, baseline: Option<f64>) -> Option<(f64, f64)> {
    let known = || columns.iter().flatten().filter(|column| column.numbers > 0);
    let least = known().map(|column| column.least).reduce(f64::min)?;
    let greatest = known().map(|column| column.greatest).reduce(f64::max)?;
    let ranges = [bands.normal, bands.warning, bands.critical];
    let limits = ranges.into_iter().flatten().flat_map(|range| [range.low, range.high]).flatten().map(|end| end.value);
    let near = limits.chain(baseline).filter(|limit| *limit <= greatest.abs() * 4.0).fold(greatest, f64::max);
    let (low, high) = (least.min(0.0), near.max(greatest));
    Some((low, if high > low { high * 1.05 } else { low + 1.0 }))
}

fn height_of(value: f64, area: Rect, (low, high): (f64, f64)) -> f64 {
    ((value - low) / (high - low)).clamp(0.0, 1.0) * f64::from(area.height)
}

/// A line at each limit and at the baseline, with its name.
fn lines(buffer: &mut Buffer, area: Rect, scene: &Scene, subject: &Subject, baseline: Option<f64>, ends: (f64, f64)) {
    let bands = &subject.bands;
    let end =
        |range: Option<crate::measure::metric::Range>| range.and_then(|range| range.low.or(range.high)).map(|end| end.value);
    let named = [
        (end(bands.normal).filter(|_| bands.words == Words::Target), "target"),
        (end(bands.warning), "warning"),
        (end(bands.critical), bands.words.critical()),
        (baseline, "baseline"),
    ];
    for (value, word) in named {
        let Some(value) = value.filter(|value| *value > ends.0 && *value <= ends.1) else { continue };
        let y = area.bottom() - (height_of(value, area, ends).ceil().max(1.0) as u16).min(area.height);
        let mark = if word == "baseline" { "." } else { scene.marks.across };
        for x in area.x + MARGIN..area.right() {
            buffer[(x, y)].set_symbol(mark).set_style(scene.theme.muted());
        }
        let label = format!("{word:>9}");
        buffer.set_stringn(area.x, y, label, usize::from(MARGIN), scene.theme.muted());
    }
}

fn bar(buffer: &mut Buffer, area: Rect, x: u16, scene: &Scene, subject: &Subject, column: &Digest, ends: (f64, f64)) {
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
    let mut left = ((height_of(column.greatest, area, ends) * levels.len() as f64).round() as usize).max(1);
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

/// Where the phases began, T, and the cursor.
fn times(page: &mut Page, scene: &Scene) {
    let width = page.width() as u16;
    let mut marks = vec![' '; usize::from(width)];
    let mut put = |at: Moment, mark: &str| {
        let from = usize::from(MARGIN + place(at, scene, width));
        for (x, letter) in (from..).zip(mark.chars()) {
            if let Some(cell) = marks.get_mut(x) {
                *cell = letter;
            }
        }
    };
    if let Some(started) = scene.state.started {
        put(started, "|T");
    }
    for (phase, state) in scene.state.runbook.phases.iter().zip(&scene.state.phases) {
        match state.status {
            PhaseStatus::Active { began } | PhaseStatus::Over { began, .. } => put(began, &format!("|{}", phase.number)),
            PhaseStatus::Waiting => {}
        }
    }
    if let Some(rollback) = &scene.state.rollback {
        put(rollback.started, "|R");
    }
    if let Some(cursor) = scene.view.cursor {
        put(cursor, scene.marks.now);
    }
    let line: String = marks.into_iter().collect();
    page.row().put(&line, scene.theme.normal());
}

/// What was measured at the cursor, or when the chart begins and how to move.
fn at_the_cursor(page: &mut Page, scene: &Scene, subject: &Subject) {
    let zone = scene.state.runbook.zone;
    let clock = |at: Moment| scene.state.wall(at).clock(zone);
    let Some(cursor) = scene.view.cursor else {
        let said = format!(" from {} to {};  , and . read it at a time", clock(scene.state.opened_at), clock(scene.now));
        page.row().put(&said, scene.theme.muted());
        return;
    };
    let end = cursor + column(&scene.facts(), page.width() as u16);
    let within = subject.history.pieces().map(Piece::digest).find(|piece| piece.from < end && piece.to >= cursor);
    let say = |value| show::number(value, &subject.metric.unit);
    let said = match within {
        Some(piece) if piece.samples == 1 && piece.numbers == 1 => format!("{} at {}", say(piece.least), clock(piece.from)),
        Some(piece) if piece.numbers > 0 => {
            format!("{} to {} in {} samples", say(piece.least), say(piece.greatest), piece.samples)
        }
        Some(_) => "no number".to_owned(),
        None => "nothing was measured".to_owned(),
    };
    page.row().put(&format!(" {}  {said}", clock(cursor)), scene.theme.title());
}

/// The query, the source and the last error.
fn behind(page: &mut Page, scene: &Scene, subject: &Subject) {
    let theme = scene.theme;
    page.row().put(" query   ", theme.muted()).put(&text::clean_line(subject.metric.query.text()), theme.output());
    let source = &subject.metric.source;
    let state = scene.state.sources.get(source).and_then(|state| state.last.as_ref());
    let (said, style) = match state {
        None => ("never asked".to_owned(), theme.unknown()),
        Some((_, Outcome::Up { status })) => (format!("up, status {status}"), theme.normal()),
        Some((_, Outcome::Down { why })) => (format!("DOWN: {}", text::clean_line(why)), theme.critical()),
    };
    let mut row = page.row();
    row.put(" source  ", theme.muted()).put(&format!("{source}  {said}"), style);
    if scene.state.runbook.sources.get(source).is_some_and(|source| source.access.insecure) {
        row.put("  INSECURE: anybody may answer", theme.warning());
    }
    if let Some(beside) = scene.state.sources.get(source) {
        if let Some(phase) = &beside.during {
            page.row().put("         ", theme.muted()).put(&format!("asked at its address for {phase}"), theme.output());
        }
        for note in &beside.notes {
            page.row().put(" says    ", theme.muted()).put(&text::clean_line(note), theme.warning());
        }
    }
    let failed = subject.history.newest_first().find_map(|sample| match &sample.reading {
        Reading::Missing(why) | Reading::Invalid(why) => Some((sample.at, why)),
        Reading::Number(_) => None,
    });
    if let Some((at, why)) = failed {
        let at = scene.state.wall(at).clock(scene.state.runbook.zone);
        page.row().put(" error   ", theme.muted()).put(&format!("{at}  {}", text::clean_line(why)), theme.warning());
    }
}
