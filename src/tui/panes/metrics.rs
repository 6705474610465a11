//! What is measured: each value with its unit, trend, band and age. What is not known looks so.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::id::MetricId;
use crate::measure::history::History;
use crate::measure::judge::Evidence;
use crate::measure::metric::{Band, Metric};
use crate::measure::reading::Standing;
use crate::measure::show;
use crate::room::event::Outcome;
use crate::runbook::model::SourceKind;
use crate::text;
use crate::time::Span;
use crate::tui::panes::chart::{self, Plot};
use crate::tui::panes::kit::{Page, Row};
use crate::tui::panes::words::age;
use crate::tui::scene::Scene;
use crate::tui::view::Pane;

/// Least rows of one gauge in the grid: a line of words and the chart.
const CELL_ROWS: u16 = 3;
/// And most.
const CELL_ROWS_MAX: u16 = 10;
const CELL_COLUMNS: u16 = 34;
/// Below this a cell has no place for its title.
const CELL_COLUMNS_MIN: u16 = 26;

/// The age of a number that there never was.
const NO_AGE: &str = "-";

/// Before a gauge whose source proves nothing of who it is; the heading says what it means.
const INSECURE: &str = "!";

/// Cells of a trend in the list.
const TREND_MAX: usize = 60;

/// Why there is no number before the first answer.
const WAITING: &str = "waiting";

/// One line of the list, or one cell of the grid.
struct Gauge<'a> {
    title: Cow<'a, str>,
    /// The number without its unit, or what stands for it.
    value: Cow<'a, str>,
    unit: Cow<'a, str>,
    word: &'static str,
    style: Style,
    /// Why there is no number.
    why: Option<Cow<'a, str>>,
    age: String,
    plot: Option<Plot<'a>>,
    place: Option<usize>,
    /// Anybody may answer in the name of its source.
    insecure: bool,
}

/// Columns of the list, by what room there is.
struct Columns {
    title: usize,
    value: usize,
    unit: usize,
    trend: usize,
    age: usize,
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let gauges = gauges(scene);
    let mut page = Page::new(frame.buffer_mut(), area);
    let list_fits_twice = usize::from(area.height) > gauges.len() * 2 && area.width >= CELL_COLUMNS;
    let grid = grid_columns(area, &gauges).filter(|_| area.width >= 2 * CELL_COLUMNS || list_fits_twice);
    heading(&mut page.row(), scene, grid.is_some(), gauges.iter().any(|gauge| gauge.insecure));
    match grid {
        Some(columns) => draw_grid(frame, below_heading(area), scene, &gauges, columns),
        None => draw_list(&mut page, scene, &gauges),
    }
}

fn heading(row: &mut Row, scene: &Scene, grid: bool, insecure: bool) {
    let theme = scene.theme;
    row.put(" METRICS ", if scene.view.focus == Pane::Metrics { theme.selected() } else { theme.title() });
    if let Some(fault) = scene.fault.filter(|fault| *fault != crate::link::Fault::None) {
        row.put(&format!(" told to go wrong: {}", fault.word()), theme.warning());
    } else if !grid {
        row.right("age ", theme.muted());
    }
    if insecure {
        row.put(&format!(" {INSECURE} insecure"), theme.warning());
    }
}

fn below_heading(area: Rect) -> Rect {
    Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area }
}

/// How many cells stand beside each other when all of them fit as charts: no more than need be.
fn grid_columns(area: Rect, gauges: &[Gauge]) -> Option<usize> {
    let charts = gauges.iter().filter(|gauge| gauge.plot.is_some()).count();
    let most = usize::from(area.width / CELL_COLUMNS_MIN);
    let comfortable = usize::from(area.width / CELL_COLUMNS).clamp(1, most.max(1));
    let rows = |columns| area.height.saturating_sub(1 + plain_rows(gauges, columns)) / CELL_ROWS;
    (comfortable..=most).find(|columns| columns * usize::from(rows(*columns)) >= charts)
}

/// Rows below the charts for what has none: health, and what is not up. None where all of it fits beside the last chart.
fn plain_rows(gauges: &[Gauge], columns: usize) -> u16 {
    let (charts, plain): (Vec<&Gauge>, Vec<&Gauge>) = gauges.iter().partition(|gauge| gauge.plot.is_some());
    if plain.len() <= charts.len().next_multiple_of(columns.max(1)) - charts.len() {
        return 0;
    }
    let height = plain.iter().map(|gauge| plain_height(gauge)).max().unwrap_or(1);
    plain.len().div_ceil(columns.max(1)) as u16 * height
}

fn plain_height(gauge: &Gauge) -> u16 {
    if gauge.why.is_some() { 2 } else { 1 }
}

// What the gauges say.

fn gauges<'a>(scene: &Scene<'a>) -> Vec<Gauge<'a>> {
    let metrics = scene.state.runbook.metrics.iter().enumerate();
    let mut gauges: Vec<Gauge> = metrics.map(|(place, (id, metric))| gauge(scene, place, id, metric)).collect();
    health(&mut gauges, scene);
    gauges
}

fn gauge<'a>(scene: &Scene<'a>, place: usize, id: &MetricId, metric: &'a Metric) -> Gauge<'a> {
    let theme = scene.theme;
    let (history, bands) = (scene.state.metrics.get(id), scene.state.bands(id));
    let standing = history.map_or(Standing::Never, |history| history.standing(scene.now, scene.state.runbook.fresh_for(id)));
    let (number, word, style, why) = match standing {
        Standing::Number(value) => {
            let band = bands.of(value);
            let word = match band {
                None => "--",
                Some(Band::Normal) => "ok",
                Some(Band::Between) => "grey",
                Some(Band::Warning) => "WARN",
                Some(Band::Critical) => "CRIT",
            };
            let style = theme.band(band);
            (Some(value), word, style, None)
        }
        Standing::Never => (None, "??", theme.unknown(), Some(Cow::Borrowed(WAITING))),
        Standing::Missing(why) | Standing::Invalid(why) => {
            (None, "??", theme.unknown(), Some(Cow::Owned(text::clean(&why).into_owned())))
        }
        Standing::Stale { last } => (last, "??", theme.stale(), Some(Cow::Borrowed("stale"))),
    };
    let (value, unit) = number.map_or((Cow::Borrowed("?"), Cow::Borrowed("")), |value| split(&show::number(value, &metric.unit)));
    let every = scene.state.runbook.every(id).unwrap_or(Span::ZERO);
    let age = history.map_or_else(String::new, |history| number_age(scene, history, every));
    Gauge {
        title: text::clean(&metric.title),
        value,
        unit,
        word,
        style,
        why,
        age,
        plot: history.map(|history| Plot { history, metric, bands }),
        place: Some(place),
        insecure: scene.state.runbook.is_insecure(id),
    }
}

/// The age of the newest number. An attempt that gave none makes nothing younger.
fn number_age(scene: &Scene, history: &History, every: Span) -> String {
    let newest = history.newest_first().find(|sample| sample.reading.number().is_some());
    newest.map_or_else(|| NO_AGE.to_owned(), |sample| age((scene.now - sample.at).or_zero(), every))
}

/// The number and the unit behind it, so that numbers line up.
fn split(shown: &str) -> (Cow<'static, str>, Cow<'static, str>) {
    match shown.split_once(' ') {
        Some((number, unit)) => (Cow::Owned(number.to_owned()), Cow::Owned(unit.to_owned())),
        None => (Cow::Owned(shown.to_owned()), Cow::Borrowed("")),
    }
}

/// `health  up 3/3`, and a line for each source that is not up.
fn health<'a>(gauges: &mut Vec<Gauge<'a>>, scene: &Scene<'a>) {
    let sources = &scene.state.runbook.sources;
    let checks: Vec<Gauge> = sources
        .iter()
        .filter(|(_, source)| matches!(source.kind, SourceKind::Health { .. }))
        .map(|(id, source)| {
            let state = scene.state.sources.get(id);
            let history = state.map(|state| &state.health);
            let (value, word, style, why) = up_or_down(scene, source.fresh_for(), state);
            let age = history.map_or_else(String::new, |history| number_age(scene, history, source.every));
            let title = text::clean(id.as_str());
            let (value, unit, insecure) = (Cow::Borrowed(value), Cow::Borrowed(""), source.access.insecure);
            Gauge { title, value, unit, word, style, why, age, plot: None, place: None, insecure }
        })
        .collect();
    if checks.len() < 2 {
        gauges.extend(checks);
        return;
    }
    let (all, up) = (checks.len(), checks.iter().filter(|check| check.word == "ok").count());
    if up > 0 {
        let (word, style) = if up == all { ("ok", scene.theme.good()) } else { ("--", scene.theme.normal()) };
        let value = Cow::Owned(format!("up {up}/{all}"));
        let oldest = checks.iter().map(|check| &check.age).max_by_key(|age| age.len()).cloned().unwrap_or_default();
        gauges.push(Gauge {
            title: Cow::Borrowed("health"),
            value,
            unit: Cow::Borrowed(""),
            word,
            style,
            why: None,
            age: oldest,
            plot: None,
            place: None,
            insecure: checks.iter().any(|check| check.insecure),
        });
    }
    gauges.extend(checks.into_iter().filter(|check| check.word != "ok"));
}

type Said<'a> = (&'static str, &'static str, Style, Option<Cow<'a, str>>);

fn up_or_down<'a>(scene: &Scene<'a>, fresh_for: Span, state: Option<&'a crate::room::state::SourceState>) -> Said<'a> {
    let theme = scene.theme;
    let standing = state.map_or(Standing::Never, |state| state.health.standing(scene.now, fresh_for));
    match standing {
        Standing::Number(value) if value >= 1.0 => ("up", "ok", theme.good(), None),
        Standing::Number(_) => {
            let why = state.and_then(|state| state.last.as_ref()).map(|(_, outcome)| match outcome {
                Outcome::Up { status } => Cow::Owned(format!("HTTP {status}")),
                Outcome::Down { why } => text::clean(why),
            });
            ("DOWN", "CRIT", theme.critical(), why)
        }
        Standing::Never => ("?", "??", theme.unknown(), Some(Cow::Borrowed(WAITING))),
        Standing::Missing(why) | Standing::Invalid(why) => {
            ("?", "??", theme.unknown(), Some(Cow::Owned(text::clean(&why).into_owned())))
        }
        Standing::Stale { .. } => ("?", "??", theme.stale(), Some(Cow::Borrowed("stale"))),
    }
}

// As a list.

fn draw_list(page: &mut Page, scene: &Scene, gauges: &[Gauge]) {
    let columns = columns(page.width(), gauges);
    let rows = page.room();
    if gauges.len() <= rows {
        for gauge in gauges {
            list_row(&mut page.row(), scene, gauge, &columns);
        }
        return;
    }
    // The good ones give way first, then what is not known; it is said how many did.
    let mut worst_first: Vec<usize> = (0..gauges.len()).collect();
    worst_first.sort_by_key(|at| rank(gauges[*at].word));
    let (shown, hidden) = worst_first.split_at(rows.saturating_sub(1));
    for gauge in gauges.iter().enumerate().filter(|(at, _)| shown.contains(at)).map(|(_, gauge)| gauge) {
        list_row(&mut page.row(), scene, gauge, &columns);
    }
    let hidden: Vec<&Gauge> = hidden.iter().map(|at| &gauges[*at]).collect();
    let (text, style) = folded(scene, &hidden);
    page.row().put(&text, style);
}

/// ` 3 more: 2 ok, 1 unjudged`: what is not shown is counted by what is known of it.
fn folded(scene: &Scene, hidden: &[&Gauge]) -> (String, Style) {
    let theme = scene.theme;
    let waiting = |gauge: &&&Gauge| gauge.why.as_deref() == Some(WAITING);
    let loud = |gauge: &&&Gauge| rank(gauge.word) < QUIET;
    let counts = [
        (hidden.iter().filter(loud).filter(|gauge| !waiting(gauge)).count(), "NOT ok", theme.warning()),
        (hidden.iter().filter(waiting).count(), "waiting", theme.unknown()),
        (hidden.iter().filter(|gauge| gauge.word == "ok").count(), "ok", theme.muted()),
        (hidden.iter().filter(|gauge| gauge.word == "--").count(), "unjudged", theme.muted()),
    ];
    let some: Vec<_> = counts.into_iter().filter(|(count, _, _)| *count > 0).collect();
    let said = match some.as_slice() {
        [(_, word, _)] => format!(", all {word}"),
        several => {
            let parts: Vec<String> = several.iter().map(|(count, word, _)| format!("{count} {word}")).collect();
            format!(": {}", parts.join(", "))
        }
    };
    (format!(" {} more{said}", hidden.len()), some.first().map_or(theme.muted(), |(_, _, style)| *style))
}

/// How much a gauge's word wants to be seen; from [`QUIET`] on it need not be. What is good folds first: a number that
/// nobody judges has no other way to be noticed than to be looked at.
fn rank(word: &str) -> u8 {
    match word {
        "CRIT" => 0,
        "WARN" => 1,
        "??" => 2,
        "grey" => 3,
        "ok" => QUIET + 1,
        _ => QUIET,
    }
}

const QUIET: u8 = 4;

fn columns(width: usize, gauges: &[Gauge]) -> Columns {
    let widest = |of: fn(&Gauge) -> usize| gauges.iter().map(of).max().unwrap_or(0);
    let unit = widest(|gauge| text::width(&gauge.unit)).min(6);
    let value = widest(|gauge| text::width(&gauge.value)).clamp(5, 9);
    let age = if width >= 34 { 5 } else { 0 };
    // One cell before, between the columns, and behind; the word takes four.
    let fixed = 1 + value + 1 + unit + 1 + 1 + 4 + age;
    let rest = width.saturating_sub(fixed);
    let longest = widest(|gauge| text::width(&gauge.title)).max(8) + 1;
    // Long titles give way to a short trend, but never so far that they are not known again.
    let trend = match rest.saturating_sub(longest) {
        enough @ 4.. => enough.min(TREND_MAX),
        _ if rest >= 17 => 5,
        _ => 0,
    };
    Columns { title: rest.saturating_sub(trend), value, unit, trend, age }
}

/// ` p95           143 ms ▂▃▃▄▅▅▆ WARN   2s`
fn list_row(row: &mut Row, scene: &Scene, gauge: &Gauge, columns: &Columns) {
    let theme = scene.theme;
    let chosen = scene.view.focus == Pane::Metrics && gauge.place == Some(scene.view.metric);
    let quiet = rank(gauge.word) >= QUIET;
    let value = if quiet { theme.normal() } else { gauge.style };
    row.put(lead(gauge), theme.warning());
    row.column(&gauge.title, columns.title, if chosen { theme.selected() } else { theme.normal() });
    let wordy = gauge.why.as_ref().filter(|_| gauge.unit.is_empty() && !gauge.value.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(why) = wordy {
        // Without a number the reason begins where the number would.
        let cells = columns.value + 1 + columns.unit + 1 + columns.trend;
        row.put(" ", theme.normal()).column(&format!("{} {why}", gauge.value), cells.saturating_sub(1), gauge.style);
        return tail(row, scene, gauge, columns);
    }
    row.number(&gauge.value, columns.value, value)
        .put(" ", theme.normal())
        .column(&gauge.unit, columns.unit, value)
        .put(" ", theme.normal());
    if let Some(why) = &gauge.why {
        row.column(why, columns.trend, gauge.style);
    } else if let Some(plot) = &gauge.plot {
        chart::trend(row, scene, plot, columns.trend);
    } else {
        row.skip(columns.trend);
    }
    tail(row, scene, gauge, columns);
}

/// The cell before a title.
fn lead(gauge: &Gauge) -> &'static str {
    if gauge.insecure { INSECURE } else { " " }
}

/// The band in a word, and the age of the sample.
fn tail(row: &mut Row, scene: &Scene, gauge: &Gauge, columns: &Columns) {
    let quiet = rank(gauge.word) >= QUIET;
    row.put(" ", scene.theme.normal()).column(gauge.word, 4, gauge.style);
    if columns.age > 0 {
        row.number(&gauge.age, columns.age, if quiet { scene.theme.muted() } else { gauge.style });
    }
}

// As a grid of charts.

fn draw_grid(frame: &mut Frame, area: Rect, scene: &Scene, gauges: &[Gauge], columns: usize) {
    let columns = columns.max(1);
    let width = area.width / columns as u16;
    let below = plain_rows(gauges, columns);
    let (upper, lower): (Vec<&Gauge>, Vec<&Gauge>) = gauges.iter().partition(|gauge| below == 0 || gauge.plot.is_some());
    // Charts grow into what room there is, within reason; what has none takes no more than its words need.
    let rows = upper.len().div_ceil(columns) as u16;
    let height = (area.height.saturating_sub(below) / rows.max(1)).clamp(CELL_ROWS, CELL_ROWS_MAX);
    cells(frame, area, scene, &upper, Rect { width, height, ..area });
    let above = (rows * height).min(area.height);
    let rest = Rect { y: area.y + above, height: area.height - above, ..area };
    let height = lower.iter().map(|gauge| plain_height(gauge)).max().unwrap_or(1);
    cells(frame, rest, scene, &lower, Rect { width, height, ..rest });
}

/// Cells from the left to the right and from the top to the bottom, each as large as the first one.
fn cells(frame: &mut Frame, area: Rect, scene: &Scene, gauges: &[&Gauge], first: Rect) {
    let columns = usize::from(area.width / first.width.max(1)).max(1);
    for (at, gauge) in gauges.iter().enumerate() {
        let (x, y) = ((at % columns) as u16, (at / columns) as u16);
        let cell = Rect { x: first.x + x * first.width, y: first.y + y * first.height, ..first };
        grid_cell(frame, cell.intersection(area), scene, gauge);
    }
}

fn grid_cell(frame: &mut Frame, area: Rect, scene: &Scene, gauge: &Gauge) {
    let theme = scene.theme;
    let mut page = Page::new(frame.buffer_mut(), area);
    let chosen = scene.view.focus == Pane::Metrics && gauge.place.is_some() && gauge.place == Some(scene.view.metric);
    let quiet = rank(gauge.word) >= QUIET;
    let value = if quiet { theme.normal() } else { gauge.style };
    let mut row = page.row();
    row.put(lead(gauge), theme.warning());
    row.right(" ", theme.normal());
    if area.width >= CELL_COLUMNS {
        row.right(&format!("{:>6} ", gauge.age), theme.muted());
    }
    row.right(&format!("{:<4}", gauge.word), gauge.style).right(" ", theme.normal());
    row.right(&format!("{} {}", gauge.value, gauge.unit), value).right(" ", theme.normal());
    row.put(&gauge.title, if chosen { theme.selected() } else { theme.title() });
    if let Some(why) = &gauge.why {
        let age = if gauge.age.is_empty() || gauge.age == NO_AGE || area.width >= CELL_COLUMNS {
            String::new()
        } else {
            format!(", {}", gauge.age)
        };
        page.row().put(" ", theme.normal()).put(why, gauge.style).put(&age, gauge.style);
    }
    let used = if gauge.why.is_some() { 2 } else { 1 };
    let gap = u16::from(area.height > 4);
    let chart_area = Rect {
        x: area.x + 1,
        y: area.y + used,
        width: area.width.saturating_sub(3),
        height: area.height.saturating_sub(used + gap),
    };
    if let Some(plot) = &gauge.plot {
        chart::draw(frame, chart_area, scene, plot);
    }
}
