//! Who is in the room, as far as links go, and what each of them is told.
//!
//! Answers go to who asked, records to everybody. A client that does not read costs the others nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::actor::Engine;
use crate::engine::closing::Unattended;
use crate::id::OperatorId;
use crate::journal::Anchor;
use crate::link::{Batch, Fault, GuestId, Leaving, Outbox, Picture, Update, Welcome};
use crate::room::people::{self, Person};
use crate::room::state::Stage;
use crate::room::{Record, State};

/// Records that may follow on a picture before a newcomer is given a newer one.
const RECORDS_AFTER_MAX: usize = 500;
/// The same in bytes, roughly.
const WEIGHT_AFTER_MAX: usize = 256 * 1024;

#[derive(Debug)]
struct Guest {
    operator: OperatorId,
    outbox: Outbox,
    /// Who only looks so far, and has not come in.
    looks: Option<Person>,
    /// It came to look, and asks in passing: no screen that somebody sits at.
    passes: bool,
}

/// The engine's side of its clients.
#[derive(Debug, Default)]
pub(super) struct Hall {
    guests: BTreeMap<GuestId, Guest>,
    /// For newcomers: made once for many of them.
    picture: Option<Recent>,
    /// What is not in the state and everybody must know: the journal's health, the demo's fault.
    standing: Vec<Update>,
}

#[derive(Debug)]
struct Recent {
    picture: Picture,
    after: Vec<Batch>,
    records: usize,
    weight: usize,
}

impl Hall {
    pub(super) fn operator(&self, guest: GuestId) -> Option<&OperatorId> {
        self.guests.get(&guest).map(|guest| &guest.operator)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.guests.is_empty()
    }

    /// Whether this person has a client here.
    fn has(&self, operator: &OperatorId) -> bool {
        self.guests.values().any(|guest| guest.looks.is_none() && guest.operator == *operator)
    }

    /// Lets a client in: it is told who it is, how the room stands, and from then on what happens.
    pub(super) fn join(&mut self, id: GuestId, operator: OperatorId, outbox: Outbox, state: &State) {
        outbox.tell(Update::Welcome(Welcome { guest: id, you: operator.clone() }));
        self.guests.insert(id, Guest { operator, outbox, looks: None, passes: false });
        self.show(id, state);
    }

    /// Lets somebody look who is not to be recorded for it.
    pub(super) fn look(&mut self, id: GuestId, person: Person, outbox: Outbox, state: &State) {
        // They look once, and go by what they see.
        self.picture = None;
        self.join(id, person.operator.clone(), outbox, state);
        if let Some(guest) = self.guests.get_mut(&id) {
            (guest.looks, guest.passes) = (Some(person), true);
        }
    }

    /// What the journal comes to now, for who comes next. Who is here keeps the one they were told.
    fn anchored(&mut self, Anchor { records, hash }: Anchor) {
        self.standing.retain(|update| !matches!(update, Update::Anchor { .. }));
        self.standing.push(Update::Anchor { records, hash });
    }

    /// How the room stands, in place of what this client was not told.
    pub(super) fn show(&mut self, id: GuestId, state: &State) {
        let Some(guest) = self.guests.get(&id) else { return };
        let recent = self.picture.get_or_insert_with(|| Recent::of(state));
        guest.outbox.show(recent.picture.clone());
        for batch in &recent.after {
            guest.outbox.tell(Update::Records(batch.clone()));
        }
        for standing in &self.standing {
            guest.outbox.tell(standing.clone());
        }
    }

    /// Whose client it was, if it was one of somebody who had come in, and whether that was in passing.
    pub(super) fn leave(&mut self, id: GuestId) -> Option<(OperatorId, bool)> {
        self.guests.remove(&id).filter(|guest| guest.looks.is_none()).map(|guest| (guest.operator, guest.passes))
    }

    /// To everybody, in the order in which it happened.
    pub(super) fn records(&mut self, records: &[Arc<Record>]) {
        let batch = Batch::of(records.to_vec());
        if let Some(recent) = &mut self.picture
            && !recent.add(&batch)
        {
            self.picture = None;
        }
        self.all(&Update::Records(batch));
    }

    pub(super) fn all(&self, update: &Update) {
        for guest in self.guests.values() {
            guest.outbox.tell(update.clone());
        }
    }

    /// To everybody who is here, and to everybody who comes.
    pub(super) fn stands(&mut self, update: Update) {
        self.all(&update);
        // Of two faults of the demo's target the newer counts.
        self.standing.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&update));
        match update {
            Update::Broken(Fault::None) => {}
            // What stood before it stands again.
            Update::NotDurable { since: None } => self.standing.iter().for_each(|standing| self.all(standing)),
            update => self.standing.push(update),
        }
    }

    pub(super) fn answer(&mut self, id: GuestId, answer: Update) {
        let Some(guest) = self.guests.get(&id) else { return };
        if !guest.outbox.tell(answer) {
            tracing::warn!("{id} ({}) asks and does not read its answers: it is let go", guest.operator);
            // Letting go of its outbox makes its own task find out, and say that it left.
            guest.outbox.let_go();
        }
    }
}

impl Recent {
    fn of(state: &State) -> Self {
        Self { picture: Picture::of(state.clone()), after: Vec::new(), records: 0, weight: 0 }
    }

    /// Whether it is worth going on with.
    fn add(&mut self, batch: &Batch) -> bool {
        self.records += batch.len();
        self.weight += batch.weight();
        self.after.push(batch.clone());
        self.records <= RECORDS_AFTER_MAX && self.weight <= WEIGHT_AFTER_MAX
    }
}

impl Engine {
    /// Somebody came. Who is here with another screen already does not come twice.
    pub(super) async fn join(&mut self, id: GuestId, person: &Person, outbox: Outbox) {
        match people::join(&self.state, person) {
            Ok(events) => {
                self.record(events).await;
                self.hall.anchored(self.writer.anchor());
                self.hall.join(id, person.operator.clone(), outbox, &self.state);
            }
            Err(refusal) => {
                outbox.tell(Update::Dismissed { why: refusal.0 });
            }
        }
    }

    /// Somebody wants to see how the room stands.
    pub(super) fn look(&mut self, id: GuestId, person: Person, outbox: Outbox) {
        self.hall.anchored(self.writer.anchor());
        self.hall.look(id, person, outbox, &self.state);
    }

    /// Who only looked asks for something: from now on they are here.
    pub(super) async fn come_in(&mut self, id: GuestId) {
        let Some(person) = self.hall.guests.get_mut(&id).and_then(|guest| guest.looks.take()) else { return };
        match people::join(&self.state, &person) {
            Ok(events) => self.record(events).await,
            Err(refusal) => {
                if let Some(guest) = self.hall.guests.remove(&id) {
                    guest.outbox.tell(Update::Dismissed { why: refusal.0 });
                }
            }
        }
    }

    /// A client is gone; with the last of theirs the person is.
    pub(super) async fn leave(&mut self, id: GuestId, how: &Leaving) {
        let Some((operator, passes)) = self.hall.leave(id) else { return };
        if !self.hall.has(&operator) {
            let why = match how {
                Leaving::Quit => "",
                Leaving::Lost(why) => why,
            };
            let gone = people::leave(&self.state, &operator, why);
            self.record(gone).await;
        }
        if !self.hall.is_empty() {
            return;
        }
        self.unattended = Unattended::since(self.outside.clock.now());
        if *how == Leaving::Quit && !passes && matches!(self.state.stage, Stage::Ended(..)) {
            self.end(None, "the deployment has ended and everybody has left");
        }
    }
}
