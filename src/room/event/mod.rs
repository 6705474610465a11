//! What happened. Events are the only thing that changes a room, and all that its journal holds.

mod parts;

pub use parts::{Acceptance, Asker, Decision, Done, Failure, Firing, Outcome, Subject, Vote};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{
    AskId, EvidenceMark, ItemId, MetricId, OperatorId, PhaseId, RoleId, SourceId, StepId, TriggerId, VarName, WatchId,
};
use crate::measure::judge::Judgement;
use crate::measure::reading::Reading;
use crate::room::baseline::Taken;
pub use crate::room::opened::{Mode, Opened, Rehearsal};
use crate::room::people::Person;
use crate::time::{Moment, Span};

/// One entry of the journal: an event with its place and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// From 0, without a gap.
    pub seq: u64,
    /// Room time: the wall clock at the room's start plus what has passed since, so it never goes back.
    pub at: Moment,
    /// The ask that it comes of. Each record of an ask carries it, so that the same ask is never carried out twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<AskId>,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The first of every journal. Self-contained: it holds the runbook's text.
    Opened(Box<Opened>),
    /// T, where it was not planned. The plan runs from here.
    DeploymentStarted {
        by: OperatorId,
    },

    ItemTicked {
        item: ItemId,
        by: OperatorId,
    },
    ItemUnticked {
        item: ItemId,
        by: OperatorId,
    },
    FieldFilled {
        item: ItemId,
        value: String,
        by: OperatorId,
    },
    /// Does not apply tonight; counts as done.
    ItemWaived {
        item: ItemId,
        by: OperatorId,
        reason: String,
    },
    /// An operator gives their word for something that no metric shows.
    Confirmed {
        what: String,
        by: OperatorId,
        /// What asked for it then. Journals in which nothing is named let it count everywhere.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        asked_by: Vec<Asker>,
    },
    ConfirmationWithdrawn {
        what: String,
        by: OperatorId,
    },

    PhaseBegan {
        phase: PhaseId,
    },
    PhaseEnded {
        phase: PhaseId,
    },

    /// In the journal before the child is spawned, the request sent or the person asked.
    StepStarted {
        step: StepId,
        attempt: u32,
        by: By,
    },
    StepOutput {
        step: StepId,
        attempt: u32,
        output: Output,
    },
    /// TERM is on its way; KILL follows after the step's grace.
    StepCancelled {
        step: StepId,
        attempt: u32,
        by: By,
        reason: String,
    },
    StepDone {
        step: StepId,
        attempt: u32,
        how: Done,
        /// When it ended, where no room was there to see it: it is learnt later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<Moment>,
    },
    StepFailed {
        step: StepId,
        attempt: u32,
        why: Failure,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<Moment>,
    },
    StepSkipped {
        step: StepId,
        by: OperatorId,
        reason: String,
    },
    /// The plan itself says that it does not apply: by its values, an answer, or a choice.
    StepNotNeeded {
        step: StepId,
        reason: String,
    },
    PhaseNotNeeded {
        phase: PhaseId,
        reason: String,
    },
    /// Whether something applies, which the plan asks in place.
    Answered {
        of: Subject,
        yes: bool,
        by: OperatorId,
    },
    /// A second person agrees that the step may run; they may have said so by voice.
    StepSeconded {
        step: StepId,
        person: String,
        by: OperatorId,
    },
    /// What the step's output held for later steps.
    ValuesCaptured {
        step: StepId,
        attempt: u32,
        values: BTreeMap<VarName, String>,
    },
    /// A person gave what no step had captured.
    ValueGiven {
        name: VarName,
        value: String,
        by: OperatorId,
    },
    /// What is waited for was true for a while, and then was not: its time begins anew.
    UntilBroken {
        step: StepId,
        attempt: u32,
        why: String,
    },
    /// A watch wants to be looked at: its checklist is a fresh one.
    TickDue {
        watch: WatchId,
        tick: u32,
    },
    /// Nobody has looked at all of it in its time.
    TickOverdue {
        watch: WatchId,
        tick: u32,
    },
    /// Nobody has before the next was due.
    TickMissed {
        watch: WatchId,
        tick: u32,
    },
    /// Nobody knows how it ended (the room was gone when it did). A person decides.
    StepLost {
        step: StepId,
        attempt: u32,
        /// Why nobody knows, as far as that is known.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// A bake's evidence became unknown: its time does not count on.
    BakePaused {
        step: StepId,
        attempt: u32,
        why: String,
    },
    BakeResumed {
        step: StepId,
        attempt: u32,
    },

    /// The gate of a phase is before the people who decide.
    GateOpened {
        phase: PhaseId,
        instance: u32,
    },
    VoteCast {
        phase: PhaseId,
        instance: u32,
        role: RoleId,
        vote: Vote,
        reason: String,
        by: OperatorId,
        by_voice: bool,
        /// The evidence that was before who voted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        saw: Option<EvidenceMark>,
    },
    /// Nobody decided it in its time: the deployment is held.
    GateExpired {
        phase: PhaseId,
        instance: u32,
        after: Span,
    },
    GateDecided {
        phase: PhaseId,
        instance: u32,
        decision: Decision,
        by: OperatorId,
        evidence: Vec<Judgement>,
    },

    /// A role has signed at the end.
    Signed {
        role: RoleId,
        person: String,
        verdict: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        by: OperatorId,
        by_voice: bool,
        /// What that verdict means.
        #[serde(default, skip_serializing_if = "Acceptance::is_full")]
        acceptance: Acceptance,
    },

    HoldBegan {
        by: OperatorId,
        reason: String,
    },
    HoldEnded {
        by: OperatorId,
    },

    /// The condition came true; it must hold for the trigger's time.
    TriggerPending {
        trigger: TriggerId,
    },
    /// It is no longer true, or no longer known.
    TriggerCleared {
        trigger: TriggerId,
        why: String,
    },
    /// It held. What it does is in the runbook; a countdown ends at `rollback_at`.
    TriggerFired {
        trigger: TriggerId,
        evidence: Judgement,
        rollback_at: Option<Moment>,
    },
    TriggerVetoed {
        trigger: TriggerId,
        by: OperatorId,
        reason: String,
    },

    RollbackStarted {
        by: By,
        reason: String,
    },
    RollbackEnded {
        verified: bool,
        by: By,
        reason: String,
        evidence: Vec<Judgement>,
    },
    /// The plan is done.
    DeploymentCompleted,
    /// The commander ends the deployment before its end, without a rollback.
    DeploymentAbandoned {
        by: OperatorId,
        reason: String,
    },

    /// A person is at a screen of this room.
    OperatorJoined {
        person: Person,
    },
    /// The last screen of theirs is gone.
    OperatorLeft {
        operator: OperatorId,
        why: String,
    },
    /// Somebody took the conn of a commander who was gone, or who may not command.
    ConnTaken {
        by: OperatorId,
        from: OperatorId,
        reason: String,
    },
    ConnHandedOver {
        by: OperatorId,
        to: OperatorId,
    },
    /// Somebody who may command asks the commander, who is here, for the conn.
    ConnAsked {
        by: OperatorId,
        of: OperatorId,
        reason: String,
    },
    /// The commander keeps it.
    ConnKept {
        by: OperatorId,
        from: OperatorId,
        reason: String,
    },
    /// The commander has not answered in time: the ask is over, and the conn stays where it is.
    ConnAskLapsed {
        by: OperatorId,
        of: OperatorId,
    },
    /// The commander gave somebody a part to play.
    RoleAssigned {
        role: RoleId,
        to: OperatorId,
        by: OperatorId,
    },

    /// What a metric was like before T.
    BaselineTaken {
        metric: MetricId,
        #[serde(flatten)]
        taken: Taken,
    },

    /// One poll of one source, with what it gave for each of the source's metrics.
    SourcePolled {
        source: SourceId,
        took: Span,
        outcome: Outcome,
        readings: Vec<(MetricId, Reading)>,
        /// The phase whose address was asked, where the source has one of its own for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        during: Option<PhaseId>,
        /// What the source had to say beside its numbers: a server's warnings.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
        /// What a source of alerts said of the critical ones; nothing where it did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alerts: Option<Firing>,
        /// How old numbers were already when they were taken in, by the account of the source.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        ages: BTreeMap<MetricId, Span>,
    },

    Noted {
        text: String,
        by: OperatorId,
    },
    /// The wall clock was set: it now shows `by` more than before, and durations are unaffected.
    ClockStepped {
        by: Span,
    },
    /// The room was taken up again on its journal, by a new process. What ran is adopted, or known to have ended, or lost.
    Resumed {
        operator: OperatorId,
        host: String,
        /// Of the host, from one start of it to the next.
        boot: String,
        /// Of warroom.
        version: String,
        /// Bytes that a crash left at the end of the journal, and that were cut: no event that anybody was told of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        torn: Option<u64>,
    },
    /// The engine ended in order. A journal without it was cut off.
    Closed {
        why: String,
    },
}

/// Who or what brought something about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Operator(OperatorId),
    /// A trigger whose countdown ran out.
    Trigger(TriggerId),
    /// The plan itself: a bake after its step, the next step of a rollback.
    Plan,
}

/// A batch of what a step printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Cleaned of control sequences, each at most [`crate::text::LINE_MAX`] characters.
    pub lines: Vec<String>,
    /// Lines of this batch that are only in the spool file: printed too fast to journal or to read.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted: u64,
    /// Up to which byte of the step's output this goes: where a room that is taken up again reads on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// It was printed before it is told: while no room was there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// When the last of what is told late was printed, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed_by: Option<Moment>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
