use std::collections::HashSet;

use super::{Command, KEYS, Place, markdown};
use crate::room::Action;
use crate::tui::commands::Wish;
use crate::tui::input::Input;
use crate::tui::testing::Desk;
use crate::tui::view::Screen;

fn places() -> Vec<Place> {
    Screen::ALL.iter().map(|screen| Place::On(*screen)).chain([Place::Replay]).collect()
}

#[test]
fn no_key_means_two_things_in_one_place() {
    for place in places() {
        let mut seen = HashSet::new();
        for key in KEYS.iter().filter(|key| key.is_for(place)) {
            for chord in key.on {
                assert!(seen.insert(*chord), "{chord} twice in {place:?}");
            }
        }
    }
}

#[test]
fn keys_of_the_terminal_and_ends_of_arrow_keys_are_left_alone() {
    for key in KEYS {
        for chord in key.on {
            let name = chord.to_string();
            assert!(!["Ctrl-A", "Ctrl-B", "Ctrl-S", "Ctrl-Q", "A", "B", "C", "D"].contains(&name.as_str()), "{name} is bound");
        }
    }
}

#[test]
fn help_and_readme_show_every_row() {
    let table = markdown();
    for key in KEYS {
        assert!(table.contains(key.says), "{} is missing from the README's table", key.says);
    }
    for screen in Screen::ALL {
        let mut desk = Desk::open();
        desk.session.view.screen = screen;
        desk.session.view.help = Some(0);
        let shown = desk.text(120, 160);
        for key in KEYS.iter().filter(|key| key.is_for(Place::On(screen))) {
            assert!(shown.contains(key.says), "{} is missing from the help of {}:\n{shown}", key.says, screen.name());
        }
    }
}

/// Law 4: whatever can't be taken back asks first, on every screen and in every stage.
#[test]
fn no_single_key_does_anything_dangerous() {
    let harmless = |action: &Action| {
        matches!(
            action,
            Action::Tick { .. }
                | Action::Untick { .. }
                | Action::Resume
                | Action::OpenGate { .. }
                | Action::RunStep { .. }
                | Action::RetryStep { .. }
        )
    };
    for make in [Desk::open, Desk::underway, Desk::at_the_gate] {
        for screen in Screen::ALL {
            for key in KEYS.iter().filter(|key| key.is_for(Place::On(screen))) {
                for chord in key.on {
                    let mut desk = make();
                    desk.session.view.screen = screen;
                    match desk.inputs(vec![Input::Key(*chord)]) {
                        Some(Wish::Act { action, .. }) => assert!(harmless(&action), "{chord} on {screen:?}: {action:?}"),
                        Some(Wish::Leave | Wish::CallMe(_) | Wish::Close) => {
                            panic!("{chord} leaves a deployment that is not over")
                        }
                        Some(Wish::Break(fault)) => panic!("{chord} breaks the target: {fault:?}"),
                        Some(Wish::Suspend | Wish::Repaint | Wish::Copy(_) | Wish::Play(_)) | None => {}
                    }
                }
            }
        }
    }
}

#[test]
fn a_key_that_is_off_says_why_in_the_rooms_own_words() {
    let mut desk = Desk::open();
    desk.press("R");
    assert!(desk.notice().contains("nothing has been started"), "{}", desk.notice());
    desk.press("a");
    assert!(desk.notice().contains("a "), "{}", desk.notice());
    assert!(desk.session.view.dialogs.is_empty());
}

#[test]
fn the_footer_shows_only_what_works_now() {
    let before = Desk::open();
    assert!(!before.text(160, 24).contains("roll back.."));
    let underway = Desk::underway();
    assert!(underway.text(160, 24).contains("R roll back.."), "{}", underway.text(160, 24));
    assert!(KEYS.iter().any(|key| key.does == Command::Help && underway.text(80, 24).contains(&format!("? {}", key.label))));
}

#[test]
fn a_key_that_would_come_to_nothing_is_not_offered_and_says_why() {
    let mut desk = Desk::underway();
    assert!(desk.text(160, 24).contains("Enter next"));
    desk.act(Action::RunStep { step: "blue.1".into() });
    assert!(!desk.text(160, 24).contains("Enter next"), "{}", desk.text(160, 24));
    desk.press("Enter");
    assert!(desk.notice().contains("1.1 is running: o shows its output"), "{}", desk.notice());

    desk.press("Esc M");
    assert!(!desk.text(160, 24).contains("y copy"), "{}", desk.text(160, 24));
    desk.press("y");
    assert_eq!(desk.notice(), "the runbook prepares no messages");

    let mut ticked = Desk::open();
    ticked.press("c");
    assert!(ticked.text(160, 24).contains("Enter fill/tick"));
    ticked.act(Action::Tick { item: "before.1".into() });
    ticked.session.view.item = Some("before.1".into());
    assert!(!ticked.text(160, 24).contains("Enter fill/tick"), "{}", ticked.text(160, 24));
}
