//! How a room ends: asked to, or forgotten by everybody.

use crate::engine::actor::Engine;
use crate::id::{AskId, OperatorId};
use crate::link::Update;
use crate::room::decide::{counting_down, is_settled};
use crate::room::event::{Event, Mode};
use crate::room::state::{Stage, StepStatus};
use crate::room::{Refusal, State, watch};
use crate::runbook::model::Ends;
use crate::time::{Moment, Span};

/// How long a deployment that has ended is kept for somebody who comes back.
const ENDED_KEPT: Span = Span(10 * Span::MINUTE.0);

/// How long a demo or a rehearsal in which nothing runs is kept.
const PLAYED_KEPT: Span = Span(30 * Span::MINUTE.0);

/// A room that is to close, once nothing runs any more.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) why: String,
    /// Who asked for it; nobody where it closes by itself.
    pub(super) by: Option<OperatorId>,
}

/// Since when nobody is there, in a room where nobody is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unattended(Moment);

impl Unattended {
    pub(super) fn since(at: Moment) -> Self {
        Self(at)
    }
}

impl Engine {
    /// The room ends for everybody, so only its commander ends it. Who says so twice does not want to wait.
    pub(super) async fn close_asked(&mut self, id: AskId, by: &OperatorId, why: &str) -> Update {
        if *by != self.state.conn {
            let commander = &self.state.conn;
            let refusal = Refusal::new(format!("only {commander}, who has the conn, closes the room; leaving it closes nothing"));
            return Update::Refused { id, refusal };
        }
        if self.closing.is_some() {
            self.stop_all(why).await;
        } else {
            self.end(Some(by.clone()), why);
        }
        Update::Accepted { id }
    }

    /// Whether the room is to close and nothing holds it open: a running step is let end, a rollback is finished.
    pub(super) fn may_close(&self) -> Option<String> {
        let closing = self.closing.as_ref()?;
        let goes_on = match self.state.stage {
            Stage::RollingBack => self.rollback_goes_on_by_itself(),
            Stage::Planned | Stage::Underway { .. } | Stage::Ended(..) => counting_down(&self.state).is_some(),
        };
        let kept = |step| matches!(self.state.runbook.step(step).map(|step| step.kind.background()), Some(Some(Ends::Never)));
        let runs = self.running.keys().any(|(step, _)| !kept(step));
        (!runs && (self.frozen.is_some() || !goes_on)).then(|| closing.why.clone())
    }

    /// A rollback that waits for a person would hold a closing room open for ever; one that waits for evidence is given
    /// the time of its budget.
    fn rollback_goes_on_by_itself(&self) -> bool {
        let (Some(plan), Some(rollback)) = (&self.state.runbook.rollback, &self.state.rollback) else { return false };
        if self.outside.clock.now() - rollback.started > plan.budget {
            return false;
        }
        // With every step settled it is the verification that is waited for.
        let Some(step) = plan.steps.iter().find(|step| !is_settled(&self.state, step)) else { return true };
        self.state.steps.get(&step.id).is_some_and(|now| match now.status {
            StepStatus::Running { .. } => step.kind.runs_outside() || step.begins_by_itself(),
            StepStatus::Waiting => !step.waits_for_a_person(),
            StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. } => false,
        })
    }

    /// A room that serves no purpose any more does not stay for ever.
    pub(super) fn close_if_forgotten(&mut self, now: Moment) {
        if !self.hall.is_empty() {
            return;
        }
        let alone = now - self.unattended.0;
        let kept = |span| alone < self.outside.clock.hurried(span);
        let ended = matches!(self.state.stage, Stage::Ended(..)) && !watch::goes_on(&self.state, now);
        let played = match self.state.mode() {
            Mode::Live => None,
            Mode::Demo => Some("nobody plays the demo any more"),
            Mode::Rehearsal => Some("nobody rehearses any more"),
        };
        if ended && !kept(ENDED_KEPT) {
            self.end(None, "the deployment has ended and nobody came back");
        } else if let Some(over) = played.filter(|_| !kept(PLAYED_KEPT) && self.running.is_empty()) {
            self.end(None, over);
        }
    }

    pub(super) async fn close(mut self, why: String) -> State {
        self.record(vec![Event::Closed { why: why.clone() }]).await;
        self.writer.close().await;
        self.hall.all(&Update::Gone { why });
        self.state
    }
}
