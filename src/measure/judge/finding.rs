//! What a stretch of samples amounts to, in words that a commander can act on.

use crate::measure::judge::stretch::{Break, Stretch, Unsure};
use crate::measure::judge::{Least, Verdict};
use crate::text;
use crate::time::Span;

/// Columns kept of what a source says about itself.
const OUTSIDE_MAX: usize = 120;

/// A judgement of a part of a criterion.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub verdict: Verdict,
    pub now: String,
    pub must_be: String,
    pub held: Option<Span>,
    pub reason: String,
}

impl Finding {
    pub(super) fn unknown(reason: String) -> Self {
        Self { verdict: Verdict::Unknown, now: "?".to_owned(), must_be: String::new(), held: None, reason }
    }

    /// The reason with the name of what it is about; nothing where there is nothing to say.
    pub(super) fn reason_about(&self, name: &str) -> String {
        if self.reason.is_empty() { String::new() } else { format!("{name}: {}", self.reason) }
    }
}

pub(super) fn of_stretch(
    stretch: Result<Stretch, Unsure>,
    least: Least,
    source: &str,
    must_be: String,
    say: impl Fn(f64) -> String,
) -> Finding {
    let stretch = match stretch {
        Ok(stretch) => stretch,
        Err(unsure) => return Finding { must_be, ..Finding::unknown(words_of(&unsure, source, say)) },
    };
    // One sample says nothing about a stretch of time.
    let long_enough = |hold| hold <= Span::ZERO || (stretch.held >= hold && stretch.samples >= 2);
    let hold = if stretch.holds { least.truth } else { least.falsehood };
    let now = say(stretch.value);
    let (verdict, reason) = match (long_enough(hold), stretch.holds) {
        (true, true) => (Verdict::Pass, String::new()),
        (true, false) => (Verdict::Fail, against(&stretch, &now, &must_be, source)),
        (false, _) => (Verdict::Unknown, pending(&stretch, hold, say)),
    };
    Finding { verdict, now, must_be, held: Some(stretch.held), reason }
}

/// Words from outside, fit for a line.
pub(super) fn outside(words: &str) -> String {
    text::clip(&text::clean_line(words), OUTSIDE_MAX).into_owned()
}

pub(super) fn words_of(unsure: &Unsure, source: &str, say: impl Fn(f64) -> String) -> String {
    match unsure {
        Unsure::Never => format!("never measured, source {source}"),
        Unsure::Moved(address) => format!("not measured yet at {address}, source {source}"),
        Unsure::Stale { age, last: Some(value) } => {
            format!("last sample {} old ({}), source {source}", age.age(), say(*value))
        }
        Unsure::Stale { age, last: None } => format!("last sample {} old, source {source}", age.age()),
        Unsure::Missing(why) => format!("no data: {}, source {source}", outside(why)),
        Unsure::Invalid(what) => format!("invalid: {}, source {source}", outside(what)),
        Unsure::Ahead(span) => format!("last sample is {span} ahead of the clock, source {source}"),
    }
}

fn against(stretch: &Stretch, now: &str, must_be: &str, source: &str) -> String {
    let samples = match stretch.samples {
        1 => "1 sample".to_owned(),
        more => format!("{more} samples"),
    };
    format!("{now}, must be {must_be}, for {} ({samples}), source {source}, {} old", stretch.held, stretch.age.age())
}

fn pending(stretch: &Stretch, hold: Span, say: impl Fn(f64) -> String) -> String {
    let before = match stretch.broken_by {
        Some(Break::Value(value)) => format!(", before that {}", say(value)),
        Some(Break::NoNumber) => ", before that no number".to_owned(),
        Some(Break::Gap(gap)) if gap > Span::ZERO => format!(", before that nothing for {gap}"),
        Some(Break::Gap(_)) => ", before that the clock was set".to_owned(),
        Some(Break::Action) => ", counted from the last action".to_owned(),
        None => String::new(),
    };
    format!("held for {} of {hold}{before}", stretch.held)
}
