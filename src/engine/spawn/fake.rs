//! Children that do as a script says, for tests and simulation.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{self, BoxFuture};

use crate::engine::clock::Clock;
use crate::engine::hold::{Held, HeldHere, Keeping, Unheld};
use crate::engine::spawn::{Child, Exit, Heard, Launch, Spawner, Survivor};
use crate::time::{Moment, Span};

/// What a scripted child does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Play {
    /// What it prints, and how long after its start; in order of time.
    pub prints: Vec<(Span, String)>,
    pub exit: Exit,
    /// When it exits, after its start.
    pub takes: Span,
    pub ignores_term: bool,
    /// Why it can't even be started.
    pub broken: Option<String>,
}

impl Default for Play {
    fn default() -> Self {
        Self { prints: Vec::new(), exit: Exit::Code(0), takes: Span::ZERO, ignores_term: false, broken: None }
    }
}

/// Plays for each step (known by its `WARROOM_STEP`, a source by its `WARROOM_SOURCE`) what it was given; a step without a play succeeds at once.
#[derive(Debug)]
pub struct FakeSpawner {
    clock: Arc<dyn Clock>,
    plays: Mutex<HashMap<String, Play>>,
    launches: Mutex<Vec<Launch>>,
    /// What is found again, by the folder of the attempt; what is not here is unknown.
    left: Mutex<HashMap<PathBuf, Result<Play, Unheld>>>,
    pids: AtomicU32,
}

impl FakeSpawner {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, plays: Mutex::default(), launches: Mutex::default(), left: Mutex::default(), pids: AtomicU32::new(1_000) }
    }

    /// From now on `step` does this.
    pub fn plays(&self, step: &str, play: Play) {
        self.plays.lock().unwrap_or_else(PoisonError::into_inner).insert(step.to_owned(), play);
    }

    /// What an earlier room left of an attempt: a child that goes on as this play says, or none.
    pub fn left(&self, folder: PathBuf, what: Result<Play, Unheld>) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).insert(folder, what);
    }

    /// Everything that was started, in order.
    pub fn launches(&self) -> Vec<Launch> {
        self.launches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Spawner for FakeSpawner {
    fn spawn(&self, launch: Launch) -> io::Result<Box<dyn Child>> {
        let step = launch
            .env
            .iter()
            .find(|(name, _)| name == "WARROOM_STEP" || name == "WARROOM_SOURCE")
            .map(|(_, value)| value.to_string_lossy());
        let plays = self.plays.lock().unwrap_or_else(PoisonError::into_inner);
        let play = step.and_then(|step| plays.get(step.as_ref()).cloned()).unwrap_or_default();
        self.launches.lock().unwrap_or_else(PoisonError::into_inner).push(launch);
        if let Some(why) = play.broken {
            return Err(io::Error::other(why));
        }
        Ok(self.begin(play))
    }

    fn hold(&self, launch: Launch, keeping: Keeping) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        let held = self.spawn(launch).map(|child| self.held(child, &keeping));
        Box::pin(future::ready(held.map_err(|error| Unheld::NeverStarted(error.to_string()))))
    }

    fn adopt(&self, keeping: Keeping, _from: u64) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).remove(&keeping.folder);
        let unknown = || Err(Unheld::Unknown("nothing was left of it".to_owned()));
        let found = left.unwrap_or_else(unknown).map(|play| self.held(self.begin(play), &keeping));
        Box::pin(future::ready(found))
    }
}

impl FakeSpawner {
    fn held(&self, child: Box<dyn Child>, keeping: &Keeping) -> Box<dyn Held> {
        Box::new(HeldHere::new(child, keeping, Arc::clone(&self.clock)))
    }

    fn begin(&self, play: Play) -> Box<dyn Child> {
        let now = self.clock.now();
        Box::new(FakeChild {
            pid: self.pids.fetch_add(1, Ordering::Relaxed),
            clock: Arc::clone(&self.clock),
            prints: play.prints.into_iter().map(|(after, text)| (now + after, text)).collect::<Vec<_>>().into_iter(),
            printing: None,
            exit: Some((now + play.takes, play.exit)),
            ignores_term: play.ignores_term,
            closed: false,
        })
    }
}

#[derive(Debug)]
struct FakeChild {
    pid: u32,
    clock: Arc<dyn Clock>,
    prints: std::vec::IntoIter<(Moment, String)>,
    /// The print that is waited for; it stays here when the wait is given up.
    printing: Option<(Moment, String)>,
    exit: Option<(Moment, Exit)>,
    ignores_term: bool,
    closed: bool,
}

impl FakeChild {
    fn end_now(&mut self, signal: i32) {
        if self.exit.is_some() {
            self.exit = Some((self.clock.now(), Exit::Signal(signal)));
            (self.prints, self.printing) = (Vec::new().into_iter(), None);
        }
    }
}

impl Child for FakeChild {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn heard(&mut self) -> BoxFuture<'_, Heard> {
        Box::pin(async move {
            if self.printing.is_none() {
                self.printing = self.prints.next();
            }
            if let Some(at) = self.printing.as_ref().map(|(at, _)| *at) {
                self.clock.sleep_until(at).await;
                let text = self.printing.take().map(|(_, text)| text).unwrap_or_default();
                return Heard::Output(text.into_bytes());
            }
            if let Some((at, exit)) = self.exit {
                self.clock.sleep_until(at).await;
                self.exit = None;
                return Heard::Exited(exit);
            }
            if self.closed {
                return future::pending().await;
            }
            self.closed = true;
            Heard::Closed
        })
    }

    fn terminate(&mut self) -> io::Result<()> {
        if !self.ignores_term {
            self.end_now(15);
        }
        Ok(())
    }

    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>> {
        self.end_now(9);
        Box::pin(future::ready(Vec::new()))
    }

    fn descendants(&self) -> Vec<Survivor> {
        Vec::new()
    }
}
