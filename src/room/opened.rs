//! What a room is opened with: its runbook, its values, who opened it, and whether it is live, a demo or a rehearsal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{OperatorId, RoomId, VarName};
use crate::time::Moment;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Of the journal: 1.
    pub format: u32,
    pub room: RoomId,
    pub mode: Mode,
    /// What the runbook's file was called.
    pub file: String,
    /// Its whole text.
    pub runbook: String,
    /// Values of the variables; a secret's value is left out.
    pub values: BTreeMap<VarName, String>,
    /// Planned T.
    pub t0: Option<Moment>,
    pub operator: OperatorId,
    pub host: String,
    /// Of warroom.
    pub version: String,
    /// Of a rehearsal, how it is played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
}

impl Opened {
    /// How many times faster than that of the machine the room's clock runs.
    pub fn speed(&self) -> u32 {
        self.rehearsal.as_ref().map_or(1, |rehearsal| rehearsal.speed.max(1))
    }
}

/// How a rehearsal is played, so that it can be taken up again as what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// What the scenario of faults is called: a built-in name, or a file.
    pub scenario: String,
    /// Its whole text.
    pub text: String,
    /// How many times faster than that of the machine its clock runs.
    pub speed: u32,
}

/// What kind of room it is; the badge on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Live,
    /// Live against the embedded target, which may be broken by a key.
    Demo,
    Rehearsal,
}
