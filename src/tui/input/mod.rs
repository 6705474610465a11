//! Keys, pastes and bursts: what the terminal sends, turned into what is asked of the room.
//!
//! For: finding who a key is for (a dialog, a text field, help, the palette, the screen) and handing it there.
//! May not touch: the terminal, the room, the clock. The same input on the same view comes to the same thing.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use crate::tui::commands::{Wish, perform};
use crate::tui::keys::{Chord, Command, Key, KEYS, find, place};
use crate::tui::scene::Facts;
use crate::tui::view::{NoticeTone, Palette, View};
use crate::tui::{dialog, palette};

/// What the terminal sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key {
        chord: Chord,
        /// Repeated by the terminal because it is kept down.
        held: bool,
    },
    Paste(String),
}

impl Input {
    /// `None` for a key that means nothing to us, and for the release of a key.
    pub fn read(event: &KeyEvent) -> Option<Self> {
        let held = match event.kind {
            KeyEventKind::Press => false,
            KeyEventKind::Repeat => true,
            KeyEventKind::Release => return None,
        };
        Chord::read(event).map(|chord| Self::Key { chord, held })
    }
}

/// Keys that came together, faster than a person types, with a line end among them: pasted into a terminal that does not
/// say so.
pub fn is_burst(keys: &[KeyEvent]) -> bool {
    keys.len() >= 4 && keys.iter().any(|key| key.code == KeyCode::Enter || key.code == KeyCode::Char('\n'))
}

/// The text of a burst, for a field that it may belong to.
pub fn burst_text(keys: &[KeyEvent]) -> String {
    let letter = |key: &KeyEvent| match key.code {
        KeyCode::Char(letter) => Some(letter),
        KeyCode::Enter => Some('\n'),
        _ => None,
    };
    keys.iter().filter_map(letter).collect()
}

/// What comes of one input. The room's answer comes later, as records.
pub fn handle(input: &Input, view: &mut View, facts: &Facts) -> Option<Wish> {
    match input {
        Input::Paste(text) => {
            paste(text, view, facts);
            None
        }
        Input::Key { chord, held } => press(*chord, *held, view, facts),
    }
}

fn press(chord: Chord, held: bool, view: &mut View, facts: &Facts) -> Option<Wish> {
    if chord == Chord::ctrl('z') {
        return Some(Wish::Suspend);
    }
    if chord == Chord::ctrl('l') {
        return Some(Wish::Repaint);
    }
    let typing = view.dialogs.last().is_some_and(dialog::Dialog::is_typed_in) || view.palette.is_some() || view.search.typing;
    if chord == Chord::char('R') && !typing && facts.transport.is_none() {
        view.help = None;
        return roll_back(chord, view, facts);
    }
    if !view.dialogs.is_empty() {
        return dialog::press(chord, held, view, facts);
    }
    if view.palette.is_some() {
        return palette::press(chord, view, facts);
    }
    if view.search.typing {
        search(chord, view, facts);
        return None;
    }
    if view.help.is_some() {
        help(chord, view);
        return None;
    }
    match find(chord, facts, view) {
        Some(key) if held && !may_repeat(key) => None,
        Some(key) => perform(key, chord, view, facts),
        None => {
            unknown(chord, view, facts);
            None
        }
    }
}

/// Moving about is what a key may be held down for; nothing else.
fn may_repeat(key: &Key) -> bool {
    matches!(
        key.does,
        Command::Up | Command::Down | Command::PageUp | Command::PageDown | Command::NextMatch | Command::MatchBefore | Command::Play(_)
    )
}

/// The way back is never further than one key and its question, also over another dialog, whose text is kept.
fn roll_back(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let key = KEYS.iter().find(|key| key.does == Command::RollBack)?;
    perform(key, chord, view, facts)
}

fn unknown(chord: Chord, view: &mut View, facts: &Facts) {
    let Some(letter) = chord.typed() else { return };
    let elsewhere = KEYS.iter().find(|key| key.on.contains(&chord) && !key.is_for(place(facts, view)));
    let why = match elsewhere {
        Some(_) if facts.transport.is_some() => format!("{letter} does nothing in a recording (? shows the keys)"),
        Some(key) => format!("{letter} ({}) works on {}, not here", key.says, super::keys::whereabouts(key.places)),
        None => format!("{letter} does nothing here (? shows the keys)"),
    };
    view.say(NoticeTone::Plain, why, facts.now);
}

fn help(chord: Chord, view: &mut View) {
    let page = usize::from(view.size.1.saturating_sub(6).max(1));
    let at = view.help.unwrap_or(0);
    view.help = match chord.code {
        KeyCode::Esc | KeyCode::Char('?' | 'q') | KeyCode::Enter => None,
        KeyCode::Down | KeyCode::Char('j') => Some((at + 1).min(KEYS.len())),
        KeyCode::Up | KeyCode::Char('k') => Some(at.saturating_sub(1)),
        KeyCode::PageDown | KeyCode::Char(' ') => Some((at + page).min(KEYS.len())),
        KeyCode::PageUp => Some(at.saturating_sub(page)),
        KeyCode::Home => Some(0),
        KeyCode::End => Some(KEYS.len().saturating_sub(page)),
        _ => Some(at),
    };
}

fn search(chord: Chord, view: &mut View, facts: &Facts) {
    match chord.code {
        KeyCode::Esc => {
            view.search.typing = false;
            view.search.text.clear();
        }
        KeyCode::Enter => {
            view.search.typing = false;
            if view.search.text.is_empty() {
                return;
            }
            if let Some(key) = KEYS.iter().find(|key| key.does == Command::MatchBefore) {
                perform(key, chord, view, facts);
            }
        }
        KeyCode::Backspace => {
            view.search.text.pop();
        }
        _ => {
            if let Some(letter) = chord.typed().filter(|_| view.search.text.chars().count() < 80) {
                view.search.text.push(letter);
            }
        }
    }
}

/// Pasted text goes into a field, or nowhere.
fn paste(text: &str, view: &mut View, facts: &Facts) {
    if dialog::paste(text, view) {
        return;
    }
    let flat: String = dialog::one_line(text).chars().take(80).collect();
    if let Some(Palette { text, selected }) = view.palette.as_mut() {
        text.push_str(&flat);
        *selected = 0;
    } else if view.search.typing {
        view.search.text.push_str(&flat);
    } else {
        view.say(NoticeTone::Refused, "pasted text was dropped: there is no field for it here, and it is never read as keys", facts.now);
    }
}

#[cfg(test)]
mod tests;
