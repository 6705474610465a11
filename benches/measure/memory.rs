//! How much memory a scrape takes at its worst, by the peak that the system knows of.

use std::fs;

use warroom::room::event::{Event, Outcome};

use crate::polls::{outcome, outside, pollers_of, runtime};
use crate::target::Targets;

/// The most memory that was held since the last time this was asked, and what is held now, in kB.
fn peak() -> (i64, i64) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| -> i64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let found = (of("VmHWM:"), of("VmRSS:"));
    fs::write("/proc/self/clear_refs", "5").unwrap();
    found
}

pub(crate) fn measure() {
    let targets = Targets::start(1);
    let (runtime, outside) = (runtime(), outside());
    let poll = |path: &str, query: &str| {
        let url = format!("http://127.0.0.1:{}/{path}", targets.ports[0]);
        let mut poller = pollers_of(&[url], query, "60s").remove(0);
        let (_, before) = peak();
        let told = outcome(&runtime.block_on(poller.poll(&outside)));
        let (most, _) = peak();
        ((most - before) as f64 / 1_024.0, told)
    };
    // The first poll makes the client and its buffers.
    poll("metrics", "sum(requests_total)");
    let (large, told) = poll("large", "sum(service_requests_0100_total)");
    println!("50 MB streamed         {large:.1} MB more at its peak (wanted: 2 at most); {told}");
    let (million, told) = poll("million", "sum(requests_total)");
    println!("a million series       {million:.1} MB more at its peak; {told}");
    let (all, told) = together(&targets);
    println!("eight large ones and a million series, at once  {all:.1} MB more at their peak; {told} answered");
}

/// Nine sources of which each alone is a burden, polled at the same time. Each keeps to its own bounds.
fn together(targets: &Targets) -> (f64, usize) {
    let (runtime, outside) = (runtime(), outside());
    let url = |path: &str| format!("http://127.0.0.1:{}/{path}", targets.ports[0]);
    let mut pollers = pollers_of(&vec![url("large"); 8], "sum(service_requests_0100_total)", "60s");
    pollers.extend(pollers_of(&[url("million")], "sum(requests_total)", "60s"));
    let (_, before) = peak();
    let events = runtime.block_on(futures_util::future::join_all(pollers.iter_mut().map(|poller| poller.poll(&outside))));
    let (most, _) = peak();
    let up = |event: &&Event| matches!(event, Event::SourcePolled { outcome: Outcome::Up { .. }, .. });
    ((most - before) as f64 / 1_024.0, events.iter().filter(up).count())
}
