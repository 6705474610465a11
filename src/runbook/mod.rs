//! The plan as written: YAML text in, a checked [`Runbook`] or all its problems out.
//!
//! For: reading the runbook file, pointing at what is wrong in it, filling in its variables.
//! May not touch: the disk, the clock, the room. Text comes in as a string.
//! Start reading at [`load`], then `model`.

pub mod model;
pub mod problem;
pub mod template;

pub use model::Runbook;
pub use problem::Problem;
