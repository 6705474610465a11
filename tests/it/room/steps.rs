use warroom::room::Action;
use warroom::room::event::{Done, Event, Failure};
use warroom::room::state::{PhaseStatus, Stage, StepStatus};
use warroom::time::{Span, Zone};

use super::{CANARY, healthy};
use crate::story::{Story, seconds};

#[test]
fn nothing_runs_before_the_start() {
    Story::of(CANARY).refused(Action::RunStep { step: "deploy.1".into() }, "not been started").replays_to_the_same_state();
}

#[test]
fn steps_run_in_their_order_and_one_at_a_time() {
    let mut story = Story::of(CANARY);
    story.start().refused(Action::RunStep { step: "deploy.2".into() }, "1.1 comes first");
    story.refused(Action::RunStep { step: "canary.1".into() }, "not in the part of the plan");
    story.run("deploy.1").refused(Action::RunStep { step: "deploy.1".into() }, "is running already");
    story.refused(Action::FinishStep { step: "deploy.2".into(), note: String::new() }, "1.1 is still running");
    story.ends("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: "3 pods".into() });
    assert!(matches!(story.phase("deploy"), PhaseStatus::Over { .. }));
    assert_eq!(story.state.stage, Stage::Underway { phase: 1 });
    story.replays_to_the_same_state();
}

#[test]
fn a_failed_step_is_run_again_or_skipped_with_a_reason() {
    let mut story = Story::of(CANARY);
    story.start().run("deploy.1").fails("deploy.1", 3);
    story.refused(Action::RunStep { step: "deploy.1".into() }, "r runs it again");
    story.refused(Action::SkipStep { step: "deploy.1".into(), reason: " ".into() }, "needs a reason");
    story.ask(Action::RetryStep { step: "deploy.1".into() });
    assert_eq!(story.state.steps["deploy.1"].attempt, 2);
    story.fails("deploy.1", 3).ask(Action::SkipStep { step: "deploy.1".into(), reason: "pushed by hand".into() });
    assert!(matches!(story.status("deploy.1"), StepStatus::Skipped { .. }));
    story.replays_to_the_same_state();
}

#[test]
fn a_late_report_of_an_earlier_attempt_changes_nothing() {
    let mut story = Story::of(CANARY);
    story.start().run("deploy.1").fails("deploy.1", 1).ask(Action::RetryStep { step: "deploy.1".into() });
    story.happens(Event::StepDone { step: "deploy.1".into(), attempt: 1, how: Done::Exit { code: 0 }, ended: None });
    assert!(matches!(story.status("deploy.1"), StepStatus::Running { .. }));
}

#[test]
fn a_step_is_stopped_with_a_reason_and_then_is_a_failed_one() {
    let mut story = Story::of(CANARY);
    story
        .start()
        .run("deploy.1")
        .refused(Action::CancelStep { step: "deploy.1".into(), reason: String::new() }, "needs a reason");
    story.ask(Action::CancelStep { step: "deploy.1".into(), reason: "wrong image".into() });
    story.refused(Action::CancelStep { step: "deploy.1".into(), reason: "again".into() }, "being stopped already");
    assert!(matches!(story.status("deploy.1"), StepStatus::Running { cancelled: Some(_), .. }));
    story.stopped("deploy.1");
    assert!(matches!(story.status("deploy.1"), StepStatus::Failed { why: Failure::Cancelled, .. }));
    story.replays_to_the_same_state();
}

#[test]
fn a_bake_begins_by_itself_and_counts_only_the_time_its_evidence_was_good() {
    let mut story = healthy(CANARY);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1");
    assert!(matches!(story.status("canary.2"), StepStatus::Running { .. }));
    story.pass(seconds(30)).silence("app").pass(seconds(60));
    assert!(matches!(story.status("canary.2"), StepStatus::Running { .. }), "no evidence, no progress");
    assert!(story.log().iter().any(|line| line.contains("2.2 does not count on")));
    story.source("app", true).pass(seconds(20));
    assert!(matches!(story.status("canary.2"), StepStatus::Running { .. }), "30 good seconds, a gap, 20 good seconds");
    story.pass(seconds(20));
    assert!(matches!(story.status("canary.2"), StepStatus::Done { how: Done::Elapsed, .. }));
    story.replays_to_the_same_state();
}

#[test]
fn a_failing_criterion_ends_the_bake_and_says_which() {
    let mut story = healthy(CANARY);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(10)).measures("p95", 250.0).pass(seconds(1));
    let StepStatus::Failed { why: Failure::Criterion(judgement), .. } = story.status("canary.2") else {
        panic!("{:?}", story.status("canary.2"));
    };
    assert_eq!(judgement.criterion, "p95 < 200ms");
    story.replays_to_the_same_state();
}

#[test]
fn output_is_bounded_and_what_was_dropped_is_counted() {
    let mut story = Story::of(CANARY);
    story.start().run("deploy.1");
    let lines: Vec<String> = (0..12_000).map(|n| n.to_string()).collect();
    for chunk in lines.chunks(500) {
        story.prints("deploy.1", &chunk.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let step = &story.state.steps["deploy.1"];
    assert_eq!((step.output.len(), step.omitted, step.printed), (10_000, 2_000, 12_000));
    assert_eq!(step.output.back().map(String::as_str), Some("11999"));
    assert!(story.state.log.len() < 20, "a flood of output does not drive decisions out of the log");
}

#[test]
fn a_held_deployment_starts_nothing() {
    let mut story = Story::of(CANARY);
    story.start().ask(Action::Hold { reason: "waiting for the dba".into() });
    story.refused(Action::RunStep { step: "deploy.1".into() }, "held by ana: waiting for the dba");
    story.ask(Action::Resume).run("deploy.1").replays_to_the_same_state();
}

#[test]
fn a_lost_step_waits_for_a_persons_word() {
    let mut story = Story::of(CANARY);
    story.start().run("deploy.1").happens(Event::StepLost { step: "deploy.1".into(), attempt: 1, why: String::new() });
    story.refused(Action::RunStep { step: "deploy.1".into() }, "LOST");
    story.refused(Action::FinishStep { step: "deploy.1".into(), note: String::new() }, "needs a reason");
    story.ask(Action::FinishStep { step: "deploy.1".into(), note: "the image is in the registry".into() });
    assert!(matches!(story.status("deploy.1"), StepStatus::Done { .. }));
    story.replays_to_the_same_state();
}

#[test]
fn a_step_that_ended_while_no_room_was_there_has_its_real_end_and_the_log_says_when_it_was_learnt() {
    let mut story = Story::of(CANARY);
    story.start().run("deploy.1");
    let ended = story.now + Span::seconds(40);
    story.is_taken_up_after(Span::minutes(10));
    story.happens(Event::StepDone { step: "deploy.1".into(), attempt: 1, how: Done::Exit { code: 0 }, ended: Some(ended) });
    let StepStatus::Done { started, ended: told, .. } = *story.status("deploy.1") else { panic!("it is not done") };
    assert_eq!((told, told - started), (ended, Span::seconds(40)));
    let line = format!("1.1 done, exit 0, 40.0 s; ended {}, while no room was there", ended.clock(Zone::UTC));
    assert_eq!(story.log().last(), Some(&line.as_str()));
    story.replays_to_the_same_state();
}

#[test]
fn a_probe_is_a_script_and_is_begun_by_a_person_where_criteria_are_waited_for_by_themselves() {
    let mut story = Story::of(
        r#"
warroom: 1
title: Until it is so
phases:
  - id: one
    title: One
    steps:
      - { until: { run: "test -f ready", every: 1s } }
      - { until: 'operator confirms "it is ready"' }
"#,
    );
    story.start();
    assert_eq!(*story.status("one.1"), StepStatus::Waiting);
    story.run("one.1").ends("one.1");
    assert!(matches!(story.status("one.2"), StepStatus::Running { .. }));
}

#[test]
fn a_step_that_is_silent_or_over_its_time_is_said_to_be_stuck_perhaps_and_is_left_alone() {
    let steps = "[ { run: ./copy }, { run: ./move, duration: 1m..2m }, { background: ./beside }, { run: ./last } ]";
    let plan = format!("warroom: 1\ntitle: Slow\nphases: [ {{ id: a, title: A, steps: {steps} }} ]\n");
    let mut story = Story::of(&plan);
    let said = |story: &Story, step: &str| {
        let step = story.state.runbook.step(&step.into()).unwrap();
        warroom::room::stuck::stuck(&story.state, step, story.now).map(|stuck| stuck.to_string())
    };
    story.start().run("a.1").pass(Span::minutes(2));
    assert_eq!(said(&story, "a.1"), None, "many a step says nothing for a while");
    story.pass(Span::minutes(2));
    assert_eq!(said(&story, "a.1").as_deref(), Some("STUCK? no output for 4:00"));
    let status = warroom::plain::status(&story.state, story.now);
    assert!(status.iter().any(|line| line.contains("running for 4:00, STUCK? no output for 4:00")), "{status:#?}");
    story.prints("a.1", &["half of it"]).pass(Span::minutes(1));
    assert_eq!(said(&story, "a.1"), None);
    story.ends("a.1").run("a.2").pass(Span::minutes(2));
    assert_eq!(said(&story, "a.2"), None, "as long as the plan gives it");
    story.prints("a.2", &["still here"]).pass(Span::minutes(4));
    assert_eq!(said(&story, "a.2").as_deref(), Some("STUCK? 4:00 over its 2:00"));
    assert!(matches!(story.status("a.2"), StepStatus::Running { cancelled: None, .. }), "nothing is done about it");
    story.ends("a.2").run("a.3").pass(Span::minutes(20));
    assert_eq!(said(&story, "a.3"), None, "what runs beside the plan may be silent");
}
