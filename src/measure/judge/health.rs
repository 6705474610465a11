//! Whether sources are up, were up for how much of a time, and have no alerts.

use crate::id::SourceId;
use crate::measure::criterion::Op;
use crate::measure::history::{Digest, History, Piece};
use crate::measure::judge::finding::{self, Finding};
use crate::measure::judge::stretch::{Reach, newest, stretch};
use crate::measure::judge::whether::Whether;
use crate::measure::judge::{Evidence, Least, Verdict, logic};
use crate::measure::show;
use crate::measure::unit::Unit;
use crate::time::{Moment, Span};

/// Up is 1, down is 0.
fn up_or_down(up: bool) -> Whether {
    Whether::Is(if up { Op::AtLeast } else { Op::Less }, 0.5)
}

/// Up needs every source that is meant; down is said of several when any of them is.
pub(super) fn health(source: Option<&SourceId>, up: bool, least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let sources = source.map_or_else(|| evidence.health_sources(), |one| vec![one]);
    let must_be = if up { "up" } else { "down" };
    if sources.is_empty() {
        return Finding { must_be: must_be.to_owned(), ..Finding::unknown("there is no health source".to_owned()) };
    }
    let parts: Vec<Finding> = sources.iter().map(|id| one_health(id, up, least, evidence, now)).collect();
    let count = |up| sources.iter().filter(|id| is(up, id, evidence, now)).count();
    let known = parts.iter().any(|part| part.now != "?");
    // What is down is said first: "up" alone would be read as good.
    let now_words = match (known, count(false)) {
        (false, _) => "?".to_owned(),
        (true, 0) => format!("up {}/{}", count(true), sources.len()),
        (true, down) => format!("down {down}/{}", sources.len()),
    };
    let joined = if up { logic::all_of(&parts) } else { logic::any_of(&parts) };
    Finding { now: now_words, must_be: must_be.to_owned(), ..joined }
}

fn one_health(id: &SourceId, up: bool, least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let must_be = if up { "up" } else { "down" };
    let Some(history) = evidence.health(id) else {
        return Finding::unknown(format!("{id} was never polled"));
    };
    let stretch = stretch(history, now, &reach(id, least, evidence), up_or_down(up));
    let say = |value: f64| if value >= 0.5 { "up".to_owned() } else { "down".to_owned() };
    let mut found = finding::of_stretch(stretch, least, id.as_str(), must_be.to_owned(), say);
    let why = evidence.down_reason(id).filter(|_| up && found.verdict == Verdict::Fail);
    if let Some(why) = why {
        found.reason = format!("{id} is down: {}, for {}", finding::outside(why), found.held.unwrap_or_default());
    }
    found
}

fn reach(id: &SourceId, least: Least, evidence: &impl Evidence) -> Reach {
    Reach {
        fresh_for: evidence.fresh_for(id),
        enough: evidence.enough(least.longest()),
        from: evidence.held_from(),
        until: evidence.until(),
    }
}

/// Whether it is known to be up, or down.
fn is(up: bool, id: &SourceId, evidence: &impl Evidence, now: Moment) -> bool {
    let found = evidence.health(id).map(|history| stretch(history, now, &reach(id, Least::default(), evidence), up_or_down(up)));
    found.is_some_and(|found| found.is_ok_and(|stretch| stretch.holds))
}

/// The share of the time in which a source was up. Time of which nothing is known is neither: it passes when even that
/// leaves enough, and fails when not even that would help.
pub(super) fn uptime(source: Option<&SourceId>, share: f64, over: Span, evidence: &impl Evidence, now: Moment) -> Finding {
    let sources = source.map_or_else(|| evidence.health_sources(), |one| vec![one]);
    let must_be = format!(">= {} of {over}", show::share(share));
    let parts: Vec<Finding> = sources.iter().map(|id| one_uptime(id, share, over, evidence, now)).collect();
    if parts.is_empty() {
        return Finding { must_be, ..Finding::unknown("there is no health source".to_owned()) };
    }
    Finding { must_be, held: None, ..logic::all_of(&parts) }
}

fn one_uptime(id: &SourceId, share: f64, over: Span, evidence: &impl Evidence, now: Moment) -> Finding {
    let Some(history) = evidence.health(id) else { return Finding::unknown(format!("{id} was never polled")) };
    let fresh_for = evidence.fresh_for(id);
    if let Err(unsure) = newest(history, now, fresh_for, evidence.until()) {
        return Finding::unknown(finding::words_of(&unsure, id.as_str(), |_| String::new()));
    }
    let (up, known) = time_up(history, now, over, fresh_for, evidence.until());
    let (least, most) = (up / over.as_seconds(), (up + over.as_seconds() - known) / over.as_seconds());
    let shown = show::number_beside(if known > 0.0 { up / known } else { 0.0 }, share, &Unit::Fraction);
    // A sum of many times is off by its last digits.
    let (verdict, reason) = if least >= share - 1e-9 {
        (Verdict::Pass, String::new())
    } else if most < share - 1e-9 {
        (Verdict::Fail, format!("{id} was up {shown} of what is known of {over}"))
    } else {
        let known = Span((known * 1_000.0) as i64);
        (Verdict::Unknown, format!("{id} was up {shown}, but only {known} of {over} is known"))
    };
    Finding { verdict, now: shown, must_be: String::new(), held: None, reason }
}

/// How many of the last seconds it was up, and of how many that is known. It is asked at each look, over a day of looks: so
/// nothing is copied on the way.
fn time_up(history: &History, now: Moment, over: Span, fresh_for: Span, until: Option<Moment>) -> (f64, f64) {
    let begin = (now - over).0;
    let (mut up, mut known, mut later) = (0.0, 0, now.0);
    for piece in history.judged_until(until) {
        if later <= begin {
            break;
        }
        let (from, to, share) = match piece {
            Piece::Sample(sample) => (sample.at.0, sample.at.0, sample.reading.number().filter(|value| value.is_finite())),
            Piece::Digest(digest) => (digest.from.0, digest.to.0, share_up(digest, fresh_for)),
        };
        if let Some(share) = share {
            // The last one counts on until the next, but no longer than it stays fresh.
            let end = later.min(to.saturating_add(fresh_for.0));
            let time = (end - from.max(begin)).max(0);
            up += time as f64 * share;
            known += time;
        }
        later = later.min(from);
    }
    (up / 1_000.0, known as f64 / 1_000.0)
}

fn share_up(piece: &Digest, fresh_for: Span) -> Option<f64> {
    let whole = piece.is_whole() && !piece.back && piece.silence <= fresh_for;
    piece.mean().filter(|_| whole)
}

pub(super) fn no_alerts(source: Option<&SourceId>, least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let sources = source.map_or_else(|| evidence.alert_sources(), |one| vec![one]);
    let must_be = "none".to_owned();
    let parts: Vec<Finding> = sources.iter().map(|id| one_source(id, least, evidence, now)).collect();
    if parts.is_empty() {
        return Finding { must_be, ..Finding::unknown("there is no source of alerts".to_owned()) };
    }
    let firing: Vec<&str> = parts.iter().filter(|part| part.verdict == Verdict::Fail).map(|part| part.now.as_str()).collect();
    let joined = logic::all_of(&parts);
    let now = match joined.verdict {
        Verdict::Pass => "none".to_owned(),
        Verdict::Fail => firing.join(", "),
        Verdict::Unknown => "?".to_owned(),
    };
    Finding { now, must_be, ..joined }
}

fn one_source(id: &SourceId, least: Least, evidence: &impl Evidence, now: Moment) -> Finding {
    let Some(history) = evidence.alerts(id) else { return Finding::unknown(format!("{id} was never polled")) };
    let quiet = Whether::Is(Op::Less, 0.5);
    let stretch = stretch(history, now, &reach(id, least, evidence), quiet);
    let say = |value: f64| if value < 0.5 { "none".to_owned() } else { format!("{value} critical") };
    let mut found = finding::of_stretch(stretch, least, id.as_str(), "none".to_owned(), say);
    let names = evidence.alert_names(id);
    if found.verdict == Verdict::Fail && !names.is_empty() {
        found.now = finding::outside(&names.join(", "));
        found.reason = format!("{}: {}", found.now, found.reason);
    }
    found
}
