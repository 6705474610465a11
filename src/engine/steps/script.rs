//! A script's child from start to end.

use std::future::pending;

use crate::engine::Outside;
use crate::engine::clock::Clock;
use crate::engine::hold::{self, Bounds, Ended, Held, Keeping, News, Unheld};
use crate::engine::spawn::{Exit, Survivor};
use crate::engine::spool;
use crate::engine::steps::environment::prepare;
use crate::engine::steps::report::Reporter;
use crate::engine::steps::{Before, Cancelled, Ending, Job, cancel};
use crate::room::event::{Done, Failure};
use crate::runbook::model::{self, Expect, StepKind};
use crate::time::{Moment, Span};

/// How often it is looked whether the descendants of a stopped step have gone.
const LOOK: Span = Span(50);

/// How long the end of a killed child is waited for, and that of its output.
const KILLED: Span = Span(2_000);

pub(super) async fn run(job: &Job, outside: &Outside, reporter: &mut Reporter, cancelled: Cancelled) -> Ending {
    let (found, what) = match &job.before {
        Some(before) => (outside.spawner.adopt(keeping(job), before.heard).await, "it".to_owned()),
        None => match prepare(job) {
            Ok(launch) => {
                let program = launch.program.to_string_lossy().into_owned();
                (outside.spawner.hold(launch, keeping(job)).await, program)
            }
            Err(what) => return Ending::Failed(Failure::Broken { what }),
        },
    };
    let held = match found {
        Ok(held) => held,
        Err(Unheld::NeverStarted(why)) => {
            return Ending::Failed(Failure::Broken { what: format!("{what} could not be started: {why}") });
        }
        Err(Unheld::Unknown(why)) => return Ending::Lost(why),
    };
    tracing::info!("{} runs as process {}", job.step.id, held.pid());
    let clock = outside.clock.as_ref();
    if let Some(before) = &job.before {
        // By room time, as far as wall clocks tell.
        let (now, wall) = (clock.now(), clock.wall());
        let by_room_time = |at: Moment| (now - (wall - at)).min(now).max(before.started);
        reporter.printed_before(held.printed_before().map(|printed| (printed.bytes, by_room_time(printed.at))));
    }
    let mut running = Running { held, clock, reporter, over: None, lost: None };
    if let Some(before) = job.before.filter(|_| running.held.has_ended()) {
        return running.ended_before(job, before).await;
    }
    // A step whose time ran out while no room was there has gone on, and is stopped by the one that finds it.
    let since = job.before.as_ref().map_or_else(|| clock.now(), |before| before.started);
    let watched = watched(&job.step.kind);
    let timeout = watched.or(job.step.timeout);
    match running.until_over(cancelled, timeout.map(|timeout| since + timeout)).await {
        Course::Over(ended) => running.over(job, ended).await,
        Course::Lost(why) => Ending::Lost(why),
        Course::Asked => {
            running.stop(job.step.grace, "asked to stop").await;
            stopped(job)
        }
        Course::Late if watched.is_some() => {
            let ended = running.stop(job.step.grace, "watched for long enough").await;
            running.watched(job, ended).await
        }
        Course::Late => {
            let after = timeout.unwrap_or_default();
            running.stop(job.step.grace, &format!("not done after {after}")).await;
            Ending::Failed(Failure::TimedOut { after })
        }
    }
}

/// How a step ends that was told to: what runs in the background is meant to.
fn stopped(job: &Job) -> Ending {
    if job.step.kind.background().is_some() { Ending::Done(Done::Stopped) } else { Ending::Failed(Failure::Cancelled) }
}

/// How long a step that is only looked at goes on.
fn watched(kind: &StepKind) -> Option<Span> {
    match kind {
        StepKind::Run { course: model::Course::Watch { span, .. }, .. } => Some(*span),
        StepKind::Run { .. }
        | StepKind::Manual { .. }
        | StepKind::Http(_)
        | StepKind::Wait { .. }
        | StepKind::Bake { .. }
        | StepKind::Until { .. }
        | StepKind::Message { .. }
        | StepKind::Choose { .. }
        | StepKind::Group => None,
    }
}

fn keeping(job: &Job) -> Keeping {
    let (room, step) = (&job.setting.folder, &job.step.id);
    Keeping {
        folder: hold::folder(room, step, job.attempt),
        log: spool::path(room, step, job.attempt),
        bounds: Bounds::default(),
        mask: job.setting.mask.clone(),
        expect: job.step.expect.clone(),
        capture: job.step.capture.clone(),
    }
}

/// How the first part of a child's life ends.
enum Course {
    Over(Box<Ended>),
    Lost(String),
    Asked,
    Late,
}

struct Running<'a> {
    held: Box<dyn Held>,
    clock: &'a dyn Clock,
    reporter: &'a mut Reporter,
    over: Option<Box<Ended>>,
    lost: Option<String>,
}

impl Running<'_> {
    async fn over(&mut self, job: &Job, ended: Box<Ended>) -> Ending {
        self.leave(&ended).await;
        let ending = judge(&ended, &job.step.expect);
        if matches!(ending, Ending::Done(_)) && !ended.captured.is_empty() {
            self.reporter.captured(ended.captured).await;
        }
        ending
    }

    /// What was watched for its time, and has been let go of: what it printed decides, since its exit code is that of the stop.
    async fn watched(&mut self, job: &Job, ended: Option<Box<Ended>>) -> Ending {
        let ending = judge_watched(ended.as_deref(), job);
        if let (Ending::Done(_), Some(ended)) = (&ending, ended)
            && !ended.captured.is_empty()
        {
            self.reporter.captured(ended.captured).await;
        }
        ending
    }

    /// What ended while no room was there: nothing of it can be stopped any more, and its time is that of its real end.
    async fn ended_before(&mut self, job: &Job, before: Before) -> Ending {
        self.reporter.is_late();
        let (_nobody, asks) = cancel();
        let ended = match self.until_over(asks, None).await {
            Course::Over(ended) => ended,
            Course::Lost(why) => return Ending::Lost(why),
            Course::Asked | Course::Late => return Ending::Lost("its end can't be read".to_owned()),
        };
        // By room time, as far as wall clocks tell.
        let now = self.clock.now();
        let at = ended.at.map(|wall| (now - (self.clock.wall() - wall)).min(now).max(before.started));
        if let Some(at) = at {
            self.reporter.ended_at(at);
        }
        let took = at.map(|at| at - before.started);
        let over = |span: Span| took.is_some_and(|took| took > span);
        match (watched(&job.step.kind), job.step.timeout) {
            _ if before.cancelled => {
                self.leave(&ended).await;
                stopped(job)
            }
            (Some(span), _) if over(span) => {
                self.leave(&ended).await;
                self.watched(job, Some(ended)).await
            }
            (None, Some(after)) if over(after) => {
                self.leave(&ended).await;
                let took = took.unwrap_or_default();
                let line =
                    format!("warroom: it went on to its end after {took} ({}): no room was there to stop it", how(ended.exit));
                self.reporter.say(&line).await;
                Ending::Failed(Failure::TimedOut { after })
            }
            (_, Some(_) | None) => self.over(job, ended).await,
        }
    }

    async fn until_over(&mut self, mut cancelled: Cancelled, deadline: Option<Moment>) -> Course {
        loop {
            if let Some(ended) = self.over.take() {
                return Course::Over(ended);
            }
            if let Some(why) = self.lost.take() {
                return Course::Lost(why);
            }
            tokio::select! {
                biased;
                () = cancelled.asked() => return Course::Asked,
                () = until(self.clock, deadline) => return Course::Late,
                () = until(self.clock, self.reporter.due()) => self.reporter.flush(self.clock),
                news = self.held.heard() => self.take(news),
            }
        }
    }

    /// TERM, the grace, KILL. It is over when nothing of the child runs any more, or nothing more can be done. How it ended, as
    /// far as that was heard.
    async fn stop(&mut self, grace: Span, why: &str) -> Option<Box<Ended>> {
        self.reporter.say(&format!("warroom: {why}: TERM sent, KILL follows after {grace}")).await;
        if let Err(error) = self.held.terminate().await {
            self.reporter.say(&format!("warroom: TERM could not be sent: {error}")).await;
        }
        if !self.gone_by(self.clock.now() + grace).await {
            self.reporter.say("warroom: still running: KILL sent").await;
            let survivors = self.held.kill().await;
            if !survivors.is_empty() {
                self.reporter.say(&format!("warroom: could not be killed: {}", names(&survivors))).await;
            }
            self.gone_by(self.clock.now() + KILLED).await;
        }
        if let Some(why) = &self.lost {
            self.reporter.say(&format!("warroom: {why}")).await;
        }
        let ended = self.over.take()?;
        self.leave(&ended).await;
        Some(ended)
    }

    /// Whether the child and all that it started have ended by `deadline`.
    async fn gone_by(&mut self, deadline: Moment) -> bool {
        loop {
            let heard_all = self.over.is_some() || self.lost.is_some();
            if heard_all && self.held.running().is_empty() {
                return true;
            }
            let now = self.clock.now();
            if now >= deadline {
                return false;
            }
            // The child's own end is heard of; that of its descendants has to be looked for.
            let look = heard_all.then(|| (now + LOOK).min(deadline));
            tokio::select! {
                biased;
                () = until(self.clock, Some(look.unwrap_or(deadline))) => {}
                () = until(self.clock, self.reporter.due()) => self.reporter.flush(self.clock),
                news = self.held.heard() => self.take(news),
            }
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Output(bytes) => {
                self.reporter.print_kept(&bytes, self.clock.now());
                self.reporter.flush(self.clock);
            }
            News::Gap { bytes, lines } => self.reporter.miss(bytes, lines),
            News::Over(ended) => self.over = Some(ended),
            News::Lost(why) => self.lost = Some(why),
        }
    }

    /// What goes on holding the output open is named.
    async fn leave(&mut self, ended: &Ended) {
        if let Some(why) = &ended.unkept {
            self.reporter.say(&format!("warroom: the output is not all on disk: {why}")).await;
        }
        if ended.whole {
            return;
        }
        self.reporter.close().await;
        let by = if ended.holders.is_empty() { String::new() } else { format!(" by {}", names(&ended.holders)) };
        self.reporter.say(&format!("warroom: the output is still held open{by}; what it prints from here on is not kept")).await;
    }
}

/// What can't be said of output that was not heard to its end.
const NOT_TO_ITS_END: &str = "the output could not be read to its end, so nothing can be said to be absent";

fn judge_watched(ended: Option<&Ended>, job: &Job) -> Ending {
    let unmet = |what: String| Ending::Failed(Failure::Unmet { what });
    let asks_nothing = job.step.expect == Expect::default() && job.step.capture.is_empty();
    match ended {
        Some(Ended { unmet: Some(what), .. }) => unmet(what.clone()),
        Some(ended) if ended.whole || (job.step.expect.is_seen_early() && ended.captured.is_empty()) => {
            Ending::Done(Done::Elapsed)
        }
        Some(_) | None if asks_nothing => Ending::Done(Done::Elapsed),
        Some(_) | None => unmet(NOT_TO_ITS_END.to_owned()),
    }
}

fn judge(ended: &Ended, expect: &Expect) -> Ending {
    let unmet = |what: String| Ending::Failed(Failure::Unmet { what });
    match (ended.exit, expect.exit) {
        (Exit::Signal(signal), _) => Ending::Failed(Failure::Signal { signal }),
        (Exit::Code(0), Some(wanted)) if wanted != 0 => unmet(format!("exit code {wanted} was expected, and it was 0")),
        (Exit::Code(code), wanted) if code != wanted.unwrap_or(0) => Ending::Failed(Failure::Exit { code }),
        (Exit::Code(code), _) => match &ended.unmet {
            Some(what) => unmet(what.clone()),
            // A text that was found stays found; what was not seen may still have been on its way.
            None if !ended.whole && (!expect.is_seen_early() || !ended.captured.is_empty()) => unmet(NOT_TO_ITS_END.to_owned()),
            None => Ending::Done(Done::Exit { code }),
        },
    }
}

fn how(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
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
