//! Keys and pasted text in the dialog on top.

use crossterm::event::KeyCode;
use ratatui_textarea::{CursorMove, TextArea};

use super::answer::{Answer, answer, choose};
use super::choices::choices;
use super::{DEAF_FOR, Dialog, Form, Purpose, TEXT_MAX};
use crate::room::decide;
use crate::text;
use crate::tui::commands::Wish;
use crate::tui::keys::Chord;
use crate::tui::scene::Facts;
use crate::tui::view::View;

/// `held` is a key that the terminal repeats because it is kept down.
pub fn press(chord: Chord, held: bool, view: &mut View, facts: &Facts) -> Option<Wish> {
    let mut dialog = view.dialogs.pop()?;
    if facts.now < dialog.deaf_until {
        // Whoever is still typing ahead, or still holds the key, has not read it yet.
        if chord.code == KeyCode::Enter {
            dialog.deaf_until = dialog.deaf_until.max(facts.now + view.by_hand(DEAF_FOR));
        }
        view.dialogs.push(dialog);
        return None;
    }
    dialog.error = None;
    match chord.code {
        KeyCode::Esc => {
            keep(&dialog, view);
            return None;
        }
        KeyCode::Enter if held => {}
        KeyCode::Enter => return close(dialog, view, facts),
        _ => edit(&mut dialog, chord, facts),
    }
    view.dialogs.push(dialog);
    None
}

fn keep(dialog: &Dialog, view: &mut View) {
    let text = dialog.text();
    if text.trim().is_empty() {
        view.drafts.remove(&dialog.purpose);
    } else {
        view.drafts.insert(dialog.purpose.clone(), text);
    }
}

/// Whether it goes against the evidence, the plan or a warning, so that its reason has to say something.
fn wants_substance(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::Waive(_) | Purpose::Waiver(_) | Purpose::Veto(_) | Purpose::AcceptRollback)
}

fn close(mut dialog: Dialog, view: &mut View, facts: &Facts) -> Option<Wish> {
    let chosen = match &dialog.form {
        Form::Choose { selected } => choices(&dialog.purpose, facts).into_iter().nth(*selected).map(|choice| choice.answer),
        Form::Confirm => Some(answer(&dialog.purpose, "", facts)),
        Form::Text { required, .. } if *required && dialog.text().trim().is_empty() => {
            Some(Answer::Wrong("it needs a text: type it, then Enter. Esc leaves everything as it is".to_owned()))
        }
        Form::Text { .. } if wants_substance(&dialog.purpose) && !decide::says_something(&dialog.text()) => {
            Some(Answer::Wrong(decide::says_too_little()))
        }
        Form::Text { .. } => Some(answer(&dialog.purpose, dialog.text().trim(), facts)),
    };
    match chosen {
        Some(Answer::Wish(wish)) => {
            // Kept until the room has accepted it: a refusal must not cost what was typed.
            keep(&dialog, view);
            view.step = view.step.take().filter(|_| !starts_something(&wish));
            Some(with_draft(wish, &dialog))
        }
        Some(Answer::Then(purpose)) => {
            let next = Dialog::open(purpose, Some(Chord::of(KeyCode::Enter)), view, facts);
            view.dialogs.push(next);
            None
        }
        Some(Answer::Wrong(why)) => {
            dialog.error = Some(why);
            view.dialogs.push(dialog);
            None
        }
        None => {
            view.dialogs.push(dialog);
            None
        }
    }
}

/// After these the selection follows by itself what comes next.
fn starts_something(wish: &Wish) -> bool {
    use crate::room::Action;
    matches!(
        wish,
        Wish::Act {
            action: Action::RunStep { .. }
                | Action::RetryStep { .. }
                | Action::SkipStep { .. }
                | Action::FinishStep { .. }
                | Action::RollBack { .. },
            ..
        }
    )
}

fn with_draft(wish: Wish, dialog: &Dialog) -> Wish {
    match wish {
        Wish::Act { action, .. } if dialog.is_typed_in() => Wish::Act { action, draft: Some(dialog.purpose.clone()) },
        other => other,
    }
}

fn edit(dialog: &mut Dialog, chord: Chord, facts: &Facts) {
    match &mut dialog.form {
        Form::Confirm => {}
        Form::Choose { selected } => {
            let all = choices(&dialog.purpose, facts);
            *selected = choose(*selected, chord, &all);
        }
        Form::Text { area, .. } => type_into(area, chord, TEXT_MAX),
    }
}

/// Into a field that takes so many characters.
pub(in crate::tui) fn type_into(area: &mut TextArea<'static>, chord: Chord, most: usize) {
    if let Some(letter) = chord.typed() {
        if room_left(area, most) > 0 {
            area.insert_char(letter);
        }
        return;
    }
    match (chord.code, chord.ctrl) {
        (KeyCode::Backspace, false) => {
            area.delete_char();
        }
        (KeyCode::Delete, false) => {
            area.delete_next_char();
        }
        (KeyCode::Backspace | KeyCode::Char('w'), true) => {
            area.delete_word();
        }
        (KeyCode::Char('u'), true) => {
            area.delete_line_by_head();
        }
        (KeyCode::Left, _) => area.move_cursor(CursorMove::Back),
        (KeyCode::Right, _) => area.move_cursor(CursorMove::Forward),
        (KeyCode::Home, _) => area.move_cursor(CursorMove::Head),
        (KeyCode::End, _) => area.move_cursor(CursorMove::End),
        _ => {}
    }
}

pub(in crate::tui) fn room_left(area: &TextArea<'static>, most: usize) -> usize {
    most.saturating_sub(area.lines().iter().map(|line| line.chars().count()).sum())
}

/// Pasted text is only ever text: it is cleaned, its line ends become spaces, and it answers nothing.
/// Whether there was a field for it.
pub fn paste(pasted: &str, view: &mut View) -> bool {
    let Some(Dialog { form: Form::Text { area, .. }, .. }) = view.dialogs.last_mut() else { return false };
    let flat = one_line(pasted);
    let fits: String = flat.chars().take(room_left(area, TEXT_MAX)).collect();
    area.insert_str(fits);
    true
}

pub(in crate::tui) fn one_line(pasted: &str) -> String {
    // Bounded before it is cleaned: a pasted file is not read to its end.
    let head: String = pasted.chars().take(TEXT_MAX * 4).collect();
    let flat = head.split(['\r', '\n', '\t']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    text::clean_line(&flat).into_owned()
}
