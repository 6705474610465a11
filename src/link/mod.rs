//! Where a screen meets a room: what it may ask, and what it is told.
//!
//! For: the messages between one screen and the engine, the same in one process and over a socket.
//! May not touch: the screen, the engine's insides.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::room::{Action, Record, Refusal};

/// What a screen asks of the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// `id` comes back with the answer.
    Act { id: u64, action: Action },
    /// In the demo: makes the embedded target go wrong, or right again.
    Break(Fault),
    /// The screen leaves and the room ends with it.
    Close { why: String },
}

/// What the room tells a screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    /// Durable, in order, without a gap.
    Records(Vec<Arc<Record>>),
    /// The action with this id became events.
    Accepted {
        id: u64,
    },
    Refused {
        id: u64,
        refusal: Refusal,
    },
    /// The demo's target was told to go wrong so.
    Broken(Fault),
    /// The journal can't be written: nothing new is begun any more.
    JournalFailed {
        why: String,
    },
    /// Something happened that could not be recorded any more.
    NotRecorded {
        what: String,
    },
    /// The room has ended.
    Gone {
        why: String,
    },
}

/// How the demo's target goes wrong.
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
    /// Connections are refused.
    Down,
}

impl Fault {
    pub const ALL: [Self; 6] = [Self::None, Self::Latency, Self::Errors, Self::Memory, Self::Hang, Self::Down];

    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Latency => "latency",
            Self::Errors => "errors",
            Self::Memory => "memory",
            Self::Hang => "hang",
            Self::Down => "down",
        }
    }
}

/// A screen's end of the link.
#[derive(Debug)]
pub struct Port {
    pub asks: mpsc::Sender<Ask>,
    pub updates: mpsc::Receiver<Update>,
}

/// The engine's end of it.
#[derive(Debug)]
pub struct Seat {
    pub asks: mpsc::Receiver<Ask>,
    pub updates: mpsc::Sender<Update>,
}

/// A link inside one process. Both ends are bounded: who does not read waits, and nobody's memory grows.
pub fn pair(capacity: usize) -> (Port, Seat) {
    let (ask, asks) = mpsc::channel(capacity);
    let (update, updates) = mpsc::channel(capacity);
    (Port { asks: ask, updates }, Seat { asks, updates: update })
}
