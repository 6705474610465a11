//! The spawner seam: children that a step starts.
//!
//! For: starting a program in a session of its own, hearing what it prints and how it ends, and stopping all of it.
//! May not touch: what the output means, the room, the clock other than through its seam.
//! Start reading at [`Spawner`]; `system` starts real children, `fake` plays scripted ones.

mod fake;
mod session;
mod system;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::engine::hold::{Held, Keeping, Unheld};

pub use fake::{FakeSpawner, Play};
pub(super) use session::{Member, descendants, started};
pub use system::{SystemSpawner, exec_in_new_session};

pub trait Spawner: Send + Sync + fmt::Debug + 'static {
    /// Starts a child that is nobody's when this process ends.
    fn spawn(&self, launch: Launch) -> io::Result<Box<dyn Child>>;

    /// Starts a child whose output and exit are kept whatever becomes of this process.
    fn hold(&self, launch: Launch, keeping: Keeping) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>>;

    /// Finds again what an earlier process held by this, and hears its output from that byte on.
    fn adopt(&self, keeping: Keeping, from: u64) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>>;
}

/// What to start. Standard input is empty, there is no terminal, and nothing is inherited but what is named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub program: OsString,
    pub args: Vec<OsString>,
    /// The whole environment.
    pub env: Vec<(OsString, OsString)>,
    pub dir: Option<PathBuf>,
}

/// A running child with everything it has started.
pub trait Child: Send + fmt::Debug {
    fn pid(&self) -> u32;

    /// The next thing that happens to it. Nothing is lost when the wait is given up halfway.
    /// After both `Exited` and `Closed` were heard it waits for ever.
    fn heard(&mut self) -> BoxFuture<'_, Heard>;

    /// Asks the child and its process group to end (TERM).
    fn terminate(&mut self) -> io::Result<()>;

    /// Ends everything in its session (KILL), as often as it takes, and names what would not go.
    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>>;

    /// What still runs in its session besides itself.
    fn descendants(&self) -> Vec<Survivor>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Bytes of standard output and error, in the order they were written.
    Output(Vec<u8>),
    /// Nobody holds the output open any more.
    Closed,
    Exited(Exit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    Code(i32),
    Signal(i32),
}

/// A process that outlived its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivor {
    pub pid: u32,
    pub name: String,
}

/// `sleep (pid 4711)`
impl fmt::Display for Survivor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}
