//! Polling over real connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use warroom::engine::Outside;
use warroom::engine::clock::{SystemClock, VirtualClock};
use warroom::engine::net::HttpNet;
use warroom::engine::poll::{Place, Polled, Poller, pollers, run};
use warroom::engine::spawn::SystemSpawner;
use warroom::engine::steps::Setting;
use warroom::id::RoomId;
use warroom::room::event::{Event, Outcome};
use warroom::runbook;
use warroom::runbook::template::Values;
use warroom::time::{Moment, Span};

use crate::target::Targets;
use crate::{ratio, spent};

pub(crate) fn outside() -> Outside {
    let clock = SystemClock::new();
    Outside {
        clock: Arc::new(clock),
        spawner: Arc::new(SystemSpawner::without_session()),
        net: Arc::new(HttpNet::new(Arc::new(clock))),
    }
}

/// A poller for each address, with the same query for every one.
pub(crate) fn pollers_of(urls: &[String], query: &str, every: &str) -> Vec<Poller> {
    let sources = urls.iter().enumerate().map(|(at, url)| format!("  s{at}: {{ scrape: '{url}', every: {every} }}\n"));
    let metrics = (0..urls.len()).map(|at| format!("  m{at}: {{ source: s{at}, query: '{query}' }}\n"));
    let plan = format!(
        "warroom: 1\ntitle: Bench\nphases: [ {{ id: one, steps: [ {{ run: 'true' }} ] }} ]\nsources:\n{}metrics:\n{}",
        sources.collect::<String>(),
        metrics.collect::<String>()
    );
    let runbook = runbook::load("bench.yaml", &plan).unwrap();
    let setting = Setting::new(&runbook, Values::default(), RoomId::new("bench"), std::env::temp_dir());
    pollers(&runbook, &Arc::new(setting), &Place::nowhere())
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What one poll came to: status, or why there is none.
pub(crate) fn outcome(event: &Event) -> String {
    let Event::SourcePolled { outcome, readings, .. } = event else { return "no poll".to_owned() };
    match outcome {
        Outcome::Up { .. } => format!("{:?}", readings[0].1),
        Outcome::Down { why } => why.clone(),
    }
}

/// One poll against one request of the same client library for the same bytes, each on a connection that stands.
pub(crate) fn one() {
    let targets = Targets::start(2);
    let url = |at: usize| format!("http://127.0.0.1:{}/metrics", targets.ports[at]);
    let runtime = runtime();
    // Five seconds pass between two polls, so that the rate reads as many samples as it would in a room.
    let clock = Arc::new(VirtualClock::at(Moment(1_800_000_000_000)));
    let outside = Outside { clock: Arc::<VirtualClock>::clone(&clock), ..outside() };
    let mut poller = pollers_of(&[url(0)], "sum(rate(requests_total[1m]))", "5s").remove(0);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let bare = || async { client.get(url(1)).send().await.unwrap().bytes().await.unwrap().len() };
    let polls = || {
        runtime.block_on(async {
            for _ in 0..200 {
                clock.advance(Span::seconds(5));
                poller.poll(&outside).await;
            }
        });
    };
    let requests = || {
        runtime.block_on(async {
            for _ in 0..200 {
                bare().await;
            }
        });
    };
    println!(
        "one poll               {:.2} times the CPU of a bare keep-alive request (wanted: 2 at most)",
        ratio(15, polls, requests)
    );
}

/// Five hundred targets, each asked every second.
pub(crate) fn many() {
    const SECONDS: u64 = 10;
    let targets = Targets::start(500);
    let urls: Vec<String> = targets.ports.iter().map(|port| format!("http://127.0.0.1:{port}/metrics")).collect();
    let (runtime, outside) = (runtime(), outside());
    let (sender, mut polls) = mpsc::channel(1_000);
    runtime.block_on(async {
        for poller in pollers_of(&urls, "sum(rate(requests_total[1m]))", "1s") {
            tokio::spawn(run(poller, outside.clone(), sender.clone()));
        }
        // The first seconds make the connections.
        answers(&mut polls, Instant::now() + Duration::from_secs(3)).await;
        let (began, before) = (Instant::now(), spent());
        let good = answers(&mut polls, began + Duration::from_secs(SECONDS)).await;
        let spent = spent() - before;
        println!(
            "500 targets a second   {:.1} % of one core, {} answers a second (wanted: 10 % at most)",
            100.0 * spent / began.elapsed().as_secs_f64(),
            good / SECONDS
        );
    });
}

/// How many good answers came until then.
async fn answers(polls: &mut mpsc::Receiver<Polled>, end: Instant) -> u64 {
    let mut good = 0;
    while let Ok(Some(polled)) = tokio::time::timeout_at(end.into(), polls.recv()).await {
        good += u64::from(matches!(polled.event, Event::SourcePolled { outcome: Outcome::Up { .. }, .. }));
    }
    good
}
