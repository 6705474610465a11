//! Durations and times of day, as written: `30m`, `1h30m`, `15m..30m`, `T-30m`, `09:00`.

use chrono::{NaiveDate, NaiveTime, Weekday};

use crate::runbook::model::{At, Planned};
use crate::time::Span;

/// The longest span that a plan can hold: a year.
const SPAN_MAX: Span = Span(366 * 24 * 3_600_000);

const EXPECTED: &str = "write it like `90s`, `30m`, `1h30m` or `2d`";

/// As far away as a day can be named.
const DAYS_MAX: i64 = 366;

const AT_EXPECTED: &str = "write it like `09:00`, `T+1h`, `T-30m`, `T+1d 14:00`, `Wed 18:00` or `2026-10-31 14:00`";

/// `30m`, `1h30m`, `1h 30m`, `500ms`.
pub(super) fn parse(text: &str) -> Result<Span, String> {
    let mut rest = text.trim();
    let mut total = Span::ZERO;
    if rest.is_empty() {
        return Err(EXPECTED.to_owned());
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().map_err(|_| EXPECTED.to_owned())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = unit_ms(&rest[..letters]).ok_or_else(|| without_unit(text))?;
        total += Span(number.saturating_mul(unit));
        rest = rest[letters..].trim_start();
    }
    if total > SPAN_MAX { Err("the longest is a year, `366d`".to_owned()) } else { Ok(total) }
}

fn unit_ms(word: &str) -> Option<i64> {
    Some(match word {
        "ms" => 1,
        "s" | "sec" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    })
}

fn without_unit(text: &str) -> String {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("it needs a unit: `{text}s`, `{text}m` or `{text}h`")
    } else {
        EXPECTED.to_owned()
    }
}

/// `30m`, or `15m..30m`.
pub(super) fn planned(text: &str) -> Result<Planned, String> {
    let Some((expected, limit)) = text.split_once("..") else {
        let span = parse(text)?;
        return Ok(Planned { expected: span, limit: span });
    };
    let planned = Planned { expected: parse(expected)?, limit: parse(limit)? };
    if planned.limit < planned.expected { Err("the shorter one comes first: `15m..30m`".to_owned()) } else { Ok(planned) }
}

/// `T`, `T+1h`, `T-30m`, `T+0:15`, a time of day, or one on a certain day.
pub(super) fn at(text: &str) -> Result<At, String> {
    let text = text.trim();
    if let Some((day, time)) = text.rsplit_once(' ')
        && let Ok(time) = clock(time)
    {
        return on_day(day.trim(), time).ok_or_else(|| AT_EXPECTED.to_owned());
    }
    let Some(offset) = text.strip_prefix(['T', 't']) else {
        return clock(text).map(At::Clock).map_err(|_| AT_EXPECTED.to_owned());
    };
    let offset = offset.trim_start();
    match (offset.strip_prefix('+'), offset.strip_prefix('-')) {
        (Some(after), _) => offset_span(after).map(At::T),
        (_, Some(before)) => offset_span(before).map(|span| At::T(-span)),
        (None, None) if offset.is_empty() => Ok(At::T(Span::ZERO)),
        (None, None) => Err("write it like `T+1h` or `T-30m`".to_owned()),
    }
}

/// `T+1d`, `T-1d`, `Wed` or `2026-10-31`.
fn on_day(day: &str, time: NaiveTime) -> Option<At> {
    if let Some(offset) = day.strip_prefix(['T', 't']) {
        let days: i64 = offset.trim_start_matches('+').strip_suffix('d')?.parse().ok()?;
        return (days.abs() <= DAYS_MAX).then_some(At::Day(days, time));
    }
    if let Ok(weekday) = day.parse::<Weekday>() {
        return Some(At::Weekday(weekday, time));
    }
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().map(|date| At::Date(date.and_time(time)))
}

fn offset_span(text: &str) -> Result<Span, String> {
    let text = text.trim();
    let Some((hours, minutes)) = text.split_once(':') else { return parse(text) };
    let number = |part: &str| part.parse::<u16>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    match (number(hours), number(minutes)) {
        (Some(hours), Some(minutes)) if minutes < 60 => parse(&format!("{hours}h{minutes}m")),
        _ => Err("write it like `T+1h30m` or `T+1:30`".to_owned()),
    }
}

/// `09:00` or `09:00:30`.
pub(super) fn clock(text: &str) -> Result<NaiveTime, String> {
    let text = text.trim();
    let plain = text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let read = |format| NaiveTime::parse_from_str(text, format).ok();
    // A 60th second is a leap second to chrono; nobody plans for one.
    let leap = text.matches(':').count() == 2 && text.ends_with("60");
    let time = if plain && !leap { read("%H:%M").or_else(|| read("%H:%M:%S")) } else { None };
    time.ok_or_else(|| "write it like `09:00`, from 00:00 to 23:59".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let cases = [
            ("500ms", 500),
            ("90s", 90_000),
            ("30m", 1_800_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("2d", 172_800_000),
        ];
        for (text, ms) in cases {
            assert_eq!(parse(text), Ok(Span(ms)), "{text}");
        }
        for text in ["", "30", "m", "-5m", "5 m", "1.5h", "5mm", "99999999999999999999s", "400d", "5m,", "½h"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_planned_time_is_on_the_clock_or_counted_from_t() {
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        let cases = [
            ("09:00", At::Clock(nine)),
            ("T", At::T(Span::ZERO)),
            ("T+1h", At::T(Span::HOUR)),
            ("T-30m", At::T(Span::minutes(-30))),
            ("T+0:15", At::T(Span::minutes(15))),
            ("T+1d 09:00", At::Day(1, nine)),
            ("T-1d 09:00", At::Day(-1, nine)),
            ("Wed 09:00", At::Weekday(Weekday::Wed, nine)),
            ("2026-10-31 09:00", At::Date(NaiveDate::from_ymd_opt(2026, 10, 31).unwrap().and_time(nine))),
        ];
        for (text, expected) in cases {
            assert_eq!(at(text), Ok(expected), "{text}");
        }
        for text in ["", "9", "25:00", "09:60", "T1h", "T+", "T*2", "T+1:75", "23:59:60", "09:00 UTC"] {
            assert!(at(text).is_err(), "{text}");
        }
    }
}
