//! Placeholder.

pub mod storage;
pub mod writer;
