//! What must not happen by accident: single keys, pasted text, keys typed ahead.

use warroom::link::Fault;

use crate::quick::Quick;

/// What nobody may cause with a single key.
const GRAVE: [&str; 8] = [
    "deployment_started",
    "rollback_started",
    "gate_decided",
    "step_cancelled",
    "step_skipped",
    "deployment_abandoned",
    "trigger_vetoed",
    "closed",
];

fn grave(room: &Quick) -> Vec<String> {
    let names = room.journalled().into_iter().map(|(name, _)| name);
    names.filter(|name| GRAVE.contains(&name.as_str())).collect()
}

/// Presses every key but Enter, taking back each time what it opened.
fn press_every_key(room: &Quick) {
    let printable = ('!'..='~').map(String::from);
    // Ctrl-J and Ctrl-M are Enter, Ctrl-L answers, Ctrl-Z stops the program.
    let control = "abcdefghiknopqrstuvwxy".chars().map(|letter| format!("Ctrl-{letter}"));
    let named = ["Space", "Tab", "Shift-Tab", "Backspace", "Delete", "F1", "Alt-R"].map(str::to_owned);
    for key in printable.chain(control).chain(named) {
        room.press(&key).wait_answered();
        if room.text().contains('┌') {
            // A dialog offers its keys once it hears them.
            room.wait_for("Esc").press("Esc").wait_until_text(&format!("nothing to be left of {key}"), |now| !now.contains('┌'));
        }
        room.to_main();
    }
}

#[test]
fn no_single_key_does_harm_while_a_step_runs() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    let before = grave(&room);
    press_every_key(&room);
    assert_eq!(grave(&room), before);
    room.to_main().wait_for("2.1 Something long runs for");
}

#[test]
fn no_single_key_passes_a_gate_against_its_evidence() {
    let room = Quick::open();
    room.to_the_first_gate();
    room.fault(Fault::Hang);
    room.press("g").wait_for("UNKNOWN");
    let before = grave(&room);
    press_every_key(&room);
    // Each of the keys that mean something there, at the gate itself.
    for key in ["a", "n", "v", "r", "R", "G", "h", "X", "q"] {
        room.to_main().press("g").wait_for("open for");
        room.press(key).wait_answered();
        if room.text().contains('┌') {
            room.wait_for("   Esc").press("Esc").wait_gone("   Esc");
        }
    }
    assert_eq!(grave(&room), before);
}

#[test]
fn pasted_text_is_never_read_as_keys() {
    let room = Quick::open();
    for pasted in ["b\r", "R\rall of it\r", "q\r\r\r"] {
        room.paste(pasted).wait_for("pasted text was dropped").press("Y").wait_for("Y does nothing here");
    }
    // Ends its own bracket, and goes on with what would be keys.
    room.paste("x\x1b[201~b\rR\rbecause\rq\r").wait_for("pasted text was dropped").press("Y").wait_for("Y does nothing here");
    assert_eq!(grave(&room), Vec::<String>::new());
    // Into a field it is text, in one line.
    room.press("m").wait_for("Enter write it   Esc").paste("one\r\ntwo\x1b[31m\x07").wait_for("> one two");
    assert_eq!(room.count_journalled("noted"), 0);
    room.enter().wait_for("ok note");
    let noted = room.last_journalled("noted")["text"].as_str().unwrap().to_owned();
    assert!(noted.starts_with("one two") && !noted.contains(char::is_control), "{noted:?}");
}

#[test]
fn keys_that_came_together_with_enter_are_a_paste_too() {
    let room = Quick::open();
    room.type_text("bbb\r\r\r").wait_for("pasted text was dropped");
    assert_eq!(grave(&room), Vec::<String>::new());
}

#[test]
fn what_is_typed_ahead_of_a_dialog_does_not_answer_it() {
    let room = Quick::open();
    room.press("b").press("Enter").press("Enter").wait_for("Enter begin   Esc");
    assert_eq!(grave(&room), Vec::<String>::new());
    room.press("Esc").wait_gone("Enter begin   Esc").press("m").type_text("ahead").wait_for("Enter write it   Esc");
    room.type_text("now").wait_for("> now");
}
