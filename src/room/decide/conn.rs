//! Who commands: handing the conn over, taking it from somebody who is gone, giving parts away.

use crate::id::{OperatorId, RoleId};
use crate::room::decide::{Decision, need_reason, refuse};
use crate::room::event::Event;
use crate::room::state::State;

pub(super) fn hand_over(state: &State, to: &OperatorId, by: &OperatorId) -> Decision {
    if to == by {
        return refuse("you have the conn already");
    }
    if !state.is_here(to) {
        return refuse(format!("{to} is not in the room"));
    }
    if !state.may_command(to) {
        return refuse(format!("{to} may not command: the runbook does not name them for it"));
    }
    Ok(vec![Event::ConnHandedOver { by: by.clone(), to: to.clone() }])
}

pub(super) fn take(state: &State, reason: &str, by: &OperatorId) -> Decision {
    if !state.may_command(by) {
        return refuse(format!("{by} may not command: the runbook does not name them for it"));
    }
    if state.conn == *by {
        return refuse("you have the conn already");
    }
    if let Some(commander) = state.commander() {
        return refuse(format!("{commander} has the conn and is here: ask them to hand it over"));
    }
    let reason = need_reason(reason, "taking the conn")?;
    Ok(vec![Event::ConnTaken { by: by.clone(), from: state.conn.clone(), reason }])
}

pub(super) fn assign(state: &State, role: &RoleId, to: &OperatorId, by: &OperatorId) -> Decision {
    let Some(plan) = state.runbook.roles.get(role) else {
        return refuse(format!("the runbook has no role {role}"));
    };
    if plan.is_staffed() {
        return refuse(format!("the runbook says who is {role}"));
    }
    if !state.is_here(to) {
        return refuse(format!("{to} is not in the room"));
    }
    if state.assigned.get(role).is_some_and(|holders| holders.contains(to)) {
        return refuse(format!("{to} is {role} already"));
    }
    Ok(vec![Event::RoleAssigned { role: role.clone(), to: to.clone(), by: by.clone() }])
}
