//! What is said of a time: baselines, targets, growth, uptime, what is due; and that nothing passes by what is not known.

use super::tests::{Known, NOW, every_five_seconds, n, of, verdict};
use super::*;
use crate::measure::criterion::{Amount, Way};
use crate::measure::metric::{End, Range};
use crate::measure::reading::Reading;

fn compare(op: Op, limit: Limit) -> Test {
    Test::Compare { metric: "m".into(), op, limit, hold: Span::ZERO }
}

fn measured(values: &[f64]) -> Known {
    Known::default().metric("m", &every_five_seconds(values))
}

#[test]
fn against_a_baseline_the_limit_is_a_share_of_it() {
    let known = Known { baseline: Some(2.0), ..measured(&[1.95]) };
    let judged = of(compare(Op::AtLeast, Limit::OfBaseline(0.95)), &known);
    assert_eq!((judged.verdict, judged.must_be.as_str()), (Verdict::Pass, ">= 1.9 % (95 % of baseline, 2 %)"));
    assert_eq!(verdict(compare(Op::Less, Limit::Beside(Amount::Share(-0.1))), &known), Verdict::Fail);
    assert_eq!(verdict(compare(Op::Less, Limit::Beside(Amount::Plain(0.1))), &known), Verdict::Pass);
}

#[test]
fn without_a_baseline_or_against_one_of_zero_nothing_is_known() {
    let test = || compare(Op::Less, Limit::Beside(Amount::Share(1.05)));
    let judged = of(test(), &measured(&[0.0]));
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Unknown, "no baseline: it is taken at T"));
    let known = Known { baseline: Some(0.0), ..measured(&[0.0]) };
    assert_eq!(of(test(), &known).verdict, Verdict::Unknown);
}

#[test]
fn the_grey_zone_neither_meets_the_target_nor_fails_it() {
    let of_value = |value: f64| {
        let mut known = measured(&[value]);
        known.metrics[0].1.bands.normal = Some(Range { low: None, high: Some(End { value: 1.0, included: false }) });
        of(Test::Target { metric: "m".into(), hold: Span::ZERO }, &known)
    };
    assert_eq!([0.5, 1.5, 3.0].map(|value| of_value(value).verdict), [Verdict::Pass, Verdict::Unknown, Verdict::Fail]);
    assert!(of_value(1.5).reason.starts_with("in the grey zone: 1.5 %, must be < 1 %"), "{}", of_value(1.5).reason);
}

#[test]
fn growth_needs_samples_through_the_whole_time() {
    let grows = |limit| Test::Change { metric: "m".into(), way: Way::Grows, op: Op::Less, limit, over: Span::seconds(50) };
    let rising: Vec<f64> = (0..20).map(|number| 100.0 + f64::from(number)).collect();
    assert_eq!(verdict(grows(Amount::Share(0.05)), &measured(&rising)), Verdict::Fail);
    assert_eq!(verdict(grows(Amount::Share(0.5)), &measured(&rising)), Verdict::Pass);
    assert_eq!(verdict(grows(Amount::Plain(20.0)), &measured(&rising)), Verdict::Pass);
    let judged = of(grows(Amount::Share(0.5)), &measured(&rising[..5]));
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Unknown, "known for 0:22 of 0:50: 100 % to 104 % in 0:22"));
    let mut holed = every_five_seconds(&rising);
    holed[16].1 = Reading::Missing("gone".to_owned());
    assert_eq!(verdict(grows(Amount::Share(0.5)), &Known::default().metric("m", &holed)), Verdict::Unknown);
}

#[test]
fn uptime_counts_what_is_not_known_for_neither() {
    let up = |share, seconds, samples: &[f64]| {
        let known = Known::default().health("api", &every_five_seconds(samples));
        verdict(Test::Uptime { source: None, share, over: Span::seconds(seconds) }, &known)
    };
    let good = [1.0; 20];
    assert_eq!(up(0.99, 60, &good), Verdict::Pass);
    assert_eq!(up(0.99, 600, &good), Verdict::Unknown);
    let mut bad = good;
    bad[12..16].fill(0.0);
    assert_eq!(up(0.9, 60, &bad), Verdict::Fail);
    assert_eq!(up(0.6, 60, &bad), Verdict::Pass);
}

#[test]
fn what_is_due_later_has_not_failed_yet() {
    let test = || Test::Due { test: Box::new(compare(Op::More, 80.0.into())), due: Due::T(Span::HOUR) };
    let of_t = |t| verdict(test(), &Known { t, ..measured(&[70.0]) });
    assert_eq!(of_t(Some(NOW)), Verdict::Unknown);
    assert_eq!(of_t(Some(NOW - Span::HOUR)), Verdict::Fail);
    assert_eq!(of_t(None), Verdict::Unknown);
    assert_eq!(verdict(test(), &measured(&[90.0])), Verdict::Pass);
}

#[test]
fn what_is_met_after_it_was_due_is_a_fail_that_says_when_each_was() {
    let test = || Test::Due { test: Box::new(compare(Op::More, 80.0.into())), due: Due::T(Span::ZERO) };
    // Due 22 seconds ago: samples are 2, 7, 12, 17, 22 … seconds old.
    let due = Some(NOW - Span::seconds(22));
    let late = of(test(), &Known { t: due, ..measured(&[70.0, 71.0, 90.0, 90.0, 90.0]) });
    assert_eq!(late.verdict, Verdict::Fail);
    assert_eq!(late.reason, "met at 13:46:28, too late: due by T+0:00 (13:46:18), when it was 70 %");
    let in_time = |values: &[f64]| verdict(test(), &Known { t: due, ..measured(values) });
    assert_eq!(in_time(&[70.0, 90.0, 90.0, 90.0, 90.0, 90.0]), Verdict::Pass);
    assert_eq!(in_time(&[90.0, 90.0, 70.0, 70.0, 90.0]), Verdict::Pass, "so when it was due, and so now");
    assert_eq!(in_time(&[90.0, 70.0, 70.0, 90.0, 90.0, 90.0]), Verdict::Fail, "not so when it was due");
    assert_eq!(in_time(&[90.0, 90.0, 90.0, 90.0, 70.0]), Verdict::Fail, "not so now");
    assert_eq!(in_time(&[90.0, 90.0]), Verdict::Unknown, "nothing is known of when it was due");
}

#[test]
fn a_holding_time_has_to_be_over_when_it_is_due() {
    let held = |seconds| Test::Compare { metric: "m".into(), op: Op::More, limit: 80.0.into(), hold: Span::seconds(seconds) };
    let by_then = |seconds| {
        let test = Test::Due { test: Box::new(held(seconds)), due: Due::T(Span::ZERO) };
        verdict(test, &Known { t: Some(NOW - Span::seconds(12)), ..measured(&[70.0, 90.0, 90.0, 90.0, 90.0]) })
    };
    assert_eq!([by_then(0), by_then(5), by_then(15)], [Verdict::Pass, Verdict::Pass, Verdict::Unknown]);
}

#[test]
fn alerts_pass_only_where_a_source_says_that_there_are_none() {
    let test = || Test::NoAlerts { source: None, hold: Span::ZERO };
    let with = |count: f64| {
        let mut history = History::default();
        history.push(NOW, n(count));
        Known { alerts: vec![("prom".into(), history)], ..Known::default() }
    };
    assert_eq!(verdict(test(), &Known::default()), Verdict::Unknown);
    assert_eq!(verdict(test(), &with(0.0)), Verdict::Pass);
    let judged = of(test(), &with(1.0));
    assert_eq!((judged.verdict, judged.now.as_str()), (Verdict::Fail, "DiskFull"));
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Good,
    Bad,
    Nan,
    Missing,
    /// Good, and followed by nothing for longer than it stays fresh.
    Stale,
}

const KINDS: [Kind; 5] = [Kind::Good, Kind::Bad, Kind::Nan, Kind::Missing, Kind::Stale];

/// As (seconds before now, reading), oldest first: one every five seconds, and twenty more behind a stale one.
fn samples(kinds: &[Kind]) -> Vec<(i64, Reading)> {
    let mut age = 0;
    let mut samples = Vec::new();
    for kind in kinds.iter().rev() {
        age += if *kind == Kind::Stale { 25 } else { 5 };
        samples.push((
            age,
            match kind {
                Kind::Good | Kind::Stale => n(0.1),
                Kind::Bad => n(9.0),
                Kind::Nan => n(f64::NAN),
                Kind::Missing => Reading::Missing("gone".to_owned()),
            },
        ));
    }
    samples.reverse();
    samples
}

/// The plain model: the newest are good, without a break, and reach back for the whole time.
fn may_pass(kinds: &[Kind], hold: i64) -> bool {
    let good = kinds.iter().rev().take_while(|kind| **kind == Kind::Good).count();
    if hold == 0 { good >= 1 } else { good >= 2 && i64::try_from(good).unwrap() * 5 >= hold }
}

#[test]
fn no_six_samples_pass_what_a_plain_model_does_not_pass() {
    let mut count = 0;
    for length in 0..=6_u32 {
        for number in 0..5_usize.pow(length) {
            let kinds: Vec<Kind> = (0..length).map(|digit| KINDS[number / 5_usize.pow(digit) % 5]).collect();
            let known = Known::default().metric("m", &samples(&kinds));
            for hold in [0, 5, 10, 20, 30] {
                let test = Test::Compare { metric: "m".into(), op: Op::Less, limit: 0.5.into(), hold: Span::seconds(hold) };
                let passes = verdict(test, &known) == Verdict::Pass;
                assert!(!passes || may_pass(&kinds, hold), "{kinds:?} for {hold} s");
                count += usize::from(passes);
            }
        }
    }
    assert!(count > 1_000, "{count}");
}
