//! A disk that does not answer: the room waits for it, and says so.
//!
//! Nothing takes effect or is shown before it is safe, so while a write has not come back nothing new happens here. What people
//! ask meanwhile is answered: what begins something is refused, what stops something waits and is taken first, and who comes is
//! let in to look.

use std::sync::Arc;

use crate::engine::actor::{CALLS_MAX, Engine};
use crate::engine::writer::Frozen;
use crate::id::AskId;
use crate::link::{Ask, Call, GuestId, Update};
use crate::room::{Record, Refusal, decide};
use crate::time::{Moment, Span};

/// A disk that takes longer than this does not answer.
const PATIENCE: Span = Span(2_000);

impl Engine {
    /// Waits until the records may take effect, and hears meanwhile what people ask.
    pub(super) async fn written(&mut self, records: Vec<Arc<Record>>, ask: Option<(GuestId, &AskId)>) -> Result<(), Frozen> {
        let (writer, clock) = (self.writer.clone(), self.outside.clock.clone());
        let since = clock.now();
        let (mut late, mut linked) = (false, true);
        let mut written = std::pin::pin!(writer.append(records));
        let outcome = loop {
            let hears = linked && self.waiting.len() < CALLS_MAX;
            tokio::select! {
                biased;
                outcome = &mut written => break outcome,
                () = clock.sleep_until(since + PATIENCE), if !late => {
                    late = true;
                    self.does_not_answer(since, ask);
                }
                call = self.calls.recv(), if hears => match call {
                    Some(call) if late => self.meanwhile(call, since),
                    Some(call) => self.waiting.push(call),
                    // The house is gone: that is seen to when the disk has answered.
                    None => linked = false,
                }
            }
        };
        if late {
            tracing::warn!("the disk answered after {}", clock.now() - since);
            self.hall.stands(Update::NotDurable { since: None });
        }
        outcome
    }

    fn does_not_answer(&mut self, since: Moment, ask: Option<(GuestId, &AskId)>) {
        tracing::warn!("the disk does not answer: nothing is durable");
        self.hall.stands(Update::NotDurable { since: Some(since) });
        if let Some((guest, id)) = ask {
            let why = "not recorded yet, the disk does not answer".to_owned();
            self.hall.answer(guest, Update::Waits { id: id.clone(), why });
        }
        for call in self.waiting.take() {
            self.meanwhile(call, since);
        }
    }

    /// What comes while the disk does not answer.
    fn meanwhile(&mut self, call: Call, since: Moment) {
        match call {
            Call::Join { guest, person, outbox } => {
                self.look(guest, person, outbox);
                self.waiting.push(Call::ComeIn { guest });
            }
            Call::Look { guest, person, outbox } => self.look(guest, person, outbox),
            Call::CatchUp { guest } => self.hall.show(guest, &self.state),
            Call::Ask { guest, ask } => self.asked_meanwhile(guest, ask, since),
            Call::ComeIn { .. } | Call::Leave { .. } | Call::End { .. } => self.waiting.push(call),
        }
    }

    fn asked_meanwhile(&mut self, guest: GuestId, ask: Ask, since: Moment) {
        let answer = match &ask {
            Ask::Act { id, .. } if self.state.answered(id).is_some() => Some(Update::Accepted { id: id.clone() }),
            Ask::Act { id, action, .. } if !decide::stops(action) => {
                let late = self.outside.clock.now() - since;
                let why =
                    format!("the disk has not answered for {late}, so nothing new is begun: rolling back and holding are taken");
                Some(Update::Refused { id: id.clone(), refusal: Refusal::new(why) })
            }
            Ask::Act { .. } | Ask::Break(_) | Ask::Close { .. } => None,
        };
        if let Some(answer) = answer {
            return self.hall.answer(guest, answer);
        }
        if let Ask::Act { id, .. } | Ask::Close { id, .. } = &ask {
            let why = "not recorded yet: it is the first that is taken when the disk answers".to_owned();
            self.hall.answer(guest, Update::Waits { id: id.clone(), why });
        }
        self.waiting.push(Call::Ask { guest, ask });
    }
}

#[cfg(test)]
#[path = "late_tests.rs"]
mod tests;
