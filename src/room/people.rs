//! Who is in the room: joining, leaving, and how far an account tells who somebody is.
//!
//! The engine says who is at the other end of a connection (the kernel tells it), asks [`join`] and [`leave`] what
//! that means, and records it. A person may have several screens: they join with the first and leave with the last.

use serde::{Deserialize, Serialize};

use crate::id::OperatorId;
use crate::room::action::Refusal;
use crate::room::event::Event;
use crate::room::state::State;
use crate::text;
use crate::time::{Moment, Span};

/// People who may ever join one room.
pub const PEOPLE_MAX: usize = 1_000;

/// The longest name, in characters.
pub const NAME_MAX: usize = 40;

/// How long the commander has to answer who asks for the conn.
pub const CONN_ANSWER: Span = Span::MINUTE;

/// Somebody at a screen, as the kernel and they themselves say who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What they are called here: the account, or the name that was given where several people share it.
    pub operator: OperatorId,
    /// The name of the account.
    pub account: String,
    pub uid: u32,
    /// Who logged in at first; it stays the same through `su` and `sudo`. `None` where the kernel does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_uid: Option<u32>,
    /// Those of the account's Unix groups that the runbook names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The account is their own, as far as can be told: they logged in with it and are called by it.
    pub verified: bool,
}

impl Person {
    /// Whether the account alone tells who this is. Root is whoever may become it.
    pub fn is_own_account(&self) -> bool {
        self.uid != 0 && self.login_uid == Some(self.uid) && self.account == self.operator.as_str()
    }
}

/// A person of this room, here or gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    pub person: Person,
    pub joined: Moment,
    /// When their last screen was gone, and why.
    pub left: Option<(Moment, String)>,
}

/// Somebody who wants the conn and has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnAsked {
    pub by: OperatorId,
    pub reason: String,
    pub at: Moment,
}

impl ConnAsked {
    /// When nobody waits for the answer any more.
    pub fn lapses(&self) -> Moment {
        self.at + CONN_ANSWER
    }
}

/// What it means that this person came; nothing where they are here with another screen already.
pub fn join(state: &State, person: &Person) -> Result<Vec<Event>, Refusal> {
    let name = person.operator.as_str();
    let visible = |letter: char| !letter.is_control() && !letter.is_whitespace() || letter == ' ';
    if name.trim() != name
        || name.is_empty()
        || name.chars().count() > NAME_MAX
        || !name.chars().all(visible)
        || text::clean(name) != name
    {
        return Err(Refusal::new(format!("a name has 1 to {NAME_MAX} visible characters: join with another one")));
    }
    match state.operators.get(&person.operator) {
        Some(known) if known.person.uid != person.uid => {
            let account = &known.person.account;
            return Err(Refusal::new(format!("{name} is here already, of the account {account}: join with another name")));
        }
        Some(known) if known.left.is_none() => return Ok(Vec::new()),
        None if state.operators.len() >= PEOPLE_MAX => {
            return Err(Refusal::new(format!("{PEOPLE_MAX} people have joined this room, which is as many as it takes")));
        }
        Some(_) | None => {}
    }
    let person = Person { verified: person.is_own_account(), ..person.clone() };
    Ok(vec![Event::OperatorJoined { person }])
}

/// What it means that the last screen of this person is gone.
pub fn leave(state: &State, operator: &OperatorId, why: &str) -> Vec<Event> {
    match state.operators.get(operator) {
        Some(known) if known.left.is_none() => {
            vec![Event::OperatorLeft { operator: operator.clone(), why: why.trim().to_owned() }]
        }
        Some(_) | None => Vec::new(),
    }
}

impl State {
    /// Whether they are at a screen. Who opened the room is taken to be, until they joined and left.
    pub fn is_here(&self, operator: &OperatorId) -> bool {
        match self.operators.get(operator) {
            Some(attendee) => attendee.left.is_none(),
            None => *operator == self.opened.operator,
        }
    }

    /// Who has the conn, is here, and may command. With nobody in command nothing new begins.
    pub fn commander(&self) -> Option<&OperatorId> {
        (self.is_here(&self.conn) && self.may_command(&self.conn)).then_some(&self.conn)
    }

    /// Whether the account tells who this is. Somebody else with the same account takes that from both.
    pub fn is_verified(&self, operator: &OperatorId) -> bool {
        let Some(known) = self.operators.get(operator) else { return false };
        let same_account = |other: &&Attendee| other.person.uid == known.person.uid && other.person.operator != *operator;
        known.person.verified && self.operators.values().find(same_account).is_none()
    }
}
