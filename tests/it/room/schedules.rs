use warroom::room::Action;
use warroom::room::schedule::{begins, drift, over_its_most, projected_end, projected_end_inside, slots, untimed, window};
use warroom::time::{Moment, Span};

use super::CANARY;
use crate::story::{Story, clock};

#[test]
fn without_t_nothing_is_planned_but_a_start_now_is_projected() {
    let story = Story::of(CANARY);
    let slots = slots(&story.state, story.now);
    assert_eq!(slots[1].planned, None);
    assert_eq!(slots[1].projected.map(|stretch| stretch.from), Some(clock("09:10")));
    assert_eq!(projected_end(&story.state, story.now), Some(clock("10:00")));
}

#[test]
fn a_phase_that_takes_longer_moves_all_that_comes_after_it() {
    let mut story = Story::planned(CANARY, Some(clock("09:00")));
    story
        .start()
        .does("deploy.1")
        .pass(Span::minutes(14))
        .ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    let slots = slots(&story.state, story.now);
    assert_eq!(slots[0].drift, Some(Span::minutes(4)));
    assert_eq!(slots[1].planned.map(|stretch| stretch.from), Some(clock("09:10")));
    assert_eq!(slots[2].projected.map(|stretch| stretch.to), Some(clock("10:04")));
    assert_eq!(drift(&story.state, story.now), Some(Span::minutes(4)));
}

#[test]
fn a_phase_ends_no_sooner_than_its_running_wait_and_what_follows_it() {
    let yaml = CANARY.replace(
        "10m\n    steps:\n      - { title: Push, run: ./push, duration: 2m }\n      - { title: Look, manual: Look at the pods }\n",
        "30m\n    steps:\n      - { wait: 5h }\n      - { title: Push, run: ./push, duration: 10m }\n",
    );
    let mut story = Story::planned(&yaml, Some(clock("09:00")));
    let end = |story: &Story| slots(&story.state, story.now)[0].projected.map(|stretch| stretch.to);
    assert_eq!(end(&story), Some(clock("14:10")), "before the start as well");
    story.start().run("deploy.1").pass(Span::minutes(1));
    assert_eq!(end(&story), Some(clock("14:10")));
    assert_eq!(projected_end(&story.state, story.now), Some(clock("15:00")));
    assert_eq!(drift(&story.state, story.now), Some(Span::minutes(280)), "the plan said 30 minutes");
    story.pass(Span::HOUR + Span::HOUR + Span::HOUR + Span::HOUR + Span::HOUR).run("deploy.2").pass(Span::minutes(4));
    assert_eq!(end(&story), Some(clock("14:11")), "begun a minute after the wait was over");
    story.pass(Span::minutes(10));
    assert_eq!(end(&story), Some(story.now), "what takes longer than planned may end at any moment");
}

#[test]
fn a_phase_with_a_range_is_late_by_its_first_time_and_too_late_by_its_second() {
    let yaml = CANARY.replacen("duration: 10m", "duration: 10m..20m", 1);
    assert_ne!(yaml, CANARY);
    let mut story = Story::planned(&yaml, Some(clock("09:00")));
    story.start().does("deploy.1").pass(Span::minutes(15));
    let too_late = |story: &Story| over_its_most(&story.state, story.now).map(|(_, over, most)| (over, most));
    assert_eq!((drift(&story.state, story.now), too_late(&story)), (Some(Span::minutes(5)), None), "late, and may still be");
    story.pass(Span::minutes(7));
    assert_eq!(too_late(&story), Some((Span::minutes(2), Span::minutes(20))));
    let said = warroom::plain::status(&story.state, story.now);
    assert!(said.iter().any(|line| line.contains("is TOO LATE: 2:00 over its 20:00 at most")), "{said:#?}");
    story.ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    assert_eq!(too_late(&story), None);
}

/// So many hours after a story begins.
fn story_time(hours: i64) -> Moment {
    clock("09:00") + Span(hours * Span::HOUR.0)
}

const BEFORE_T: &str = r"
warroom: 1
title: Before T
phases:
  - { id: early, title: Early, at: T-3h, duration: 1h, steps: [ { manual: Look } ] }
  - { id: main, title: Main, at: T, duration: 1h, steps: [ { manual: Look } ] }
";

#[test]
fn a_plan_begins_with_its_first_phase_and_not_with_t() {
    let story = Story::planned(BEFORE_T, Some(story_time(3)));
    assert_eq!(begins(&story.state), Some(story.now), "three hours before T");
    assert_eq!(drift(&story.state, story.now), Some(Span::ZERO));
    let story = Story::planned(BEFORE_T, Some(story_time(2)));
    assert_eq!(begins(&story.state), Some(story.now - Span::HOUR));
    assert_eq!(
        drift(&story.state, story.now),
        Some(Span::HOUR),
        "what is to begin an hour ago is an hour late, though T is to come"
    );
}

#[test]
fn without_t_a_start_now_is_projected_with_the_t_that_it_would_have() {
    let mut story = Story::of(BEFORE_T);
    let end = projected_end(&story.state, story.now);
    assert_eq!(end, Some(story.now + Span::minutes(240)), "the second phase waits for T");
    story.start();
    assert_eq!(story.state.t0, Some(story.now + Span::minutes(180)));
    assert_eq!(projected_end(&story.state, story.now), end);
}

#[test]
fn steps_without_a_duration_are_counted_and_not_taken_for_nothing() {
    let yaml = CANARY.replace(
        "    duration: 10m\n    steps:\n      - { title: Push, run: ./push, duration: 2m }",
        "    steps:\n      - { title: Push, run: ./push }",
    );
    assert_ne!(yaml, CANARY);
    let mut story = Story::planned(&yaml, Some(clock("09:00")));
    assert_eq!(untimed(&story.state, story.now), 2, "push and look; the other phases say how long they take");
    story.start().does("deploy.1");
    assert_eq!(untimed(&story.state, story.now), 1);
    story.ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    assert_eq!(untimed(&story.state, story.now), 0);
}

#[test]
fn a_phase_that_takes_longer_than_it_says_has_steps_of_unknown_length() {
    let mut story = Story::planned(CANARY, Some(clock("09:00")));
    story.start().does("deploy.1").pass(Span::minutes(8));
    assert_eq!(untimed(&story.state, story.now), 0);
    story.pass(Span::minutes(5));
    assert_eq!(untimed(&story.state, story.now), 1, "nobody knows when the pods have been looked at");
}

#[test]
fn a_bake_that_does_not_count_moves_the_end_of_its_phase() {
    let yaml = CANARY.replace("bake: 60s", "bake: 1h");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(Span::minutes(20));
    let end = |story: &Story| slots(&story.state, story.now)[1].projected.map(|stretch| stretch.to);
    let counted = end(&story).unwrap();
    assert!(counted - story.now <= Span::minutes(41), "some 40 minutes are left of it");
    story.silence("app").pass(Span::minutes(10));
    let delay = end(&story).unwrap() - counted;
    assert!(delay > Span::minutes(9), "what is not known does not count: {delay}");
}

#[test]
fn clock_times_and_offsets_from_t_are_both_understood() {
    let yaml = CANARY
        .replace("    title: Deploy\n", "    title: Deploy\n    at: T-30m\n")
        .replace("    title: 100 %\n", "    title: 100 %\n    at: \"11:00\"\n");
    let story = Story::planned(&yaml, Some(clock("10:00")));
    let slots = slots(&story.state, story.now);
    assert_eq!(slots[0].planned.map(|stretch| stretch.from), Some(clock("09:30")));
    assert_eq!(slots[1].planned.map(|stretch| stretch.from), Some(clock("09:40")));
    assert_eq!(slots[2].planned.map(|stretch| stretch.from), Some(clock("11:00")));
}

#[test]
fn a_plan_that_begins_before_t_puts_t_after_the_start() {
    let yaml = CANARY.replace("    title: Deploy\n", "    title: Deploy\n    at: T-30m\n");
    let mut story = Story::of(&yaml);
    story.start();
    assert_eq!(story.state.t0, Some(clock("09:30")));
}

#[test]
fn the_latest_safe_rollback_leaves_its_budget_inside_the_window() {
    let story = Story::of(CANARY);
    let window = window(&story.state).unwrap();
    assert_eq!((window.opens, window.closes), (clock("08:00"), clock("12:00")));
    assert_eq!(window.latest_rollback, Some(clock("11:55")));
}

#[test]
fn what_is_planned_for_days_later_is_not_held_to_the_window() {
    let yaml = "warroom: 1\ntitle: Weeks\nwindow: { opens: '08:00', closes: '12:00' }\nphases:\n\
                  - { title: Tonight, at: T, duration: 1h, steps: [ { manual: Look } ] }\n\
                  - { title: Review, at: T+7d, duration: 30m, steps: [ { manual: Look again } ] }\n";
    let story = Story::planned(yaml, Some(clock("09:00")));
    let window = window(&story.state).unwrap();
    assert_eq!(projected_end_inside(&story.state, &window, story.now), Some(clock("10:00")));
    assert_eq!(projected_end(&story.state, story.now), Some(clock("09:30") + Span(7 * 24 * 60 * 60_000)));
}

#[test]
fn a_window_may_cross_midnight() {
    let yaml = CANARY.replace(r#"opens: "08:00", closes: "12:00""#, r#"opens: "23:00", closes: "03:00""#);
    let late = clock("22:00") + Span::minutes(150);
    for t0 in [clock("23:30"), late] {
        let story = Story::planned(&yaml, Some(t0));
        let window = window(&story.state).unwrap();
        assert_eq!(window.opens, clock("23:00"), "T at {}", t0.iso());
        assert_eq!(window.closes - window.opens, Span::HOUR + Span::HOUR + Span::HOUR + Span::HOUR);
    }
}

#[test]
fn before_an_overnight_window_opens_it_is_still_the_same_day() {
    let yaml = CANARY
        .replace(r#"opens: "08:00", closes: "12:00""#, r#"opens: "22:00", closes: "02:00""#)
        .replace("    title: Deploy\n", "    title: Deploy\n    at: \"21:30\"\n")
        .replace("    title: 10 %\n", "    title: 10 %\n    at: \"01:00\"\n");
    let slots = slots(&Story::of(&yaml).state, clock("09:00"));
    assert_eq!(slots[0].planned.map(|stretch| stretch.from), Some(clock("21:30")));
    assert_eq!(slots[1].planned.map(|stretch| stretch.from), Some(clock("21:30") + Span::minutes(210)));
}

#[test]
fn setting_the_wall_clock_moves_the_window_but_no_duration() {
    let mut story = Story::planned(CANARY, Some(clock("09:00")));
    let before = window(&story.state).unwrap();
    story.happens(warroom::room::Event::ClockStepped { by: Span::minutes(10) });
    let after = window(&story.state).unwrap();
    assert_eq!(before.closes - after.closes, Span::minutes(10), "the closing time comes ten minutes sooner");
    assert_eq!(after.closes - after.opens, before.closes - before.opens);
}
