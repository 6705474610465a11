//! A metric's past, bounded: what gauges draw and criteria are judged from.
//!
//! The newest samples are kept as they are. Older ones are folded, some in a row into one [`Digest`] that keeps what a
//! criterion may need to know of them: the least and the greatest, how many had no number, the longest silence. When there are
//! too many digests, two neighbours become one, so that the whole deployment is always there, the older the coarser. Nothing
//! is ever claimed of a folded stretch that was not so of each of its samples.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::id::PhaseId;
use crate::measure::reading::{Reading, Sample, Standing};
use crate::time::{Moment, Span};

/// Samples kept as they were. At one every five seconds this is nearly three hours.
pub const RECENT_MAX: usize = 2_048;
/// Digests kept of what is older: with [`RECENT_MAX`] no history takes more than 160 kB, words of failed polls apart.
pub const OLDER_MAX: usize = 1_024;
/// Samples in a digest at first; each time there are too many digests, twice as many.
const FOLDED: u32 = 8;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    samples: VecDeque<Sample>,
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    older: VecDeque<Digest>,
    /// How often two digests were made into one.
    #[serde(default, skip_serializing_if = "is_zero")]
    halved: u32,
    /// Since when its source is asked at another address. What is older was measured there: it is drawn, and not judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved: Option<Move>,
}

/// When a source went to another address, and to which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub at: Moment,
    /// The phase whose own address it is; without, the usual one.
    pub to: Option<PhaseId>,
}

impl Move {
    /// `its address for two`
    pub fn address(to: Option<&PhaseId>) -> String {
        to.map_or_else(|| "its usual address".to_owned(), |phase| format!("its address for {phase}"))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What some samples in a row came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    pub from: Moment,
    pub to: Moment,
    pub samples: u32,
    /// How many of them were finite numbers; without any, the values below are zero.
    pub numbers: u32,
    pub least: f64,
    pub greatest: f64,
    pub sum: f64,
    /// The longest time between two of them.
    pub silence: Span,
    /// Whether one was dated before its predecessor: a clock was set, and how long it all took is not known.
    pub back: bool,
}

/// A piece of the past: one sample, or some that were folded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Piece<'a> {
    Sample(&'a Sample),
    Digest(&'a Digest),
}

impl Digest {
    fn of(sample: &Sample) -> Self {
        let value = sample.reading.number().filter(|value| value.is_finite());
        let (at, number) = (sample.at, value.unwrap_or_default());
        Self {
            from: at,
            to: at,
            samples: 1,
            numbers: u32::from(value.is_some()),
            least: number,
            greatest: number,
            sum: number,
            silence: Span::ZERO,
            back: false,
        }
    }

    fn add(&mut self, later: &Self) {
        let between = later.from - self.to;
        if self.numbers == 0 {
            (self.least, self.greatest) = (later.least, later.greatest);
        } else if later.numbers > 0 {
            (self.least, self.greatest) = (self.least.min(later.least), self.greatest.max(later.greatest));
        }
        self.samples = self.samples.saturating_add(later.samples);
        self.numbers = self.numbers.saturating_add(later.numbers);
        self.sum += later.sum;
        self.silence = self.silence.max(later.silence).max(between);
        self.back |= later.back || between < Span::ZERO;
        self.to = later.to;
    }

    /// Whether each of its samples was a number.
    pub fn is_whole(&self) -> bool {
        self.numbers == self.samples
    }

    pub fn mean(&self) -> Option<f64> {
        (self.numbers > 0).then(|| self.sum / f64::from(self.numbers))
    }
}

impl Piece<'_> {
    pub fn from(self) -> Moment {
        match self {
            Self::Sample(sample) => sample.at,
            Self::Digest(digest) => digest.from,
        }
    }

    pub fn to(self) -> Moment {
        match self {
            Self::Sample(sample) => sample.at,
            Self::Digest(digest) => digest.to,
        }
    }

    /// The same with all that a digest knows.
    pub fn digest(self) -> Digest {
        match self {
            Self::Sample(sample) => Digest::of(sample),
            Self::Digest(digest) => digest.clone(),
        }
    }
}

impl History {
    pub fn push(&mut self, at: Moment, reading: Reading) {
        if self.samples.len() == RECENT_MAX
            && let Some(oldest) = self.samples.pop_front()
        {
            self.fold(&oldest);
        }
        self.samples.push_back(Sample { at, reading });
    }

    /// A sample that its source dates itself. Told again it is the same one: many polls of it prove no more than one.
    pub fn push_dated(&mut self, at: Moment, reading: Reading) {
        match self.samples.back_mut().filter(|last| last.at == at && last.reading.number().is_some()) {
            Some(last) => last.reading = reading,
            None => self.push(at, reading),
        }
    }

    fn fold(&mut self, sample: &Sample) {
        let full = FOLDED.saturating_mul(1_u32.checked_shl(self.halved).unwrap_or(u32::MAX));
        let later = Digest::of(sample);
        match self.older.back_mut().filter(|digest| digest.samples < full) {
            Some(digest) => digest.add(&later),
            None => self.older.push_back(later),
        }
        if self.older.len() > OLDER_MAX {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let mut halved = VecDeque::with_capacity(OLDER_MAX);
        while let Some(mut digest) = self.older.pop_front() {
            if let Some(later) = self.older.pop_front() {
                digest.add(&later);
            }
            halved.push_back(digest);
        }
        self.older = halved;
        self.halved = (self.halved + 1).min(24);
    }

    pub fn last(&self) -> Option<&Sample> {
        self.samples.back()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Samples kept as they were.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// The samples kept as they were, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().rev()
    }

    /// The samples kept as they were, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Sample> {
        self.samples.iter()
    }

    /// All of the past, newest first.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.newest_first().map(Piece::Sample).chain(self.older.iter().rev().map(Piece::Digest))
    }

    /// From now on another address is asked.
    pub fn move_to(&mut self, at: Moment, to: Option<PhaseId>) {
        self.moved = Some(Move { at, to });
    }

    /// Where it was moved to, while nothing has been measured there yet.
    pub fn nothing_since(&self) -> Option<&Move> {
        self.moved.as_ref().filter(|moved| self.last().is_none_or(|sample| sample.at <= moved.at))
    }

    /// The newest sample that was measured where the source is now.
    pub fn newest(&self) -> Option<&Sample> {
        self.last().filter(|_| self.nothing_since().is_none())
    }

    /// Whether a sample was measured where the source is now.
    pub fn counts(&self, sample: &Sample) -> bool {
        self.moved.as_ref().is_none_or(|moved| sample.at > moved.at)
    }

    /// All that was measured where the source is now, newest first: what criteria are judged by.
    pub fn judged(&self) -> impl Iterator<Item = Piece<'_>> {
        let moved = self.moved.as_ref().map(|moved| moved.at);
        self.pieces().take_while(move |piece| moved.is_none_or(|at| piece.from() > at))
    }

    /// The same without what was measured after `until`.
    pub fn judged_until(&self, until: Option<Moment>) -> impl Iterator<Item = Piece<'_>> {
        self.judged().skip_while(move |piece| until.is_some_and(|until| piece.to() > until))
    }

    /// How old the newest sample is.
    pub fn age(&self, now: Moment) -> Option<Span> {
        self.last().map(|sample| (now - sample.at).or_zero())
    }

    /// What may be said at `now` when samples count as fresh for `fresh_for`.
    pub fn standing(&self, now: Moment, fresh_for: Span) -> Standing {
        Standing::of(self.newest(), now, fresh_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: i64, reading: impl Fn(i64) -> Reading) -> History {
        let mut history = History::default();
        for number in 0..count {
            history.push(Moment(number * 5_000), reading(number));
        }
        history
    }

    #[test]
    fn a_week_of_samples_is_all_there_in_bounded_room() {
        let week = 7 * 24 * 720;
        let history = filled(week, |number| Reading::Number(f64::from((number % 100) as i32)));
        let pieces: Vec<Digest> = history.pieces().map(Piece::digest).collect();
        assert!(pieces.len() <= RECENT_MAX + OLDER_MAX, "{}", pieces.len());
        assert_eq!(pieces.iter().map(|piece| i64::from(piece.samples)).sum::<i64>(), week);
        assert_eq!(pieces.last().map(|piece| piece.from), Some(Moment(0)));
        assert!(pieces.iter().all(|piece| piece.silence <= Span(5_000) && !piece.back && piece.is_whole()));
        let bytes = RECENT_MAX * size_of::<Sample>() + OLDER_MAX * size_of::<Digest>();
        assert!(bytes <= 160_000, "{bytes}");
    }

    #[test]
    fn one_bad_sample_among_a_week_is_still_known() {
        let history = filled(50_000, |number| match number {
            700 => Reading::Number(9.0),
            9_000 => Reading::Missing("gone".to_owned()),
            _ => Reading::Number(1.0),
        });
        let pieces: Vec<Digest> = history.pieces().map(Piece::digest).collect();
        assert_eq!(pieces.iter().filter(|piece| piece.greatest == 9.0 && piece.least == 1.0).count(), 1);
        assert_eq!(pieces.iter().filter(|piece| piece.numbers + 1 == piece.samples).count(), 1);
    }
}
