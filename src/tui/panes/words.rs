//! How states are said: a word or a mark first, a colour second.

use ratatui::style::Style;

use crate::room::action::Action;
use crate::room::decide;
use crate::room::event::Vote;
use crate::room::state::StepStatus;
use crate::text;
use crate::time::Span;
use crate::tui::keys::{Command, KEYS, Key, Place};
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;
use crate::tui::view::Screen;

/// The mark of a step, at most four cells.
pub(crate) fn step_mark(status: &StepStatus, is_next: bool) -> &'static str {
    match status {
        StepStatus::Waiting if is_next => "next",
        StepStatus::Waiting => "--",
        StepStatus::Running { cancelled: Some(_), .. } => "stop",
        StepStatus::Running { .. } => ">>",
        StepStatus::Done { .. } => "ok",
        StepStatus::Failed { .. } => "FAIL",
        StepStatus::Skipped { .. } => "skip",
        StepStatus::Lost { .. } => "LOST",
    }
}

pub(crate) fn step_style(status: &StepStatus, is_next: bool, theme: &Theme) -> Style {
    match status {
        StepStatus::Waiting if is_next => theme.title(),
        StepStatus::Waiting => theme.muted(),
        StepStatus::Running { cancelled: Some(_), .. } | StepStatus::Skipped { .. } => theme.warning(),
        StepStatus::Running { .. } => theme.accent(),
        StepStatus::Done { .. } => theme.good(),
        StepStatus::Failed { .. } => theme.critical(),
        StepStatus::Lost { .. } => theme.unknown(),
    }
}

pub(crate) fn vote_style(vote: Vote, theme: &Theme) -> Style {
    match vote {
        Vote::Go => theme.good(),
        Vote::NoGo => theme.critical(),
        Vote::Hold => theme.warning(),
        Vote::Abstain => theme.normal(),
    }
}

/// The age of a sample: `<10s` while it is one of the last two that were expected, and from then on how old it really is:
/// `12s`, `2:10`, `1h05m`. So a number is news, and a screen on which all is well stands still.
pub(crate) fn age(span: Span, every: Span) -> String {
    let on_time = every + every;
    if span < on_time && on_time >= Span::SECOND { format!("<{}", on_time.age()) } else { span.or_zero().age() }
}

/// The key that does it from here: its name, with `Esc` before it where it means something on the main screen only.
pub(crate) fn press(scene: &Scene, command: Command) -> String {
    let rows = || KEYS.iter().filter(|key| key.does == command);
    let name = |key: &Key| key.on.first().map(ToString::to_string).unwrap_or_default();
    if let Some(key) = rows().find(|key| key.is_for(Place::On(scene.view.screen))) {
        return name(key);
    }
    let elsewhere = rows().find(|key| key.is_for(Place::On(Screen::Main))).map(|key| format!("Esc {}", name(key)));
    elsewhere.or_else(|| rows().next().map(name)).unwrap_or_default()
}

/// Whether the room would take it now from who sits here.
pub(crate) fn can(scene: &Scene, command: Command) -> bool {
    KEYS.iter().find(|key| key.does == command).is_some_and(|key| key.refusal(&scene.facts(), scene.view).is_none())
}

/// The same of one action, whatever is selected.
pub(crate) fn may(scene: &Scene, action: &Action) -> bool {
    decide::decide(scene.state, action, &scene.facts().asked()).is_ok()
}

/// Who is waited for where only who commands can go on: by name, or how somebody gets to command.
pub(crate) fn commander(scene: &Scene) -> String {
    match scene.state.commander() {
        Some(commander) => text::clean(commander.as_str()).into_owned(),
        None if can(scene, Command::TakeConn) => {
            format!("a commander ({} takes the conn)", press(scene, Command::TakeConn))
        }
        None => "a commander".to_owned(),
    }
}
