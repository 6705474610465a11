//! Where the eye is: screen, focus, selections, scrolling, open dialogs, notices.
//!
//! For: everything that differs between two people who look at the same room.
//! May not touch: the room's state, the clock, the terminal.

use std::collections::BTreeMap;

use crate::id::{ItemId, StepId};
use crate::time::{Moment, Span};
use crate::tui::dialog::{Dialog, Purpose};
use crate::tui::keys::Chord;
use crate::tui::scene::Shown;

/// Notices kept; the oldest goes first.
const NOTICES_MAX: usize = 8;

#[derive(Clone, Debug, Default)]
pub struct View {
    pub screen: Screen,
    /// The pane of the main screen that the arrows move in.
    pub focus: Pane,
    /// The phase looked at; `None` follows the one being worked on.
    pub shown: Option<Shown>,
    /// The step selected; `None` follows what wants a person next.
    pub step: Option<StepId>,
    /// The item selected; `None` follows the first open one.
    pub item: Option<ItemId>,
    /// The metric selected, by its place in the runbook.
    pub metric: usize,
    /// The time that is read off the gauge's chart; `None` reads now.
    pub cursor: Option<Moment>,
    pub output: Anchor,
    pub log: Anchor,
    /// First line shown of contacts and guides.
    pub guides: usize,
    /// The message selected, by its place in the list; `None` follows what is to be said next.
    pub message: Option<usize>,
    /// First line shown of its text.
    pub message_line: usize,
    /// The first phase shown on the timeline.
    pub timeline: usize,
    /// Whether a step or an item is looked at in all its details.
    pub detail: Detail,
    /// First line shown of them.
    pub details: usize,
    /// First line shown of the gate's evidence, where it is longer than the screen.
    pub gate: usize,
    /// First line shown of help, while it is open.
    pub help: Option<usize>,
    pub palette: Option<Palette>,
    pub search: Search,
    /// The last one is on top and has the keys.
    pub dialogs: Vec<Dialog>,
    /// Text that was typed and not sent, by what it was for.
    pub drafts: BTreeMap<Purpose, String>,
    pub notices: Vec<Notice>,
    /// How many times faster than hands and eyes the room's clock runs: that of a rehearsal. 0 is as good as 1.
    pub speed: u32,
    /// The last key, and when: what follows it too soon is the same press.
    pub pressed: Option<(Chord, Moment)>,
    /// The record of the first line of the log that was not seen before one came back: that line is marked.
    pub unseen: Option<u64>,
    /// The room is in the screen's own process, and ends with it.
    pub in_one_process: bool,
    /// Columns and rows of the terminal at the last frame.
    pub size: (u16, u16),
}

/// What fills the body of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Screen {
    #[default]
    Main,
    Gate,
    /// One metric by itself.
    Gauge,
    Checklists,
    /// Planned, actual and projected times of every phase.
    Timeline,
    Output,
    Log,
    /// Whom to call, and what to read.
    Guides,
    /// What to say.
    Messages,
    /// All about one step or item.
    Details,
    /// What the program says about itself.
    Diagnostics,
}

/// What the details are of: the selected one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    #[default]
    Step,
    Item,
}

impl Screen {
    pub const ALL: [Self; 11] = [
        Self::Main,
        Self::Gate,
        Self::Gauge,
        Self::Checklists,
        Self::Timeline,
        Self::Output,
        Self::Log,
        Self::Guides,
        Self::Messages,
        Self::Details,
        Self::Diagnostics,
    ];

    /// Whether its text stands as it is, instead of growing at its end.
    pub fn stands(self) -> bool {
        matches!(self, Self::Guides | Self::Messages | Self::Details)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Gate => "gate",
            Self::Gauge => "gauge",
            Self::Checklists => "checklists",
            Self::Timeline => "timeline",
            Self::Output => "output",
            Self::Log => "log",
            Self::Guides => "contacts and guides",
            Self::Messages => "messages",
            Self::Details => "details",
            Self::Diagnostics => "diagnostics",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pane {
    #[default]
    Steps,
    Metrics,
    Log,
}

impl Pane {
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Steps => Self::Metrics,
            Self::Metrics => Self::Log,
            Self::Log => Self::Steps,
        }
    }

    #[must_use]
    pub fn before(self) -> Self {
        self.next().next()
    }
}

/// Where a growing text is looked at: at its end, or held at a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// `None` follows the newest line; else the number of lines up to and with the last one shown, counted from
    /// the first line there ever was (output) or is kept (log).
    pub held: Option<u64>,
}

impl Anchor {
    /// The number of the line after the last one shown, when there are `total` lines of which the first `gone` are
    /// no longer kept.
    pub fn end(self, gone: u64, total: u64) -> u64 {
        self.held.map_or(total, |held| held.clamp(gone.min(total), total))
    }

    pub fn up(&mut self, lines: u64, gone: u64, total: u64) {
        self.held = Some(self.end(gone, total).saturating_sub(lines).max((gone + 1).min(total)));
    }

    /// Down to the end means following again.
    pub fn down(&mut self, lines: u64, gone: u64, total: u64) {
        let end = self.end(gone, total).saturating_add(lines);
        self.held = (end < total).then_some(end);
    }
}

/// The palette: every command by its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    pub text: String,
    pub selected: usize,
}

/// The search of output and log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Being typed now.
    pub typing: bool,
    /// What is looked for and shown marked; empty is none.
    pub text: String,
}

/// One line that tells what came of something, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub tone: NoticeTone,
    pub text: String,
    pub until: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTone {
    /// It was done.
    Good,
    /// For your information.
    Plain,
    /// It was refused, or needs a look.
    Refused,
}

impl View {
    /// A time that hands and eyes need, in room time.
    pub fn by_hand(&self, span: Span) -> Span {
        Span(span.0.saturating_mul(i64::from(self.speed.max(1))))
    }

    /// Where one comes back to from this screen.
    pub fn below(&self) -> Screen {
        if self.screen == Screen::Details && self.detail == Detail::Item { Screen::Checklists } else { Screen::Main }
    }

    pub fn say(&mut self, tone: NoticeTone, text: impl Into<String>, now: Moment) {
        let stays = match tone {
            NoticeTone::Good => Span::seconds(4),
            NoticeTone::Plain => Span::seconds(6),
            NoticeTone::Refused => Span::seconds(12),
        };
        let text = text.into();
        self.notices.retain(|notice| notice.text != text);
        if self.notices.len() == NOTICES_MAX {
            self.notices.remove(0);
        }
        self.notices.push(Notice { tone, text, until: now + self.by_hand(stays) });
    }

    /// The newest notice that still counts.
    pub fn notice(&self, now: Moment) -> Option<&Notice> {
        self.notices.iter().rev().find(|notice| notice.until > now)
    }

    /// Drops notices that are over; whether any was.
    pub fn forget(&mut self, now: Moment) -> bool {
        let before = self.notices.len();
        self.notices.retain(|notice| notice.until > now);
        self.notices.len() != before
    }
}
