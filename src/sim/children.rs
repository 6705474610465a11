//! Children of the simulated host: they live as chance says, whatever becomes of the room that began them.
//!
//! What really became of each is known here, so that what the room says of it can be held against it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{self, BoxFuture};

use crate::engine::clock::{Clock, VirtualClock};
use crate::engine::hold::{Ended, Held, Keeping, Layout, News, Printed, Unheld};
use crate::engine::spawn::{Child, Exit, Launch, Spawner, Survivor};
use crate::journal::storage::SimStorage;
use crate::journal::storage::sim::Dice;
use crate::time::{Moment, Span};

/// All that were ever started on this host.
#[derive(Debug)]
pub(super) struct Children {
    clock: Arc<VirtualClock>,
    seed: u64,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    children: BTreeMap<PathBuf, One>,
    broken: Vec<String>,
}

/// One attempt.
#[derive(Clone, Debug)]
struct One {
    step: String,
    attempt: u32,
    prints: Vec<(Moment, String)>,
    ends: Moment,
    exit: Exit,
    ignores_term: bool,
    /// The host went down, and how it ended was not yet on disk.
    forgotten: bool,
}

impl One {
    /// Everything it has printed by `now`.
    fn output(&self, now: Moment) -> String {
        let by = now.min(self.ends);
        self.prints.iter().filter(|(at, _)| *at <= by).map(|(_, text)| text.as_str()).collect()
    }

    fn stop(&mut self, now: Moment, signal: i32) {
        if now < self.ends {
            (self.ends, self.exit) = (now, Exit::Signal(signal));
        }
    }
}

/// What became of an attempt, as only the simulation knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    NeverBegun,
    Runs,
    Ended {
        exit: Exit,
        lines: u64,
    },
    /// Nobody can know.
    Forgotten,
}

impl Children {
    pub(super) fn new(seed: u64, clock: Arc<VirtualClock>) -> Self {
        Self { clock, seed, known: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().children.len()
    }

    /// Each attempt that was begun.
    pub(super) fn begun(&self) -> Vec<(String, u32)> {
        self.lock().children.values().map(|one| (one.step.clone(), one.attempt)).collect()
    }

    /// The first thing that must not have happened.
    pub(super) fn broken(&self) -> Option<String> {
        self.lock().broken.first().cloned()
    }

    pub(super) fn fate(&self, step: &str, attempt: u32) -> Fate {
        let now = self.clock.now();
        let known = self.lock();
        match known.children.values().find(|one| one.step == step && one.attempt == attempt) {
            None => Fate::NeverBegun,
            Some(one) if one.forgotten => Fate::Forgotten,
            Some(one) if now < one.ends => Fate::Runs,
            Some(one) => Fate::Ended { exit: one.exit, lines: one.output(now).lines().count() as u64 },
        }
    }

    /// Whether it printed something at that moment.
    pub(super) fn printed_at(&self, step: &str, attempt: u32, at: Moment) -> bool {
        let known = self.lock();
        let mut ones = known.children.values().filter(|one| one.step == step && one.attempt == attempt);
        ones.any(|one| one.prints.iter().any(|(printed, _)| *printed == at))
    }

    /// When it ended, or will by itself.
    pub(super) fn ended(&self, step: &str, attempt: u32) -> Option<Moment> {
        let known = self.lock();
        known.children.values().find(|one| one.step == step && one.attempt == attempt).map(|one| one.ends)
    }

    /// The host goes down, and all that runs with it. What had ended may be known afterwards.
    pub(super) fn power_lost(&self, dice: &mut Dice) {
        let now = self.clock.now();
        for one in self.lock().children.values_mut() {
            one.forgotten |= now < one.ends || dice.roll(2) == 0;
            one.stop(now, 9);
        }
    }

    /// An attempt is begun that ends at once.
    #[cfg(test)]
    pub(super) fn begins(&self, step: &str, attempt: u32) {
        let (now, exit) = (self.clock.now(), Exit::Code(0));
        let one =
            One { step: step.to_owned(), attempt, prints: Vec::new(), ends: now, exit, ignores_term: false, forgotten: false };
        self.lock().children.insert(PathBuf::from(step), one);
    }

    fn begin(&self, launch: &Launch, folder: PathBuf, powered: bool) -> Result<(), String> {
        let env = |wanted: &str| launch.env.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.to_string_lossy());
        let step = env("WARROOM_STEP").unwrap_or_default().into_owned();
        let attempt: u32 = env("WARROOM_ATTEMPT").and_then(|text| text.parse().ok()).unwrap_or_default();
        let now = self.clock.now();
        let mut known = self.lock();
        let other = known.children.values().find(|one| now < one.ends).map(|one| one.step.clone());
        let twice = known.children.values().any(|one| one.step == step && one.attempt == attempt);
        if twice {
            known.broken.push(format!("{step} attempt {attempt} was begun twice"));
        }
        if let Some(other) = other {
            known.broken.push(format!("{step} was begun while {other} ran"));
        }
        if !powered {
            known.broken.push(format!("{step} was begun by a room that had gone"));
        }
        let one = self.chance(step, attempt, now)?;
        known.children.insert(folder, one);
        Ok(())
    }

    /// What an attempt does, by the seed.
    fn chance(&self, step: String, attempt: u32, now: Moment) -> Result<One, String> {
        let name = step.bytes().fold(self.seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let mut dice = Dice(name.wrapping_mul(31).wrapping_add(u64::from(attempt)));
        if dice.roll(16) == 0 {
            return Err("no such program".to_owned());
        }
        let takes: i64 = [0, 40, 900, 900, 4_000, 4_000, 11_000, 30_000][dice.roll(8)];
        let print = |line: usize, dice: &mut Dice| {
            let after = Span(takes * i64::from(dice.roll(101) as u32) / 100);
            (now + after, format!("{step} {attempt} says {line}\n"))
        };
        let mut prints: Vec<_> = (0..dice.roll(6)).map(|line| print(line, &mut dice)).collect();
        prints.sort();
        let exit = Exit::Code(i32::from(dice.roll(8) == 0));
        let ignores_term = dice.roll(5) == 0;
        Ok(One { step, attempt, prints, ends: now + Span(takes), exit, ignores_term, forgotten: false })
    }
}

/// How one process of the room reaches them. When the power is gone, or the process, it reaches nobody.
#[derive(Debug)]
pub(super) struct SimSpawner {
    pub(super) children: Arc<Children>,
    pub(super) disk: SimStorage,
}

impl SimSpawner {
    fn held(&self, folder: PathBuf, from: u64) -> Box<dyn Held> {
        let (children, disk) = (Arc::clone(&self.children), self.disk.clone());
        Box::new(SimHeld { children, disk, folder, told: from as usize, over: false })
    }
}

impl Spawner for SimSpawner {
    fn spawn(&self, _: Launch) -> io::Result<Box<dyn Child>> {
        Err(io::Error::other("the simulated host has no children that are nobody's"))
    }

    fn hold(&self, launch: Launch, keeping: Keeping) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        let begun = self.children.begin(&launch, keeping.folder.clone(), !self.disk.has_crashed());
        let held = begun.map(|()| self.held(keeping.folder, 0)).map_err(Unheld::NeverStarted);
        Box::pin(future::ready(held))
    }

    fn adopt(&self, keeping: Keeping, from: u64) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        let forgotten = self.children.lock().children.get(&keeping.folder).map(|one| one.forgotten);
        let found = match forgotten {
            None => Err(Unheld::NeverStarted("nothing was begun".to_owned())),
            Some(true) => Err(Unheld::Unknown("the host went down".to_owned())),
            Some(false) => Ok(self.held(keeping.folder, from)),
        };
        Box::pin(future::ready(found))
    }
}

#[derive(Debug)]
struct SimHeld {
    children: Arc<Children>,
    disk: SimStorage,
    folder: PathBuf,
    /// Bytes of its output that were handed on.
    told: usize,
    over: bool,
}

/// What there is to be heard of a child.
enum Next {
    Now(News),
    At(Moment),
}

impl SimHeld {
    fn next(&self) -> Option<Next> {
        let now = self.children.clock.now();
        let known = self.children.lock();
        let one = known.children.get(&self.folder).filter(|_| !self.over)?;
        let output = one.output(now);
        if let Some(new) = output.as_bytes().get(self.told..).filter(|new| !new.is_empty()) {
            return Some(Next::Now(News::Output(new.to_vec())));
        }
        if now < one.ends {
            let print = one.prints.iter().map(|(at, _)| *at).find(|at| *at > now);
            return Some(Next::At(print.map_or(one.ends, |at| at.min(one.ends))));
        }
        let (bytes, layout) = (output.len() as u64, Layout::default());
        let (sha256, holders) = (String::new(), Vec::new());
        let ended = Ended {
            exit: one.exit,
            printed: None,
            at: Some(one.ends + (self.children.clock.wall() - now)),
            whole: true,
            unmet: None,
            holders,
            bytes,
            sha256,
            layout,
            unkept: None,
            captured: BTreeMap::new(),
        };
        Some(Next::Now(News::Over(Box::new(ended))))
    }

    fn stop(&self, signal: i32) {
        if self.disk.has_crashed() {
            return;
        }
        let now = self.children.clock.now();
        if let Some(one) = self.children.lock().children.get_mut(&self.folder)
            && (signal == 9 || !one.ignores_term)
        {
            one.stop(now, signal);
        }
    }
}

impl Held for SimHeld {
    fn pid(&self) -> u32 {
        1
    }

    fn has_ended(&self) -> bool {
        let known = self.children.lock();
        known.children.get(&self.folder).is_some_and(|one| one.ends <= self.children.clock.now())
    }

    fn printed_before(&self) -> Option<Printed> {
        let (now, ahead) = (self.children.clock.now(), self.children.clock.wall() - self.children.clock.now());
        let known = self.children.lock();
        let one = known.children.get(&self.folder)?;
        let last = one.prints.iter().map(|(at, _)| *at).rfind(|at| *at <= now.min(one.ends))?;
        Some(Printed { bytes: one.output(now).len() as u64, at: last + ahead })
    }

    fn heard(&mut self) -> BoxFuture<'_, News> {
        Box::pin(async move {
            loop {
                match self.next() {
                    None => return future::pending().await,
                    Some(Next::At(at)) => self.children.clock.sleep_until(at).await,
                    Some(Next::Now(news)) => {
                        match &news {
                            News::Output(bytes) => self.told += bytes.len(),
                            News::Over(_) | News::Lost(_) => self.over = true,
                            News::Gap { .. } => {}
                        }
                        return news;
                    }
                }
            }
        })
    }

    fn terminate(&mut self) -> BoxFuture<'_, io::Result<()>> {
        self.stop(15);
        Box::pin(future::ready(Ok(())))
    }

    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>> {
        self.stop(9);
        Box::pin(future::ready(Vec::new()))
    }

    fn running(&self) -> Vec<Survivor> {
        let now = self.children.clock.now();
        let known = self.children.lock();
        let running = known.children.get(&self.folder).filter(|one| now < one.ends);
        running.map(|one| Survivor { pid: 1, name: one.step.clone() }).into_iter().collect()
    }
}
