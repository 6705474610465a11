//! What to say: the messages that are prepared, and those that stand in the plan, each with its values filled in, where it
//! goes, and whether it has been sent.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::id::ChannelId;
use crate::room::state::{State, StepStatus};
use crate::room::{alarm, say, schedule};
use crate::runbook::model::{Message, Step, StepKind};
use crate::runbook::template::Template;
use crate::text;
use crate::time::{Moment, Span};
use crate::tui::keys::{Command, KEYS};
use crate::tui::panes::kit::{Page, Row, window};
use crate::tui::panes::prose::{self, Ink, Prose};
use crate::tui::panes::search;
use crate::tui::scene::{Facts, Scene};
use crate::tui::view::View;

/// From here on the text stands beside the list.
const BESIDE: u16 = 110;
/// A message is looked at as due for so long before its time.
const SOON: Span = Span(10 * 60 * 1_000);

/// A text for people.
pub(in crate::tui) struct Entry<'a> {
    /// What it is called in the runbook, or the number of its step.
    pub(in crate::tui) name: &'a str,
    /// The step that says it, where one does.
    pub(in crate::tui) step: Option<&'a Step>,
    to: &'a [ChannelId],
    subject: Option<&'a Template>,
    text: &'a Template,
    due: Option<Moment>,
}

/// The prepared ones in the order of the file, then those that the plan alone has.
pub(in crate::tui) fn entries(state: &State) -> Vec<Entry<'_>> {
    let steps = || state.runbook.all_steps().filter(|step| matches!(step.kind, StepKind::Message { .. }));
    let prepared = state.runbook.messages.iter().map(|message| {
        let step = steps().find(|step| names(step) == Some(&message.name));
        of_message(state, message, step)
    });
    prepared.chain(steps().filter(|step| names(step).is_none()).filter_map(|step| of_step(state, step))).collect()
}

/// The prepared message that a step sends.
fn names(step: &Step) -> Option<&str> {
    if let StepKind::Message { name, .. } = &step.kind { name.as_deref() } else { None }
}

fn of_message<'a>(state: &'a State, message: &'a Message, step: Option<&'a Step>) -> Entry<'a> {
    // A step may send it elsewhere, and has values of its own.
    let own = step.and_then(|step| of_step(state, step));
    let due = message.at.and_then(|at| schedule::moment(state, at));
    match own {
        Some(own) => Entry { name: &message.name, due: own.due.or(due), ..own },
        None => Entry { name: &message.name, step, to: &message.to, subject: message.subject.as_ref(), text: &message.text, due },
    }
}

fn of_step<'a>(state: &'a State, step: &'a Step) -> Option<Entry<'a>> {
    let StepKind::Message { to, subject, text, .. } = &step.kind else { return None };
    let due = step.at.and_then(|at| schedule::moment(state, at));
    Some(Entry { name: &step.number, step: Some(step), to, subject: subject.as_ref(), text, due })
}

impl<'a> Entry<'a> {
    fn status(&self, state: &'a State) -> Option<&'a StepStatus> {
        state.step(&self.step?.id).map(|step| &step.status)
    }

    /// What is said, as it is to be sent: the subject above the text.
    pub(in crate::tui) fn whole(&self, state: &State) -> String {
        let values = state.shown_values();
        let text = self.text.render(&values);
        self.subject.map_or_else(|| text.trim().to_owned(), |subject| format!("{}\n\n{}", subject.render(&values), text.trim()))
    }

    /// What has no value that could be said.
    fn missing(&self, state: &State) -> Vec<String> {
        let values = state.shown_values();
        let vars = self.text.vars().chain(self.subject.into_iter().flat_map(Template::vars));
        let missing: BTreeSet<_> = vars.filter(|name| !values.0.contains_key(*name)).collect();
        let secret = |name| state.runbook.vars.get(name).is_some_and(|var| var.secret);
        missing.into_iter().map(|name| if secret(name) { format!("{name} (secret)") } else { name.to_string() }).collect()
    }
}

/// The one chosen; else what is being sent; else what is due next and not known to be sent.
pub(in crate::tui) fn selected(facts: &Facts, view: &View, entries: &[Entry]) -> usize {
    let running = |entry: &Entry| matches!(entry.status(facts.state), Some(StepStatus::Running { .. }));
    let settled = |entry: &Entry| matches!(entry.status(facts.state), Some(StepStatus::Done { .. } | StepStatus::Skipped { .. }));
    let ahead = |entry: &Entry| !settled(entry) && entry.due.is_some_and(|due| due + SOON >= facts.now);
    let chosen = view.message.filter(|place| *place < entries.len());
    let found = chosen.or_else(|| entries.iter().position(running)).or_else(|| entries.iter().position(ahead));
    found.or_else(|| entries.iter().position(|entry| !settled(entry))).unwrap_or(0)
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let entries = entries(scene.state);
    let selected = selected(&scene.facts(), scene.view, &entries);
    let Some(entry) = entries.get(selected) else {
        Page::new(frame.buffer_mut(), area).row().put(" the runbook prepares no messages", scene.theme.muted());
        return;
    };
    if area.width >= BESIDE {
        let [list, line, text] =
            Layout::horizontal([Constraint::Percentage(40), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        draw_list(frame, list, scene, &entries, selected);
        let mut page = Page::new(frame.buffer_mut(), line);
        for _ in 0..line.height {
            page.row().put(scene.marks.down, scene.theme.border());
        }
        return draw_text(frame, text, scene, entry);
    }
    let most = if area.height < 12 { area.height / 3 } else { area.height / 2 };
    let rows = (entries.len() as u16 + 1).min(most.max(2));
    let [list, line, text] = Layout::vertical([Constraint::Length(rows), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    draw_list(frame, list, scene, &entries, selected);
    Page::new(frame.buffer_mut(), line).row().fill(scene.marks.across, scene.theme.border());
    draw_text(frame, text, scene, entry);
}

fn draw_list(frame: &mut Frame, area: Rect, scene: &Scene, entries: &[Entry], selected: usize) {
    let mut page = Page::new(frame.buffer_mut(), area);
    page.row()
        .put(" MESSAGES", scene.theme.title())
        .put(&format!("  {} of {}", selected + 1, entries.len()), scene.theme.muted());
    let name = entries.iter().map(|entry| text::width(entry.name)).max().unwrap_or(0).clamp(4, 14) + 1;
    for place in window(entries.len(), page.room(), selected) {
        row(&mut page.row(), scene, &entries[place], name, place == selected);
    }
}

/// `> sent 08:00 started     The deployment has started.`
fn row(row: &mut Row, scene: &Scene, entry: &Entry, name: usize, selected: bool) {
    let theme = scene.theme;
    let (mark, style) = match entry.status(scene.state) {
        Some(StepStatus::Done { .. }) => ("sent", theme.good()),
        Some(StepStatus::Running { .. }) => ("now", theme.accent()),
        Some(StepStatus::Skipped { .. }) => ("skip", theme.muted()),
        Some(StepStatus::Failed { .. }) => ("FAIL", theme.critical()),
        Some(StepStatus::Waiting | StepStatus::Lost { .. }) | None => ("--", theme.muted()),
    };
    row.column(if selected { scene.marks.pointer } else { " " }, 2, theme.title()).column(mark, 5, style);
    let clock = entry.due.map(|due| scene.state.wall(due).clock_minutes(scene.state.runbook.zone));
    row.column(clock.as_deref().unwrap_or(""), 6, theme.normal());
    let title = if selected { theme.selected() } else { theme.normal() };
    row.column(&text::clean_line(entry.name), name, title).put(" ", theme.normal());
    let said = entry.whole(scene.state).split_whitespace().collect::<Vec<_>>().join(" ");
    search::put(row, scene, &text::clean_line(&said), theme.muted());
}

fn draw_text(frame: &mut Frame, area: Rect, scene: &Scene, entry: &Entry) {
    let mut page = Page::new(frame.buffer_mut(), area);
    let lines = text_of(&scene.facts(), entry, page.width());
    prose::draw(&mut page, scene, &lines, scene.view.message_line);
}

/// From how many lines the text of a message can be looked at, on a screen of this size.
pub(in crate::tui) fn places(facts: &Facts, entry: &Entry, size: (u16, u16)) -> usize {
    let width = if size.0 >= BESIDE { size.0 - size.0 * 2 / 5 - 1 } else { size.0 };
    text_of(facts, entry, usize::from(width)).len().max(1)
}

/// Where it goes comes first, then what is said, then the rest.
fn text_of(facts: &Facts, entry: &Entry, width: usize) -> Vec<prose::Line> {
    let mut prose = Prose::new(width);
    tell(&mut prose, facts, entry);
    prose.into_lines()
}

fn tell(prose: &mut Prose, facts: &Facts, entry: &Entry) {
    let state = facts.state;
    let values = state.shown_values();
    prose.fact("where", &alarm::reach(state, entry.to), Ink::Link);
    let missing = entry.missing(state);
    if !missing.is_empty() {
        prose.fact("not known yet", &missing.join(", "), Ink::Careful);
    }
    if let Some(subject) = entry.subject {
        prose.fact("subject", &subject.render(&values), Ink::Title);
    }
    prose.put(String::new(), Ink::Plain);
    prose.text(entry.text.render(&values).trim(), Ink::Title);
    prose.put(String::new(), Ink::Plain);
    let says_so = match entry.step {
        Some(step) if prose.is_aloud() => format!("done {}", step.number),
        Some(_) | None => key(Command::Sent),
    };
    prose.fact("when", &when(facts, entry, &says_so), Ink::Quiet);
}

/// Every message by its name, as lines to be read aloud; or one of them, whole.
pub(in crate::tui) fn aloud(facts: &Facts, named: Option<&str>) -> Result<Vec<String>, String> {
    let entries = entries(facts.state);
    let mut prose = Prose::aloud();
    let Some(named) = named else {
        if entries.is_empty() {
            prose.text("the runbook prepares no messages", Ink::Plain);
        }
        for entry in &entries {
            let said = entry.whole(facts.state).split_whitespace().collect::<Vec<_>>().join(" ");
            let sent = entry.step.map_or_else(String::new, |step| format!("done {}", step.number));
            prose.fact(
                entry.name,
                &format!("{} ({}; {})", said, alarm::reach(facts.state, entry.to), when(facts, entry, &sent)),
                Ink::Plain,
            );
        }
        return Ok(prose.into_text());
    };
    let wanted = named.to_lowercase();
    let begins = |entry: &&Entry| entry.name.to_lowercase().starts_with(&wanted);
    let exact = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(named));
    let mut all = entries.iter().filter(begins);
    let only = all.next().filter(|_| all.next().is_none());
    if let Some(entry) = exact.or(only) {
        prose.title(entry.name);
        tell(&mut prose, facts, entry);
        return Ok(prose.into_text());
    }
    let all: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
    Err(format!("no one message is called \"{}\": there are {}", text::clean_line(named), all.join(", ")))
}

/// When it is due, and what has become of it.
fn when(facts: &Facts, entry: &Entry, says_so: &str) -> String {
    let (state, zone) = (facts.state, facts.state.runbook.zone);
    let due = entry.due.map(|due| {
        let clock = state.wall(due).clock_minutes(zone);
        let away = due - facts.now;
        if away.0 >= 0 { format!("planned {clock}, in {away}") } else { format!("planned {clock}, {} ago", -away) }
    });
    let step = entry.step.zip(entry.status(state)).map(|(step, status)| match status {
        StepStatus::Waiting => format!("{} sends it", step.number),
        StepStatus::Running { .. } => format!("now: send it, then {says_so} ({})", step.number),
        StepStatus::Done { how, ended, .. } => {
            format!("sent at {} ({}, {})", state.wall(*ended).clock(zone), step.number, say::done(state, how))
        }
        StepStatus::Failed { why, .. } => format!("NOT sent: {} failed, {}", step.number, say::failure(state, why)),
        StepStatus::Skipped { reason, .. } => format!("left out: {} was skipped, {reason}", step.number),
        StepStatus::Lost { .. } => format!("nobody knows: {} is lost", step.number),
    });
    let said: Vec<_> = due.into_iter().chain(step).collect();
    if said.is_empty() { "whenever it is needed; no step of the plan sends it".to_owned() } else { said.join("; ") }
}

/// The key that does it, by its name.
pub(in crate::tui::panes) fn key(does: Command) -> String {
    let row = KEYS.iter().find(|key| key.does == does);
    row.and_then(|key| key.on.first()).map(ToString::to_string).unwrap_or_default()
}
