//! Two people decide at once: the first one did, and the other is told. What stops things is never too late.

use crate::id::ItemId;
use crate::room::action::{Action, Refusal};
use crate::room::decide::Asked;
use crate::room::event::{By, Vote};
use crate::room::say;
use crate::room::state::{Ballot, State};
use crate::time::Moment;

/// Why this was decided on a picture that somebody else has changed since.
pub(super) fn in_time(state: &State, action: &Action, asked: &Asked) -> Result<(), Refusal> {
    if let Action::Tick { item } | Action::Fill { item, .. } | Action::WaiveItem { item, .. } = action {
        return of_this_tick(state, item, asked.seen);
    }
    if !rests_on_the_picture(action) {
        return Ok(());
    }
    let mine = |by: &By| matches!(by, By::Operator(operator) if operator == asked.by);
    if let Some(first) = state.taken.iter().rev().find(|taken| taken.seq > asked.seen && !mine(&taken.by)) {
        let who = say::by(state, &first.by);
        return Err(too_late(state, &format!("{who} {}", first.what), first.at));
    }
    let Action::Go { phase, .. } = action else { return Ok(()) };
    let place = state.runbook.phases.iter().position(|known| known.id == *phase);
    let Some(gate) = place.and_then(|place| state.phases.get(place)).map(|phase| &phase.gate) else { return Ok(()) };
    if let Some(opened) = gate.open.filter(|_| gate.opened_seq > asked.seen) {
        return Err(too_late(state, "the gate was opened", opened));
    }
    let against = |ballot: &Ballot| match ballot.vote {
        Vote::NoGo | Vote::Hold => ballot.seq > asked.seen && ballot.by != *asked.by,
        Vote::Go | Vote::Abstain => false,
    };
    match gate.votes.iter().find(|(_, ballot)| against(ballot)) {
        Some((role, ballot)) => Err(too_late(state, &format!("{role} voted {}", ballot.vote.word()), ballot.at)),
        None => Ok(()),
    }
}

/// What was seen of one tick is not said of the next.
fn of_this_tick(state: &State, item: &ItemId, seen: u64) -> Result<(), Refusal> {
    let newer = state.runbook.watch.iter().filter(|watch| state.watch.get(&watch.id).is_some_and(|at| at.seq > seen));
    match newer.map(|watch| &watch.list).find(|list| list.walk().iter().any(|(_, one)| one.id == *item)) {
        Some(list) => Err(Refusal::new(format!("\"{}\" is due again since what you saw: look, and tick anew", list.title))),
        None => Ok(()),
    }
}

fn too_late(state: &State, what: &str, at: Moment) -> Refusal {
    let clock = state.wall(at).clock(state.runbook.zone);
    Refusal::new(format!("{what} at {clock}, after what you saw: look, and decide again"))
}

fn rests_on_the_picture(action: &Action) -> bool {
    match action {
        Action::StartDeployment
        | Action::RunStep { .. }
        | Action::RetryStep { .. }
        | Action::SkipStep { .. }
        | Action::Answer { .. }
        | Action::Choose { .. }
        | Action::GiveValue { .. }
        | Action::FinishStep { .. }
        | Action::FailStep { .. }
        | Action::OpenGate { .. }
        | Action::Go { .. }
        | Action::NoGo { .. }
        | Action::Resume
        | Action::Veto { .. }
        | Action::AcceptRollback { .. }
        | Action::Abandon { .. }
        | Action::HandOver { .. }
        | Action::TakeConn { .. }
        | Action::KeepConn { .. } => true,
        Action::RollBack { .. }
        | Action::Hold { .. }
        | Action::HoldGate { .. }
        | Action::CancelStep { .. }
        | Action::Vote { .. }
        | Action::Sign { .. }
        | Action::SecondStep { .. }
        | Action::Tick { .. }
        | Action::Untick { .. }
        | Action::Fill { .. }
        | Action::WaiveItem { .. }
        | Action::Confirm { .. }
        | Action::WithdrawConfirmation { .. }
        | Action::AssignRole { .. }
        | Action::Note { .. } => false,
    }
}
