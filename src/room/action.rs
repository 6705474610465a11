//! What an operator asks for, and why it may not happen now.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{EvidenceMark, ItemId, OperatorId, PhaseId, RoleId, StepId, TriggerId, VarName};
use crate::room::event::{Subject, Vote};
use crate::runbook::model::Letter;

/// The opening of the gate, and the evidence, that a vote answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saw {
    pub instance: u32,
    pub evidence: EvidenceMark,
}

/// Asked by an operator; it becomes events or a [`Refusal`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// T is now.
    StartDeployment,

    Tick {
        item: ItemId,
    },
    Untick {
        item: ItemId,
    },
    /// Fills the item's field, which also ticks it.
    Fill {
        item: ItemId,
        value: String,
    },
    WaiveItem {
        item: ItemId,
        reason: String,
    },
    Confirm {
        what: String,
    },
    WithdrawConfirmation {
        what: String,
    },

    RunStep {
        step: StepId,
    },
    CancelStep {
        step: StepId,
        reason: String,
    },
    /// Runs a failed, skipped or lost step again.
    RetryStep {
        step: StepId,
    },
    SkipStep {
        step: StepId,
        reason: String,
    },
    /// Whether something applies, where the plan asks.
    Answer {
        of: Subject,
        yes: bool,
    },
    /// Takes one of the options of a choice.
    Choose {
        step: StepId,
        option: Letter,
    },
    /// A second person agrees that the step may run.
    SecondStep {
        step: StepId,
        person: String,
    },
    /// What a step needs and no step has captured.
    GiveValue {
        name: VarName,
        value: String,
    },
    /// A manual step is done, or a lost one turned out to be.
    FinishStep {
        step: StepId,
        note: String,
    },
    /// A manual step failed, or a lost one turned out to have.
    FailStep {
        step: StepId,
        reason: String,
    },

    /// Puts the gate before the people although steps are left (each with its state in sight).
    OpenGate {
        phase: PhaseId,
    },
    Vote {
        phase: PhaseId,
        role: RoleId,
        vote: Vote,
        reason: String,
        by_voice: bool,
        /// What was on the voter's screen; without it, what there is when the vote arrives.
        #[serde(default)]
        saw: Option<Saw>,
    },
    /// For a role, at the end.
    Sign {
        role: RoleId,
        /// Who signs; for one's own role that is who asks.
        person: String,
        verdict: String,
        note: String,
        by_voice: bool,
    },
    Go {
        phase: PhaseId,
        waiver: Option<String>,
    },
    NoGo {
        phase: PhaseId,
        reason: String,
    },
    HoldGate {
        phase: PhaseId,
        reason: String,
    },

    Hold {
        reason: String,
    },
    Resume,

    Veto {
        trigger: TriggerId,
        reason: String,
    },
    /// Never blocked by a gate, a hold or a running step.
    RollBack {
        reason: String,
    },
    /// Ends a rollback whose verification does not pass.
    AcceptRollback {
        reason: String,
    },
    Abandon {
        reason: String,
    },
    /// The conn goes to somebody who is here.
    HandOver {
        to: OperatorId,
    },
    /// The conn: taken from a commander who is gone, asked of one who is here.
    TakeConn {
        reason: String,
    },
    /// Whoever asks for the conn does not get it.
    KeepConn {
        reason: String,
    },
    AssignRole {
        role: RoleId,
        to: OperatorId,
    },
    Note {
        text: String,
    },
}

impl Action {
    /// Every text that a person typed into it.
    pub fn texts(&mut self, mut each: impl FnMut(&mut String)) {
        match self {
            Self::Fill { value: text, .. }
            | Self::GiveValue { value: text, .. }
            | Self::WaiveItem { reason: text, .. }
            | Self::CancelStep { reason: text, .. }
            | Self::SkipStep { reason: text, .. }
            | Self::FinishStep { note: text, .. }
            | Self::FailStep { reason: text, .. }
            | Self::Vote { reason: text, .. }
            | Self::Go { waiver: Some(text), .. }
            | Self::NoGo { reason: text, .. }
            | Self::HoldGate { reason: text, .. }
            | Self::Hold { reason: text }
            | Self::Veto { reason: text, .. }
            | Self::RollBack { reason: text }
            | Self::AcceptRollback { reason: text }
            | Self::Abandon { reason: text }
            | Self::SecondStep { person: text, .. }
            | Self::TakeConn { reason: text }
            | Self::KeepConn { reason: text }
            | Self::Note { text } => each(text),
            Self::Sign { person, note, .. } => {
                each(person);
                each(note);
            }
            // What is confirmed is the runbook's text, and has to be found again by it.
            Self::StartDeployment
            | Self::Tick { .. }
            | Self::Untick { .. }
            | Self::Confirm { .. }
            | Self::WithdrawConfirmation { .. }
            | Self::RunStep { .. }
            | Self::RetryStep { .. }
            | Self::Answer { .. }
            | Self::Choose { .. }
            | Self::OpenGate { .. }
            | Self::Go { waiver: None, .. }
            | Self::HandOver { .. }
            | Self::AssignRole { .. }
            | Self::Resume => {}
        }
    }
}

/// Why an action does not happen: who or what stands in the way, and what would clear it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal(pub String);

impl Refusal {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}
