//! How fast a scrape is taken in, and how fast a room's worth of gauges is read from it.
//!
//! The scrape is like that of a busy fleet: 2,000 metrics, every fourth of them a histogram, ten megabytes in all. The crate
//! `prometheus-parse` reads the same bytes in the same run: compare `read_…` and `ingest_…` with `prometheus_parse`.

use std::fmt::Write;

use divan::Bencher;
use divan::counter::BytesCount;
use warroom::measure::exposition::{Dialect, Reader, Wanted};
use warroom::measure::promql::Query;
use warroom::measure::series::Store;
use warroom::time::Moment;

const METRICS: usize = 2_000;
const BYTES: usize = 10 << 20;

fn main() {
    divan::main();
}

/// Ten megabytes of exposition whose values move with `round`.
fn scrape(round: usize) -> Vec<u8> {
    let mut body = String::with_capacity(BYTES + 200_000);
    let mut metric = 0;
    while metric < METRICS {
        let enough = BYTES / METRICS * (metric + 1);
        let is_histogram = metric % 4 == 3;
        let (name, kind) = if is_histogram { ("seconds", "histogram") } else { ("requests", "counter") };
        let _ = writeln!(body, "# HELP service_{name}_{metric:04} Work done by part {metric} of the service.");
        let _ = writeln!(body, "# TYPE service_{name}_{metric:04}{} {kind}", if is_histogram { "" } else { "_total" });
        let mut pod = 0;
        while body.len() < enough {
            pod += 1;
            let value = round * pod * 7;
            let node = "node=\"ip-10-2-14-7.eu-central-1.compute.internal\",namespace=\"production\"";
            let labels =
                format!("method=\"GET\",path=\"/api/v1/things\",{node},instance=\"10.2.14.{pod}:8080\",pod=\"blue-{pod}\"");
            if is_histogram {
                for (place, le) in (1..).zip(["0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf"]) {
                    let count = value * place;
                    let _ = writeln!(body, "service_seconds_{metric:04}_bucket{{{labels},le=\"{le}\"}} {count}");
                }
                let _ = writeln!(body, "service_seconds_{metric:04}_sum{{{labels}}} {value}.25");
                let _ = writeln!(body, "service_seconds_{metric:04}_count{{{labels}}} {value}");
            } else {
                let _ = writeln!(body, "service_requests_{metric:04}_total{{{labels},code=\"200\"}} {value}.5");
            }
        }
        metric += 1;
    }
    body.into_bytes()
}

/// What others do with the same bytes: every sample is decoded at once, wanted or not.
#[divan::bench(sample_count = 10)]
fn prometheus_parse(bencher: Bencher<'_, '_>) {
    let body = String::from_utf8(scrape(3)).expect("text");
    bencher.counter(BytesCount::of_slice(body.as_bytes())).bench_local(|| {
        let lines = divan::black_box(&body).lines().map(|line| Ok(line.to_owned()));
        prometheus_parse::Scrape::parse(lines).map(|scrape| scrape.samples.len())
    });
}

fn names(count: usize) -> Wanted {
    let every = METRICS / count;
    let name = |at: usize| format!("service_requests_{:04}_total", at * every).into_bytes().into_boxed_slice();
    Wanted::Names((0..count).map(name).collect())
}

fn read(bencher: Bencher<'_, '_>, wanted: &Wanted) {
    let body = scrape(3);
    bencher
        .counter(BytesCount::of_slice(&body))
        .bench_local(|| Reader::new(divan::black_box(&body), Dialect::Text, wanted).flatten().count());
}

#[divan::bench]
fn read_every_name(bencher: Bencher<'_, '_>) {
    read(bencher, &Wanted::All);
}

#[divan::bench]
fn read_20_names_of_2000(bencher: Bencher<'_, '_>) {
    read(bencher, &names(20));
}

fn ingest(bencher: Bencher<'_, '_>, queries: &[Query]) {
    let bodies: Vec<Vec<u8>> = (0..3).map(scrape).collect();
    let queries: Vec<&Query> = queries.iter().collect();
    let mut store = Store::new(&queries);
    let mut round = 0_u32;
    bencher.counter(BytesCount::of_slice(&bodies[0])).bench_local(|| {
        round += 1;
        store.ingest(&bodies[round as usize % bodies.len()], Moment(i64::from(round) * 5_000)).map(|scrape| scrape.kept)
    });
}

#[divan::bench]
fn ingest_every_name(bencher: Bencher<'_, '_>) {
    ingest(bencher, &[Query::compile("count({__name__=~\".+\"})").expect("a query")]);
}

#[divan::bench]
fn ingest_20_names_of_2000(bencher: Bencher<'_, '_>) {
    let query = |at: usize| Query::compile(&format!("sum(rate(service_requests_{:04}_total[1m]))", at * 100)).expect("a query");
    ingest(bencher, &(0..20).map(query).collect::<Vec<_>>());
}

/// 50 rates and 50 quantiles over 15 minutes of samples every 5 seconds.
#[divan::bench]
fn read_100_gauges(bencher: Bencher<'_, '_>) {
    let queries: Vec<Query> = (0..50)
        .flat_map(|at| {
            let rate = format!("sum(rate(hits_{at}_total[15m]))");
            let quantile = format!("histogram_quantile(0.95, sum by (le) (rate(seconds_{at}_bucket[15m])))");
            [rate, quantile].map(|text| Query::compile(&text).expect("a query"))
        })
        .collect();
    let mut store = Store::new(&queries.iter().collect::<Vec<_>>());
    for round in 0..180_i64 {
        let mut body = String::new();
        for at in 0..50 {
            let _ = writeln!(body, "hits_{at}_total{{code=\"200\"}} {}", round * 10);
            for (place, le) in (0_i64..).zip(["0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf"]) {
                let _ = writeln!(body, "seconds_{at}_bucket{{le=\"{le}\"}} {}", round * place);
            }
        }
        store.ingest(body.as_bytes(), Moment(round * 5_000)).expect("an exposition");
    }
    let at = Moment(179 * 5_000);
    bencher.bench_local(|| queries.iter().filter(|query| query.read(&store, at).number().is_some()).count());
}
