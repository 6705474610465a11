//! Who commands: handing the conn over, taking it from somebody who is gone or asking for it, giving parts away.

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
    let Some(commander) = state.commander() else {
        let reason = need_reason(reason, "taking the conn")?;
        return Ok(vec![Event::ConnTaken { by: by.clone(), from: state.conn.clone(), reason }]);
    };
    if let Some(asked) = &state.conn_asked {
        let who = if asked.by == *by { "you have".to_owned() } else { format!("{} has", asked.by) };
        let clock = state.wall(asked.at).clock(state.runbook.zone);
        let until = state.wall(asked.lapses()).clock(state.runbook.zone);
        return refuse(format!("{who} asked {commander} for it at {clock}, and {commander} has until {until} to answer"));
    }
    let reason = need_reason(reason, "asking for the conn")?;
    Ok(vec![Event::ConnAsked { by: by.clone(), of: commander.clone(), reason }])
}

/// The commander does not give it away.
pub(super) fn keep(state: &State, reason: &str, by: &OperatorId) -> Decision {
    match &state.conn_asked {
        None => refuse("nobody asks for the conn"),
        Some(asked) => {
            let (from, reason) = (asked.by.clone(), reason.trim().to_owned());
            Ok(vec![Event::ConnKept { by: by.clone(), from, reason }])
        }
    }
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
