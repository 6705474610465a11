use warroom::measure::reading::Reading;
use warroom::room::Action;
use warroom::room::event::Vote;
use warroom::room::follow::{self, Pending, counted_anew};
use warroom::room::state::{Stage, TriggerState};
use warroom::time::Span;

use super::{CANARY, at_the_gate, healthy};
use crate::story::seconds;

#[test]
fn a_condition_that_holds_for_its_time_counts_down_to_the_rollback() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(5));
    assert!(matches!(story.trigger("errors"), TriggerState::Pending { .. }));
    story.pass(seconds(8));
    assert!(matches!(story.trigger("errors"), TriggerState::Fired { rollback_at: Some(_), .. }));
    assert!(!matches!(story.state.stage, Stage::RollingBack), "the commander has time to veto");
    story.pass(seconds(15));
    assert_eq!(story.state.stage, Stage::RollingBack);
    assert!(story.log().iter().any(|line| line.contains("trigger \"error rate\" started the ROLLBACK")), "{:?}", story.log());
    story.replays_to_the_same_state();
}

#[test]
fn a_veto_stops_the_countdown_until_the_condition_has_gone_and_come_back() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(12));
    story.refused(Action::Veto { trigger: "errors".into(), reason: String::new() }, "needs a reason");
    story.refused(Action::Veto { trigger: "errors".into(), reason: "fine".into() }, "says too little");
    story.ask(Action::Veto { trigger: "errors".into(), reason: "a load test hits blue".into() }).pass(seconds(60));
    assert!(matches!(story.trigger("errors"), TriggerState::Vetoed { .. }));
    story.measures("error_rate", 0.1).pass(seconds(2));
    assert_eq!(*story.trigger("errors"), TriggerState::Quiet);
    story.measures("error_rate", 6.2).pass(seconds(30));
    assert_eq!(story.state.stage, Stage::RollingBack);
    story.replays_to_the_same_state();
}

#[test]
fn a_condition_that_goes_away_in_the_countdown_stops_it() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(12)).measures("error_rate", 0.1).pass(seconds(30));
    assert_eq!(*story.trigger("errors"), TriggerState::Quiet);
    assert!(!matches!(story.state.stage, Stage::RollingBack));
}

#[test]
fn not_knowing_neither_fires_a_trigger_nor_clears_it() {
    let mut story = at_the_gate();
    story.silence("app").pass(seconds(120));
    assert_eq!(*story.trigger("errors"), TriggerState::Quiet);
    story.measures("error_rate", 6.2).pass(seconds(5)).silence("app").pass(seconds(120));
    assert!(matches!(story.trigger("errors"), TriggerState::Pending { .. }));
    story.replays_to_the_same_state();
}

#[test]
fn a_trigger_that_proposes_starts_nothing() {
    let mut story = at_the_gate();
    story.measures("p95", 1500.0).pass(seconds(120));
    assert!(matches!(story.trigger("slow"), TriggerState::Fired { rollback_at: None, .. }));
    assert!(!matches!(story.state.stage, Stage::RollingBack));
}

#[test]
fn a_trigger_watches_only_in_its_phases() {
    let mut story = healthy(CANARY);
    story.start().run("deploy.1").measures("error_rate", 50.0).pass(seconds(60));
    assert_eq!(*story.trigger("errors"), TriggerState::Quiet);
}

#[test]
fn go_is_refused_while_a_rollback_counts_down() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(12));
    story.refused(Action::Go { phase: "canary".into(), waiver: Some("I know".into()) }, "veto it first");
}

#[test]
fn a_rollback_that_counts_down_is_not_lost_when_the_plan_moves_on() {
    let mut story = at_the_gate();
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).go("canary");
    // The last step, a wait of 30 s, ends while the rollback counts down.
    story.does("full.1").pass(seconds(10)).measures("error_rate", 6.2).pass(seconds(12));
    assert!(matches!(story.trigger("errors"), TriggerState::Fired { rollback_at: Some(_), .. }));
    story.pass(seconds(10));
    assert!(!matches!(story.state.stage, Stage::Ended(..)), "not completed over a rollback that counts down");
    story.pass(seconds(10));
    assert_eq!(story.state.stage, Stage::RollingBack);
    story.replays_to_the_same_state();
}

#[test]
fn nothing_new_begins_while_a_rollback_counts_down() {
    let yaml = CANARY.replace("during: [ canary, full ]", "during: [ deploy ]");
    let mut story = healthy(&yaml);
    story.start().run("deploy.1").measures("error_rate", 6.2).pass(seconds(12)).ends("deploy.1");
    story.refused(Action::FinishStep { step: "deploy.2".into(), note: String::new() }, "veto it first");
    story.refused(Action::RunStep { step: "deploy.2".into() }, "veto it first");
}

#[test]
fn one_bad_sample_does_not_hold_for_any_time() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).poll().silence("app").pass(seconds(60));
    assert!(matches!(story.trigger("errors"), TriggerState::Pending { .. }));
    // A second one after a gap in which nobody knows does not make up for the gap.
    story.measures("error_rate", 6.2).pass(seconds(2));
    assert!(matches!(story.trigger("errors"), TriggerState::Pending { .. }));
    story.pass(seconds(10));
    assert!(matches!(story.trigger("errors"), TriggerState::Fired { .. }));
    story.replays_to_the_same_state();
}

#[test]
fn after_a_sleep_a_countdown_begins_anew() {
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(12));
    story.now = story.now + Span::HOUR;
    for event in counted_anew(&story.state, story.now) {
        story.happens(event);
    }
    assert!(!matches!(story.state.stage, Stage::RollingBack), "nobody could veto in that hour");
    story.pass(seconds(16));
    assert_eq!(story.state.stage, Stage::RollingBack);
    story.replays_to_the_same_state();
}

#[test]
fn a_condition_with_not_has_to_be_measured_all_the_time_that_it_holds() {
    let yaml = CANARY.replace("when: p95 > 1000ms, for: 5s", "when: not p95 < 1000ms, for: 15s");
    let mut story = healthy(&yaml);
    story.start().does("deploy.1").measures("p95", 1500.0).pass(seconds(1)).silence("app").pass(seconds(14));
    story.measures("p95", 1500.0).pass(seconds(5));
    assert!(matches!(story.trigger("slow"), TriggerState::Pending { .. }), "{:?}", story.trigger("slow"));
    story.pass(seconds(12));
    assert!(matches!(story.trigger("slow"), TriggerState::Fired { .. }), "{:?}", story.trigger("slow"));
}

#[test]
fn how_far_a_pending_trigger_is_from_firing_is_told_by_its_samples() {
    let pending = |story: &crate::story::Story| {
        let trigger = story.state.runbook.triggers.iter().find(|trigger| trigger.id.as_str() == "errors").unwrap();
        let TriggerState::Pending { since } = story.trigger("errors") else { panic!("{:?}", story.trigger("errors")) };
        follow::pending(&story.state, trigger, *since, story.now)
    };
    let mut story = at_the_gate();
    story.measures("error_rate", 6.2).pass(seconds(6));
    assert_eq!(pending(&story), Pending::True { held: seconds(5) });
    story.reads("error_rate", Reading::Missing("no such series".into())).pass(seconds(2));
    assert!(matches!(pending(&story), Pending::Unknown { why } if why.contains("no such series")));
    story.measures("error_rate", 6.2).pass(seconds(4));
    assert_eq!(pending(&story), Pending::True { held: seconds(3) }, "eleven seconds after it began to pend");
    let said = warroom::plain::status(&story.state, story.now).join("\n");
    assert!(said.contains("true for 0:03 of 0:10"), "{said}");
    story.pass(seconds(7));
    assert!(matches!(story.trigger("errors"), TriggerState::Fired { .. }), "as many seconds later as were left");
}
