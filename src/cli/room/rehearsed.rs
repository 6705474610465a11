//! A room that is a rehearsal: what stands in for its outside, and what a person at the screen makes go wrong in it.

use anyhow::Context;

use crate::engine::actor::Breaker;
use crate::link::Fault;
use crate::rehearse::{self, Becomes, Pick, PickStep, Play, What};
use crate::room::State;
use crate::room::event::Mode;

/// Of the numbers that a rehearsal plays: the same ones each time.
pub(in crate::cli) const SEED: u64 = 7;

/// What stands in for the outside, in a rehearsal. One whose journal does not say how it is played is not gone on with: it
/// must never be taken for a deployment.
pub(super) fn play(state: &State) -> anyhow::Result<Option<Play>> {
    match (state.mode(), &state.opened.rehearsal) {
        (Mode::Live | Mode::Demo, _) => Ok(None),
        (Mode::Rehearsal, None) => anyhow::bail!("this is a rehearsal, and its journal does not say by which scenario"),
        (Mode::Rehearsal, Some(rehearsal)) => {
            let scenario = rehearse::read(&rehearsal.scenario, &rehearsal.text, &state.runbook)
                .context("the scenario can't be used with this runbook")?;
            Ok(Some(Play::of(&state.runbook, scenario, SEED)))
        }
    }
}

/// Makes what is played go wrong, or right again.
pub(super) fn breaker(play: &Play) -> Breaker {
    let on_demand = play.on_demand();
    Box::new(move |fault| on_demand.set(played(fault)))
}

fn played(fault: Fault) -> Vec<What> {
    match fault {
        // What only the demo's own target can have is nothing here.
        Fault::None | Fault::Latency | Fault::Errors | Fault::Memory | Fault::Hang => Vec::new(),
        Fault::Triggers => vec![What::Trigger(Pick::All)],
        Fault::Critical => vec![What::Metric(Pick::All, Becomes::Critical)],
        Fault::Missing => vec![What::Metric(Pick::All, Becomes::Missing)],
        Fault::Down => vec![What::SourceDown(Pick::All)],
        Fault::StepsFail => vec![What::StepFails(PickStep::All)],
        Fault::StepsHang => vec![What::StepHangs(PickStep::All)],
    }
}
