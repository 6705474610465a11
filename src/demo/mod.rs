//! The service that the newcomer may break, and the plan to deploy it with.
//!
//! For: `warroom demo`, which has nothing behind it but this: a real HTTP server on loopback whose numbers follow the
//! traffic weights and the fault it is told to have.
//! May not touch: the clock (it is handed in), the room, the screen, any address but loopback.
//! Start reading at [`Target`], then `answer`, then `traffic`.

mod answer;
mod exposition;
mod histogram;

mod slot;
mod target;
mod traffic;

pub use target::{Now, Target};
pub use traffic::{Recent, Traffic, Weights};

/// The runbook of the demo. Its variable `target` is the address at which [`Target`] answers.
pub const RUNBOOK: &str = include_str!("../../sample-runbooks/demo.yaml");

#[cfg(test)]
#[path = "runbook_tests.rs"]
mod tests;
