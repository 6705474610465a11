//! What a room and its screen cost, two processes, while nobody touches them: eight targets are polled, and their eight
//! gauges move.

use std::fmt::Write;
use std::time::Duration;

use crate::target;
use crate::terminal::{Terminal, warroom};

const TARGETS: usize = 8;
const WATCHED: Duration = Duration::from_secs(30);

pub(crate) fn measure(every_seconds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idle.yaml");
    std::fs::write(&file, runbook(every_seconds)).unwrap();
    let mut terminal = Terminal::start(warroom(), &["run", file.to_str().unwrap()]);
    terminal.wait_for("METRICS");
    // Some minutes of samples would be better, and nobody would wait for them.
    terminal.watch(Duration::from_secs(3 * every_seconds));
    let family = terminal.family();
    let before = (terminal.written, cpu(&family), wakeups(&family));
    terminal.watch(WATCHED);
    let bytes = (terminal.written - before.0) as f64 / WATCHED.as_secs_f64();
    let cpu = cpu(&family).saturating_sub(before.1).as_secs_f64() / WATCHED.as_secs_f64();
    let wakeups = (wakeups(&family) - before.2) as f64 / WATCHED.as_secs_f64();
    println!(
        "idle      {TARGETS} targets every {every_seconds} s: {bytes:.0} bytes/s written, {:.2} % of a core, {wakeups:.0} wakeups/s",
        cpu * 100.0
    );
}

fn runbook(every_seconds: u64) -> String {
    let mut text = "warroom: 1\ntitle: Idle\nsources:\n".to_owned();
    for place in 0..TARGETS {
        let _ = writeln!(text, "  app{place}: {{ scrape: \"{}/metrics\", every: {every_seconds}s }}", target::start());
    }
    text.push_str("metrics:\n");
    for place in 0..TARGETS {
        let _ = writeln!(
            text,
            "  load{place}: {{ title: load {place}, unit: ms, source: app{place}, query: load, normal: < 170, warning: 170 .. 190, critical: \"> 190\" }}"
        );
    }
    text.push_str("phases:\n  - title: Wait\n    steps: [ { title: Wait, manual: Wait } ]\n");
    text
}

/// Time on a processor, of all threads that live.
fn cpu(family: &[u32]) -> Duration {
    let spent = |text: &String| text.split(' ').next()?.parse::<u64>().ok();
    Duration::from_nanos(threads(family, "schedstat").iter().filter_map(spent).sum())
}

fn wakeups(family: &[u32]) -> u64 {
    let waits =
        |text: &String| text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse::<u64>().ok());
    threads(family, "status").iter().filter_map(waits).sum::<u64>()
}

fn threads(family: &[u32], file: &str) -> Vec<String> {
    let folders = family.iter().filter_map(|pid| std::fs::read_dir(format!("/proc/{pid}/task")).ok()).flatten().flatten();
    folders.filter_map(|folder| std::fs::read_to_string(folder.path().join(file)).ok()).collect()
}
