//! A number is as old as its source says that it is, and not as young as the poll that brought it.

use std::collections::BTreeMap;

use warroom::measure::judge::Verdict::{Fail, Pass, Unknown};
use warroom::measure::reading::Reading;
use warroom::room::event::{Event, Outcome};
use warroom::time::Span;

use crate::story::{Story, seconds};

const PLAN: &str = r#"
warroom: 1
title: Ages
sources: { app: { scrape: "http://127.0.0.1:1/", every: 5s, deadline: 5s } }
metrics: { errors: { unit: "%", source: app, query: errors } }
phases:
  - id: one
    title: One
    steps: [ { run: ./one } ]
    gate: { question: On?, require: [ errors < 1%, errors < 1% for 8s ] }
"#;

/// A poll that brings a number which is so old by its own account.
fn polled(story: &mut Story, value: f64, age: Span) {
    story.happens(Event::SourcePolled {
        source: "app".into(),
        took: Span(3),
        outcome: Outcome::Up { status: 200 },
        readings: vec![("errors".into(), Reading::of(value))],
        during: None,
        notes: Vec::new(),
        alerts: None,
        ages: BTreeMap::from([("errors".into(), age)]),
    });
}

#[test]
fn the_age_that_is_shown_is_that_of_the_number() {
    let mut story = Story::of(PLAN);
    story.start();
    polled(&mut story, 5.0, seconds(9));
    story.pass(seconds(3));
    assert_eq!(story.state.metrics["errors"].age(story.now), Some(seconds(12)));
    let why = story.state.gate_evidence(0, story.now)[0].reason.clone();
    assert!(why.ends_with("source app, 12s old"), "{why}");
    let said = warroom::plain::status(&story.state, story.now).join("\n");
    assert!(said.contains("5 %, 12s ago"), "{said}");
    story.pass(seconds(9));
    assert_eq!(story.verdicts("one")[0], Unknown, "21 seconds old, and fresh for 20");
}

#[test]
fn one_sample_that_is_told_again_and_again_has_not_held_for_a_time() {
    let mut story = Story::of(PLAN);
    story.start();
    for age in [1, 6, 11] {
        polled(&mut story, 0.1, seconds(age));
        assert_eq!(story.verdicts("one"), [Pass, Unknown]);
        story.pass(seconds(5));
    }
    polled(&mut story, 0.1, seconds(2));
    assert_eq!(story.verdicts("one"), [Pass, Pass]);
    polled(&mut story, 3.0, seconds(1));
    assert_eq!(story.verdicts("one"), [Fail, Fail]);
}

#[test]
fn what_was_measured_before_the_last_action_says_nothing_about_it_however_late_it_came() {
    let mut story = Story::of(PLAN);
    story.start().does("one.1").pass(seconds(5));
    polled(&mut story, 0.1, seconds(7));
    assert_eq!(story.verdicts("one")[0], Unknown);
    polled(&mut story, 0.1, seconds(2));
    assert_eq!(story.verdicts("one")[0], Pass);
}
