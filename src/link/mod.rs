//! Where people meet a room: what they may ask, and what they are told.
//!
//! For: the messages between a screen (or another client) and the engine, the same in one process and over a socket.
//! May not touch: the screen, the engine's insides (its clock is all that is borrowed).
//! Start reading at [`Ask`] and [`Update`], then [`outbox`] (what waits for one client).

pub mod client;
pub mod local;
pub mod outbox;
mod rejoin;
mod told;
pub mod wire;

use std::fmt;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::id::{AskId, OperatorId};
use crate::room::people::Person;
use crate::room::{Action, Refusal};
use crate::time::Moment;

pub use outbox::Outbox;
pub use told::{Batch, Picture};

/// What a client asks of the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// `id` comes back with the answer, and is never acted upon twice. `seen` is the sequence of the last record that the
    /// person was looking at.
    Act { id: AskId, seen: u64, action: Action },
    /// In the demo: makes the embedded target go wrong, or right again; in a rehearsal, what is played.
    Break(Fault),
    /// The room is to end, for everybody. Only its commander may ask for that.
    Close { id: AskId, why: String },
}

/// What the room tells a client.
#[derive(Clone, Debug)]
pub enum Update {
    /// The first of all.
    Welcome(Welcome),
    /// How the room stands, in place of all that was told before.
    Picture(Picture),
    /// Durable, in order, without a gap after the picture.
    Records(Batch),
    /// The action with this id became events.
    Accepted {
        id: AskId,
    },
    Refused {
        id: AskId,
        refusal: Refusal,
    },
    /// The demo's target, or the rehearsal, was told to go wrong so.
    Broken(Fault),
    /// The journal can't be written: nothing new is begun any more.
    JournalFailed {
        why: String,
    },
    /// The disk is full, and the journal lives on its reserve: only what is begun, and the way back, is still recorded.
    JournalLow {
        why: String,
    },
    /// What the journal came to when this process took it over: who keeps it can prove later that nothing before was changed.
    Anchor {
        records: u64,
        hash: String,
    },
    /// The disk does not answer since then: nothing that was asked after is recorded yet. Nothing, when it answers again.
    NotDurable {
        since: Option<Moment>,
    },
    /// The ask with this id has still to be recorded: why.
    Waits {
        id: AskId,
        why: String,
    },
    /// Something happened that could not be recorded any more.
    NotRecorded {
        what: String,
    },
    /// This client is no longer served; the room goes on.
    Dismissed {
        why: String,
    },
    /// The room is not reached since then; nobody knows whether it lives. It is looked for, and a picture says that it is back.
    Lost {
        since: Moment,
        why: String,
    },
    /// The room has ended.
    Gone {
        why: String,
    },
}

/// What a client is told about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub guest: GuestId,
    pub you: OperatorId,
}

/// One client's stay in a room. Random, and so never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GuestId(u128);

impl GuestId {
    pub fn from_bytes(random: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(random))
    }

    /// A new one.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0; 16];
        let mut got = 0;
        while got < bytes.len() {
            got += rustix::rand::getrandom(&mut bytes[got..], rustix::rand::GetRandomFlags::empty())?;
        }
        Ok(Self::from_bytes(bytes))
    }
}

impl fmt::Display for GuestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<GuestId> for String {
    fn from(id: GuestId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for GuestId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = plain.then(|| u128::from_str_radix(&text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| "a client's id has 32 hexadecimal digits".to_owned())
    }
}

/// Names for what one client asks: its own random number and a count.
#[derive(Clone, Copy, Debug)]
pub struct AskNames {
    client: GuestId,
    count: u64,
}

impl AskNames {
    pub fn of(client: GuestId) -> Self {
        Self { client, count: 0 }
    }

    pub fn next_name(&mut self) -> AskId {
        self.count += 1;
        AskId::new(&format!("{}-{}", self.client, self.count))
    }
}

/// What the engine hears of its clients.
#[derive(Debug)]
pub enum Call {
    Join {
        guest: GuestId,
        person: Person,
        outbox: Outbox,
    },
    /// Somebody only looks: they are told everything, and nobody is told of them.
    Look {
        guest: GuestId,
        person: Person,
        outbox: Outbox,
    },
    Ask {
        guest: GuestId,
        ask: Ask,
    },
    /// Who was let in to look while nothing could be recorded is to be here.
    ComeIn {
        guest: GuestId,
    },
    /// It has read all that waited, was spared the rest, and wants a picture.
    CatchUp {
        guest: GuestId,
    },
    Leave {
        guest: GuestId,
        how: Leaving,
    },
    /// The house itself is told to end: a signal to the room's process.
    End {
        why: String,
    },
}

/// How a client left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// By its operator's wish.
    Quit,
    /// Its link broke, or it was dismissed: why.
    Lost(String),
}

/// How the demo's target goes wrong, or what a rehearsal plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    #[default]
    None,
    /// Slow answers.
    Latency,
    /// A share of the new version's answers are 500.
    Errors,
    /// Resident memory grows.
    Memory,
    /// Connections are taken and never answered.
    Hang,
    /// Connections are refused; in a rehearsal no source answers.
    Down,
    /// In a rehearsal: whatever the triggers watch for comes true.
    Triggers,
    /// In a rehearsal: every metric is critical.
    Critical,
    /// In a rehearsal: nothing is measured any more.
    Missing,
    /// In a rehearsal: the steps that a machine does fail.
    StepsFail,
    /// In a rehearsal: the steps that a machine does never end.
    StepsHang,
}

impl Fault {
    pub const OF_THE_DEMO: [Self; 6] = [Self::None, Self::Latency, Self::Errors, Self::Memory, Self::Hang, Self::Down];
    pub const OF_A_REHEARSAL: [Self; 7] =
        [Self::None, Self::Triggers, Self::Critical, Self::Missing, Self::Down, Self::StepsFail, Self::StepsHang];

    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Latency => "latency",
            Self::Errors => "errors",
            Self::Memory => "memory",
            Self::Hang => "hang",
            Self::Down => "down",
            Self::Triggers => "triggers",
            Self::Critical => "critical",
            Self::Missing => "missing",
            Self::StepsFail => "steps-fail",
            Self::StepsHang => "steps-hang",
        }
    }
}

/// A client's end of the link.
#[derive(Debug)]
pub struct Port {
    pub asks: mpsc::Sender<Ask>,
    pub updates: mpsc::Receiver<Update>,
    pub names: AskNames,
}
