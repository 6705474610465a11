//! Who is here, who has which part, and which asks have been answered.

use crate::id::{OperatorId, RoleId};
use crate::room::event::{Event, Record};
use crate::room::people::{Attendee, Person};
use crate::room::state::{ANSWERED_MAX, Signature, State};
use crate::time::Moment;

pub(super) fn joined(state: &mut State, person: &Person, at: Moment) {
    let attendee = Attendee { person: person.clone(), joined: at, left: None };
    state.operators.insert(person.operator.clone(), attendee);
}

pub(super) fn conn_to(state: &mut State, to: &OperatorId) {
    state.conn = to.clone();
    state.conn_asked = None;
}

/// An ask for the conn goes with who asks, and with who was asked.
pub(super) fn left(state: &mut State, operator: &OperatorId, why: &str, at: Moment) {
    if state.conn == *operator || state.conn_asked.as_ref().is_some_and(|asked| asked.by == *operator) {
        state.conn_asked = None;
    }
    if let Some(attendee) = state.operators.get_mut(operator) {
        attendee.left = Some((at, why.to_owned()));
    }
}

/// The room's process ended, and every screen's link with it.
pub(super) fn all_left(state: &mut State, at: Moment) {
    state.conn_asked = None;
    for attendee in state.operators.values_mut() {
        attendee.left.get_or_insert_with(|| (at, "the room was down".to_owned()));
    }
}

pub(super) fn assigned(state: &mut State, role: &RoleId, to: &OperatorId) {
    if state.runbook.roles.contains_key(role) {
        state.assigned.entry(role.clone()).or_default().insert(to.clone());
    }
}

/// Of an ask that became several records the last one counts.
pub(super) fn answered(state: &mut State, record: &Record) {
    let Some(ask) = &record.ask else { return };
    if let Some((last, seq)) = state.asks.back_mut()
        && last == ask
    {
        *seq = record.seq;
        return;
    }
    if state.asks.len() == ANSWERED_MAX {
        state.asks.pop_front();
    }
    state.asks.push_back((ask.clone(), record.seq));
}

/// A role that signs again has thought better of it.
pub(super) fn signed(state: &mut State, event: &Event, at: Moment) {
    let Event::Signed { role, person, verdict, note, by, by_voice, acceptance } = event else { return };
    let (person, verdict, note) = (person.clone(), verdict.clone(), note.clone());
    let (by, by_voice, acceptance) = (by.clone(), *by_voice, *acceptance);
    state.signed.insert(role.clone(), Signature { person, verdict, note, by, by_voice, at, acceptance });
}
