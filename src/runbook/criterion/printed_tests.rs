//! Any criterion, written down and read again, is the same; and no text at all brings the reader down.

use chrono::NaiveTime;
use proptest::prelude::*;

use super::{parse, tests};
use crate::id::ChecklistId;
use crate::measure::criterion::{Amount, Due, Limit, Op, Test, Way};
use crate::runbook::file::Extent;
use crate::runbook::names::{Names, SourceName};
use crate::time::Span;

fn names() -> Names {
    let mut names = tests::names();
    names.sources.add("prom", Extent::default(), SourceName { word: Some("prometheus"), every: None }).unwrap();
    names
}

// Writing a criterion down.

fn print(test: &Test) -> String {
    let held = |hold: &Span| if *hold == Span::ZERO { String::new() } else { format!(" for {}", span(*hold)) };
    let name = |source: &Option<crate::id::SourceId>| source.as_ref().map_or_else(|| "health".to_owned(), ToString::to_string);
    match test {
        Test::Compare { metric, op, limit, hold } => {
            format!("{metric} {} {}{}", op.sign(), print_limit(*limit, metric.as_str()), held(hold))
        }
        Test::Target { metric, hold } => format!("{metric} meets its target{}", held(hold)),
        Test::Change { metric, way, op, limit, over } => {
            format!("{metric} {} {} {} in {}", way.word(), op.sign(), amount(*limit, metric.as_str()), span(*over))
        }
        Test::Health { source, up, hold } => {
            format!("{} is {}{}", name(source), if *up { "up" } else { "down" }, held(hold))
        }
        Test::Uptime { source, share, over } => format!("{} was up {}% of {}", name(source), percent(*share), span(*over)),
        Test::NoCritical { hold } => format!("no critical metrics{}", held(hold)),
        Test::NoAlerts { source, hold } => {
            let from = source.as_ref().map_or_else(String::new, |source| format!(" from {source}"));
            format!("no critical alerts{from}{}", held(hold))
        }
        Test::Due { test, due } => {
            let when = match due {
                Due::T(Span::ZERO) => "by T".to_owned(),
                Due::T(after) if *after < Span::ZERO => format!("by T-{}", span(-*after)),
                Due::T(after) => format!("within {} of T", span(*after)),
                Due::Clock(time) => format!("by {}", time.format("%H:%M")),
            };
            format!(
                "{} {when}",
                inner(test, |test| matches!(test, Test::Due { .. } | Test::Not(_) | Test::All(_) | Test::Any(_)))
            )
        }
        Test::Complete { .. } => "checklist \"The evening before\" is complete".to_owned(),
        Test::Confirmed { what } if what.contains('"') => format!("operator confirms '{what}'"),
        Test::Confirmed { what } => format!("operator confirms \"{what}\""),
        Test::All(tests) => {
            let each = tests.iter().map(|test| inner(test, |test| matches!(test, Test::All(_) | Test::Any(_))));
            each.collect::<Vec<_>>().join(" and ")
        }
        Test::Any(tests) => {
            let each = tests.iter().map(|test| inner(test, |test| matches!(test, Test::Any(_))));
            each.collect::<Vec<_>>().join(" or ")
        }
        // A `for` behind a `not` wants to be told what it belongs to.
        Test::Not(test) => {
            format!("not {}", inner(test, |test| matches!(test, Test::All(_) | Test::Any(_)) || test.own_hold() > Span::ZERO))
        }
    }
}

/// A part, in brackets where it would be read as something else without.
fn inner(test: &Test, needs_brackets: impl Fn(&Test) -> bool) -> String {
    if needs_brackets(test) { format!("({})", print(test)) } else { print(test) }
}

fn span(span: Span) -> String {
    format!("{}ms", span.0)
}

fn percent(share: f64) -> f64 {
    (share * 100.0).round()
}

fn unit(metric: &str) -> &'static str {
    match metric {
        "error_rate" => "%",
        "p95" => "ms",
        _ => "",
    }
}

fn print_limit(limit: Limit, metric: &str) -> String {
    match limit {
        Limit::Fixed(value) => format!("{value}{}", unit(metric)),
        Limit::OfBaseline(share) => format!("{}% of baseline", percent(share)),
        Limit::Beside(Amount::Share(share)) if share < 0.0 => format!("baseline - {}%", percent(-share)),
        Limit::Beside(Amount::Plain(plain)) if plain < 0.0 => format!("baseline - {}", amount(Amount::Plain(-plain), metric)),
        Limit::Beside(of) => format!("baseline + {}", amount(of, metric)),
    }
}

fn amount(amount: Amount, metric: &str) -> String {
    match amount {
        Amount::Share(share) => format!("{}%", percent(share)),
        // Of what is measured in % a plain difference is in points.
        Amount::Plain(value) if metric == "error_rate" => format!("{value}pp"),
        Amount::Plain(value) => format!("{value}{}", unit(metric)),
    }
}

// Making one up.

fn any_span() -> impl Strategy<Value = Span> {
    (1_i64..100_000_000).prop_map(Span)
}

fn any_hold() -> impl Strategy<Value = Span> {
    prop_oneof![Just(Span::ZERO), any_span()]
}

fn any_share() -> impl Strategy<Value = f64> {
    (1_u8..=100).prop_map(|percent| f64::from(percent) / 100.0)
}

fn any_op() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![Op::Less, Op::AtMost, Op::More, Op::AtLeast, Op::Equal, Op::NotEqual])
}

fn any_limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        any_share().prop_map(Limit::OfBaseline),
        any_share().prop_map(|share| Limit::Beside(Amount::Share(share))),
        any_share().prop_map(|share| Limit::Beside(Amount::Share(-share))),
        (0.0..1e6_f64).prop_map(|plain| Limit::Beside(Amount::Plain(plain))),
    ]
}

fn any_change() -> impl Strategy<Value = Test> {
    let amount = prop_oneof![any_share().prop_map(Amount::Share), (0.0..1e6_f64).prop_map(Amount::Plain)];
    let way = prop::sample::select(vec![Way::Grows, Way::Falls]);
    let metric = prop::sample::select(vec!["error_rate", "p95", "pods"]);
    (metric, way, any_op(), amount, any_span()).prop_map(|(metric, way, op, limit, over)| Test::Change {
        metric: metric.into(),
        way,
        op,
        limit,
        over,
    })
}

fn any_single() -> impl Strategy<Value = Test> {
    let source = || prop::option::of(prop::sample::select(vec!["app", "api"]).prop_map(Into::into));
    let number = prop_oneof![-1e9..1e9_f64, (-1_000..1_000_i32).prop_map(f64::from)];
    let metric = prop::sample::select(vec!["error_rate", "p95", "pods"]);
    prop_oneof![
        (metric, any_op(), number, any_hold()).prop_map(|(metric, op, limit, hold)| Test::Compare {
            metric: metric.into(),
            op,
            limit: limit.into(),
            hold
        }),
        (any_op(), any_limit(), any_hold()).prop_map(|(op, limit, hold)| Test::Compare {
            metric: "error_rate".into(),
            op,
            limit,
            hold
        }),
        any_hold().prop_map(|hold| Test::Target { metric: "error_rate".into(), hold }),
        any_change(),
        (source(), prop::bool::ANY, any_hold()).prop_map(|(source, up, hold)| Test::Health { source, up, hold }),
        (source(), any_share(), any_span()).prop_map(|(source, share, over)| Test::Uptime { source, share, over }),
        any_hold().prop_map(|hold| Test::NoCritical { hold }),
        (prop::option::of(Just("prom".into())), any_hold()).prop_map(|(source, hold)| Test::NoAlerts { source, hold }),
        Just(Test::Complete { checklist: ChecklistId::new("evening") }),
        "[a-z' ]{0,12}[a-z]".prop_map(|what| Test::Confirmed { what }),
    ]
}

fn any_test() -> impl Strategy<Value = Test> {
    let due = prop_oneof![
        any_span().prop_map(Due::T),
        any_span().prop_map(|before| Due::T(-before)),
        (0_u32..24, 0_u32..60).prop_map(|(hour, minute)| Due::Clock(NaiveTime::from_hms_opt(hour, minute, 0).unwrap())),
    ];
    any_single().prop_recursive(4, 10, 3, move |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Test::All),
            several.prop_map(Test::Any),
            inner.clone().prop_map(|test| Test::Not(Box::new(test))),
            (inner, due.clone()).prop_map(|(test, due)| Test::Due { test: Box::new(test), due }),
        ]
    })
}

/// A piece of the language, or something beside it.
fn any_piece() -> impl Strategy<Value = String> {
    let words = "error_rate p95 pods app api health prom < <= > >= == != ≤ ≠ = ( ) and or not for no critical metrics alerts from \
                 is was up down of baseline + - % 5% 0.5pp 200ms 30m T T+2h by within 09:30 meets its target grows falls in at \
                 most more than above below checklist operator confirms complete \"x\" \" ' 1e999 µs é 🫖";
    let word = prop::sample::select(words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    prop_oneof![8 => word, 1 => "\\PC{0,3}"]
}

proptest! {
    #[test]
    fn what_is_written_down_is_read_as_the_same(test in any_test()) {
        let text = print(&test);
        prop_assume!(text.len() <= super::TEXT_BYTES_MAX);
        prop_assert_eq!(parse(&text, &names()), Ok(test), "{}", text);
    }

    #[test]
    fn any_words_are_read_or_refused_at_a_place_in_them(pieces in prop::collection::vec(any_piece(), 0..16), glued in prop::bool::ANY) {
        let text = pieces.join(if glued { "" } else { " " });
        match parse(&text, &names()) {
            Ok(test) => prop_assert_eq!(parse(&print(&test), &names()), Ok(test)),
            Err(flaws) => {
                prop_assert!(!flaws.is_empty());
                for flaw in flaws {
                    prop_assert!(text.get(flaw.at.clone()).is_some(), "{:?} in {:?}", flaw, text);
                }
            }
        }
    }

    #[test]
    fn no_text_at_all_brings_the_reader_down(text in "\\PC*|.*") {
        let _ = parse(&text, &names());
    }
}
