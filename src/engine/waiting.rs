//! What clients have asked and the room has not come to yet.
//!
//! Stopping goes before going on: what takes the room back is taken before what others ask, so that an abort that waits
//! beats a go beside it. What one person asks keeps its order.

use std::collections::VecDeque;

use crate::link::{Ask, Call, GuestId};
use crate::room::decide;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    calls: VecDeque<Call>,
}

impl Waiting {
    pub(super) fn push(&mut self, call: Call) {
        self.calls.push_back(call);
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// All of them, in the order in which they came.
    pub(super) fn take(&mut self) -> VecDeque<Call> {
        std::mem::take(&mut self.calls)
    }

    /// Whether somebody wants to stop what is going on.
    pub(super) fn is_urgent(&self) -> bool {
        self.calls.iter().any(stops)
    }

    pub(super) fn next(&mut self) -> Option<Call> {
        let urgent = self.calls.iter().find(|call| stops(call)).and_then(from);
        let place = urgent.and_then(|guest| self.calls.iter().position(|call| from(call) == Some(guest)));
        self.calls.remove(place.unwrap_or(0))
    }

    /// The next one of a client that wants to stop something.
    pub(super) fn next_urgent(&mut self) -> Option<Call> {
        if self.is_urgent() { self.next() } else { None }
    }
}

fn from(call: &Call) -> Option<GuestId> {
    match call {
        Call::Join { guest, .. }
        | Call::Look { guest, .. }
        | Call::Ask { guest, .. }
        | Call::ComeIn { guest }
        | Call::CatchUp { guest }
        | Call::Leave { guest, .. } => Some(*guest),
        Call::End { .. } => None,
    }
}

fn stops(call: &Call) -> bool {
    matches!(call, Call::Ask { ask: Ask::Act { action, .. }, .. } if decide::stops(action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Action;

    fn ask(guest: u8, action: Action) -> Call {
        let ask = Ask::Act { id: "x".into(), seen: 0, action };
        Call::Ask { guest: GuestId::from_bytes([guest; 16]), ask }
    }

    fn note(text: &str) -> Action {
        Action::Note { text: text.to_owned() }
    }

    fn order(calls: Vec<Call>) -> Vec<Action> {
        let mut waiting = Waiting { calls: calls.into() };
        std::iter::from_fn(|| waiting.next())
            .filter_map(|call| match call {
                Call::Ask { ask: Ask::Act { action, .. }, .. } => Some(action),
                Call::Ask { .. }
                | Call::Join { .. }
                | Call::Look { .. }
                | Call::ComeIn { .. }
                | Call::CatchUp { .. }
                | Call::Leave { .. }
                | Call::End { .. } => None,
            })
            .collect()
    }

    #[test]
    fn an_abort_is_taken_before_what_others_asked_earlier() {
        let back = Action::RollBack { reason: "errors".to_owned() };
        let calls = vec![ask(1, Action::Resume), ask(1, note("a")), ask(2, back.clone()), ask(3, note("b"))];
        assert_eq!(order(calls), [back, Action::Resume, note("a"), note("b")]);
    }

    #[test]
    fn what_one_person_asks_keeps_its_order() {
        let hold = Action::Hold { reason: "wait".to_owned() };
        let calls = vec![ask(1, note("other")), ask(2, Action::Resume), ask(2, hold.clone())];
        assert_eq!(order(calls), [Action::Resume, hold, note("other")]);
    }
}
