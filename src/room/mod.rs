//! The room: one run of one runbook, as a fold over events.
//!
//! For: deciding what an action means, what follows by itself, and what the state is after an event.
//! May not touch: the clock, files, sockets, tasks, randomness, colours. Time arrives as `now`.
//! Start reading at [`decide`], then [`apply`], then [`follow`] (what time and evidence bring about) and
//! [`effects`] (what the engine has to do about an event).
#![deny(clippy::wildcard_enum_match_arm)]

pub mod action;
pub mod advice;
pub mod alarm;
pub mod baseline;
pub mod effect;
pub mod event;
mod evidence;
pub mod log;
mod opened;
pub mod order;
pub mod people;
mod roles;
pub mod say;
pub mod schedule;
pub mod snapshot;
pub mod standstill;
pub mod state;
pub mod stuck;
pub mod trouble;
pub mod watch;
mod word;

mod apply;
pub mod decide;
pub mod follow;

pub use action::{Action, Refusal};
pub use apply::apply;
pub use decide::{Asked, decide};
pub use effect::{Effect, effects};
pub use event::{Event, Record};
pub use follow::follow;
pub use state::State;
