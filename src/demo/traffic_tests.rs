use super::*;
use crate::demo::exposition::exposition;

const START: Moment = Moment(1_800_000_000_000);

fn after(seconds: i64) -> Moment {
    START + Span::seconds(seconds)
}

/// Traffic with a release in blue that takes `blue` percent.
fn weighed(blue: u32) -> Traffic {
    let mut traffic = Traffic::start(7, START);
    traffic.deploy("2.4.0", START);
    traffic.weigh(Weights { blue, green: 100 - blue }, START);
    traffic
}

/// What was recent in each second from `from` up to `to`.
fn seconds(traffic: &mut Traffic, from: i64, to: i64) -> Vec<Recent> {
    (from..to)
        .map(|second| {
            traffic.advance(after(second));
            traffic.recent()
        })
        .collect()
}

/// The first second after minute one at which `limit` is crossed, when `fault` begins there.
fn seconds_until(blue: u32, fault: Fault, limit: impl Fn(&Recent) -> bool) -> Option<usize> {
    let mut traffic = weighed(blue);
    traffic.fail(fault, after(60));
    seconds(&mut traffic, 60, 180).iter().position(limit)
}

#[test]
fn an_hour_without_a_fault_never_leaves_the_normal_bands_at_any_weight() {
    for blue in [0, 10, 50, 100] {
        let mut traffic = weighed(blue);
        for (second, recent) in seconds(&mut traffic, 15, 3_600).into_iter().enumerate() {
            let here = format!("blue {blue} %, second {second}: {recent:?}");
            assert!((90.0..150.0).contains(&recent.requests_per_second), "{here}");
            assert!(recent.error_rate_percent.unwrap() < 0.5, "{here}");
            assert!((75.0..160.0).contains(&recent.p95_ms.unwrap()), "{here}");
            assert!((350e6..500e6).contains(&recent.rss_bytes), "{here}");
            assert!((25.0..60.0).contains(&recent.cpu_percent), "{here}");
            assert!(recent.pool_in_use <= 24.0 && recent.queue_depth == 0.0, "{here}");
            assert!(traffic.ailments().is_empty(), "{here}");
        }
    }
}

#[test]
fn each_fault_crosses_its_limit_within_half_a_minute_from_the_first_weight_on() {
    for blue in [10, 50, 100] {
        let errors = seconds_until(blue, Fault::Errors, |recent| recent.error_rate_percent.unwrap() > 5.0);
        assert!(errors.is_some_and(|seconds| seconds <= 15), "{errors:?} at {blue} %");
        let latency = seconds_until(blue, Fault::Latency, |recent| recent.p95_ms.unwrap() > 800.0);
        assert!(latency.is_some_and(|seconds| seconds <= 15), "{latency:?} at {blue} %");
        let memory = seconds_until(blue, Fault::Memory, |recent| recent.rss_bytes > 900e6);
        assert!(memory.is_some_and(|seconds| seconds <= 25), "{memory:?} at {blue} %");
    }
}

#[test]
fn a_fault_stays_above_its_limit_for_as_long_as_the_trigger_wants_it_held() {
    for blue in [10, 50, 100] {
        for fault in [Fault::Errors, Fault::Latency] {
            let mut traffic = weighed(blue);
            traffic.fail(fault, START);
            for recent in seconds(&mut traffic, 20, 600) {
                let ill = recent.error_rate_percent.unwrap() > 5.0 || recent.p95_ms.unwrap() > 800.0;
                assert!(ill, "{fault:?} at {blue} %: {recent:?}");
            }
        }
    }
}

#[test]
fn with_no_traffic_on_blue_its_faults_hurt_nobody() {
    for fault in [Fault::Errors, Fault::Latency, Fault::Memory] {
        let mut traffic = weighed(0);
        traffic.fail(fault, START);
        traffic.advance(after(120));
        assert_eq!(traffic.ailments(), Vec::<&str>::new(), "{fault:?}");
    }
}

#[test]
fn taking_the_traffic_away_from_blue_heals_the_service_while_the_fault_is_still_on() {
    for fault in [Fault::Errors, Fault::Latency, Fault::Memory] {
        let mut traffic = weighed(50);
        traffic.fail(fault, START);
        traffic.advance(after(25));
        assert!(!traffic.ailments().is_empty(), "{fault:?} is seen");
        traffic.weigh(Weights { blue: 0, green: 100 }, after(25));
        traffic.advance(after(41));
        assert_eq!(traffic.ailments(), Vec::<&str>::new(), "{fault:?} 16 s after the rollback");
        assert_eq!(traffic.fault(), fault);
    }
}

#[test]
fn a_leak_ends_at_the_containers_limit_with_a_restart() {
    let mut traffic = weighed(100);
    traffic.fail(Fault::Memory, START);
    let biggest = seconds(&mut traffic, 0, 60).into_iter().map(|recent| recent.rss_bytes).fold(0.0, f64::max);
    assert!(biggest <= 2e9);
    assert_eq!(traffic.blue.restarts, 1);
}

#[test]
fn slow_answers_use_up_the_connections_to_the_database() {
    let mut traffic = weighed(100);
    traffic.fail(Fault::Latency, START);
    traffic.advance(after(20));
    let recent = traffic.recent();
    assert_eq!(recent.pool_in_use, POOL_MAX);
    assert!(recent.queue_depth > 50.0, "{recent:?}");
}

#[test]
fn while_nobody_is_answered_nothing_is_counted_and_nothing_is_made_up() {
    let mut traffic = weighed(10);
    traffic.advance(after(30));
    let before = traffic.green.took.count();
    traffic.fail(Fault::Hang, after(30));
    traffic.advance(after(60));
    assert_eq!(traffic.green.took.count(), before);
    let recent = traffic.recent();
    assert_eq!((recent.error_rate_percent, recent.p95_ms), (None, None));
}

#[test]
fn a_seed_gives_the_same_numbers_however_often_they_are_asked_for() {
    let play = |seed, stride: i64| {
        let mut traffic = Traffic::start(seed, START);
        for at in (0..=90_000).step_by(stride as usize) {
            traffic.advance(START + Span(at));
        }
        exposition(&traffic)
    };
    assert_eq!(play(1, 90_000), play(1, 100));
    assert_ne!(play(1, 90_000), play(2, 90_000));
}

#[test]
fn the_split_follows_the_weights() {
    let mut traffic = weighed(10);
    traffic.advance(after(100));
    let (blue, green) = (traffic.blue.took.count() as f64, traffic.green.took.count() as f64);
    assert!((blue / (blue + green) - 0.1).abs() < 0.001, "{blue} to {green}");
}

#[test]
fn a_clock_that_goes_back_or_sleeps_for_a_week_does_no_harm() {
    let mut traffic = weighed(10);
    traffic.advance(after(10));
    let before = exposition(&traffic);
    traffic.advance(after(-1_000));
    assert_eq!(exposition(&traffic), before);
    traffic.advance(after(7 * 86_400));
    let counted = traffic.blue.took.count() + traffic.green.took.count();
    assert!(counted < 100_000, "the time asleep is left out, but {counted} requests were made up");
}
