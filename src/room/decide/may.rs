//! Who may ask for what. What a role may not do is refused here, whatever a screen shows.

use crate::id::{ItemId, OperatorId, RoleId, StepId};
use crate::room::action::{Action, Refusal};
use crate::room::state::State;

/// Why `by` may not ask for this, with who may.
pub(super) fn may(state: &State, action: &Action, by: &OperatorId) -> Result<(), Refusal> {
    if !state.is_here(by) {
        return Err(Refusal::new(format!("{by} has not joined this room")));
    }
    let (allowed, what) = match action {
        // Each of these looks for itself who asks.
        Action::Vote { .. } | Action::Sign { .. } | Action::TakeConn { .. } | Action::Note { .. } => return Ok(()),
        Action::RollBack { .. } => (state.may_stop(by), "rolls back"),
        Action::CancelStep { .. } => (state.may_stop(by), "stops a step"),
        Action::Hold { .. } => (state.takes_part(by), "holds"),
        Action::Tick { item } | Action::Untick { item } | Action::Fill { item, .. } | Action::WaiveItem { item, .. } => {
            (state.takes_part(by) || owns_item(state, item, by), "ticks")
        }
        Action::Confirm { .. } | Action::WithdrawConfirmation { .. } => (state.takes_part(by), "gives their word"),
        Action::FinishStep { step, .. } | Action::FailStep { step, .. } => {
            (state.in_command(by) || owns_step(state, step, by), "says how a step ended")
        }
        Action::StartDeployment => (state.in_command(by), "begins the deployment"),
        Action::RunStep { .. } | Action::RetryStep { .. } => (state.in_command(by), "runs steps"),
        Action::GiveValue { .. } => (state.in_command(by), "gives values"),
        Action::Answer { .. } | Action::Choose { .. } => (state.in_command(by), "says which way it goes"),
        Action::SecondStep { .. } => (state.takes_part(by), "agrees to a step"),
        Action::SkipStep { .. } => (state.in_command(by), "skips steps"),
        Action::OpenGate { .. } => (state.in_command(by), "opens a gate"),
        Action::Go { .. } | Action::NoGo { .. } | Action::HoldGate { .. } => (state.in_command(by), "decides a gate"),
        Action::Resume => (state.in_command(by), "resumes"),
        Action::Veto { .. } => (state.in_command(by), "vetoes a trigger"),
        Action::AcceptRollback { .. } => (state.in_command(by), "ends a rollback"),
        Action::Abandon { .. } => (state.in_command(by), "abandons the deployment"),
        Action::HandOver { .. } => (state.in_command(by), "hands the conn over"),
        Action::KeepConn { .. } => (state.in_command(by), "says who gets the conn"),
        Action::AssignRole { .. } => (state.in_command(by), "gives a role"),
    };
    if allowed { Ok(()) } else { Err(refusal(state, action, what, by)) }
}

fn refusal(state: &State, action: &Action, what: &str, by: &OperatorId) -> Refusal {
    let stops = matches!(action, Action::RollBack { .. } | Action::CancelStep { .. });
    let who = match (state.commander(), state.is_here(&state.conn)) {
        (Some(commander), _) if stops => format!("who may command {what}: {commander} has the conn"),
        (Some(commander), _) => format!("the commander {what}: {commander} has the conn"),
        (None, true) => format!("{} may not command, so nobody has the conn: who may takes it (K)", state.conn),
        (None, false) => format!("nobody has the conn, {} is gone: take it first (K)", state.conn),
    };
    let roles: Vec<&str> = state.roles_of(by).map(RoleId::as_str).collect();
    let you = if roles.is_empty() { "an observer".to_owned() } else { roles.join(", ") };
    Refusal::new(format!("{who}; {by} is {you}"))
}

fn owns_item(state: &State, item: &ItemId, by: &OperatorId) -> bool {
    state.runbook.item(item).and_then(|item| item.owner.as_ref()).is_some_and(|role| state.holds(by, role))
}

fn owns_step(state: &State, step: &StepId, by: &OperatorId) -> bool {
    state.runbook.step(step).and_then(|step| step.owner.as_ref()).is_some_and(|role| state.holds(by, role))
}
