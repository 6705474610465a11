//! Reading expositions and queries, without a network.

use std::fmt::Write;
use std::hint::black_box;

use warroom::measure::exposition::{Dialect, Reader, Wanted};
use warroom::measure::promql::Query;
use warroom::measure::series::Store;
use warroom::time::Moment;

use crate::target::scrape;
use crate::{cpu, median, ratio};

const ROUNDS: usize = 9;

fn names(count: usize) -> Wanted {
    let name = |at: usize| format!("service_requests_{:04}_total", at * 2_000 / count).into_bytes().into_boxed_slice();
    Wanted::Names((0..count).map(name).collect())
}

pub(crate) fn parse() {
    let body = scrape(10 << 20);
    let text = std::str::from_utf8(&body).unwrap();
    let theirs = || {
        let lines = black_box(text).lines().map(|line| Ok(line.to_owned()));
        black_box(prometheus_parse::Scrape::parse(lines).unwrap().samples.len());
    };
    let read = |wanted: &Wanted| {
        black_box(Reader::new(black_box(&body), Dialect::Text, wanted).flatten().count());
    };
    let all = ratio(ROUNDS, theirs, || read(&Wanted::All));
    println!("10 MB, every name      {all:.0} times as fast as prometheus-parse (wanted: 15 at least)");
    let some = names(20);
    let few = ratio(ROUNDS, theirs, || read(&some));
    println!("10 MB, 20 of 2,000     {few:.0} times as fast as prometheus-parse (wanted: 30 at least)");
    let query = Query::compile("count({__name__=~\".+\"})").unwrap();
    let mut store = Store::new(&[&query]);
    let mut round = 0;
    let kept = ratio(ROUNDS, theirs, || {
        round += 1;
        black_box(store.ingest(&body, Moment(round * 5_000)).unwrap().kept);
    });
    println!("   into the store      {kept:.0} times as fast as prometheus-parse, every name kept");
}

/// 50 rates and 50 quantiles over 15 minutes of samples every 5 seconds.
pub(crate) fn gauges() {
    let queries: Vec<Query> = (0..50)
        .flat_map(|at| {
            let rate = format!("sum(rate(hits_{at}_total[15m]))");
            let quantile = format!("histogram_quantile(0.95, sum by (le) (rate(seconds_{at}_bucket[15m])))");
            [rate, quantile].map(|text| Query::compile(&text).unwrap())
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
        store.ingest(body.as_bytes(), Moment(round * 5_000)).unwrap();
    }
    let at = Moment(179 * 5_000);
    let all = || assert_eq!(queries.iter().filter(|query| query.read(&store, at).number().is_some()).count(), 100);
    let took = median((0..101).map(|_| cpu(all) * 1_000.0).collect());
    println!("100 gauges, 15 min     {took:.2} ms of CPU together (wanted: 5 at most)");
}
