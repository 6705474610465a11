//! From the start of the process until the screen is there, beside a program that does nothing else.

use std::time::Duration;

use crate::terminal::{Terminal, warroom};
use crate::{bare, millis, quantile};

const RUNS: usize = 20;

pub(crate) fn measure() {
    let this = std::env::current_exe().unwrap();
    let (mut own, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bare.push(first(Terminal::start(&this, &[bare::ARG]), bare::TEXT));
        own.push(first(Terminal::start(warroom(), &["demo"]), "METRICS"));
    }
    own.sort_unstable();
    bare.sort_unstable();
    let (own, bare) = (quantile(&own, 0.5), quantile(&bare, 0.5));
    let ratio = own.as_secs_f64() / bare.as_secs_f64();
    println!("paint     first screen after {:.1} ms, bare ratatui {:.1} ms: {ratio:.2} times", millis(own), millis(bare));
}

fn first(mut terminal: Terminal, text: &str) -> Duration {
    let there = terminal.wait_for(text);
    there - terminal.started
}
