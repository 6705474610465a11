//! Three-valued logic: one fail is enough to fail, one unknown is enough not to pass.

use crate::measure::judge::finding::Finding;
use crate::measure::judge::{Judgement, Verdict};
use crate::time::Span;

impl Verdict {
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fail, _) | (_, Self::Fail) => Self::Fail,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Pass, Self::Pass) => Self::Pass,
        }
    }

    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.negated().and(other.negated()).negated()
    }

    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Pass => Self::Fail,
            Self::Fail => Self::Pass,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// All of them together, as a gate or a bake needs it. Where nothing is required nothing stands in the way.
pub fn all<'a>(judgements: impl IntoIterator<Item = &'a Judgement>) -> Verdict {
    judgements.into_iter().fold(Verdict::Pass, |so_far, judgement| so_far.and(judgement.verdict))
}

pub(super) fn all_of(parts: &[Finding]) -> Finding {
    let verdict = parts.iter().map(|part| part.verdict).reduce(Verdict::and);
    join(parts, verdict, Verdict::Pass, " and ")
}

pub(super) fn any_of(parts: &[Finding]) -> Finding {
    let verdict = parts.iter().map(|part| part.verdict).reduce(Verdict::or);
    join(parts, verdict, Verdict::Fail, " or ")
}

pub(super) fn not(part: Finding) -> Finding {
    let reason = match part.verdict {
        Verdict::Pass => format!("{} is {}, which must not be", part.now, part.must_be),
        Verdict::Fail => String::new(),
        Verdict::Unknown => part.reason,
    };
    Finding { verdict: part.verdict.negated(), must_be: format!("not {}", part.must_be), reason, ..part }
}

/// Parts under one verdict, where `unanimous` is the one that needs all of them. Without any part nothing is known.
fn join(parts: &[Finding], verdict: Option<Verdict>, unanimous: Verdict, word: &str) -> Finding {
    let Some(verdict) = verdict else {
        return Finding::unknown("nothing was asked".to_owned());
    };
    let texts = |of: fn(&Finding) -> &str, separator: &str| parts.iter().map(of).collect::<Vec<_>>().join(separator);
    let reasons =
        parts.iter().filter(|part| verdict != Verdict::Pass && part.verdict != Verdict::Pass && !part.reason.is_empty());
    Finding {
        verdict,
        now: texts(|part| &part.now, ", "),
        must_be: texts(|part| &part.must_be, word),
        held: held(parts, verdict, unanimous),
        reason: reasons.map(|part| part.reason.as_str()).collect::<Vec<_>>().join("; "),
    }
}

/// Where all parts are needed it has been so since the last of them, otherwise since the first that was enough.
fn held(parts: &[Finding], verdict: Verdict, unanimous: Verdict) -> Option<Span> {
    let agreeing = || parts.iter().filter(|part| part.verdict == verdict);
    let spans = agreeing().filter_map(|part| part.held);
    match verdict {
        Verdict::Unknown => {
            if agreeing().all(|part| part.held.is_some()) {
                spans.min()
            } else {
                None
            }
        }
        Verdict::Pass | Verdict::Fail => {
            if verdict == unanimous {
                spans.min()
            } else {
                spans.max()
            }
        }
    }
}
