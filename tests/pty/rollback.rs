//! The way back: by hand, proposed, vetoed; and evidence that is bad or not there at all.

use warroom::link::Fault;

use crate::quick::{QUICK, Quick};

#[test]
fn a_veto_stops_the_countdown_and_its_reason_is_kept() {
    let room = Quick::after_the_first_phase();
    room.fault(Fault::Errors);
    room.wait_for("the rollback starts in").press("v").answer_with("known and harmless", "veto");
    room.wait_gone("the rollback starts in");
    assert_eq!(room.last_journalled("trigger_vetoed")["reason"], "known and harmless");
    assert_eq!(room.count_journalled("rollback_started"), 0);
    // The evidence is still bad, the trigger keeps quiet, and the deployment goes on.
    room.wait_for("Enter runs 2.1");
    assert_eq!(room.count_journalled("trigger_fired"), 1);
}

#[test]
fn a_proposal_rolls_back_only_by_a_person() {
    let room = Quick::on(&QUICK.replace("then: rollback, countdown: 8s", "then: propose"), 80, 24);
    room.through_the_first_phase();
    room.fault(Fault::Errors);
    room.wait_for("ROLLBACK PROPOSED");
    room.wait_for("next: ROLLBACK PROPOSED: R rolls back, v vetoes").press("R").answer_with("it proposes well", "ROLL BACK");
    room.wait_for("rolled back, and verified");
    let started = room.last_journalled("rollback_started");
    assert_eq!(started["reason"], "it proposes well");
    assert!(started["by"]["operator"].is_string(), "{started}");
    room.press("q");
    assert_eq!(room.exit_code(), 4);
    room.assert_terminal_restored();
}

#[test]
fn a_script_that_ignores_term_does_not_hold_up_the_rollback() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    room.press("R").wait_for("Stops 2.1 Something long first: TERM").answer_with("users complain", "ROLL BACK");
    room.wait_for("rolled back, and verified");
    let names: Vec<String> = room.journalled().into_iter().map(|(name, _)| name).collect();
    let place = |wanted: &str| names.iter().position(|name| name == wanted).unwrap_or_else(|| panic!("no {wanted}: {names:?}"));
    assert!(place("step_cancelled") < place("step_failed") && place("step_failed") < place("rollback_ended"), "{names:?}");
    assert_eq!(room.last_journalled("step_failed")["step"], "long");
    // Its output is kept to the end.
    room.press("l").press("/").type_text("2.1 FAILED");
    room.wait_for("/ 2.1 FAILED_").press("Enter").wait_for("2.1 FAILED, ");
}

#[test]
fn a_step_and_a_gate_against_a_service_that_hangs() {
    unknown_is_not_good(Fault::Hang);
}

#[test]
fn a_step_and_a_gate_against_a_service_that_is_down() {
    unknown_is_not_good(Fault::Down);
}

/// The step fails and is tried again once the service is well; no gauge, bake or gate takes silence for good.
fn unknown_is_not_good(fault: Fault) {
    let room = Quick::open();
    room.begin().wait_for("Enter runs 1.1").enter().wait_for("Enter runs 1.2");
    room.fault(fault);
    room.wait_until_text("every gauge to be unknown", |screen| {
        ["errors ", "cpu ", "memory ", "p95 "].iter().all(|gauge| {
            screen.lines().filter_map(|line| line.split_once("│")).any(|(_, pane)| pane.contains(gauge) && pane.contains("??"))
        })
    });
    room.enter().wait_for("1.2 failed: r tries again");
    room.fault(Fault::None);
    room.wait_until_text("health to be up", |screen| screen.lines().any(|line| line.contains("health ") && line.contains("ok")));
    room.press("r").wait_for("decides the gate").vote_go(&["commander"]).wait_for("advice: GO");
    room.fault(fault);
    room.wait_for("UNKNOWN").wait_gone("advice: GO");
    room.press("a").wait_for_all(&["GO AGAINST THE EVIDENCE", "Enter GO with waiver   Esc"]).press("Esc");
    room.wait_gone("GO AGAINST THE EVIDENCE");
    assert_eq!(room.count_journalled("gate_decided"), 0);
    room.fault(Fault::None);
    room.go().wait_for("Enter runs 2.1");
}

#[test]
fn go_against_the_evidence_needs_a_reason_that_is_kept_beside_it() {
    let room = Quick::open();
    room.to_the_first_gate();
    room.fault(Fault::Hang);
    room.press("g").wait_for_all(&["open for", "UNKNOWN"]).press("a").wait_for("GO AGAINST THE EVIDENCE");
    room.wait_for("Enter GO with waiver   Esc").press("Enter").wait_for("it needs a text");
    assert_eq!(room.count_journalled("gate_decided"), 0);
    room.type_text("the board said so").wait_for("> the board said so");
    room.enter().wait_for("Enter runs 2.1");
    let decided = room.last_journalled("gate_decided");
    assert_eq!(decided["decision"]["go"]["waiver"], "the board said so", "{decided}");
    assert_eq!(decided["evidence"].as_array().map(Vec::len), Some(2), "{decided}");
}
