//! What a frame is drawn from: the room, where the eye is, the colours, and the time.
//!
//! For: lending all of it to panes, and answering what is selected.
//! May not touch: anything it lends. A frame is a value: the same scene draws the same cells.

use crate::id::{OperatorId, TriggerId};
use crate::link::Fault;
use crate::room::log::Tone;
use crate::room::state::{PhaseState, Stage, StepState, StepStatus, TriggerState};
use crate::room::{Asked, State};
use crate::runbook::model::{Checklist, Item, Phase, Step};
use crate::time::{Moment, Span};
use crate::tui::theme::{Marks, Theme};
use crate::tui::view::View;

/// What is so at this moment, apart from where the eye is.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub state: &'a State,
    /// Room time.
    pub now: Moment,
    /// Who sits at this screen.
    pub me: &'a OperatorId,
    pub link: &'a LinkState,
    /// How the demo's target, or the rehearsal, was told to go wrong; `None` in a room that can't be told.
    pub fault: Option<Fault>,
    /// Where a replay stands; `None` in a room that lives.
    pub transport: Option<&'a Tape>,
}

/// Everything a pane may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    pub state: &'a State,
    pub view: &'a View,
    pub theme: &'a Theme,
    pub marks: &'a Marks,
    /// Room time.
    pub now: Moment,
    /// Where a replay stands; `None` in a room that lives.
    pub transport: Option<&'a Tape>,
    pub link: &'a LinkState,
    /// What the journal came to when the room's process began.
    pub anchor: Option<&'a str>,
    /// How the demo's target, or the rehearsal, was told to go wrong; `None` in a room that can't be told.
    pub fault: Option<Fault>,
    /// Who sits at this screen.
    pub me: &'a OperatorId,
}

/// How the screen and the room stand to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    #[default]
    Up,
    /// The room's process is still coming up; what is seen is the plan.
    Opening,
    /// The room lives, but cannot write its journal: nothing new is begun.
    JournalFailed { why: String },
    /// The room lives, and its journal on a reserve: no new step is begun, and the way back is open.
    JournalLow { why: String },
    /// The disk does not answer since then: nothing is recorded, and no step begins.
    NotDurable { since: Moment },
    /// Nothing is heard of the room since then; what is seen is how it was. `remedy` is the command that brings it back.
    Lost { since: Moment, remedy: String, why: String },
    /// The room has ended; what is seen is how it was then.
    Gone { why: String, at: Moment },
}

impl LinkState {
    /// Since when there is no room behind the screen.
    pub fn over_since(&self) -> Option<Moment> {
        match self {
            Self::Lost { since: at, .. } | Self::Gone { at, .. } => Some(*at),
            Self::Up | Self::Opening | Self::JournalFailed { .. } | Self::JournalLow { .. } | Self::NotDurable { .. } => None,
        }
    }
}

/// Where a recorded room is being played.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    pub from: Moment,
    pub to: Moment,
    pub at: Moment,
    pub playing: bool,
    /// How fast: `1x`, `1/4x`, `64x`.
    pub speed: String,
    pub rest: Rest,
    /// Decisions, failures, breaches, oldest first.
    pub marks: Vec<TapeMark>,
}

/// What there is of a recording behind what can be shown now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    #[default]
    None,
    /// It is being read; so much of all is there, of 100.
    Coming(u8),
    /// It can't be read.
    Damaged,
    /// A newer version wrote it.
    Newer,
    /// There is no more, and all of it was understood; but a newer version wrote it.
    NewerFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapeMark {
    pub at: Moment,
    pub tone: Tone,
}

impl Tape {
    pub fn len(&self) -> Span {
        (self.to - self.from).or_zero()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == Span::ZERO
    }

    pub fn position(&self) -> Span {
        (self.at - self.from).or_zero()
    }
}

/// Which part of the plan the steps pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A phase, by its place in the plan.
    Phase(usize),
    Rollback,
}

impl<'a> Facts<'a> {
    /// The phase the operator looks at, or else the one being worked on.
    pub fn shown(&self, view: &View) -> Shown {
        let last = self.state.runbook.phases.len().saturating_sub(1);
        if let Some(shown) = view.shown {
            return match shown {
                Shown::Phase(place) => Shown::Phase(place.min(last)),
                Shown::Rollback => Shown::Rollback,
            };
        }
        match self.state.stage {
            Stage::Underway { phase } => Shown::Phase(phase.min(last)),
            Stage::Planned => Shown::Phase(0),
            Stage::RollingBack => Shown::Rollback,
            Stage::Ended(..) if self.state.rollback.is_some() => Shown::Rollback,
            Stage::Ended(..) => Shown::Phase(last),
        }
    }

    pub fn shown_phase(&self, view: &View) -> Option<&'a Phase> {
        match self.shown(view) {
            Shown::Phase(place) => self.state.runbook.phases.get(place),
            Shown::Rollback => None,
        }
    }

    pub fn shown_steps(&self, view: &View) -> &'a [Step] {
        match self.shown(view) {
            Shown::Phase(place) => self.state.runbook.phases.get(place).map_or(&[], |phase| &phase.steps),
            Shown::Rollback => self.state.runbook.rollback.as_ref().map_or(&[], |rollback| &rollback.steps),
        }
    }

    /// The place of the selected step: the one chosen, or else the one that wants a person next.
    pub fn selected_place(&self, view: &View) -> Option<usize> {
        let steps = self.shown_steps(view);
        let chosen = view.step.as_ref().and_then(|id| steps.iter().position(|step| step.id == *id));
        chosen.or_else(|| self.next_place(steps))
    }

    pub fn selected_step(&self, view: &View) -> Option<&'a Step> {
        self.shown_steps(view).get(self.selected_place(view)?)
    }

    /// What goes on or has gone wrong comes first, then what has not been done, then the last one.
    fn next_place(&self, steps: &[Step]) -> Option<usize> {
        let unsettled = |step: &Step| match self.step_status(step) {
            StepStatus::Running { .. } | StepStatus::Failed { .. } | StepStatus::Lost { .. } | StepStatus::Waiting => true,
            StepStatus::Done { .. } | StepStatus::Skipped { .. } => false,
        };
        steps.iter().position(unsettled).or_else(|| steps.len().checked_sub(1))
    }

    pub fn step_status(&self, step: &Step) -> &'a StepStatus {
        self.state.step(&step.id).map_or(&StepStatus::Waiting, |step| &step.status)
    }

    pub fn step_state(&self, step: &Step) -> Option<&'a StepState> {
        self.state.step(&step.id)
    }

    /// Every item of every checklist with its depth, as the checklists screen lists them.
    pub fn items(&self) -> Vec<(&'a Checklist, usize, &'a Item)> {
        let lists = self.state.lists();
        lists.flat_map(|list| list.walk().into_iter().map(move |(depth, item)| (list, depth, item))).collect()
    }

    /// The item chosen, or else the first that is still open.
    pub fn selected_item(&self, view: &View) -> Option<&'a Item> {
        let items = self.items();
        let chosen = view.item.as_ref().and_then(|id| items.iter().find(|(_, _, item)| item.id == *id));
        let open = || items.iter().find(|(_, _, item)| item.items.is_empty() && self.is_open(item));
        chosen.or_else(open).or_else(|| items.first()).map(|(_, _, item)| *item)
    }

    pub fn is_open(&self, item: &Item) -> bool {
        use crate::room::state::Mark;
        self.state.items.get(&item.id).is_none_or(|state| state.mark == Mark::Open)
    }

    /// The gate the gate screen shows: the open one, or else that of the phase shown.
    pub fn gate(&self, view: &View) -> Option<(usize, &'a Phase, &'a PhaseState)> {
        let open = self.open_gate();
        let place = open.or(match self.shown(view) {
            Shown::Phase(place) => Some(place),
            Shown::Rollback => self.gate_before_the_rollback(),
        })?;
        let phase = self.state.runbook.phases.get(place)?;
        phase.gate.as_ref()?;
        Some((place, phase, self.state.phases.get(place)?))
    }

    /// The gate that was decided last, or else that of the phase from which it went back.
    fn gate_before_the_rollback(&self) -> Option<usize> {
        let decided = |place: &usize| self.state.phases[*place].gate.decided.as_ref().map(|decided| decided.at);
        let all = (0..self.state.phases.len()).filter(|place| decided(place).is_some());
        let from = || self.state.rollback.as_ref().and_then(|rollback| rollback.from_phase);
        all.max_by_key(decided).or_else(from)
    }

    /// The place of the phase whose gate is before the people.
    pub fn open_gate(&self) -> Option<usize> {
        self.state.phases.iter().position(|phase| phase.gate.open.is_some())
    }

    /// As whoever sits here asks the room: with all that is on this screen before them.
    pub fn asked(&self) -> Asked<'a> {
        Asked { by: self.me, seen: self.state.seq, now: self.now }
    }

    /// The trigger that starts the rollback soonest, and when.
    pub fn countdown(&self) -> Option<(&'a TriggerId, Moment)> {
        let due = self.state.triggers.iter().filter_map(|(id, state)| match state {
            TriggerState::Fired { rollback_at: Some(at), .. } => Some((id, *at)),
            TriggerState::Fired { rollback_at: None, .. }
            | TriggerState::Quiet
            | TriggerState::Pending { .. }
            | TriggerState::Vetoed { .. } => None,
        });
        if self.state.rollback.is_some() { None } else { due.min_by_key(|(_, at)| *at) }
    }

    /// The step whose output is looked at: the one chosen, or else what runs, or else the selected one.
    pub fn output_step(&self, view: &View) -> Option<&'a Step> {
        let runs = |step: &&Step| step.kind.runs_outside() && matches!(self.step_status(step), StepStatus::Running { .. });
        let chosen = view.step.as_ref().and_then(|id| self.state.runbook.step(id));
        chosen.or_else(|| self.shown_steps(view).iter().find(runs)).or_else(|| self.selected_step(view))
    }
}

impl<'a> Scene<'a> {
    pub fn facts(&self) -> Facts<'a> {
        Facts { state: self.state, now: self.now, me: self.me, link: self.link, fault: self.fault, transport: self.transport }
    }

    pub fn shown(&self) -> Shown {
        self.facts().shown(self.view)
    }

    pub fn shown_phase(&self) -> Option<&'a Phase> {
        self.facts().shown_phase(self.view)
    }

    pub fn shown_steps(&self) -> &'a [Step] {
        self.facts().shown_steps(self.view)
    }

    pub fn selected_step(&self) -> Option<&'a Step> {
        self.facts().selected_step(self.view)
    }

    pub fn selected_item(&self) -> Option<&'a Item> {
        self.facts().selected_item(self.view)
    }

    pub fn gate(&self) -> Option<(usize, &'a Phase, &'a PhaseState)> {
        self.facts().gate(self.view)
    }

    pub fn countdown(&self) -> Option<(&'a TriggerId, Moment)> {
        self.facts().countdown()
    }

    pub fn output_step(&self) -> Option<&'a Step> {
        self.facts().output_step(self.view)
    }
}
