//! The engine: the only place that waits, spawns, polls or asks the clock.
//!
//! For: the rim around the room. Four seams let a test or a simulation stand in for the outside:
//! [`clock`], [`spawn`], [`net`], and the journal's `storage`.
//! May not touch: the screen. What it learns becomes events; what they mean is the room's business.
//! Start reading at [`actor`].

pub mod actor;
mod begin;
pub mod clock;
mod closing;
mod hall;
pub mod hold;
mod late;
pub mod net;
pub mod poll;
pub mod resume;
pub mod spawn;
pub mod spool;
pub mod stand_in;
pub mod steps;
mod waiting;
pub mod writer;

use std::sync::Arc;

pub use actor::Engine;
pub use resume::resume;

/// The outside as the engine sees it; what runs steps and polls sources is handed one.
#[derive(Clone, Debug)]
pub struct Outside {
    pub clock: Arc<dyn clock::Clock>,
    pub spawner: Arc<dyn spawn::Spawner>,
    pub net: Arc<dyn net::Net>,
}
