//! The window is pulled to every size, on every screen.

use rustix::process::Signal;

use crate::quick::Quick;

const SIZES: [(u16, u16); 12] =
    [(200, 60), (132, 43), (80, 24), (79, 23), (60, 16), (40, 10), (20, 5), (10, 3), (3, 2), (1, 1), (1, 60), (200, 1)];

#[test]
fn every_screen_lives_through_every_size() {
    let room = Quick::open();
    room.to_the_first_gate();
    let screens =
        [("", " STEPS "), ("g", " GATE 1"), ("c", ""), ("o", " OUTPUT "), ("l", " LOG "), ("i", ""), ("p", ""), ("?", "┌")];
    for (key, shown) in screens {
        room.to_main();
        if !key.is_empty() {
            room.press(key).wait_gone(if key == "?" { "next: g" } else { " STEPS " });
        }
        for (columns, rows) in SIZES {
            room.resize(columns, rows).wait_answered();
        }
        room.resize(80, 24).wait_answered().wait_for(shown);
    }
    room.to_main().press("R").wait_for("Enter ROLL BACK   Esc").type_text("too").wait_for("> too");
    for (columns, rows) in SIZES {
        room.resize(columns, rows).wait_answered();
    }
    room.resize(80, 24).wait_for("> too").wait_for_all(&["ROLL BACK", "Enter ROLL BACK   Esc"]);
    room.signal(Signal::TERM);
    assert_eq!(room.exit_code(), 3);
    room.assert_terminal_restored();
}
