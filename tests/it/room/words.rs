//! A person's word counts for what asked for it, and is asked for anew by the next.

use warroom::measure::judge::Verdict::{Pass, Unknown};
use warroom::room::event::Event;
use warroom::room::state::{Stage, StepStatus, TriggerState};
use warroom::room::{Action, say};

use crate::story::{Story, seconds};

const TWO_GATES: &str = r#"
warroom: 1
title: Two gates
roles: { sre: { title: SRE } }
sources: { app: { scrape: "http://127.0.0.1:1/", every: 1s, deadline: 1s } }
metrics: { errors: { unit: "%", source: app, query: errors } }
phases:
  - id: one
    title: One
    steps: [ { run: ./one } ]
    gate: { question: On?, require: operator confirms "no complaints", no_go: hold, expires: 10m }
  - id: two
    title: Two
    steps: [ { run: ./two } ]
    gate: { question: On?, require: operator confirms "no complaints", no_go: one }
  - id: three
    title: Three
    steps: [ { until: operator confirms "no complaints", timeout: 1h } ]
triggers:
  - { title: Unhappy, when: operator confirms "users are locked out", then: propose }
rollback: { budget: 1m, verify: operator confirms "no complaints", steps: [ { run: ./back } ] }
"#;

fn word() -> Action {
    Action::Confirm { what: "no complaints".into() }
}

fn at_the_first_gate() -> Story {
    let mut story = Story::of(TWO_GATES);
    story.start().does("one.1");
    story
}

fn go(phase: &str) -> Action {
    Action::Go { phase: phase.into(), waiver: None }
}

#[test]
fn a_word_given_at_one_gate_is_asked_for_anew_by_the_next() {
    let mut story = at_the_first_gate();
    story.ask(word()).pass(seconds(1)).ask(go("one")).pass(seconds(3_600)).does("two.1");
    assert_eq!(story.verdicts("two"), [Unknown], "somebody said it an hour ago, at another gate");
    let why = story.state.gate_evidence(1, story.now)[0].reason.clone();
    assert_eq!(why, "nobody has confirmed \"no complaints\" here: ana did at 09:00:00, for gate 1");
    story.refused(go("two"), "operator confirms \"no complaints\" UNKNOWN");
    story.ask(word()).ask(go("two")).run("three.1");
    assert!(matches!(story.status("three.1"), StepStatus::Running { .. }), "the step asks once more");
    story.pass(seconds(5)).ask(word());
    assert!(matches!(story.status("three.1"), StepStatus::Done { .. }));
}

#[test]
fn a_gate_that_is_opened_again_asks_again() {
    let mut story = at_the_first_gate();
    story.ask(word());
    assert_eq!(story.verdicts("one"), [Pass]);
    story.refused(word(), "ana has confirmed it already");
    story.pass(seconds(601)).ask(Action::Resume);
    assert_eq!(story.state.phases[0].gate.instance, 2);
    assert_eq!(story.verdicts("one"), [Unknown]);
}

#[test]
fn a_word_from_before_the_last_action_says_nothing_about_that() {
    let mut story = at_the_first_gate();
    story.ask(word()).pass(seconds(60)).ask(go("one")).does("two.1").ask(word());
    story.ask(Action::NoGo { phase: "two".into(), reason: "once more from the start".into() });
    story.does("one.1");
    assert_eq!(story.verdicts("one"), [Unknown]);
    story.ask(word()).ask(go("one")).does("two.1");
    assert_eq!(story.verdicts("two"), [Unknown]);
}

#[test]
fn nobody_gives_their_word_before_it_is_asked_for() {
    let mut story = Story::of(TWO_GATES);
    story.start();
    story.refused(word(), "nothing asks now to confirm \"no complaints\": it is asked by the gate of phase 1 once it is open");
    story.refused(word(), "3.1 while it runs, and by the rollback once its steps are done");
    assert!(story.state.statements().is_empty());
}

#[test]
fn the_verification_of_a_rollback_asks_once_its_steps_are_done() {
    let mut story = at_the_first_gate();
    story.ask(word()).ask(Action::RollBack { reason: "errors".into() });
    story.refused(word(), "once its steps are done");
    story.ends("rollback.1");
    assert_eq!(story.state.stage, Stage::RollingBack, "the word was given at a gate");
    story.pass(seconds(1)).ask(word());
    assert!(matches!(story.state.stage, Stage::Ended(..)));
}

#[test]
fn a_trigger_counts_a_word_for_the_phase_it_was_given_in() {
    let yaml = TWO_GATES
        .replace("when: operator confirms \"users are locked out\"", "when: operator confirms \"no complaints\" and errors > 1%");
    let mut story = Story::of(&yaml);
    story.measures("errors", 0.0).start().does("one.1").pass(seconds(1)).ask(word()).ask(go("one")).does("two.1");
    story.measures("errors", 5.0).pass(seconds(2));
    let trigger = || story.state.runbook.triggers[0].id.clone();
    assert!(matches!(story.state.triggers[&trigger()], TriggerState::Quiet), "said of the phase before");
    story.ask(word());
    assert!(matches!(story.state.triggers[&story.state.runbook.triggers[0].id], TriggerState::Fired { .. }));
}

#[test]
fn what_is_recorded_says_what_asked() {
    let mut story = at_the_first_gate();
    story.ask(word());
    let said = story.state.log.iter().last().map(|line| line.text.clone());
    assert_eq!(said.as_deref(), Some("ana confirms \"no complaints\", for gate 1"));
    let asked_by = story.events().find_map(|event| match event {
        Event::Confirmed { asked_by, .. } => Some(asked_by.clone()),
        _ => None,
    });
    assert_eq!(asked_by.unwrap().iter().map(|asker| say::asker(&story.state, asker)).collect::<Vec<_>>(), ["gate 1"]);
}

#[test]
fn a_word_of_an_older_journal_counts_wherever_it_is_asked_for_as_it_did_then() {
    let mut story = at_the_first_gate();
    story.happens(Event::Confirmed { what: "no complaints".into(), by: "ana".into(), asked_by: Vec::new() });
    story.ask(go("one")).does("two.1");
    assert_eq!(story.verdicts("two"), [Pass]);
    story.ask(Action::WithdrawConfirmation { what: "no complaints".into() });
    assert_eq!(story.verdicts("two"), [Unknown]);
}
