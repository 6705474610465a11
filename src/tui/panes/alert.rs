//! What must not be overlooked: a trigger that counts down or builds up, a rollback that runs.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::measure::judge::Verdict;
use crate::room::alarm;
use crate::room::event::By;
use crate::room::follow::{self, Pending};
use crate::room::order;
use crate::room::schedule;
use crate::room::state::{Stage, TriggerState};
use crate::room::stuck;
use crate::room::watch;
use crate::runbook::model::{Then, Trigger};
use crate::text;
use crate::time::Moment;
use crate::tui::keys::Command;
use crate::tui::layout::wrap;
use crate::tui::panes::decision;
use crate::tui::panes::kit::Page;
use crate::tui::panes::words::{can, press};
use crate::tui::scene::Scene;
use crate::tui::view::Screen;

/// Rows that alerts take at most, on a screen that is not tall.
pub(crate) const ROWS_MAX: usize = 5;
/// The same where there are so many rows, and of those.
const TALL: (u16, usize) = (45, 12);
/// Rows that one alert takes at most.
const EACH_MAX: usize = 3;

/// A line of the banner.
struct Alert {
    rank: u8,
    text: String,
    style: Style,
}

/// Rows that [`draw`] fills now, at this width; zero when all is quiet.
pub fn height(scene: &Scene, width: u16) -> u16 {
    rows(scene, width).len() as u16
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let rows = rows(scene, area.width);
    let mut page = Page::new(frame.buffer_mut(), area);
    for (text, style) in rows {
        let mut row = page.row();
        row.paint(style);
        row.put(&text, style);
    }
}

/// What there is to say, the worst first, each on as many rows as it needs and as there are for all.
fn rows(scene: &Scene, width: u16) -> Vec<(String, Style)> {
    let most = if is_tall(scene) { TALL.1 } else { ROWS_MAX };
    let mut alerts = alerts(scene);
    if alerts.len() > most {
        let more = alerts.len() - (most - 1);
        alerts.truncate(most - 1);
        alerts.push(Alert { rank: 9, text: format!(" !! {more} more alerts"), style: scene.theme.warning() });
    }
    let mut spare = most - alerts.len();
    let mut rows = Vec::new();
    for alert in alerts {
        let mut lines = folded(&alert.text, usize::from(width));
        let taken = (lines.len() - 1).min(spare).min(EACH_MAX - 1);
        if lines.len() > taken + 1 {
            // What does not fit is cut where it stops, with a mark.
            lines.truncate(taken);
            let shown: usize = lines.iter().map(|line| line.split_whitespace().count()).sum();
            let rest: Vec<&str> = alert.text.split_whitespace().skip(shown).collect();
            let margin = if taken == 0 { indent(&alert.text) } else { FOLD };
            lines.push(format!("{:margin$}{}", "", rest.join(" ")));
        }
        spare -= taken;
        rows.extend(lines.into_iter().map(|line| (line, alert.style)));
    }
    rows
}

/// Cells before what goes on below.
const FOLD: usize = 4;

fn indent(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The text as it stands where it fits, else in lines between words, those below the first set in.
fn folded(said: &str, width: usize) -> Vec<String> {
    if text::width(said) <= width || width <= 2 * FOLD {
        return vec![said.to_owned()];
    }
    let mut lines = wrap(said, width);
    if lines.len() > 1 {
        let first = lines.remove(0);
        let shown = first.split_whitespace().count();
        let rest: Vec<&str> = said.split_whitespace().skip(shown).collect();
        lines = std::iter::once(first)
            .chain(wrap(&rest.join(" "), width - FOLD).into_iter().map(|line| format!("{:FOLD$}{line}", "")))
            .collect();
    }
    lines
}

fn alerts(scene: &Scene) -> Vec<Alert> {
    let mut alerts = Vec::new();
    rollback(&mut alerts, scene);
    for trigger in &scene.state.runbook.triggers {
        if let Some(state) = scene.state.triggers.get(&trigger.id) {
            trigger_lines(&mut alerts, scene, trigger, state);
        }
    }
    proposed(&mut alerts, scene);
    tell(&mut alerts, scene);
    if let Some((step, why)) = stuck::first(scene.state, scene.now) {
        let stops = if can(scene, Command::Stop) { format!(", {} stops it", press(scene, Command::Stop)) } else { String::new() };
        let text = format!(" ! {}: {why}{stops} ({})", step.number, text::clean(&step.title));
        alerts.push(Alert { rank: 4, text, style: scene.theme.warning() });
    }
    if let Some((phase, over, most)) = schedule::over_its_most(scene.state, scene.now) {
        let text = format!(" ! {} {} is TOO LATE: {over} over its {most} at most", phase.number, text::clean(&phase.title));
        alerts.push(Alert { rank: 4, text, style: scene.theme.warning() });
    }
    conn(&mut alerts, scene);
    // The checklists' own screen says it beside the list.
    let elsewhere = scene.view.screen != Screen::Checklists;
    if let Some((watch, at)) = watch::open(scene.state).filter(|_| elsewhere).and_then(|list| {
        let watch = scene.state.watch_of(list)?;
        Some((watch, scene.state.watch.get(&watch.id)?))
    }) {
        let told = watch::told(scene.state, watch, scene.now);
        // The key comes first: a narrow screen cuts the rest off.
        let ticks = press(scene, Command::Open(Screen::Checklists));
        let text = format!(" {ticks} ticks {}: {told}", text::clean(&watch.list.title));
        let style = if at.overdue { scene.theme.warning() } else { scene.theme.accent() };
        alerts.push(Alert { rank: if at.overdue { 4 } else { 6 }, text, style });
    }
    alerts.sort_by_key(|alert| alert.rank);
    alerts
}

/// ` cy asks for the conn: shift ends      T hands it over, or keeps it`
fn conn(alerts: &mut Vec<Alert>, scene: &Scene) {
    let Some(asked) = &scene.state.conn_asked else { return };
    let (who, why) = (scene.state.called(&asked.by), text::clean_line(&asked.reason));
    let who = text::clean(&who);
    let text = if scene.state.conn == *scene.me {
        let left = (asked.lapses() - scene.now).or_zero();
        format!(
            " {who} asks for the conn: {why}      {} hands it over, or keeps it, within {left}",
            press(scene, Command::HandOver)
        )
    } else {
        let until = scene.state.wall(asked.lapses()).clock(scene.state.runbook.zone);
        format!(" {who} asks {} for the conn, until {until}: {why}", text::clean(scene.state.conn.as_str()))
    };
    alerts.push(Alert { rank: 5, text, style: scene.theme.warning() });
}

/// Proposals that have a line each where there are few rows.
const PROPOSALS_APART: usize = 2;

/// All that propose a rollback, and below them, once, what to press:
/// `    ROLLBACK PROPOSED by 2 triggers: R roll back, v veto each (with a reason)`
fn proposed(alerts: &mut Vec<Alert>, scene: &Scene) {
    let proposals = decision::proposals(scene);
    let theme = scene.theme;
    let (by, each) = match proposals.len() {
        0 => return,
        1 => (String::new(), ""),
        several => (format!(" by {several} triggers"), " each"),
    };
    if proposals.len() <= PROPOSALS_APART || is_tall(scene) {
        alerts.extend(proposals.iter().map(|trigger| Alert { rank: 2, text: fired(scene, trigger), style: theme.critical() }));
    } else {
        let titles: Vec<_> = proposals.iter().map(|trigger| named(trigger)).collect();
        alerts.push(Alert { rank: 2, text: format!(" !! {}", titles.join("; ")), style: theme.critical() });
    }
    let ways = [(Command::RollBack, "roll back", ""), (Command::Veto, "veto", each)];
    let ways: Vec<_> = ways
        .iter()
        .filter(|(command, ..)| can(scene, *command))
        .map(|(command, what, each)| format!("{} {what}{each}", press(scene, *command)))
        .collect();
    let ways = match ways.len() {
        0 => String::new(),
        _ => format!(": {} (with a reason)", ways.join(", ")),
    };
    let why = order::no_way_back(scene.state).map(|why| format!(", {}", text::clean(&why))).unwrap_or_default();
    alerts.push(Alert { rank: 2, text: format!("    ROLLBACK PROPOSED{by}{ways}{why}"), style: theme.danger() });
}

fn is_tall(scene: &Scene) -> bool {
    scene.view.size.1 >= TALL.0
}

/// ` !! Too many errors: 6.2 % for 0:33 (since 02:13:12)`
fn fired(scene: &Scene, trigger: &Trigger) -> String {
    let Some(TriggerState::Fired { since, .. }) = scene.state.triggers.get(&trigger.id) else { return String::new() };
    let (now, since) = as_it_is_now(scene, trigger, *since);
    let begun = scene.state.wall(since).clock(scene.state.runbook.zone);
    format!(" !! {}: {now} (since {begun})", named(trigger))
}

/// `    tell #deployment, page shop`: below what is worst.
fn tell(alerts: &mut Vec<Alert>, scene: &Scene) {
    let whom = alarm::severity(scene.state).and_then(|severity| alarm::tell(scene.state, severity));
    let worst = alerts.iter().map(|alert| alert.rank).min();
    if let Some((whom, rank)) = whom.zip(worst) {
        alerts.push(Alert { rank, text: format!("    {}", text::clean_line(&whom)), style: scene.theme.warning() });
    }
}

/// ` ROLLBACK from phase 2  1:20 of 5:00, 3:40 left   error rate too high (bo)`
fn rollback(alerts: &mut Vec<Alert>, scene: &Scene) {
    let (Stage::RollingBack, Some(state), Some(plan)) =
        (&scene.state.stage, &scene.state.rollback, &scene.state.runbook.rollback)
    else {
        return;
    };
    let gone = scene.now - state.started;
    let left = plan.budget - gone;
    let budget = if left.0 >= 0 { format!("{left} left") } else { format!("OVER BUDGET by {}", -left) };
    let from = state.from_phase.and_then(|place| scene.state.runbook.phases.get(place));
    let from = from.map_or_else(String::new, |phase| format!(" from phase {}", phase.number));
    // A trigger's reason is its own title.
    let by = match &state.by {
        By::Operator(id) => format!(" ({})", text::clean(id.as_str())),
        By::Trigger(_) => " (trigger)".to_owned(),
        By::Plan => String::new(),
    };
    let text = format!(" ROLLBACK{from}  {gone} of {}, {budget}   {}{by}", plan.budget, text::clean(&state.reason));
    alerts.push(Alert { rank: 0, text, style: scene.theme.danger() });
}

fn trigger_lines(alerts: &mut Vec<Alert>, scene: &Scene, trigger: &Trigger, state: &TriggerState) {
    let theme = scene.theme;
    let title = named(trigger);
    match state {
        TriggerState::Quiet => {}
        TriggerState::Pending { since } => {
            let then = match trigger.then {
                Then::Rollback { countdown } if order::no_way_back(scene.state).is_none() => {
                    format!("then the rollback counts down from {countdown}")
                }
                Then::Notify => "then it is said here".to_owned(),
                then @ (Then::Rollback { .. } | Then::Propose | Then::Hold | Then::Investigate) => {
                    format!("then {}", text::clean(&order::wants(scene.state, then)))
                }
            };
            let text = match follow::pending(scene.state, trigger, *since, scene.now) {
                Pending::True { held } => format!(" ! {title} is true for {held} of {}: {then}", trigger.hold),
                Pending::Unknown { why } => {
                    let why = text::clean(&why);
                    format!(" ! {title} was true, UNKNOWN now, {why}; counts anew, {} of samples: {then}", trigger.hold)
                }
            };
            alerts.push(Alert { rank: 3, text, style: theme.warning() });
        }
        TriggerState::Fired { rollback_at, .. } => {
            let rolling = scene.state.rollback.is_some();
            let what = fired(scene, trigger);
            match (rollback_at, trigger.then) {
                (Some(at), _) if !rolling => {
                    alerts.push(Alert { rank: 1, text: what, style: theme.critical() });
                    let left = (*at - scene.now).or_zero();
                    let text = format!(
                        "    ROLLBACK STARTS IN {left}    {} veto, {} at once (each asks for a reason)",
                        press(scene, Command::Veto),
                        press(scene, Command::RollBack)
                    );
                    alerts.push(Alert { rank: 1, text, style: theme.danger() });
                }
                // They stand together, with one line of keys for all.
                (None, Then::Propose | Then::Rollback { .. }) if !rolling => {}
                (None, Then::Hold | Then::Investigate) if !rolling => {
                    alerts.push(Alert { rank: 2, text: what, style: theme.critical() });
                    let veto = press(scene, Command::Veto);
                    let text = match &scene.state.hold {
                        Some(hold) if hold.by == By::Trigger(trigger.id.clone()) => {
                            format!("    HELD: {} resumes, {veto} veto (asks for a reason)", press(scene, Command::Resume))
                        }
                        Some(_) | None => {
                            format!(
                                "    INVESTIGATE, no rollback yet: {veto} veto, once it is known what it is (asks for a reason)"
                            )
                        }
                    };
                    alerts.push(Alert { rank: 2, text, style: theme.danger() });
                }
                (Some(_) | None, _) => alerts.push(Alert { rank: 4, text: what, style: theme.critical() }),
            }
        }
        TriggerState::Vetoed { by, reason, .. } => {
            let text = format!(" {title}: vetoed by {}: {}", text::clean(by.as_str()), text::clean(reason));
            alerts.push(Alert { rank: 5, text, style: theme.muted() });
        }
    }
}

/// `6.2 % for 0:33`: what a fired trigger would see now. It stays fired whatever that is, so it must not look as it was then. For
/// how long, and since when, is what samples show without a break: not the time in which nobody measured.
fn as_it_is_now(scene: &Scene, trigger: &Trigger, since: Moment) -> (String, Moment) {
    let Some(asker) = scene.state.trigger_asking(&trigger.id) else {
        return ("UNKNOWN now, no phase is being worked on".to_owned(), since);
    };
    let judged = scene.state.judge(&trigger.when, &asker, scene.now);
    let value = text::clean(&judged.now);
    match judged.verdict {
        Verdict::Pass => {
            let held = judged.held.unwrap_or(scene.now - since);
            (format!("{value} for {held}"), scene.now - held)
        }
        Verdict::Fail => (format!("{value} now, no longer so"), since),
        Verdict::Unknown => (format!("UNKNOWN now, {}", text::clean(&judged.reason)), since),
    }
}

/// The trigger as people call it, with its condition where that says more.
pub(super) fn named(trigger: &Trigger) -> Cow<'_, str> {
    text::clean(if trigger.title.is_empty() { &trigger.when.text } else { &trigger.title })
}
