use warroom::measure::reading::Reading;
use warroom::room::Action;
use warroom::room::state::{Ending, Stage, StepStatus};

use super::{CANARY, at_the_gate, healthy};
use crate::story::{Story, seconds};

fn back(reason: &str) -> Action {
    Action::RollBack { reason: reason.into() }
}

#[test]
fn a_rollback_needs_a_reason_and_something_to_roll_back() {
    Story::of(CANARY).refused(back("why not"), "nothing has been started");
    at_the_gate().refused(back(""), "needs a reason");
    let without = CANARY.split("triggers:").next().unwrap().replace("no_go: rollback", "no_go: hold");
    let mut story = Story::of(&without);
    story.start().refused(back("errors"), "no rollback section");
}

#[test]
fn a_rollback_runs_its_steps_by_itself_verifies_and_ends() {
    let mut story = at_the_gate();
    story.ask(back("cart errors"));
    assert!(matches!(story.status("rollback.1"), StepStatus::Running { .. }));
    story.ends("rollback.1").ends("rollback.2");
    assert_eq!(story.state.stage, Stage::RollingBack, "what was measured before it ended verifies nothing");
    story.poll();
    assert_eq!(story.state.stage, Stage::RollingBack, "nor does what was measured in the same instant");
    story.pass(seconds(1));
    assert!(matches!(story.state.stage, Stage::Ended(Ending::RolledBack { verified: true }, _)));
    story.replays_to_the_same_state();
}

#[test]
fn a_running_step_is_stopped_before_the_rollback_begins() {
    let mut story = healthy(CANARY);
    story.start().run("deploy.1").ask(back("wrong version"));
    assert!(matches!(story.status("deploy.1"), StepStatus::Running { cancelled: Some(_), .. }));
    assert_eq!(*story.status("rollback.1"), StepStatus::Waiting, "the deploy could still undo what the rollback does");
    story.stopped("deploy.1");
    assert!(matches!(story.status("rollback.1"), StepStatus::Running { .. }));
    story.replays_to_the_same_state();
}

#[test]
fn a_rollback_is_not_held_up_by_a_gate_or_a_hold() {
    let mut story = at_the_gate();
    story.ask(Action::HoldGate { phase: "canary".into(), reason: "thinking".into() }).ask(back("enough thought"));
    assert!(matches!(story.status("rollback.1"), StepStatus::Running { .. }));
}

#[test]
fn a_failed_rollback_step_waits_for_a_person() {
    let mut story = at_the_gate();
    story.ask(back("cart errors")).fails("rollback.1", 1).pass(seconds(30));
    assert_eq!(*story.status("rollback.2"), StepStatus::Waiting);
    story.refused(Action::AcceptRollback { reason: "done by hand".into() }, "R1 is not done");
    story.ask(Action::RetryStep { step: "rollback.1".into() }).ends("rollback.1").ends("rollback.2").pass(seconds(1));
    assert!(matches!(story.state.stage, Stage::Ended(Ending::RolledBack { verified: true }, _)));
    story.replays_to_the_same_state();
}

#[test]
fn a_rollback_that_cannot_be_verified_ends_only_by_a_persons_word() {
    let mut story = at_the_gate();
    story.reads("error_rate", Reading::Missing("no series".into())).poll();
    story.ask(back("cart errors")).ends("rollback.1").ends("rollback.2").pass(seconds(600));
    assert_eq!(story.state.stage, Stage::RollingBack, "unknown is not verified");
    story.ask(Action::AcceptRollback { reason: "the exporter is gone with the pod".into() });
    assert!(matches!(story.state.stage, Stage::Ended(Ending::RolledBack { verified: false }, _)));
    story.replays_to_the_same_state();
}

#[test]
fn a_completed_deployment_can_still_be_rolled_back() {
    let mut story = at_the_gate();
    story.ask(Action::Go { phase: "canary".into(), waiver: Some("all voted on the phone".into()) });
    story.does("full.1").pass(seconds(31)).ask(back("the nightly job fails"));
    assert_eq!(story.state.stage, Stage::RollingBack);
    story.refused(back("again"), "running already");
}

#[test]
fn an_abandoned_deployment_stops_what_runs() {
    let mut story = Story::of(CANARY);
    story.start().run("deploy.1").ask(Action::Abandon { reason: "the window is over".into() });
    assert!(matches!(story.status("deploy.1"), StepStatus::Running { cancelled: Some(_), .. }));
    story.stopped("deploy.1").replays_to_the_same_state();
}
