use warroom::measure::judge::Verdict::{Fail, Pass, Unknown};
use warroom::measure::reading::Reading;
use warroom::room::Action;
use warroom::room::event::{Decision, Event, Vote};
use warroom::room::state::{Ending, PhaseStatus, Stage};

use super::{CANARY, at_the_gate};
use crate::story::seconds;

fn go(waiver: Option<&str>) -> Action {
    Action::Go { phase: "canary".into(), waiver: waiver.map(str::to_owned) }
}

#[test]
fn the_gate_opens_when_the_steps_are_done_and_go_takes_evidence_and_votes() {
    let mut story = at_the_gate();
    assert_eq!(story.verdicts("canary"), [Pass, Pass, Pass, Pass]);
    story.refused(go(None), "commander has not voted; sre has not voted: GO needs a waiver");
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).go("canary");
    assert!(matches!(story.phase("canary"), PhaseStatus::Over { .. }));
    let decided = story.events().find_map(|event| match event {
        Event::GateDecided { decision, evidence, .. } => Some((decision.clone(), evidence.len())),
        _ => None,
    });
    assert_eq!(decided, Some((Decision::Go { waiver: None }, 4)), "the evidence is frozen with the decision");
    story.replays_to_the_same_state();
}

#[test]
fn a_stale_metric_never_passes_a_gate() {
    let mut story = at_the_gate();
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go);
    story.silence("app").pass(seconds(30));
    assert_eq!(story.verdicts("canary"), [Unknown, Unknown, Pass, Unknown]);
    story.refused(go(None), "error_rate < 0.5% UNKNOWN");
    story.replays_to_the_same_state();
}

#[test]
fn whatever_is_not_a_good_number_keeps_the_gate_from_passing() {
    let cases = [
        (Reading::Number(0.9), Fail),
        (Reading::of(f64::NAN), Unknown),
        (Reading::of(f64::INFINITY), Unknown),
        (Reading::Missing("no series".into()), Unknown),
        (Reading::Invalid("a web page".into()), Unknown),
    ];
    for (reading, verdict) in cases {
        let mut story = at_the_gate();
        story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).reads("error_rate", reading).poll();
        assert_eq!(story.verdicts("canary")[0], verdict);
        story.refused(go(None), "GO needs a waiver");
    }
}

#[test]
fn going_against_the_evidence_takes_a_reason_which_is_recorded() {
    let mut story = at_the_gate();
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::NoGo);
    story.refused(go(Some("   ")), "sre votes NO-GO");
    story.ask(go(Some("the two errors are the load test's")));
    let waived = story.events().any(|event| {
        matches!(event, Event::GateDecided { decision: Decision::Go { waiver: Some(why) }, .. } if why.contains("load test"))
    });
    assert!(waived);
    story.replays_to_the_same_state();
}

#[test]
fn a_waiver_that_was_not_needed_is_not_recorded_as_one() {
    let mut story = at_the_gate();
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).ask(go(Some("just in case")));
    assert!(story.events().any(|event| matches!(event, Event::GateDecided { decision: Decision::Go { waiver: None }, .. })));
}

#[test]
fn no_go_needs_a_reason_and_starts_what_the_runbook_says() {
    let mut story = at_the_gate();
    story.refused(Action::NoGo { phase: "canary".into(), reason: String::new() }, "needs a reason");
    story.ask(Action::NoGo { phase: "canary".into(), reason: "cart errors".into() });
    assert_eq!(story.state.stage, Stage::RollingBack);
    story.replays_to_the_same_state();
}

#[test]
fn no_go_may_mean_to_do_a_phase_again() {
    let yaml = CANARY.replace("no_go: rollback", "no_go: deploy");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(65)).ask(Action::NoGo { phase: "canary".into(), reason: "wrong image".into() });
    assert_eq!(story.state.stage, Stage::Underway { phase: 0 });
    assert_eq!(story.phase("canary"), PhaseStatus::Waiting);
    story.does("deploy.1");
    assert_eq!(story.state.steps["deploy.1"].attempt, 2);
    story.replays_to_the_same_state();
}

#[test]
fn a_gate_put_on_hold_stays_open_and_go_ends_the_hold() {
    let mut story = at_the_gate();
    story.ask(Action::HoldGate { phase: "canary".into(), reason: "sre is on the phone".into() });
    assert!(story.state.hold.is_some());
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).go("canary");
    assert!(story.state.hold.is_none());
    story.replays_to_the_same_state();
}

#[test]
fn nobody_votes_who_is_not_polled_and_votes_for_a_closed_gate_are_refused() {
    let mut story = at_the_gate();
    let vote = |phase: &str, role: &str| Action::Vote {
        phase: phase.into(),
        role: role.into(),
        vote: Vote::Go,
        reason: String::new(),
        by_voice: true,
        saw: None,
    };
    story.refused(vote("canary", "qa"), "qa is not polled");
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).go("canary");
    story.refused(vote("canary", "sre"), "the deployment is in phase 3");
}

#[test]
fn the_last_phase_without_a_gate_completes_the_deployment() {
    let mut story = at_the_gate();
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).go("canary");
    story.does("full.1").pass(seconds(31));
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    story.replays_to_the_same_state();
}

#[test]
fn no_go_to_the_phase_itself_does_it_again_and_forgets_what_was_confirmed() {
    let yaml = CANARY
        .replace("no_go: rollback", "no_go: canary")
        .replace("no critical metrics ]\n      poll", "no critical metrics, 'operator confirms \"no complaints\"' ]\n      poll");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(65)).ask(Action::Confirm { what: "no complaints".into() });
    assert_eq!(story.verdicts("canary").last(), Some(&Pass));
    story.ask(Action::NoGo { phase: "canary".into(), reason: "once more".into() });
    assert_eq!(*story.status("canary.1"), warroom::room::state::StepStatus::Waiting);
    assert_eq!(story.verdicts("canary").last(), Some(&Unknown));
    story.replays_to_the_same_state();
}

#[test]
fn no_go_to_a_phase_waits_for_what_runs() {
    let yaml = CANARY.replace("no_go: rollback", "no_go: deploy");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.ask(Action::OpenGate { phase: "canary".into() }).run("canary.1");
    story.refused(Action::NoGo { phase: "canary".into(), reason: "wrong".into() }, "2.1 is still running");
    story.ends("canary.1");
    assert!(matches!(story.phase("canary"), PhaseStatus::Active { .. }));
}

#[test]
fn go_with_a_fired_trigger_needs_a_waiver() {
    let mut story = at_the_gate();
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go);
    story.measures("p95", 1500.0).pass(seconds(8)).measures("p95", 100.0);
    story.refused(go(None), "trigger \"p95 high\" has fired");
}

#[test]
fn a_gate_is_not_passed_on_what_was_measured_before_the_last_step() {
    let yaml = CANARY.replace("      - { bake: 60s, while: [ error_rate < 0.5%, p95 < 200ms ] }\n", "");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() }).does("canary.1");
    assert_eq!(story.verdicts("canary"), [Unknown, Unknown, Unknown, Unknown]);
    story.pass(seconds(1));
    assert_eq!(story.verdicts("canary"), [Pass, Pass, Pass, Pass]);
}

#[test]
fn a_holding_time_in_a_gate_begins_with_the_last_action_at_the_earliest() {
    let yaml = CANARY
        .replace("      - { bake: 60s, while: [ error_rate < 0.5%, p95 < 200ms ] }\n", "")
        .replace("require: [ error_rate < 0.5%, p95", "require: [ error_rate < 0.5% for 10s, p95");
    let mut story = super::healthy(&yaml);
    story.pass(seconds(60)).start().does("deploy.1");
    story.ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() }).does("canary.1").pass(seconds(5));
    assert_eq!(story.verdicts("canary"), [Unknown, Pass, Pass, Pass]);
    let why = &story.state.gate_evidence(1, story.now)[0].reason;
    assert_eq!(why, "held for 0:04 of 0:10, counted from the last action");
    story.pass(seconds(6));
    assert_eq!(story.verdicts("canary"), [Pass, Pass, Pass, Pass]);
}
