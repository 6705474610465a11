//! The laws of three-valued logic, over random criteria about metrics that are good, bad, or not known in several ways.

use proptest::prelude::*;

use super::tests::{Known, NOW, n, verdict};
use super::*;
use crate::measure::reading::Reading;

const METRICS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// What is known of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Good,
    Bad,
    Missing,
    NotANumber,
    Stale,
    Never,
}

impl Kind {
    /// 1 for a pass, -1 for a fail, 0 for unknown: `and` is then the least, `or` the greatest, `not` the other sign.
    fn value(self) -> i8 {
        match self {
            Self::Good => 1,
            Self::Bad => -1,
            Self::Missing | Self::NotANumber | Self::Stale | Self::Never => 0,
        }
    }

    fn samples(self) -> Vec<(i64, Reading)> {
        match self {
            Self::Good => vec![(2, n(1.0))],
            Self::Bad => vec![(2, n(3.0))],
            Self::Missing => vec![(7, n(1.0)), (2, Reading::Missing("gone".to_owned()))],
            Self::NotANumber => vec![(7, n(1.0)), (2, n(f64::NAN))],
            Self::Stale => vec![(600, n(1.0))],
            Self::Never => Vec::new(),
        }
    }
}

fn known(kinds: &[Kind]) -> Known {
    METRICS.iter().zip(kinds).fold(Known::default(), |known, (id, kind)| known.metric(id, &kind.samples()))
}

fn any_kinds() -> impl Strategy<Value = Vec<Kind>> {
    let kinds = [Kind::Good, Kind::Bad, Kind::Missing, Kind::NotANumber, Kind::Stale, Kind::Never];
    prop::collection::vec(prop::sample::select(kinds.to_vec()), METRICS.len())
}

fn any_test() -> impl Strategy<Value = Test> {
    let leaf = prop::sample::select(METRICS.to_vec()).prop_map(|id| Test::Compare {
        metric: id.into(),
        op: Op::Less,
        limit: 2.0.into(),
        hold: Span::ZERO,
    });
    leaf.prop_recursive(5, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![several.clone().prop_map(Test::All), several.prop_map(Test::Any), inner.prop_map(not)]
    })
}

fn not(test: Test) -> Test {
    Test::Not(Box::new(test))
}

/// The plain model of what a criterion is worth.
fn model(test: &Test, kinds: &[Kind]) -> i8 {
    match test {
        Test::Compare { metric, .. } => {
            let place = METRICS.iter().position(|id| *id == metric.as_str()).unwrap();
            kinds[place].value()
        }
        Test::All(tests) => tests.iter().map(|test| model(test, kinds)).min().unwrap(),
        Test::Any(tests) => tests.iter().map(|test| model(test, kinds)).max().unwrap(),
        Test::Not(test) => -model(test, kinds),
        other => panic!("{other:?} is not made here"),
    }
}

fn value(verdict: Verdict) -> i8 {
    match verdict {
        Verdict::Pass => 1,
        Verdict::Unknown => 0,
        Verdict::Fail => -1,
    }
}

/// A sample of a metric, every five seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Good,
    Bad,
    Nothing,
}

fn any_past() -> impl Strategy<Value = Vec<Vec<Seen>>> {
    let seen = prop_oneof![4 => Just(Seen::Good), 4 => Just(Seen::Bad), 1 => Just(Seen::Nothing)];
    prop::collection::vec(prop::collection::vec(seen, 1..7), METRICS.len())
}

fn samples(past: &[Seen]) -> Vec<(i64, Reading)> {
    let reading = |seen: &Seen| match seen {
        Seen::Good => n(1.0),
        Seen::Bad => n(3.0),
        Seen::Nothing => Reading::Missing("gone".to_owned()),
    };
    (1_i64..)
        .zip(past.iter().rev())
        .map(|(place, seen)| (place * 5, reading(seen)))
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}

/// Conditions that are to hold for a time, put together in any way.
fn any_held_test() -> impl Strategy<Value = Test> {
    let leaf = (prop::sample::select(METRICS.to_vec()), 0_i64..6).prop_map(|(id, fives)| Test::Compare {
        metric: id.into(),
        op: Op::Less,
        limit: 2.0.into(),
        hold: Span::seconds(fives * 5),
    });
    leaf.prop_recursive(4, 16, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![several.clone().prop_map(Test::All), several.prop_map(Test::Any), inner.prop_map(not)]
    })
}

/// The plain model with time: what has to be true for `truth` seconds, and false for `falsehood`, to count as either.
fn model_of_time(test: &Test, pasts: &[Vec<Seen>], truth: i64, falsehood: i64) -> i8 {
    let each = |tests: &[Test]| -> Vec<i8> { tests.iter().map(|test| model_of_time(test, pasts, truth, falsehood)).collect() };
    match test {
        Test::Compare { metric, hold, .. } => {
            let past = &pasts[METRICS.iter().position(|id| *id == metric.as_str()).unwrap()];
            let newest = *past.last().unwrap();
            let alike = past.iter().rev().take_while(|seen| **seen == newest).count();
            let long_enough = |seconds: i64| seconds == 0 || (alike >= 2 && i64::try_from(alike).unwrap() * 5 >= seconds);
            match newest {
                Seen::Good if long_enough(truth.max(hold.0 / 1_000)) => 1,
                Seen::Bad if long_enough(falsehood) => -1,
                Seen::Good | Seen::Bad | Seen::Nothing => 0,
            }
        }
        Test::All(tests) => each(tests).into_iter().min().unwrap(),
        Test::Any(tests) => each(tests).into_iter().max().unwrap(),
        Test::Not(test) => -model_of_time(test, pasts, falsehood, truth),
        other => panic!("{other:?} is not made here"),
    }
}

proptest! {
    #[test]
    fn what_has_to_hold_for_a_time_is_worth_what_the_plain_model_says_also_behind_not(
        test in any_held_test(), pasts in any_past(), fives in 0_i64..6,
    ) {
        let known = METRICS.iter().zip(&pasts).fold(Known::default(), |known, (id, past)| known.metric(id, &samples(past)));
        let criterion = Criterion { text: String::new(), test: test.clone() };
        let hold = Span::seconds(fives * 5);
        let model = model_of_time(&test, &pasts, fives * 5, 0);
        prop_assert_eq!(value(judge_held(&criterion, hold, &known, NOW).verdict), model);
        prop_assert_eq!(value(verdict_held(&criterion, hold, &known, NOW)), model);
    }

    #[test]
    fn any_criterion_is_worth_what_the_plain_model_says(test in any_test(), kinds in any_kinds()) {
        let known = known(&kinds);
        let criterion = Criterion { text: String::new(), test: test.clone() };
        prop_assert_eq!(value(judge(&criterion, &known, NOW).verdict), model(&test, &kinds));
        prop_assert_eq!(value(super::verdict(&criterion, &known, NOW)), model(&test, &kinds));
    }

    #[test]
    fn not_turns_and_into_or_and_twice_changes_nothing(tests in prop::collection::vec(any_test(), 1..4), kinds in any_kinds()) {
        let known = known(&kinds);
        let each_not = || tests.iter().cloned().map(not).collect::<Vec<_>>();
        let (all, any) = (Test::All(tests.clone()), Test::Any(tests.clone()));
        prop_assert_eq!(verdict(not(all.clone()), &known), verdict(Test::Any(each_not()), &known));
        prop_assert_eq!(verdict(not(any.clone()), &known), verdict(Test::All(each_not()), &known));
        prop_assert_eq!(verdict(not(not(all.clone())), &known), verdict(all, &known));
        prop_assert_eq!(verdict(not(not(any.clone())), &known), verdict(any, &known));
    }

    #[test]
    fn order_grouping_and_saying_it_twice_make_no_difference(
        one in any_test(), two in any_test(), three in any_test(), kinds in any_kinds(),
    ) {
        let known = known(&kinds);
        for join in [Test::All, Test::Any] {
            let flat = verdict(join(vec![one.clone(), two.clone(), three.clone()]), &known);
            let left = join(vec![join(vec![one.clone(), two.clone()]), three.clone()]);
            let turned = join(vec![three.clone(), two.clone(), one.clone(), two.clone()]);
            prop_assert_eq!(verdict(left, &known), flat);
            prop_assert_eq!(verdict(turned, &known), flat);
        }
        // `and` over `or`, and what one of them absorbs.
        let either = Test::Any(vec![two.clone(), three.clone()]);
        let both = |other: &Test| Test::All(vec![one.clone(), other.clone()]);
        prop_assert_eq!(verdict(both(&either), &known), verdict(Test::Any(vec![both(&two), both(&three)]), &known));
        prop_assert_eq!(verdict(Test::Any(vec![one.clone(), both(&two)]), &known), verdict(one.clone(), &known));
    }

    /// What is decided while something is not known stays so, whatever that turns out to be: an unknown part neither saves a
    /// criterion nor breaks it.
    #[test]
    fn what_becomes_known_overturns_no_verdict(
        test in any_test(), kinds in any_kinds(), turns_out in prop::collection::vec(prop::bool::ANY, METRICS.len()),
    ) {
        let later: Vec<Kind> = kinds.iter().zip(turns_out).map(|(kind, good)| match kind {
            Kind::Good | Kind::Bad => *kind,
            Kind::Missing | Kind::NotANumber | Kind::Stale | Kind::Never if good => Kind::Good,
            Kind::Missing | Kind::NotANumber | Kind::Stale | Kind::Never => Kind::Bad,
        }).collect();
        let before = verdict(test.clone(), &known(&kinds));
        let after = verdict(test, &known(&later));
        prop_assert_ne!(after, Verdict::Unknown);
        if before != Verdict::Unknown {
            prop_assert_eq!(before, after);
        }
    }
}
