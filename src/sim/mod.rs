//! The whole room in a world made by chance, the same for the same seed.
//!
//! For: finding what breaks a promise, and playing it again, byte for byte (`warroom sim --seed N --verbose`). The room is the real one: its engine, its
//! journal, its resuming. What it stands on is made up: the clock, the disk, the children, the net and the people.
//! May not touch: screens and sockets.
//! Start reading at [`run`], then `laws` (what must hold), `play` (what happens) and `life` (one process of the room).

mod children;
mod laws;
mod life;
mod moves;
mod people;
mod play;
mod world;

use std::fmt;

/// How a seed went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub seed: u64,
    /// Processes that the room has had, one after the other.
    pub lives: u32,
    pub records: u64,
    /// Children that were started.
    pub children: usize,
    /// The hash that the journal ends with: the same for the same seed.
    pub anchor: String,
    /// How the deployment stands at the end.
    pub stage: String,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, lives, records, children, anchor, stage } = self;
        write!(f, "seed {seed}: {records} records in {lives} lives, {children} children, {stage}; anchor {anchor}")
    }
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}, life {life}, after record {seq}: {what}\nsee it again: warroom sim --seed {seed} --verbose")]
pub struct Broken {
    pub seed: u64,
    pub life: u32,
    pub seq: u64,
    pub what: String,
}

/// Who hears each move, and each record as it is shown.
pub type Tell<'a> = Option<&'a mut dyn FnMut(&str)>;

/// Plays one seed to its end.
pub fn run(seed: u64, tell: Tell<'_>) -> Result<Summary, Broken> {
    play::Play::of(seed, tell).through()
}
