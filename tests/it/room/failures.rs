//! Stories of what the failure of a phase leads to, and of what can't be taken back.

use warroom::plain;
use warroom::room::Action;
use warroom::room::event::Event;
use warroom::room::state::{Ending, Stage, TriggerState};

use super::healthy;
use crate::story::{Story, seconds};

const FAILING: &str = r#"
warroom: 1
title: Failing
sources: { app: { scrape: "http://127.0.0.1:1/", every: 1s, deadline: 1s } }
metrics: { error_rate: { unit: "%", source: app, query: errors }, p95: { unit: ms, source: app, query: p95 } }
phases:
  - id: canary
    title: Canary
    fail: { when: [ error_rate > 1%, p95 > 1s ], for: 5s, then: hold }
    steps: [ { run: ./shift }, { run: ./more } ]
  - id: rollout
    title: Rollout
    fail: { when: error_rate > 0.1%, then: investigate }
    steps: [ { run: ./all }, { run: ./drop, point_of_no_return: the old tables are gone }, { run: ./last } ]
    gate: { question: Done? }
triggers:
  - { id: worse, when: error_rate > 5%, then: rollback, countdown: 10s }
rollback: { budget: 1m, steps: [ { run: ./back } ] }
"#;

fn told(story: &Story, of: &str) -> String {
    let lines = plain::status(&story.state, story.now);
    lines.into_iter().find(|line| line.contains(of)).unwrap_or_else(|| panic!("no word of {of}"))
}

#[test]
fn a_phase_that_fails_is_held_where_its_plan_says_so() {
    let mut story = healthy(FAILING);
    story.start().does("canary.1").measures("p95", 2_000.0).pass(seconds(8));
    assert!(matches!(story.trigger("canary.fail"), TriggerState::Fired { rollback_at: None, .. }));
    story.refused(Action::RunStep { step: "canary.2".into() }, "held by trigger \"Canary fails\"");
    assert!(told(&story, "ON HOLD").contains("error_rate > 1% or p95 > 1s"), "{}", told(&story, "ON HOLD"));
    story.ask(Action::Resume).pass(seconds(5)).does("canary.2");
    story.replays_to_the_same_state();
}

#[test]
fn a_failure_to_be_investigated_moves_nothing_and_speaks_against_go() {
    let mut story = healthy(FAILING);
    story.start().does("canary.1").does("canary.2").does("rollout.1").measures("error_rate", 0.5).pass(seconds(30));
    assert!(matches!(story.state.stage, Stage::Underway { .. }) && story.state.hold.is_none());
    assert!(told(&story, "Trigger Rollout fails").contains("to be investigated"), "{}", told(&story, "Trigger"));
    story.does("rollout.2").does("rollout.3").refused(Action::Go { phase: "rollout".into(), waiver: None }, "\"Rollout fails\"");
    story.ask(Action::Veto { trigger: "rollout.fail".into(), reason: "it is a crawler".into() }).go("rollout");
    story.replays_to_the_same_state();
}

#[test]
fn the_failure_of_one_phase_says_nothing_in_another() {
    let mut story = healthy(FAILING);
    story.start().does("canary.1").measures("error_rate", 0.5).pass(seconds(10));
    assert_eq!(*story.trigger("rollout.fail"), TriggerState::Quiet);
}

#[test]
fn past_the_point_of_no_return_a_trigger_only_proposes_the_rollback_and_says_why() {
    let mut story = healthy(FAILING);
    story.start().does("canary.1").does("canary.2").does("rollout.1").run("rollout.2");
    story.measures("error_rate", 9.0).pass(seconds(60));
    assert!(matches!(story.trigger("worse"), TriggerState::Fired { rollback_at: None, .. }));
    assert!(matches!(story.state.stage, Stage::Underway { .. }), "nothing goes back by itself");
    let why = "a rollback is only proposed, past the point of no return, 2.2: the old tables are gone";
    assert!(story.log().iter().any(|line| line.contains(why)), "{:?}", story.log());
    assert!(told(&story, "Trigger error_rate").contains(why));
    story.ask(Action::RollBack { reason: "all is lost, and we know".into() });
    assert_eq!(story.state.stage, Stage::RollingBack, "a person still may");
    story.replays_to_the_same_state();
}

#[test]
fn before_it_the_same_trigger_goes_back_by_itself() {
    let mut story = healthy(FAILING);
    story.start().does("canary.1").does("canary.2").does("rollout.1").measures("error_rate", 9.0).pass(seconds(15));
    assert_eq!(story.state.stage, Stage::RollingBack);
}

const JUDGED: &str = r#"
warroom: 1
title: Judged
sources: { app: { scrape: "http://127.0.0.1:1/", every: 1s, deadline: 1s } }
metrics: { error_rate: { unit: "%", source: app, query: errors }, p95: { unit: ms, source: app, query: p95 } }
success: [ error_rate < 1%, operator confirms "users are content" ]
phases:
  - { id: shift, title: Shift, steps: [ { run: ./shift } ] }
rollback: { budget: 1m, steps: [ { run: ./back } ] }
"#;

#[test]
fn what_makes_a_success_is_judged_at_the_end_and_recorded_with_the_last_decision() {
    let mut story = healthy(JUDGED);
    story.start().does("shift.1").pass(seconds(2));
    let go = || Action::Go { phase: "final-verdict".into(), waiver: None };
    story.refused(go(), "users are content");
    story.ask(Action::Confirm { what: "users are content".into() }).pass(seconds(1)).ask(go());
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    let recorded = story.events().find_map(|event| match event {
        Event::GateDecided { evidence, .. } => Some(evidence.iter().map(|judged| judged.criterion.clone()).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(recorded.unwrap(), ["error_rate < 1%", "operator confirms \"users are content\""]);
    story.replays_to_the_same_state();
}

#[test]
fn a_last_phase_with_a_gate_judges_success_there() {
    let gated = JUDGED.replace("[ { run: ./shift } ] }", "[ { run: ./shift } ], gate: { require: p95 < 1s } }");
    let mut story = healthy(&gated);
    story.start().does("shift.1").pass(seconds(2));
    assert_eq!(story.verdicts("shift").len(), 3);
    assert_eq!(story.state.phases.len(), 1);
}
