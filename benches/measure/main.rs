//! What measuring costs, beside what it may cost: as ratios within one run, or as CPU time of this process alone.
//!
//! ```text
//! cargo bench --bench measure              all of it, about a minute
//! cargo bench --bench measure -- polls     one of: parse, gauges, polls, many, memory
//! ```
//!
//! The targets answer from a process of their own, so that their work is not counted.

#![expect(clippy::disallowed_methods, reason = "a measurement starts its own targets and reads the machine's clocks")]
#![expect(clippy::print_stdout, reason = "its figures are all it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement that can't be made ends with the reason")]

mod memory;
mod polls;
mod reading;
mod target;

use rustix::time::{ClockId, clock_gettime};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let Some(ports) = args.strip_prefix(&[target::ARG.to_owned()]) {
        return target::serve(ports[0].parse().unwrap());
    }
    let wanted = |name: &str| args.is_empty() || args.iter().any(|arg| arg == name);
    // Memory first: what was allocated before is room that is used again.
    if wanted("memory") {
        memory::measure();
    }
    if wanted("parse") {
        reading::parse();
    }
    if wanted("gauges") {
        reading::gauges();
    }
    if wanted("polls") {
        polls::one();
    }
    if wanted("many") {
        polls::many();
    }
}

/// The seconds of CPU that this process has taken so far.
fn spent() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// And those that it takes for `work`.
fn cpu(work: impl FnOnce()) -> f64 {
    let before = spent();
    work();
    spent() - before
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The median of `rounds` ratios of CPU time; each round does both, one after the other.
fn ratio(rounds: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> f64 {
    median((0..rounds).map(|_| cpu(&mut one) / cpu(&mut other)).collect())
}
