//! One history read backwards from now: for how long every sample has said the same.

use crate::measure::history::History;
use crate::measure::reading::{Reading, Sample, Standing};
use crate::time::{Moment, Span};

/// A fresh number, and the samples before it that agree with it about the condition.
#[derive(Debug)]
pub(super) struct Stretch {
    /// The newest value.
    pub value: f64,
    pub age: Span,
    /// Whether the condition is true of it.
    pub holds: bool,
    /// From the oldest sample that agrees, without a gap, until now.
    pub held: Span,
    /// How many samples that are.
    pub samples: usize,
    pub broken_by: Option<Break>,
}

/// What stands before the samples that agree.
#[derive(Debug)]
pub(super) enum Break {
    /// A number that does not agree.
    Value(f64),
    /// A measurement without a number.
    NoNumber,
    /// Nothing was measured for longer than a sample stays fresh.
    Gap(Span),
}

/// Why the present is not known.
#[derive(Debug)]
pub(super) enum Unsure {
    Never,
    Stale {
        age: Span,
        last: Option<f64>,
    },
    Missing(String),
    Invalid(String),
    /// The newest sample is dated later than now: one of the two clocks is wrong.
    Ahead(Span),
}

/// Reads back until something breaks the stretch, or it is known to be at least `enough`.
pub(super) fn stretch(
    history: &History,
    now: Moment,
    fresh_for: Span,
    enough: Span,
    condition: impl Fn(f64) -> bool,
) -> Result<Stretch, Unsure> {
    let age = history.last().map_or(Span::ZERO, |sample| now - sample.at);
    if -age > fresh_for {
        return Err(Unsure::Ahead(-age));
    }
    let value = match history.standing(now, fresh_for) {
        Standing::Number(value) if value.is_finite() => value,
        Standing::Number(value) => return Err(Unsure::Invalid(format!("the value is {value}"))),
        Standing::Never => return Err(Unsure::Never),
        Standing::Missing(why) => return Err(Unsure::Missing(why)),
        Standing::Invalid(what) => return Err(Unsure::Invalid(what)),
        Standing::Stale { last } => return Err(Unsure::Stale { age, last }),
    };
    let holds = condition(value);
    let mut stretch = Stretch { value, age: age.or_zero(), holds, held: Span::ZERO, samples: 0, broken_by: None };
    let mut later = now.max(now - age);
    for sample in history.newest_first() {
        stretch.broken_by = broken(sample, later, fresh_for, |value| condition(value) == holds);
        if stretch.broken_by.is_some() {
            break;
        }
        stretch.samples += 1;
        stretch.held = (now - sample.at).or_zero();
        later = sample.at;
        if stretch.held >= enough && stretch.samples >= 2 {
            break;
        }
    }
    Ok(stretch)
}

/// What is wrong with taking `sample` as the one before `later`.
fn broken(sample: &Sample, later: Moment, fresh_for: Span, agrees: impl Fn(f64) -> bool) -> Option<Break> {
    let gap = later - sample.at;
    // A sample that is dated after its successor tells that a clock was set, and how long it lasted is not known.
    if gap > fresh_for || gap < Span::ZERO {
        return Some(Break::Gap(gap.or_zero()));
    }
    match sample.reading {
        Reading::Number(value) if value.is_finite() => (!agrees(value)).then_some(Break::Value(value)),
        Reading::Number(_) | Reading::Missing(_) | Reading::Invalid(_) => Some(Break::NoNumber),
    }
}
