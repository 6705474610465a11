//! From a key to its paint, while a step prints 100,000 lines a second.

use std::time::Duration;

use crate::terminal::{Terminal, warroom};
use crate::{millis, quantile};

const KEYS: usize = 200;

const RUNBOOK: &str = "\
warroom: 1
title: Flood
phases:
  - title: Flood
    steps:
      - title: Print 100,000 lines a second
        run: 'while :; do seq -f \"line %.0f of a deployment that has much to say\" 10000; sleep 0.1; done'
        timeout: 10m
";

pub(crate) fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flood.yaml");
    std::fs::write(&file, RUNBOOK).unwrap();
    let mut terminal = Terminal::start(warroom(), &["run", file.to_str().unwrap()]);
    terminal.wait_for("Print 100,000");
    terminal.begin_and_run("of a deployment that");
    terminal.watch(Duration::from_secs(1));
    let mut times = Vec::new();
    for key in 0..KEYS {
        let to_output = key % 2 == 0;
        // Not in step with frames and batches.
        terminal.watch(Duration::from_millis(20 + (key as u64 * 7) % 31));
        let pressed = terminal.press(if to_output { "o" } else { "l" });
        let painted = terminal.wait("the other screen", |screen| screen.contains(" OUTPUT  ") == to_output);
        times.push(painted - pressed);
    }
    times.sort_unstable();
    let [half, most, all] = [0.5, 0.99, 1.0].map(|share| millis(quantile(&times, share)));
    println!("keypress  p50 {half:.1} ms, p99 {most:.1} ms, longest {all:.1} ms, while 100,000 lines/s are printed");
}
