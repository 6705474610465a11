//! Numbers as a commander reads them, and small charts.
//!
//! For: a value with its unit in few columns, a limit as exactly as it was meant, the shape of a history.
//! May not touch: colours, the screen.

use std::borrow::Cow;

use crate::measure::criterion::{Amount, Limit, Op};
use crate::measure::metric::{End, Range};
use crate::measure::unit::Unit;
use crate::text;
use crate::time::Span;

/// Columns that a value takes at most, with its unit.
pub const NUMBER_MAX: usize = 9;

/// Levels of a sparkline, lowest first.
pub const SPARK: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The same where only ASCII can be drawn.
pub const SPARK_ASCII: [char; 7] = ['_', '.', '-', '=', '+', '*', '#'];

/// Digits that matter when a value is glanced at.
const DIGITS: usize = 3;

/// `0.08 %`, `143 ms`, `1.24 s`, `12:40`, `1.3 GB`, `3895 /s`, `0`: three digits that matter, in at most [`NUMBER_MAX`] columns.
pub fn number(value: f64, unit: &Unit) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    let scaled = scaled(rounded(value, DIGITS), unit);
    if let Some(duration) = scaled.duration.filter(|text| text.len() <= NUMBER_MAX) {
        return duration;
    }
    // Four digits are still read at a glance, so what was only rounded to choose the unit is shown from the value itself.
    let value = value * scaled.factor;
    let room = NUMBER_MAX.saturating_sub(suffix_columns(&scaled.suffix));
    match compact(value, room) {
        Some(digits) => with_suffix(&digits, &scaled.suffix),
        // A unit that leaves no room is the one thing that the title says too.
        None => compact(value, NUMBER_MAX).unwrap_or_else(|| "~0".to_owned()),
    }
}

/// [`number`], with as many more digits as it takes to be told from `limit`: 0.4996 % is not 0.5 %.
pub fn number_beside(value: f64, limit: f64, unit: &Unit) -> String {
    let short = number(value, unit);
    if value == limit || !value.is_finite() || (short != number(limit, unit) && short != exact(limit, unit)) {
        return short;
    }
    let longer = (DIGITS + 1..=15).map(|digits| exact(rounded(value, digits), unit));
    longer.into_iter().find(|text| *text != exact(limit, unit)).unwrap_or(short)
}

/// `< 0.5 %`: the limit with all its digits.
pub fn limit(op: Op, value: f64, unit: &Unit) -> String {
    format!("{} {}", op.sign(), exact(value, unit))
}

/// `< 200 ms`, `100 .. 500 ms`, `= 3`: the range with all its digits.
pub fn range(range: &Range, unit: &Unit) -> String {
    let side = |op: Op, end: End| limit(op, end.value, unit);
    match (range.low, range.high) {
        (None, None) => "any".to_owned(),
        (None, Some(high)) => side(if high.included { Op::AtMost } else { Op::Less }, high),
        (Some(low), None) => side(if low.included { Op::AtLeast } else { Op::More }, low),
        (Some(low), Some(high)) if low == high => format!("= {}", exact(low.value, unit)),
        (Some(low), Some(high)) => format!("{} .. {}", exact(low.value, unit), exact(high.value, unit)),
    }
}

/// `95 % of baseline`, `baseline + 105 %`, `baseline - 20 ms`.
pub fn beside_baseline(limit: Limit, unit: &Unit) -> String {
    match limit {
        Limit::Fixed(value) => exact(value, unit),
        Limit::OfBaseline(1.0) => "baseline".to_owned(),
        Limit::OfBaseline(of) => format!("{} of baseline", share(of)),
        Limit::Beside(by) => {
            let (Amount::Share(number) | Amount::Plain(number)) = by;
            let sign = if number < 0.0 { '-' } else { '+' };
            format!("baseline {sign} {}", amount(by, unit).trim_start_matches('-'))
        }
    }
}

/// `5 %`, or a difference in the metric's unit; one of a percentage is in points.
pub fn amount(amount: Amount, unit: &Unit) -> String {
    match amount {
        Amount::Share(part) => share(part),
        Amount::Plain(plain) if matches!(unit, Unit::Percent | Unit::Fraction) => exact(plain, unit).replace('%', "points"),
        Amount::Plain(plain) => exact(plain, unit),
    }
}

/// `99.9 %` of 0.999.
pub fn share(share: f64) -> String {
    exact(share, &Unit::Fraction)
}

/// A number that was reckoned, with as many digits as are worth a look.
pub fn short(value: f64) -> f64 {
    rounded(value, DIGITS + 1)
}

/// The newest `columns` values as a line of blocks (`levels`, lowest first) scaled to what they span; blank where there is none.
/// Values that differ by less than a fiftieth of themselves are drawn as a low line, so that noise does not look like a storm.
pub fn spark(values: impl IntoIterator<Item = Option<f64>>, columns: usize, levels: &[char]) -> String {
    let values: Vec<Option<f64>> = values.into_iter().map(|value| value.filter(|value| value.is_finite())).collect();
    let newest = &values[values.len().saturating_sub(columns)..];
    let known = || newest.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    // Halved, so that the span of the widest numbers there are is still a number.
    let span = (high / 2.0 - low / 2.0).max(high.abs().max(low.abs()) / 100.0);
    let block = |value: f64| {
        let share = if span > 0.0 { (value / 2.0 - low / 2.0) / span } else { 0.0 };
        let level = (share * levels.len().saturating_sub(1) as f64).round() as usize;
        levels.get(level).copied().unwrap_or(' ')
    };
    let blanks = std::iter::repeat_n(' ', columns - newest.len());
    blanks.chain(newest.iter().map(|value| value.map_or(' ', block))).collect()
}

/// A value on its way to the screen: times `factor` it is in the unit `suffix`, unless it is better said as a `duration`.
struct Scaled {
    factor: f64,
    suffix: Cow<'static, str>,
    duration: Option<String>,
}

const DECIMAL: [(f64, &str); 6] = [(1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
const BINARY: [(f64, &str); 5] =
    [(1_099_511_627_776.0, "TiB"), (1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1_024.0, "KiB"), (1.0, "B")];
const TIMES: [(f64, &str); 3] = [(1.0, "s"), (1e-3, "ms"), (1e-6, "us")];

/// The unit in which `value` has the fewest digits before its point, of those that belong together.
fn scaled(value: f64, unit: &Unit) -> Scaled {
    let plain = |suffix: Cow<'static, str>| Scaled { factor: 1.0, suffix, duration: None };
    match unit {
        Unit::None => plain("".into()),
        Unit::Percent => plain("%".into()),
        Unit::Fraction => Scaled { factor: 100.0, suffix: "%".into(), duration: None },
        Unit::PerSecond | Unit::PerMinute => plain(unit.to_string().into()),
        Unit::Other(word) => plain(text::clean_line(word).into_owned().into()),
        Unit::Microseconds => in_ladder(value, 1e-6, "us", &TIMES),
        Unit::Milliseconds => in_ladder(value, 1e-3, "ms", &TIMES),
        Unit::Seconds => in_ladder(value, 1.0, "s", &TIMES),
        Unit::Minutes => in_ladder(value, 60.0, "min", &TIMES),
        Unit::Hours => in_ladder(value, 3_600.0, "h", &TIMES),
        Unit::Bytes => in_ladder(value, 1.0, "B", &DECIMAL),
        Unit::Kilobytes => in_ladder(value, 1e3, "kB", &DECIMAL),
        Unit::Megabytes => in_ladder(value, 1e6, "MB", &DECIMAL),
        Unit::Gigabytes => in_ladder(value, 1e9, "GB", &DECIMAL),
        Unit::Kibibytes => in_ladder(value, 1_024.0, "KiB", &BINARY),
        Unit::Mebibytes => in_ladder(value, 1_048_576.0, "MiB", &BINARY),
        Unit::Gibibytes => in_ladder(value, 1_073_741_824.0, "GiB", &BINARY),
    }
}

/// `value` times `scale` in the largest rung of which it is at least one; zero stays in its own unit.
fn in_ladder(value: f64, scale: f64, own: &'static str, ladder: &[(f64, &'static str)]) -> Scaled {
    let base = value.abs() * scale;
    if value == 0.0 || !base.is_finite() {
        return Scaled { factor: 1.0, suffix: own.into(), duration: None };
    }
    // Dividing may leave 0.9999999999999999 of a unit, which is one.
    let fits = |rung: f64| base / rung >= 1.0 - 1e-12;
    let smallest = ladder.last().copied().unwrap_or((scale, own));
    let (rung, suffix) = ladder.iter().copied().find(|(rung, _)| fits(*rung)).unwrap_or(smallest);
    let is_time = ladder.len() == TIMES.len();
    let duration = (is_time && base >= 60.0).then(|| Span((value * scale * 1_000.0).round() as i64).to_string());
    Scaled { factor: scale / rung, suffix: suffix.into(), duration }
}

/// The value with every digit that was meant, whatever the width.
fn exact(value: f64, unit: &Unit) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    let scaled = scaled(value, unit);
    let minutes_and_seconds = |seconds: f64| seconds.fract() == 0.0 && seconds.abs() < 3_600.0;
    if let Some(duration) = scaled.duration
        && minutes_and_seconds(rounded(value * scaled.factor, 12))
    {
        return duration;
    }
    let digits = rounded(value * scaled.factor, 12);
    let size = digits.abs();
    let digits = if size >= 1e15 || (size > 0.0 && size < 1e-6) { format!("{digits:e}") } else { format!("{}", digits + 0.0) };
    with_suffix(&digits, &scaled.suffix)
}

fn with_suffix(digits: &str, suffix: &str) -> String {
    if suffix.is_empty() { digits.to_owned() } else { format!("{digits} {suffix}") }
}

fn suffix_columns(suffix: &str) -> usize {
    if suffix.is_empty() { 0 } else { text::width(suffix) + 1 }
}

/// The nearest number with so many significant digits; never negative zero.
fn rounded(value: f64, digits: usize) -> f64 {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    text.parse::<f64>().ok().filter(|near| near.is_finite()).unwrap_or(value) + 0.0
}

/// Three significant digits where they fit into `room`, fewer where they do not; thousands are scaled when five digits do not do.
fn compact(value: f64, room: usize) -> Option<String> {
    let small = [DIGITS, 2, 1].into_iter().find_map(|digits| plain(value, digits).filter(|text| text.len() <= room));
    small.or_else(|| abbreviated(value, room)).or_else(|| {
        let text = if value.abs() < 1.0 { "~0".to_owned() } else { format!("{value:.0e}") };
        (text.len() <= room).then_some(text)
    })
}

/// Digits as they stand: up to five before the point, up to four behind it.
fn plain(value: f64, digits: usize) -> Option<String> {
    let size = value.abs();
    if size >= 99_999.5 {
        return None;
    }
    if size >= 999.5 {
        return Some(format!("{value:.0}"));
    }
    if size > 0.0 && size < 0.0005 {
        return Some(if value < 0.0 { ">-0.001" } else { "<0.001" }.to_owned());
    }
    let before_point = if value == 0.0 { 0.0 } else { size.log10().floor() };
    let decimals = (digits as f64 - 1.0 - before_point).clamp(0.0, 4.0) as usize;
    let text = format!("{value:.decimals$}");
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    Some(if trimmed == "-0" { "0".to_owned() } else { trimmed.to_owned() })
}

/// `123k`, `1.23M`, `4.5G`, `12T`.
fn abbreviated(value: f64, room: usize) -> Option<String> {
    let near = rounded(value, DIGITS);
    let (scale, letter) =
        [(1e12, 'T'), (1e9, 'G'), (1e6, 'M'), (1e3, 'k')].into_iter().find(|(scale, _)| near.abs() >= *scale)?;
    if near.abs() >= 1e15 {
        return None;
    }
    let texts = [DIGITS, 2, 1].into_iter().filter_map(|digits| plain(near / scale, digits));
    texts.map(|text| format!("{text}{letter}")).find(|text| text.len() <= room)
}

#[cfg(test)]
mod tests;
