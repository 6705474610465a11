//! Stories of sources that answer, and of those that do not.

use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::engine::clock::{Clock, VirtualClock};
use crate::engine::net::{FakeNet, NetError};
use crate::engine::spawn::FakeSpawner;
use crate::engine::steps::mask::Mask;
use crate::id::{RoomId, VarName};
use crate::measure::metric::{Bands, Metric, Query};
use crate::measure::unit::Unit;
use crate::runbook::model::Expect;
use crate::runbook::template::{Template, Values};

const URL: &str = "http://app/metrics?token=hunter2";

/// A source of one kind, with one metric, and the outside it is asked in.
struct Bench {
    clock: Arc<VirtualClock>,
    net: Arc<FakeNet>,
    outside: Outside,
    poller: Poller,
}

fn bench(kind: fn(Template) -> SourceKind, query: Query) -> Bench {
    let kind = kind(Template::parse("http://app/metrics?token={{ token }}").unwrap());
    let headers = IndexMap::from([("Authorization".to_owned(), Template::parse("Bearer {{ token }}").unwrap())]);
    let source = Source { kind, every: Span::seconds(5), deadline: Span::seconds(3), headers, expect: Expect::default() };
    let metric = metric(query);
    let setting = Setting {
        room: RoomId::new("room-1"),
        folder: "unused".into(),
        dir: None,
        values: Values([(VarName::new("token"), "hunter2".to_owned())].into()),
        mask: Mask::new(["hunter2"]),
    };
    let id = MetricId::new("it");
    let reader = Reader::new(&source.kind, std::iter::once((&id, &metric)));
    let clock = Arc::new(VirtualClock::at(Moment(0)));
    let seam: Arc<dyn Clock> = Arc::<VirtualClock>::clone(&clock);
    let net = Arc::new(FakeNet::new(Arc::clone(&seam)));
    let outside =
        Outside { spawner: Arc::new(FakeSpawner::new(Arc::clone(&seam))), clock: seam, net: Arc::<FakeNet>::clone(&net) };
    let poller = Poller { id: SourceId::new("app"), source, setting: Arc::new(setting), reader, was_up: None };
    Bench { clock, net, outside, poller }
}

fn metric(query: Query) -> Metric {
    Metric {
        title: "it".to_owned(),
        unit: Unit::None,
        source: SourceId::new("app"),
        query,
        bands: Bands::default(),
        phases: indexmap::IndexMap::new(),
        better: None,
        baseline: None,
    }
}

fn health() -> Bench {
    bench(|url| SourceKind::Health { url }, Query::JsonPath("$.load".to_owned()))
}

fn scrape() -> Bench {
    bench(|url| SourceKind::Scrape { url }, Query::PromQl("app_load".to_owned()))
}

fn document() -> Bench {
    bench(|url| SourceKind::Json { url }, Query::JsonPath("$.load".to_owned()))
}

impl Bench {
    /// What the source's one poll comes to when it answers so.
    async fn told(&mut self, status: u16, content_type: &str, body: &str) -> (Outcome, Reading) {
        self.net.answers(URL, status, content_type, body);
        outcome(self.poller.poll(&self.outside).await)
    }
}

fn outcome(event: Event) -> (Outcome, Reading) {
    let Event::SourcePolled { outcome, mut readings, .. } = event else { panic!("not a poll: {event:?}") };
    (outcome, readings.remove(0).1)
}

fn down(why: &str) -> (Outcome, Reading) {
    (Outcome::Down { why: why.to_owned() }, Reading::Missing(why.to_owned()))
}

const UP: Outcome = Outcome::Up { status: 200 };

#[tokio::test]
async fn health_is_status_and_body() {
    let mut bench = health();
    bench.poller.source.expect.json = vec![("$.status".to_owned(), json!("healthy"))];
    assert_eq!(bench.told(200, "application/json", r#"{"status":"healthy"}"#).await.0, UP);
    let cases = [
        (503, r#"{"status":"healthy"}"#, "status 503, not 200"),
        (200, r#"{"status":"sick"}"#, r#"$.status is "sick", not "healthy""#),
        (200, "<html>log in</html>", "the body holds no JSON"),
    ];
    for (status, body, why) in cases {
        assert_eq!(bench.told(status, "application/json", body).await, down(why));
    }
}

#[tokio::test]
async fn json_gives_a_number_or_the_reason_why_not() {
    let mut bench = document();
    assert_eq!(bench.told(200, "application/json", r#"{"load": 0.5}"#).await, (UP, Reading::Number(0.5)));
    let (outcome, reading) = bench.told(200, "application/json", r#"{"other": 1}"#).await;
    assert!(outcome == UP && matches!(reading, Reading::Missing(_)), "{reading:?}");
    let (outcome, _) = bench.told(200, "application/json", r#"{"load": "#).await;
    assert!(matches!(&outcome, Outcome::Down { why } if why.starts_with("answered no valid JSON")), "{outcome:?}");
}

#[tokio::test]
async fn a_value_in_another_unit_is_converted_or_is_no_number() {
    let mut bench = document();
    let metric = Metric { unit: Unit::Milliseconds, ..metric(Query::JsonPath("$.load".to_owned())) };
    bench.poller.reader = Reader::new(&bench.poller.source.kind, std::iter::once((&MetricId::new("it"), &metric)));
    assert_eq!(bench.told(200, "application/json", r#"{"load": "0.5s"}"#).await, (UP, Reading::Number(500.0)));
    let (_, reading) = bench.told(200, "application/json", r#"{"load": "5 GB"}"#).await;
    assert_eq!(reading, Reading::Invalid("in GB, wanted ms, at $.load".to_owned()));
}

#[tokio::test]
async fn a_scrape_gives_a_number_and_none_when_the_source_is_down() {
    let mut bench = scrape();
    assert_eq!(bench.told(200, "text/plain", "app_load 0.5\n").await, (UP, Reading::Number(0.5)));
    bench.clock.advance(Span::seconds(5));
    assert_eq!(bench.told(500, "text/plain", "app_load 0.5\n").await, down("status 500, not 200"));
    bench.clock.advance(Span::seconds(5));
    let (outcome, reading) = bench.told(200, "text/plain", "app_load NaN\n").await;
    assert!(outcome == UP && reading.number().is_none(), "{reading:?}");
}

#[tokio::test]
async fn a_page_is_neither_metrics_nor_json() {
    let page = "\n<!doctype html><title>Log in</title>";
    assert_eq!(scrape().told(200, "text/plain", page).await, down("answered a web page, not metrics"));
    assert_eq!(scrape().told(200, "text/html", "app_load 1").await, down("answered a web page, not metrics"));
    assert_eq!(document().told(200, "text/html", "{}").await, down("answered a web page, not JSON"));
}

#[tokio::test]
async fn why_a_source_is_down_never_tells_a_secret() {
    let mut bench = document();
    bench.net.replies_in(URL, Span::ZERO, Err(NetError::BadCall { cause: format!("{URL}\u{1b}[2J is bad") }));
    let (outcome, _) = outcome(bench.poller.poll(&bench.outside).await);
    let Outcome::Down { why } = outcome else { panic!("it is up") };
    assert_eq!(why, "bad request: http://app/metrics?token=[secret]\\e[2J is bad");
    assert_eq!(bench.net.calls()[0].headers, [("Authorization".to_owned(), "Bearer hunter2".to_owned())]);
}

#[tokio::test]
async fn a_source_whose_variable_brings_a_line_end_into_its_address_is_down_and_not_asked() {
    let mut bench = health();
    let setting = Arc::get_mut(&mut bench.poller.setting).unwrap();
    setting.values.0.insert(VarName::new("token"), "hunter2\n".to_owned());
    let (outcome, reading) = outcome(bench.poller.poll(&bench.outside).await);
    let why = "bad request: the address holds a line end or another control character; look at the variables in it";
    assert_eq!((outcome, reading), down(why));
    assert!(bench.net.calls().is_empty());
}

#[tokio::test]
async fn a_source_is_asked_at_once_and_then_by_its_interval() {
    let Bench { clock, net, outside, poller } = health();
    net.answers(URL, 200, "text/plain", "fine");
    let (polls, mut heard) = mpsc::channel(1);
    let polling = tokio::spawn(run(poller, outside, polls));
    for (second, calls) in [(0, 1), (5, 2), (10, 3)] {
        heard.recv().await.unwrap();
        assert_eq!((clock.now(), net.calls().len()), (Moment(second * 1_000), calls));
        clock.advance(Span::seconds(5));
    }
    drop(heard);
    polling.await.unwrap();
}

#[test]
fn missed_ticks_are_skipped_and_the_rhythm_stays() {
    let every = Span::seconds(5);
    for (now, next) in [(0, 5_000), (4_999, 5_000), (5_000, 10_000), (17_300, 20_000)] {
        assert_eq!(next_tick(Moment(0), every, Moment(now)), Moment(next));
    }
    assert_eq!(next_tick(Moment(0), Span::ZERO, Moment(0)), Moment(100), "an interval of nothing is no busy loop");
}
