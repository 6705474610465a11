//! `--t0`: when T is, in the words people use for it.

use chrono::{DateTime, NaiveDateTime, NaiveTime};

use crate::cli::Usage;
use crate::time::{Moment, Span, Zone};

/// `09:00` is the next time the clocks show that; `+30m` is from now; a date and time stand in the runbook's zone.
pub(super) fn t0(text: &str, zone: Zone, now: Moment) -> Result<Moment, Usage> {
    let text = text.trim();
    if let Some(offset) = text.strip_prefix('+') {
        let span = humantime::parse_duration(offset).map_err(|error| Usage(format!("--t0 {text}: {error}")))?;
        return Ok(now + Span::from_std(span));
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(Moment(moment.timestamp_millis()));
    }
    let dated = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    if let Some(moment) = dated.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
        return Ok(zone.moment(moment.date(), moment.time()));
    }
    match clock(text) {
        Some(time) => Ok(next(time, zone, now)),
        None => {
            Err(Usage(format!("--t0 {text} is not a time: write 09:00, \"2026-11-22 09:00\", +30m, or 2026-11-22T09:00:00Z")))
        }
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

/// The next moment at which the clocks of `zone` show `time`.
pub(super) fn next(time: NaiveTime, zone: Zone, now: Moment) -> Moment {
    let day = now.day(zone);
    let today = zone.moment(day, time);
    if today >= now { today } else { zone.moment(day.succ_opt().unwrap_or(day), time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_the_next_one() {
        let now = Moment(1_763_690_400_000); // 2025-11-21T02:00:00Z
        let cases = [
            ("03:30", "2025-11-21T03:30:00Z"),
            ("01:30", "2025-11-22T01:30:00Z"),
            ("+30m", "2025-11-21T02:30:00Z"),
            ("2025-12-01 09:00", "2025-12-01T09:00:00Z"),
            ("2025-12-01T09:00:00+01:00", "2025-12-01T08:00:00Z"),
        ];
        for (text, iso) in cases {
            assert_eq!(t0(text, Zone::UTC, now).unwrap().iso(), iso, "{text}");
        }
        assert!(t0("nine", Zone::UTC, now).unwrap_err().to_string().contains("09:00"));
    }

    #[test]
    fn a_time_of_day_is_read_in_the_runbooks_zone() {
        let now = Moment(1_763_690_400_000);
        let berlin = Zone(chrono_tz::Europe::Berlin);
        assert_eq!(t0("09:00", berlin, now).unwrap().iso(), "2025-11-21T08:00:00Z");
    }
}
