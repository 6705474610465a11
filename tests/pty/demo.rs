//! `warroom demo` played to its ends, by keys, in real time.

use crate::harness::Screen;

/// Ticks what has to be ticked, and begins.
fn ready(screen: &Screen) {
    screen.wait_for("c lists 5 items to tick").press("c").wait_for("0 of 5 required");
    for done in 1..=2 {
        screen.press("Space").wait_for(&format!("{done} of 5 required")).press("Down");
    }
    screen.press("e").answer_with("07:00", "fill in").wait_for("3 of 5 required");
    // Over the group's own line.
    screen.press("Down");
    for done in 4..=5 {
        screen.press("Down").press("Space").wait_for(&format!("{done} of 5 required"));
    }
    screen.wait_for("b begins the deployment").begin().to_main();
}

/// The first phase, and its gate.
fn deploy(screen: &Screen) {
    screen.wait_for("Enter runs 1.1").enter().wait_for("Enter runs 1.2").enter();
    screen.wait_for("decides the gate").vote_go(&["commander", "sre"]).go();
}

#[test]
fn the_demo_is_played_to_its_end() {
    let screen = Screen::start(&["demo"], 80, 24);
    ready(&screen);
    deploy(&screen);
    for (step, phase) in [("2.1", "canary"), ("3.1", "half"), ("4.1", "all")] {
        screen.wait_for(&format!("Enter runs {step}")).enter();
        if phase == "all" {
            // Its warning is read before it runs.
            screen.wait_for("From here on everybody uses 2.4.0").answer("run");
        }
        screen.wait_for("decides the gate").vote_go(&["commander", "sre"]).go();
    }
    screen.wait_for("Enter runs 5.1").enter().wait_for("Enter runs 5.2").enter();
    screen.wait_for("Enter runs 5.3").enter().wait_for("d when done").press("d").answer("done");
    screen.wait_for("decides the gate").vote_go(&["commander"]).go();
    screen.wait_for("done: the deployment is completed").press("q");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_terminal_restored().wait_for("The deployment was completed.");
    assert_eq!(screen.count_journalled("deployment_completed"), 1);
    assert_eq!(screen.count_journalled("step_failed"), 0);
    assert_eq!(screen.count_journalled("gate_decided"), 5);
}

#[test]
fn errors_at_the_canary_roll_back_by_themselves_while_the_fault_is_on() {
    let screen = Screen::start(&["demo"], 200, 60);
    ready(&screen);
    deploy(&screen);
    screen.wait_for("Enter runs 2.1").enter().wait_for("Watch 10 %").press("F");
    screen.wait_for_all(&["Break the demo's target", "Enter do it   Esc"]).press("Down").press("Down").answer("do it");
    screen.wait_for("the fault is now: errors");
    screen.wait_for("the rollback starts in").wait_for("rolled back, and verified").press("q");
    assert_eq!(screen.exit_code(), 4);
    screen.assert_terminal_restored().wait_for("rolled back, and that was verified");
    let names: Vec<String> = screen.journalled().into_iter().map(|(name, _)| name).collect();
    let place = |wanted: &str| names.iter().position(|name| name == wanted).unwrap_or_else(|| panic!("no {wanted}: {names:?}"));
    let order = ["trigger_pending", "trigger_fired", "rollback_started", "rollback_ended", "closed"].map(place);
    assert!(order.is_sorted(), "{names:?}");
    assert_eq!(screen.last_journalled("rollback_ended")["verified"], true);
}
