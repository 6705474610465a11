use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::tui::theme::{Marks, Theme};

fn question(name: &str, ask: &str, secret: bool) -> Question {
    Question { name: name.into(), ask: ask.to_owned(), about: None, secret, longest: None }
}

fn form() -> Form {
    let commit = "Which commit runs now (what a rollback goes back to)?";
    Form::new(
        "Shop 2.4.0 to production",
        vec![question("previous_sha", commit, false), question("token", "The token of the registry?", true)],
    )
}

fn typed(form: &mut Form, text: &str) -> Filled {
    text.chars().map(|letter| form.press(Chord::char(letter))).last().unwrap_or(Filled::NotYet)
}

fn enter(form: &mut Form) -> Filled {
    form.press(Chord::of(KeyCode::Enter))
}

fn shown(form: &Form, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, form, &Theme::builtin("mono").unwrap(), &Marks::ASCII)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| line(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn enter_goes_from_question_to_question_and_ends_once_each_has_its_answer() {
    let mut form = form();
    typed(&mut form, " 3f2a91c ");
    assert_eq!(enter(&mut form), Filled::NotYet);
    typed(&mut form, "hunter2");
    let answers = [("previous_sha".into(), "3f2a91c".to_owned()), ("token".into(), "hunter2".to_owned())];
    assert_eq!(enter(&mut form), Filled::All(answers.to_vec()));
}

#[test]
fn a_question_without_an_answer_keeps_the_room_closed_and_says_so() {
    let mut form = form();
    assert_eq!(enter(&mut form), Filled::NotYet);
    assert!(shown(&form, 80, 16).contains("it needs a value"), "{}", shown(&form, 80, 16));
    form.press(Chord::of(KeyCode::Down));
    typed(&mut form, "x");
    assert_eq!(enter(&mut form), Filled::NotYet);
    assert_eq!(form.focus, 0);
}

#[test]
fn a_secret_is_never_shown_and_the_keys_are_always_there() {
    let mut form = form();
    typed(&mut form, "3f2a91c");
    enter(&mut form);
    typed(&mut form, "hunter2");
    for size in [(40, 10), (80, 24), (200, 60)] {
        let shown = shown(&form, size.0, size.1);
        assert!(!shown.contains("hunter") && shown.contains("*******") && shown.contains("Esc"), "{shown}");
    }
    insta::assert_snapshot!("form_80x16", shown(&form, 80, 16));
    insta::assert_snapshot!("form_40x10", shown(&form, 40, 10));
}

#[test]
fn a_paste_is_one_answer_whatever_line_ends_it_has() {
    let mut form = form();
    assert_eq!(form.input(&Input::Paste("abc\r\ndef\u{1b}[2J\n".to_owned())), Filled::NotYet);
    assert_eq!(form.focus, 0);
    assert_eq!(form.fields[0].answer(), "abc def\\e[2J");
}

#[test]
fn leaving_gives_nothing() {
    let mut form = form();
    typed(&mut form, "abc");
    assert_eq!(form.press(Chord::of(KeyCode::Esc)), Filled::Left);
}
