//! Steps that outlive the room: a small process of this program, the shim, holds each one.
//!
//! For: keeping a child's pipe open, its output and its exit, whatever becomes of the room that started it; and for finding
//! both again, or knowing for certain that nothing ran.
//! May not touch: the room, and in the shim itself the async runtime. What the output means is the step's business.
//! Start reading at [`shim`] (the process), then `client` (the room's side of it), then `record` (what is left on disk).
//!
//! Who may start an attempt is settled by one file, `claim.json`, which is made once and never changed. The shim writes it,
//! safe on disk, before the child may begin; a room that is taken up again writes it to say that nobody may begin any more.
//! Whoever comes second finds it. So there is no claim but the room's own only where nothing was run, and where nothing but
//! a claim of a shim is left, nobody knows: the step is lost.

mod adopt;
mod bounded;
mod client;
mod here;
mod keep;
mod record;
mod share;
mod shim;
mod tree;
mod wire;

use std::path::PathBuf;

use futures_util::future::BoxFuture;

pub use bounded::{Bounds, Layout};
pub use here::HeldHere;
pub use record::{Ended, Printed, boot_id};
pub use shim::{hold, pass_gate};

pub(super) use adopt::adopt;
pub(super) use client::launch;

use std::fmt;
use std::io;
use std::path::Path;

use crate::engine::spawn::Survivor;
use crate::engine::spool;
use crate::engine::steps::mask::Mask;
use crate::id::StepId;
use crate::runbook::model::{Capture, Expect};

/// How the output of a held child is kept, and where. It holds secrets, and so can't be printed.
#[derive(Clone)]
pub struct Keeping {
    /// A folder of this attempt's own, which nobody else may enter.
    pub folder: PathBuf,
    /// Where its output is kept.
    pub log: PathBuf,
    pub bounds: Bounds,
    pub mask: Mask,
    pub expect: Expect,
    pub capture: Vec<Capture>,
}

/// `<room folder>/held/<step>.<attempt>`
pub fn folder(room: &Path, step: &StepId, attempt: u32) -> PathBuf {
    room.join("held").join(format!("{}.{attempt}", spool::file_name(step)))
}

/// A child that somebody holds, so that its output and its exit are not lost with the room.
pub trait Held: Send + fmt::Debug {
    fn pid(&self) -> u32;

    /// Whether it had ended before it was found: all that is heard of it is over.
    fn has_ended(&self) -> bool {
        false
    }

    /// What it had printed when it was found again: so many bytes, and what the wall clock showed when the last of them came.
    fn printed_before(&self) -> Option<Printed> {
        None
    }

    /// The next thing that happens to it. Nothing is lost when the wait is given up halfway. After `Over` or `Lost` it waits
    /// for ever.
    fn heard(&mut self) -> BoxFuture<'_, News>;

    /// Asks the child and its process group to end (TERM).
    fn terminate(&mut self) -> BoxFuture<'_, io::Result<()>>;

    /// Ends everything that it has started (KILL), as often as it takes, and names what would not go.
    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>>;

    /// What runs of it: itself, and what it has started.
    fn running(&self) -> Vec<Survivor>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// What it printed, without secrets, in the order it was written.
    Output(Vec<u8>),
    /// Output that was printed while nobody read along, and was too much to be kept.
    Gap { bytes: u64, lines: u64 },
    /// It has ended, and so has its output as far as it counts.
    Over(Box<Ended>),
    /// Nobody can say any more what becomes of it, and why.
    Lost(String),
}

/// Why a child is not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unheld {
    /// For certain nothing was run, and nothing will be.
    NeverStarted(String),
    /// It may have run, and may still.
    Unknown(String),
}
