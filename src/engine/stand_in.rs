//! Who stands in for the outside in a rehearsal: nothing is run, and nobody is asked.
//!
//! For: playing what steps would do, and what sources would say, into the room that a real outside would speak to.
//! May not touch: a spawner, a net. What is played is for who stands in to know.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::{fmt, io};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use crate::engine::clock::Clock;
use crate::engine::hold::{Held, Keeping, Unheld};
use crate::engine::net::{self, Intake, Net, NetError};
use crate::engine::spawn::{Child, Launch, Spawner};
use crate::engine::steps::{Cancel, Cancelled, Report, cancel};
use crate::id::SourceId;
use crate::room::State;
use crate::room::event::{Done, Event, Failure};
use crate::runbook::model::Step;
use crate::time::{Moment, Span};

/// From being told to stop to having stopped.
const STOPS: Span = Span(1_000);

pub trait StandIn: Send + fmt::Debug {
    /// What a step does that begins now, each with how long after, in the order of time.
    fn step(&mut self, state: &State, step: &Step, attempt: u32, now: Moment) -> Vec<(Span, Event)>;
    /// What a poll of a source brings now.
    fn poll(&mut self, state: &State, source: &SourceId, now: Moment) -> Event;
}

/// The outside of a rehearsal: there is none. Whatever reached for it all the same is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nothing;

const NOTHING: &str = "this is a rehearsal: nothing leaves the machine";

impl Spawner for Nothing {
    fn spawn(&self, _: Launch) -> io::Result<Box<dyn Child>> {
        Err(io::Error::other(NOTHING))
    }

    fn hold(&self, _: Launch, _: Keeping) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        Box::pin(async { Err(Unheld::NeverStarted(NOTHING.to_owned())) })
    }

    fn adopt(&self, _: Keeping, _: u64) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        Box::pin(async { Err(Unheld::NeverStarted(NOTHING.to_owned())) })
    }
}

impl Net for Nothing {
    fn send(&self, _: net::Call) -> BoxFuture<'_, Result<net::Answer, NetError>> {
        Box::pin(async { Err(NetError::BadCall { cause: NOTHING.to_owned() }) })
    }

    fn stream<'a>(&'a self, _: net::Call, _: &'a mut dyn Intake) -> BoxFuture<'a, Result<net::Answer, NetError>> {
        Box::pin(async { Err(NetError::BadCall { cause: NOTHING.to_owned() }) })
    }
}

/// The stand-in with when each source is to be asked next.
#[derive(Debug)]
pub(super) struct Rehearsal {
    pub(super) stand_in: Box<dyn StandIn>,
    due: BTreeMap<SourceId, Moment>,
}

impl Rehearsal {
    pub(super) fn of(stand_in: Box<dyn StandIn>) -> Self {
        Self { stand_in, due: BTreeMap::new() }
    }

    /// What the sources say that are due.
    pub(super) fn polls(&mut self, state: &State, now: Moment) -> Vec<Event> {
        let mut polled = Vec::new();
        for (id, source) in &state.runbook.sources {
            let due = self.due.entry(id.clone()).or_insert(now);
            if now >= *due {
                *due = now + source.every;
                polled.push(self.stand_in.poll(state, id, now));
            }
        }
        polled
    }
}

/// Whether a step is over with this.
pub fn ends(event: &Event) -> bool {
    !matches!(event, Event::StepOutput { .. } | Event::ValuesCaptured { .. })
}

/// How a step ends that was told to stop: that is how what runs in the background is meant to end.
pub fn stopped(step: &Step, attempt: u32) -> Event {
    let id = step.id.clone();
    match step.kind.background() {
        Some(_) => Event::StepDone { step: id, attempt, how: Done::Stopped, ended: None },
        None => Event::StepFailed { step: id, attempt, why: Failure::Cancelled, ended: None },
    }
}

/// Plays what a step does, in a task of its own.
pub(super) fn play(
    step: &Step,
    attempt: u32,
    will: Vec<(Span, Event)>,
    clock: Arc<dyn Clock>,
    reports: mpsc::Sender<Report>,
) -> Cancel {
    let (cancel, mut cancelled) = cancel();
    let (stopped, step) = (stopped(step, attempt), step.id.clone());
    tokio::spawn(async move {
        let started = clock.now();
        for (after, event) in will {
            tokio::select! {
                biased;
                () = cancelled.asked() => break,
                () = clock.sleep_until(started + after) => {}
            }
            let ends = ends(&event);
            let told = reports.send(Report { step: step.clone(), attempt, event }).await;
            if ends || told.is_err() {
                return;
            }
        }
        stops(&mut cancelled, &*clock).await;
        // Without a listener there is no room that could be told.
        let _ = reports.send(Report { step, attempt, event: stopped }).await;
    });
    cancel
}

/// What hangs ends when it is told to.
async fn stops(cancelled: &mut Cancelled, clock: &dyn Clock) {
    cancelled.asked().await;
    clock.sleep_until(clock.now() + STOPS).await;
}
