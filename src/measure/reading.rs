//! What one measurement said: a number, or the reason why there is none.

use serde::{Deserialize, Serialize};

use crate::time::{Moment, Span};

/// The three outcomes of measuring are kept apart; being stale is a matter of age and so of `now`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Finite; NaN and infinities are `Invalid`.
    Number(f64),
    /// The source had no such value, or did not answer: why.
    Missing(String),
    /// Something was there that is not a usable number: what.
    Invalid(String),
}

impl Reading {
    /// A float as measured: only finite ones count as numbers.
    pub fn of(value: f64) -> Self {
        if value.is_finite() { Self::Number(value) } else { Self::Invalid(format!("the value is {value}")) }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(*value),
            Self::Missing(_) | Self::Invalid(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Moment,
    pub reading: Reading,
}

/// What a gauge may say about a metric at `now`.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Never measured yet.
    Never,
    Number(f64),
    Missing(String),
    Invalid(String),
    /// The last thing known is too old to rely on.
    Stale {
        last: Option<f64>,
    },
}

impl Standing {
    /// What this sample says at `now`, where samples count as fresh for `fresh_for`.
    pub fn of(newest: Option<&Sample>, now: Moment, fresh_for: Span) -> Self {
        match newest {
            None => Self::Never,
            Some(sample) if now - sample.at > fresh_for => Self::Stale { last: sample.reading.number() },
            Some(Sample { reading: Reading::Number(value), .. }) => Self::Number(*value),
            Some(Sample { reading: Reading::Missing(why), .. }) => Self::Missing(why.clone()),
            Some(Sample { reading: Reading::Invalid(what), .. }) => Self::Invalid(what.clone()),
        }
    }
}
