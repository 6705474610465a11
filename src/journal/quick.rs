//! The commonest events, decoded by hand: what steps print, what sources are polled for, and notes are nearly all of a long
//! journal.
//!
//! Only what is written exactly as this program writes it is understood here, and whatever is understood comes out as serde
//! would have it. All else is `None`, and left to serde.

use std::borrow::Borrow;

use crate::id::{MetricId, OperatorId, SourceId, StepId};
use crate::measure::reading::Reading;
use crate::room::Event;
use crate::room::event::{Outcome, Output};
use crate::time::Span;

/// Names that were met, so that each is made once and not for every event.
#[derive(Debug, Default)]
pub(super) struct Names {
    steps: Met<StepId>,
    sources: Met<SourceId>,
    metrics: Met<MetricId>,
    operators: Met<OperatorId>,
}

pub(super) fn event(text: &[u8], names: &mut Names) -> Option<Event> {
    let mut text = Text(std::str::from_utf8(text).ok()?);
    let event = if text.eat("{\"source_polled\":{\"source\":\"").is_some() {
        polled(&mut text, names)?
    } else if text.eat("{\"step_output\":{\"step\":\"").is_some() {
        printed(&mut text, names)?
    } else if text.eat("{\"noted\":{\"text\":").is_some() {
        let told = text.string()?;
        text.eat(",\"by\":\"")?;
        Event::Noted { text: told, by: names.operators.of(text.plain()?) }
    } else {
        return None;
    };
    text.eat("}}")?;
    text.0.is_empty().then_some(event)
}

fn polled(text: &mut Text, names: &mut Names) -> Option<Event> {
    let source = names.sources.of(text.plain()?);
    text.eat(",\"took\":")?;
    let took = Span(i64::try_from(text.whole()?).ok()?);
    text.eat(",\"outcome\":{\"")?;
    let outcome = if text.eat("up\":{\"status\":").is_some() {
        Outcome::Up { status: text.whole()?.try_into().ok()? }
    } else {
        text.eat("down\":{\"why\":")?;
        Outcome::Down { why: text.string()? }
    };
    text.eat("}},\"readings\":[")?;
    let mut readings = Vec::new();
    while text.eat("]").is_none() {
        if !readings.is_empty() {
            text.eat(",")?;
        }
        text.eat("[\"")?;
        let metric = names.metrics.of(text.plain()?);
        text.eat(",{\"")?;
        let reading = if text.eat("number\":").is_some() {
            Reading::Number(text.float()?)
        } else if text.eat("missing\":").is_some() {
            Reading::Missing(text.string()?)
        } else {
            text.eat("invalid\":")?;
            Reading::Invalid(text.string()?)
        };
        text.eat("}]")?;
        readings.push((metric, reading));
    }
    Some(Event::SourcePolled {
        source,
        took,
        outcome,
        readings,
        during: None,
        notes: Vec::new(),
        alerts: None,
        ages: std::collections::BTreeMap::new(),
    })
}

fn printed(text: &mut Text, names: &mut Names) -> Option<Event> {
    let step = names.steps.of(text.plain()?);
    text.eat(",\"attempt\":")?;
    let attempt = text.whole()?.try_into().ok()?;
    text.eat(",\"output\":{\"lines\":[")?;
    let mut lines = Vec::new();
    while text.eat("]").is_none() {
        if !lines.is_empty() {
            text.eat(",")?;
        }
        lines.push(text.string()?);
    }
    let omitted = if text.eat(",\"omitted\":").is_some() { text.whole()? } else { 0 };
    let to = if text.eat(",\"to\":").is_some() { Some(text.whole()?) } else { None };
    text.eat("}")?;
    Some(Event::StepOutput { step, attempt, output: Output { lines, omitted, to, late: false, printed_by: None } })
}

/// What is left to be read.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn eat(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    /// JSON writes no zero before a number.
    fn whole(&mut self) -> Option<u64> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let digits = self.take(length).as_bytes();
        if length == 0 || length > 19 || (length > 1 && digits[0] == b'0') {
            return None;
        }
        Some(digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }

    /// Digits with a point in them, as most measured values have; no exponent.
    fn float(&mut self) -> Option<f64> {
        let length = self.0.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-'))?;
        let text = self.take(length);
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let point = digits.iter().position(|byte| *byte == b'.')?;
        let (before, after) = (&digits[..point], &digits[point + 1..]);
        let plain = |digits: &[u8]| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        if !plain(before) || !plain(after) || (before.len() > 1 && before[0] == b'0') {
            return None;
        }
        text.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// A string without escapes whose opening quote is behind already.
    fn plain(&mut self) -> Option<&'a str> {
        let end = memchr::memchr2(b'"', b'\\', self.0.as_bytes())?;
        let found = self.take(end);
        self.eat("\"")?;
        // Outside of escapes no such byte may stand in a string.
        let forbidden = found.bytes().map(|byte| byte < b' ').fold(false, |one, other| one | other);
        (!forbidden).then_some(found)
    }

    fn string(&mut self) -> Option<String> {
        let all = self.0;
        self.eat("\"")?;
        if let Some(plain) = self.plain() {
            return Some(plain.to_owned());
        }
        let mut values = serde_json::Deserializer::from_str(all).into_iter::<String>();
        let value = values.next()?.ok()?;
        self.0 = all.get(values.byte_offset()..)?;
        Some(value)
    }
}

/// More kinds of names than this are not met at once.
const SLOTS: usize = 64;

#[derive(Debug)]
struct Met<T>(Vec<Option<T>>);

impl<T> Default for Met<T> {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| None).collect())
    }
}

impl<T: Clone + Borrow<str> + for<'a> From<&'a str>> Met<T> {
    fn of(&mut self, name: &str) -> T {
        let hash = name.bytes().fold(0_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
        let slot = &mut self.0[hash % SLOTS];
        match slot {
            Some(met) if <T as Borrow<str>>::borrow(met) == name => met.clone(),
            Some(_) | None => slot.insert(T::from(name)).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quick(text: &str) -> Option<Event> {
        event(text.as_bytes(), &mut Names::default())
    }

    fn reading() -> impl Strategy<Value = Reading> {
        let number = any::<f64>().prop_filter("finite", |value| value.is_finite());
        prop_oneof![
            number.prop_map(Reading::Number),
            (-1_000_000_i64..1_000_000).prop_map(|value| Reading::Number(value as f64 / 64.0)),
            any::<String>().prop_map(Reading::Missing),
            any::<String>().prop_map(Reading::Invalid),
        ]
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let outcome = prop_oneof![
            any::<u16>().prop_map(|status| Outcome::Up { status }),
            any::<String>().prop_map(|why| Outcome::Down { why }),
        ];
        let readings = prop::collection::vec(("[a-z_\u{e4}\"]{1,9}".prop_map(|id| MetricId::new(&id)), reading()), 0..5);
        let polled = ("[a-z]{1,4}", any::<i64>(), outcome, readings, prop::collection::vec(any::<String>(), 0..2));
        let printed =
            (any::<String>(), any::<u32>(), prop::collection::vec(any::<String>(), 0..4), 0..3_u64, any::<Option<u64>>());
        prop_oneof![
            polled.prop_map(|(source, took, outcome, readings, notes)| Event::SourcePolled {
                source: SourceId::new(&source),
                took: Span(took),
                outcome,
                readings,
                during: None,
                notes,
                alerts: None,
                ages: std::collections::BTreeMap::new()
            }),
            printed.prop_map(|(step, attempt, lines, omitted, to)| Event::StepOutput {
                step: StepId::new(&step),
                attempt,
                output: Output { lines, omitted, to, late: false, printed_by: None },
            }),
            (any::<String>(), any::<String>()).prop_map(|(text, by)| Event::Noted { text, by: OperatorId::new(&by) }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_understood_by_hand_is_what_serde_understands(event in any_event(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut text = serde_json::to_vec(&event).unwrap();
            let by_serde: Event = serde_json::from_slice(&text).unwrap();
            if let Some(by_hand) = super::event(&text, &mut Names::default()) {
                prop_assert_eq!(&by_hand, &by_serde);
            }
            // Nor is anything made of a text that serde refuses, or reads otherwise.
            let place = at.index(text.len());
            text[place] = byte;
            if let Some(by_hand) = super::event(&text, &mut Names::default()) {
                prop_assert_eq!(Some(by_hand), serde_json::from_slice(&text).ok());
            }
        }
    }

    #[test]
    fn the_commonest_events_are_understood_by_hand() {
        for text in [
            r#"{"source_polled":{"source":"app","took":12,"outcome":{"up":{"status":200}},"readings":[["p95",{"number":0.125}],["rss",{"missing":"no such series"}]]}}"#,
            r#"{"source_polled":{"source":"app","took":12,"outcome":{"down":{"why":"refused"}},"readings":[]}}"#,
            r#"{"step_output":{"step":"canary.1","attempt":1,"output":{"lines":["a","say \"b\" \u00e4"],"omitted":3,"to":77}}}"#,
            r#"{"noted":{"text":"all well","by":"ada"}}"#,
        ] {
            assert_eq!(quick(text), Some(serde_json::from_str(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn what_json_forbids_is_left_to_serde_to_refuse() {
        for text in [
            r#"{"noted":{"text":"all well","by":"ada"}} "#,
            "{\"noted\":{\"text\":\"tab\there\",\"by\":\"ada\"}}",
            r#"{"step_output":{"step":"canary.1","attempt":01,"output":{"lines":[]}}}"#,
            r#"{"step_output":{"step":"canary.1","attempt":4294967296,"output":{"lines":[]}}}"#,
            r#"{"step_output":{"step":"canary.1","attempt":1,"output":{"lines":["a",]}}}"#,
            r#"{"source_polled":{"source":"app","took":12,"outcome":{"up":{"status":200}},"readings":[["p95",{"number":00.5}]]}}"#,
            r#"{"source_polled":{"source":"app","took":12,"outcome":{"up":{"status":200}},"readings":[["p95",{"number":.5}]]}}"#,
        ] {
            assert_eq!(quick(text), None, "{text}");
        }
    }
}
