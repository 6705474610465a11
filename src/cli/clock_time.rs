//! `--t0`: when T is, in the words people use for it.

use chrono::{DateTime, NaiveDateTime, NaiveTime};

use crate::cli::Usage;
use crate::time::{Moment, Span, Zone};

/// A deployment is not planned for longer ago, nor for later: such a T has a wrong date.
const PAST_MAX: Span = Span(24 * 3_600_000);
const AHEAD_MAX: Span = Span(366 * 24 * 3_600_000);

/// `09:00` is the next time the clocks show that; `+30m` is from now; a date and time stand in the runbook's zone.
pub(super) fn t0(text: &str, zone: Zone, now: Moment) -> Result<Moment, Usage> {
    let text = text.trim();
    let moment = read(text, zone, now)?;
    let ahead = moment - now;
    if ahead < -PAST_MAX {
        return Err(Usage(format!("--t0 {text} is {} in the past: is the date right?", -ahead)));
    }
    if ahead > AHEAD_MAX {
        return Err(Usage(format!("--t0 {text} is {ahead} ahead, and the longest is a year: is the date right?")));
    }
    Ok(moment)
}

fn read(text: &str, zone: Zone, now: Moment) -> Result<Moment, Usage> {
    if let Some(offset) = text.strip_prefix('+') {
        let span = humantime::parse_duration(offset).map_err(|error| Usage(format!("--t0 {text}: {error}")))?;
        return Ok(now + Span::from_std(span));
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(Moment(moment.timestamp_millis()));
    }
    let dated = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    if let Some(wanted) = dated.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
        return shown(text, wanted.time(), zone, zone.moment(wanted.date(), wanted.time()));
    }
    match clock(text) {
        Some(time) => shown(text, time, zone, next(time, zone, now)),
        None => {
            Err(Usage(format!("--t0 {text} is not a time: write 09:00, \"2026-11-22 09:00\", +30m, or 2026-11-22T09:00:00Z")))
        }
    }
}

/// `moment`, if the clocks of `zone` show `time` then: when they are put forward they jump over an hour.
fn shown(text: &str, time: NaiveTime, zone: Zone, moment: Moment) -> Result<Moment, Usage> {
    let local = moment.utc().with_timezone(&zone.0);
    if local.time() == time {
        return Ok(moment);
    }
    let (day, after) = (local.format("%Y-%m-%d"), local.format("%H:%M"));
    Err(Usage(format!("--t0 {text} does not exist: the clocks of {zone} are put forward on {day} and jump over it, to {after}")))
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

    #[test]
    fn a_t_that_has_a_wrong_date_is_refused() {
        let now = Moment(1_763_690_400_000); // 2025-11-21T02:00:00Z
        let cases = [
            ("2025-11-20 01:00", "--t0 2025-11-20 01:00 is 1d01h in the past: is the date right?"),
            ("2026-12-01 09:00", "--t0 2026-12-01 09:00 is 375d07h ahead, and the longest is a year: is the date right?"),
            ("+9000h", "--t0 +9000h is 375d00h ahead, and the longest is a year: is the date right?"),
        ];
        for (text, why) in cases {
            assert_eq!(t0(text, Zone::UTC, now).unwrap_err().to_string(), why);
        }
        for text in ["2025-11-20 03:00", "2026-11-20 09:00", "-0001-01-01T00:00:00Z", "+584000000y"] {
            assert_eq!(t0(text, Zone::UTC, now).is_ok(), text.starts_with("202"), "{text}");
        }
    }

    #[test]
    fn a_time_that_the_clocks_jump_over_is_refused() {
        let berlin = Zone(chrono_tz::Europe::Berlin);
        let now = Moment(1_774_738_800_000); // 2026-03-28T23:00:00Z, midnight in Berlin
        for text in ["2026-03-29 02:30", "02:30"] {
            let why = format!(
                "--t0 {text} does not exist: the clocks of Europe/Berlin are put forward on 2026-03-29 and jump over it, to 03:00"
            );
            assert_eq!(t0(text, berlin, now).unwrap_err().to_string(), why);
        }
        assert_eq!(t0("03:00", berlin, now).unwrap().iso(), "2026-03-29T01:00:00Z");
    }
}
