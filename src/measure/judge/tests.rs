use std::collections::HashMap;

use super::*;
use crate::measure::metric::{Bands, End, Query, Range};
use crate::measure::reading::Reading;
use crate::measure::unit::Unit;

pub(super) const NOW: Moment = Moment(1_000_000_000);
const FRESH: Span = Span(17_000);

/// What a test knows; every metric is measured in % by the source `app`, and is critical above 2.
#[derive(Default)]
pub(super) struct Known {
    pub(super) metrics: Vec<(MetricId, Metric, History)>,
    pub(super) health: Vec<(SourceId, History)>,
    pub(super) down: HashMap<SourceId, String>,
    pub(super) checklist: Option<(usize, usize)>,
    pub(super) confirmed: Vec<String>,
    pub(super) alerts: Vec<(SourceId, History)>,
    pub(super) baseline: Option<f64>,
    pub(super) t: Option<Moment>,
}

impl Known {
    /// `samples` as (seconds before now, reading), oldest first.
    pub(super) fn metric(mut self, id: &str, samples: &[(i64, Reading)]) -> Self {
        let critical = Range { low: Some(End { value: 2.0, included: false }), high: None };
        let metric = Metric {
            title: id.to_owned(),
            unit: Unit::Percent,
            source: SourceId::new("app"),
            against: None,
            query: Query::PromQl(id.to_owned()),
            bands: Bands { critical: Some(critical), ..Bands::default() },
            phases: indexmap::IndexMap::new(),
            better: None,
            baseline: None,
        };
        self.metrics.push((MetricId::new(id), metric, history(samples)));
        self
    }

    pub(super) fn health(mut self, id: &str, samples: &[(i64, Reading)]) -> Self {
        self.health.push((SourceId::new(id), history(samples)));
        self
    }
}

impl Evidence for Known {
    fn metric(&self, id: &MetricId) -> Option<&Metric> {
        self.metrics.iter().find(|(known, ..)| known == id).map(|(_, metric, _)| metric)
    }
    fn metrics(&self) -> Vec<&MetricId> {
        self.metrics.iter().map(|(id, ..)| id).collect()
    }
    fn history(&self, id: &MetricId) -> Option<&History> {
        self.metrics.iter().find(|(known, ..)| known == id).map(|(.., history)| history)
    }
    fn health(&self, id: &SourceId) -> Option<&History> {
        self.health.iter().find(|(known, _)| known == id).map(|(_, history)| history)
    }
    fn health_sources(&self) -> Vec<&SourceId> {
        self.health.iter().map(|(id, _)| id).collect()
    }
    fn down_reason(&self, id: &SourceId) -> Option<&str> {
        self.down.get(id).map(String::as_str)
    }
    fn fresh_for(&self, _: &SourceId) -> Span {
        FRESH
    }
    fn checklist(&self, _: &ChecklistId, _: Option<Moment>) -> Option<(usize, usize)> {
        self.checklist
    }
    fn confirmed(&self, what: &str, _: Option<Moment>) -> bool {
        self.confirmed.iter().any(|known| known == what)
    }
    fn bands(&self, id: &MetricId) -> Bands {
        self.metric(id).map_or_else(Bands::default, |metric| metric.bands)
    }
    fn baseline(&self, _: &MetricId) -> Result<f64, String> {
        self.baseline.ok_or_else(|| "it is taken at T".to_owned())
    }
    fn deadline(&self, due: Due) -> Option<Moment> {
        match due {
            Due::T(span) => self.t.map(|t| t + span),
            Due::Clock(_) => None,
        }
    }
    fn alert_sources(&self) -> Vec<&SourceId> {
        self.alerts.iter().map(|(id, _)| id).collect()
    }
    fn alerts(&self, id: &SourceId) -> Option<&History> {
        self.alerts.iter().find(|(known, _)| known == id).map(|(_, history)| history)
    }
    fn alert_names(&self, _: &SourceId) -> Vec<String> {
        vec!["DiskFull".to_owned()]
    }
}

fn history(samples: &[(i64, Reading)]) -> History {
    let mut history = History::default();
    for (seconds_ago, reading) in samples {
        history.push(NOW - Span::seconds(*seconds_ago), reading.clone());
    }
    history
}

pub(super) fn n(value: f64) -> Reading {
    Reading::of(value)
}

/// A value every five seconds, the newest two seconds old.
pub(super) fn every_five_seconds(values: &[f64]) -> Vec<(i64, Reading)> {
    let ages = (0..values.len()).map(|index| 2 + 5 * i64::try_from(index).unwrap());
    ages.rev().zip(values).map(|(age, value)| (age, n(*value))).collect()
}

fn less(metric: &str, limit: f64, hold_seconds: i64) -> Test {
    Test::Compare { metric: metric.into(), op: Op::Less, limit: limit.into(), hold: Span::seconds(hold_seconds) }
}

pub(super) fn of(test: Test, known: &Known) -> Judgement {
    judge(&Criterion { text: "as written".to_owned(), test }, known, NOW)
}

pub(super) fn verdict(test: Test, known: &Known) -> Verdict {
    of(test, known).verdict
}

#[test]
fn the_newest_sample_decides_and_says_what_it_is_and_must_be() {
    let known = Known::default().metric("errors", &every_five_seconds(&[0.9, 0.2, 0.08]));
    let judged = of(less("errors", 0.5, 0), &known);
    assert_eq!((judged.verdict, judged.now.as_str(), judged.must_be.as_str()), (Verdict::Pass, "0.08 %", "< 0.5 %"));
    assert_eq!((judged.held, judged.reason.as_str(), judged.criterion.as_str()), (Some(Span::seconds(7)), "", "as written"));

    let known = Known::default().metric("errors", &every_five_seconds(&[0.1, 0.7, 0.62]));
    let judged = of(less("errors", 0.5, 0), &known);
    assert_eq!(judged.verdict, Verdict::Fail);
    assert_eq!(judged.reason, "0.62 %, must be < 0.5 %, for 0:07 (2 samples), source app, 2s old");
}

#[test]
fn a_value_that_only_rounds_to_the_limit_is_told_from_it() {
    let known = Known::default().metric("errors", &every_five_seconds(&[0.499_96]));
    assert_eq!(of(less("errors", 0.5, 0), &known).now, "0.49996 %");
}

#[test]
fn what_is_not_a_fresh_number_is_unknown_and_says_why() {
    let timeout = Reading::Missing("no answer within 2 s\u{1b}[2J".to_owned());
    let cases = [
        (vec![], "never measured, source app"),
        (vec![(130, n(0.1))], "last sample 2:10 old (0.1 %), source app"),
        (vec![(130, timeout.clone())], "last sample 2:10 old, source app"),
        (vec![(5, n(0.1)), (1, timeout)], "no data: no answer within 2 s\\e[2J, source app"),
        (vec![(5, n(0.1)), (1, n(f64::NAN))], "invalid: the value is NaN, source app"),
        (vec![(1, Reading::Number(f64::NEG_INFINITY))], "invalid: the value is -inf, source app"),
        (vec![(-60, n(0.1))], "last sample is 1:00 ahead of the clock, source app"),
    ];
    for (samples, reason) in cases {
        let judged = of(less("errors", 0.5, 0), &Known::default().metric("errors", &samples));
        assert_eq!((judged.verdict, judged.now.as_str(), judged.reason.as_str()), (Verdict::Unknown, "?", reason));
    }
    let judged = of(less("latency", 0.5, 0), &Known::default());
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Unknown, "there is no metric `latency`"));
}

#[test]
fn a_for_is_neither_pass_nor_fail_until_it_has_held_and_says_how_far_it_is() {
    let known = Known::default().metric("errors", &every_five_seconds(&[0.9, 0.1, 0.1, 0.1]));
    let judged = of(less("errors", 0.5, 12), &known);
    assert_eq!((judged.verdict, judged.held), (Verdict::Pass, Some(Span::seconds(12))));
    let judged = of(less("errors", 0.5, 300), &known);
    assert_eq!((judged.verdict, judged.held), (Verdict::Unknown, Some(Span::seconds(12))));
    assert_eq!(judged.reason, "held for 0:12 of 5:00, before that 0.9 %");

    let known = Known::default().metric("errors", &[(80, n(0.1)), (20, n(0.1)), (10, n(0.1)), (2, n(0.1))]);
    assert_eq!(of(less("errors", 0.5, 60), &known).reason, "held for 0:20 of 1:00, before that nothing for 1:00");

    let known = Known::default().metric("errors", &[(12, n(0.1)), (7, n(f64::NAN)), (2, n(0.1))]);
    assert_eq!(of(less("errors", 0.5, 10), &known).reason, "held for 0:02 of 0:10, before that no number");
}

#[test]
fn a_for_fails_at_once_when_the_newest_sample_is_against_it() {
    let known = Known::default().metric("errors", &every_five_seconds(&[0.1, 0.1, 0.1, 0.1, 0.9]));
    assert_eq!(verdict(less("errors", 0.5, 15), &known), Verdict::Fail);
}

#[test]
fn one_sample_says_nothing_about_a_stretch_of_time() {
    let known = Known::default().metric("errors", &[(12, n(0.1))]);
    assert_eq!(verdict(less("errors", 0.5, 0), &known), Verdict::Pass);
    assert_eq!(verdict(less("errors", 0.5, 10), &known), Verdict::Unknown);
}

#[test]
fn time_that_runs_backwards_between_samples_is_not_counted() {
    let known = Known::default().metric("errors", &[(900, n(0.1)), (4, n(0.1)), (9, n(0.1)), (2, n(0.1))]);
    let judged = of(less("errors", 0.5, 10), &known);
    assert_eq!(
        (judged.verdict, judged.reason.as_str()),
        (Verdict::Unknown, "held for 0:09 of 0:10, before that the clock was set")
    );
}

#[test]
fn health_counts_its_sources_and_names_the_one_that_is_down() {
    let health = |source: Option<&str>, up| Test::Health { source: source.map(SourceId::new), up, hold: Span::ZERO };
    let mut known = Known::default().health("api", &[(1, n(1.0))]).health("web", &[(1, n(1.0))]);
    let judged = of(health(None, true), &known);
    assert_eq!((judged.verdict, judged.now.as_str(), judged.must_be.as_str()), (Verdict::Pass, "up 2/2", "up"));
    assert_eq!(verdict(health(None, false), &known), Verdict::Fail);

    known = known.health("db", &[(6, n(0.0)), (1, n(0.0))]);
    known.down.insert("db".into(), "HTTP 500".to_owned());
    let judged = of(health(None, true), &known);
    assert_eq!((judged.verdict, judged.now.as_str()), (Verdict::Fail, "down 1/3"));
    assert_eq!(judged.reason, "db is down: HTTP 500, for 0:06");
    assert_eq!(verdict(health(None, false), &known), Verdict::Pass);
    assert_eq!(verdict(health(Some("api"), true), &known), Verdict::Pass);

    known = known.health("cache", &[(60, n(1.0))]);
    assert_eq!(verdict(health(Some("cache"), true), &known), Verdict::Unknown);
    assert_eq!(verdict(health(Some("cache"), false), &known), Verdict::Unknown);
    assert_eq!(verdict(health(Some("nowhere"), true), &known), Verdict::Unknown);
    assert_eq!(verdict(health(None, true), &Known::default()), Verdict::Unknown);
}

#[test]
fn no_critical_metrics_needs_every_metric_with_a_critical_band_to_be_known() {
    let test = || Test::NoCritical { hold: Span::ZERO };
    let good = Known::default().metric("a", &[(1, n(1.0))]).metric("b", &[(1, n(0.0))]);
    let judged = of(test(), &good);
    assert_eq!((judged.verdict, judged.now.as_str(), judged.must_be.as_str()), (Verdict::Pass, "none", "none"));

    let silent = good.metric("c", &[(130, n(1.0))]);
    let judged = of(test(), &silent);
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Unknown, "c: last sample 2:10 old (1 %), source app"));

    let critical = silent.metric("d", &[(1, n(7.0))]);
    let judged = of(test(), &critical);
    assert_eq!((judged.verdict, judged.now.as_str()), (Verdict::Fail, "d"));

    let mut without_bands = Known::default().metric("a", &[(1, n(1.0))]);
    without_bands.metrics[0].1.bands = Bands::default();
    assert_eq!(verdict(test(), &without_bands), Verdict::Unknown);
}

#[test]
fn a_checklist_and_an_operators_word_count_as_evidence_only_once_given() {
    let complete = || Test::Complete { checklist: "pre-flight".into() };
    let with = |checklist| Known { checklist, ..Known::default() };
    assert_eq!(verdict(complete(), &with(Some((3, 3)))), Verdict::Pass);
    let judged = of(complete(), &with(Some((1, 3))));
    assert_eq!((judged.verdict, judged.now.as_str()), (Verdict::Fail, "1/3"));
    assert_eq!(judged.reason, "2 of 3 required items are open in `pre-flight`");
    assert_eq!(verdict(complete(), &with(Some((0, 0)))), Verdict::Unknown);
    assert_eq!(verdict(complete(), &with(None)), Verdict::Unknown);

    let confirmed = || Test::Confirmed { what: "no user complaints".to_owned() };
    let judged = of(confirmed(), &Known::default());
    assert_eq!((judged.verdict, judged.reason.as_str()), (Verdict::Unknown, "nobody has confirmed \"no user complaints\""));
    assert_eq!(verdict(Test::Not(Box::new(confirmed())), &Known::default()), Verdict::Unknown);
    let known = Known { confirmed: vec!["no user complaints".to_owned()], ..Known::default() };
    assert_eq!(verdict(confirmed(), &known), Verdict::Pass);
}

#[test]
fn several_parts_say_which_of_them_stands_in_the_way() {
    let known = Known::default()
        .metric("errors", &every_five_seconds(&[0.1, 0.1]))
        .metric("p95", &every_five_seconds(&[7.0]))
        .metric("rss", &[]);
    let judged = of(Test::All(vec![less("errors", 0.5, 0), less("p95", 2.0, 0)]), &known);
    assert_eq!((judged.verdict, judged.held), (Verdict::Fail, Some(Span::seconds(2))));
    assert_eq!((judged.now.as_str(), judged.must_be.as_str()), ("0.1 %, 7 %", "< 0.5 % and < 2 %"));
    assert_eq!(judged.reason, "p95: 7 %, must be < 2 %, for 0:02 (1 sample), source app, 2s old");

    let judged = of(Test::All(vec![less("errors", 0.5, 0), less("rss", 2.0, 0)]), &known);
    assert_eq!(
        (judged.verdict, judged.held, judged.reason.as_str()),
        (Verdict::Unknown, None, "rss: never measured, source app")
    );

    let judged = of(Test::Any(vec![less("errors", 0.5, 0), less("rss", 2.0, 0)]), &known);
    assert_eq!((judged.verdict, judged.held, judged.reason.as_str()), (Verdict::Pass, Some(Span::seconds(7)), ""));

    let judged = of(Test::Not(Box::new(less("errors", 0.5, 0))), &known);
    assert_eq!((judged.verdict, judged.must_be.as_str()), (Verdict::Fail, "not < 0.5 %"));
    assert_eq!(judged.reason, "0.1 % is < 0.5 %, which must not be");
}

#[test]
fn what_is_made_of_nothing_does_not_pass() {
    for test in [Test::All(vec![]), Test::Any(vec![]), Test::Not(Box::new(Test::All(vec![])))] {
        assert_eq!(verdict(test, &Known::default()), Verdict::Unknown);
    }
}

#[test]
fn a_gate_passes_only_when_each_of_its_criteria_does() {
    let known = Known::default().metric("good", &[(1, n(0.1))]).metric("bad", &[(1, n(9.0))]).metric("silent", &[]);
    let judged = |ids: &[&str]| all(&ids.iter().map(|id| of(less(id, 0.5, 0), &known)).collect::<Vec<_>>());
    assert_eq!(judged(&["good", "good"]), Verdict::Pass);
    assert_eq!(judged(&["good", "silent"]), Verdict::Unknown);
    assert_eq!(judged(&["silent", "bad", "good"]), Verdict::Fail);
    assert_eq!(judged(&[]), Verdict::Pass);
}

#[test]
fn the_laws_of_three_valued_logic_hold() {
    use Verdict::{Fail, Pass, Unknown};
    let every = [Pass, Fail, Unknown];
    for a in every {
        assert_eq!(a.negated().negated(), a);
        assert_eq!((a.and(a), a.or(a)), (a, a));
        assert_eq!((a.and(Pass), a.and(Fail)), (a, Fail));
        assert_eq!((a.or(Fail), a.or(Pass)), (a, Pass));
        for b in every {
            assert_eq!((a.and(b), a.or(b)), (b.and(a), b.or(a)));
            assert_eq!(a.and(b).negated(), a.negated().or(b.negated()));
            assert_eq!(a.and(a.or(b)), a);
            for c in every {
                assert_eq!(a.and(b).and(c), a.and(b.and(c)));
                assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
            }
        }
    }
    assert_eq!(Unknown.and(Unknown.negated()), Unknown);
}

/// What may happen every five seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tick {
    Good,
    Bad,
    Nan,
    Missing,
    /// Nothing at all for a minute.
    Silence,
}

const TICKS: [Tick; 5] = [Tick::Good, Tick::Bad, Tick::Nan, Tick::Missing, Tick::Silence];

/// Every sequence of so many ticks.
fn sequences(length: u32) -> impl Iterator<Item = Vec<Tick>> {
    (0..5_usize.pow(length)).map(move |number| (0..length).map(|place| TICKS[number / 5_usize.pow(place) % 5]).collect())
}

/// When each tick was, in seconds before now, the newest `age` seconds ago.
fn dated(ticks: &[Tick], age: i64) -> Vec<(i64, Tick)> {
    let mut ago = age;
    let mut dated = Vec::new();
    for tick in ticks.iter().rev() {
        ago += if *tick == Tick::Silence { 60 } else { 0 };
        dated.push((ago, *tick));
        ago += 5;
    }
    dated.reverse();
    dated.retain(|(_, tick)| *tick != Tick::Silence);
    dated
}

fn readings(dated: &[(i64, Tick)], good: f64, bad: f64) -> Vec<(i64, Reading)> {
    let reading = |tick: Tick| match tick {
        Tick::Good => n(good),
        Tick::Bad => n(bad),
        Tick::Nan => n(f64::NAN),
        Tick::Missing | Tick::Silence => Reading::Missing("no answer".to_owned()),
    };
    dated.iter().map(|(ago, tick)| (*ago, reading(*tick))).collect()
}

/// The plain model: at each second of the time asked for, the latest measurement by then is good and not too old.
fn model(dated: &[(i64, Tick)], hold: i64) -> Verdict {
    let latest = |ago: i64| dated.iter().rfind(|(at, _)| *at >= ago).filter(|(at, _)| at - ago <= 17).map(|(_, tick)| *tick);
    let within = dated.iter().filter(|(at, _)| *at <= hold + 17).count();
    match latest(0) {
        Some(Tick::Bad) => Verdict::Fail,
        Some(Tick::Good) if hold == 0 => Verdict::Pass,
        Some(Tick::Good) if within >= 2 && (0..=hold).all(|ago| latest(ago) == Some(Tick::Good)) => Verdict::Pass,
        _ => Verdict::Unknown,
    }
}

fn agrees_with_the_model(
    lengths: std::ops::RangeInclusive<u32>,
    holds: &[i64],
    good: f64,
    bad: f64,
    test: impl Fn(Span) -> Test,
) {
    agrees_when_found(lengths, holds, (good, bad), |hold, known| verdict(test(hold), known));
}

fn agrees_when_found(
    lengths: std::ops::RangeInclusive<u32>,
    holds: &[i64],
    (good, bad): (f64, f64),
    verdict: impl Fn(Span, &Known) -> Verdict,
) {
    for ticks in lengths.flat_map(sequences) {
        for age in [0, 4, 18] {
            let dated = dated(&ticks, age);
            let samples = readings(&dated, good, bad);
            let known = Known::default().metric("m", &samples).health("app", &samples);
            for hold in holds {
                let found = verdict(Span::seconds(*hold), &known);
                assert_eq!(found, model(&dated, *hold), "{ticks:?}, the newest {age} s old, for {hold} s");
            }
        }
    }
}

#[test]
fn no_six_samples_pass_a_comparison_that_the_plain_model_does_not_pass() {
    agrees_with_the_model(0..=6, &[0, 10, 20], 1.0, 5.0, |hold| Test::Compare {
        metric: "m".into(),
        op: Op::Less,
        limit: 2.0.into(),
        hold,
    });
}

#[test]
fn nor_do_they_pass_any_other_criterion_on_samples() {
    agrees_with_the_model(0..=4, &[0, 10], 1.0, 5.0, |hold| Test::Compare {
        metric: "m".into(),
        op: Op::NotEqual,
        limit: 5.0.into(),
        hold,
    });
    agrees_with_the_model(0..=4, &[0, 10], 1.0, 0.0, |hold| Test::Health { source: None, up: true, hold });
    agrees_with_the_model(0..=4, &[0, 10], 0.0, 1.0, |hold| Test::Health { source: Some("app".into()), up: false, hold });
    agrees_with_the_model(0..=4, &[0, 10], 1.0, 5.0, |hold| Test::NoCritical { hold });
    let above = || Test::Compare { metric: "m".into(), op: Op::More, limit: 2.0.into(), hold: Span::ZERO };
    let both = || Test::All(vec![above(), Test::Not(Box::new(Test::NoCritical { hold: Span::ZERO }))]);
    for test in
        [Test::Not(Box::new(above())), Test::Not(Box::new(both())), Test::Not(Box::new(Test::Not(Box::new(less("m", 2.0, 0)))))]
    {
        agrees_when_found(0..=5, &[0, 10, 20], (1.0, 5.0), |hold, known| {
            let criterion = Criterion { text: String::new(), test: test.clone() };
            let found = judge_held(&criterion, hold, known, NOW).verdict;
            assert_eq!(verdict_held(&criterion, hold, known, NOW), found);
            found
        });
    }
    agrees_with_the_model(0..=4, &[0], 1.0, 5.0, |hold| {
        Test::Not(Box::new(Test::Compare { metric: "m".into(), op: Op::More, limit: 2.0.into(), hold }))
    });
}

proptest::proptest! {
    #[test]
    fn the_short_way_comes_to_the_same_verdict(
        samples in proptest::collection::vec((1_i64..40, 0_u8..6), 0..40),
        hold in 0_i64..120,
        not in proptest::bool::ANY,
    ) {
        let mut ago = 1;
        let told: Vec<(i64, Reading)> = samples.iter().map(|(gap, kind)| {
            ago += gap / 4;
            let reading = match kind {
                0 => Reading::Missing("gone".to_owned()),
                1 => n(3.0),
                _ => n(1.0),
            };
            (ago, reading)
        }).collect();
        let told: Vec<_> = told.into_iter().rev().collect();
        let known = Known::default().metric("errors", &told);
        let both = Test::All(vec![less("errors", 2.0, hold), Test::NoCritical { hold: Span::seconds(hold) }]);
        let test = if not { Test::Not(Box::new(both)) } else { both };
        let criterion = Criterion { text: String::new(), test };
        proptest::prop_assert_eq!(super::verdict(&criterion, &known, NOW), judge(&criterion, &known, NOW).verdict);
    }
}
