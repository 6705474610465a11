//! A recorded room played again: the same state at every moment, forwards and backwards.
//!
//! For: moving a play head over a recording, and the room's state under it.
//! May not touch: the clock, the screen. How much time passed is handed in.
//! Start reading at [`Player`].

use std::path::Path;
use std::sync::Arc;

use crate::journal::{self, JournalError, Recording, Torn};
use crate::room::event::Opened;
use crate::room::{Event, State, snapshot};
use crate::runbook::Runbook;
use crate::time::{Moment, Span};

mod mark;
mod read;
mod records;
mod speed;
mod tape;
#[cfg(test)]
mod tests;
mod times;

pub use mark::{Kind, kind};
pub use read::{Coming, Heard};
pub use speed::Speed;

use mark::{is_decision, is_worth_seeing};
use read::Part;
use tape::Tape;
use times::Times;

/// How long before the next event [`Player::skip_idle`] comes out, so that it is seen happening.
const LEAD: Span = Span::SECOND;

/// Why a recording can't be played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("can't read it in the background: {0}")]
    Thread(#[from] std::io::Error),
    #[error("the recording does not begin with an opened room")]
    NotOpened,
    #[error("the runbook in the journal can't be read:\n{0}")]
    Runbook(String),
}

impl ReplayError {
    /// Whether it is not the recording's fault: a newer warroom wrote it.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Journal(JournalError::Newer { .. }))
    }
}

/// The runbook that a room was opened with, filled with the values it was given. Secrets stay unfilled.
pub fn runbook_of(opened: &Opened) -> Result<Runbook, ReplayError> {
    snapshot::runbook_of(opened).map_err(|problems| ReplayError::Runbook(problems.to_string()))
}

/// How much of a recording there is to be shown.
#[derive(Debug)]
pub enum Reading {
    /// More is being read; so much is there, of 100.
    Percent(u8),
    /// All of it, but for what a crash tore off its end.
    Whole { torn: Option<Torn> },
    /// All before this.
    Failed(ReplayError),
}

/// A play head over a recording. It is in room time and moves also where nothing happens.
#[derive(Debug)]
pub struct Player {
    tape: Tape,
    reading: Reading,
    times: Times,
    head: Moment,
    playing: bool,
    speed: Speed,
    /// Of a millisecond, still to be played.
    quarters: i64,
}

impl Player {
    /// At the first record, paused. `runbook` is what the recording's text reads as, filled with its values.
    pub fn new(recording: Recording, runbook: Arc<Runbook>) -> Result<Self, ReplayError> {
        let Recording { records, torn, .. } = recording;
        let reading = Reading::Whole { torn };
        let mut times = Times::default();
        times.note(&records);
        Ok(Self::of(Tape::new(records.into(), runbook)?, times, reading))
    }

    fn of(tape: Tape, times: Times, reading: Reading) -> Self {
        let (head, _) = times.span();
        Self { tape, reading, times, head, playing: false, speed: Speed::NORMAL, quarters: 0 }
    }

    /// Reads a journal and plays it.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let (mut player, mut coming) = Self::begin(path)?;
        while let Some(heard) = coming.wait() {
            player.hear(heard);
        }
        match player.reading {
            Reading::Failed(error) => Err(error),
            Reading::Percent(_) | Reading::Whole { .. } => Ok(player),
        }
    }

    /// Plays the beginning of a journal, while the rest is read.
    pub fn begin(path: &Path) -> Result<(Self, Coming), ReplayError> {
        let mut coming = Coming::of(path)?;
        let Part { records, times, percent, .. } = match coming.wait() {
            Some(Heard::Part(part)) => *part,
            Some(Heard::Failed(error)) => return Err(error.into()),
            Some(Heard::End { .. }) | None => return Err(JournalError::Empty.into()),
        };
        let Some(Event::Opened(opened)) = records.first().map(|record| &record.event) else {
            return Err(if records.len() == 0 { JournalError::Empty.into() } else { ReplayError::NotOpened });
        };
        let runbook = Arc::new(runbook_of(opened)?);
        let mut player = Self::of(Tape::new(records, runbook)?, times, Reading::Percent(percent));
        if percent == 100
            && let Some(last) = coming.wait()
        {
            player.hear(last);
        }
        Ok((player, coming))
    }

    /// Takes in more of the recording.
    pub fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Part(part) => {
                self.times.extend(part.times);
                self.tape.grow(part.records, part.state);
                self.reading = Reading::Percent(part.percent);
            }
            Heard::End { torn } => self.reading = Reading::Whole { torn },
            Heard::Failed(error) => self.reading = Reading::Failed(error.into()),
        }
    }

    /// How much of the recording is there.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Why the rest is not there, where it could not be read.
    pub fn into_failure(self) -> Option<ReplayError> {
        match self.reading {
            Reading::Failed(error) => Some(error),
            Reading::Percent(_) | Reading::Whole { .. } => None,
        }
    }

    /// Whether a newer warroom wrote it, which may have meant something else by it.
    pub fn is_newer(&self) -> bool {
        self.state().opened.format > journal::FORMAT
    }

    fn more_comes(&self) -> bool {
        matches!(self.reading, Reading::Percent(_))
    }

    pub fn state(&self) -> &State {
        self.tape.state()
    }

    /// Where the play head is in room time.
    pub fn now(&self) -> Moment {
        self.head
    }

    /// How many records the state has in it; at least the first.
    pub fn position(&self) -> usize {
        self.tape.position()
    }

    pub fn len(&self) -> usize {
        self.times.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.times.all.is_empty()
    }

    /// When the recording begins and ends.
    pub fn bounds(&self) -> (Moment, Moment) {
        self.times.span()
    }

    /// Where the play head is between the first record (0) and the last (1).
    pub fn fraction(&self) -> f64 {
        self.times.share(self.head)
    }

    /// What to show on the transport line, in order.
    pub fn marks(&self) -> &[(Moment, Kind)] {
        &self.times.marks
    }

    /// Lets `elapsed` pass for who watches. Does nothing while paused, and pauses at the end; where more is being read, it waits
    /// for that.
    pub fn advance(&mut self, elapsed: Span) {
        if !self.playing {
            return;
        }
        self.quarters = self.quarters.saturating_add(self.speed.quarters_in(elapsed));
        let passed = Span(self.quarters / 4);
        self.quarters %= 4;
        self.show((self.head + passed).min(self.bounds().1));
        self.playing = !self.at_end() || self.more_comes();
    }

    pub fn playing(&self) -> bool {
        self.playing
    }

    /// From the beginning again, where the end is reached.
    pub fn play(&mut self) {
        if self.at_end() && !self.more_comes() {
            self.to_start();
        }
        self.playing = true;
    }

    pub fn pause(&mut self) {
        self.playing = false;
    }

    pub fn toggle(&mut self) {
        if self.playing { self.pause() } else { self.play() }
    }

    pub fn speed(&self) -> Speed {
        self.speed
    }

    pub fn faster(&mut self) {
        self.speed = self.speed.faster();
    }

    pub fn slower(&mut self) {
        self.speed = self.speed.slower();
    }

    /// To just before the next event worth seeing. Says whether there is one.
    pub fn skip_idle(&mut self) -> bool {
        let Some(index) = self.next_where(is_worth_seeing) else { return false };
        let before = self.times.all[index] - LEAD;
        if before > self.head {
            self.show(before);
        } else {
            self.stop_at(index);
        }
        true
    }

    /// To the next event worth seeing. Says whether there is one.
    pub fn forward(&mut self) -> bool {
        self.go(self.next_where(is_worth_seeing))
    }

    /// To the event worth seeing that is behind. Says whether there is one.
    pub fn back(&mut self) -> bool {
        self.go(self.previous_where(is_worth_seeing))
    }

    pub fn next_decision(&mut self) -> bool {
        self.go(self.next_where(is_decision))
    }

    pub fn previous_decision(&mut self) -> bool {
        self.go(self.previous_where(is_decision))
    }

    /// To a moment of room time, with all that has happened by then.
    pub fn seek(&mut self, moment: Moment) {
        let (start, end) = self.bounds();
        let moment = moment.clamp(start, end);
        self.head = moment;
        self.quarters = 0;
        self.tape.move_to(self.happened_by(moment));
    }

    /// 0 is the first record, 1 the last.
    pub fn seek_fraction(&mut self, fraction: f64) {
        let (start, end) = self.bounds();
        // A fraction that is no number means the beginning.
        let passed = (end - start).0 as f64 * fraction.clamp(0.0, 1.0);
        self.seek(start + Span(passed.round() as i64));
    }

    pub fn to_start(&mut self) {
        self.stop_at(0);
    }

    pub fn to_end(&mut self) {
        self.stop_at(self.len() - 1);
    }

    fn at_end(&self) -> bool {
        self.position() == self.len()
    }

    fn happened_by(&self, moment: Moment) -> usize {
        self.times.all.partition_point(|at| *at <= moment)
    }

    /// Moves the head on to `moment`; what is already shown of that moment stays.
    fn show(&mut self, moment: Moment) {
        self.head = moment;
        self.tape.move_to(self.happened_by(moment).max(self.position()));
    }

    /// Shows what happened up to and with the record at `index`, not what came after it in the same millisecond.
    fn stop_at(&mut self, index: usize) {
        self.head = self.times.all[index];
        self.quarters = 0;
        self.tape.move_to(index + 1);
    }

    fn go(&mut self, index: Option<usize>) -> bool {
        index.map(|index| self.stop_at(index)).is_some()
    }

    fn next_where(&self, wanted: fn(&Event) -> bool) -> Option<usize> {
        let place = self.position();
        let found = self.tape.records().at(place..self.len()).position(|record| wanted(&record.event));
        found.map(|ahead| place + ahead)
    }

    /// The wanted event behind; the one before that where the head is still at it, so that pressing twice goes on
    /// while the recording plays.
    fn previous_where(&self, wanted: fn(&Event) -> bool) -> Option<usize> {
        let before = |end: usize| {
            let found = self.tape.records().at(0..end).rev().position(|record| wanted(&record.event));
            found.map(|behind| end - 1 - behind)
        };
        let found = before(self.position())?;
        let passed = self.head - self.times.all[found];
        let still_at_it = if self.playing {
            passed <= Span(self.speed.quarters_in(Span::SECOND) / 4)
        } else {
            passed == Span::ZERO && found + 1 == self.position()
        };
        if still_at_it { before(found) } else { Some(found) }
    }
}
