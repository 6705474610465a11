//! What is pending while the process changes: time that has held, and time that nobody measured.

use warroom::room::Action;
use warroom::room::event::Event;
use warroom::room::state::{Stage, StepStatus, TriggerState};

use super::{CANARY, at_the_gate, healthy};
use crate::story::{Story, seconds};

/// In the canary phase, its bake of a minute running for 30 s.
fn half_baked() -> Story {
    let mut story = healthy(CANARY);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(30));
    assert!(matches!(story.status("canary.2"), StepStatus::Running { .. }));
    story
}

fn bakes(story: &Story) -> bool {
    matches!(story.status("canary.2"), StepStatus::Running { .. })
}

#[test]
fn the_time_a_trigger_is_pending_survives_a_quick_resume() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(6));
    let before = story.trigger("errors").clone();
    assert!(matches!(before, TriggerState::Pending { .. }));
    story.is_taken_up_after(seconds(1));
    assert_eq!(*story.trigger("errors"), before);
    // 10 s of bad samples are needed: those from before the resume count.
    story.pass(seconds(5));
    assert!(matches!(story.trigger("errors"), TriggerState::Fired { rollback_at: Some(_), .. }), "{:?}", story.trigger("errors"));
}

#[test]
fn a_trigger_stays_pending_over_a_long_absence_but_only_what_was_measured_counts() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(6)).is_taken_up_after(seconds(300)).pass(seconds(8));
    assert!(matches!(story.trigger("errors"), TriggerState::Pending { .. }), "{:?}", story.trigger("errors"));
    story.pass(seconds(4));
    assert!(matches!(story.trigger("errors"), TriggerState::Fired { rollback_at: Some(_), .. }), "{:?}", story.trigger("errors"));
}

#[test]
fn what_was_measured_to_be_gone_during_the_resume_clears_the_trigger() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(6)).measures("error_rate", 0.1).is_taken_up_after(seconds(2)).pass(seconds(1));
    assert_eq!(*story.trigger("errors"), TriggerState::Quiet);
}

#[test]
fn the_good_time_of_a_bake_survives_a_quick_resume() {
    let mut story = half_baked();
    story.is_taken_up_after(seconds(1)).pass(seconds(24));
    assert!(bakes(&story));
    story.pass(seconds(10));
    assert!(matches!(story.status("canary.2"), StepStatus::Done { .. }), "{:?}", story.status("canary.2"));
}

#[test]
fn a_bake_does_not_count_the_time_in_which_nobody_measured() {
    let mut story = half_baked();
    story.is_taken_up_after(seconds(600)).pass(seconds(20));
    assert!(bakes(&story), "{:?}", story.status("canary.2"));
    story.pass(seconds(25));
    assert!(matches!(story.status("canary.2"), StepStatus::Done { .. }), "{:?}", story.status("canary.2"));
}

#[test]
fn a_rollback_that_counts_down_gives_time_for_a_veto_after_the_resume() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(20));
    assert!(matches!(story.trigger("errors"), TriggerState::Fired { rollback_at: Some(_), .. }));
    story.is_taken_up_after(seconds(120)).pass(seconds(10));
    assert_ne!(story.state.stage, Stage::RollingBack);
    story.pass(seconds(6));
    assert_eq!(story.state.stage, Stage::RollingBack);
}

#[test]
fn a_wait_and_a_time_that_ran_out_while_no_room_was_there_keep_their_own_end() {
    let yaml = "warroom: 1\ntitle: Waits\nphases:\n  - { id: a, title: A, steps: [ { run: ./go }, { wait: 40s }, { manual: Look, timeout: 30s } ] }\n";
    let mut story = Story::of(yaml);
    story.start().does("a.1").pass(seconds(10));
    let StepStatus::Running { started, .. } = *story.status("a.2") else { panic!("{:?}", story.status("a.2")) };
    story.is_taken_up_after(seconds(300));
    assert!(matches!(story.status("a.2"), StepStatus::Done { ended, .. } if *ended == started + seconds(40)));
    assert!(
        story.log().iter().any(|line| line.contains("time passed, 40.0 s; ended ") && line.ends_with("while no room was there"))
    );

    story.run("a.3").pass(seconds(10)).is_taken_up_after(seconds(300));
    let StepStatus::Failed { started, ended, .. } = *story.status("a.3") else { panic!("{:?}", story.status("a.3")) };
    assert_eq!(ended, started + seconds(30));
    story.ask(Action::RetryStep { step: "a.3".into() }).pass(seconds(31));
    let live = *story.log().last().unwrap();
    assert!(live.contains("FAILED, timed out") && !live.contains("no room was there"), "{live}");
    story.replays_to_the_same_state();
}

#[test]
fn a_torn_end_is_said_in_the_log_as_what_it_is() {
    let mut story = Story::of(CANARY);
    let (operator, host) = (story.state.opened.operator.clone(), "bastion".to_owned());
    story.happens(Event::Resumed { operator, host, boot: "b2".to_owned(), version: "0.1.0".to_owned(), torn: Some(312) });
    let words = "the last 312 bytes of its journal were torn and were not an acknowledged event";
    assert!(story.log().last().unwrap().contains(words), "{:?}", story.log());
}
