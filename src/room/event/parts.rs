//! How steps end, what is voted and decided, what a poll comes to: the parts of events.

use serde::{Deserialize, Serialize};

use crate::id::{OperatorId, PhaseId, StepId, TriggerId};
use crate::measure::judge::Judgement;
use crate::runbook::model::Letter;
use crate::time::Span;

/// How a step succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    Exit {
        code: i32,
    },
    Status {
        status: u16,
    },
    /// An operator did it, or saw that it is done.
    Manual {
        by: OperatorId,
        note: String,
    },
    /// The time of a wait or a bake has passed.
    Elapsed,
    /// What was waited for is so.
    Seen,
    /// What ran in the background was stopped, as it was meant to be.
    Stopped,
    /// It runs on, and is nobody's business here any more.
    LeftRunning,
    /// All that belongs to it is over.
    Parts,
    /// One of several options was chosen.
    Chosen {
        option: Letter,
        title: String,
        by: OperatorId,
    },
}

/// What a question of the plan is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Step(StepId),
    Phase(PhaseId),
}

/// What asks for a person's word. The word counts there, and nowhere else: the next one asks anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    Gate {
        phase: PhaseId,
        instance: u32,
    },
    /// A bake, or a step that waits for something.
    Step {
        step: StepId,
        attempt: u32,
    },
    /// The verification of the rollback.
    Rollback,
    /// A trigger, while it watches this phase.
    Trigger {
        trigger: TriggerId,
        phase: PhaseId,
    },
}

/// Why a step did not succeed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    Exit {
        code: i32,
    },
    Signal {
        signal: i32,
    },
    Status {
        status: u16,
    },
    /// It ended well, but an expectation was not met: which.
    Unmet {
        what: String,
    },
    TimedOut {
        after: Span,
    },
    Cancelled,
    /// It could not be started, or the request did not get through.
    Broken {
        what: String,
    },
    /// A criterion of a bake failed.
    Criterion(Box<Judgement>),
    /// An operator says so.
    Manual {
        by: OperatorId,
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    Go,
    NoGo,
    Hold,
    Abstain,
}

impl Vote {
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Hold => "HOLD",
            Self::Abstain => "ABSTAIN",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// With a waiver where the evidence or the poll did not say so.
    Go {
        waiver: Option<String>,
    },
    NoGo {
        reason: String,
    },
    Hold {
        reason: String,
    },
}

/// The critical alerts that fire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    pub count: u32,
    /// What they are called, as far as there is room for it.
    pub names: Vec<String>,
}

/// What a poll came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Up {
        status: u16,
    },
    /// No answer, or not the expected one: why.
    Down {
        why: String,
    },
}

/// What a verdict at the end means for the deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    #[default]
    Accepted,
    /// Neither without a word nor not at all.
    Remarks,
    Refused,
}

impl Acceptance {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub(super) fn is_full(&self) -> bool {
        *self == Self::Accepted
    }
}
