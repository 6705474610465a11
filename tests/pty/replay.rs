//! A recorded room on the same screens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::commands::says;
use crate::harness::Screen;
use crate::quick::Quick;

/// A room that was rolled back by hand: its home, its name, and the last picture.
fn rolled_back() -> (Arc<TempDir>, String, String) {
    let room = Quick::after_the_first_phase();
    room.press("R").answer_with("for the record", "ROLL BACK").wait_for("rolled back, and verified");
    let last = room.wait_answered().text();
    room.press("q");
    assert_eq!(room.exit_code(), 4);
    let name = room.journal().parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    (room.shared_home(), name, last)
}

fn journal(home: &Path, name: &str) -> PathBuf {
    home.join("data/rooms").join(name).join("journal.jsonl")
}

/// The pane of the steps. In a recording it has a row less, and how long a criterion holds is not counted on at its end.
fn steps(screen: &str) -> Vec<String> {
    let rows = screen.lines().skip_while(|line| !line.contains(" STEPS ")).take_while(|line| !line.starts_with("──"));
    rows.filter_map(|line| line.split('│').next())
        .filter_map(|row| row.split(" pass for ").next())
        .map(|row| row.trim_end().to_owned())
        .filter(|row| !row.is_empty())
        .collect()
}

#[test]
fn a_rollback_is_played_again() {
    let (home, name, last) = rolled_back();
    let (_, rooms) = says(&home.path().join("data"), &["rooms"]);
    assert!(rooms.lines().any(|line| line.starts_with(&name) && line.contains("rolled back")), "{rooms}");

    let screen = Screen::start_at_home(&["replay", &name], 80, 24, home);
    screen.wait_for_all(&["REPLAY", " paused "]);
    // From one decision to the next, and back.
    screen.press("]").wait_for("T+0:00").press("]").wait_for("commander votes GO");
    screen.press("]").wait_for("GO after phase 1").press("]").wait_for("ROLLBACK from phase 2");
    screen.press("[").wait_gone("ROLLBACK from phase 2");
    // Playing moves the clock, and pausing stops it.
    screen.press("0").wait_answered();
    let begins = screen.text().lines().next().unwrap().to_owned();
    screen
        .press("Space")
        .wait_for(" playing ")
        .press("+")
        .wait_until_text("the clock to move", |now| now.lines().next() != Some(&begins));
    screen.press("Space").wait_for(" paused ");
    // Nothing can be done to what has happened.
    screen.press("R").wait_for("R does nothing in a recording");
    // To the end, event by event, the picture is the one that was seen.
    screen.press("9");
    while !screen.text().contains("rolled back, and verified") {
        screen.press("]").wait_answered();
    }
    assert_eq!(steps(&screen.text()), steps(&last), "live:\n{last}\nreplayed:\n{}", screen.text());
    screen.press("q");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_terminal_restored();
}

#[test]
fn a_journal_that_was_cut_off_or_damaged_says_so() {
    let (home, name, _) = rolled_back();
    let path = journal(home.path(), &name);
    let whole = std::fs::read(&path).unwrap();

    // The last line is torn: what is whole is shown, and it is said.
    std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let screen = Screen::start_at_home(&["replay", &name], 80, 24, home.clone());
    screen.wait_for(" paused ");
    for _ in 0..60 {
        screen.press("Right").wait_answered();
    }
    screen.press("Space").wait_for("in the middle of a record").press("q");
    assert_eq!(screen.exit_code(), 0);

    // A byte in the middle is another one: nothing is shown.
    let mut damaged = whole.clone();
    let place = damaged.len() / 2;
    damaged[place] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    let line = damaged[..place].split(|byte| *byte == b'\n').count();
    let screen = Screen::start_at_home(&["replay", &name], 200, 24, home.clone());
    assert_eq!(screen.exit_code(), 1);
    screen.wait_for(&format!("damaged at line {line} (byte "));
    assert!(!screen.raw_bytes().contains(&0x1b), "{}", screen.text());
    let (_, rooms) = says(&home.path().join("data"), &["rooms"]);
    assert!(rooms.contains(&format!("damaged at line {line}")), "{rooms}");
}
