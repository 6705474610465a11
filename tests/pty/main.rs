//! The built program in a real terminal: what a person types, and what that person sees.

mod harness;
mod terminal;
