//! A whole rehearsal without waiting: time goes from one thing that happens to the next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::commander::Commander;
use super::play::{Play, STOPS, Tried};
use crate::engine::stand_in::{self, StandIn};
use crate::id::{SourceId, StepId};
use crate::room::decide::{Asked, decide, is_running};
use crate::room::event::{Event, Record};
use crate::room::state::{Stage, State, StepStatus, TriggerState};
use crate::room::{Effect, Refusal, apply, effects, follow, schedule};
use crate::runbook::model::StepKind;
use crate::time::{Moment, Span};

/// Rounds of what follows from what followed.
const FOLLOW_MAX: usize = 1_000;

/// A rehearsal that takes longer than this, in its own time, has got stuck.
const LONGEST: Span = Span(40 * 24 * 3_600_000);

/// Nothing but polls for this long beyond what is waited for, in its own time: nobody knows what to do next.
const STILL: Span = Span(36 * 3_600_000);

/// The same where the commander knows what to do next, and is refused it.
const REFUSED: Span = Span(2 * 3_600_000);

/// How it went.
#[derive(Debug)]
pub struct Rehearsed {
    pub state: State,
    /// In the rehearsal's own time.
    pub took: Span,
    /// The commander had nothing left to do, and the deployment had not ended.
    pub stuck: bool,
    /// What of the scenario came true.
    pub tried: Tried,
    /// What stood last in the way of what the commander wanted.
    pub refused: Option<Refusal>,
}

/// Plays the room from the state it is opened with to its end. Every record is handed on before anything follows from it;
/// where one can't be kept the rehearsal ends.
pub fn drive<E>(state: State, play: Play, keep: impl FnMut(&State, &Record) -> Result<(), E>) -> Result<Rehearsed, E> {
    let commander = Commander::new(play.scenario().late);
    let now = state.at;
    Drive { state, play, commander, keep, now, moved: now, agenda: Agenda::default(), running: HashMap::new(), refused: None }
        .run()
}

/// How long before the plan begins its people come: lists are ticked off then.
const COME_EARLY: Span = Span(10 * 60_000);

/// When the people come by the plan: a rehearsal does not wait for tonight.
pub fn begins(state: &State) -> Moment {
    let planned = schedule::slots(state, state.at).into_iter().filter_map(|slot| slot.planned).map(|planned| planned.from).min();
    let opens = schedule::window(state).map(|window| window.opens);
    planned.or(opens).map_or(state.at, |first| first - COME_EARLY)
}

/// What is going to happen, the earliest first.
#[derive(Debug, Default)]
struct Agenda {
    heap: BinaryHeap<Reverse<(Moment, u64)>>,
    dues: HashMap<u64, Due>,
    count: u64,
}

#[derive(Debug)]
enum Due {
    Poll(SourceId),
    /// Of the attempt's own; it comes to nothing when that was stopped.
    Step(StepId, u32, Box<Event>),
}

impl Agenda {
    fn add(&mut self, at: Moment, due: Due) {
        self.count += 1;
        self.heap.push(Reverse((at, self.count)));
        self.dues.insert(self.count, due);
    }

    fn next(&self) -> Option<Moment> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    fn pop(&mut self) -> Option<Due> {
        let Reverse((_, key)) = self.heap.pop()?;
        self.dues.remove(&key)
    }
}

struct Drive<K> {
    state: State,
    play: Play,
    commander: Commander,
    keep: K,
    now: Moment,
    agenda: Agenda,
    /// When something happened that is no poll.
    moved: Moment,
    /// The attempts that have not ended.
    running: HashMap<StepId, u32>,
    /// The commander's last wish was not granted: why.
    refused: Option<Refusal>,
}

impl<E, K: FnMut(&State, &Record) -> Result<(), E>> Drive<K> {
    fn run(mut self) -> Result<Rehearsed, E> {
        let began = self.now;
        let sources: Vec<SourceId> = self.state.runbook.sources.keys().cloned().collect();
        for source in sources {
            self.agenda.add(began, Due::Poll(source));
        }
        self.settle()?;
        while !self.has_ended() {
            self.command()?;
            let patience = self.patience();
            let Some(at) = self.next_moment().filter(|at| *at - began <= LONGEST && *at - self.moved <= patience) else { break };
            self.now = at.max(self.now);
            self.happen()?;
            self.settle()?;
        }
        let (stuck, tried) = (!self.has_ended(), self.play.tried());
        Ok(Rehearsed { stuck, tried, took: self.now - began, state: self.state, refused: self.refused })
    }

    fn has_ended(&self) -> bool {
        matches!(self.state.stage, Stage::Ended(..))
    }

    /// How long nothing needs to happen before it is clear that nothing will.
    fn patience(&self) -> Span {
        let running = self.state.runbook.all_steps().filter(|step| is_running(&self.state, &step.id));
        let awaited = running.filter_map(|step| step.kind.own_length()).max().unwrap_or_default();
        awaited + if self.refused.is_some() { REFUSED } else { STILL }
    }

    /// Lets the commander ask for whatever is due. A refusal is an answer: something else has to happen first.
    fn command(&mut self) -> Result<(), E> {
        let who = self.state.opened.operator.clone();
        if self.commander.due().is_none() {
            self.refused = None;
        }
        while let Some(action) = self.commander.asks(&self.state, self.now) {
            let asked = Asked { by: &who, seen: self.state.seq, now: self.now };
            match decide(&self.state, &action, &asked) {
                Ok(events) => {
                    self.refused = None;
                    self.record(events)?;
                }
                Err(refusal) => {
                    self.refused = Some(refusal);
                    break;
                }
            }
            self.settle()?;
        }
        Ok(())
    }

    /// When the next thing happens that anybody knows of.
    fn next_moment(&self) -> Option<Moment> {
        let later = |at: &Moment| *at > self.now;
        [self.agenda.next(), self.commander.due().filter(later), self.deadline()].into_iter().flatten().min()
    }

    /// What the clock alone ends: a wait, a manual step's time, a countdown.
    fn deadline(&self) -> Option<Moment> {
        let steps = self.state.runbook.all_steps().filter_map(|step| match self.state.steps.get(&step.id)?.status {
            StepStatus::Running { started, .. } => match step.kind {
                StepKind::Wait { span } => Some(started + span),
                StepKind::Manual { .. } | StepKind::Message { .. } | StepKind::Bake { .. } | StepKind::Until { .. } => {
                    step.timeout.map(|timeout| started + timeout)
                }
                StepKind::Run { .. } | StepKind::Http(_) | StepKind::Choose { .. } | StepKind::Group => None,
            },
            StepStatus::Waiting
            | StepStatus::Done { .. }
            | StepStatus::Failed { .. }
            | StepStatus::Skipped { .. }
            | StepStatus::Lost { .. } => None,
        });
        let countdowns = self.state.triggers.values().filter_map(|trigger| match trigger {
            TriggerState::Fired { rollback_at, .. } => *rollback_at,
            TriggerState::Quiet | TriggerState::Pending { .. } | TriggerState::Vetoed { .. } => None,
        });
        steps.chain(countdowns).filter(|at| *at > self.now).min()
    }

    /// Everything that is due now.
    fn happen(&mut self) -> Result<(), E> {
        while self.agenda.next().is_some_and(|at| at <= self.now) {
            match self.agenda.pop() {
                Some(Due::Poll(source)) => {
                    let every = self.state.runbook.sources.get(&source).map_or(Span::MINUTE, |source| source.every);
                    let event = self.play.poll(&self.state, &source, self.now);
                    self.agenda.add(self.now + every.max(Span::SECOND), Due::Poll(source));
                    self.record(vec![event])?;
                }
                Some(Due::Step(step, attempt, event)) if self.running.get(&step) == Some(&attempt) => {
                    if stand_in::ends(&event) {
                        self.running.remove(&step);
                    }
                    self.record(vec![*event])?;
                }
                Some(Due::Step(..)) | None => {}
            }
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), E> {
        for _ in 0..FOLLOW_MAX {
            let due = follow(&self.state, self.now);
            if due.is_empty() {
                break;
            }
            self.record(due)?;
        }
        Ok(())
    }

    fn record(&mut self, events: Vec<Event>) -> Result<(), E> {
        for event in events {
            if !matches!(event, Event::SourcePolled { .. }) {
                self.moved = self.now;
            }
            let record = Record { seq: self.state.seq + 1, at: self.now, ask: None, event };
            apply(&mut self.state, &record);
            (self.keep)(&self.state, &record)?;
            if let Some(effect) = effects(&self.state, &record.event) {
                self.effect(effect);
            }
        }
        Ok(())
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::RunStep { step, attempt } => {
                let Some(plan) = self.state.runbook.step(&step) else { return };
                let will = self.play.step(&self.state, plan, attempt, self.now);
                for (after, event) in will {
                    self.plan(&step, attempt, after, event);
                }
                self.running.insert(step, attempt);
            }
            Effect::CancelStep { step, attempt } => {
                let Some(plan) = self.state.runbook.step(&step) else { return };
                let event = stand_in::stopped(plan, attempt);
                self.plan(&step, attempt, STOPS, event);
            }
            Effect::LeaveStep { step, .. } => {
                self.running.remove(&step);
            }
        }
    }

    fn plan(&mut self, step: &StepId, attempt: u32, after: Span, event: Event) {
        self.agenda.add(self.now + after, Due::Step(step.clone(), attempt, Box::new(event)));
    }
}
