//! What can be pressed, where, and what it does: one table for dispatch, footer, help, palette and README.
//!
//! For: keys as data. May not touch: the view, the terminal.

use crossterm::event::KeyCode;

use crate::tui::scene::Facts;
use crate::tui::view::{Screen, View};

mod table;

pub use table::KEYS;

/// A key as pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    pub code: KeyCode,
    pub ctrl: bool,
}

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// One of the screens, with nothing open above it, in a room that lives.
    On(Screen),
    /// Any screen of a replay.
    Replay,
    /// A dialog that is not typed in.
    Dialog,
}

/// One row.
#[derive(Debug)]
pub struct Key {
    /// The first one is shown; the others do the same.
    pub on: &'static [Chord],
    pub places: &'static [Place],
    pub does: Command,
    /// Two words at most, for the footer.
    pub label: &'static str,
    /// For help, palette and README.
    pub says: &'static str,
    /// Why it does nothing now.
    pub why_not: fn(&Facts, &View) -> Option<String>,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
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
    Open(Screen),
    Back,
    Help,
    Palette,
    Search,
    NextMatch,
    MatchBefore,
    Quit,
    Suspend,
    Repaint,

    /// Whatever the selected step, item or gate wants next.
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
    Fail,
    OpenGate,
    Go,
    NoGo,
    Hold,
    Resume,
    Vote,
    VoteByVoice,
    Veto,
    RollBack,
    AcceptRollback,
    Abandon,
    Note,
    Break,

    Play(Play),
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
    /// To this many tenths of the whole.
    Tenth(u8),
}
