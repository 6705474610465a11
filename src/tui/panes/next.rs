//! One sentence: what happens next, or what to press for it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::room::action::Action;
use crate::room::alarm;
use crate::room::decide;
use crate::room::order;
use crate::room::schedule;
use crate::room::state::{Ending, Stage, StepStatus};
use crate::room::watch;
use crate::runbook::model::{Course, Phase, Step, StepKind};
use crate::runbook::template::Template;
use crate::text;
use crate::time::Span;
use crate::tui::keys::Command;
use crate::tui::panes::header::reserved_style;
use crate::tui::panes::kit::{Page, count};
use crate::tui::panes::words::{can, commander, may, press};
use crate::tui::panes::{decision, then};
use crate::tui::scene::{LinkState, Scene};
use crate::tui::view::Screen;

/// What comes next, and how much it wants a person.
pub(crate) struct Next {
    pub(crate) text: String,
    pub(crate) style: Style,
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let next = next(scene);
    Page::new(frame.buffer_mut(), area)
        .row()
        .put(if scene.transport.is_some() { " was next: " } else { " next: " }, scene.theme.muted())
        .put(&next.text, next.style);
}

pub(crate) fn next(scene: &Scene) -> Next {
    let theme = scene.theme;
    if scene.transport.is_some() {
        return then::was_next(scene);
    }
    match scene.link {
        LinkState::Gone { why, .. } => {
            let text = format!("nothing: the room has ended ({}). {} leaves", text::clean(why), press(scene, Command::Quit));
            return Next { text, style: theme.warning() };
        }
        // The command comes first: a narrow screen cuts the rest off.
        LinkState::Lost { remedy, .. } => {
            let then = if remedy.contains("resume") { "; this screen rejoins" } else { "" };
            let text = format!("{}{then}; {} leaves", text::clean(remedy), press(scene, Command::Quit));
            return Next { text, style: theme.critical() };
        }
        LinkState::JournalLow { .. } if matches!(scene.state.stage, Stage::Planned | Stage::Underway { .. }) => {
            let back = press(scene, Command::RollBack);
            let text = format!("the disk fails, so no step begins: mend it and resume the room, or {back} rolls back");
            return Next { text, style: theme.critical() };
        }
        LinkState::NotDurable { .. } => {
            let back = press(scene, Command::RollBack);
            let text = format!("the disk does not answer, so no step begins: {back} rolls back as soon as it does");
            return Next { text, style: theme.critical() };
        }
        LinkState::Opening => {
            return Next { text: "the room is opening: its journal is begun".to_owned(), style: theme.muted() };
        }
        LinkState::Up | LinkState::JournalLow { .. } => {}
        // What can't be written down is not begun, whatever the plan and the countdowns say.
        LinkState::JournalFailed { why } => {
            let text = format!("nothing new begins: {}", text::clean(why));
            return Next { text, style: theme.critical() };
        }
    }
    if let Some((_, at)) = scene.countdown() {
        let left = (at - scene.now).or_zero();
        let veto = if can(scene, Command::Veto) {
            format!("{} vetoes it", press(scene, Command::Veto))
        } else {
            format!("only {} can veto it", commander(scene))
        };
        return Next { text: format!("the rollback starts in {left}: {veto}"), style: theme.critical() };
    }
    if let Some(proposed) = decision::proposed(scene) {
        return proposed;
    }
    let steps = current_steps(scene);
    match &scene.state.stage {
        Stage::Ended(ending, _) => decision::after_the_end(scene).unwrap_or_else(|| ended(scene, ending)),
        Stage::RollingBack => step_wish(scene, steps).unwrap_or_else(|| verifying(scene)),
        Stage::Planned | Stage::Underway { .. } if scene.state.hold.is_some() => {
            let resumes = if can(scene, Command::Resume) {
                format!("{} resumes", press(scene, Command::Resume))
            } else {
                format!("waiting for {} to resume", commander(scene))
            };
            Next { text: format!("on hold: {resumes}"), style: theme.warning() }
        }
        Stage::Planned => before_the_start(scene),
        Stage::Underway { phase } => step_wish(scene, steps).unwrap_or_else(|| after_the_steps(scene, *phase)),
    }
}

/// The steps being worked on, whatever is looked at.
pub(super) fn current_steps<'a>(scene: &Scene<'a>) -> &'a [Step] {
    let runbook = &scene.state.runbook;
    match scene.state.stage {
        Stage::Underway { phase } => runbook.phases.get(phase).map_or(&[], |phase| &phase.steps),
        Stage::RollingBack => runbook.rollback.as_ref().map_or(&[], |rollback| &rollback.steps),
        Stage::Planned | Stage::Ended(..) => &[],
    }
}

pub(super) fn status<'a>(scene: &Scene<'a>, step: &Step) -> &'a StepStatus {
    scene.state.step(&step.id).map_or(&StepStatus::Waiting, |step| &step.status)
}

/// The first step that is not settled: everything behind it waits for it.
pub(super) fn unsettled<'a>(scene: &Scene<'a>, steps: &'a [Step]) -> Option<&'a Step> {
    // A group that runs is what its steps are, so that the next of them comes first.
    let wants = |step: &&Step| !order::is_settled(scene.state, step);
    let inner = |step: &&Step| {
        wants(step) && *status(scene, step) == StepStatus::Waiting && order::before(scene.state, steps, step).is_none()
    };
    let first = steps.iter().find(wants)?;
    let in_group = matches!(first.kind, StepKind::Group) && matches!(status(scene, first), StepStatus::Running { .. });
    if in_group { steps.iter().find(inner).or(Some(first)) } else { Some(first) }
}

/// The step that Enter would run.
pub(crate) fn next_step<'a>(scene: &Scene<'a>) -> Option<&'a Step> {
    if scene.state.hold.is_some() && !matches!(scene.state.stage, Stage::RollingBack) {
        return None;
    }
    unsettled(scene, current_steps(scene)).filter(|step| *status(scene, step) == StepStatus::Waiting)
}

fn step_wish(scene: &Scene, steps: &[Step]) -> Option<Next> {
    let theme = scene.theme;
    let step = unsettled(scene, steps)?;
    let title = text::clean(&step.title);
    let name = format!("{} {title}", step.number);
    if *status(scene, step) == StepStatus::Waiting
        && let Some(lacking) = order::lacking(scene.state, step)
    {
        let text = if scene.state.in_command(scene.me) {
            format!("{} gives a value: {lacking}", press(scene, Command::Next))
        } else {
            format!("{lacking}: {} gives it", commander(scene))
        };
        return Some(Next { text, style: scene.theme.warning() });
    }
    Some(match status(scene, step) {
        StepStatus::Waiting if step.begins_by_itself() => {
            Next { text: format!("{name} begins by itself"), style: theme.normal() }
        }
        StepStatus::Waiting if !scene.state.in_command(scene.me) => waiting(scene, &format!("to run {name}")),
        StepStatus::Waiting => {
            let twice = if step.dangerous { ", and asks once more" } else { "" };
            // Enter acts on the selected step: where that is another one, Esc lets the selection follow again.
            let elsewhere =
                scene.view.screen == Screen::Main && scene.selected_step().is_some_and(|selected| selected.id != step.id);
            let first = if elsewhere { "Esc, then " } else { "" };
            Next { text: format!("{first}{} runs {name}{twice}", press(scene, Command::Next)), style: theme.title() }
        }
        StepStatus::Running { .. } => running(scene, step, &name),
        StepStatus::Failed { .. } => failed(scene, step, &title),
        StepStatus::Lost { .. } => lost(scene, step, &title),
        StepStatus::Done { .. } | StepStatus::Skipped { .. } => return None,
    })
}

/// `2.1 failed: r tries again, s skips it, R rolls back (Smoke test)`
fn failed(scene: &Scene, step: &Step, title: &str) -> Next {
    let (number, id) = (&step.number, &step.id);
    let asks = [
        (Action::RetryStep { step: id.clone() }, Command::Retry, "tries again"),
        (Action::SkipStep { step: id.clone(), reason: "-".to_owned() }, Command::Skip, "skips it"),
        (Action::RollBack { reason: "-".to_owned() }, Command::RollBack, "rolls back"),
    ];
    let taken = asks.iter().filter(|(ask, ..)| may(scene, ask));
    let mut ways: Vec<String> = taken.map(|(_, key, what)| format!("{} {what}", press(scene, *key))).collect();
    if !scene.state.in_command(scene.me) {
        ways.push(format!("waiting for {} to decide", commander(scene)));
    }
    Next { text: format!("{number} failed: {} ({title})", ways.join(", ")), style: scene.theme.critical() }
}

fn lost(scene: &Scene, step: &Step, title: &str) -> Next {
    let mut ways = vec![format!("{} output", press(scene, Command::Open(Screen::Output)))];
    let id = &step.id;
    let asks = [
        (Action::FinishStep { step: id.clone(), note: "-".to_owned() }, Command::Finish, "it is done"),
        (Action::FailStep { step: id.clone(), reason: "-".to_owned() }, Command::Fail, "it failed"),
        (Action::RetryStep { step: id.clone() }, Command::Retry, "runs it again"),
    ];
    ways.extend(asks.iter().filter(|(ask, ..)| may(scene, ask)).map(|(_, key, what)| format!("{} {what}", press(scene, *key))));
    if ways.len() == 1 && !scene.state.in_command(scene.me) {
        ways.push(format!("waiting for {} to decide", commander(scene)));
    }
    Next { text: format!("{} is LOST: {} ({title})", step.number, ways.join(", ")), style: scene.theme.unknown() }
}

pub(super) fn running(scene: &Scene, step: &Step, name: &str) -> Next {
    let theme = scene.theme;
    let StepStatus::Running { started, bake, cancelled, .. } = status(scene, step) else {
        return Next { text: String::new(), style: theme.normal() };
    };
    let gone = scene.now - *started;
    let text = match &step.kind {
        StepKind::Run { .. } | StepKind::Http(_) if cancelled.is_some() => format!("{name} is being stopped"),
        StepKind::Run { course: Course::Watch { span, .. }, .. } | StepKind::Wait { span } => {
            return elapsing(scene, step, *span - gone);
        }
        StepKind::Run { .. } | StepKind::Http(_) => {
            let ask = Action::CancelStep { step: step.id.clone(), reason: "-".to_owned() };
            let stops = if may(scene, &ask) { format!(", {} stops it", press(scene, Command::Stop)) } else { String::new() };
            format!("{name} runs for {gone}{stops}")
        }
        StepKind::Manual { .. } | StepKind::Message { .. } if !can_end(scene, step) => {
            return waiting(scene, &format!("to say how {name} ended"));
        }
        StepKind::Manual { instruction: what } => {
            let said = instruction(scene, what);
            let said = text::clean_line(&said);
            let text =
                format!("{} when done, {} if it failed: {said}", press(scene, Command::Finish), press(scene, Command::Fail));
            return Next { text, style: theme.title() };
        }
        StepKind::Message { to, .. } => {
            let whom = alarm::reach(scene.state, to);
            let (shows, sent) = (press(scene, Command::Open(Screen::Messages)), press(scene, Command::Finish));
            let text = format!("{} ({shows} shows the message), then {sent}", text::clean_line(&whom));
            return Next { text, style: theme.title() };
        }
        StepKind::Until { .. } => {
            let kept = bake.as_ref().and_then(|bake| bake.paused.as_ref()).map_or("", String::as_str);
            let kept = if kept.is_empty() { String::new() } else { format!(": {}", text::clean(kept)) };
            format!("{name}, for {gone} by now{kept}")
        }
        StepKind::Choose { .. } => format!("{name} is to be chosen"),
        StepKind::Group => in_the_group(scene, step, name),
        StepKind::Bake { span, .. } => {
            let Some(bake) = bake else { return elapsing(scene, step, *span - gone) };
            let left = (*span - bake.held_at(scene.now)).or_zero();
            if let Some(why) = &bake.paused {
                let text = format!("{name} stands still with {left} left: {}", text::clean(why));
                return Next { text, style: theme.unknown() };
            }
            return elapsing(scene, step, left);
        }
    };
    Next { text, style: theme.normal() }
}

/// Whether who sits here may say that it is done.
fn can_end(scene: &Scene, step: &Step) -> bool {
    may(scene, &Action::FinishStep { step: step.id.clone(), note: "-".to_owned() })
}

/// `2.2 Watch the new release: 3 of its steps are left`
fn in_the_group(scene: &Scene, group: &Step, name: &str) -> String {
    let left: Vec<_> = order::left_in_group(scene.state, current_steps(scene), group).collect();
    let wants = left.iter().find(|step| match status(scene, step) {
        StepStatus::Failed { .. } | StepStatus::Lost { .. } => true,
        StepStatus::Running { .. } => step.kind.by_hand(),
        StepStatus::Waiting => !order::begins_by_itself(scene.state, current_steps(scene), step),
        StepStatus::Done { .. } | StepStatus::Skipped { .. } => false,
    });
    match wants {
        Some(step) => format!("{name}: {} {} wants you", step.number, text::clean(&step.title)),
        None => format!("{name}: {} left", count(left.len(), "step")),
    }
}

/// What a person has to do, with what is known of the variables.
pub(crate) fn instruction(scene: &Scene, template: &Template) -> String {
    template.render(&scene.state.shown_values())
}

/// `gate "Continue to 50 %?" at 09:18:52, in 6:12`: what time alone brings about.
fn elapsing(scene: &Scene, step: &Step, left: Span) -> Next {
    let left = left.or_zero();
    let at = scene.state.wall(scene.now + left).clock(scene.state.runbook.zone);
    let then = current_steps(scene).iter().skip_while(|one| one.id != step.id).nth(1);
    let what = match (then, current_phase(scene)) {
        (Some(then), _) => format!("{} {}", then.number, text::clean(&then.title)),
        (None, Some(phase)) => phase
            .gate
            .as_ref()
            .map_or_else(|| "the next phase".to_owned(), |gate| format!("gate \"{}\"", text::clean(&gate.question))),
        (None, None) => "the verification".to_owned(),
    };
    Next { text: format!("{what} at {at}, in {left}"), style: scene.theme.normal() }
}

fn current_phase<'a>(scene: &Scene<'a>) -> Option<&'a Phase> {
    match scene.state.stage {
        Stage::Underway { phase } => scene.state.runbook.phases.get(phase),
        Stage::Planned | Stage::RollingBack | Stage::Ended(..) => None,
    }
}

fn after_the_steps(scene: &Scene, place: usize) -> Next {
    let phases = &scene.state.runbook.phases;
    let gate = phases.get(place).and_then(|phase| phase.gate.as_ref()).zip(scene.state.phases.get(place));
    let Some((gate, state)) = gate else { return the_phase_after(scene, place) };
    if let Some(since) = state.gate.open {
        return decision::at_the_gate(scene, place, gate, since);
    }
    let question = text::clean(&gate.question);
    if !can(scene, Command::OpenGate) {
        return waiting(scene, &format!("to open the gate \"{question}\""));
    }
    Next { text: format!("{} opens the gate \"{question}\"", press(scene, Command::OpenGate)), style: scene.theme.title() }
}

/// `waiting for ana to resume`: who sits here has no key for it.
fn waiting(scene: &Scene, what: &str) -> Next {
    Next { text: format!("waiting for {} {what}", commander(scene)), style: scene.theme.normal() }
}

pub(super) fn the_phase_after(scene: &Scene, place: usize) -> Next {
    let theme = scene.theme;
    match scene.state.runbook.phases.get(place + 1) {
        Some(next) => Next { text: format!("phase {} {}", next.number, text::clean(&next.title)), style: theme.normal() },
        None => match decide::signature_waited_for(scene.state).as_slice() {
            [] => Next { text: "the deployment is about to be completed".to_owned(), style: theme.normal() },
            roles => {
                let who: Vec<String> = roles.iter().map(|role| decision::seat(scene, role)).collect();
                let text = if can(scene, Command::Sign) {
                    let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                    format!("{} signs for {}, and the deployment is completed", press(scene, Command::Sign), roles.join(", "))
                } else {
                    format!("waiting for {} to sign, then the deployment is completed", who.join(", "))
                };
                Next { text: text::clean(&text).into_owned(), style: theme.title() }
            }
        },
    }
}

fn before_the_start(scene: &Scene) -> Next {
    let due = when_due(scene);
    let begin = if scene.state.in_command(scene.me) {
        format!("{} begins the deployment{due}", press(scene, Command::Begin))
    } else {
        format!("waiting for {} to begin the deployment{due}", commander(scene))
    };
    let text = match decide::open_before_start(scene.state).map(|(_, open)| open).sum() {
        0 => begin,
        some => {
            format!("{} lists {} to tick, then {begin}", press(scene, Command::Open(Screen::Checklists)), count(some, "item"))
        }
    };
    Next { text, style: scene.theme.title() }
}

pub(super) fn when_due(scene: &Scene) -> String {
    // A plan may begin before T, and is early or late by its own beginning.
    let due = match schedule::begins(scene.state) {
        Some(begins) if begins > scene.now => format!(", planned in {}", begins - scene.now),
        Some(begins) => format!(", planned {} ago", scene.now - begins),
        None => String::new(),
    };
    match (scene.state.t0, schedule::lead(&scene.state.runbook)) {
        (Some(_), _) => due,
        (None, Span::ZERO) => format!("{due}: T is then"),
        (None, lead) => format!("{due}: T is {lead} later"),
    }
}

fn verifying(scene: &Scene) -> Next {
    let accepts = if can(scene, Command::AcceptRollback) {
        format!("{} accepts it as it is, with a reason", press(scene, Command::AcceptRollback))
    } else {
        format!("only {} can accept it as it is", commander(scene))
    };
    Next { text: format!("the rollback is being verified; {accepts}"), style: scene.theme.title() }
}

pub(super) fn ended(scene: &Scene, ending: &Ending) -> Next {
    let theme = scene.theme;
    let leave = press(scene, Command::Quit);
    match ending {
        Ending::Completed => {
            let (style, against) = decide::reserved(scene.state).map_or_else(
                || (theme.good(), String::new()),
                |(acceptance, against)| (reserved_style(theme, acceptance), format!(", {}", text::clean(&against))),
            );
            let missed = watch::missed(scene.state);
            let text = if watch::goes_on(scene.state, scene.now) && missed > 0 {
                format!(
                    "{} MISSED; completed{against}, and watched on: the room stays when you leave ({leave})",
                    count(missed, "tick")
                )
            } else if watch::goes_on(scene.state, scene.now) {
                format!("the deployment is completed{against}, and watched on: the room stays when you leave ({leave})")
            } else if missed > 0 {
                format!("done, with {} MISSED: the deployment is completed{against}. {leave} leaves", count(missed, "tick"))
            } else {
                format!("done: the deployment is completed{against}. {leave} leaves")
            };
            Next { text, style: if missed > 0 && style == theme.good() { theme.warning() } else { style } }
        }
        Ending::RolledBack { verified: true } => {
            Next { text: format!("done: rolled back, and verified. {leave} leaves"), style: theme.warning() }
        }
        Ending::RolledBack { verified: false } => {
            Next { text: format!("rolled back, but NOT verified: look at the metrics. {leave} leaves"), style: theme.critical() }
        }
        Ending::Abandoned { reason } => {
            Next { text: format!("abandoned: {}. {leave} leaves", text::clean(reason)), style: theme.warning() }
        }
    }
}
