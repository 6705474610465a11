use super::*;

/// Points as `(seconds, value)`.
type Written<'w> = &'w [(f64, f64)];

fn points(written: Written<'_>) -> Vec<Point> {
    written.iter().map(|(at, value)| Point { at: Moment((at * 1000.0) as i64), value: *value }).collect()
}

fn over(function: OverFunction, range: i64, written: &[(f64, f64)]) -> Option<f64> {
    let frame = Frame { start: Moment(0), end: Moment(0) + Span::seconds(range), now: Moment(0) + Span::seconds(range) };
    function.of(&points(written), frame, 0.5)
}

/// The window is 0 s to 60 s. Each increase is worked out as: gain × (sampled + before + after) / sampled.
#[test]
fn what_a_counter_gained_reaches_to_the_ends_of_the_window_as_far_as_points_would() {
    let steady: &[(f64, f64)] = &[(15.0, 100.0), (30.0, 115.0), (45.0, 130.0), (60.0, 145.0)];
    let cases: [(&str, Written<'_>, f64); 10] = [
        ("steady: 45 in 45 s, and 15 s before the first point", steady, 60.0),
        ("points at both ends need no reach", &[(0.001, 0.0), (30.0, 30.0), (60.0, 60.0)], 60.0),
        (
            "a reset counts from zero: 15 + 5 + 15 gained, × 60/45",
            &[(15.0, 100.0), (30.0, 115.0), (45.0, 5.0), (60.0, 20.0)],
            35.0 * 60.0 / 45.0,
        ),
        (
            "never to below zero: 10 gained in 10 s from 2, so 2 s back, and half a step on",
            &[(30.0, 2.0), (40.0, 12.0)],
            10.0 * (10.0 + 2.0 + 5.0) / 10.0,
        ),
        ("far from both ends: half a step each", &[(30.0, 1000.0), (40.0, 1010.0)], 10.0 * 20.0 / 10.0),
        ("a gap of just under 1.1 steps is reached over", &[(21.9, 1000.0), (41.9, 1020.0)], 60.0),
        ("one of just over is not", &[(22.1, 1000.0), (42.1, 1020.0)], 20.0 + 10.0 + 17.9),
        ("a start at zero reaches no further back", &[(20.0, 0.0), (40.0, 20.0), (60.0, 40.0)], 40.0),
        ("nothing gained", &[(15.0, 7.0), (30.0, 7.0), (45.0, 7.0)], 0.0),
        ("two resets", &[(15.0, 10.0), (30.0, 2.0), (45.0, 1.0), (60.0, 4.0)], 6.0 * 60.0 / 45.0),
    ];
    for (story, written, answer) in cases {
        let found = over(OverFunction::Increase, 60, written).unwrap();
        assert!((found - answer).abs() < 1e-9, "{story}: {found} is not {answer}");
        let rate = over(OverFunction::Rate, 60, written).unwrap();
        assert!((rate * 60.0 - found).abs() < 1e-9, "{story}: the rate is the increase in a second");
    }
}

#[test]
fn a_gauge_may_fall_and_be_below_zero() {
    assert_eq!(over(OverFunction::Delta, 60, &[(15.0, 10.0), (30.0, 5.0), (45.0, 0.0), (60.0, -5.0)]), Some(-20.0));
}

#[test]
fn one_point_tells_nothing_about_change() {
    for function in
        [OverFunction::Rate, OverFunction::Increase, OverFunction::Delta, OverFunction::InstantRate, OverFunction::Derivative]
    {
        assert_eq!(over(function, 60, &[(30.0, 1.0)]), None, "{function:?}");
        assert_eq!(over(function, 60, &[]), None, "{function:?}");
    }
}

#[test]
fn what_happened_in_a_window() {
    use OverFunction as F;
    let saw: &[(f64, f64)] = &[(10.0, 4.0), (20.0, 8.0), (30.0, 8.0), (40.0, 2.0), (60.0, 6.0)];
    let cases = [
        (F::InstantRate, 0.2),
        (F::InstantDelta, 4.0),
        (F::Resets, 1.0),
        (F::Changes, 3.0),
        (F::Average, 5.6),
        (F::Min, 2.0),
        (F::Max, 8.0),
        (F::Sum, 28.0),
        (F::Count, 5.0),
        (F::First, 4.0),
        (F::Last, 6.0),
        (F::Present, 1.0),
        (F::Quantile, 6.0),
        (F::Variance, 5.44),
        // x̄ = 32, ȳ = 5.6: Σ(x-x̄)(y-ȳ) = -16, Σ(x-x̄)² = 1480.
        (F::Derivative, -16.0 / 1480.0),
        // Half a second after the end, at x = 60.5.
        (F::PredictLinear, 5.6 + (60.5 - 32.0) * -16.0 / 1480.0),
    ];
    for (function, answer) in cases {
        let found = over(function, 60, saw).unwrap();
        assert!((found - answer).abs() < 1e-9, "{function:?} is {found}, not {answer}");
    }
}

#[test]
fn nan_is_passed_over_by_least_and_most_only() {
    let holed: &[(f64, f64)] = &[(10.0, f64::NAN), (20.0, 3.0), (30.0, f64::NAN)];
    assert_eq!(over(OverFunction::Min, 60, holed), Some(3.0));
    assert_eq!(over(OverFunction::Max, 60, holed), Some(3.0));
    assert_eq!(over(OverFunction::Count, 60, holed), Some(3.0));
    assert_eq!(over(OverFunction::Changes, 60, holed), Some(2.0));
    assert!(over(OverFunction::Average, 60, holed).unwrap().is_nan());
    assert!(over(OverFunction::Increase, 60, holed).unwrap().is_nan());
}
