//! The service's numbers as Prometheus reads them.

use std::fmt::Write as _;

use crate::demo::histogram::ENDS_SECONDS;
use crate::demo::slot::{Code, Slot};
use crate::demo::traffic::{POOL_MAX, Traffic};

/// Every series is there from the start, at 0, so that a rate can be taken from the second scrape on.
pub(super) fn exposition(traffic: &Traffic) -> String {
    let slots = [("blue", &traffic.blue), ("green", &traffic.green)];
    let share = traffic.weights();
    let weights = [("blue", &share.blue), ("green", &share.green)];
    let recent = traffic.recent();
    let mut page = Page::default();

    page.family("http_requests_total", "counter", "Requests answered, by status code and slot.");
    for (name, slot) in slots {
        for code in Code::ALL {
            page.line(&format!("{{code=\"{}\",version=\"{name}\"}}", code.word()), slot.answered(code) as f64);
        }
    }
    page.family("http_request_duration_seconds", "histogram", "How long answers took.");
    for (name, slot) in slots {
        page.histogram(name, slot);
    }
    page.each("process_resident_memory_bytes", "gauge", "Resident memory.", slots, |slot| slot.rss_bytes().round());
    page.each("process_cpu_seconds_total", "counter", "Processor time spent.", slots, |slot| slot.cpu_seconds);
    page.each("app_restarts_total", "counter", "Times the process was started again.", slots, |slot| slot.restarts as f64);
    page.each("app_traffic_weight", "gauge", "Percent of the traffic.", weights, |weight| f64::from(*weight));
    page.single("db_pool_in_use", "Connections to the database in use.", recent.pool_in_use);
    page.single("db_pool_max", "Connections to the database at most.", POOL_MAX);
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
    family: &'static str,
}

impl Page {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.family = name;
        self.say(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    /// `suffix` is what stands behind the family's name: labels, or nothing.
    fn line(&mut self, suffix: &str, value: f64) {
        let family = self.family;
        self.say(format_args!("{family}{suffix} {value}\n"));
    }

    fn single(&mut self, name: &'static str, help: &str, value: f64) {
        self.family(name, "gauge", help);
        self.line("", value);
    }

    fn each<T>(&mut self, name: &'static str, kind: &str, help: &str, slots: [(&str, &T); 2], value: impl Fn(&T) -> f64) {
        self.family(name, kind, help);
        for (slot, from) in slots {
            self.line(&format!("{{version=\"{slot}\"}}"), value(from));
        }
    }

    fn histogram(&mut self, name: &str, slot: &Slot) {
        let ends = ENDS_SECONDS.iter().map(f64::to_string).chain(std::iter::once("+Inf".to_owned()));
        for (end, below) in ends.zip(slot.took.cumulative()) {
            self.line(&format!("_bucket{{version=\"{name}\",le=\"{end}\"}}"), below as f64);
        }
        self.line(&format!("_sum{{version=\"{name}\"}}"), slot.took.sum_seconds);
        self.line(&format!("_count{{version=\"{name}\"}}"), slot.took.count() as f64);
    }

    fn say(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing into a string can't fail.
        let _ = self.text.write_fmt(what);
    }
}
