//! What is on the screen: one file for each thing one can point at.
//!
//! For: drawing the scene. Every pane is `draw(frame, area, scene)`, works at any size and knows what it gives up first.
//! May not touch: anything it is lent; the clock; the terminal. Start reading at [`main_screen`].

pub mod alert;
pub mod checklist;
mod columns;
mod decision;
pub mod details;
pub mod gate;
pub mod gauge;
pub mod guides;
pub mod header;
pub mod log;
pub mod main_screen;
pub mod messages;
pub mod metrics;
pub mod next;
pub mod output;
pub mod steps;
pub mod timeline;

mod chart;
pub(in crate::tui) mod kit;
mod prose;
mod search;
mod then;
mod words;

#[cfg(test)]
mod tests;
