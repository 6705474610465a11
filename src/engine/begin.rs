//! What is begun outside, and what is stopped, because of an event.
//!
//! A step is not begun in the moment in which its start is recorded: first it is looked whether somebody waits to stop it. Who
//! came while the disk was still taking the start then finds it not yet begun, and nothing is run only to be killed.

use crate::engine::actor::Engine;
use crate::engine::stand_in;
use crate::engine::steps::{self, Before, Job};
use crate::id::StepId;
use crate::room::event::{Event, Failure};
use crate::room::{Effect, effects, say};

/// An attempt whose start is recorded, and that is not begun yet.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) step: StepId,
    pub(super) attempt: u32,
    /// Who stopped it before it began, and why.
    stopped: Option<String>,
}

impl Engine {
    /// What is to be done because of an event that is in the journal and in the state.
    pub(super) fn act_upon(&mut self, event: &Event) {
        match effects(&self.state, event) {
            None => {}
            Some(Effect::RunStep { step, attempt }) => self.starts.push(Start { step, attempt, stopped: None }),
            Some(Effect::CancelStep { step, attempt }) => self.stop(step, attempt, event),
            // Its shim goes on without a room, and keeps its log.
            Some(Effect::LeaveStep { step, attempt }) => {
                if let Some(place) = self.waits_to_begin(&step, attempt) {
                    self.starts.remove(place);
                    self.run_step(&step, attempt, None);
                }
                self.running.remove(&(step, attempt));
            }
        }
    }

    fn waits_to_begin(&self, step: &StepId, attempt: u32) -> Option<usize> {
        self.starts.iter().position(|start| start.step == *step && start.attempt == attempt)
    }

    fn stop(&mut self, step: StepId, attempt: u32, event: &Event) {
        if let Some(place) = self.waits_to_begin(&step, attempt)
            && let Event::StepCancelled { by, reason, .. } = event
        {
            self.starts[place].stopped = Some(format!("{} was first: {reason}", say::by(&self.state, by)));
        } else if let Some(running) = self.running.get(&(step, attempt)) {
            running.cancel();
        }
    }

    /// Begins what is to be begun. Of what was stopped before that, the end is recorded: it never began.
    pub(super) async fn begin(&mut self) {
        let mut never = Vec::new();
        for Start { step, attempt, stopped } in std::mem::take(&mut self.starts) {
            match stopped {
                None => self.run_step(&step, attempt, None),
                Some(who) => {
                    let why = Failure::Broken { what: format!("never started: {who}") };
                    never.push(Event::StepFailed { step, attempt, why, ended: None });
                }
            }
        }
        self.record(never).await;
    }

    pub(super) fn run_step(&mut self, id: &StepId, attempt: u32, before: Option<Before>) {
        let Some(step) = self.state.runbook.step(id) else { return };
        if let Some(rehearsal) = &mut self.rehearsal {
            let (clock, reporter) = (self.outside.clock.clone(), self.reporter.clone());
            let will = rehearsal.stand_in.step(&self.state, step, attempt, clock.now());
            let cancel = stand_in::play(step, attempt, will, clock, reporter);
            self.running.insert((id.clone(), attempt), cancel);
            return;
        }
        let reason = self.state.rollback.as_ref().map(|rollback| rollback.reason.clone());
        let values = self.setting.values_for(step, &self.state.captured, reason.as_deref());
        let mut step = step.clone();
        step.expect = step.expect.filled(&self.state.values_shown_to(&step));
        let (setting, anchor) = (self.setting.clone(), self.writer.anchor().hash);
        let job = Job { step, attempt, setting, values, reason, anchor, before };
        let cancel = steps::start(job, self.outside.clone(), self.reporter.clone());
        self.running.insert((id.clone(), attempt), cancel);
    }
}
