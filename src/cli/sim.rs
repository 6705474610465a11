//! `warroom sim`: seeds of the simulation, told move by move where that is asked for.

use crate::cli::{DONE, FAILED, out};
use crate::sim;

pub(super) fn sim(seed: u64, count: u64, verbose: bool) -> anyhow::Result<u8> {
    let mut code = DONE;
    for seed in seed..seed.saturating_add(count) {
        // A reader that is gone does not stop the play.
        let mut tell = |text: &str| drop(out::line(text));
        match sim::run(seed, verbose.then_some(&mut tell as &mut dyn FnMut(&str))) {
            Ok(summary) => out::line(&summary.to_string())?,
            Err(broken) => {
                code = FAILED;
                out::error(&broken.to_string());
            }
        }
    }
    Ok(code)
}
