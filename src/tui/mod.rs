//! Placeholder.

pub mod theme;
