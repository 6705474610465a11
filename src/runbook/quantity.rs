//! Numbers with units, as written: `0.5%`, `200ms`, `3895/s`, `1e6`.

use crate::measure::unit::{Quantity, Unit};

/// The quantity that `text` is, or nothing where it is none.
pub(super) fn parse(text: &str) -> Option<Quantity> {
    let text = text.trim();
    let (number, unit) = text.split_at(number_length(text));
    let value: f64 = number.parse().ok().filter(|value: &f64| value.is_finite())?;
    let unit = unit.trim();
    let begins_well = unit.chars().next().is_none_or(|c| c.is_alphabetic() || matches!(c, '%' | '/' | 'µ'));
    begins_well.then(|| Quantity { value, unit: unit_of(unit) })
}

/// Minutes are `m` to people as well as `min`; a metric cannot be measured in metres here.
fn unit_of(word: &str) -> Unit {
    if word == "m" { Unit::Minutes } else { Unit::of(word) }
}

/// How many bytes of `text` are its number.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| from + bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(usize::from(matches!(bytes.first(), Some(b'+' | b'-'))));
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

/// What `quantity` is in `unit`, or how it ought to be written.
pub(super) fn in_unit(quantity: &Quantity, unit: &Unit) -> Result<f64, String> {
    if let Some(value) = quantity.unit.convert(quantity.value, unit).filter(|value| value.is_finite()) {
        return Ok(value);
    }
    Err(match (&quantity.unit, unit) {
        (Unit::None, Unit::Percent) => format!("write `{}%`", quantity.value),
        (Unit::None, Unit::Fraction) => format!("write it as a percentage: `{}%`", quantity.value * 100.0),
        (_, Unit::None) => format!("it has no unit: write `{}`, or give the metric a `unit:`", quantity.value),
        (_, unit) => format!("write it in {unit}, or correct the metric's `unit:`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_a_number_and_perhaps_a_unit() {
        let cases = [
            ("0.5%", 0.5, Unit::Percent),
            ("200ms", 200.0, Unit::Milliseconds),
            ("200 ms", 200.0, Unit::Milliseconds),
            ("3895/s", 3895.0, Unit::PerSecond),
            ("1e3", 1000.0, Unit::None),
            ("-2.5e-1s", -0.25, Unit::Seconds),
            ("5m", 5.0, Unit::Minutes),
            ("3 pods", 3.0, Unit::Other("pods".to_owned())),
        ];
        for (text, value, unit) in cases {
            assert_eq!(parse(text), Some(Quantity { value, unit }), "{text}");
        }
        for text in ["", "%", "ms", "1..2", "1,5", "0x1f", "1e999", "NaN", "--1", "< 3"] {
            assert!(parse(text).is_none_or(|quantity| quantity.unit == Unit::Other("x1f".to_owned())), "{text}");
        }
    }
}
