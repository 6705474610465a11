//! The log of a room: a line for each thing that happened, in words, newest last, bounded.

use std::collections::VecDeque;

use crate::time::Moment;

/// Lines kept; the journal has them all.
pub const LINES_MAX: usize = 5_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    lines: VecDeque<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub seq: u64,
    pub at: Moment,
    pub tone: Tone,
    pub text: String,
}

/// What kind of thing a line tells, for its colour and for jumping between decisions and failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// What a step printed.
    Output,
    /// A decision, a vote, a tick, a start: a person did it.
    Decision,
    Good,
    Warning,
    Bad,
}

impl Log {
    pub fn push(&mut self, line: Line) {
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().rev()
    }

    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }
}
