//! Rolling back, from wherever the deployment stands; vetoing a trigger; giving up.

use crate::id::{OperatorId, TriggerId};
use crate::room::decide::steps::cancelled;
use crate::room::decide::{Decision, ended, need_reason, need_substance, refuse};
use crate::room::event::{By, Done, Event};
use crate::room::order::is_settled;
use crate::room::state::{Ending, Stage, State, StepStatus, TriggerState};
use crate::runbook::model::Ends;
use crate::time::Moment;

pub(super) fn start(state: &State, reason: &str, by: &OperatorId) -> Decision {
    let reason = need_reason(reason, "a rollback")?;
    begin(state, &By::Operator(by.clone()), &reason)
}

/// The events that leave the plan and begin the rollback: what runs is stopped as it declares.
pub fn begin(state: &State, by: &By, reason: &str) -> Decision {
    let Some(_) = state.runbook.rollback else {
        return refuse("the runbook has no rollback section, so there are no steps to run: hold (h) or abandon");
    };
    match &state.stage {
        Stage::Underway { .. }
        | Stage::Ended(Ending::Completed | Ending::Abandoned { .. } | Ending::RolledBack { verified: false }, _) => {}
        Stage::Planned => return refuse("nothing has been started, so there is nothing to roll back"),
        Stage::RollingBack => return refuse("the rollback is running already"),
        Stage::Ended(ending @ Ending::RolledBack { verified: true }, _) => {
            return refuse(format!("the deployment has ended: {}", ended(ending)));
        }
    }
    let mut events = stop_running(state, by, "rolling back");
    events.push(Event::RollbackStarted { by: by.clone(), reason: reason.to_owned() });
    Ok(events)
}

fn stop_running(state: &State, by: &By, reason: &str) -> Vec<Event> {
    let running = state.runbook.all_steps().filter_map(|step| {
        let now = state.steps.get(&step.id)?;
        matches!(now.status, StepStatus::Running { cancelled: None, .. }).then_some((step, now))
    });
    let events = running.flat_map(|(step, now)| match step.kind.background() {
        Some(Ends::Never) => {
            vec![Event::StepDone { step: step.id.clone(), attempt: now.attempt, how: Done::LeftRunning, ended: None }]
        }
        Some(Ends::Phase | Ends::Plan) | None => cancelled(step, now, by, reason),
    });
    events.collect()
}

/// The title of the trigger whose countdown runs.
pub fn counting_down(state: &State) -> Option<&str> {
    let counts = |id: &TriggerId| matches!(state.triggers.get(id), Some(TriggerState::Fired { rollback_at: Some(_), .. }));
    state.runbook.triggers.iter().find(|trigger| counts(&trigger.id)).map(|trigger| trigger.title.as_str())
}

pub(super) fn veto(state: &State, id: &TriggerId, reason: &str, by: &OperatorId) -> Decision {
    match state.triggers.get(id) {
        Some(TriggerState::Fired { .. }) => {}
        Some(TriggerState::Pending { .. } | TriggerState::Quiet) => {
            return refuse("the trigger has not fired, so there is nothing to veto");
        }
        Some(TriggerState::Vetoed { by, .. }) => return refuse(format!("{by} has vetoed it already")),
        None => return refuse(format!("there is no trigger {id}")),
    }
    let reason = need_substance(reason, "a veto")?;
    Ok(vec![Event::TriggerVetoed { trigger: id.clone(), by: by.clone(), reason }])
}

pub(super) fn accept(state: &State, reason: &str, by: &OperatorId, now: Moment) -> Decision {
    if state.stage != Stage::RollingBack {
        return refuse("no rollback is running");
    }
    let steps = state.runbook.rollback.as_ref().map_or(&[][..], |rollback| &rollback.steps);
    if let Some(left) = steps.iter().find(|step| !is_settled(state, step)) {
        return refuse(format!("{} is not done: let it run, retry it, or skip it with a reason", left.number));
    }
    let reason = need_substance(reason, "ending a rollback that is not verified")?;
    let evidence = state.rollback_evidence(now);
    Ok(vec![Event::RollbackEnded { verified: false, by: By::Operator(by.clone()), reason, evidence }])
}

pub(super) fn abandon(state: &State, reason: &str, by: &OperatorId) -> Decision {
    match &state.stage {
        Stage::Planned | Stage::Underway { .. } => {}
        Stage::RollingBack => return refuse("the rollback is running: let it end, or skip its steps with reasons"),
        Stage::Ended(ending, _) => return refuse(format!("the deployment has ended: {}", ended(ending))),
    }
    let reason = need_reason(reason, "abandoning the deployment")?;
    let mut events = stop_running(state, &By::Operator(by.clone()), &reason);
    events.push(Event::DeploymentAbandoned { by: by.clone(), reason });
    Ok(events)
}
