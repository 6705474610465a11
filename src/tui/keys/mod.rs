//! What can be pressed, where, and what it does: one table for dispatch, footer, help, palette and README.
//!
//! For: keys as data, and finding the row for a key.
//! May not touch: the view, the terminal. What a command does is `tui::commands`.
//! Start reading at [`KEYS`].

mod chord;
mod reasons;
mod table;

pub use chord::Chord;
pub use table::KEYS;

use std::fmt::Write;

use crate::tui::scene::Facts;
use crate::tui::view::{Screen, View};

/// Where a key means something, when nothing is open above the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A screen of a room that lives.
    On(Screen),
    /// Any screen of a recording.
    Replay,
}

/// Why a command does nothing now, in words; `None` when it does something.
pub type WhyNot = fn(Command, &Facts, &View) -> Option<String>;

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The first one is shown; the others do the same.
    pub on: &'static [Chord],
    pub places: &'static [Place],
    pub does: Command,
    /// Two words at most, for the footer; empty keeps it out of there. Two dots at the end: it asks before it does.
    pub label: &'static str,
    /// For help, palette and README.
    pub says: &'static str,
    pub why_not: WhyNot,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Move the eye.
    Look(Look),
    Open(Screen),
    Help,
    Palette,
    Search,
    /// The selected message to the clipboard.
    Copy,
    Quit,
    Suspend,
    Repaint,

    /// Whatever the selected step or item wants next.
    Next,
    Tick,
    Fill,
    Waive,
    GiveWord,
    Begin,
    Stop,
    Retry,
    Skip,
    Finish,
    /// The selected message has been sent.
    Sent,
    Fail,
    OpenGate,
    Go,
    NoGo,
    Hold,
    Resume,
    Vote,
    VoteByVoice,
    Sign,
    Veto,
    RollBack,
    AcceptRollback,
    Abandon,
    TakeConn,
    HandOver,
    GiveRole,
    Note,
    Break,

    Play(Play),
}

/// Where the eye goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    NextPane,
    PaneBefore,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    PhaseBefore,
    PhaseAfter,
    OneBefore,
    OneAfter,
    NextMatch,
    MatchBefore,
    CursorBefore,
    CursorAfter,
    Back,
}

/// What a replay's transport is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Play {
    Toggle,
    Faster,
    Slower,
    Forward,
    Back,
    NextDecision,
    DecisionBefore,
    /// To this many tenths of the whole; a digit key says which.
    Tenth(u8),
}

impl Key {
    pub fn is_for(&self, place: Place) -> bool {
        self.places.contains(&place)
    }

    pub fn refusal(&self, facts: &Facts, view: &View) -> Option<String> {
        (self.why_not)(self.does, facts, view)
    }
}

/// Where the keys go while nothing is open above the screen.
pub fn place(facts: &Facts, view: &View) -> Place {
    if facts.transport.is_some() { Place::Replay } else { Place::On(view.screen) }
}

/// The rows that mean something here, in the table's order.
pub fn here(facts: &Facts, view: &View) -> impl Iterator<Item = &'static Key> {
    let place = place(facts, view);
    KEYS.iter().filter(move |key| key.is_for(place))
}

pub fn find(chord: Chord, facts: &Facts, view: &View) -> Option<&'static Key> {
    here(facts, view).find(|key| key.on.contains(&chord))
}

/// The table for the README, so that it can't tell anything else than the program does.
pub fn markdown() -> String {
    let mut text = String::from("| key | where | what it does |\n| --- | --- | --- |\n");
    for key in KEYS {
        let names: Vec<String> = key.on.iter().map(|chord| format!("`{chord}`")).collect();
        let _ = writeln!(text, "| {} | {} | {} |", names.join(" "), whereabouts(key.places), key.says);
    }
    text
}

/// `everywhere`, or the names of the screens.
pub fn whereabouts(places: &[Place]) -> String {
    let screens: Vec<&str> =
        Screen::ALL.iter().filter(|screen| places.contains(&Place::On(**screen))).map(|s| s.name()).collect();
    let replay = places.contains(&Place::Replay);
    match (screens.len() == Screen::ALL.len(), replay) {
        (true, true) => "everywhere".to_owned(),
        (true, false) => "everywhere but replay".to_owned(),
        (false, true) if screens.is_empty() => "replay".to_owned(),
        (false, true) => format!("{}, replay", screens.join(", ")),
        (false, false) => screens.join(", "),
    }
}

#[cfg(test)]
mod tests;
