//! Units: what a number means, and how one unit is turned into another.

use std::fmt;

/// The unit of a metric or of a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// A plain number: a count, a level.
    #[default]
    None,
    /// `%`: 1 % is 0.01 of a `Fraction`.
    Percent,
    /// `fraction`: 0 to 1.
    Fraction,
    Microseconds,
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    Bytes,
    Kilobytes,
    Megabytes,
    Gigabytes,
    Kibibytes,
    Mebibytes,
    Gibibytes,
    /// `/s`
    PerSecond,
    /// `/min`
    PerMinute,
    /// Any other word (`rps`, `Mbps`, `connections`): shown, and only comparable with itself or a bare number.
    Other(String),
}

/// A number with its unit, as written in a criterion: `0.5%`, `200ms`, `3`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    pub value: f64,
    pub unit: Unit,
}

impl Unit {
    /// Whether it measures an amount of memory or data.
    pub fn is_bytes(&self) -> bool {
        matches!(
            self,
            Self::Bytes
                | Self::Kilobytes
                | Self::Megabytes
                | Self::Gigabytes
                | Self::Kibibytes
                | Self::Mebibytes
                | Self::Gibibytes
        )
    }

    /// The unit of this name: `%`, `ms`, `bytes`, `GB`, `/s` …; other words are kept as they are.
    pub fn of(word: &str) -> Self {
        match word {
            "" => Self::None,
            "%" | "percent" => Self::Percent,
            "fraction" | "ratio" => Self::Fraction,
            "us" | "µs" => Self::Microseconds,
            "ms" => Self::Milliseconds,
            "s" | "seconds" => Self::Seconds,
            "min" | "minutes" => Self::Minutes,
            "h" | "hours" => Self::Hours,
            "B" | "bytes" => Self::Bytes,
            "kB" | "KB" => Self::Kilobytes,
            "MB" => Self::Megabytes,
            "GB" => Self::Gigabytes,
            "KiB" => Self::Kibibytes,
            "MiB" => Self::Mebibytes,
            "GiB" => Self::Gibibytes,
            "/s" => Self::PerSecond,
            "/min" => Self::PerMinute,
            other => Self::Other(other.to_owned()),
        }
    }

    /// What kind of thing it measures, and how many of the kind's base unit so many of it are: in whole numbers, which
    /// are divided last, so that 41 % is 0.41 to the last digit.
    fn scale(&self) -> (Kind, f64, f64) {
        match self {
            Self::None => (Kind::Count, 1.0, 1.0),
            Self::Percent => (Kind::Share, 1.0, 100.0),
            Self::Fraction => (Kind::Share, 1.0, 1.0),
            Self::Microseconds => (Kind::Time, 1.0, 1e6),
            Self::Milliseconds => (Kind::Time, 1.0, 1e3),
            Self::Seconds => (Kind::Time, 1.0, 1.0),
            Self::Minutes => (Kind::Time, 60.0, 1.0),
            Self::Hours => (Kind::Time, 3600.0, 1.0),
            Self::Bytes => (Kind::Size, 1.0, 1.0),
            Self::Kilobytes => (Kind::Size, 1e3, 1.0),
            Self::Megabytes => (Kind::Size, 1e6, 1.0),
            Self::Gigabytes => (Kind::Size, 1e9, 1.0),
            Self::Kibibytes => (Kind::Size, 1024.0, 1.0),
            Self::Mebibytes => (Kind::Size, 1024.0 * 1024.0, 1.0),
            Self::Gibibytes => (Kind::Size, 1024.0 * 1024.0 * 1024.0, 1.0),
            Self::PerSecond => (Kind::Rate, 1.0, 1.0),
            Self::PerMinute => (Kind::Rate, 1.0, 60.0),
            Self::Other(word) => (Kind::Other(word.clone()), 1.0, 1.0),
        }
    }

    /// `value` of this unit in `target`'s; `None` where they measure different things. A bare number is taken
    /// in the target's own unit, except that a share wants its `%` (0.5 is not told from 50 % by guessing).
    pub fn convert(&self, value: f64, target: &Self) -> Option<f64> {
        if *self == *target {
            return Some(value);
        }
        let ((kind, of, per), (target_kind, target_of, target_per)) = (self.scale(), target.scale());
        if kind == target_kind {
            return Some(value * (of * target_per) / (per * target_of));
        }
        let bare_is_clear = *self == Self::None && !matches!(target_kind, Kind::Share);
        bare_is_clear.then_some(value)
    }
}

#[derive(PartialEq)]
enum Kind {
    Count,
    Share,
    Time,
    Size,
    Rate,
    Other(String),
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "",
            Self::Percent => "%",
            Self::Fraction => "fraction",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
            Self::Hours => "h",
            Self::Bytes => "B",
            Self::Kilobytes => "kB",
            Self::Megabytes => "MB",
            Self::Gigabytes => "GB",
            Self::Kibibytes => "KiB",
            Self::Mebibytes => "MiB",
            Self::Gibibytes => "GiB",
            Self::PerSecond => "/s",
            Self::PerMinute => "/min",
            Self::Other(word) => word,
        })
    }
}
