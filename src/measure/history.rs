//! A metric's recent past, bounded: what gauges draw and criteria are judged from.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::measure::reading::{Reading, Sample, Standing};
use crate::time::{Moment, Span};

/// Samples kept of one metric. At one every five seconds this is nearly six hours.
pub const SAMPLES_MAX: usize = 4_096;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    samples: VecDeque<Sample>,
}

impl History {
    pub fn push(&mut self, at: Moment, reading: Reading) {
        if self.samples.len() == SAMPLES_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample { at, reading });
    }

    pub fn last(&self) -> Option<&Sample> {
        self.samples.back()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().rev()
    }

    /// Oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Sample> {
        self.samples.iter()
    }

    /// How old the newest sample is.
    pub fn age(&self, now: Moment) -> Option<Span> {
        self.last().map(|sample| (now - sample.at).or_zero())
    }

    /// What may be said at `now` when samples count as fresh for `fresh_for`.
    pub fn standing(&self, now: Moment, fresh_for: Span) -> Standing {
        match self.last() {
            None => Standing::Never,
            Some(sample) if now - sample.at > fresh_for => Standing::Stale { last: sample.reading.number() },
            Some(Sample { reading: Reading::Number(value), .. }) => Standing::Number(*value),
            Some(Sample { reading: Reading::Missing(why), .. }) => Standing::Missing(why.clone()),
            Some(Sample { reading: Reading::Invalid(what), .. }) => Standing::Invalid(what.clone()),
        }
    }
}
