use crate::room::log::Tone;
use crate::room::{Action, Event};
use crate::time::Span;
use crate::tui::scene::{Rest, Tape, TapeMark};
use crate::tui::testing::Desk;
use crate::tui::view::{NoticeTone, Screen};

/// Sizes from nothing to a wall, close together where layouts change.
fn sizes() -> Vec<(u16, u16)> {
    let widths = [1, 2, 5, 20, 40, 59, 80, 110, 160, 220];
    let heights = [1, 2, 3, 5, 7, 8, 10, 15, 16, 24, 45, 70];
    widths.iter().flat_map(|width| heights.iter().map(|height| (*width, *height))).collect()
}

#[test]
fn every_screen_draws_at_every_size() {
    for make in [Desk::open, Desk::underway, Desk::at_the_gate] {
        for screen in Screen::ALL {
            let mut desk = make();
            desk.session.view.screen = screen;
            for (width, height) in sizes() {
                assert_eq!(desk.text(width, height).lines().count(), usize::from(height));
            }
        }
    }
}

#[test]
fn everything_that_opens_draws_at_every_size() {
    for keys in ["R", "a", "v", "v Enter", "n", "h", "q", "F", "w", "m", "?", ":", "l /"] {
        let mut desk = Desk::at_the_gate();
        desk.press(keys);
        for (width, height) in sizes() {
            assert_eq!(desk.text(width, height).lines().count(), usize::from(height), "{keys}");
        }
    }
}

#[test]
fn a_short_notice_leaves_room_for_keys_and_a_long_one_stands_above_them() {
    let mut desk = Desk::underway();
    desk.session.view.say(NoticeTone::Good, "run step", desk.now);
    let shown = desk.text(80, 24);
    let last = shown.lines().last().unwrap();
    assert!(last.contains(" ok run step   Enter next") && last.contains(": all  ? keys"), "{shown}");
    desk.session.view.say(NoticeTone::Refused, "a reason of many words, ".repeat(5) + "to its end", desk.now);
    let shown = desk.text(80, 24);
    let last = shown.lines().last().unwrap();
    assert!(shown.contains("to its end") && last.contains("Enter next") && last.contains(": all  ? keys"), "{shown}");
}

#[test]
fn the_palette_tells_a_reason_to_its_end() {
    let mut desk = Desk::underway();
    desk.press(": v e t o Space a n y");
    let shown = desk.text(80, 24);
    assert!(shown.contains("not now: no trigger has fired, so there is nothing to veto"), "{shown}");
}

#[test]
fn a_small_terminal_still_says_what_a_dialog_wants_and_how_to_answer_it() {
    let mut desk = Desk::underway();
    desk.press("R b a d");
    for (width, height) in [(80, 24), (40, 10), (20, 7)] {
        let shown = desk.text(width, height);
        assert!(shown.contains("bad") && shown.contains("Enter"), "{width}x{height}\n{shown}");
    }
}

/// What the row under the panes says came next.
fn was_next(desk: &mut Desk) -> String {
    let (now, speed) = (desk.now, "1x".to_owned());
    desk.session.tape = Some(Tape { from: now, to: now, at: now, playing: false, speed, rest: Rest::None, marks: Vec::new() });
    let shown = desk.text(80, 24);
    let line = shown.lines().find_map(|line| line.split_once(" was next: ")).expect("it says what was next");
    line.1.trim_end_matches(['"', ' ']).to_owned()
}

#[test]
fn a_recording_says_what_was_next_and_names_no_key_for_it() {
    let mut desk = Desk::open();
    assert_eq!(was_next(&mut desk), "2 required items, then the start of the deployment: T is then");
    let mut desk = Desk::underway();
    assert_eq!(was_next(&mut desk), "1.1 Say hello");
    desk.act(Action::RunStep { step: "blue.1".into() });
    assert_eq!(was_next(&mut desk), "the end of 1.1 Say hello, which runs for 0:00");
    desk.tell(Event::StepLost { step: "blue.1".into(), attempt: 1, why: String::new() });
    assert_eq!(was_next(&mut desk), "a decision: 1.1 Say hello is LOST");
    desk.act(Action::RollBack { reason: "lost".to_owned() });
    assert!(was_next(&mut desk).contains("Back to green"));
    assert_eq!(was_next(&mut Desk::at_the_gate()), "GO or NO-GO, asked for 0:00: Go on?");
}

#[test]
fn a_recording_shows_its_transport_line_and_acts_on_nothing() {
    let mut desk = Desk::underway();
    let mark = TapeMark { at: desk.now + Span::minutes(5), tone: Tone::Bad };
    desk.session.tape = Some(Tape {
        from: desk.now,
        to: desk.now + Span::minutes(10),
        at: desk.now,
        playing: true,
        speed: "4x".to_owned(),
        rest: Rest::None,
        marks: vec![mark],
    });
    let shown = desk.text(80, 24);
    assert!(shown.contains("playing 4x  0:00 of 10:00"), "{shown}");
    assert!(shown.contains('!'), "{shown}");
    for key in ["R", "b", "Enter", "h", "F", "x"] {
        desk.press(key);
    }
    assert_eq!(desk.done, []);
    assert!(desk.session.view.dialogs.is_empty());
}

#[test]
fn a_recording_says_how_much_of_it_is_read_and_why_the_rest_is_not_there() {
    let mut desk = Desk::underway();
    for (rest, said) in [
        (Rest::Coming(43), "0:00 of 10:00 (reading, 43 %)"),
        (Rest::Damaged, "0:00 of 10:00 (the rest is damaged)"),
        (Rest::Newer, "0:00 of 10:00 (the rest is of a newer version)"),
        (Rest::NewerFormat, "0:00 of 10:00 (of a newer version)"),
    ] {
        let (now, speed) = (desk.now, "1x".to_owned());
        let to = now + Span::minutes(10);
        desk.session.tape = Some(Tape { from: now, to, at: now, playing: false, speed, rest, marks: Vec::new() });
        let shown = desk.text(80, 24);
        assert!(shown.contains(said), "{shown}");
    }
}

#[test]
fn before_a_gate_is_asked_an_open_checklist_speaks_against_nothing() {
    let mut desk = Desk::open();
    desk.press("g");
    let shown = desk.text(120, 40);
    let row = shown.lines().find(|line| line.contains("no complaints")).unwrap();
    assert!(row.contains("not yet") && !row.contains("UNKNOWN"), "{shown}");
    let advice = shown.lines().find(|line| line.contains("not asked yet")).unwrap();
    assert!(!advice.contains("no complaints"), "{shown}");
}
