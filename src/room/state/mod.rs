//! The room as it stands: what every screen shows and every decision rests on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{
    AskId, ById, EvidenceMark, ItemId, MetricId, OperatorId, PhaseId, RoleId, RoomId, SourceId, StepId, TriggerId, VarName,
    WatchId,
};
use crate::measure::against::Sides;
use crate::measure::history::History;
use crate::measure::judge::Judgement;
use crate::room::baseline::Taken;
use crate::room::event::{Acceptance, Asker, By, Decision, Mode, Opened, Outcome, Vote};
use crate::room::log::Log;
use crate::room::people::{Attendee, ConnAsked};
use crate::room::snapshot::sorted;
use crate::runbook::Runbook;
use crate::runbook::model::Step;
use crate::runbook::template::Values;
use crate::time::{Moment, Span};

mod step;

pub use step::{BakeState, StepState, StepStatus};

/// Lines of output kept of one step.
pub const OUTPUT_MAX: usize = 10_000;

/// Decisions remembered, to tell who came too late.
pub const TAKEN_MAX: usize = 64;

/// Asks remembered, so that one that is repeated is not carried out again.
pub const ANSWERED_MAX: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What `opened` reads as. A snapshot leaves it out, and `snapshot::load` reads it again.
    #[serde(skip)]
    pub runbook: Arc<Runbook>,
    pub opened: Arc<Opened>,
    pub opened_at: Moment,
    pub stage: Stage,
    /// T: planned, then actual.
    pub t0: Option<Moment>,
    pub started: Option<Moment>,
    pub hold: Option<Hold>,
    /// One for each phase of the runbook, in its order.
    pub phases: Vec<PhaseState>,
    #[serde(serialize_with = "sorted")]
    pub steps: ById<StepId, StepState>,
    #[serde(serialize_with = "sorted")]
    pub items: ById<ItemId, ItemState>,
    /// What people gave their word on, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<Confirmation>,
    /// How far each watch has come.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub watch: BTreeMap<WatchId, WatchState>,
    /// Who has signed for each role at the end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signed: BTreeMap<RoleId, Signature>,
    /// What steps have captured so far.
    pub captured: BTreeMap<VarName, String>,
    #[serde(serialize_with = "sorted")]
    pub metrics: ById<MetricId, History>,
    /// Of metrics that compare: what one source measured and the other has not yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sides: BTreeMap<MetricId, Sides>,
    /// What was taken at T, for each metric whose baseline the room takes itself.
    #[serde(default, skip_serializing_if = "ById::is_empty", serialize_with = "sorted")]
    pub baselines: ById<MetricId, Taken>,
    #[serde(serialize_with = "sorted")]
    pub sources: ById<SourceId, SourceState>,
    #[serde(serialize_with = "sorted")]
    pub triggers: ById<TriggerId, TriggerState>,
    pub rollback: Option<RollbackState>,
    /// Everybody who ever joined, also who has left.
    pub operators: BTreeMap<OperatorId, Attendee>,
    /// The parts that the commander gave away.
    pub assigned: BTreeMap<RoleId, BTreeSet<OperatorId>>,
    /// Who has the conn. They may be gone: then nobody commands until somebody takes it, or they are back.
    pub conn: OperatorId,
    /// Who asks the commander for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conn_asked: Option<ConnAsked>,
    /// The last asks that became events, with the last record of each.
    pub asks: VecDeque<(AskId, u64)>,
    /// The last decisions.
    pub taken: VecDeque<Earlier>,
    pub log: Log,
    /// What wall clocks show more than room time.
    pub clock_offset: Span,
    /// When no room was there last: from its last record to the one with which it was taken up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<(Moment, Moment)>,
    /// Of the last event applied.
    pub seq: u64,
    pub at: Moment,
    pub closed: Option<String>,
}

/// Where the deployment stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before the start.
    Planned,
    /// `phase` is the one being worked on, by its place in the plan.
    Underway {
        phase: usize,
    },
    RollingBack,
    /// Nothing runs any more, except polling.
    Ended(Ending, Moment),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Completed,
    RolledBack { verified: bool },
    Abandoned { reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub by: By,
    pub reason: String,
    pub since: Moment,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseState {
    pub status: PhaseStatus,
    pub gate: GateState,
    /// What a person said when the plan asked whether it applies.
    pub answer: Option<Answer>,
    /// Why it was left out.
    pub not_needed: Option<String>,
}

/// A name under how it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub person: String,
    pub verdict: String,
    pub note: String,
    pub by: OperatorId,
    pub by_voice: bool,
    pub at: Moment,
    #[serde(default)]
    pub acceptance: Acceptance,
}

impl Signature {
    /// `accepted, ana: as planned`
    pub fn told(&self) -> String {
        let voice = if self.by_voice { ", by voice" } else { "" };
        let note = if self.note.is_empty() { String::new() } else { format!(": {}", self.note) };
        format!("{}, {}{voice}{note}", self.verdict, self.person)
    }
}

/// A watch between two ticks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchState {
    /// The newest that was due, from 1.
    pub tick: u32,
    /// The record that made its checklist a fresh one.
    pub seq: u64,
    pub overdue: bool,
    /// Those that nobody looked at.
    pub missed: Vec<u32>,
}

/// A person's yes or no to a question of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub yes: bool,
    pub by: OperatorId,
    pub at: Moment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseStatus {
    #[default]
    Waiting,
    /// From its first step on.
    Active {
        began: Moment,
    },
    Over {
        began: Moment,
        ended: Moment,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GateState {
    /// How often it was opened.
    pub instance: u32,
    /// Since when it is before the people; `None` while it is not.
    pub open: Option<Moment>,
    /// The record that opened it last.
    pub opened_seq: u64,
    /// Since when its time runs: from its opening, or from the end of a hold.
    pub counts_since: Option<Moment>,
    /// When it ran out of time last, not asked again since.
    pub expired: Option<Moment>,
    #[serde(serialize_with = "sorted")]
    pub votes: ById<RoleId, Ballot>,
    /// The last decision, also that of an earlier instance.
    pub decided: Option<Decided>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    pub vote: Vote,
    pub reason: String,
    pub by: OperatorId,
    pub by_voice: bool,
    pub at: Moment,
    pub seq: u64,
    pub saw: Option<EvidenceMark>,
}

/// Something that somebody decided, so that who decided on an older picture can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    pub seq: u64,
    pub at: Moment,
    pub by: By,
    pub what: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    pub decision: Decision,
    pub by: OperatorId,
    pub at: Moment,
    pub evidence: Vec<Judgement>,
}

/// Somebody's word on something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub by: OperatorId,
    pub at: Moment,
}

/// Somebody's word on what no metric shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    pub what: String,
    /// What asked for it; without any, it counts everywhere.
    pub asked_by: Vec<Asker>,
    pub word: Word,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemState {
    pub mark: Mark,
    /// What was filled in.
    pub value: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    #[default]
    Open,
    Ticked(Word),
    /// Does not apply, with the reason.
    Waived(Word, String),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceState {
    /// Up as 1, down as 0.
    pub health: History,
    pub last: Option<(Moment, Outcome)>,
    pub took: Span,
    /// Since when it is as it is now (up or down).
    pub since: Option<Moment>,
    /// The phase whose own address is the one to be asked now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<PhaseId>,
    /// The phase whose address was asked last, where the source has one of its own for it.
    #[serde(default)]
    pub during: Option<PhaseId>,
    /// What it had to say beside its numbers.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How many critical alerts fire, of a source of alerts.
    #[serde(default)]
    pub alerts: History,
    #[serde(default)]
    pub alert_names: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerState {
    #[default]
    Quiet,
    Pending {
        since: Moment,
    },
    /// It held. With a countdown the rollback starts at `rollback_at`.
    Fired {
        since: Moment,
        at: Moment,
        evidence: Judgement,
        rollback_at: Option<Moment>,
    },
    /// Stays quiet until the condition has gone and come back.
    Vetoed {
        by: OperatorId,
        reason: String,
        at: Moment,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackState {
    pub started: Moment,
    pub by: By,
    pub reason: String,
    /// The place of the phase it was started from.
    pub from_phase: Option<usize>,
}

impl State {
    /// The state after the first record. `runbook` is what the record's text reads as, filled with its values.
    pub fn open(opened: &Opened, at: Moment, runbook: Arc<Runbook>) -> Self {
        Self {
            phases: vec![PhaseState::default(); runbook.phases.len()],
            steps: runbook.all_steps().map(|step| (step.id.clone(), StepState::default())).collect(),
            items: runbook
                .lists()
                .flat_map(|list| list.walk())
                .map(|(_, item)| (item.id.clone(), ItemState::default()))
                .collect(),
            metrics: runbook.metrics.keys().map(|id| (id.clone(), History::default())).collect(),
            sides: BTreeMap::new(),
            baselines: ById::default(),
            sources: runbook.sources.keys().map(|id| (id.clone(), SourceState::default())).collect(),
            triggers: runbook.triggers.iter().map(|trigger| (trigger.id.clone(), TriggerState::default())).collect(),
            runbook,
            opened: Arc::new(opened.clone()),
            opened_at: at,
            stage: Stage::Planned,
            t0: opened.t0,
            started: None,
            hold: None,
            confirmed: Vec::new(),
            watch: BTreeMap::new(),
            signed: BTreeMap::new(),
            captured: BTreeMap::new(),
            rollback: None,
            operators: BTreeMap::new(),
            assigned: BTreeMap::new(),
            conn: opened.operator.clone(),
            conn_asked: None,
            asks: VecDeque::new(),
            taken: VecDeque::new(),
            log: Log::default(),
            clock_offset: Span::ZERO,
            gap: None,
            seq: 0,
            at,
            closed: None,
        }
    }

    pub fn step(&self, id: &StepId) -> Option<&StepState> {
        self.steps.get(id)
    }

    /// The place of the phase being worked on.
    pub fn current_phase(&self) -> Option<usize> {
        match self.stage {
            Stage::Underway { phase } => Some(phase),
            Stage::Planned => (!self.phases.is_empty()).then_some(0),
            Stage::RollingBack | Stage::Ended(..) => None,
        }
    }

    pub fn mode(&self) -> Mode {
        self.opened.mode
    }

    pub fn room(&self) -> &RoomId {
        &self.opened.room
    }

    /// The values that people may see: those the room was opened with, and what was captured since.
    pub fn shown_values(&self) -> Values {
        let mut values = self.opened.values.clone();
        values.extend(self.captured.iter().map(|(name, value)| (name.clone(), value.clone())));
        if let Some(rollback) = &self.rollback {
            let reason = self.runbook.vars.iter().filter(|(_, var)| var.at_rollback);
            values.extend(reason.map(|(name, _)| (name.clone(), rollback.reason.clone())));
        }
        Values(values)
    }

    /// The same for what stands in one step.
    pub fn values_shown_to(&self, step: &Step) -> Values {
        let mut values = self.shown_values();
        let own: Vec<_> = step.with.iter().map(|(name, value)| (name.clone(), value.render(&values))).collect();
        values.0.extend(own);
        values
    }

    /// The record that this ask became, where it is one of the last asks that became any.
    pub fn answered(&self, ask: &AskId) -> Option<u64> {
        self.asks.iter().rev().find(|(known, _)| known == ask).map(|(_, seq)| *seq)
    }

    /// What wall clocks show at this moment of room time.
    pub fn wall(&self, moment: Moment) -> Moment {
        moment + self.clock_offset
    }
}
