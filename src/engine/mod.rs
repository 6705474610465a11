//! The engine: the only place that waits, spawns, polls or asks the clock.
//!
//! For: the rim around the room. Four seams let a test or a simulation stand in for the outside:
//! [`clock`], [`spawn`], [`net`], and the journal's storage.
//! May not touch: the screen. What it learns becomes events; what they mean is the room's business.

pub mod clock;
pub mod net;
pub mod spawn;

pub mod storage;
pub mod writer;
