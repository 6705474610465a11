//! The room's own task: one writer, one order of things.
//!
//! An ask, a report of a step or a poll, a second gone by: each is turned into events by the room, the events go
//! to the journal, and only when they are there are they applied, acted upon and shown (law 2).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::engine::begin::Start;
use crate::engine::closing::{Closing, Unattended};
use crate::engine::hall::Hall;
use crate::engine::poll::{Place, Polled};
use crate::engine::stand_in::{self, Rehearsal, StandIn};
use crate::engine::steps::{Cancel, Report, Setting};
use crate::engine::waiting::Waiting;
use crate::engine::writer::{Frozen, Writer};
use crate::engine::{Outside, poll};
use crate::id::{AskId, OperatorId, StepId};
use crate::journal::Anchor;
use crate::link::{Ask, Call, Fault, GuestId, Update};
use crate::room::decide::{counting_down, decide, too_long};
use crate::room::event::{By, Event, Mode, Record};
use crate::room::state::Stage;
use crate::room::{Action, Asked, Refusal, State, apply, follow, say, snapshot};
use crate::runbook::template::Values;
use crate::text;
use crate::time::{Moment, Span};

/// The wall clock is taken to have been set when it differs by this much from what room time makes of it.
const CLOCK_STEP: Span = Span(1_500);

/// A poll that waited longer than this for the room is left out; the next one is on its way.
const LATE: Span = Span(2_000);

/// A second that came this late was slept through: the machine was suspended, or the program was stopped.
const SLEPT: Span = Span(5_000);

/// Reports taken together before the journal is written; under a flood of output this is what bounds a turn.
const REPORTS_MAX: usize = 256;

/// Polls that may wait for the room; a poller with one in hand asks no further.
const POLLS_MAX: usize = 64;

/// Records from one snapshot of the state to the next. Without any, a room that is resumed folds a hundred thousand in half a
/// second.
const SNAPSHOT_EVERY: u64 = 10_000;

/// Calls attended to before the room looks at anything else.
const CALLS_AT_ONCE: usize = 64;

/// Calls taken in; more than these wait with who called.
pub(super) const CALLS_MAX: usize = 4_096;

/// Rounds of what follows from what followed. The room comes to rest after a few.
const FOLLOW_MAX: usize = 1_000;

/// Breaks the demo's target or what the rehearsal plays, or heals it.
pub type Breaker = Box<dyn Fn(Fault) + Send>;

/// A live room.
pub struct Engine {
    pub(super) state: State,
    pub(super) outside: Outside,
    pub(super) writer: Writer,
    /// Where steps run and with which values, secrets included.
    pub(super) setting: Arc<Setting>,
    breaker: Option<Breaker>,
    pub(super) hall: Hall,
    pub(super) calls: mpsc::Receiver<Call>,
    pub(super) waiting: Waiting,
    pub(super) unattended: Unattended,
    reports: mpsc::Receiver<Report>,
    pub(super) reporter: mpsc::Sender<Report>,
    /// How this process came to a room that others began, until that is said.
    pub(super) resumed: Option<Event>,
    /// In a rehearsal nothing outside is touched: this plays it.
    pub(super) rehearsal: Option<Rehearsal>,
    /// What is recorded to be started, and not begun yet.
    pub(super) starts: Vec<Start>,
    /// What runs outside, each attempt by its own name.
    pub(super) running: BTreeMap<(StepId, u32), Cancel>,
    /// Where the deployment stands, for the pollers.
    place: Place,
    pub(super) frozen: Option<Frozen>,
    /// It was told that the journal lives on its reserve.
    low: bool,
    /// The record after which a snapshot of the state is put beside the journal again.
    snapshot_due: u64,
    pub(super) closing: Option<Closing>,
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
    pub fn new(setup: Setup, outside: Outside, calls: mpsc::Receiver<Call>, breaker: Option<Breaker>) -> Self {
        let (reporter, reports) = mpsc::channel(1_024);
        let (runbook, room) = (setup.state.runbook.clone(), setup.state.room().clone());
        Self {
            place: Place::of(&setup.state),
            setting: Arc::new(Setting::new(&runbook, setup.values, room, setup.folder)),
            unattended: Unattended::since(setup.state.at),
            state: setup.state,
            outside,
            writer: setup.writer,
            breaker,
            hall: Hall::default(),
            calls,
            waiting: Waiting::default(),
            reports,
            reporter,
            resumed: None,
            rehearsal: None,
            starts: Vec::new(),
            running: BTreeMap::new(),
            frozen: None,
            low: false,
            snapshot_due: SNAPSHOT_EVERY,
            closing: None,
        }
    }

    /// The same room with nothing behind it: no step is run, and no source is asked.
    #[must_use]
    pub fn rehearsed(self, stand_in: Box<dyn StandIn>) -> Self {
        let (spawner, net) = (Arc::new(stand_in::Nothing), Arc::new(stand_in::Nothing));
        let outside = Outside { clock: self.outside.clock.clone(), spawner, net };
        Self { rehearsal: Some(Rehearsal::of(stand_in)), outside, ..self }
    }

    /// Runs the room until it is closed. Returns how it was left.
    pub async fn run(mut self) -> State {
        let (answers, mut polls) = mpsc::channel(POLLS_MAX);
        let mut pollers = tokio::task::JoinSet::new();
        let sources =
            if self.rehearsal.is_some() { Vec::new() } else { poll::pollers(&self.state.runbook, &self.setting, &self.place) };
        for source in sources {
            pollers.spawn(poll::run(source, self.outside.clone(), answers.clone()));
        }
        let Anchor { records, hash } = self.writer.anchor();
        self.hall.stands(Update::Anchor { records, hash });
        self.take_up().await;
        let mut tick = self.outside.clock.now();
        let mut linked = true;
        loop {
            if let Some(why) = self.may_close() {
                return self.close(why).await;
            }
            // A turn may take long where the disk is slow: the second must not wait behind a flood of reports.
            if self.outside.clock.now() >= tick {
                self.ticked(tick).await;
                tick = next_tick(self.outside.clock.now(), self.state.clock_offset);
            }
            // Whoever called while the room was at something else.
            self.attend().await;
            if self.waiting.len() > 0 {
                self.learned(Vec::new(), &mut polls).await;
                continue;
            }
            let clock = self.outside.clock.clone();
            tokio::select! {
                biased;
                call = self.calls.recv(), if linked => {
                    linked = call.is_some();
                    if let Some(call) = call {
                        self.waiting.push(call);
                    } else {
                        self.end(None, "its screen is gone");
                    }
                }
                Some(report) = self.reports.recv() => self.learned(vec![report.event], &mut polls).await,
                Some(polled) = polls.recv() => {
                    let event = self.still_news(polled);
                    self.learned(event.into_iter().collect(), &mut polls).await;
                }
                () = clock.sleep_until(tick) => {}
            }
        }
    }

    /// Attends to who waits, who wants to stop something first. A flood of asks does not keep the room from what it measures.
    async fn attend(&mut self) {
        self.hear();
        for _ in 0..CALLS_AT_ONCE {
            let Some(call) = self.waiting.next() else { return };
            self.called(call).await;
            self.hear();
            if !self.waiting.is_urgent() {
                self.settle().await;
            }
        }
    }

    /// Takes in what was called meanwhile, without waiting for more.
    fn hear(&mut self) {
        while self.waiting.len() < CALLS_MAX
            && let Ok(call) = self.calls.try_recv()
        {
            self.waiting.push(call);
        }
    }

    async fn called(&mut self, call: Call) {
        match call {
            Call::Join { guest, person, outbox } => self.join(guest, &person, outbox).await,
            Call::Look { guest, person, outbox } => self.look(guest, person, outbox),
            Call::Ask { guest, ask } => {
                self.come_in(guest).await;
                if let Some(by) = self.hall.operator(guest).cloned() {
                    self.asked(guest, &by, ask).await;
                }
            }
            Call::ComeIn { guest } => self.come_in(guest).await,
            Call::CatchUp { guest } => self.hall.show(guest, &self.state),
            Call::Leave { guest, how } => self.leave(guest, &how).await,
            // Who has said so twice does not want to wait.
            Call::End { why } if self.closing.is_some() => self.stop_all(&why).await,
            Call::End { why } => self.end(None, &why),
        }
    }

    async fn asked(&mut self, guest: GuestId, by: &OperatorId, ask: Ask) {
        match ask {
            Ask::Act { id, seen, action } => {
                let answer = self.act((guest, id), by, seen, action).await;
                self.hall.answer(guest, answer);
            }
            Ask::Break(fault) => self.break_target(fault, by).await,
            Ask::Close { id, why } => {
                let why = text::clean(&self.setting.mask.text(&why)).into_owned();
                let answer = match too_long(&why) {
                    Some(refusal) => Update::Refused { id, refusal },
                    None => self.close_asked(id, by, &why).await,
                };
                self.hall.answer(guest, answer);
            }
        }
    }

    /// Begins to close the room.
    pub(super) fn end(&mut self, by: Option<OperatorId>, why: &str) {
        self.closing.get_or_insert_with(|| Closing { why: why.to_owned(), by });
    }

    async fn act(&mut self, (guest, id): (GuestId, AskId), by: &OperatorId, seen: u64, mut action: Action) -> Update {
        // A client that lost its link asks again what it does not know to be done.
        if self.state.answered(&id).is_some() {
            return Update::Accepted { id };
        }
        // What people send may hold a secret, and whatever a terminal acts on, as well as what machines print.
        action.texts(|text| *text = text::clean(&self.setting.mask.text(text)).into_owned());
        let now = self.outside.clock.now();
        let decided = decide(&self.state, &action, &Asked { by, seen, now });
        match decided.and_then(|events| self.too_little_room(&action).map_or(Ok(events), Err)) {
            Err(refusal) => Update::Refused { id, refusal },
            Ok(events) => match self.commit_asked(events, Some((guest, &id))).await {
                Ok(()) => Update::Accepted { id },
                Err(frozen) => Update::Refused { id, refusal: self.unrecorded(&action, &frozen) },
            },
        }
    }

    /// On its reserve the journal takes the end of what is begun, and the way back, but no new step of the plan.
    fn too_little_room(&self, action: &Action) -> Option<Refusal> {
        let why = self.writer.low()?;
        let goes_on = matches!(action, Action::StartDeployment | Action::Go { .. });
        let runs = matches!(action, Action::RunStep { .. } | Action::RetryStep { .. });
        let begins = goes_on || (runs && self.state.stage != Stage::RollingBack);
        begins.then(|| Refusal::new(format!("{why}, so nothing new is begun: roll back, or mend the disk and resume the room")))
    }

    /// Nothing is begun that can't be recorded. What runs can still be stopped: that makes nothing worse.
    fn unrecorded(&mut self, action: &Action, frozen: &Frozen) -> Refusal {
        let stops = matches!(action, Action::CancelStep { .. } | Action::RollBack { .. } | Action::Abandon { .. });
        if !stops || (self.running.is_empty() && self.starts.is_empty()) {
            return Refusal::new(format!("not done: {frozen}"));
        }
        self.starts.clear();
        for cancel in self.running.values() {
            cancel.cancel();
        }
        let back = if matches!(action, Action::RollBack { .. }) { "; roll back by hand, by the runbook" } else { "" };
        Refusal::new(format!("what runs is told to stop, NOT recorded, and nothing else is begun: {frozen}{back}"))
    }

    /// The second wish to end: what still runs is stopped as its step declares.
    pub(super) async fn stop_all(&mut self, why: &str) {
        for cancel in self.running.values() {
            cancel.cancel();
        }
        let closer = self.closing.as_ref().and_then(|closing| closing.by.clone());
        let by = By::Operator(closer.unwrap_or_else(|| self.state.conn.clone()));
        let begun = self.running.keys().cloned();
        let runs: Vec<_> = begun.chain(self.starts.iter().map(|start| (start.step.clone(), start.attempt))).collect();
        let asked = |(step, attempt)| Event::StepCancelled { step, attempt, by: by.clone(), reason: why.to_owned() };
        let events = runs.into_iter().map(asked).collect();
        self.record(events).await;
    }

    async fn break_target(&mut self, fault: Fault, by: &OperatorId) {
        let what = match self.state.mode() {
            Mode::Live => return,
            Mode::Demo => "the demo's target",
            Mode::Rehearsal => "what is rehearsed",
        };
        let Some(breaker) = &self.breaker else { return };
        breaker(fault);
        let text = if fault == Fault::None {
            format!("{what} is as it should be")
        } else {
            format!("{what} was broken: {}", fault.word())
        };
        self.record(vec![Event::Noted { text, by: by.clone() }]).await;
        self.hall.stands(Update::Broken(fault));
    }

    /// Takes what has come in by now together: one write for all of it.
    async fn learned(&mut self, mut events: Vec<Event>, polls: &mut mpsc::Receiver<Polled>) {
        while events.len() < REPORTS_MAX {
            if let Ok(report) = self.reports.try_recv() {
                events.push(report.event);
            } else if let Ok(polled) = polls.try_recv() {
                events.extend(self.still_news(polled));
            } else {
                break;
            }
        }
        for event in &events {
            if let Some(ended) = ended(event) {
                self.running.remove(&ended);
            }
        }
        self.record(events).await;
        self.settle().await;
    }

    /// A record is dated when it is made. What a slow disk or a sleep held up would look fresher than it is.
    fn still_news(&self, polled: Polled) -> Option<Event> {
        (self.outside.clock.now() - polled.at <= LATE).then_some(polled.event)
    }

    async fn ticked(&mut self, due: Moment) {
        let (now, wall) = (self.outside.clock.now(), self.outside.clock.wall());
        if now - due > self.outside.clock.hurried(SLEPT) {
            let counted_anew = follow::counted_anew(&self.state, now);
            self.record(counted_anew).await;
        }
        let step = wall - now - self.state.clock_offset;
        if step.abs() > CLOCK_STEP {
            self.record(vec![Event::ClockStepped { by: step }]).await;
        }
        if let Some(rehearsal) = &mut self.rehearsal {
            let polled = rehearsal.polls(&self.state, now);
            self.record(polled).await;
        }
        self.close_if_forgotten(now);
        self.settle().await;
    }

    /// Lets happen what follows by itself, until nothing more does.
    async fn settle(&mut self) {
        for _ in 0..FOLLOW_MAX {
            // What follows from a go does not begin while somebody waits to stop it.
            self.hear();
            while let Some(call) = self.waiting.next_urgent() {
                self.called(call).await;
            }
            self.begin().await;
            // A room that is closing begins nothing new, but a rollback is brought to its end, also one that counts down.
            let goes_on = self.state.stage == Stage::RollingBack || counting_down(&self.state).is_some();
            if self.closing.is_some() && !goes_on {
                return;
            }
            let due = follow::follow(&self.state, self.outside.clock.now());
            if due.is_empty() || self.commit(due).await.is_err() {
                return;
            }
        }
        tracing::error!("the room did not come to rest after {FOLLOW_MAX} rounds");
    }

    /// Records what cannot be refused; a journal that takes nothing more has been reported by then.
    pub(super) async fn record(&mut self, events: Vec<Event>) {
        let ends: Vec<_> = events.iter().filter_map(|event| Some((ended(event)?.0, event.clone()))).collect();
        if self.commit(events).await.is_ok() {
            return;
        }
        // The end of a step is told even so: as what it is, not recorded.
        for (step, event) in ends {
            let number = self.state.runbook.step(&step).map_or_else(|| step.to_string(), |step| step.number.clone());
            let how = if let Event::StepDone { how, .. } = &event {
                say::done(&self.state, how)
            } else if let Event::StepFailed { why, .. } = &event {
                say::failure(&self.state, why)
            } else {
                "nobody knows how".to_owned()
            };
            self.hall.all(&Update::NotRecorded { what: format!("{number} has ended: {how}") });
        }
    }

    /// Journal, then state, then effects and screens.
    async fn commit(&mut self, events: Vec<Event>) -> Result<(), Frozen> {
        self.commit_asked(events, None).await
    }

    async fn commit_asked(&mut self, events: Vec<Event>, ask: Option<(GuestId, &AskId)>) -> Result<(), Frozen> {
        if events.is_empty() {
            return Ok(());
        }
        if let Some(frozen) = &self.frozen {
            return Err(frozen.clone());
        }
        let records = self.stamp(events, ask.map(|(_, id)| id));
        if let Err(frozen) = self.written(records.clone(), ask).await {
            tracing::error!("{frozen}");
            self.hall.stands(Update::JournalFailed { why: frozen.to_string() });
            self.frozen = Some(frozen.clone());
            return Err(frozen);
        }
        if let Some(why) = self.writer.low().filter(|_| !self.low) {
            self.low = true;
            self.hall.stands(Update::JournalLow { why: why.to_string() });
        }
        for record in &records {
            apply(&mut self.state, record);
            self.act_upon(&record.event);
        }
        self.place.follow(&self.state);
        self.hall.records(&records);
        // The next start folds from here.
        if self.state.seq >= self.snapshot_due {
            self.snapshot_due = self.state.seq + SNAPSHOT_EVERY;
            self.writer.keep_snapshot(self.state.seq, snapshot::save(&self.state));
        }
        Ok(())
    }

    fn stamp(&self, events: Vec<Event>, ask: Option<&AskId>) -> Vec<Arc<Record>> {
        let at = self.outside.clock.now().max(self.state.at);
        let numbered = events.into_iter().zip(self.state.seq + 1..);
        numbered.map(|(event, seq)| Arc::new(Record { seq, at, ask: ask.cloned(), event })).collect()
    }
}

/// The attempt that an event says has ended.
fn ended(event: &Event) -> Option<(StepId, u32)> {
    if let Event::StepDone { step, attempt, .. }
    | Event::StepFailed { step, attempt, .. }
    | Event::StepLost { step, attempt, .. } = event
    {
        return Some((step.clone(), *attempt));
    }
    None
}

/// The next full second of the wall clock, so that what the screen counts changes with the clock beside it.
fn next_tick(now: Moment, offset: Span) -> Moment {
    let wall = now + offset;
    now + Span(1_000 - wall.0.rem_euclid(1_000))
}
