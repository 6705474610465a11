//! How fast a replay runs.

use std::fmt;

use crate::time::Span;

/// From a quarter to 64 times, in steps of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed {
    quarters: i64,
}

impl Speed {
    pub const SLOWEST: Self = Self { quarters: 1 };
    pub const NORMAL: Self = Self { quarters: 4 };
    pub const FASTEST: Self = Self { quarters: 256 };

    #[must_use]
    pub fn faster(self) -> Self {
        Self { quarters: self.quarters * 2 }.min(Self::FASTEST)
    }

    #[must_use]
    pub fn slower(self) -> Self {
        Self { quarters: self.quarters / 2 }.max(Self::SLOWEST)
    }

    /// How much of the recording passes in `elapsed`, in quarters of a millisecond so that nothing is rounded away.
    pub(super) fn quarters_in(self, elapsed: Span) -> i64 {
        elapsed.or_zero().0.saturating_mul(self.quarters)
    }
}

/// `1/4x`, `1x`, `64x`.
impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.quarters < 4 { format!("1/{}x", 4 / self.quarters) } else { format!("{}x", self.quarters / 4) };
        f.pad(&text)
    }
}
