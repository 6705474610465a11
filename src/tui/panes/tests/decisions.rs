//! What each person at a gate or before a proposed rollback is told to do.

use crate::measure::judge::{Judgement, Verdict};
use crate::measure::reading::Reading;
use crate::room::event::{Event, Mode, Vote};
use crate::room::people::Person;
use crate::runbook::load;
use crate::time::Span;
use crate::tui::panes::main_screen;
use crate::tui::view::Screen;

use super::{Look, Story, at};

const PLAN: &str = r#"
warroom: 1
title: Teapot shop 2.4.0
roles:
  commander: { title: Deployment commander, people: [ ana ], may: command }
  sre: { title: SRE, people: [ bo ], may: vote }
  qa: { title: QA, people: [ cy ], may: vote }
  guest: { title: Guest, people: [ dee ], may: observe }
sources:
  app: { scrape: "http://127.0.0.1:1/metrics", every: 5s }
metrics:
  errors: { title: error rate, unit: "%", source: app, query: errors }
  p95: { unit: ms, source: app, query: p95 }
  cpu: { unit: "%", source: app, query: cpu }
phases:
  - id: canary
    title: Canary
    steps:
      - { title: Send a tenth there, run: "true" }
    gate: { question: Go on with everybody?, poll: [ sre, qa ], no_go: rollback }
triggers:
  - { title: Too many errors, when: errors > 5%, then: propose }
  - { title: Answers are slow, when: p95 > 500ms, then: propose }
  - { title: The processors have nothing left to give, when: cpu > 90%, then: propose }
rollback:
  budget: 5m
  steps: [ { title: Back to green, run: "true" } ]
"#;

/// Four people are here, and the deployment has begun.
fn begun() -> Story {
    let mut story = Story::open(load("shop.yaml", PLAN).unwrap(), Mode::Live, "07:40:00");
    for (uid, name) in (1_000..).zip(["ana", "bo", "cy", "dee"]) {
        let person = Person {
            operator: name.into(),
            account: name.to_owned(),
            uid,
            login_uid: Some(uid),
            groups: Vec::new(),
            verified: true,
        };
        story.tell("07:41:00", Event::OperatorJoined { person });
    }
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "canary".into() });
    story
}

fn at_the_gate() -> Story {
    let mut story = begun();
    story.started("08:00:10", "canary.1");
    story.done("08:00:20", "canary.1");
    story.tell("08:01:00", Event::GateOpened { phase: "canary".into(), instance: 1 });
    story
}

fn voted(story: &mut Story, role: &str, vote: Vote, by: &str) {
    story.tell(
        "08:01:10",
        Event::VoteCast {
            phase: "canary".into(),
            instance: 1,
            role: role.into(),
            vote,
            reason: String::new(),
            by: by.into(),
            by_voice: false,
            saw: None,
        },
    );
}

fn fired(story: &mut Story, triggers: &[(&str, &str, f64)]) {
    for (trigger, metric, value) in triggers {
        story.polled(at("08:00:55"), "app", &[(metric, Reading::Number(*value))]);
        let evidence = Judgement {
            criterion: String::new(),
            verdict: Verdict::Pass,
            now: String::new(),
            must_be: String::new(),
            held: Some(Span::ZERO),
            reason: String::new(),
        };
        story.tell("08:00:55", Event::TriggerFired { trigger: (*trigger).into(), evidence, rollback_at: None });
    }
}

const ALL_THREE: [(&str, &str, f64); 3] = [("trigger-1", "errors", 6.2), ("trigger-2", "p95", 800.0), ("trigger-3", "cpu", 97.0)];

fn next(story: &Story, who: &str, screen: Screen) -> String {
    let mut look = Look::at("08:01:30").by(who);
    look.view.screen = screen;
    look.view.size = (160, 24);
    let shown = look.text(story, (160, 24), |frame, _, scene| crate::tui::screen::draw(frame, scene));
    shown.lines().find_map(|line| line.split_once(" next: ")).map(|(_, next)| next.trim().to_owned()).unwrap_or_default()
}

#[test]
fn at_a_gate_each_is_told_what_they_can_do_or_whom_they_wait_for() {
    let mut story = at_the_gate();
    let main = |story: &Story, who: &str| next(story, who, Screen::Main);
    assert_eq!(main(&story, "ana"), "g decides the gate, open for 0:30, 2 votes missing: Go on with everybody?");
    assert_eq!(main(&story, "bo"), "g, then v votes for sre, open for 0:30: Go on with everybody?");
    let dee = "waiting for the vote of sre (bo), qa (cy), then for ana to decide, open for 0:30: Go on with everybody?";
    assert_eq!(main(&story, "dee"), dee);
    assert_eq!(next(&story, "dee", Screen::Gate), dee, "on the gate's own screen too there is no key for a guest");
    assert_eq!(next(&story, "ana", Screen::Gate), "r records votes, a says GO, n says NO-GO, 2 votes missing");

    voted(&mut story, "sre", Vote::Go, "bo");
    voted(&mut story, "qa", Vote::NoGo, "cy");
    assert_eq!(main(&story, "bo"), "waiting for ana to decide, qa NO-GO, open for 0:30: Go on with everybody?");
    assert_eq!(main(&story, "ana"), "g decides the gate, open for 0:30, qa NO-GO: Go on with everybody?");
}

#[test]
fn who_does_not_command_is_told_who_runs_the_next_step() {
    let story = begun();
    assert_eq!(next(&story, "ana", Screen::Main), "Enter runs 1.1 Send a tenth there");
    assert_eq!(next(&story, "bo", Screen::Main), "waiting for ana to run 1.1 Send a tenth there");
    let mut story = story;
    story.tell("08:00:30", Event::OperatorLeft { operator: "ana".into(), why: "gone".to_owned() });
    assert_eq!(next(&story, "bo", Screen::Main), "waiting for a commander to run 1.1 Send a tenth there");
}

#[test]
fn every_proposal_is_listed_and_what_is_next_is_to_decide_on_them() {
    let mut story = begun();
    fired(&mut story, &ALL_THREE[..1]);
    assert_eq!(next(&story, "ana", Screen::Main), "ROLLBACK PROPOSED: R rolls back, v vetoes (Too many errors)");
    fired(&mut story, &ALL_THREE[1..]);
    let all = "(Too many errors, Answers are slow, The processors have nothing left to give)";
    let ana = format!("ROLLBACK PROPOSED by 3 triggers: R rolls back, v vetoes each {all}");
    assert_eq!(next(&story, "ana", Screen::Main), ana);
    let dee = format!("ROLLBACK PROPOSED by 3 triggers: waiting for ana to decide {all}");
    assert_eq!(next(&story, "dee", Screen::Main), dee);
    let mut look = Look::at("08:01:30");
    insta::assert_snapshot!("proposals_80x24", look.text(&story, (80, 23), main_screen::draw));
    look.view.size = (200, 60);
    insta::assert_snapshot!("proposals_200x60", look.text(&story, (200, 59), main_screen::draw));
}

#[test]
fn an_alert_goes_on_in_the_next_row_and_loses_no_word() {
    let mut story = begun();
    fired(&mut story, &ALL_THREE[2..]);
    // Nothing was measured for half a minute: that it is true is shown from here on.
    story.polled(at("08:01:28"), "app", &[("cpu", Reading::Number(97.0))]);
    let shown = Look::at("08:01:30").text(&story, (60, 23), main_screen::draw);
    for word in ["The processors have nothing left to give:", "97 % for 0:02", "(since 08:01:28)", "R roll back, v veto"] {
        assert!(shown.contains(word), "{word}:\n{shown}");
    }
}
