//! A script's child from start to end.

use std::future::pending;

use crate::engine::Outside;
use crate::engine::clock::Clock;
use crate::engine::spawn::{Child, Exit, Heard, Survivor};
use crate::engine::steps::environment::prepare;
use crate::engine::steps::expect::Watcher;
use crate::engine::steps::report::Reporter;
use crate::engine::steps::{Cancelled, Job};
use crate::room::event::{Done, Failure};
use crate::runbook::model::Expect;
use crate::time::{Moment, Span};

/// How long output is still read after the exit when something else holds it open.
const DRAIN: Span = Span(500);

/// How often it is looked whether the descendants of a stopped step have gone.
const LOOK: Span = Span(50);

/// How long the end of a killed child is waited for.
const KILLED: Span = Span(2_000);

pub(super) async fn run(job: &Job, outside: &Outside, reporter: &mut Reporter, cancelled: Cancelled) -> Result<Done, Failure> {
    let launch = prepare(job).map_err(|what| Failure::Broken { what })?;
    let program = launch.program.to_string_lossy().into_owned();
    let spawned = outside.spawner.spawn(launch);
    let child = spawned.map_err(|error| Failure::Broken { what: format!("{program} could not be started: {error}") })?;
    tracing::info!("{} runs as process {}", job.step.id, child.pid());
    let clock = outside.clock.as_ref();
    let mut running =
        Running { child, clock, reporter, watcher: Watcher::new(&job.step.expect, "the output"), exit: None, closed: false };
    let timeout = job.step.timeout;
    let result = match running.until_exit(cancelled, timeout.map(|timeout| clock.now() + timeout)).await {
        Course::Exited(exit) => {
            running.drain(clock.now() + DRAIN).await;
            judge(exit, &job.step.expect, &running.watcher, running.closed)
        }
        Course::Asked => {
            running.stop(job.step.grace, "asked to stop").await;
            Err(Failure::Cancelled)
        }
        Course::Late => {
            let after = timeout.unwrap_or_default();
            running.stop(job.step.grace, &format!("not done after {after}")).await;
            Err(Failure::TimedOut { after })
        }
    };
    running.leave().await;
    result
}

/// How the first part of a child's life ends.
enum Course {
    Exited(Exit),
    Asked,
    Late,
}

struct Running<'a> {
    child: Box<dyn Child>,
    clock: &'a dyn Clock,
    reporter: &'a mut Reporter,
    watcher: Watcher,
    exit: Option<Exit>,
    closed: bool,
}

impl Running<'_> {
    async fn until_exit(&mut self, mut cancelled: Cancelled, deadline: Option<Moment>) -> Course {
        loop {
            if let Some(exit) = self.exit {
                return Course::Exited(exit);
            }
            tokio::select! {
                biased;
                () = cancelled.asked() => return Course::Asked,
                () = until(self.clock, deadline) => return Course::Late,
                () = until(self.clock, self.reporter.due()) => self.reporter.flush(self.clock),
                heard = self.child.heard() => self.take(heard).await,
            }
        }
    }

    /// Reads what is still in the pipe.
    async fn drain(&mut self, deadline: Moment) {
        while !self.closed {
            tokio::select! {
                biased;
                () = self.clock.sleep_until(deadline) => return,
                () = until(self.clock, self.reporter.due()) => self.reporter.flush(self.clock),
                heard = self.child.heard() => self.take(heard).await,
            }
        }
    }

    /// TERM, the grace, KILL. It is over when nothing of the child runs any more, or nothing more can be done.
    async fn stop(&mut self, grace: Span, why: &str) {
        self.reporter.say(&format!("warroom: {why}: TERM sent, KILL follows after {grace}")).await;
        if let Err(error) = self.child.terminate() {
            self.reporter.say(&format!("warroom: TERM could not be sent: {error}")).await;
        }
        if !self.gone_by(self.clock.now() + grace).await {
            self.reporter.say("warroom: still running: KILL sent").await;
            let survivors = self.child.kill().await;
            if !survivors.is_empty() {
                self.reporter.say(&format!("warroom: could not be killed: {}", names(&survivors))).await;
            }
            self.gone_by(self.clock.now() + KILLED).await;
        }
        self.drain(self.clock.now() + DRAIN).await;
    }

    /// Whether the child and all that it started have ended by `deadline`.
    async fn gone_by(&mut self, deadline: Moment) -> bool {
        loop {
            if self.exit.is_some() && self.child.descendants().is_empty() {
                return true;
            }
            let now = self.clock.now();
            if now >= deadline {
                return false;
            }
            // The child's own end is heard of; that of its descendants has to be looked for.
            let look = self.exit.is_some().then(|| (now + LOOK).min(deadline));
            tokio::select! {
                biased;
                () = until(self.clock, Some(look.unwrap_or(deadline))) => {}
                () = until(self.clock, self.reporter.due()) => self.reporter.flush(self.clock),
                heard = self.child.heard() => self.take(heard).await,
            }
        }
    }

    async fn take(&mut self, heard: Heard) {
        match heard {
            Heard::Output(bytes) => {
                self.watcher.push(&bytes);
                self.reporter.print(&bytes, self.clock.now()).await;
                self.reporter.flush(self.clock);
            }
            Heard::Closed => self.closed = true,
            Heard::Exited(exit) => self.exit = Some(exit),
        }
    }

    /// What goes on holding the output open is named, and read on, so that it does not break when it prints.
    async fn leave(self) {
        if self.closed {
            return;
        }
        self.reporter.close().await;
        let holders = self.child.descendants();
        let by = if holders.is_empty() { String::new() } else { format!(" by {}", names(&holders)) };
        self.reporter.say(&format!("warroom: the output is still held open{by}; what it prints from here on is not kept")).await;
        let mut child = self.child;
        tokio::spawn(async move { while child.heard().await != Heard::Closed {} });
    }
}

/// `whole` says that all of the output was read.
fn judge(exit: Exit, expect: &Expect, watcher: &Watcher, whole: bool) -> Result<Done, Failure> {
    let unmet = |what: String| Err(Failure::Unmet { what });
    match (exit, expect.exit) {
        (Exit::Signal(signal), _) => Err(Failure::Signal { signal }),
        (Exit::Code(0), Some(wanted)) if wanted != 0 => unmet(format!("exit code {wanted} was expected, and it was 0")),
        (Exit::Code(code), wanted) if code != wanted.unwrap_or(0) => Err(Failure::Exit { code }),
        (Exit::Code(code), _) => match watcher.unmet() {
            Some(what) => unmet(what),
            // A text that was found stays found; what was not seen may still have been on its way.
            None if !whole && (!expect.absent.is_empty() || !expect.json.is_empty() || !expect.matches.is_empty()) => {
                unmet("the output could not be read to its end, so nothing can be said to be absent".to_owned())
            }
            None => Ok(Done::Exit { code }),
        },
    }
}

fn names(survivors: &[Survivor]) -> String {
    const NAMED: usize = 5;
    let named: Vec<_> = survivors.iter().take(NAMED).map(ToString::to_string).collect();
    let more = survivors.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}

async fn until(clock: &dyn Clock, at: Option<Moment>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => pending().await,
    }
}
