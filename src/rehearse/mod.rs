//! The afternoon before: the whole plan with nothing behind it, and faults on demand.
//!
//! For: what a rehearsal plays in place of the outside. Steps take their time and print what is expected of them, metrics move
//! within the runbook's own limits, and a [`Scenario`] says what goes wrong. A [`Commander`] decides where no person does.
//! May not touch: any script, request or address. There is no way out of here: nothing in this folder can reach one.
//! Start reading at [`drive`], which plays a whole rehearsal as fast as it can be reckoned.

mod commander;
mod demand;
mod drive;
mod numbers;
mod play;
mod scenario;
mod scenario_file;

pub use commander::Commander;
pub use drive::{Rehearsed, begins, drive};
pub use play::{OnDemand, Play, Tried};
pub use scenario::{Becomes, Fault, Pick, PickStep, Scenario, What, When};
pub use scenario_file::{ScenarioError, Wrong, builtin, builtins, read};

#[cfg(test)]
mod tests;
