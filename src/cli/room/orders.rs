//! What the room's process is told, through a pipe: secrets never stand in arguments or in the environment.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::id::{OperatorId, RoomId};
use crate::room::event::{Mode, Rehearsal};
use crate::runbook::template::Values;
use crate::time::Moment;

/// A runbook and its values are far smaller.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Orders {
    pub(super) what: What,
    /// All of them, secrets too.
    pub(super) values: Values,
    /// The Unix group whose members may join.
    pub(super) group: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum What {
    Open(Opening),
    /// Goes on with the room in this folder.
    Resume {
        folder: PathBuf,
        operator: OperatorId,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    pub(super) mode: Mode,
    pub(super) file: String,
    pub(super) text: String,
    pub(super) t0: Option<Moment>,
    pub(super) operator: OperatorId,
    /// Of a rehearsal, how it is played, and what its clock shows at first.
    pub(super) rehearsal: Option<(Rehearsal, Moment)>,
}

/// The one line that the room's process answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Answer {
    Ready { room: RoomId, socket: PathBuf },
    Failed { why: String },
}

impl Orders {
    pub(super) fn read(input: impl Read) -> io::Result<Self> {
        Ok(serde_json::from_reader(input.take(BYTES_MAX))?)
    }

    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }
}

impl Answer {
    pub(super) fn write(&self, mut output: impl Write) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        output.write_all(&line)?;
        output.flush()
    }
}
