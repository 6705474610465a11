//! A recorded room played again: the same state at every moment, forwards and backwards.
//!
//! For: moving a play head over a recording, and the room's state under it.
//! May not touch: the clock, the screen. How much time passed is handed in.
//! Start reading at [`Player`].

use std::path::Path;
use std::sync::Arc;

use crate::journal::{JournalError, Recording};
use crate::room::State;
use crate::runbook::Runbook;
use crate::time::{Moment, Span};

mod mark;

pub use mark::{Kind, kind};

/// Why a recording can't be played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the recording does not begin with an opened room")]
    NotOpened,
    #[error("the runbook in the journal can't be read:\n{0}")]
    Runbook(String),
}

/// How fast time passes in a replay, from a quarter to 64 times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed {
    quarters: i64,
}

/// A play head over a recording.
#[derive(Debug)]
pub struct Player {
    recording: Recording,
    state: State,
    head: Moment,
}

impl Player {
    /// At the first record, paused. `runbook` is what the recording's text reads as, filled with its values.
    pub fn new(recording: Recording, runbook: Arc<Runbook>) -> Result<Self, ReplayError> {
        let _ = (recording, runbook);
        Err(ReplayError::NotOpened)
    }

    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let _ = path;
        Err(ReplayError::NotOpened)
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Where the play head is in room time.
    pub fn now(&self) -> Moment {
        self.head
    }

    /// How many records the state has in it; at least the first.
    pub fn position(&self) -> usize {
        1
    }

    pub fn len(&self) -> usize {
        self.recording.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the play head is between the first record (0) and the last (1).
    pub fn fraction(&self) -> f64 {
        0.0
    }

    /// Lets `elapsed` pass on the clock of who watches. Does nothing while paused.
    pub fn advance(&mut self, elapsed: Span) {
        self.head = self.head + elapsed;
    }

    pub fn playing(&self) -> bool {
        false
    }
    pub fn play(&mut self) {}
    pub fn pause(&mut self) {}
    pub fn toggle(&mut self) {}
    pub fn speed(&self) -> Speed {
        Speed { quarters: 4 }
    }
    pub fn faster(&mut self) {}
    pub fn slower(&mut self) {}
    /// To just before the next event worth seeing, where nothing happens until then.
    pub fn skip_idle(&mut self) {}
    /// To the next event worth seeing, and the one before. They say whether there is one.
    pub fn forward(&mut self) -> bool {
        false
    }
    pub fn back(&mut self) -> bool {
        false
    }
    pub fn next_decision(&mut self) -> bool {
        false
    }
    pub fn previous_decision(&mut self) -> bool {
        false
    }
    pub fn seek(&mut self, moment: Moment) {
        self.head = moment;
    }
    /// 0 is the first record, 1 the last.
    pub fn seek_fraction(&mut self, fraction: f64) {
        let _ = fraction;
    }
    pub fn to_start(&mut self) {}
    pub fn to_end(&mut self) {}
    /// What to show on the transport line, with its fraction of the way.
    pub fn marks(&self) -> Vec<(f64, Kind)> {
        Vec::new()
    }
}
