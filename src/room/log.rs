//! The log of a room: a line for each thing that happened, in words, newest last, bounded.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::time::Moment;

/// Lines kept; the journal has them all.
pub const LINES_MAX: usize = 5_000;

/// Lines of one step's output that stay in the log when it prints on and on.
pub const OUTPUT_RUN_MAX: usize = 5;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    lines: VecDeque<Line>,
    /// How many of the newest lines are output.
    output_run: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub seq: u64,
    pub at: Moment,
    pub tone: Tone,
    pub text: String,
}

/// What kind of thing a line tells, for its colour and for jumping between decisions and failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
        self.output_run = 0;
        self.add(line);
    }

    /// A line of output takes the place of the oldest of a long run, so that it never drives out decisions.
    pub fn push_output(&mut self, line: Line) {
        if self.output_run == OUTPUT_RUN_MAX {
            self.lines.remove(self.lines.len() - OUTPUT_RUN_MAX);
            self.output_run -= 1;
        }
        self.add(line);
        self.output_run += 1;
    }

    fn add(&mut self, line: Line) {
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
