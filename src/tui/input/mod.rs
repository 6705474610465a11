//! Keys, pastes and bursts: what the terminal sends, turned into what is asked of the room.
//!
//! For: finding who a key is for (a dialog, a text field, help, the palette, the screen) and handing it there.
//! May not touch: the terminal, the room, the clock. The same input on the same view comes to the same thing.

mod decode;

pub use decode::{Decoder, ESC_WAIT};

use crossterm::event::KeyCode;

use crate::time::{Moment, Span};
use crate::tui::commands::{Wish, perform, suspend};
use crate::tui::keys::{Chord, Command, KEYS, Key, Look, find, place};
use crate::tui::scene::Facts;
use crate::tui::view::{NoticeTone, Palette, View};
use crate::tui::{dialog, palette};

/// What the terminal sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key(Chord),
    Paste(String),
}

/// So many keys at once, with Enter among them, are a paste.
const BURST_KEYS: usize = 4;
/// The same key again within this time was not pressed again: the terminal repeats it because it is kept down.
const REPEATS_WITHIN: Span = Span(100);
/// Enter is waited for longer, since terminals wait before the first repeat, and Enter runs steps.
const ENTER_REPEATS_WITHIN: Span = Span(700);

/// Whether this key is still the press before it. Terminals tell no difference; the time does.
fn is_held(chord: Chord, view: &View, now: Moment) -> bool {
    let within = if chord.code == KeyCode::Enter { ENTER_REPEATS_WITHIN } else { REPEATS_WITHIN };
    view.pressed.is_some_and(|(before, at)| before == chord && now - at < view.by_hand(within))
}

/// Keys that came together, faster than a person types, with a line end among them, were pasted into a terminal that does
/// not say so. They become what they are: pasted text.
pub fn unburst(inputs: Vec<Input>) -> Vec<Input> {
    let keys = inputs.iter().filter(|input| matches!(input, Input::Key(_))).count();
    let enter = Input::Key(Chord::of(KeyCode::Enter));
    if keys < BURST_KEYS || !inputs.contains(&enter) {
        return inputs;
    }
    let text = inputs.into_iter().map(|input| match input {
        Input::Paste(text) => text,
        Input::Key(chord) if chord.code == KeyCode::Enter => "\n".to_owned(),
        Input::Key(chord) => chord.typed().map(String::from).unwrap_or_default(),
    });
    vec![Input::Paste(text.collect())]
}

/// What comes of one input. The room's answer comes later, as records.
pub fn handle(input: &Input, view: &mut View, facts: &Facts) -> Option<Wish> {
    match input {
        Input::Paste(text) => {
            paste(text, view, facts);
            None
        }
        Input::Key(chord) => {
            let held = is_held(*chord, view, facts.now);
            view.pressed = Some((*chord, facts.now));
            press(*chord, held, view, facts)
        }
    }
}

fn press(chord: Chord, held: bool, view: &mut View, facts: &Facts) -> Option<Wish> {
    if chord == Chord::ctrl('z') {
        return suspend(chord, view, facts);
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
    match key.does {
        Command::Look(look) => {
            matches!(look, Look::Up | Look::Down | Look::PageUp | Look::PageDown | Look::NextMatch | Look::MatchBefore)
        }
        does => matches!(does, Command::Play(_)),
    }
}

/// The way back is never further than one key and its question, also over another dialog, whose text is kept.
fn roll_back(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let key = KEYS.iter().find(|key| key.does == Command::RollBack)?;
    perform(key, chord, view, facts)
}

fn unknown(chord: Chord, view: &mut View, facts: &Facts) {
    if chord.typed().is_none() {
        return;
    }
    let elsewhere = KEYS.iter().find(|key| key.on.contains(&chord) && !key.is_for(place(facts, view)));
    let why = match elsewhere {
        Some(_) if facts.transport.is_some() => format!("{chord} does nothing in a recording (? shows the keys)"),
        Some(key) => format!("{chord} ({}) works on {}, not here", key.says, super::keys::whereabouts(key.places)),
        None => format!("{chord} does nothing here (? shows the keys)"),
    };
    view.say(NoticeTone::Plain, why, facts.now);
}

fn help(chord: Chord, view: &mut View) {
    let page = usize::from(view.size.1.saturating_sub(6).max(1));
    let at = view.help.unwrap_or(0);
    view.help = match chord.code {
        KeyCode::Esc | KeyCode::Char('?' | 'q') | KeyCode::Enter => None,
        KeyCode::Down | KeyCode::Char('j') => Some((at + 1).min(KEYS.len() * 2)),
        KeyCode::Up | KeyCode::Char('k') => Some(at.saturating_sub(1)),
        KeyCode::PageDown | KeyCode::Char(' ') => Some((at + page).min(KEYS.len() * 2)),
        KeyCode::PageUp => Some(at.saturating_sub(page)),
        KeyCode::Home => Some(0),
        KeyCode::End => Some(KEYS.len() * 2),
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
            // What grows is read from its end, what stands from its beginning.
            let look = if view.screen.stands() { Look::NextMatch } else { Look::MatchBefore };
            if let Some(key) = KEYS.iter().find(|key| key.does == Command::Look(look)) {
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
        view.say(
            NoticeTone::Refused,
            "pasted text was dropped: there is no field for it here, and it is never read as keys",
            facts.now,
        );
    }
}

#[cfg(test)]
mod tests;
