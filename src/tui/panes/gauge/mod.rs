//! One gauge by itself: its chart over the deployment with limits, baseline and phases, and all that stands behind the number.
//!
//! Nothing here is said by colour alone: limits and the baseline carry their names, what was not measured is a `?` or a hole.

mod chart;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::id::{MetricId, SourceId};
use crate::measure::against::{Against, Compare};
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
use crate::tui::layout::wrap;
use crate::tui::panes::kit::Page;
use crate::tui::panes::words::age;
use crate::tui::scene::Scene;

pub(in crate::tui) use chart::Axis;

/// Cells before what stands behind the number: its query, its source, its error.
const LEAD: usize = 9;
/// Rows that the query takes at most, and what its source says of itself.
const QUERY_ROWS: usize = 3;
const NOTES_MAX: usize = 3;

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
    let axis = Axis::of(&scene.facts(), scene.view.metric, area.width);
    let (above, below) = (area.height.saturating_sub(page.room() as u16), rows_behind(area, scene, &subject));
    let chart = Rect { y: area.y + above, height: (page.room() as u16).saturating_sub(below), ..area };
    let holes = chart::draw(frame.buffer_mut(), chart, scene, &subject, axis);
    let rest = Rect { y: chart.bottom(), height: area.bottom().saturating_sub(chart.bottom()), ..area };
    let mut page = Page::new(frame.buffer_mut(), rest);
    chart::times(&mut page, scene, &subject, axis);
    at_the_cursor(&mut page, scene, &subject, axis, holes);
    behind(&mut page, scene, &subject);
}

/// Rows below the chart: two of its times, then the query, the source and what there is more.
fn rows_behind(area: Rect, scene: &Scene, subject: &Subject) -> u16 {
    let query = query_rows(area.height, usize::from(area.width), subject);
    (3 + query + rows_more(scene, subject)) as u16
}

/// Rows below the source: the one it is compared with, the address of this phase, what the source says of itself, the last error.
fn rows_more(scene: &Scene, subject: &Subject) -> usize {
    let states = subject.metric.sources().filter_map(|source| scene.state.sources.get(source));
    let said = states.map(|state| usize::from(state.during.is_some()) + state.notes.len().min(NOTES_MAX)).sum::<usize>();
    usize::from(subject.metric.against.is_some()) + said + usize::from(last_error(subject).is_some())
}

fn query_rows(height: u16, width: usize, subject: &Subject) -> usize {
    let most = if height < 16 { 1 } else { QUERY_ROWS };
    wrap(subject.metric.query.text(), width.saturating_sub(LEAD + 1)).len().clamp(1, most)
}

fn heading(page: &mut Page, scene: &Scene, subject: &Subject) {
    let theme = scene.theme;
    let fresh_for = scene.state.runbook.fresh_for(subject.id);
    let say = |value: f64| show::number(value, &subject.metric.unit);
    let (now, word, style) = match subject.history.standing(scene.now, fresh_for) {
        Standing::Number(value) => {
            let band = subject.bands.of(value);
            let target = subject.bands.words == Words::Target;
            // The same words as on the small gauges, and what they mean.
            let word = match band {
                None => "--, judged by nobody",
                Some(Band::Normal) if target => "ok, meets its target",
                Some(Band::Normal) => "ok",
                Some(Band::Between) => "grey, neither good nor an alarm",
                Some(Band::Warning) => "WARN",
                Some(Band::Critical) if target => "CRIT, an alarm",
                Some(Band::Critical) => "CRIT",
            };
            (say(value), word.to_owned(), theme.band(band))
        }
        Standing::Never => ("?".to_owned(), "never measured".to_owned(), theme.unknown()),
        Standing::Missing(why) | Standing::Invalid(why) => ("?".to_owned(), text::clean_line(&why).into_owned(), theme.unknown()),
        Standing::Stale { last } => (last.map_or_else(|| "?".to_owned(), say), "STALE, not known".to_owned(), theme.stale()),
    };
    let metrics = &scene.state.runbook.metrics;
    let every = scene.state.runbook.every(subject.id).unwrap_or(Span::ZERO);
    let age = subject.history.age(scene.now).map_or_else(String::new, |span| format!("  {} old", age(span.or_zero(), every)));
    let mut row = page.row();
    row.right(&format!("gauge {} of {} ", scene.view.metric + 1, metrics.len()), theme.muted());
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

/// What was measured at the cursor, or what the chart shows and how to move.
fn at_the_cursor(page: &mut Page, scene: &Scene, subject: &Subject, axis: Axis, holes: bool) {
    let zone = scene.state.runbook.zone;
    let clock = |at: Moment| scene.state.wall(at).clock(zone);
    let Some(cursor) = scene.view.cursor else {
        let legend = if holes { "   ? no number" } else { "" };
        let times = format!(" {} to {}{legend}", clock(scene.state.opened_at), clock(scene.now));
        let keys = "   , . read it at a time   Up Down next gauge";
        page.row().put(&times, scene.theme.muted()).put(keys, scene.theme.muted());
        return;
    };
    let end = cursor + axis.column;
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

fn last_error<'a>(subject: &Subject<'a>) -> Option<(Moment, &'a str)> {
    subject.history.newest_first().find_map(|sample| match &sample.reading {
        Reading::Missing(why) | Reading::Invalid(why) => Some((sample.at, why.as_str())),
        Reading::Number(_) => None,
    })
}

/// The query, the source and the last error, which is quiet once there are numbers again.
fn behind(page: &mut Page, scene: &Scene, subject: &Subject) {
    let theme = scene.theme;
    let query = text::clean_line(subject.metric.query.text());
    let rows = page.room().saturating_sub(1 + rows_more(scene, subject)).clamp(1, QUERY_ROWS);
    page.wrapped((" query", theme.muted()), LEAD, (&query, theme.output()), rows);
    source(page, scene, (" source", &subject.metric.source), "");
    if let Some(Against { source: other, compare }) = &subject.metric.against {
        let compared = match compare {
            Compare::Difference => "  (the difference)",
            Compare::Ratio => "  (the ratio)",
        };
        source(page, scene, (" against", other), compared);
    }
    let Some((at, why)) = last_error(subject) else { return };
    let over = subject.history.last().is_some_and(|sample| sample.reading.number().is_some());
    let (word, style) = if over { ("last at ", theme.muted()) } else { ("", theme.warning()) };
    let said = format!("{word}{}  {}", scene.state.wall(at).clock(scene.state.runbook.zone), text::clean_line(why));
    page.row().column(" error", LEAD, theme.muted()).put(&said, style);
}

/// A source, whether it answers, where it is asked, and what it says of itself.
fn source(page: &mut Page, scene: &Scene, (word, id): (&str, &SourceId), compared: &str) {
    let theme = scene.theme;
    let state = scene.state.sources.get(id);
    let (said, style) = match state.and_then(|state| state.last.as_ref()) {
        None => ("never asked".to_owned(), theme.unknown()),
        Some((_, Outcome::Up { status })) => (format!("up, status {status}"), theme.normal()),
        Some((_, Outcome::Down { why })) => (format!("DOWN: {}", text::clean_line(why)), theme.critical()),
    };
    let mut row = page.row();
    row.column(word, LEAD, theme.muted()).put(&format!("{id}  {said}"), style).put(compared, theme.muted());
    if scene.state.runbook.sources.get(id).is_some_and(|source| source.access.insecure) {
        row.put("  INSECURE: anybody may answer", theme.warning());
    }
    let Some(state) = state else { return };
    if let Some(phase) = &state.during {
        page.row().skip(LEAD).put(&format!("asked at its address for {phase}"), theme.output());
    }
    for note in state.notes.iter().take(NOTES_MAX) {
        page.row().column(" says", LEAD, theme.muted()).put(&text::clean_line(note), theme.warning());
    }
}
