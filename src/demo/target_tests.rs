use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use super::*;

const START: i64 = 1_800_000_000_000;

/// A target with a clock that moves when told to, and a client.
struct Bench {
    target: Target,
    clock: Arc<AtomicI64>,
    client: reqwest::Client,
}

impl Bench {
    fn start() -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let shown = clock.clone();
        let target = Target::start(Arc::new(move || Moment(shown.load(Ordering::SeqCst)))).unwrap();
        Self { target, clock, client: client() }
    }

    fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(self.target.address() + path).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let answer = self.client.post(self.target.address() + path).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path).await.1).unwrap()
    }

    /// The value of one line of the exposition.
    async fn series(&self, name: &str) -> f64 {
        let page = self.get("/metrics").await.1;
        let line = page.lines().find(|line| line.starts_with(name) && line[name.len()..].starts_with(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{page}")).rsplit(' ').next().unwrap().parse().unwrap()
    }

    async fn canary(&self, blue: u32) {
        assert_eq!(self.post("/deploy", r#"{"version":"2.4.0","slot":"blue"}"#).await.0, 200);
        let weights = format!(r#"{{"blue":{blue},"green":{}}}"#, 100 - blue);
        assert_eq!(self.post("/config/traffic-weights", weights).await.0, 200);
    }

    async fn refuses(&self) -> bool {
        TcpStream::connect(self.target.address).await.is_err()
    }

    async fn until_it_refuses(&self, refuses: bool) {
        let turned = async {
            while self.refuses().await != refuses {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), turned).await.expect("the port did not change its mind");
    }
}

fn client() -> reqwest::Client {
    // The second to install it is told so, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn a_healthy_target_says_so_in_every_way_it_has() {
    let bench = Bench::start();
    bench.pass(60);
    let (status, health) = bench.get("/health").await;
    assert_eq!(status, 200, "{health}");
    assert_eq!(bench.json("/health").await["status"], "healthy");
    assert_eq!(bench.json("/version").await, json!({ "live": "2.3.1", "blue": null, "green": "2.3.1" }));
    let performance = bench.json("/stats/performance").await;
    assert!(performance["rps"].as_f64().unwrap() > 90.0, "{performance}");
    assert!(performance["p50"].as_f64().unwrap() < performance["p99"].as_f64().unwrap(), "{performance}");
    let system = bench.json("/status/system").await;
    assert!(system["cpuPercent"].as_f64().unwrap() > 10.0 && system["queueDepth"] == 0, "{system}");
}

#[tokio::test]
async fn the_counters_only_grow_and_the_buckets_add_up() {
    let bench = Bench::start();
    bench.pass(10);
    let ok = r#"http_requests_total{code="200",version="green"}"#;
    let before = bench.series(ok).await;
    bench.pass(10);
    assert!(bench.series(ok).await > before + 900.0);
    assert_eq!(bench.series(r#"http_requests_total{code="500",version="blue"}"#).await, 0.0);
    let mut below = 0.0;
    for end in ["0.005", "0.05", "0.1", "0.5", "3", "+Inf"] {
        let count = bench.series(&format!(r#"http_request_duration_seconds_bucket{{version="green",le="{end}"}}"#)).await;
        assert!(count >= below, "{end}");
        below = count;
    }
    assert_eq!(bench.series(r#"http_request_duration_seconds_count{version="green"}"#).await, below);
    assert!(bench.series("db_pool_in_use").await <= bench.series("db_pool_max").await);
}

#[tokio::test]
async fn the_weights_are_taken_and_seen() {
    let bench = Bench::start();
    bench.canary(10).await;
    assert_eq!(bench.series(r#"app_traffic_weight{version="blue"}"#).await, 10.0);
    assert_eq!(bench.json("/config/traffic-weights").await, json!({ "blue": 10, "green": 90 }));
    assert_eq!(bench.json("/version").await["live"], "2.3.1");
    bench.canary_is_refused_while_it_takes_traffic().await;
    bench.post("/config/traffic-weights", r#"{"blue":100,"green":0}"#).await;
    assert_eq!(bench.json("/version").await["live"], "2.4.0");
}

impl Bench {
    async fn canary_is_refused_while_it_takes_traffic(&self) {
        let (status, why) = self.post("/deploy", r#"{"version":"2.4.1","slot":"blue"}"#).await;
        assert_eq!((status, why.contains("blue takes 10 % of the traffic")), (409, true), "{why}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_words() {
    let bench = Bench::start();
    let long = "x".repeat(65);
    let cases = [
        ("/config/traffic-weights", r#"{"blue":10,"green":100}"#.to_owned(), 400, "must add up to 100, not 110"),
        ("/config/traffic-weights", r#"{"blue":-10,"green":110}"#.to_owned(), 400, "want {"),
        ("/config/traffic-weights", r#"{"blue":4294967295,"green":4294967295}"#.to_owned(), 400, "must add up to 100"),
        ("/config/traffic-weights", r#"{"blue":10}"#.to_owned(), 400, "missing field `green`"),
        ("/config/traffic-weights", r#"{"blue":10,"green":90,"red":0}"#.to_owned(), 400, "unknown field `red`"),
        ("/config/traffic-weights", "ten".to_owned(), 400, "want {"),
        ("/config/traffic-weights", r#"{"blue":10,"green":90}"#.to_owned(), 409, "POST /deploy comes first"),
        ("/deploy", r#"{"version":"2.4.0","slot":"green"}"#.to_owned(), 400, "only blue"),
        ("/deploy", r#"{"version":"\u001b[2J","slot":"blue"}"#.to_owned(), 400, "a version is"),
        ("/deploy", format!(r#"{{"version":"{long}","slot":"blue"}}"#), 400, "a version is"),
        ("/deploy", "x".repeat(BODY_BYTES_MAX + 1), 413, "at most 16384 bytes"),
        ("/health", String::new(), 405, "takes GET, not POST"),
        ("/nowhere", String::new(), 404, "nothing at this path"),
    ];
    for (path, body, status, words) in cases {
        let asked = format!("POST {path} {body:.40}");
        let (got, why) = bench.post(path, body).await;
        let why: Value = serde_json::from_str(&why).unwrap();
        assert_eq!(got, status, "{asked}: {why}");
        assert!(why["error"].as_str().unwrap().contains(words), "{asked}: {why}");
    }
}

#[tokio::test]
async fn errors_degrade_the_health_until_blue_has_no_traffic() {
    let bench = Bench::start();
    bench.canary(10).await;
    bench.pass(20);
    bench.target.fault(Fault::Errors);
    assert_eq!(bench.get("/health").await.0, 200, "not yet");
    bench.pass(20);
    let (status, health) = bench.get("/health").await;
    assert_eq!(status, 503, "{health}");
    let health: Value = serde_json::from_str(&health).unwrap();
    assert_eq!((&health["status"], &health["services"]["errors"]), (&json!("degraded"), &json!("degraded")));
    bench.post("/config/traffic-weights", r#"{"blue":0,"green":100}"#).await;
    bench.pass(16);
    assert_eq!(bench.get("/health").await.0, 200);
}

#[tokio::test]
async fn while_it_hangs_a_connection_is_taken_and_not_answered_until_it_is_healed() {
    let bench = Bench::start();
    bench.target.fault(Fault::Hang);
    let health = bench.get("/health");
    tokio::pin!(health);
    // The server has its turn many times over, and still there is no answer.
    for _ in 0..200 {
        tokio::select! {
            biased;
            answer = &mut health => panic!("answered while hanging: {answer:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert!(!bench.refuses().await);
    bench.target.fault(Fault::None);
    assert_eq!(health.await.0, 200);
}

#[tokio::test]
async fn while_it_is_down_it_refuses_and_then_it_is_back_at_the_same_address() {
    let bench = Bench::start();
    let address = bench.target.address();
    assert_eq!(bench.get("/health").await.0, 200);
    for _ in 0..3 {
        bench.target.fault(Fault::Down);
        bench.until_it_refuses(true).await;
        assert!(bench.client.get(address.clone() + "/health").send().await.is_err(), "kept-alive connections are cut too");
        bench.target.fault(Fault::None);
        bench.until_it_refuses(false).await;
        assert_eq!(bench.get("/health").await.0, 200);
    }
}

#[tokio::test]
async fn a_stopped_target_is_gone() {
    let bench = Bench::start();
    bench.target.stop();
    bench.until_it_refuses(true).await;
}

#[tokio::test]
async fn many_connections_are_kept_alive_beside_each_other() {
    let bench = Bench::start();
    // A client each, so that no two share a connection.
    let clients: Vec<_> = (0..60).map(|_| client()).collect();
    for _ in 0..3 {
        let asked = clients.iter().map(|client| client.get(bench.target.address() + "/metrics").send());
        for answer in futures_util::future::join_all(asked).await {
            assert_eq!(answer.unwrap().status(), 200);
        }
    }
}

#[tokio::test]
async fn nonsense_on_the_wire_costs_only_its_own_connection() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let bench = Bench::start();
    let mut stream = TcpStream::connect(bench.target.address).await.unwrap();
    stream.write_all(b"\x16\x03\x01 not http at all\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    assert!(!said.starts_with(b"HTTP/1.1 200"));
    assert_eq!(bench.get("/health").await.0, 200);
}
