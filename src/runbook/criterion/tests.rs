use super::{Flaw, parse};
use crate::id::{ChecklistId, MetricId, SourceId};
use crate::measure::criterion::{Amount, Due, Limit, Op, Test, Way};
use crate::measure::unit::Unit;
use crate::runbook::file::Extent;
use crate::runbook::names::{MetricName, Names, SourceName};
use crate::time::Span;

pub(super) fn names() -> Names {
    let mut names = Names::default();
    let at = Extent::default();
    names
        .metrics
        .add(
            "error_rate",
            at,
            MetricName { unit: Unit::Percent, sources: Vec::new(), critical: true, normal: true, baseline: true },
        )
        .unwrap();
    names
        .metrics
        .add(
            "p95",
            at,
            MetricName { unit: Unit::Milliseconds, sources: Vec::new(), critical: false, normal: false, baseline: false },
        )
        .unwrap();
    names
        .metrics
        .add("pods", at, MetricName { unit: Unit::None, sources: Vec::new(), critical: false, normal: false, baseline: false })
        .unwrap();
    names.sources.add("app", at, SourceName { word: Some("scrape"), every: None }).unwrap();
    names.sources.add("api", at, SourceName { word: Some("health"), every: None }).unwrap();
    names.checklists.add("The evening before", at, ChecklistId::new("evening")).unwrap();
    names
}

fn read(text: &str) -> Test {
    parse(text, &names()).unwrap_or_else(|flaws| panic!("{text}: {flaws:?}"))
}

fn compare(metric: &str, op: Op, limit: f64, hold: Span) -> Test {
    Test::Compare { metric: MetricId::new(metric), op, limit: limit.into(), hold }
}

fn compare_to(metric: &str, op: Op, limit: Limit) -> Test {
    Test::Compare { metric: MetricId::new(metric), op, limit, hold: Span::ZERO }
}

#[test]
fn each_form_is_read() {
    let cases = [
        ("error_rate < 0.5%", compare("error_rate", Op::Less, 0.5, Span::ZERO)),
        ("error_rate<0.5 % for 5m", compare("error_rate", Op::Less, 0.5, Span::minutes(5))),
        ("p95 ≤ 0.2s", compare("p95", Op::AtMost, 200.0, Span::ZERO)),
        ("p95 >= 200", compare("p95", Op::AtLeast, 200.0, Span::ZERO)),
        ("error_rate <= baseline + 105%", compare_to("error_rate", Op::AtMost, Limit::Beside(Amount::Share(1.05)))),
        ("error_rate < baseline -10%", compare_to("error_rate", Op::Less, Limit::Beside(Amount::Share(-0.1)))),
        ("error_rate < baseline + 0.5pp", compare_to("error_rate", Op::Less, Limit::Beside(Amount::Plain(0.5)))),
        ("error_rate >= 95% of baseline", compare_to("error_rate", Op::AtLeast, Limit::OfBaseline(0.95))),
        ("error_rate no more than 10 % above baseline", compare_to("error_rate", Op::AtMost, Limit::Beside(Amount::Share(0.1)))),
        ("error_rate meets its target for 5m", Test::Target { metric: "error_rate".into(), hold: Span::minutes(5) }),
        (
            "p95 grows < 0.1s in 30m",
            Test::Change {
                metric: "p95".into(),
                way: Way::Grows,
                op: Op::Less,
                limit: Amount::Plain(100.0),
                over: Span::minutes(30),
            },
        ),
        ("health was up 99.5% of 24h", Test::Uptime { source: None, share: 0.995, over: Span(24 * 3_600_000) }),
        (
            "pods > 2 within 2h of T",
            Test::Due { test: Box::new(compare("pods", Op::More, 2.0, Span::ZERO)), due: Due::T(Span(2 * 3_600_000)) },
        ),
        ("pods == 3", compare("pods", Op::Equal, 3.0, Span::ZERO)),
        ("pods != -1", compare("pods", Op::NotEqual, -1.0, Span::ZERO)),
        ("app is down for 30s", Test::Health { source: Some(SourceId::new("app")), up: false, hold: Span::seconds(30) }),
        ("health is up", Test::Health { source: None, up: true, hold: Span::ZERO }),
        ("no critical metrics for 1m", Test::NoCritical { hold: Span::MINUTE }),
        ("checklist \"The evening before\" is complete", Test::Complete { checklist: ChecklistId::new("evening") }),
        ("operator confirms 'all \"quiet\"'", Test::Confirmed { what: "all \"quiet\"".to_owned() }),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn and_binds_tighter_than_or_and_not_tighter_than_both() {
    let (a, b, c) = (
        compare("pods", Op::Less, 1.0, Span::ZERO),
        compare("pods", Op::Less, 2.0, Span::ZERO),
        compare("pods", Op::Less, 3.0, Span::ZERO),
    );
    let not_a = Test::Not(Box::new(a.clone()));
    assert_eq!(read("pods < 1 or pods < 2 and pods < 3"), Test::Any(vec![a, Test::All(vec![b.clone(), c.clone()])]));
    assert_eq!(read("not pods < 1 and (pods < 2 or pods < 3)"), Test::All(vec![not_a, Test::Any(vec![b, c])]));
}

#[test]
fn a_flaw_points_at_its_word() {
    let cases = [
        ("", "", "an empty criterion"),
        ("eror_rate < 1%", "eror_rate", "unknown metric `eror_rate`"),
        ("app < 3", "app", "`app` is a source, not a metric"),
        ("ap is up", "ap", "unknown source `ap`"),
        ("api is fine", "fine", "`fine` is neither `up` nor `down`"),
        ("error_rate < 0.5", "0.5", "`0.5` cannot be compared with error_rate, which is measured in %"),
        ("p95 < 3 %", "3 %", "`3%` cannot be compared with p95, which is measured in ms"),
        ("pods > 3ms", "3ms", "`3ms` cannot be compared with pods, which has no unit"),
        ("error_rate", "error_rate", "a comparison is missing"),
        ("error_rate is", "is", "the criterion ends too early"),
        ("error_rate 5%", "5%", "a comparison was expected behind `error_rate`"),
        ("error_rate < many", "many", "a number was expected behind `<`"),
        ("error_rate < 0.5% for long", "long", "`long` is not a duration"),
        ("5% > error_rate", "5%", "a comparison begins with the metric"),
        ("error_rate = 5%", "=", "a comparison was expected behind `error_rate`"),
        ("(pods < 3", "(", "this `(` is never closed"),
        ("pods < 3)", ")", "`)` is too much here"),
        ("pods < 3 pods > 1", "pods", "`pods` is too much here"),
        ("pods < 3 &&", "&", "`&` is too much here"),
        ("checklist Before is complete", "Before", "a text in quotes was expected"),
        ("checklist \"The evening befor\" is complete", "\"The evening befor\"", "unknown checklist `The evening befor`"),
        ("operator confirms \"x", "\"x", "this quote is never closed"),
        ("operator confirms \" \"", "\" \"", "nothing to confirm"),
        ("p95 < baseline", "baseline", "`p95` has no baseline"),
        ("error_rate < 95ms of baseline", "95ms", "`95ms` is not a share of the baseline"),
        ("error_rate < baseline + 0.5", "0.5", "`0.5` is not clear here"),
        ("error_rate < baseline - -5%", "-", "two signs behind the baseline"),
        ("error_rate at most -5% above baseline", "-5%", "less than nothing above the baseline is below it"),
        ("error_rate no more than -5% below baseline", "-5%", "less than nothing below the baseline is above it"),
        ("pods meets its target", "pods", "`pods` has no target"),
        ("pods grows < -5% in 30m", "-5%", "what grows by less than nothing falls"),
        ("pods grows < 5%", "5%", "the criterion ends too early"),
        ("health was up 120% of 1h", "120%", "`120%` is not a share of a time"),
        ("pods > 2 by noon", "noon", "`noon` is not a time"),
        ("no critical alerts", "no critical alerts", "there is no source of alerts"),
        ("no critical metric", "metric", "`metrics` was expected"),
    ];
    for (text, word, expected) in cases {
        let Flaw { at, what, .. } = parse(text, &names()).unwrap_err().remove(0);
        assert_eq!((&text[at], what.as_str()), (word, expected), "{text}");
    }
}

#[test]
fn all_unknown_names_of_a_criterion_are_told() {
    let flaws = parse("a < 1 and b is up or c > 2", &names()).unwrap_err();
    assert_eq!(
        flaws.iter().map(|flaw| flaw.what.as_str()).collect::<Vec<_>>(),
        ["unknown metric `a`", "unknown source `b`", "unknown metric `c`"]
    );
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}pods < 1{}", "(".repeat(100), ")".repeat(100));
    assert!(parse(&deep, &names()).unwrap_err()[0].what.contains("nested more than 64"));
    assert!(parse(&"not ".repeat(200), &names()).unwrap_err()[0].what.contains("nested more than 64"));
    assert!(parse(&"pods < 1 and ".repeat(100), &names()).unwrap_err()[0].what.contains("more than 1000 bytes"));
    assert!(parse(&format!("{}pods < 1{}", "(".repeat(60), ")".repeat(60)), &names()).is_ok());
}

#[test]
fn what_could_never_fail_is_no_evidence() {
    let flaws = parse("no critical metrics", &Names::default()).unwrap_err();
    assert_eq!(flaws[0].what, "no metric has a critical band, so that this could never fail");
    let flaws = parse("health is up", &Names::default()).unwrap_err();
    assert_eq!(flaws[0].what, "there is no health source");
}

#[test]
fn a_for_behind_a_not_is_refused_with_both_of_its_meanings() {
    let flaw = |text: &str| parse(text, &names()).unwrap_err().remove(0);
    let refused = flaw("pods > 1 and not error_rate > 1 % for 8s");
    assert_eq!((refused.at, refused.what.as_str()), (13..40, "`not … for 8s` can be read in two ways"));
    assert_eq!(
        refused.help.as_deref(),
        Some(
            "`not (error_rate > 1 % for 8s)` is true as soon as it is not so, `error_rate <= 1 % for 8s` once it has not been so \
             for that time: write which is meant"
        )
    );
    let help = flaw("not api is up for 5m by 09:30").help.unwrap();
    assert!(help.contains("`not (api is up for 5m by 09:30)`") && help.contains("`api is down for 5m by 09:30`"), "{help}");
    let help = flaw("not error_rate meets its target for 5m").help.unwrap();
    assert_eq!(help, "write `not (error_rate meets its target for 5m)`, which is true as soon as it is not so");
    let inner = compare("error_rate", Op::More, 1.0, Span::seconds(8));
    assert_eq!(read("not (error_rate > 1% for 8s)"), Test::Not(Box::new(inner)));
    assert_eq!(read("not error_rate > 1%"), Test::Not(Box::new(compare("error_rate", Op::More, 1.0, Span::ZERO))));
}
