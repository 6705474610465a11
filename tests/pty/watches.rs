//! What is looked at again and again, and who signs at the end, on the screen.

use crate::harness::Screen;

/// The second tick is the last for an hour, so that nothing here hangs on how fast anything is.
const WATCHED: &str = "
warroom: 1
title: Watched
roles: { commander: Commander }
phases:
  - { id: work, title: Work, steps: [ { title: Look, manual: Look at it } ] }
watch:
  - { title: Pulse, from: work, every: { 2s: 4s, 1h: 10h }, within: 1s, items: [ It is alive, It is well ] }
sign_off: { roles: [ commander ] }
";

#[test]
fn each_tick_of_a_watch_is_due_overdue_and_missed_before_the_eyes_and_then_it_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watched.yaml");
    std::fs::write(&file, WATCHED).unwrap();
    let screen = Screen::start(&["run", file.to_str().unwrap()], 80, 24);
    screen.wait_for("b begins the deployment").begin();
    screen.enter().wait_for("d when done");
    // Nobody looks while the plan goes on: the first tick is missed, the second waits for somebody.
    screen.wait_for("c ticks Pulse: 1 MISSED, tick 2 of 11 OVERDUE since");
    screen.press("c").wait_for_all(&["0 of 2 required", "> [ ] 1.1 It is alive"]);
    screen.press("Space").wait_for("[x] 1.1").press("Down").wait_for("> [ ] 1.2").press("Space");
    screen.wait_for_all(&["complete, 2 of 2 required", "tick 2 of 11 done"]).to_main().wait_gone("ticks Pulse");
    // The plan is done, and not completed before it is signed.
    screen.press("d").answer("done").wait_for("S signs for commander, and the deployment is completed");
    screen.press("S").answer("next");
    screen
        .wait_for_all(&["> accepted", "accepted with remarks", "refused: does not accept it"])
        .answer("next")
        .answer_with("as planned", "sign");
    screen.wait_for("COMPLETED").press("c").wait_for_all(&["[x] commander", "accepted, ", "as planned"]);
    screen.to_main().press("q");
    assert_eq!(screen.exit_code(), 0);
}
