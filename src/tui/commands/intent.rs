//! Which action a command means here: on the step, item, gate or trigger in sight.

use crate::id::{OperatorId, PhaseId, RoleId, StepId};
use crate::room::Action;
use crate::room::decide;
use crate::room::event::Vote;
use crate::room::state::{Mark, StepStatus};
use crate::runbook::model::{FieldKind, Item, Role, Step};
use crate::tui::keys::Command;
use crate::tui::panes::messages;
use crate::tui::scene::Facts;
use crate::tui::view::{Screen, View};

/// Stands where a reason will be typed. The room is asked with it whether the action may happen at all.
fn later() -> String {
    "a reason that is still to be given".to_owned()
}

/// The action, with a reason still to be given; or why there is nothing that it could be done to.
pub fn intent(command: Command, facts: &Facts, view: &View) -> Result<Action, String> {
    Ok(match command {
        Command::Begin => Action::StartDeployment,
        Command::Tick => tick(facts, item(facts, view)?),
        Command::Fill => fill(item(facts, view)?)?,
        Command::Waive => Action::WaiveItem { item: item(facts, view)?.id.clone(), reason: later() },
        Command::GiveWord => Action::Confirm { what: open_statement(facts)? },
        Command::Stop => Action::CancelStep { step: running(facts, view)?, reason: later() },
        Command::Retry => Action::RetryStep { step: step(facts, view)?.id.clone() },
        Command::Skip => Action::SkipStep { step: step(facts, view)?.id.clone(), reason: later() },
        Command::Finish => Action::FinishStep { step: step(facts, view)?.id.clone(), note: later() },
        Command::Sent => Action::FinishStep { step: message_step(facts, view)?, note: String::new() },
        Command::Fail => Action::FailStep { step: step(facts, view)?.id.clone(), reason: later() },
        Command::OpenGate => Action::OpenGate { phase: gate(facts, view)? },
        Command::Go => Action::Go { phase: gate(facts, view)?, waiver: Some(later()) },
        Command::NoGo => Action::NoGo { phase: gate(facts, view)?, reason: later() },
        Command::Vote | Command::VoteByVoice => vote(facts, view, command == Command::VoteByVoice)?,
        Command::Sign => sign(facts)?,
        Command::Hold => hold(facts, view),
        Command::Resume => Action::Resume,
        Command::Veto => Action::Veto { trigger: fired(facts)?, reason: later() },
        Command::RollBack => Action::RollBack { reason: later() },
        Command::AcceptRollback => Action::AcceptRollback { reason: later() },
        Command::TakeConn => Action::TakeConn { reason: later() },
        Command::HandOver => Action::HandOver { to: others(facts).next().ok_or("nobody else is in the room")?.clone() },
        Command::GiveRole => give_role(facts)?,
        Command::Abandon => Action::Abandon { reason: later() },
        Command::Note => Action::Note { text: later() },
        Command::Next
        | Command::Break
        | Command::Look(_)
        | Command::Open(_)
        | Command::Help
        | Command::Palette
        | Command::Search
        | Command::Copy
        | Command::Quit
        | Command::Suspend
        | Command::Repaint
        | Command::Play(_) => return Err("nothing is asked of the room by that".to_owned()),
    })
}

fn step<'a>(facts: &Facts<'a>, view: &View) -> Result<&'a Step, String> {
    let found = if view.screen == Screen::Output { facts.output_step(view) } else { facts.selected_step(view) };
    found.ok_or_else(|| "there is no step here".to_owned())
}

/// The selected step when it runs, or else the one that does.
fn running(facts: &Facts, view: &View) -> Result<StepId, String> {
    let selected = step(facts, view)?;
    let runs = |step: &&Step| matches!(facts.step_status(step), StepStatus::Running { .. });
    let found = Some(selected).filter(runs).or_else(|| facts.state.runbook.all_steps().find(runs));
    found.map(|step| step.id.clone()).ok_or_else(|| "no step is running".to_owned())
}

/// The step that sends the selected message.
fn message_step(facts: &Facts, view: &View) -> Result<StepId, String> {
    let entries = messages::entries(facts.state);
    let entry = entries.get(messages::selected(facts, view, &entries)).ok_or("the runbook prepares no messages")?;
    let step = entry.step.ok_or_else(|| format!("no step of the plan sends \"{}\": m notes that it was said", entry.name))?;
    Ok(step.id.clone())
}

fn item<'a>(facts: &Facts<'a>, view: &View) -> Result<&'a Item, String> {
    facts.selected_item(view).ok_or_else(|| "this runbook has no checklists".to_owned())
}

fn tick(facts: &Facts, item: &Item) -> Action {
    let mark = facts.state.items.get(&item.id).map_or(&Mark::Open, |state| &state.mark);
    match mark {
        Mark::Open => Action::Tick { item: item.id.clone() },
        Mark::Ticked(_) | Mark::Waived(..) => Action::Untick { item: item.id.clone() },
    }
}

/// With a value of the kind that the field takes, so that the room refuses only what no value would change.
fn fill(item: &Item) -> Result<Action, String> {
    let Some(field) = &item.field else {
        return Err(format!("\"{}\" has nothing to fill in: Space ticks it", item.text));
    };
    let value = match &field.kind {
        FieldKind::Time => "00:00",
        FieldKind::Number => "0",
        FieldKind::Text => "-",
        FieldKind::OneOf(words) => words.first().map_or("-", String::as_str),
    };
    Ok(Action::Fill { item: item.id.clone(), value: value.to_owned() })
}

fn open_statement(facts: &Facts) -> Result<String, String> {
    let all = facts.state.statements();
    match (facts.state.open_statements().first(), all.is_empty()) {
        (Some(what), _) => Ok((*what).to_owned()),
        (None, true) => Err("nothing asks for anybody's word now".to_owned()),
        (None, false) => Err("everything that a person is asked to confirm has been confirmed".to_owned()),
    }
}

fn gate(facts: &Facts, view: &View) -> Result<PhaseId, String> {
    facts.gate(view).map(|(_, phase, _)| phase.id.clone()).ok_or_else(|| "there is no gate here".to_owned())
}

fn vote(facts: &Facts, view: &View, by_voice: bool) -> Result<Action, String> {
    let (place, phase, _) = facts.gate(view).ok_or_else(|| "there is no gate here".to_owned())?;
    let poll: &[RoleId] = phase.gate.as_ref().map_or(&[], |gate| &gate.poll);
    let saw = decide::saw(facts.state, place, facts.now);
    let mine = |role: &&RoleId| !by_voice && facts.state.holds(facts.me, role);
    let cast = |role: &RoleId| {
        let (phase, role) = (phase.id.clone(), role.clone());
        // Who holds no seat here may be the commander, who records what the others say.
        let by_voice = !mine(&&role);
        Action::Vote { phase, role, vote: Vote::Go, reason: String::new(), by_voice, saw: saw.clone() }
    };
    let (own, others): (Vec<&RoleId>, Vec<&RoleId>) = poll.iter().partition(mine);
    first_taken(facts, own.into_iter().chain(others).map(cast)).ok_or_else(|| "this gate polls nobody".to_owned())
}

/// The first of these that the room would take now, else the first, whose refusal says why.
fn first_taken(facts: &Facts, actions: impl Iterator<Item = Action>) -> Option<Action> {
    let mut first = None;
    for action in actions {
        if decide::decide(facts.state, &action, &facts.asked()).is_ok() {
            return Some(action);
        }
        first.get_or_insert(action);
    }
    first
}

/// For the role of one's own that has not signed, else for the first that the commander may record.
fn sign(facts: &Facts) -> Result<Action, String> {
    let sign_off = facts.state.runbook.sign_off.as_ref().ok_or("the runbook asks nobody to sign")?;
    let verdict = sign_off.verdicts.first().cloned().unwrap_or_default();
    let mine = |role: &&RoleId| facts.state.holds(facts.me, role);
    let sign = |role: &RoleId| {
        let (by_voice, verdict) = (!mine(&role), verdict.clone());
        Action::Sign { role: role.clone(), person: later(), verdict, note: String::new(), by_voice }
    };
    let (own, others): (Vec<&RoleId>, Vec<&RoleId>) = sign_off.roles.iter().partition(mine);
    first_taken(facts, own.into_iter().chain(others).map(sign)).ok_or_else(|| "the runbook asks nobody to sign".to_owned())
}

/// Who else is here.
pub(in crate::tui) fn others<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a OperatorId> {
    let (state, me) = (facts.state, facts.me);
    state.operators.keys().filter(move |operator| *operator != me && state.is_here(operator))
}

/// The first role that can be given, to the first who can be given it.
fn give_role(facts: &Facts) -> Result<Action, String> {
    let to = others(facts).next().ok_or("nobody else is in the room")?;
    let free = |(_, role): &(&RoleId, &Role)| !role.is_staffed();
    let (role, _) = facts.state.runbook.roles.iter().find(free).ok_or("the runbook says who holds each role")?;
    Ok(Action::AssignRole { role: role.clone(), to: to.clone() })
}

/// At an open gate, holding is a decision of the gate.
fn hold(facts: &Facts, view: &View) -> Action {
    let open = facts.open_gate().and_then(|place| facts.state.runbook.phases.get(place));
    match open {
        Some(phase) if view.screen == Screen::Gate => Action::HoldGate { phase: phase.id.clone(), reason: later() },
        Some(_) | None => Action::Hold { reason: later() },
    }
}

/// The trigger that counts down, or else one that proposes the rollback.
fn fired(facts: &Facts) -> Result<crate::id::TriggerId, String> {
    use crate::room::state::TriggerState;
    let proposes = || {
        let fired = |id| matches!(facts.state.triggers.get(id), Some(TriggerState::Fired { .. }));
        facts.state.runbook.triggers.iter().map(|trigger| &trigger.id).find(|id| fired(*id))
    };
    let found = facts.countdown().map(|(id, _)| id).or_else(proposes);
    found.cloned().ok_or_else(|| "no trigger has fired, so there is nothing to veto".to_owned())
}
