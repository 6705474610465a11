//! Planned against actual for every phase and for the rollback: as bars where there is room, else as a table.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;

use crate::room::schedule::{self, Slot, Stretch};
use crate::room::state::{PhaseStatus, Stage};
use crate::runbook::model::Phase;
use crate::text;
use crate::time::{Moment, Span};
use crate::tui::panes::header::without_duration;
use crate::tui::panes::kit::{Page, Row, window};
use crate::tui::scene::Scene;

/// Least width at which bars say more than a table.
const BARS_FROM: u16 = 100;
const NAME: usize = 24;
const DRIFT: usize = 12;
/// On an axis shorter than this, minutes say too little.
const SECONDS_BELOW: Span = Span(10 * 60 * 1_000);
/// Cells that stay empty on each side of the legend.
const LEGEND_AIR: usize = 3;

/// The stretch of time that the bars show, and in how many cells.
#[derive(Clone, Copy)]
struct Axis {
    from: Moment,
    to: Moment,
    cells: usize,
}

impl Axis {
    /// Over what belongs together with now: a review a week later would squeeze tonight to nothing.
    fn of(scene: &Scene, lines: &[Line], cells: usize) -> Option<Self> {
        let window = schedule::window(scene.state).map(|window| Stretch { from: window.opens, to: window.closes });
        let stretches = lines.iter().flat_map(|line| [line.slot.planned, line.slot.projected]).flatten().chain(window);
        let mut all: Vec<Stretch> = stretches.collect();
        all.sort_by_key(|stretch| stretch.from);
        let together = together(&all, scene.now)?;
        // Now is always on it, also when the plan was left and nothing is projected any more.
        let (from, to) = (together.from, together.to.max(scene.now));
        (to > from && cells > 1).then_some(Self { from, to, cells })
    }

    /// Whether any of it is on the axis.
    fn shows(&self, slot: &Slot) -> bool {
        let on = |stretch: Stretch| stretch.from <= self.to && stretch.to >= self.from && stretch.from < self.to;
        let actual = slot.began.map(|began| Stretch { from: began, to: slot.ended.unwrap_or(began) });
        let all = [slot.planned, slot.projected, actual];
        all.iter().all(Option::is_none) || all.into_iter().flatten().any(on)
    }

    fn cell(&self, at: Moment) -> usize {
        let share = (at - self.from).0.max(0) as f64 / (self.to - self.from).0.max(1) as f64;
        ((share * self.cells as f64) as usize).min(self.cells - 1)
    }

    fn cells(&self, stretch: Stretch) -> std::ops::RangeInclusive<usize> {
        // The end itself belongs to what comes next.
        let last = self.cell(stretch.to - Span(1)).max(self.cell(stretch.from));
        self.cell(stretch.from)..=last
    }
}

/// A pause in the plan from which on what follows is another day's.
const ANOTHER_DAY: Span = Span(12 * 3_600_000);

/// Of these, the earliest first, those without a long pause between them that are nearest to `now`.
fn together(all: &[Stretch], now: Moment) -> Option<Stretch> {
    let mut parts: Vec<Stretch> = Vec::new();
    for stretch in all {
        match parts.last_mut() {
            Some(last) if stretch.from - last.to <= ANOTHER_DAY => last.to = last.to.max(stretch.to),
            Some(_) | None => parts.push(*stretch),
        }
    }
    parts.into_iter().min_by_key(|part| (part.from - now).or_zero().max((now - part.to).or_zero()))
}

/// One thing that takes its time: a phase, or the rollback.
struct Line {
    name: String,
    name_style: Style,
    slot: Slot,
    /// How far after T it is planned to begin, while T is not known.
    offset: Option<Span>,
    /// Of the part that is done.
    done: Style,
    drift: (String, Style),
}

/// Every phase, and the rollback once there is one.
fn lines(scene: &Scene) -> Vec<Line> {
    let slots = schedule::slots(scene.state, scene.now);
    let offsets = schedule::offsets(&scene.state.runbook);
    let phases = scene.state.runbook.phases.iter().zip(slots).enumerate();
    let mut lines: Vec<Line> = phases
        .map(|(place, (phase, mut slot))| {
            let over = slot.ended.is_some();
            // A phase that was left is not worked on any more.
            slot.ended = slot.ended.or(slot.began.and_then(|began| Some(left_at(scene)?.max(began))));
            let left = slot.ended.is_some() && !over;
            let name_style = if left { scene.theme.muted() } else { name_style(scene, place) };
            let done = if left { scene.theme.warning() } else { done_style(scene, over) };
            let offset = offsets.get(place).copied().flatten();
            Line { name: name(phase), name_style, slot, offset, done, drift: drift_words(scene, &slot) }
        })
        .collect();
    lines.extend(rollback(scene));
    lines
}

/// When the plan was left: for the rollback, or because the deployment ended.
fn left_at(scene: &Scene) -> Option<Moment> {
    let ended = match scene.state.stage {
        Stage::Ended(_, at) => Some(at),
        Stage::Planned | Stage::Underway { .. } | Stage::RollingBack => None,
    };
    scene.state.rollback.as_ref().map(|rollback| rollback.started).or(ended)
}

/// The rollback against its budget.
fn rollback(scene: &Scene) -> Option<Line> {
    let theme = scene.theme;
    let began = scene.state.rollback.as_ref()?.started;
    let planned = scene.state.runbook.rollback.as_ref().map(|plan| Stretch { from: began, to: began + plan.budget });
    let ended = match scene.state.stage {
        Stage::Ended(_, at) => Some(at),
        Stage::Planned | Stage::Underway { .. } | Stage::RollingBack => None,
    };
    let ends = ended.unwrap_or_else(|| planned.map_or(scene.now, |planned| planned.to.max(scene.now)));
    let drift = planned.map(|planned| ends - planned.to);
    let said = match drift {
        Some(over) if over.0 > 0 => (format!("{over} over"), theme.critical()),
        Some(_) => ("in budget".to_owned(), theme.normal()),
        None => ("-".to_owned(), theme.muted()),
    };
    let projected = Some(Stretch { from: began, to: ends });
    let slot = Slot { planned, began: Some(began), ended, projected, drift };
    Some(Line {
        name: "ROLLBACK".to_owned(),
        name_style: theme.danger(),
        slot,
        offset: None,
        done: theme.critical(),
        drift: said,
    })
}

/// Rows of the table, without its heading.
pub fn rows(scene: &Scene) -> u16 {
    (scene.state.runbook.phases.len() + usize::from(scene.state.rollback.is_some())) as u16
}

/// Rows that everything takes as bars, with the heading.
pub fn height(scene: &Scene) -> u16 {
    1 + 2 * rows(scene)
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let lines = lines(scene);
    let mut page = Page::new(frame.buffer_mut(), area);
    let cells = usize::from(area.width).saturating_sub(NAME + DRIFT + 2);
    match Axis::of(scene, &lines, cells).filter(|_| area.width >= BARS_FROM) {
        Some(axis) => bars(&mut page, scene, &lines, axis),
        None => table(&mut page, scene, &lines),
    }
}

/// The timeline as a screen of its own: the bars where there is room, every phase in figures, and the margins.
pub fn draw_whole(frame: &mut Frame, area: Rect, scene: &Scene) {
    let lines = lines(scene);
    let bars_rows = if area.width >= BARS_FROM && area.height > height(scene) + rows(scene) + 5 { height(scene) + 1 } else { 0 };
    let [bars_area, figures] = Layout::vertical([Constraint::Length(bars_rows), Constraint::Fill(1)]).areas(area);
    if bars_rows > 0 {
        draw(frame, bars_area, scene);
    }
    let mut page = Page::new(frame.buffer_mut(), figures);
    let margins = margins(scene);
    let rows = page.room().saturating_sub(margins.len() + 2);
    figures_of(&mut page, scene, &lines, rows);
    page.gap();
    for (name, text, style) in margins {
        page.row().put(" ", scene.theme.normal()).column(name, NAME - 1, scene.theme.muted()).put(&text, style);
    }
}

/// ` phase                 planned        actual         ends   drift`, `rows` of them around the chosen one.
fn figures_of(page: &mut Page, scene: &Scene, lines: &[Line], rows: usize) {
    let theme = scene.theme;
    let cells = page.width().saturating_sub(NAME + 3 * 14 + 4).min(26) + NAME - 1;
    let mut row = page.row();
    row.put(" ", theme.normal()).column("PHASE", cells, theme.title());
    for (title, width) in [("planned", 14), ("actual", 14), ("ends", 8), ("drift", 12)] {
        row.column(title, width, theme.muted());
    }
    let first = scene.view.timeline.min(lines.len().saturating_sub(rows));
    for Line { name, name_style, slot, offset, drift, .. } in lines.iter().skip(first).take(rows) {
        let mut row = page.row();
        row.put(" ", theme.normal()).column(name, cells, *name_style);
        let planned = match (slot.planned, *offset) {
            (None, Some(offset)) => offset.t_clock(),
            (Some(_), _) | (None, None) => planned_words(scene, slot),
        };
        row.column(&planned, 14, theme.muted());
        row.column(&actual_words(scene, slot), 14, theme.normal());
        let ends = slot.projected.map_or_else(|| "-".to_owned(), |stretch| clock_or_day(scene, stretch.to));
        row.column(&ends, 8, theme.normal());
        row.column(&drift.0, 12, drift.1);
    }
}

/// What is left of the window, and for whom: name, words, style.
fn margins(scene: &Scene<'_>) -> Vec<(&'static str, String, Style)> {
    let theme = scene.theme;
    let mut lines = Vec::new();
    if let Some(end) = schedule::projected_end(scene.state, scene.now) {
        let left = end - scene.now;
        let untimed = schedule::untimed(scene.state, scene.now);
        let (ends, words) = if left.0 < 0 {
            ("plan ended", clock(scene, end))
        } else if untimed > 0 {
            ("plan ends after", format!("{}, in {left}: {}", clock(scene, end), without_duration(untimed)))
        } else {
            ("plan ends", format!("{}, in {left}", clock(scene, end)))
        };
        lines.push((ends, words, theme.normal()));
        if let Some(window) = schedule::window(scene.state)
            && let Some(inside) = schedule::projected_end_inside(scene.state, &window, scene.now)
        {
            let spare = window.closes - inside;
            let closes = clock(scene, window.closes);
            // What is planned for the days after it is not held to the window.
            let (name, part) = if inside == end {
                ("which is", String::new())
            } else {
                ("held to the window", format!("the part until {}, ", clock(scene, inside)))
            };
            let (text, style) = if spare.0 >= 0 && untimed > 0 {
                (format!("{part}at best {spare} before the window closes at {closes}"), theme.normal())
            } else if spare.0 < 0 {
                (format!("{part}{} AFTER the window closes", -spare), theme.critical())
            } else {
                (format!("{part}{spare} before the window closes at {closes}"), theme.normal())
            };
            lines.push((name, text, style));
        }
    }
    if let Some(latest) = schedule::window(scene.state).and_then(|window| window.latest_rollback) {
        let left = latest - scene.now;
        let (text, style) = if left.0 < 0 {
            (format!("{}, {} ago: a rollback ends after the window", clock(scene, latest), -left), theme.critical())
        } else {
            (format!("{}, in {left}", clock(scene, latest)), theme.normal())
        };
        lines.push(("latest safe rollback", text, style));
    }
    if let Some(rollback) = &scene.state.runbook.rollback {
        lines.push(("rollback budget", rollback.budget.to_string(), theme.normal()));
    }
    lines
}

/// As many lines as there are rows, around what is being worked on.
fn shown<'a>(scene: &Scene, lines: &'a [Line], rows: usize) -> &'a [Line] {
    let wanted = if scene.state.rollback.is_some() { lines.len() } else { scene.state.current_phase().unwrap_or(0) };
    &lines[window(lines.len(), rows, wanted)]
}

// As bars.

fn bars(page: &mut Page, scene: &Scene, lines: &[Line], axis: Axis) {
    axis_row(&mut page.row(), scene, axis);
    let both = page.room() >= 2 * lines.len();
    let rows = if both { page.room() / 2 } else { page.room() };
    for Line { name, name_style, slot, done: done_style, drift, .. } in shown(scene, lines, rows) {
        let mut row = page.row();
        row.put(" ", scene.theme.normal());
        row.column(name, NAME - 1, *name_style);
        if !axis.shows(slot) {
            elsewhere(&mut row, scene, slot);
            if both {
                page.gap();
            }
            continue;
        }
        if both {
            bar(&mut row, scene, axis, &[(slot.planned, scene.marks.empty, scene.theme.muted())]);
            row.put("  ", scene.theme.normal()).put(&planned_words(scene, slot), scene.theme.muted());
            row = page.row();
            row.skip(NAME);
        }
        let done = slot.began.map(|began| Stretch { from: began, to: slot.ended.unwrap_or(scene.now).max(began) });
        let over = slot.ended.is_some();
        let rest = slot.projected.filter(|_| !over);
        let ahead = scene.marks.across;
        let planned = slot.planned.filter(|_| !both);
        let (muted, normal) = (scene.theme.muted(), scene.theme.normal());
        let layers = [(planned, scene.marks.empty, muted), (rest, ahead, normal), (done, scene.marks.full, *done_style)];
        bar(&mut row, scene, axis, &layers);
        row.put("  ", scene.theme.normal()).put(&drift.0, drift.1);
    }
}

/// In place of a bar, when that is: `28 Nov 02:30, in 7d00h`
fn elsewhere(row: &mut Row, scene: &Scene, slot: &Slot) {
    let Some(stretch) = slot.projected.or(slot.planned) else { return };
    let away = stretch.from - scene.now;
    let when = if away.0 < 0 { format!("{} ago", -away) } else { format!("in {away}") };
    let length = stretch.to - stretch.from;
    let takes = if length > Span::ZERO { format!(", takes {length}") } else { String::new() };
    let said = format!("{}, {when}{takes}", clock(scene, stretch.from));
    row.put(&said, scene.theme.muted());
}

/// The heading: hours below which the bars stand, the window's edges, and now.
fn axis_row(row: &mut Row, scene: &Scene, axis: Axis) {
    let (theme, zone) = (scene.theme, scene.state.runbook.zone);
    row.put(" ", theme.normal()).column("TIMELINE", NAME - 1, theme.title());
    let short = axis.to - axis.from < SECONDS_BELOW;
    let clock = |at: Moment| {
        let wall = scene.state.wall(at);
        if short { wall.clock(zone) } else { wall.clock_minutes(zone) }
    };
    let mut labels: Vec<(usize, String, Style)> = Vec::new();
    let now = axis.cell(scene.now);
    if scene.now >= axis.from && scene.now <= axis.to {
        let label = format!("{} now {}", scene.marks.now, clock(scene.now));
        let fits = now + text::width(&label) <= axis.cells;
        // At the right end the words stand before their mark.
        let label = if fits { label } else { format!("{} now {}", clock(scene.now), scene.marks.now) };
        labels.push((if fits { now } else { (now + 1).saturating_sub(text::width(&label)) }, label, theme.accent()));
    }
    if let Some(window) = schedule::window(scene.state) {
        labels.push((axis.cell(window.opens), format!("[{} opens", clock(window.opens)), theme.muted()));
        let closes = format!("closes {}]", clock(window.closes));
        labels.push(((axis.cell(window.closes) + 1).saturating_sub(closes.len()), closes, theme.muted()));
        if let Some(latest) = window.latest_rollback {
            labels.push((axis.cell(latest), format!("|{} latest rollback", clock(latest)), theme.muted()));
        }
    } else {
        labels.push((0, clock(axis.from), theme.muted()));
        let to = clock(axis.to);
        labels.push((axis.cells.saturating_sub(to.len()), to, theme.muted()));
    }
    let legend = format!("{} planned  {} actual  {} projected", scene.marks.empty, scene.marks.full, scene.marks.across);
    place_labels(row, axis.cells, labels, (legend, theme.muted()));
    row.put("  drift", theme.muted());
}

/// Puts the labels at their cells; one that would run into a label before it in the list is left out. What tells the shades
/// apart stands where a gap is wide enough.
fn place_labels(row: &mut Row, cells: usize, labels: Vec<(usize, String, Style)>, legend: (String, Style)) {
    let mut kept: Vec<(usize, usize, String, Style)> = Vec::new();
    for (at, text, style) in labels {
        let end = at + text::width(&text);
        if end <= cells && kept.iter().all(|(from, to, _, _)| end < *from || at > *to) {
            kept.push((at, end, text, style));
        }
    }
    kept.sort_by_key(|label| label.0);
    let wanted = text::width(&legend.0) + 2 * LEGEND_AIR;
    let starts = kept.iter().map(|label| label.0).chain([cells]);
    let gaps: Vec<(usize, usize)> = std::iter::once(0).chain(kept.iter().map(|label| label.1)).zip(starts).collect();
    if let Some((from, to)) = gaps.into_iter().rev().find(|(from, to)| from + wanted <= *to) {
        let at = from + (to - from - text::width(&legend.0)) / 2;
        kept.push((at, at + text::width(&legend.0), legend.0, legend.1));
        kept.sort_by_key(|label| label.0);
    }
    let mut at = 0;
    for (from, to, text, style) in kept {
        row.skip(from - at).put(&text, style);
        at = to;
    }
    row.skip(cells - at);
}

type Layer<'a> = (Option<Stretch>, &'a str, Style);

/// One line of cells; later layers lie above earlier ones, the now line and the window's edges show through gaps.
fn bar(row: &mut Row, scene: &Scene, axis: Axis, layers: &[Layer]) {
    let theme = scene.theme;
    let inside = |at: Moment| at >= axis.from && at <= axis.to;
    let now = inside(scene.now).then(|| axis.cell(scene.now));
    let window = schedule::window(scene.state);
    let edges = window.map(|window| (axis.cell(window.opens), axis.cell(window.closes)));
    for cell in 0..axis.cells {
        let layer =
            layers.iter().rev().find(|(stretch, _, _)| stretch.is_some_and(|stretch| axis.cells(stretch).contains(&cell)));
        match layer {
            Some((_, mark, style)) => row.put(mark, *style),
            None if now == Some(cell) => row.put(scene.marks.down, theme.accent()),
            None if edges.is_some_and(|(opens, _)| opens == cell) => row.put("[", theme.muted()),
            None if edges.is_some_and(|(_, closes)| closes == cell) => row.put("]", theme.muted()),
            None => row.put(" ", theme.normal()),
        };
    }
}

fn done_style(scene: &Scene, over: bool) -> Style {
    if over { scene.theme.good() } else { scene.theme.accent() }
}

// As a table.

/// ` phase                 planned        actual         projected  drift`
fn table(page: &mut Page, scene: &Scene, lines: &[Line]) {
    let theme = scene.theme;
    let name_cells = page.width().saturating_sub(4 * 13 + 2).clamp(8, NAME);
    let mut row = page.row();
    row.put(" ", theme.normal()).column("TIMELINE", name_cells, theme.title());
    for title in ["planned", "actual", "ends", "drift"] {
        row.column(title, 13, theme.muted());
    }
    let rows = page.room();
    for Line { name, name_style, slot, drift, .. } in shown(scene, lines, rows) {
        let mut row = page.row();
        row.put(" ", theme.normal()).column(name, name_cells, *name_style);
        row.column(&planned_words(scene, slot), 13, theme.muted());
        row.column(&actual_words(scene, slot), 13, theme.normal());
        let ends = slot.projected.map_or_else(|| "-".to_owned(), |stretch| clock_or_day(scene, stretch.to));
        row.column(&ends, 13, theme.normal());
        row.column(&drift.0, 13, drift.1);
    }
}

/// With its date where it is far from tonight.
fn clock(scene: &Scene, at: Moment) -> String {
    schedule::clock_or_date(scene.state, at, scene.now)
}

/// The same in a narrow column: of what is far away the day alone.
fn clock_or_day(scene: &Scene, at: Moment) -> String {
    let said = clock(scene, at);
    said.rsplit_once(' ').map_or(said.clone(), |(day, _)| day.to_owned())
}

fn name(phase: &Phase) -> String {
    format!("{} {}", phase.number, text::clean(&phase.title))
}

fn name_style(scene: &Scene, place: usize) -> Style {
    match scene.state.phases[place].status {
        PhaseStatus::Waiting => scene.theme.normal(),
        PhaseStatus::Active { .. } => scene.theme.accent(),
        PhaseStatus::Over { .. } => scene.theme.muted(),
    }
}

/// `09:00-09:30`; of a short stretch, where clocks to the minute say little, its beginning and its length.
fn planned_words(scene: &Scene, slot: &Slot) -> String {
    match slot.planned {
        None => "-".to_owned(),
        // A day has no room for its end beside it.
        Some(planned) if is_far(scene, planned.from) || is_far(scene, planned.to) => clock(scene, planned.from),
        Some(planned) if planned.to - planned.from < Span::minutes(5) => {
            format!("{} {}", clock(scene, planned.from), planned.to - planned.from)
        }
        Some(planned) => format!("{}-{}", clock(scene, planned.from), clock(scene, planned.to)),
    }
}

fn is_far(scene: &Scene, at: Moment) -> bool {
    schedule::is_another_day(scene.state, at, scene.now)
}

fn actual_words(scene: &Scene, slot: &Slot) -> String {
    match (slot.began, slot.ended) {
        (Some(began), _) if is_far(scene, began) => clock(scene, began),
        (Some(began), Some(ended)) => format!("{}-{}", clock(scene, began), clock(scene, ended)),
        (Some(began), None) => format!("{}-..", clock(scene, began)),
        (None, _) => "-".to_owned(),
    }
}

fn drift_words(scene: &Scene, slot: &Slot) -> (String, Style) {
    let theme = scene.theme;
    match slot.drift {
        None => ("-".to_owned(), theme.muted()),
        Some(drift) if drift.abs() < Span::MINUTE => ("on time".to_owned(), theme.normal()),
        Some(drift) if drift.0 > 0 => (format!("{drift} late"), theme.warning()),
        Some(drift) => (format!("{} early", -drift), theme.normal()),
    }
}
