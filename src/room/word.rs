//! Whose word is asked for now, by what, and where it counts.
//!
//! A word belongs to what asked for it: one opening of a gate, one attempt of a step, a trigger during one phase, the
//! verification of the rollback. The next one that uses the same words asks anew: what was so an hour ago need not be so now.

use crate::id::TriggerId;
use crate::measure::criterion::Criterion;
use crate::room::event::Asker;
use crate::room::follow;
use crate::room::order::is_settled;
use crate::room::state::{Confirmation, Stage, State, StepStatus, Word};
use crate::time::Moment;

impl State {
    /// The gate of a phase as one that asks: the one that is open, or its next opening.
    pub(super) fn gate_asking(&self, place: usize) -> Option<Asker> {
        let (phase, gate) = (self.runbook.phases.get(place)?, &self.phases.get(place)?.gate);
        let instance = if gate.open.is_some() { gate.instance } else { gate.instance + 1 };
        Some(Asker::Gate { phase: phase.id.clone(), instance })
    }

    /// A trigger as one that asks in the phase that counts now.
    pub fn trigger_asking(&self, trigger: &TriggerId) -> Option<Asker> {
        Some(Asker::Trigger { trigger: trigger.clone(), phase: self.phase_of_bands()?.clone() })
    }

    /// Everything whose criteria are before the people now.
    fn asking(&self) -> Vec<Asker> {
        let gate = match self.stage {
            Stage::Underway { phase } if self.phases.get(phase).is_some_and(|phase| phase.gate.open.is_some()) => {
                self.gate_asking(phase)
            }
            Stage::Underway { .. } | Stage::Planned | Stage::RollingBack | Stage::Ended(..) => None,
        };
        let runs = |id| self.steps.get(id).is_some_and(|step| matches!(step.status, StepStatus::Running { .. }));
        let steps = self.runbook.all_steps().filter(|step| !step.kind.criteria().is_empty() && runs(&step.id)).map(|step| {
            let attempt = self.steps.get(&step.id).map_or(0, |step| step.attempt);
            Asker::Step { step: step.id.clone(), attempt }
        });
        let back = self
            .runbook
            .rollback
            .as_ref()
            .filter(|rollback| self.stage == Stage::RollingBack && rollback.steps.iter().all(|step| is_settled(self, step)));
        let triggers = self.runbook.triggers.iter().filter(|trigger| follow::watches(self, trigger));
        let triggers = triggers.filter_map(|trigger| self.trigger_asking(&trigger.id));
        gate.into_iter().chain(steps).chain(back.map(|_| Asker::Rollback)).chain(triggers).collect()
    }

    fn criteria_of(&self, asker: &Asker) -> Vec<&Criterion> {
        let runbook = &self.runbook;
        match asker {
            Asker::Gate { phase, .. } => runbook
                .phase(phase)
                .and_then(|phase| phase.gate.as_ref())
                .map_or_else(Vec::new, |gate| gate.require.iter().collect()),
            Asker::Step { step, .. } => runbook.step(step).map_or_else(Vec::new, |step| step.kind.criteria().iter().collect()),
            Asker::Rollback => runbook.rollback.iter().flat_map(|rollback| &rollback.verify).collect(),
            Asker::Trigger { trigger, .. } => {
                runbook.triggers.iter().filter(|known| known.id == *trigger).map(|trigger| &trigger.when).collect()
            }
        }
    }

    /// What asks now for a person's word on `what`.
    pub fn askers_of(&self, what: &str) -> Vec<Asker> {
        let asks = |asker: &Asker| self.criteria_of(asker).iter().any(|one| one.test.confirmations().contains(&what));
        self.asking().into_iter().filter(asks).collect()
    }

    /// Every statement that a person is asked for now, in the order of what asks, each once.
    pub fn statements(&self) -> Vec<&str> {
        let mut all = Vec::new();
        for asker in self.asking() {
            for what in self.criteria_of(&asker).into_iter().flat_map(|criterion| criterion.test.confirmations()) {
                if !all.contains(&what) {
                    all.push(what);
                }
            }
        }
        all
    }

    /// The statements of them that nobody has given their word on.
    pub fn open_statements(&self) -> Vec<&str> {
        self.statements().into_iter().filter(|what| self.word_on(what).is_none()).collect()
    }

    /// The word that everything counts which asks for it now.
    pub fn word_on(&self, what: &str) -> Option<&Word> {
        let words: Option<Vec<&Word>> = self.askers_of(what).iter().map(|asker| self.word_for(what, asker)).collect();
        words?.into_iter().min_by_key(|word| word.at)
    }

    /// The word that counts for what asks. What was said before its phase's last action says nothing about that.
    pub(super) fn word_for(&self, what: &str, asker: &Asker) -> Option<&Word> {
        let since = self.measured_from(asker);
        let counts = |given: &&Confirmation| {
            let here = given.asked_by.contains(asker) && since.is_none_or(|since| given.word.at >= since);
            given.what == what && (here || given.asked_by.is_empty())
        };
        self.confirmed.iter().rev().find(counts).map(|given| &given.word)
    }

    /// What was measured, or said, before this proves nothing to what asks: when something was last done to the systems, or
    /// when the step began.
    pub(super) fn measured_from(&self, asker: &Asker) -> Option<Moment> {
        match asker {
            Asker::Gate { phase, .. } => self.last_action(&self.runbook.phase(phase)?.steps),
            Asker::Step { step, .. } => match self.steps.get(step)?.status {
                StepStatus::Running { started, .. } => Some(started),
                StepStatus::Waiting
                | StepStatus::Done { .. }
                | StepStatus::Failed { .. }
                | StepStatus::Skipped { .. }
                | StepStatus::Lost { .. } => None,
            },
            Asker::Rollback => {
                let began = self.rollback.as_ref().map(|rollback| rollback.started);
                self.last_action(&self.runbook.rollback.as_ref()?.steps).max(began)
            }
            Asker::Trigger { .. } => None,
        }
    }
}
