//! One history read backwards from now: for how long every sample has said the same.

use crate::measure::history::{Digest, History, Move};
use crate::measure::judge::whether::Whether;
use crate::measure::reading::Standing;
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
    /// Something was done, and what was so before that says nothing about it.
    Action,
}

/// How far a history is read back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    pub fresh_for: Span,
    /// As much as this is all that counts.
    pub enough: Span,
    /// What was measured before, or then, does not count.
    pub from: Option<Moment>,
    /// Nor what was measured later.
    pub until: Option<Moment>,
}

/// Why the present is not known.
#[derive(Debug)]
pub(super) enum Unsure {
    Never,
    /// Nothing came yet from where the source is asked now.
    Moved(String),
    Stale {
        age: Span,
        last: Option<f64>,
    },
    Missing(String),
    Invalid(String),
    /// The newest sample is dated later than now: one of the two clocks is wrong.
    Ahead(Span),
}

/// The newest value and its age, where it is a fresh number; as it was at `until`.
pub(super) fn newest(history: &History, now: Moment, fresh_for: Span, until: Option<Moment>) -> Result<(f64, Span), Unsure> {
    if let Some(moved) = history.nothing_since() {
        return Err(Unsure::Moved(Move::address(moved.to.as_ref())));
    }
    let newest = match until {
        None => history.newest(),
        Some(until) => history.newest_first().find(|sample| sample.at <= until).filter(|sample| history.counts(sample)),
    };
    let age = newest.map_or(Span::ZERO, |sample| now - sample.at);
    if -age > fresh_for {
        return Err(Unsure::Ahead(-age));
    }
    match Standing::of(newest, now, fresh_for) {
        Standing::Number(value) if value.is_finite() => Ok((value, age)),
        Standing::Number(value) => Err(Unsure::Invalid(format!("the value is {value}"))),
        Standing::Never => Err(Unsure::Never),
        Standing::Missing(why) => Err(Unsure::Missing(why)),
        Standing::Invalid(what) => Err(Unsure::Invalid(what)),
        Standing::Stale { last } => Err(Unsure::Stale { age, last }),
    }
}

/// Reads back until something breaks the stretch, or it is known to be at least `enough`.
pub(super) fn stretch(history: &History, now: Moment, reach: &Reach, whether: Whether) -> Result<Stretch, Unsure> {
    let Reach { fresh_for, enough, from, until } = *reach;
    let (value, age) = newest(history, now, fresh_for, until)?;
    let holds = whether.holds(value);
    let mut stretch = Stretch { value, age: age.or_zero(), holds, held: Span::ZERO, samples: 0, broken_by: None };
    let mut later = now.max(now - age);
    for piece in history.judged_until(until) {
        let piece = piece.digest();
        let before = from.is_some_and(|from| piece.from <= from);
        let broken = broken(&piece, later, fresh_for, whether, holds);
        stretch.broken_by = broken.or_else(|| before.then_some(Break::Action));
        if stretch.broken_by.is_some() {
            break;
        }
        stretch.samples += piece.samples as usize;
        stretch.held = (now - piece.from).or_zero();
        later = piece.from;
        if stretch.held >= enough && stretch.samples >= 2 {
            break;
        }
    }
    Ok(stretch)
}

/// What is wrong with taking `piece` as what came before `later`. Of folded samples all must agree.
fn broken(piece: &Digest, later: Moment, fresh_for: Span, whether: Whether, holds: bool) -> Option<Break> {
    let gap = later - piece.to;
    // A sample that is dated after its successor tells that a clock was set, and how long it lasted is not known.
    if gap > fresh_for || gap < Span::ZERO {
        return Some(Break::Gap(gap.or_zero()));
    }
    if !piece.is_whole() {
        return Some(Break::NoNumber);
    }
    if piece.silence > fresh_for || piece.back {
        return Some(Break::Gap(piece.silence));
    }
    if whether.of_all(piece.least, piece.greatest) == Some(holds) {
        return None;
    }
    let against = if whether.holds(piece.least) == holds { piece.greatest } else { piece.least };
    Some(Break::Value(against))
}
