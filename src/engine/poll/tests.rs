//! Stories of sources that answer, and of those that do not.

use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::engine::clock::{Clock, VirtualClock};
use crate::engine::net::{FakeNet, NetError};
use crate::engine::spawn::{Exit, FakeSpawner, Play};
use crate::engine::steps::mask::Mask;
use crate::id::{RoomId, VarName};
use crate::measure::metric::{Bands, Metric, Query};
use crate::measure::unit::Unit;
use crate::runbook::model::{Access, Address, Auth, Expect, Method};
use crate::runbook::template::{Template, Values};

const URL: &str = "http://app/metrics?token=hunter2";

/// A source of one kind, with one metric, and the outside it is asked in.
struct Bench {
    clock: Arc<VirtualClock>,
    net: Arc<FakeNet>,
    spawner: Arc<FakeSpawner>,
    outside: Outside,
    poller: Poller,
    /// The room's, for scripts.
    _folder: tempfile::TempDir,
}

fn bench(kind: fn(Address) -> SourceKind, query: Query) -> Bench {
    let kind = kind(Template::parse("http://app/metrics?token={{ token }}").unwrap().into());
    let headers = IndexMap::from([("Authorization".to_owned(), Template::parse("Bearer {{ token }}").unwrap())]);
    let (every, deadline) = (Span::seconds(5), Span::seconds(3));
    let source = Source { kind, every, deadline, headers, access: Access::default(), expect: Expect::default() };
    let metric = metric(query);
    let folder = tempfile::tempdir().unwrap();
    let setting = Setting {
        room: RoomId::new("room-1"),
        folder: folder.path().to_owned(),
        dir: None,
        values: Values([(VarName::new("token"), "hunter2".to_owned())].into()),
        mask: Mask::new(["hunter2"]),
        reason: None,
    };
    let id = MetricId::new("it");
    let clock = Arc::new(VirtualClock::at(Moment(0)));
    let seam: Arc<dyn Clock> = Arc::<VirtualClock>::clone(&clock);
    let net = Arc::new(FakeNet::new(Arc::clone(&seam)));
    let spawner = Arc::new(FakeSpawner::new(Arc::clone(&seam)));
    let outside = Outside { spawner: Arc::<FakeSpawner>::clone(&spawner), clock: seam, net: Arc::<FakeNet>::clone(&net) };
    let poller = Poller::new(&SourceId::new("app"), &source, &[(&id, &metric)], &Arc::new(setting), &Place::nowhere());
    Bench { clock, net, spawner, outside, poller, _folder: folder }
}

fn metric(query: Query) -> Metric {
    Metric {
        title: "it".to_owned(),
        unit: Unit::None,
        source: SourceId::new("app"),
        against: None,
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
    let id = MetricId::new("it");
    bench.poller.asks = asks(&SourceId::new("app"), &bench.poller.source.kind, &[(&id, &metric)], &bench.poller.setting);
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
async fn a_last_line_without_an_end_counts_only_where_the_body_is_known_to_be_whole() {
    for (content_type, is_bounded) in [("text/plain", true), ("text/plain", false), ("app/own", true), ("app/own", false)] {
        let mut bench = scrape();
        let answer = Answer {
            status: 200,
            content_type: Some(content_type.to_owned()),
            is_bounded,
            body: b"other 1\napp_load 9".to_vec(),
            ..Answer::default()
        };
        bench.net.replies_in(URL, Span::ZERO, Ok(answer));
        let (outcome, reading) = outcome(bench.poller.poll(&bench.outside).await);
        assert_eq!(outcome, UP);
        assert_eq!(reading.number(), is_bounded.then_some(9.0), "{content_type}: {reading:?}");
    }
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
    let Bench { clock, net, outside, poller, .. } = health();
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

fn prometheus(query: Query) -> Bench {
    bench(|url| SourceKind::Prometheus { url }, query)
}

const API: &str = "http://app/metrics?token=hunter2/api/v1";

impl Bench {
    async fn told_at(&mut self, path: &str, status: u16, body: &str) -> (Outcome, Reading) {
        self.net.answers(&format!("{API}{path}"), status, "application/json", body);
        outcome(self.poller.poll(&self.outside).await)
    }
}

fn vector(value: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[0,"{value}"]}}]}}}}"#)
}

#[tokio::test]
async fn a_success_that_comes_with_an_errors_status_is_none() {
    let mut bench = prometheus(Query::PromQl("a".to_owned()));
    for status in [400, 422, 500, 503] {
        let (outcome, reading) = bench.told_at("/query", status, &vector("1")).await;
        assert!(reading.number().is_none(), "{status}: {reading:?}");
        assert_eq!(outcome, Outcome::Down { why: format!("status {status}, not 200") });
    }
}

#[tokio::test]
async fn a_prometheus_server_is_asked_the_same_query_and_its_errors_are_shown() {
    let mut bench = prometheus(Query::PromQl("sum(rate(a_total{x=\"1\"}[1m]))".to_owned()));
    assert_eq!(bench.told_at("/query", 200, &vector("0.5")).await, (UP, Reading::Number(0.5)));
    let call = &bench.net.calls()[0];
    let form = "query=sum%28rate%28a_total%7Bx%3D%221%22%7D%5B1m%5D%29%29&timeout=3000ms";
    assert_eq!((call.method, call.body.as_deref()), (Method::Post, Some(form)));
    let error = r#"{"status":"error","errorType":"bad_data","error":"no"}"#;
    let shown = Reading::Invalid("the server says bad_data: no".to_owned());
    assert_eq!(bench.told_at("/query", 400, error).await, (UP, shown));
    assert_eq!(bench.told_at("/query", 401, "no").await, down("status 401, not 200"));
    assert_eq!(bench.told_at("/query", 200, "<html>").await, down("answered a web page, not JSON"));
    bench.clock.advance(Span::minutes(1));
    let (_, late) = bench.told_at("/query", 200, &vector("0.5")).await;
    assert!(matches!(&late, Reading::Missing(why) if why.contains("1:00 old")), "{late:?}");
}

#[tokio::test]
async fn a_servers_warnings_are_told_beside_the_number() {
    let mut bench = prometheus(Query::PromQl("a".to_owned()));
    let warned = vector("1").replacen('{', r#"{"warnings":["partial answer for hunter2"],"#, 1);
    bench.net.answers(&format!("{API}/query"), 200, "application/json", &warned);
    let Event::SourcePolled { notes, .. } = bench.poller.poll(&bench.outside).await else { panic!("not a poll") };
    assert_eq!(notes, ["it: partial answer for [secret]"]);
}

#[tokio::test]
async fn alerts_are_counted_and_unknown_where_nobody_answers() {
    let count = || Query::Alerts("severity=\"critical\"".to_owned());
    let mut bench = prometheus(count());
    let alert = r#"{"labels":{"severity":"critical"},"state":"firing"}"#;
    let firing = format!(r#"{{"status":"success","data":{{"alerts":[{alert},{alert}]}}}}"#);
    assert_eq!(bench.told_at("/alerts", 200, &firing).await, (UP, Reading::Number(2.0)));
    let Event::SourcePolled { alerts, .. } = bench.poller.poll(&bench.outside).await else { panic!("not a poll") };
    assert_eq!(alerts.map(|alerts| alerts.count), Some(2));
    let quiet = r#"{"status":"success","data":{"alerts":[]}}"#;
    assert_eq!(bench.told_at("/alerts", 200, quiet).await, (UP, Reading::Number(0.0)));
    assert_eq!(bench.told_at("/alerts", 502, "bad gateway").await, down("status 502, not 200"));

    let mut bench = self::bench(|url| SourceKind::Alertmanager { url }, count());
    let silent = outcome(bench.poller.poll(&bench.outside).await);
    assert!(matches!(silent, (Outcome::Down { .. }, Reading::Missing(_))), "{silent:?}");
}

fn script(query: Query) -> Bench {
    bench(|_| SourceKind::Script { script: "./depth".to_owned() }, query)
}

impl Bench {
    async fn runs(&mut self, play: Play) -> (Outcome, Reading) {
        self.spawner.plays("app", play);
        outcome(self.poller.poll(&self.outside).await)
    }
}

fn prints(text: &str) -> Play {
    Play { prints: vec![(Span::ZERO, text.to_owned())], ..Play::default() }
}

#[tokio::test]
async fn a_script_gives_the_number_that_it_prints_and_none_when_it_fails() {
    let mut bench = script(Query::LastNumber);
    let done = Outcome::Up { status: 0 };
    assert_eq!(bench.runs(prints("depth: 12\n")).await, (done.clone(), Reading::Number(12.0)));
    let failed = Play { exit: Exit::Code(7), ..prints("12\n") };
    let why = "exit code 7".to_owned();
    assert_eq!(bench.runs(failed).await, (Outcome::Down { why: why.clone() }, Reading::Invalid(why)));
    let flood = prints(&"1".repeat((1 << 20) + 1));
    assert!(matches!(bench.runs(flood).await.1, Reading::Invalid(why) if why == "printed more than 1024 KiB"));
    let mut bench = script(Query::JsonPath("$.depth".to_owned()));
    assert_eq!(bench.runs(prints("{\"depth\": 3}")).await, (done, Reading::Number(3.0)));
    let launch = &bench.spawner.launches()[0];
    let has = |name: &str| launch.env.iter().any(|(known, _)| known == name);
    assert!(has("token") && has("WARROOM_SOURCE") && has("WARROOM_SCRIPT"));
    assert!(launch.args.iter().all(|arg| !arg.to_string_lossy().contains("hunter2")));
}

#[tokio::test]
async fn a_real_script_keeps_its_warnings_apart_and_gives_them_as_its_reason() {
    let clock: Arc<dyn Clock> = Arc::new(crate::engine::clock::SystemClock::new());
    let real = |text: &str| {
        let mut bench = bench(|_| SourceKind::Script { script: String::new() }, Query::LastNumber);
        bench.outside.clock = Arc::clone(&clock);
        bench.outside.spawner = Arc::new(crate::engine::spawn::SystemSpawner::without_session());
        let metric = metric(Query::LastNumber);
        let (kind, id) = (SourceKind::Script { script: text.to_owned() }, MetricId::new("it"));
        bench.poller.source.deadline = Span::seconds(20);
        bench.poller.asks = asks(&SourceId::new("app"), &kind, &[(&id, &metric)], &bench.poller.setting);
        bench
    };
    let cases = [
        ("echo depth 3; echo retry 7 >&2", Ok(3.0)),
        ("echo $((1 + 1)); exit 0", Ok(2.0)),
        ("echo 5; echo >&2 'no such queue: hunter2'; exit 3", Err("exit code 3: no such queue: [secret]")),
        ("echo 5; false | cat", Err("exit code 1")),
        ("read -r line && echo 1; echo 2", Ok(2.0)),
    ];
    for (text, wanted) in cases {
        let mut bench = real(text);
        let (_, reading) = outcome(bench.poller.poll(&bench.outside).await);
        let wanted = wanted.map_or_else(|why| Reading::Invalid(why.to_owned()), Reading::Number);
        assert_eq!(reading, wanted, "{text}");
    }
}

#[tokio::test]
async fn a_source_is_asked_where_it_is_in_the_phase_and_its_old_series_are_forgotten() {
    let mut bench = scrape();
    let (place, told) = Place::to_be_told();
    bench.poller.place = place.watch();
    let usual = Template::parse("http://green/").unwrap();
    let during = [(PhaseId::new("canary"), Template::parse("http://blue/").unwrap())].into();
    bench.poller.source.kind = SourceKind::Scrape { url: Address { usual, during } };
    bench.net.answers("http://green/", 200, "text/plain", "app_load 1\n");
    bench.net.answers("http://blue/", 200, "text/plain", "other 2\n");
    assert_eq!(outcome(bench.poller.poll(&bench.outside).await).1, Reading::Number(1.0));
    told.send_replace(Some(PhaseId::new("canary")));
    bench.clock.advance(Span::seconds(5));
    let event = bench.poller.poll(&bench.outside).await;
    let Event::SourcePolled { during, .. } = &event else { panic!("not a poll") };
    assert_eq!(during.as_ref().map(PhaseId::as_str), Some("canary"));
    assert_eq!(outcome(event).1, Reading::Missing("no series matches app_load".to_owned()));
    told.send_replace(Some(PhaseId::new("half")));
    bench.clock.advance(Span::seconds(5));
    assert_eq!(outcome(bench.poller.poll(&bench.outside).await).1, Reading::Number(1.0));
}

#[tokio::test]
async fn credentials_are_shown_as_http_wants_them() {
    let template = |text: &str| Template::parse(text).unwrap();
    let basic = Auth::Basic { user: template("ada"), password: template("{{ token }}") };
    for (auth, header) in [(Auth::Bearer(template("{{ token }}")), "Bearer hunter2"), (basic, "Basic YWRhOmh1bnRlcjI=")] {
        let mut bench = health();
        bench.poller.source.headers.clear();
        bench.poller.source.access.auth = Some(auth);
        bench.told(200, "text/plain", "fine").await;
        assert_eq!(bench.net.calls()[0].headers, [("Authorization".to_owned(), header.to_owned())]);
    }
}

#[tokio::test]
async fn an_answer_out_of_a_cache_or_of_yesterday_is_none() {
    let mut bench = document();
    let answer = |age: Option<i64>, dated: i64| Answer {
        status: 200,
        content_type: Some("application/json".to_owned()),
        age: age.map(Span::seconds),
        dated: Some(Moment(dated)),
        body: br#"{"load": 1}"#.to_vec(),
        ..Answer::default()
    };
    bench.clock.advance(Span::minutes(60));
    let cases = [
        (answer(Some(3), 3_600_000), None),
        (answer(Some(60), 3_600_000), Some("the answer lay in a cache for 1:00")),
        (answer(None, 3_595_000), None),
        (answer(None, 3_400_000), Some("the answer is 3:20 old, its Date does not go on: a copy, or a clock that stands still")),
        (answer(None, 0), Some("the answer is dated 1h00m ago: a copy, or a wrong clock")),
    ];
    for (answer, why) in cases {
        bench.net.replies_in(URL, Span::ZERO, Ok(answer));
        let told = outcome(bench.poller.poll(&bench.outside).await);
        assert_eq!(told, why.map_or((UP, Reading::Number(1.0)), down));
    }
}

#[tokio::test]
async fn numbers_that_their_source_dates_come_with_their_age() {
    let mut bench = scrape();
    bench.clock.advance(Span::seconds(100));
    let mut ages = async |body: &str| {
        bench.net.answers(URL, 200, "text/plain", body);
        let Event::SourcePolled { ages, .. } = bench.poller.poll(&bench.outside).await else { panic!("not a poll") };
        ages.values().copied().collect::<Vec<_>>()
    };
    assert_eq!(ages("app_load 1 93000\n").await, [Span::seconds(7)]);
    assert_eq!(ages("app_load 1\n").await, []);
}

#[tokio::test]
async fn a_date_that_stands_still_is_no_news() {
    let mut bench = document();
    let answer = Answer {
        status: 200,
        content_type: Some("application/json".to_owned()),
        dated: Some(Moment(-60_000)),
        body: br#"{"load": 1}"#.to_vec(),
        ..Answer::default()
    };
    let mut told = Vec::new();
    for _ in 0..6 {
        bench.net.replies_in(URL, Span::ZERO, Ok(answer.clone()));
        told.push(outcome(bench.poller.poll(&bench.outside).await).1);
        bench.clock.advance(Span::seconds(5));
    }
    assert_eq!(told[..4], [const { Reading::Number(1.0) }; 4]);
    let why = "the answer is 0:20 old, its Date does not go on: a copy, or a clock that stands still";
    assert_eq!(told[4], Reading::Missing(why.to_owned()));
}
