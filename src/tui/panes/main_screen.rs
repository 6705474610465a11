//! The main screen: where we are, is it healthy, what is next, how much time is left, without a key pressed.
//!
//! ```text
//! header, three rows
//! ------------------------------------------
//! alerts, where there are any
//! steps                 | metrics
//! ------------------------------------------
//! log
//! ------------------------------------------
//! next
//! ```
//!
//! Where there is room, timeline, output, gate and charts stand beside them. Where there is little, the log gives way
//! first, then the metrics, then the steps; the header and what is next stay to the last.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::panes::kit::Page;
use crate::tui::panes::{alert, gate, header, log, metrics, next, output, steps, timeline};
use crate::tui::scene::Scene;

/// From here on, output stands below the steps.
const WIDE: u16 = 110;
/// From here on, the timeline, the gate and the grid of charts are always there.
const WALL: (u16, u16) = (160, 45);

/// The whole screen but for the footer.
pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let (top, body) = split_top(area, header::HEIGHT.min(area.height.saturating_sub(1)));
    header::draw(frame, top, scene);
    draw_body(frame, body, scene);
}

/// What is below the header, and above the footer.
pub fn draw_body(frame: &mut Frame, area: Rect, scene: &Scene) {
    let (rest, bottom) = split_bottom(area, 1);
    next::draw(frame, bottom, scene);
    let rest = rule_below(frame, rest, scene, 12);
    let rest = rule_above(frame, rest, scene);
    let (alerts, rest) = split_top(rest, alert::height(scene, area.width).min(rest.height / 2));
    alert::draw(frame, alerts, scene);
    if rest.width >= WALL.0 && rest.height + 6 >= WALL.1 {
        wall(frame, rest, scene);
    } else {
        desk(frame, rest, scene);
    }
}

/// 80×24 to 160 columns: steps beside metrics, the log below.
fn desk(frame: &mut Frame, area: Rect, scene: &Scene) {
    let roomy = area.height >= 26;
    let log_rows = match area.height {
        0..=9 => 0,
        10..=13 => 3,
        14..=18 => 5,
        19..=29 => 7,
        30.. => area.height / 4,
    };
    let (area, log_area) = split_bottom(area, log_rows);
    log::draw(frame, log_area, scene);
    let area = if log_rows > 0 { rule_below(frame, area, scene, 4) } else { area };
    let area = if roomy { with_timeline(frame, area, scene, timeline_table_rows(scene)) } else { area };
    if area.width < 60 {
        return narrow(frame, area, scene);
    }
    let (left, right) = side_by_side(frame, area, scene, area.width / 2 - 1);
    metrics::draw(frame, right, scene);
    if area.width >= WIDE && area.height >= 16 {
        let (above, below) = split_bottom(left, left.height / 2);
        steps::draw(frame, above, scene);
        let below = rule_above(frame, below, scene);
        output::draw(frame, below, scene);
    } else {
        steps::draw(frame, left, scene);
    }
}

/// Less than 60 columns: one below the other.
fn narrow(frame: &mut Frame, area: Rect, scene: &Scene) {
    let (above, below) = split_bottom(area, if area.height >= 8 { area.height / 2 } else { 0 });
    steps::draw(frame, above, scene);
    metrics::draw(frame, below, scene);
}

/// 160 columns and more: everything at once.
fn wall(frame: &mut Frame, area: Rect, scene: &Scene) {
    let area = with_timeline(frame, area, scene, timeline::height(scene));
    let (left, right) = side_by_side(frame, area, scene, area.width / 2 - 8);
    let gate_rows = scene
        .gate()
        .and_then(|(_, phase, _)| phase.gate.as_ref())
        .map_or(0, |gate| (gate.require.len() + gate.poll.len() + 10).min(usize::from(right.height / 2)) as u16);
    let (charts, gate_area) = split_bottom(right, gate_rows);
    metrics::draw(frame, charts, scene);
    if gate_rows > 0 {
        let gate_area = rule_above(frame, gate_area, scene);
        gate::draw(frame, gate_area, scene);
    }
    let (left, log_area) = split_bottom(left, left.height / 4);
    let left = rule_below(frame, left, scene, 4);
    log::draw(frame, log_area, scene);
    let (above, below) = split_bottom(left, left.height / 2);
    steps::draw(frame, above, scene);
    let below = rule_above(frame, below, scene);
    output::draw(frame, below, scene);
}

fn timeline_table_rows(scene: &Scene) -> u16 {
    1 + timeline::rows(scene)
}

fn with_timeline(frame: &mut Frame, area: Rect, scene: &Scene, wanted: u16) -> Rect {
    let (top, rest) = split_top(area, wanted.min(area.height / 3));
    timeline::draw(frame, top, scene);
    rule_above(frame, rest, scene)
}

// Cutting an area into parts.

fn split_top(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

fn split_bottom(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    split_top(area, area.height - rows)
}

/// A line down between two parts.
fn side_by_side(frame: &mut Frame, area: Rect, scene: &Scene, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width.saturating_sub(1));
    let line = Rect { x: area.x + left, width: 1.min(area.width), ..area };
    let mut page = Page::new(frame.buffer_mut(), line);
    for _ in 0..area.height {
        page.row().put(scene.marks.down, scene.theme.border());
    }
    (Rect { width: left, ..area }, Rect { x: area.x + left + 1, width: area.width.saturating_sub(left + 1), ..area })
}

/// A line across at the top of `area`; what is left of it.
fn rule_above(frame: &mut Frame, area: Rect, scene: &Scene) -> Rect {
    let (line, rest) = split_top(area, 1);
    Page::new(frame.buffer_mut(), line).row().fill(scene.marks.across, scene.theme.border());
    rest
}

/// A line across at the bottom of `area`, unless it has fewer than `least` rows; what is left of it.
fn rule_below(frame: &mut Frame, area: Rect, scene: &Scene, least: u16) -> Rect {
    if area.height < least {
        return area;
    }
    let (rest, line) = split_bottom(area, 1);
    Page::new(frame.buffer_mut(), line).row().fill(scene.marks.across, scene.theme.border());
    rest
}
