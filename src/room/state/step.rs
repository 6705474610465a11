//! A step as it stands: waiting, running, how it came out, what it printed last.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::room::event::{By, Done, Failure};
use crate::room::state::{Answer, Word};
use crate::time::{Moment, Span};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepState {
    pub status: StepStatus,
    pub attempt: u32,
    pub output: VecDeque<String>,
    /// Lines that were dropped from the front, or came too fast for the journal.
    pub omitted: u64,
    /// All lines ever printed, kept or not.
    pub printed: u64,
    /// What a person said when the plan asked whether it applies.
    pub answer: Option<Answer>,
    /// Who agreed to it besides the one who runs it.
    pub seconded: Option<(String, Word)>,
    /// Bytes of its output that these lines are.
    pub heard: u64,
    /// When the last of them came.
    pub last_output: Option<Moment>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    #[default]
    Waiting,
    Running {
        started: Moment,
        by: By,
        /// Asked to stop, and since when.
        cancelled: Option<Moment>,
        bake: Option<BakeState>,
    },
    Done {
        how: Done,
        started: Moment,
        ended: Moment,
    },
    Failed {
        why: Failure,
        started: Moment,
        ended: Moment,
    },
    Skipped {
        by: By,
        reason: String,
        at: Moment,
    },
    /// Fate unknown; a person decides.
    Lost {
        started: Moment,
        noticed: Moment,
        /// Why nobody knows, where that is known.
        why: String,
    },
}

/// How long a bake has held: what is counted, and since when it counts on (not while its evidence is unknown).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BakeState {
    pub held: Span,
    pub since: Option<Moment>,
    /// Why it does not count at the moment.
    pub paused: Option<String>,
}

impl BakeState {
    pub fn held_at(&self, now: Moment) -> Span {
        self.held + self.since.map_or(Span::ZERO, |since| (now - since).or_zero())
    }
}
