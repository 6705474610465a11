//! What has to be so by a time: so when it is due, and so now.
//!
//! Before it is due, what is not so may still become so, which is unknown. What became so too late is a fail, however good it
//! is by now: whoever asked for it by then relied on it from then on.

use crate::measure::criterion::{Due, Test};
use crate::measure::judge::finding::Finding;
use crate::measure::judge::narrow::Narrow;
use crate::measure::judge::{Evidence, Least, Verdict, test};
use crate::time::{Moment, Span};

pub(super) fn in_time(inner: &Test, least: Least, due: Due, evidence: &impl Evidence, now: Moment) -> Finding {
    // A stretch is followed to before it was due, also where only the verdict is asked for.
    let look = evidence.deadline(due).map_or(Span::ZERO, |deadline| (now - deadline).or_zero() + inner.longest_hold());
    let found = test(inner, Least { look: least.look.max(look), ..least }, evidence, now);
    let must_be = format!("{} by {}", found.must_be, due.word());
    let found = Finding { must_be, ..found };
    let Some(deadline) = evidence.deadline(due) else {
        return match found.verdict {
            Verdict::Fail => unknown(format!("T is not known, and it is due by {}: {}", due.word(), found.reason), found),
            Verdict::Pass | Verdict::Unknown => found,
        };
    };
    match (found.verdict, deadline - now) {
        (Verdict::Fail, left) if left > Span::ZERO => {
            unknown(format!("not yet, and due by {} (in {left}): {}", due.word(), found.reason), found)
        }
        (Verdict::Pass, left) if left < Span::ZERO => met_in_time(inner, found, (due, deadline), evidence, now),
        (Verdict::Fail | Verdict::Pass | Verdict::Unknown, _) => found,
    }
}

/// It is so now; whether it was when it was due, by what was known then.
fn met_in_time(inner: &Test, found: Finding, (due, deadline): (Due, Moment), evidence: &impl Evidence, now: Moment) -> Finding {
    let met = found.held.map(|held| now - held + inner.longest_hold());
    if met.is_some_and(|met| met <= deadline) {
        return found;
    }
    let then = test(inner, Least::default(), &Narrow::until(evidence, deadline), deadline);
    let was_due = format!("due by {} ({})", due.word(), evidence.clock(deadline));
    match then.verdict {
        Verdict::Pass => found,
        Verdict::Fail => {
            let met = met.map_or_else(|| "met".to_owned(), |met| format!("met at {}", evidence.clock(met)));
            let reason = format!("{met}, too late: {was_due}, when it was {}", then.now);
            Finding { verdict: Verdict::Fail, reason, ..found }
        }
        Verdict::Unknown => unknown(format!("{was_due}, and whether it was so then is not known: {}", then.reason), found),
    }
}

fn unknown(reason: String, found: Finding) -> Finding {
    Finding { verdict: Verdict::Unknown, reason, ..found }
}
