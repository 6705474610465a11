//! The plan as written: YAML text in, a checked [`Runbook`] or all its problems out.
//!
//! For: reading the runbook file, pointing at what is wrong in it, filling in its variables.
//! May not touch: the disk, the clock, the room. Text comes in as a string.
//! Start reading at [`load`], then `model`.

mod check;
mod clash;
mod criterion;
mod file;
mod fill;
pub mod lint;
mod load;
pub mod model;
mod names;
mod needs;
mod notes;
pub mod problem;
mod quantity;
mod resolve;
mod source;
mod span;
pub mod template;
#[cfg(test)]
mod tests;
pub mod words;
mod written;

pub use load::{glance, load};
pub use model::Runbook;
pub use problem::{Problem, Problems};
pub use resolve::{Question, questions, resolve};
