//! Who holds which role, and what that lets them do.
//!
//! The runbook says who holds a role, by accounts or by a Unix group; for a role of which it says nothing the commander
//! does. `commander` is then held by who has the conn. Where no role that commands names anybody, who opened the room
//! commands, and may hand over to whom they like.

use crate::id::{OperatorId, RoleId};
use crate::room::state::State;
use crate::runbook::model::{Gate, May, Role};

const COMMANDER: &str = "commander";

impl State {
    pub fn holds(&self, operator: &OperatorId, role: &RoleId) -> bool {
        let Some(plan) = self.runbook.roles.get(role) else { return false };
        if plan.is_staffed() {
            return self.is_on_staff(operator, plan);
        }
        let given = self.assigned.get(role).is_some_and(|holders| holders.contains(operator));
        given || (role.as_str() == COMMANDER && self.conn == *operator)
    }

    fn is_on_staff(&self, operator: &OperatorId, role: &Role) -> bool {
        let named = |name: &str| role.people.iter().any(|known| known == name);
        let Some(attendee) = self.operators.get(operator) else {
            // Who opened the room is known by their account until they join.
            return *operator == self.opened.operator && named(operator.as_str());
        };
        let person = &attendee.person;
        named(&person.account)
            || (self.runbook.shared_accounts && named(operator.as_str()))
            || role.group.as_ref().is_some_and(|group| person.groups.contains(group))
    }

    /// The roles that somebody holds, in the runbook's order.
    pub fn roles_of(&self, operator: &OperatorId) -> impl Iterator<Item = &RoleId> {
        self.runbook.roles.keys().filter(|role| self.holds(operator, role))
    }

    /// Whether the runbook says who commands.
    fn commanders_are_named(&self) -> bool {
        self.runbook.roles.values().any(|role| role.may == May::Command && role.is_staffed())
    }

    fn holds_one_that(&self, operator: &OperatorId, may: May) -> bool {
        self.runbook.roles.iter().any(|(id, role)| role.may >= may && self.holds(operator, id))
    }

    /// Whether they may be given the conn.
    pub fn may_command(&self, operator: &OperatorId) -> bool {
        !self.commanders_are_named() || self.holds_one_that(operator, May::Command)
    }

    /// Whether they have the conn, are here, and may have it.
    pub fn in_command(&self, operator: &OperatorId) -> bool {
        self.commander() == Some(operator)
    }

    /// Whether they may stop things without the conn: hold, cancel, roll back.
    pub fn may_stop(&self, operator: &OperatorId) -> bool {
        self.in_command(operator) || self.holds_one_that(operator, May::Command)
    }

    /// Whether they take part at all; who does not only looks and writes notes.
    pub fn takes_part(&self, operator: &OperatorId) -> bool {
        self.in_command(operator) || self.holds_one_that(operator, May::Vote)
    }

    /// The roles that may waive at this gate; where there are none, who commands may.
    pub fn waivers<'a>(&'a self, gate: &'a Gate) -> Vec<&'a RoleId> {
        if gate.waive.is_empty() {
            let waive = |(_, role): &(&RoleId, &Role)| role.waive;
            return self.runbook.roles.iter().filter(waive).map(|(id, _)| id).collect();
        }
        gate.waive.iter().collect()
    }

    /// Who holds the role, of those who are here.
    pub fn holders_here(&self, role: &RoleId) -> Vec<&OperatorId> {
        let mut here: Vec<&OperatorId> = self.operators.keys().chain([&self.opened.operator, &self.conn]).collect();
        here.sort();
        here.dedup();
        here.retain(|operator| self.is_here(operator) && self.holds(operator, role));
        here
    }

    /// Whether two names stand for the same account.
    pub fn same_account(&self, one: &OperatorId, other: &OperatorId) -> bool {
        let uid = |operator| self.operators.get(operator).map(|attendee| attendee.person.uid);
        one == other || matches!((uid(one), uid(other)), (Some(one), Some(other)) if one == other)
    }

    /// As they are called wherever they act: `ana`, `ana (unverified)`.
    pub fn called(&self, operator: &OperatorId) -> String {
        let doubtful = self.operators.contains_key(operator) && !self.is_verified(operator);
        if doubtful { format!("{operator} (unverified)") } else { operator.to_string() }
    }
}
