//! The plan against the service: that its limits stand where they belong is a promise to the newcomer.

use std::collections::BTreeMap;

use super::exposition::exposition;
use super::{RUNBOOK, Traffic, Weights};
use crate::id::{MetricId, VarName};
use crate::link::Fault;
use crate::measure::json;
use crate::measure::metric::{Band, Query};
use crate::measure::promql;
use crate::measure::reading::Reading;
use crate::measure::series::Store;
use crate::runbook::model::{Runbook, StepKind};
use crate::runbook::{load, resolve};
use crate::time::{Moment, Span};

const START: Moment = Moment(1_800_000_000_000);

fn runbook() -> Runbook {
    load("demo.yaml", RUNBOOK).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn the_demos_runbook_is_a_good_one_and_wants_only_its_target() {
    let runbook = runbook();
    let given = [("target".to_owned(), "http://127.0.0.1:1".to_owned())];
    assert_eq!(resolve(&runbook, &given, &|_| None).err(), None);
}

/// Whatever the plan looks at must be there wherever the demo is played.
#[test]
fn nothing_but_the_target_is_polled_or_called() {
    let (runbook, target) = (runbook(), VarName::new("target"));
    for source in runbook.sources.values() {
        assert!(source.kind.address().unwrap().usual.vars().any(|name| *name == target), "{:?}", source.kind);
    }
    for step in runbook.all_steps() {
        if let StepKind::Http(request) = &step.kind {
            assert!(request.url.vars().any(|name| *name == target), "{}", step.title);
        }
    }
}

/// The room's eyes without the room: the runbook's metrics, measured of made-up traffic.
struct Watch {
    runbook: Runbook,
    queries: Vec<(MetricId, promql::Query)>,
    store: Store,
    traffic: Traffic,
    now: Moment,
}

impl Watch {
    fn of(blue: u32) -> Self {
        let runbook = runbook();
        let mut queries = Vec::new();
        for (id, metric) in &runbook.metrics {
            if let Query::PromQl(text) = &metric.query {
                queries.push((id.clone(), promql::Query::compile(text).unwrap()));
            }
        }
        let store = Store::new(&queries.iter().map(|(_, query)| query).collect::<Vec<_>>());
        let mut traffic = Traffic::start(7, START);
        traffic.deploy("2.4.0", START);
        traffic.weigh(Weights { blue, green: 100 - blue }, START);
        Self { runbook, queries, store, traffic, now: START }
    }

    /// A second later, give or take what a poll on a busy machine is late.
    fn look(&mut self) -> BTreeMap<MetricId, Reading> {
        let late = self.now.0 * 7_919 % 97;
        self.now = self.now + Span(950 + late);
        self.traffic.advance(self.now);
        self.store.ingest(exposition(&self.traffic).as_bytes(), self.now).unwrap();
        let mut readings: BTreeMap<_, _> =
            self.queries.iter().map(|(id, query)| (id.clone(), query.read(&self.store, self.now))).collect();
        let page = super::answer::answer(&mut self.traffic, self.now, &hyper::Method::GET, "/status/system", b"");
        let document = serde_json::from_str(&page.body).unwrap();
        for (id, metric) in &self.runbook.metrics {
            if let Query::JsonPath(path) = &metric.query {
                readings.insert(id.clone(), json::read(path, &metric.unit, &document));
            }
        }
        readings
    }

    fn bands(&mut self) -> BTreeMap<MetricId, Option<Band>> {
        let readings = self.look();
        let band = |id: &MetricId, reading: &Reading| {
            let bands = self.runbook.metrics[id].bands;
            reading.number().map(|value| bands.of(value).unwrap_or(Band::Normal))
        };
        readings.iter().map(|(id, reading)| (id.clone(), band(id, reading))).collect()
    }

    fn number(&mut self, metric: &str) -> f64 {
        let readings = self.look();
        readings[metric].number().unwrap_or_else(|| panic!("{metric}: {:?}", readings[metric]))
    }
}

#[test]
fn left_alone_every_gauge_is_normal_from_the_third_look_on() {
    for blue in [0, 10, 50, 100] {
        let mut watch = Watch::of(blue);
        for look in 0..600 {
            for (metric, band) in watch.bands() {
                let beginning = look < 2 && band.is_none();
                assert!(beginning || band == Some(Band::Normal), "{metric} is {band:?} at look {look}, blue {blue} %");
            }
        }
    }
}

#[test]
fn every_fault_of_blue_makes_a_gauge_critical_in_time_and_the_rollback_makes_all_normal_again() {
    let cases = [(Fault::Errors, "error_rate"), (Fault::Latency, "p95"), (Fault::Memory, "memory")];
    for (fault, metric) in cases {
        for blue in [10, 50, 100] {
            let mut watch = Watch::of(blue);
            (0..30).for_each(|_| drop(watch.look()));
            watch.traffic.fail(fault, watch.now);
            let critical = (0..30).position(|_| watch.bands()[metric] == Some(Band::Critical));
            assert!(critical.is_some(), "{fault:?} at {blue} %");
            watch.traffic.weigh(Weights { blue: 0, green: 100 }, watch.now);
            // As long as the rollback's own wait.
            (0..18).for_each(|_| drop(watch.look()));
            assert!(watch.number("error_rate") < 0.5 && watch.number("p95") < 200.0, "{fault:?} at {blue} %");
            for (metric, band) in watch.bands() {
                assert_eq!(band, Some(Band::Normal), "{metric} after {fault:?} at {blue} %");
            }
        }
    }
}

#[test]
fn a_fault_holds_its_trigger_long_enough_to_fire() {
    let cases = [(Fault::Errors, "error_rate", 5.0), (Fault::Latency, "p95", 800.0)];
    for (fault, metric, limit) in cases {
        for blue in [10, 50, 100] {
            let mut watch = Watch::of(blue);
            watch.traffic.fail(fault, watch.now);
            (0..16).for_each(|_| drop(watch.look()));
            for look in 0..120 {
                let value = watch.number(metric);
                assert!(value > limit, "{metric} is {value} at look {look}, blue {blue} %");
            }
        }
    }
}
