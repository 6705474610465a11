//! Bands, targets, baselines, and limits that contradict each other.

use super::{good, told, with};
use crate::id::{MetricId, PhaseId, SourceId};
use crate::measure::against::{Against, Compare};
use crate::measure::metric::{Band, Baseline, Words};
use crate::time::Span;

fn metric(text: &str) -> String {
    with(&format!("sources: {{ app: {{ scrape: \"http://a/\" }} }}\nmetrics: {{ m: {{ source: app, query: x, {text} }} }}"))
}

#[test]
fn a_target_and_an_alarm_leave_a_grey_zone_between_them() {
    let runbook = good(&metric("unit: ms, target: < 200, alert_if: \"> 0.5s\""));
    let bands = runbook.metrics[&MetricId::new("m")].bands;
    assert_eq!(
        [100.0, 200.0, 500.0, 501.0].map(|value| bands.of(value)),
        [Some(Band::Normal), Some(Band::Between), Some(Band::Between), Some(Band::Critical)]
    );
    assert_eq!(bands.words, Words::Target);
}

#[test]
fn a_phase_may_have_bands_of_its_own() {
    let runbook = good(&metric("unit: \"%\", critical: \"> 0.1\", phases: { one: { critical: \"> 1%\" } }"));
    let metric = &runbook.metrics[&MetricId::new("m")];
    let critical = |phase| metric.bands_in(phase).of(0.5) == Some(Band::Critical);
    assert_eq!((critical(None), critical(Some(&PhaseId::new("one")))), (true, false));
    assert_eq!(
        told(&self::metric("phases: { onne: { critical: \"> 1\" } }")),
        ["5:50+4 unknown phase `onne` | did you mean `one`?"]
    );
}

#[test]
fn a_baseline_is_taken_before_t_or_given() {
    let of = |text: &str| good(&metric(text)).metrics[&MetricId::new("m")].baseline;
    assert_eq!(of("baseline: 15m"), Some(Baseline::Before(Span::minutes(15))));
    assert_eq!(of("baseline: 30s before T"), Some(Baseline::Before(Span::seconds(30))));
    assert_eq!(of("unit: /s, baseline: 1900/s"), Some(Baseline::Fixed(1900.0)));
    assert_eq!(of("unit: ms, baseline: 15m"), Some(Baseline::Before(Span::minutes(15))));
    assert_eq!(of("unit: ms, baseline: { value: 0.2s }"), Some(Baseline::Fixed(200.0)));
    let help = "write `200ms before T` for a time, or `{ value: 200ms }` for a value";
    assert_eq!(told(&metric("unit: ms, baseline: 200ms")), [format!("5:60+5 `200ms` may be a time or a value here | {help}")]);
}

#[test]
fn a_metric_may_compare_two_sources_that_can_be_asked_the_same() {
    let sources =
        "sources: { canary: { scrape: \"http://a/\" }, app: { prometheus: \"http://a/\" }, up: { health: \"http://a/\" } }";
    let metric = |text: &str| with(&format!("{sources}\nmetrics: {{ m: {{ source: canary, query: x, {text} }} }}"));
    let against = |text: &str| good(&metric(text)).metrics[&MetricId::new("m")].against.clone();
    let app = |compare| Some(Against { source: SourceId::new("app"), compare });
    assert_eq!(against("against: app, unit: ms"), app(Compare::Difference));
    assert_eq!(against("against: app, compare: ratio, unit: \"%\""), app(Compare::Ratio));
    let cases = [
        ("against: ap", "unknown source `ap` | did you mean `app`? sources are defined at line 4"),
        ("against: canary", "`canary` would be compared with itself | name the other source"),
        (
            "against: up",
            "`up` is a health source and can't be asked for `query` | both sources are asked the same: they must be of one kind",
        ),
        (
            "against: app, compare: ratio, unit: ms",
            "a ratio is not measured in ms | leave the unit out for 1.5, or write `%` for 150 %",
        ),
        ("compare: ratio", "`compare` means nothing without `against` | add `against: SOURCE`, or remove it"),
    ];
    for (text, said) in cases {
        let told = told(&metric(text));
        assert!(told.len() == 1 && told[0].ends_with(said), "{text}: {told:?}");
    }
}

#[test]
fn bands_that_make_no_sense_together_are_told() {
    let cases = [
        (
            "normal: < 5, warning: 4 .. 8, critical: \"> 8\"",
            "this band overlaps the one that is < 5 | each value belongs to one band only",
        ),
        ("normal: < 5, critical: 1 .. 9", "this band overlaps the one that is < 5 | each value belongs to one band only"),
        (
            "normal: < 5, warning: \"> 9\", critical: 5 .. 9",
            "the warning band does not lie between the two others | values get worse from one band to the next",
        ),
        (
            "unit: /s, normal: < 5, warning: 6 .. 9, critical: \"> 9\"",
            "what lies between 5 /s and 6 /s is in no band | let the bands touch; a grey zone is written as `target:` and `alert_if:`, without `warning:`",
        ),
        (
            "normal: < 5, warning: \"> 5\"",
            "5 itself is in no band | let the bands touch; a grey zone is written as `target:` and `alert_if:`, without `warning:`",
        ),
        (
            "better: higher, target: < 5, alert_if: \"> 9\"",
            "the bands are the wrong way round | the metric says `better: higher`: turn the bands round, or correct that",
        ),
        (
            "better: higher, critical: \"> 100\"",
            "the band is the wrong way round | the metric says `better: higher`: turn the band round, or correct that",
        ),
        (
            "better: lower, normal: \"> 100\"",
            "the band is the wrong way round | the metric says `better: lower`: turn the band round, or correct that",
        ),
        (
            "better: lower, warning: < 3",
            "the band is the wrong way round | the metric says `better: lower`: turn the band round, or correct that",
        ),
        ("target: < 5, normal: < 5", "`normal` and `target` together | `target` is another word for `normal`: keep one of them"),
        ("unit: fraction, critical: \"> 5\"", "`> 5` is not a range | a fraction is 0 to 1: write `5%` if that is meant"),
    ];
    for (text, said) in cases {
        let told = told(&metric(text));
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert!(told[0].ends_with(said), "{text}: {told:?}");
    }
    for fine in [
        "normal: 0, warning: 1 .. 2, critical: \"> 2\"",
        "normal: <= 5, warning: 5 .. 8",
        "normal: 3 .. 5, critical: < 1",
        "better: higher, critical: < 100",
        "better: lower, normal: < 100",
        "better: lower, normal: 3 .. 5",
    ] {
        good(&metric(fine));
    }
}

#[test]
fn a_share_of_two_rates_is_not_taken_for_a_percentage() {
    let metric = |unit: &str, query: &str| {
        with(&format!(
            "sources: {{ app: {{ scrape: \"http://a/\" }} }}\nmetrics: {{ m: {{ source: app, unit: \"{unit}\", query: \"{query}\" }} }}"
        ))
    };
    let ratio = "(sum(rate(bad[1m])) / sum(rate(all[1m])))";
    let said = "a share of two rates is a fraction, and the metric is measured in %";
    let told = told(&metric("%", ratio));
    assert!(told[0].contains(said), "{told:?}");
    good(&metric("fraction", ratio));
    good(&metric("%", &format!("100 * {ratio}")));
    for share in ["sum(rate(bad{code='100'}[1m])) / sum(rate(all[1m]))", "1 - avg(rate(good[1m])) / avg(rate(all[1m]))"] {
        let told = self::told(&metric("%", share));
        assert!(told[0].contains(said), "{share}: {told:?}");
        good(&metric("fraction", share));
    }
    let hundred = ["100 * sum(rate(bad[1m])) / sum(rate(all[1m]))", "sum(rate(bad[1m])) / sum(rate(all[1m])) * 100"];
    for share in hundred {
        let told = self::told(&metric("fraction", share));
        assert!(told[0].contains("a hundred times a share is a percentage"), "{share}: {told:?}");
        good(&metric("%", share));
    }
}

#[test]
fn a_query_that_can_never_be_evaluated_over_a_scrape_is_refused_and_a_servers_own_is_not() {
    let metric = |source: &str, query: &str| {
        with(&format!("sources: {{ app: {{ {source}: \"http://a/\" }} }}\nmetrics: {{ m: {{ source: app, query: '{query}' }} }}"))
    };
    let cases = [
        ("sum(info(x))", "`info` is not supported, at character 5 of the query"),
        ("limitk(2, x)", "`limitk` is not supported, at character 1 of the query"),
        ("mad_over_time(x[5m])", "`mad_over_time` is not supported, at character 1 of the query"),
        ("x[5m]", "a range of points is no number: put a function such as rate(…) around it, at character 1 of the query"),
        ("\"a\"", "a text is no number, at character 1 of the query"),
    ];
    for (query, why) in cases {
        let told = told(&metric("scrape", query));
        assert!(told[0].ends_with(&format!("this query can't be evaluated over a scrape | {why}")), "{query}: {told:?}");
        good(&metric("prometheus", query));
    }
}

/// A plan whose gate requires `gate`, and whose trigger fires `when`.
fn plan(metric: &str, gate: &str, when: &str, then: &str) -> String {
    format!(
        "warroom: 1\ntitle: Test\nsources: {{ app: {{ scrape: \"http://a/\" }} }}\nmetrics: {{ m: {{ source: app, query: x, unit: \"%\", {metric} }} }}\nphases: [ {{ id: one, gate: {{ require: [ {gate} ] }} }} ]\ntriggers: [ {{ when: {when}, then: {then} }} ]\nrollback: {{ budget: 5m, steps: [ {{ run: 'true' }} ] }}\n"
    )
}

#[test]
fn a_gate_that_lets_pass_what_a_trigger_rolls_back_is_told() {
    let said = told(&plan("critical: \"> 9\"", "no critical metrics, m < 5%", "m > 1%", "rollback"));
    let help = "it fires at 1 %, line 6: the gate's limit belongs on the good side of that";
    assert_eq!(said, [format!("5:62+6 the gate lets pass a value of m at which the trigger \"m > 1%\" fires | {help}")]);
    good(&plan("critical: \"> 9\"", "m < 0.5%", "m > 1% for 30s", "rollback"));
    good(&plan("critical: \"> 9\"", "m < 1%", "m >= 1%", "propose"));
    good(&plan("critical: \"> 9\"", "m < 5%", "m > 1%", "notify"));
    assert_eq!(told(&plan("better: higher", "m >= 90%", "m < 95%", "propose")).len(), 1);
}

#[test]
fn a_phase_for_each_of_several_hides_no_contradiction_of_another() {
    let several = plan("critical: \"> 9\"", "m < 5%", "m > 1%", "rollback").replace(
        "phases: [ ",
        "phases: [ { id: z, title: \"Z {{ r }}\", each: { r: [ a, b ] }, steps: [ { run: 'echo $r' } ] }, { id: two, use: one }, ",
    );
    assert_eq!(told(&several).len(), 1);
    let in_each = plan("critical: \"> 9\"", "m < 5%", "m > 1%", "rollback")
        .replace("id: one,", "id: one, title: \"Z {{ r }}\", each: { r: [ a, b ] },");
    assert_eq!(told(&in_each).len(), 1, "it is written once");
}

#[test]
fn a_gate_that_lets_pass_what_its_own_phase_calls_a_failure_is_told() {
    let phase = |fail: &str| {
        plan("critical: \"> 90\"", "m < 10%", "m > 50%", "notify").replace("id: one,", &format!("id: one, fail: {fail},"))
    };
    let said = told(&phase("{ when: m > 1%, then: rollback }"));
    let help = "it fires at 1 %, line 5: the gate's limit belongs on the good side of that";
    assert_eq!(said, [format!("5:81+7 the gate lets pass a value of m at which the trigger \"one fails\" fires | {help}")]);
    assert_eq!(told(&phase("{ when: [ m > 30%, m > 1% ] }")).len(), 1);
    good(&phase("{ when: m > 10%, then: rollback }"));
    good(&phase("{ when: m > 1%, then: notify }"));
    let said =
        told(&plan("better: lower", "m < 1%", "m > 50%", "notify").replace("id: one,", "id: one, fail: { when: m < 3% },"));
    assert!(said[0].contains("this comes true when it is better"), "{said:?}");
}

#[test]
fn what_asks_for_the_worse_is_told() {
    let said = told(&plan("better: lower", "m > 5%", "m < 1%", "notify"));
    let help = "turn the sign round, or correct the metric";
    assert_eq!(
        said,
        [
            format!("5:41+6 this passes when it is worse: `m` says `better: lower` | {help}"),
            format!("6:21+6 this comes true when it is better: `m` says `better: lower` | {help}"),
        ]
    );
    let said = told(&plan("better: higher, baseline: 5m before T", "m < 95% of baseline", "m < baseline - 50%", "notify"));
    assert_eq!(said, [format!("5:41+19 this passes when it is worse: `m` says `better: higher` | {help}")]);
}
