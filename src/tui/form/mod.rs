//! What a runbook asks before its room begins: a line for each value that nothing else gives.
//!
//! For: taking the answers in, refusing what can't be a value, and showing all of it; a secret is shown as stars.
//! May not touch: the room, which is not there yet; the terminal. An answer is kept nowhere but here.

mod draw;

pub use draw::draw;

use crossterm::event::KeyCode;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

use super::dialog::{room_left, type_into};
use super::input::Input;
use super::keys::Chord;
use crate::id::VarName;
use crate::runbook::Question;
use crate::text;

/// Characters of an answer: a long token fits.
const ANSWER_MAX: usize = 8_192;

/// One question, and what has been typed so far.
#[derive(Clone, Debug)]
pub struct Field {
    pub question: Question,
    area: TextArea<'static>,
    /// Why what was typed will not do.
    error: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Form {
    /// The runbook's.
    pub title: String,
    fields: Vec<Field>,
    focus: usize,
}

/// What came of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled {
    NotYet,
    /// Every question has its answer.
    All(Vec<(VarName, String)>),
    Left,
}

impl Field {
    fn new(question: Question) -> Self {
        let mut area = TextArea::default();
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_cursor_line_style(ratatui::style::Style::default());
        if question.secret {
            area.set_mask_char('*');
        }
        Self { question, area, error: None }
    }

    fn answer(&self) -> String {
        self.area.lines().join(" ").trim().to_owned()
    }

    /// Looks whether the answer can be the value.
    fn is_good(&mut self) -> bool {
        self.error = self.question.flaw(&self.answer());
        self.error.is_none()
    }
}

impl Form {
    pub fn new(title: &str, questions: Vec<Question>) -> Self {
        Self { title: title.to_owned(), fields: questions.into_iter().map(Field::new).collect(), focus: 0 }
    }

    pub fn input(&mut self, input: &Input) -> Filled {
        match input {
            Input::Paste(pasted) => self.paste(pasted),
            Input::Key(chord) => return self.press(*chord),
        }
        Filled::NotYet
    }

    fn press(&mut self, chord: Chord) -> Filled {
        let last = self.fields.len().saturating_sub(1);
        match (chord.code, chord.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Filled::Left,
            (KeyCode::Up | KeyCode::BackTab, _) => self.focus = self.focus.saturating_sub(1),
            (KeyCode::Down | KeyCode::Tab, _) => self.focus = (self.focus + 1).min(last),
            (KeyCode::Enter, _) => return self.enter(),
            _ => {
                if let Some(field) = self.fields.get_mut(self.focus) {
                    field.error = None;
                    type_into(&mut field.area, chord, ANSWER_MAX);
                }
            }
        }
        Filled::NotYet
    }

    /// On to the next question that has no good answer; once there is none, all is filled in.
    fn enter(&mut self) -> Filled {
        if self.fields.get_mut(self.focus).is_some_and(|field| !field.is_good()) {
            return Filled::NotYet;
        }
        let after = (self.focus + 1..self.fields.len()).chain(0..self.focus);
        let open = after.into_iter().find(|place| self.fields[*place].question.flaw(&self.fields[*place].answer()).is_some());
        match open {
            Some(place) => {
                self.focus = place;
                Filled::NotYet
            }
            None => Filled::All(self.fields.iter().map(|field| (field.question.name.clone(), field.answer())).collect()),
        }
    }

    /// Pasted text is only ever text: its line ends become spaces, and it answers nothing.
    fn paste(&mut self, pasted: &str) {
        let Some(field) = self.fields.get_mut(self.focus) else { return };
        let head: String = pasted.chars().take(ANSWER_MAX).collect();
        let flat = head.split(['\r', '\n', '\t']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let room = room_left(&field.area, ANSWER_MAX);
        field.error = None;
        field.area.insert_str(text::clean_line(&flat).chars().take(room).collect::<String>());
        field.area.move_cursor(CursorMove::End);
    }
}

#[cfg(test)]
mod tests;
