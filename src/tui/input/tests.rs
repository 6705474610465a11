use super::*;
use crate::room::Action;
use crate::tui::testing::Desk;
use crate::tui::view::Screen;

#[test]
fn a_paste_outside_a_field_is_dropped_and_said() {
    let mut desk = Desk::underway();
    assert_eq!(desk.bytes(b"\x1b[200~R\rq\r\x1b[201~"), None);
    assert!(desk.notice().contains("pasted text was dropped"));
    assert!(desk.session.view.dialogs.is_empty());
}

#[test]
fn keys_that_come_all_at_once_with_a_line_end_are_a_paste() {
    let mut desk = Desk::underway();
    assert_eq!(desk.bytes(b"Rxyz\r"), None);
    assert!(desk.notice().contains("pasted text was dropped"));
    desk.press("R");
    desk.now = desk.now + Span::SECOND;
    assert_eq!(desk.bytes(b"it broke\r"), None);
    assert_eq!(desk.session.view.dialogs[0].text(), "it broke");
}

#[test]
fn enter_runs_the_next_step_and_once_only() {
    let mut desk = Desk::underway();
    desk.press("Enter");
    assert_eq!(desk.done, [Action::RunStep { step: "blue.1".into() }]);
    desk.bytes(b"\r");
    assert_eq!(desk.done.len(), 1);
}

#[test]
fn space_ticks_and_takes_back_the_item_it_ticked() {
    let mut desk = Desk::open();
    desk.press("c Space");
    assert_eq!(desk.done, [Action::Tick { item: "before.1".into() }]);
    desk.act(desk.done[0].clone());
    desk.press("Space");
    assert_eq!(desk.done[1], Action::Untick { item: "before.1".into() });
}

#[test]
fn leaving_asks_while_the_deployment_is_not_over() {
    let mut desk = Desk::underway();
    assert_eq!(desk.press("q"), None);
    assert_eq!(desk.press("Enter"), Some(Wish::Leave));
}

#[test]
fn the_palette_finds_a_command_by_its_words_and_asks_like_its_key() {
    let mut desk = Desk::underway();
    desk.press(": r o l l");
    assert_eq!(desk.press("Enter"), None);
    assert_eq!(desk.session.view.dialogs.len(), 1);
    assert!(desk.text(80, 24).contains("ROLL BACK"));
}

#[test]
fn screens_open_and_close_by_their_key_and_esc() {
    let mut desk = Desk::underway();
    for (key, screen) in [
        ("g", Screen::Gate),
        ("o", Screen::Output),
        ("l", Screen::Log),
        ("i", Screen::Guides),
        ("M", Screen::Messages),
        ("p", Screen::Diagnostics),
    ] {
        desk.press(key);
        assert_eq!(desk.session.view.screen, screen);
        desk.press("Esc");
        assert_eq!(desk.session.view.screen, Screen::Main);
    }
}

#[test]
fn a_search_finds_lines_of_the_log_from_its_end_upwards() {
    let mut desk = Desk::underway();
    for text in ["first teapot", "nothing", "second teapot", "nothing"] {
        desk.act(Action::Note { text: text.to_owned() });
    }
    desk.press("l / t e a p o t Enter");
    let line = |desk: &Desk| {
        let end = desk.session.view.log.held.unwrap() as usize;
        desk.session.state.log.iter().nth(end - 1).unwrap().text.clone()
    };
    assert!(line(&desk).contains("second teapot"));
    desk.press("N");
    assert!(line(&desk).contains("first teapot"));
    desk.press("N");
    assert!(desk.notice().contains("not found further above"));
}

#[test]
fn a_search_in_what_stands_begins_at_its_top_and_goes_round() {
    let mut desk = Desk::underway();
    desk.press("i / Q A Enter");
    let first = desk.session.view.guides;
    assert!(desk.text(80, 24).contains("QA"), "{}", desk.text(80, 24));
    desk.press("n");
    assert_eq!(desk.session.view.guides, first);
    desk.press("/ t e a Enter");
    assert!(desk.notice().contains("is not found here"), "{}", desk.notice());
}

#[test]
fn the_details_of_an_item_lead_back_to_its_checklist() {
    let mut desk = Desk::open();
    desk.press("c Down I");
    assert!(desk.text(80, 24).contains("Finished at"), "{}", desk.text(80, 24));
    desk.bytes(b"\x1b[D");
    assert!(desk.text(80, 24).contains("Staging tests passed"), "{}", desk.text(80, 24));
    desk.press("Esc");
    assert_eq!(desk.session.view.screen, Screen::Checklists);
    desk.press("Esc I");
    assert!(desk.text(80, 24).contains("1.1 Say hello"), "{}", desk.text(80, 24));
}
