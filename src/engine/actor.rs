//! The room's own task: one writer, one order of things.
//!
//! An ask, a report of a step or a poll, a second gone by: each is turned into events by the room, the events go
//! to the journal, and only when they are there are they applied, acted upon and shown (law 2).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::engine::steps::{self, Cancel, Job, Report, Setting};
use crate::engine::update::Screen;
use crate::engine::writer::{Frozen, Writer};
use crate::engine::{Outside, poll};
use crate::id::{OperatorId, StepId};
use crate::link::{Ask, Fault, Seat, Update};
use crate::room::event::{Event, Record};
use crate::room::state::{Stage, StepStatus};
use crate::room::{Action, Effect, State, apply, decide, effects, follow};
use crate::runbook::template::Values;
use crate::time::{Moment, Span};

/// The wall clock is taken to have been set when it differs by this much from what room time makes of it.
const CLOCK_STEP: Span = Span(1_500);

/// Reports taken together before the journal is written; under a flood of output this is what bounds a turn.
const REPORTS_MAX: usize = 256;

/// Polls that may wait for the room; a poller with one in hand asks no further.
const POLLS_MAX: usize = 64;

/// Rounds of what follows from what followed. The room comes to rest after a few.
const FOLLOW_MAX: usize = 1_000;

/// Breaks the demo's target, or heals it.
pub type Breaker = Box<dyn Fn(Fault) + Send>;

/// A live room.
pub struct Engine {
    state: State,
    outside: Outside,
    writer: Writer,
    /// Where steps run and with which values, secrets included.
    setting: Arc<Setting>,
    me: OperatorId,
    breaker: Option<Breaker>,
    screen: Screen,
    asks: mpsc::Receiver<Ask>,
    reports: mpsc::Receiver<Report>,
    reporter: mpsc::Sender<Report>,
    running: HashMap<StepId, Cancel>,
    frozen: Option<Frozen>,
    /// Why the room is to close, once nothing runs any more.
    closing: Option<String>,
}

/// What a room is opened with.
#[derive(Debug)]
pub struct Setup {
    /// After the records that are in the journal already.
    pub state: State,
    pub writer: Writer,
    pub values: Values,
    pub folder: PathBuf,
}

impl Engine {
    pub fn new(setup: Setup, outside: Outside, seat: Seat, breaker: Option<Breaker>) -> Self {
        let (reporter, reports) = mpsc::channel(1_024);
        let (runbook, room) = (setup.state.runbook.clone(), setup.state.room().clone());
        Self {
            setting: Arc::new(Setting::new(&runbook, setup.values, room, setup.folder)),
            me: setup.state.opened.operator.clone(),
            state: setup.state,
            outside,
            writer: setup.writer,
            breaker,
            screen: Screen::new(seat.updates),
            asks: seat.asks,
            reports,
            reporter,
            running: HashMap::new(),
            frozen: None,
            closing: None,
        }
    }

    /// Runs the room until it is closed. Returns how it was left.
    pub async fn run(mut self) -> State {
        let (answers, mut polls) = mpsc::channel(POLLS_MAX);
        let mut pollers = tokio::task::JoinSet::new();
        for source in poll::pollers(&self.state.runbook, &self.setting) {
            pollers.spawn(poll::run(source, self.outside.clone(), answers.clone()));
        }
        let mut tick = self.outside.clock.now();
        loop {
            if let Some(why) = self.may_close() {
                return self.close(why).await;
            }
            let clock = self.outside.clock.clone();
            tokio::select! {
                biased;
                ask = self.asks.recv(), if self.closing.is_none() => match ask {
                    Some(ask) => self.asked(ask).await,
                    None => self.closing = Some("its screen is gone".to_owned()),
                },
                Some(report) = self.reports.recv() => self.reported(report).await,
                Some(polled) = polls.recv() => {
                    self.record(vec![polled]).await;
                    self.settle().await;
                }
                () = clock.sleep_until(tick) => {
                    tick = next_tick(self.outside.clock.now(), self.state.clock_offset);
                    self.ticked().await;
                }
            }
        }
    }

    async fn asked(&mut self, ask: Ask) {
        match ask {
            Ask::Act { id, action } => self.act(id, &action).await,
            Ask::Break(fault) => self.break_target(fault).await,
            Ask::Close { why } => self.closing = Some(why),
        }
    }

    async fn act(&mut self, id: u64, action: &Action) {
        let now = self.outside.clock.now();
        let answer = match decide(&self.state, action, &self.me, now) {
            Err(refusal) => Update::Refused { id, refusal },
            Ok(events) => match self.commit(events).await {
                Ok(()) => Update::Accepted { id },
                Err(frozen) => Update::Refused { id, refusal: crate::room::Refusal::new(format!("not done: {frozen}")) },
            },
        };
        self.screen.answer(answer);
        self.settle().await;
    }

    async fn break_target(&mut self, fault: Fault) {
        let Some(breaker) = &self.breaker else { return };
        breaker(fault);
        self.screen.answer(Update::Broken(fault));
        let text = match fault {
            Fault::None => "the demo's target is well again".to_owned(),
            Fault::Latency | Fault::Errors | Fault::Memory | Fault::Hang | Fault::Down => {
                format!("the demo's target was broken: {}", fault.word())
            }
        };
        let by = self.me.clone();
        self.record(vec![Event::Noted { text, by }]).await;
    }

    /// Takes what has been reported by now together: one write for all of it.
    async fn reported(&mut self, first: Report) {
        let mut events = vec![self.learned(first)];
        while events.len() < REPORTS_MAX {
            let Ok(report) = self.reports.try_recv() else { break };
            events.push(self.learned(report));
        }
        self.record(events).await;
        self.settle().await;
    }

    fn learned(&mut self, report: Report) -> Event {
        if let Event::StepDone { step, .. } | Event::StepFailed { step, .. } | Event::StepLost { step, .. } = &report.event {
            self.running.remove(step);
        }
        report.event
    }

    async fn ticked(&mut self) {
        let (now, wall) = (self.outside.clock.now(), self.outside.clock.wall());
        let step = wall - now - self.state.clock_offset;
        if step.abs() > CLOCK_STEP {
            self.record(vec![Event::ClockStepped { by: step }]).await;
        }
        self.screen.flush();
        self.settle().await;
    }

    /// Lets happen what follows by itself, until nothing more does.
    async fn settle(&mut self) {
        // A room that is closing begins nothing new, but a rollback is brought to its end.
        if self.closing.is_some() && self.state.stage != Stage::RollingBack {
            return;
        }
        for _ in 0..FOLLOW_MAX {
            let due = follow(&self.state, self.outside.clock.now());
            if due.is_empty() || self.commit(due).await.is_err() {
                return;
            }
        }
        tracing::error!("the room did not come to rest after {FOLLOW_MAX} rounds");
    }

    /// Records what cannot be refused; a journal that takes nothing more has been reported by then.
    async fn record(&mut self, events: Vec<Event>) {
        if let Err(frozen) = self.commit(events).await {
            tracing::error!("not recorded: {frozen}");
        }
    }

    /// Journal, then state, then effects and screens.
    async fn commit(&mut self, events: Vec<Event>) -> Result<(), Frozen> {
        if let Some(frozen) = &self.frozen {
            return Err(frozen.clone());
        }
        let records = self.stamp(events);
        if let Err(frozen) = self.writer.append(records.clone()).await {
            self.screen.answer(Update::JournalFailed { why: frozen.to_string() });
            self.frozen = Some(frozen.clone());
            return Err(frozen);
        }
        for record in &records {
            apply(&mut self.state, record);
            if let Some(effect) = effects(&self.state, &record.event) {
                self.effect(effect);
            }
        }
        self.screen.records(&records);
        Ok(())
    }

    fn stamp(&self, events: Vec<Event>) -> Vec<Arc<Record>> {
        let at = self.outside.clock.now().max(self.state.at);
        let numbered = events.into_iter().zip(self.state.seq + 1..);
        numbered.map(|(event, seq)| Arc::new(Record { seq, at, event })).collect()
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::RunStep { step, attempt } => self.run_step(&step, attempt),
            Effect::CancelStep { step, attempt: _ } => {
                if let Some(running) = self.running.get(&step) {
                    running.cancel();
                }
            }
        }
    }

    fn run_step(&mut self, id: &StepId, attempt: u32) {
        let Some(step) = self.state.runbook.step(id) else { return };
        let reason = self.state.rollback.as_ref().map(|rollback| rollback.reason.clone());
        let job = Job { step: step.clone(), attempt, setting: self.setting.clone(), reason };
        let cancel = steps::start(job, self.outside.clone(), self.reporter.clone());
        self.running.insert(id.clone(), cancel);
    }

    /// Whether the room is to close and nothing holds it open: a running step is let end, a rollback is finished.
    fn may_close(&self) -> Option<String> {
        let why = self.closing.as_ref()?;
        let runs = |id: &StepId| self.state.steps.get(id).is_some_and(|step| matches!(step.status, StepStatus::Running { .. }));
        let outside_runs = self.state.runbook.all_steps().any(|step| step.kind.runs_outside() && runs(&step.id));
        let rolling_on = self.state.stage == Stage::RollingBack && self.rollback_goes_on_by_itself();
        (!outside_runs && (self.frozen.is_some() || !rolling_on)).then(|| why.clone())
    }

    /// A rollback that waits for a person would hold a closing room open for ever.
    fn rollback_goes_on_by_itself(&self) -> bool {
        let steps = self.state.runbook.rollback.as_ref().map_or(&[][..], |rollback| &rollback.steps);
        let next = steps.iter().find(|step| !crate::room::decide::is_settled(&self.state, &step.id));
        next.and_then(|step| Some((step, self.state.steps.get(&step.id)?))).is_some_and(|(step, now)| match now.status {
            StepStatus::Running { .. } => step.kind.runs_outside() || step.kind.begins_by_itself(),
            StepStatus::Waiting => !step.dangerous,
            StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. } | StepStatus::Lost { .. } => false,
        })
    }

    async fn close(mut self, why: String) -> State {
        self.record(vec![Event::Closed { why: why.clone() }]).await;
        self.screen.answer(Update::Gone { why });
        self.state
    }
}

/// The next full second of the wall clock, so that what the screen counts changes with the clock beside it.
fn next_tick(now: Moment, offset: Span) -> Moment {
    let wall = now + offset;
    now + Span(1_000 - wall.0.rem_euclid(1_000))
}
