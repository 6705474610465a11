//! A disk in memory that crashes, tears and fails where it is told to.

/// Clones share one disk.
#[derive(Clone, Debug, Default)]
pub struct SimStorage;
