//! The people of a simulated room, each at a client of their own.

use futures_util::FutureExt;
use tokio::sync::mpsc;

use crate::id::{AskId, OperatorId};
use crate::link::outbox::{self, Found, Inbox};
use crate::link::{Ask, AskNames, Call, GuestId, Update};
use crate::room::Action;
use crate::room::people::Person;

/// Who opened the room, two colleagues, and one more who shares the account of the second.
pub(super) fn everybody() -> [Person; 4] {
    let person = |name: &str, account: &str, uid| Person {
        operator: OperatorId::new(name),
        account: account.to_owned(),
        uid,
        login_uid: Some(uid),
        groups: Vec::new(),
        verified: name == account,
    };
    [person("ana", "ana", 1000), person("bo", "bo", 1001), person("cy", "cy", 1002), person("dee", "bo", 1001)]
}

/// Who only looks, and sees all that is shown.
pub(super) fn witness() -> Person {
    let operator = OperatorId::new("wall");
    Person { operator, account: "wall".to_owned(), uid: 2000, login_uid: Some(2000), groups: Vec::new(), verified: true }
}

/// Somebody at a client of this process of the room.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) person: Person,
    guest: GuestId,
    inbox: Inbox,
    names: AskNames,
    /// Asks that no answer came to yet.
    pub(super) unanswered: u32,
}

impl Client {
    /// Joins; the room hears of it when it runs on.
    pub(super) fn join(calls: &mpsc::Sender<Call>, person: Person, number: u128) -> Self {
        let guest = GuestId::from_bytes(number.to_be_bytes());
        let (outbox, inbox) = outbox::pair();
        // A room that has ended hears nothing.
        let _ = calls.try_send(Call::Join { guest, person: person.clone(), outbox });
        Self { person, guest, inbox, names: AskNames::of(guest), unanswered: 0 }
    }

    pub(super) fn name(&mut self) -> AskId {
        self.names.next_name()
    }

    pub(super) fn ask(&mut self, calls: &mpsc::Sender<Call>, id: AskId, seen: u64, action: Action) {
        let ask = Ask::Act { id, seen, action };
        self.unanswered += 1;
        let _ = calls.try_send(Call::Ask { guest: self.guest, ask });
    }

    pub(super) fn leaves(&self, calls: &mpsc::Sender<Call>, how: crate::link::Leaving) {
        let _ = calls.try_send(Call::Leave { guest: self.guest, how });
    }

    /// What has been told since.
    pub(super) fn hears(&mut self) -> Vec<Update> {
        let mut heard = Vec::new();
        while let Some(Found::Update(update)) = self.inbox.next().now_or_never() {
            if let Update::Accepted { .. } | Update::Refused { .. } = &*update {
                self.unanswered = self.unanswered.saturating_sub(1);
            }
            heard.push(*update);
        }
        heard
    }
}
