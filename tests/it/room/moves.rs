//! A source that is at another address in another phase: what was measured at the one says nothing about the other.

use warroom::measure::judge::Verdict::{self, Pass, Unknown};
use warroom::measure::reading::Reading;
use warroom::room::event::{Event, Outcome};
use warroom::time::Span;

use crate::story::{Story, seconds};

const PLAN: &str = r#"
warroom: 1
title: Blue and green
sources:
  app: { scrape: { default: "http://127.0.0.1:1/green", two: "http://127.0.0.1:1/blue" }, every: 1s, deadline: 1s }
  health: { health: { default: "http://127.0.0.1:1/hg", two: "http://127.0.0.1:1/hb" }, every: 1s, deadline: 1s }
  stable: { scrape: "http://127.0.0.1:2/metrics", every: 1s, deadline: 1s }
metrics:
  errors: { unit: "%", source: app, query: errors, normal: < 1, critical: "> 5" }
  beside: { unit: "%", source: stable, against: app, query: errors }
phases:
  - id: one
    steps: [ { manual: Go on } ]
  - id: two
    gate:
      require:
        - errors < 1%
        - errors < 1% for 8s
        - errors grows < 5% in 8s
        - errors meets its target
        - no critical metrics
        - health is up
        - health was up 90% of 10s
        - beside < 1%
"#;

/// Measured for a minute at the first address, and then in phase two.
fn moved() -> Story {
    let mut story = Story::of(PLAN);
    story.measures("errors", 0.1).measures("beside", 0.0).source("health", true).source("stable", true).pass(seconds(2));
    story.start().pass(seconds(60)).does("one.1");
    story
}

fn all_are(story: &Story, verdict: Verdict) -> bool {
    story.verdicts("two") == [verdict; 8]
}

#[test]
fn nothing_passes_on_what_was_measured_where_the_source_was_before() {
    let mut story = moved();
    assert!(all_are(&story, Unknown), "{:?}", story.verdicts("two"));
    let why = &story.state.gate_evidence(1, story.now)[0].reason;
    assert_eq!(why, "not measured yet at its address for two, source app");
    story.pass(seconds(5));
    assert_eq!(story.verdicts("two"), [Pass, Unknown, Unknown, Pass, Pass, Pass, Unknown, Pass]);
    story.pass(seconds(10));
    assert!(all_are(&story, Pass), "{:?}", story.verdicts("two"));
}

#[test]
fn an_answer_of_the_old_address_that_comes_late_is_not_taken_for_one_of_the_new() {
    let mut story = moved();
    let readings = vec![("errors".into(), Reading::Number(9.0))];
    let (outcome, took) = (Outcome::Up { status: 200 }, Span(3));
    let late = Event::SourcePolled {
        source: "app".into(),
        took,
        outcome,
        readings,
        during: None,
        notes: Vec::new(),
        alerts: None,
        ages: std::collections::BTreeMap::new(),
    };
    story.silence("app").pass(seconds(1)).happens(late);
    assert_eq!(story.verdicts("two")[..5], [Unknown; 5]);
    assert!(!story.log().iter().any(|line| line.contains("CRITICAL")), "{:?}", story.log());
    assert_eq!(story.state.metrics["errors"].len(), 62, "what was drawn stays");
}
