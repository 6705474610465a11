//! The rows.

use super::Key;

pub const KEYS: &[Key] = &[];
