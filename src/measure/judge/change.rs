//! How much a metric grew or fell over a time: the mean of the last tenth against that of the first.
//!
//! A single sample at either end would make noise look like growth, and a line through all of them would see a leap late.

use crate::id::MetricId;
use crate::measure::criterion::{Amount, Op, Way};
use crate::measure::history::{Digest, History};
use crate::measure::judge::finding::{self, Finding};
use crate::measure::judge::stretch::newest;
use crate::measure::judge::{Evidence, Verdict, fresh_for};
use crate::measure::metric::Metric;
use crate::measure::show;
use crate::time::{Moment, Span};

/// What stands at both ends of the time.
struct Ends {
    first: f64,
    last: f64,
    samples: u32,
    /// How much of the time it is.
    covered: Span,
}

pub(super) fn change(
    id: &MetricId,
    way: Way,
    (op, limit): (Op, Amount),
    over: Span,
    evidence: &impl Evidence,
    now: Moment,
) -> Finding {
    let (Some(metric), Some(history)) = (evidence.metric(id), evidence.history(id)) else {
        return Finding::unknown(format!("there is no metric `{id}`"));
    };
    let must_be = format!("{} {} {} in {over}", way.word(), op.sign(), show::amount(limit, &metric.unit));
    let fresh_for = fresh_for(metric, evidence);
    let found = match newest(history, now, fresh_for, evidence.until()) {
        Err(unsure) => {
            let say = |value| show::number(value, &metric.unit);
            Finding::unknown(finding::words_of(&unsure, &metric.whence(), say))
        }
        Ok((_, age)) => {
            compared(&ends(history, now, over, fresh_for, evidence.until()), metric, way, (op, limit), over, age.or_zero())
        }
    };
    Finding { must_be, ..found }
}

fn compared(ends: &Ends, metric: &Metric, way: Way, (op, limit): (Op, Amount), over: Span, age: Span) -> Finding {
    let grown = match way {
        Way::Grows => ends.last - ends.first,
        Way::Falls => ends.first - ends.last,
    };
    let say = |value| show::number(value, &metric.unit);
    let moved = format!("{} to {} in {}", say(ends.first), say(ends.last), ends.covered);
    let (measured, wanted) = match limit {
        Amount::Share(_) if ends.first == 0.0 && grown != 0.0 => {
            return Finding::unknown(format!("{moved}: no share can be told of a growth from 0"));
        }
        Amount::Share(share) if ends.first == 0.0 => (0.0, share),
        Amount::Share(share) => (grown / ends.first.abs(), share),
        Amount::Plain(plain) => (grown, plain),
    };
    let signed = |amount| format!("{}{}", if measured < 0.0 { "" } else { "+" }, show::amount(amount, &metric.unit));
    let now = signed(match limit {
        Amount::Share(_) => Amount::Share(show::short(measured)),
        Amount::Plain(_) => Amount::Plain(show::short(measured)),
    });
    let source = metric.whence();
    let (verdict, reason) = if ends.covered < over {
        (Verdict::Unknown, format!("known for {} of {over}: {moved}", ends.covered))
    } else if op.holds(measured, wanted) {
        (Verdict::Pass, String::new())
    } else {
        (Verdict::Fail, format!("{now}: {moved} ({} samples), source {source}, {} old", ends.samples, age.age()))
    };
    Finding { verdict, now, must_be: String::new(), held: None, reason }
}

/// Reads back until the time is covered, or something breaks it.
fn ends(history: &History, now: Moment, over: Span, fresh_for: Span, until: Option<Moment>) -> Ends {
    let (begin, tenth) = (now - over, Span(over.0 / 10));
    let (mut covered, mut samples, mut later) = (Span::ZERO, 0_u32, now);
    let mut pieces: Vec<Digest> = Vec::new();
    for piece in history.judged_until(until) {
        let piece = piece.digest();
        let gap = later - piece.to;
        let sound = piece.is_whole() && !piece.back && piece.silence <= fresh_for;
        // The newest may be dated a little ahead; no other may.
        if !sound || gap > fresh_for || (gap < Span::ZERO && !pieces.is_empty()) {
            break;
        }
        (later, covered) = (piece.from, (now - piece.from).or_zero().min(over));
        samples = samples.saturating_add(piece.samples);
        pieces.push(piece);
        if later <= begin {
            break;
        }
    }
    let first = mean(pieces.iter().rev(), |piece| piece.to <= now - covered + tenth);
    let last = mean(pieces.iter(), |piece| piece.from >= now - tenth);
    Ends { first, last, samples, covered }
}

/// The mean of the first of them and of all that are as near to the same end.
fn mean<'a>(pieces: impl Iterator<Item = &'a Digest>, near: impl Fn(&Digest) -> bool) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (place, piece) in pieces.enumerate() {
        if place > 0 && !near(piece) {
            break;
        }
        sum += piece.sum;
        count += f64::from(piece.numbers);
    }
    if count > 0.0 { sum / count } else { 0.0 }
}
