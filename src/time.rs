//! Time as the room sees it: moments and spans that are handed in, never asked for.
//!
//! For: arithmetic on times, and how times and durations read on screen.
//! May not touch: the clock. `engine::clock` is the only place that asks what time it is.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// A signed stretch of time in milliseconds: durations, margins and drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Moment {
    pub fn saturating_add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The same moment on a calendar in UTC.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// `09:12:40`, as the clocks of `zone` show it.
    pub fn clock(self, zone: Zone) -> String {
        self.utc().with_timezone(&zone.0).format("%H:%M:%S").to_string()
    }

    /// `09:12`, as the clocks of `zone` show it.
    pub fn clock_minutes(self, zone: Zone) -> String {
        self.utc().with_timezone(&zone.0).format("%H:%M").to_string()
    }

    /// `28 Nov 09:12`
    pub fn date_and_clock(self, zone: Zone) -> String {
        self.utc().with_timezone(&zone.0).format("%-d %b %H:%M").to_string()
    }

    /// The calendar day of this moment in `zone`.
    pub fn day(self, zone: Zone) -> NaiveDate {
        self.utc().with_timezone(&zone.0).date_naive()
    }

    /// `2026-11-21T09:12:40Z`: how a moment is written into exports.
    pub fn iso(self) -> String {
        self.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

impl Span {
    pub const ZERO: Self = Self(0);
    pub const SECOND: Self = Self(1_000);
    pub const MINUTE: Self = Self(60_000);
    pub const HOUR: Self = Self(3_600_000);

    pub fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    pub fn minutes(minutes: i64) -> Self {
        Self(minutes.saturating_mul(60_000))
    }

    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Zero where the span is negative.
    pub fn or_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// For waiting: a negative span is no wait at all.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0.max(0) as u64)
    }

    pub fn from_std(duration: std::time::Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }

    /// How old something is: `4s`, `2:10`, `1h05m`. So a number that is news every second does not look like a duration.
    pub fn age(self) -> String {
        if self.abs() < Self::MINUTE { format!("{}s", self.0 / 1_000) } else { self.to_string() }
    }

    /// `T-0:30`, `T+12:40`, `T+1:12:40`, `T+6d23:50:00`: the span as a deployment clock.
    pub fn t_clock(self) -> String {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let total = self.0.unsigned_abs() / 1_000;
        let (days, hours, minutes, seconds) = (total / 86_400, total / 3600 % 24, total / 60 % 60, total % 60);
        if days > 0 {
            return format!("T{sign}{days}d{hours:02}:{minutes:02}:{seconds:02}");
        }
        if hours > 0 { format!("T{sign}{hours}:{minutes:02}:{seconds:02}") } else { format!("T{sign}{minutes}:{seconds:02}") }
    }
}

/// `0:04`, `12:40`, `1h05m`, `2d03h`: never `754 s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let total = self.0.unsigned_abs() / 1_000;
        let (days, hours, minutes, seconds) = (total / 86_400, total / 3600, total / 60 % 60, total % 60);
        let text = if days > 0 {
            format!("{sign}{days}d{:02}h", hours % 24)
        } else if hours > 0 {
            format!("{sign}{hours}h{minutes:02}m")
        } else {
            format!("{sign}{minutes}:{seconds:02}")
        };
        f.pad(&text)
    }
}

impl Sub for Moment {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Moment {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        self.saturating_add(span)
    }
}

impl Sub<Span> for Moment {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Span {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

/// A time zone by its IANA name (`UTC`, `Europe/Berlin`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(pub chrono_tz::Tz);

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl Zone {
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// The moment at which the clocks of this zone show `time` on `day`. Where clocks are put back the
    /// earlier of the two is meant; a time that clocks jump over means the first moment after the gap.
    pub fn moment(self, day: NaiveDate, time: NaiveTime) -> Moment {
        let wanted = day.and_time(time);
        let found =
            (0..=8).find_map(|quarter| match self.0.from_local_datetime(&(wanted + chrono::TimeDelta::minutes(15 * quarter))) {
                LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Some(moment.timestamp_millis()),
                LocalResult::None => None,
            });
        Moment(found.unwrap_or_else(|| wanted.and_utc().timestamp_millis()))
    }

    /// What the screen prints behind a time: `UTC`, `CET`.
    pub fn abbreviation(self, at: Moment) -> String {
        at.utc().with_timezone(&self.0).format("%Z").to_string()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        let cases = [(4_000, "0:04"), (760_000, "12:40"), (3_900_000, "1h05m"), (-240_000, "-4:00"), (97_200_000, "1d03h")];
        for (ms, text) in cases {
            assert_eq!(Span(ms).to_string(), text);
        }
        assert_eq!(Span(4_360_000).t_clock(), "T+1:12:40");
        assert_eq!(Span(-30_000).t_clock(), "T-0:30");
        assert_eq!(Span(604_200_000).t_clock(), "T+6d23:50:00");
    }

    #[test]
    fn a_time_that_the_clocks_jump_over_means_the_first_moment_after_the_gap() {
        let berlin = Zone(chrono_tz::Europe::Berlin);
        let day = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        let jumped = berlin.moment(day, NaiveTime::from_hms_opt(2, 30, 0).unwrap());
        assert_eq!(jumped.clock(berlin), "03:00:00");
    }
}
