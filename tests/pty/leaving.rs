//! Every way out leaves the terminal as it was and says how it was left. The room goes on without its screen, until it is
//! closed, and loses nothing of what ran.

use rustix::process::Signal;

use crate::harness::{Screen, rooms_of};
use crate::quick::Quick;

const READY: &str = "c lists 5 items to tick";

/// Another screen at the room of this home.
fn attach(left: &Screen) -> Screen {
    Screen::start_at_home(&["attach"], 80, 24, left.shared_home())
}

/// The same by somebody who has not said who they are.
fn attach_unnamed(left: &Screen) -> Screen {
    let unnamed = [("WARROOM_AS", "")];
    Screen::program(env!("CARGO_BIN_EXE_warroom"), &["attach"], &unnamed, 80, 24, left.shared_home())
}

#[test]
fn leaving_asks_and_the_room_goes_on_until_it_is_closed() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for(READY).press("q").wait_for("Leave, or close the room").answer("choose");
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored().wait_for("The room goes on").wait_for("warroom attach");
    assert_eq!(screen.count_journalled("closed"), 0);
    let again = attach(&screen);
    again.wait_for(READY).close_room();
    assert_eq!(again.exit_code(), 3);
    again.assert_terminal_restored().wait_for("The deployment was not started.");
    assert_eq!(again.last_journalled("closed")["why"], "the operator left");
}

#[test]
fn esc_stays() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for(READY).press("Ctrl-c").wait_for("Enter choose   Esc").press("Esc");
    screen.wait_gone("Leave, or close").wait_for(" STEPS ");
    assert_eq!(screen.count_journalled("closed"), 0);
}

#[test]
fn a_signal_ends_the_screen_in_order_and_not_the_room() {
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT"), (Signal::HUP, "SIGHUP"), (Signal::QUIT, "SIGQUIT")]
    {
        let screen = Screen::start(&["demo"], 80, 24);
        screen.wait_for(READY).signal(signal);
        assert_eq!(screen.exit_code(), 3, "{name}");
        screen.assert_terminal_restored().wait_for("The room goes on");
        assert_eq!((screen.count_journalled("closed"), rooms_of(screen.home()).len()), (0, 1), "{name}");
    }
}

#[test]
fn a_room_that_is_kept_in_the_screens_process_ends_with_it() {
    let screen = Screen::start(&["demo", "--foreground"], 80, 24);
    screen.wait_for(READY).press("q").wait_for("Leave warroom").answer("leave");
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored().wait_for("The deployment was not started.");
    assert_eq!(screen.last_journalled("closed")["why"], "the operator left");
    assert!(rooms_of(screen.home()).is_empty());
}

#[test]
fn a_running_step_is_let_end_before_the_room_closes() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    room.close_room().wait_for("is still running; waiting for its end").assert_terminal_restored();
    room.let_it_end();
    assert_eq!(room.exit_code(), 3);
    room.assert_terminal_restored().wait_for("left in phase 2 Second");
    assert_eq!(room.last_journalled("step_done")["step"], "long");
    assert_eq!(room.count_journalled("step_failed"), 0);
    assert_eq!(room.journalled().last().unwrap().0, "closed");
}

#[test]
fn a_screen_that_is_killed_is_not_missed_and_another_takes_its_place() {
    for signal in [Signal::KILL, Signal::HUP] {
        let room = Quick::after_the_first_phase();
        room.start_the_long_step();
        room.signal(signal);
        assert_eq!(room.exit_code(), if signal == Signal::KILL { 128 + 9 } else { 3 });
        let again = attach(&room);
        again.wait_for("2.1 Something long runs for");
        room.let_it_end();
        again.wait_for("2.1 done, exit 0").close_room();
        assert_eq!(again.exit_code(), 3);
        assert_eq!(again.last_journalled("step_done")["step"], "long");
        assert_eq!((again.count_journalled("step_failed"), again.count_journalled("resumed")), (0, 0));
    }
}

#[test]
fn a_terminal_that_is_closed_ends_neither_the_room_nor_the_step() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    let go = room.folder().join("go");
    let (screen, _kept) = room.into_parts();
    let left = screen.close();
    assert_eq!(left.exit_code(), 3);
    let again = attach(&left);
    again.wait_for("2.1 Something long runs for");
    std::fs::File::create(go).unwrap();
    again.wait_for("2.1 done, exit 0");
}

#[test]
fn two_screens_at_one_room_see_each_others_ticks() {
    let one = Screen::start(&["demo"], 80, 24);
    one.wait_for(READY);
    let other = attach_unnamed(&one);
    // Nobody can tell whether it is the same person once more.
    other.wait_for_all(&["Who are you?", "Enter come in by it"]).press("Esc").wait_gone("Who are you?");
    other.wait_for(READY).press("c").wait_for("0 of 5 required").press("Space").wait_for("1 of 5 required");
    one.wait_for("c lists 4 items to tick").press("c").wait_for("1 of 5 required");
    one.press("Space").wait_for("2 of 5 required");
    other.wait_for("2 of 5 required");
    one.close_room();
    assert_eq!(one.exit_code(), 3);
    other.wait_for("ROOM ENDED").press("q");
    other.exit_code();
    other.assert_terminal_restored();
}

#[test]
fn who_comes_by_an_account_that_others_use_is_asked_for_a_name() {
    let one = Screen::start(&["demo"], 80, 24);
    one.wait_for(READY);
    let other = attach_unnamed(&one);
    other.wait_for("Who are you?").answer_with("bo", "come in by it");
    other.wait_for(READY);
    assert_eq!(other.last_journalled("operator_joined")["person"]["operator"], "bo");
    // Who says their name at once is not asked.
    let third = Screen::start_at_home(&["attach", "--as", "cy"], 80, 24, one.shared_home());
    third.wait_for(READY);
    assert_eq!(third.last_journalled("operator_joined")["person"]["operator"], "cy");
    one.close_room();
    one.exit_code();
}

#[test]
fn a_suspended_screen_comes_back_whole() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for(READY).press("Ctrl-z").wait_stopped().wait_for_main_screen().assert_terminal_restored();
    screen.signal(Signal::CONT).wait_for_full_screen().wait_for(READY).wait_for(" STEPS ");
    screen.press("c").wait_for("0 of 5 required").close_room();
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored();
}

#[test]
fn stopped_by_somebody_else_it_paints_itself_anew() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for(READY).signal(Signal::STOP).wait_stopped();
    screen.signal(Signal::CONT).wait_for_raw(b"\x1b[?1049h", 2).wait_for(READY).signal(Signal::TERM);
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored();
}
