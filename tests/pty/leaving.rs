//! Every way out leaves the terminal as it was, tells how it was left, and loses nothing of what ran.

use rustix::process::Signal;

use crate::harness::Screen;
use crate::quick::Quick;

#[test]
fn leaving_before_the_end_asks_and_says_so() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for("c ticks 5 required items").press("q").wait_for("Leave warroom").answer("leave");
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored().wait_for("The deployment was not started.");
    assert_eq!(screen.last_journalled("closed")["why"], "the operator left");
}

#[test]
fn esc_stays() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for("c ticks 5 required items").press("Ctrl-c").wait_for("Enter leave   Esc").press("Esc");
    screen.wait_gone("Leave warroom").wait_for(" STEPS ");
    assert_eq!(screen.count_journalled("closed"), 0);
}

#[test]
fn a_signal_ends_in_order() {
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT"), (Signal::HUP, "SIGHUP"), (Signal::QUIT, "SIGQUIT")]
    {
        let screen = Screen::start(&["demo"], 80, 24);
        screen.wait_for("c ticks 5 required items").signal(signal);
        assert_eq!(screen.exit_code(), 3, "{name}");
        screen.assert_terminal_restored();
        assert_eq!(screen.last_journalled("closed")["why"], format!("ended by {name}"));
    }
}

#[test]
fn a_running_step_is_let_end_after_the_operator_left() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    room.press("q").wait_for("is running: its end is waited for and recorded").answer("leave");
    room.wait_for("is still running; waiting for its end").assert_terminal_restored();
    room.let_it_end();
    assert_eq!(room.exit_code(), 3);
    room.assert_terminal_restored().wait_for("left in phase 2 Second");
    ended_well_and_closed(&room);
}

#[test]
fn a_running_step_is_let_end_after_the_connection_dropped() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    room.signal(Signal::HUP).wait_for("is still running; waiting for its end");
    // The connection drops for good: a second signal and nobody at the other end.
    room.signal(Signal::HUP);
    room.let_it_end();
    assert_eq!(room.exit_code(), 3);
    ended_well_and_closed(&room);
}

fn ended_well_and_closed(room: &Screen) {
    assert_eq!(room.last_journalled("step_done")["step"], "long");
    assert_eq!(room.count_journalled("step_failed"), 0);
    assert_eq!(room.journalled().last().unwrap().0, "closed");
}

#[test]
fn a_terminal_that_is_closed_ends_the_room_and_not_the_step() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    let go = room.folder().join("go");
    let (screen, _kept) = room.into_parts();
    let left = screen.close();
    std::fs::File::create(go).unwrap();
    assert_eq!(left.exit_code(), 3);
    let journal = std::fs::read_to_string(left.journal()).unwrap();
    let last = |from_end| journal.lines().rev().filter(|line| !line.contains("source_polled")).nth(from_end).unwrap();
    assert!(last(0).contains("\"closed\""), "{}", last(0));
    assert!(journal.contains("\"step_done\":{\"step\":\"long\""), "{}", last(1));
}

#[test]
fn a_suspended_screen_comes_back_whole() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for("c ticks 5 required items").press("Ctrl-z").wait_stopped().wait_for_main_screen().assert_terminal_restored();
    screen.signal(Signal::CONT).wait_for_full_screen().wait_for("c ticks 5 required items").wait_for(" STEPS ");
    screen.press("c").wait_for("0 of 5 required").press("q").answer("leave");
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored();
}

#[test]
fn stopped_by_somebody_else_it_paints_itself_anew() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for("c ticks 5 required items").signal(Signal::STOP).wait_stopped();
    screen.signal(Signal::CONT).wait_for_raw(b"\x1b[?1049h", 2).wait_for("c ticks 5 required items").signal(Signal::TERM);
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored();
}
