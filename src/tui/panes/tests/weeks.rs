//! A plan that goes on for days behind tonight.

use crate::room::event::{Event, Mode};
use crate::runbook::load;
use crate::tui::panes::{header, timeline};

use super::{Look, Story};

const PLAN: &str = r#"
warroom: 1
title: Teapot shop 2.4.0
phases:
  - { id: blue, title: Blue, at: T, duration: 20m, steps: [ { title: Deploy, run: "true" } ] }
  - { id: canary, title: Canary, at: T+20m, duration: 40m, steps: [ { title: A tenth, run: "true" } ] }
  - { id: hour, title: First hour, at: T+1h, duration: 1h, steps: [ { title: Look, manual: Look } ] }
  - { id: day, title: First day, at: T+1d, duration: 10m, steps: [ { title: Look, manual: Look } ] }
  - { id: week, title: First week, at: T+7d, steps: [ { title: Look, manual: Look } ] }
"#;

fn begun() -> Story {
    let mut story = Story::open(load("shop.yaml", PLAN).unwrap(), Mode::Live, "07:40:00");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "blue".into() });
    story
}

#[test]
fn tonight_has_the_whole_scale_and_what_is_days_later_says_its_date() {
    let (story, look) = (begun(), Look::at("08:10:00"));
    insta::assert_snapshot!("weeks_120x30", look.text(&story, (120, 30), timeline::draw_whole));
    insta::assert_snapshot!("weeks_80x20", look.text(&story, (80, 20), timeline::draw_whole));
    insta::assert_snapshot!("weeks_bars_200x12", look.text(&story, (200, 12), timeline::draw));
    let head = look.text(&story, (120, 3), header::draw);
    assert!(head.contains("plan ends after 28 Nov 08:00: 1 step has no duration"), "{head}");
}

#[test]
fn a_day_later_the_scale_is_that_of_then() {
    let story = begun();
    let shown = |hours: i64| {
        let mut look = Look::at("08:10:00");
        look.now = look.now + crate::time::Span(hours * 3_600_000);
        look.text(&story, (120, 30), timeline::draw)
    };
    assert!(shown(0).contains("22 Nov 08:00, in 23h50m"), "{}", shown(0));
    // Nothing has gone on since: what is worked on reaches until then, so all of it belongs together.
    assert!(shown(24).contains("08:10 now"), "{}", shown(24));
}
