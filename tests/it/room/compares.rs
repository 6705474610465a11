//! A metric that compares two sources, as gates and triggers see it.

use warroom::measure::judge::Verdict;
use warroom::room::state::{Stage, TriggerState};

use crate::story::{Story, seconds};

const PLAN: &str = r#"
warroom: 1
title: Canary
sources:
  canary: { scrape: "http://127.0.0.1:1/metrics", every: 1s, deadline: 1s }
  stable: { scrape: "http://127.0.0.1:2/metrics", every: 1s, deadline: 1s }
metrics:
  errors: { unit: "%", source: canary, query: "rate(errors_total[1m])", against: stable, critical: "> 1" }
  latency: { unit: "%", source: canary, query: p95, against: stable, compare: ratio, normal: < 110 }
phases:
  - id: canary
    steps: [ { run: ./shift 10 } ]
    gate: { require: [ errors < 0.5% for 10s, latency < 110%, no critical metrics ] }
triggers:
  - { id: worse, when: errors > 2%, for: 5s, then: notify }
"#;

/// Both answer, and the canary is as the other one is.
fn alike() -> Story {
    let mut story = Story::of(PLAN);
    story.measures("errors", 0.1).measures("latency", 102.0).source("stable", true).pass(seconds(5));
    story.start().does("canary.1").pass(seconds(15));
    story
}

fn reason(story: &Story, criterion: usize) -> String {
    story.state.gate_evidence(0, story.now)[criterion].reason.clone()
}

#[test]
fn a_canary_that_is_as_good_as_what_it_replaces_passes() {
    let story = alike();
    assert_eq!(story.verdicts("canary"), [Verdict::Pass; 3]);
    story.replays_to_the_same_state();
}

#[test]
fn without_either_of_the_two_nothing_is_known() {
    for gone in ["canary", "stable"] {
        let mut story = alike();
        story.source(gone, false).pass(seconds(1));
        assert_eq!(story.verdicts("canary"), [Verdict::Unknown; 3], "{gone}");
        let why = format!("no data: {gone}: connection refused, source canary against stable");
        assert_eq!(reason(&story, 0), why);
        story.source(gone, true).pass(seconds(1));
        assert_eq!(reason(&story, 0), "held for 0:00 of 0:10, before that no number", "{gone}");
        story.pass(seconds(12)).silence(gone).pass(seconds(6));
        assert_eq!(story.verdicts("canary"), [Verdict::Unknown; 3], "{gone} is silent");
        story.replays_to_the_same_state();
    }
}

#[test]
fn a_canary_that_is_worse_fails_the_gate_and_fires_the_trigger() {
    let mut story = alike();
    story.measures("errors", 2.5).measures("latency", 140.0).pass(seconds(4));
    assert_eq!(story.verdicts("canary"), [Verdict::Fail; 3]);
    assert!(reason(&story, 0).ends_with("source canary against stable, 0s old"), "{}", reason(&story, 0));
    assert!(story.log().contains(&"errors entered CRITICAL: 2.5 %"), "{:?}", story.log());
    story.pass(seconds(4));
    assert!(matches!(story.trigger("worse"), TriggerState::Fired { .. }) && matches!(story.state.stage, Stage::Underway { .. }));
    story.replays_to_the_same_state();
}
