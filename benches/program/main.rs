//! What the built program costs where it is felt, measured from outside: in a terminal, with targets that answer.
//!
//! ```text
//! cargo bench --bench program              all of it, some two minutes
//! cargo bench --bench program -- idle      one of: paint, keypress, idle, crowd
//! WARROOM=/old/warroom cargo bench …       another build of it, to compare
//! ```

// What is measured here is real time in a real process: none of the seams is in between.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the machine's clock and starts the program itself")]
#![expect(clippy::print_stdout, reason = "its figures are all it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement that can't be made ends with the reason")]

mod bare;
mod crowd;
mod idle;
mod keypress;
mod paint;
mod target;
mod terminal;

use std::time::Duration;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|arg| arg == bare::ARG) {
        return bare::run();
    }
    let wanted = |name: &str| args.is_empty() || args.iter().any(|arg| arg == name);
    if wanted("paint") {
        paint::measure();
    }
    if wanted("keypress") {
        keypress::measure();
    }
    if wanted("crowd") {
        crowd::measure();
    }
    if wanted("idle") {
        idle::measure(5);
        idle::measure(1);
    }
}

/// The value below which this share of them lies.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted[(last as f64 * share).round() as usize]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
