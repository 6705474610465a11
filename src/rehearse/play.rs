//! What the outside does in a rehearsal: steps that take their time, and polls that are answered.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::numbers::{Numbers, come_true, source_is};
use super::scenario::{Fault, Scenario, What, When};
use crate::engine::stand_in::StandIn;
use crate::id::{SourceId, StepId};
use crate::measure::reading::Reading;
use crate::room::State;
use crate::room::event::{Done, Event, Failure, Firing, Outcome, Output};
use crate::runbook::Runbook;
use crate::runbook::model::{Course, SourceKind, Step, StepKind};
use crate::time::{Moment, Span};

/// How long a script takes that does not say so.
const SCRIPT: Span = Span(4_000);

/// How long a request takes.
const REQUEST: Span = Span(400);

/// From being told to stop to having stopped.
pub(super) const STOPS: Span = Span(1_000);

/// What somebody makes go wrong while it is played, beside the scenario.
#[derive(Clone, Debug, Default)]
pub struct OnDemand(Arc<Mutex<Vec<What>>>);

impl OnDemand {
    /// From now on this, in place of what was asked for before.
    pub fn set(&self, faults: Vec<What>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    fn faults(&self) -> Vec<Fault> {
        let faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.iter().map(|what| Fault { what: what.clone(), when: When::Always, after: Span::ZERO, lasts: None }).collect()
    }
}

/// What of a scenario's faults came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    Nothing,
    /// A step that was to fail or hang was never run.
    NotEachStep,
    All,
}

#[derive(Clone, Debug)]
pub struct Play {
    scenario: Scenario,
    /// How many faults the scenario has of its own.
    own: usize,
    on_demand: OnDemand,
    numbers: Numbers,
    /// Something went wrong that would not have without a fault: one whose time has come may find nothing to touch.
    tried: bool,
    /// The faults of steps that touched one, by their place in the scenario.
    steps_tried: BTreeSet<usize>,
}

impl Play {
    pub fn of(runbook: &Runbook, scenario: Scenario, seed: u64) -> Self {
        let own = scenario.faults.len();
        Self {
            numbers: Numbers::of(runbook, seed),
            scenario,
            own,
            on_demand: OnDemand::default(),
            tried: false,
            steps_tried: BTreeSet::new(),
        }
    }

    /// By which more can be made to go wrong.
    pub fn on_demand(&self) -> OnDemand {
        self.on_demand.clone()
    }

    fn hear(&mut self) {
        self.scenario.faults.truncate(self.own);
        self.scenario.faults.extend(self.on_demand.faults());
    }

    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What the scenario's faults have touched by now.
    pub fn tried(&self) -> Tried {
        let is_step = |fault: &Fault| matches!(fault.what, What::StepFails(_) | What::StepHangs(_));
        let mut steps = self.scenario.faults[..self.own].iter().enumerate().filter(|(_, fault)| is_step(fault));
        if !self.tried {
            Tried::Nothing
        } else if steps.all(|(place, _)| self.steps_tried.contains(&place)) {
            Tried::All
        } else {
            Tried::NotEachStep
        }
    }

    fn end(&mut self, state: &State, step: &Step, attempt: u32, now: Moment) -> Event {
        let fails = self.acts(state, now, |what| matches!(what, What::StepFails(pick) if pick.is(&state.runbook, &step.id)));
        let step_id = step.id.clone();
        match (&step.kind, fails) {
            (StepKind::Http(_), false) => Event::StepDone {
                step: step_id,
                attempt,
                how: Done::Status { status: step.expect.status.unwrap_or(200) },
                ended: None,
            },
            (StepKind::Run { course: Course::Watch { .. }, .. }, false) => {
                Event::StepDone { step: step_id, attempt, how: Done::Elapsed, ended: None }
            }
            (StepKind::Http(_), true) => {
                Event::StepFailed { step: step_id, attempt, why: Failure::Status { status: 503 }, ended: None }
            }
            (_, false) => {
                Event::StepDone { step: step_id, attempt, how: Done::Exit { code: step.expect.exit.unwrap_or(0) }, ended: None }
            }
            (_, true) => Event::StepFailed { step: step_id, attempt, why: Failure::Exit { code: 1 }, ended: None },
        }
    }

    fn hangs(&mut self, state: &State, step: &StepId, now: Moment) -> bool {
        self.acts(state, now, |what| matches!(what, What::StepHangs(pick) if pick.is(&state.runbook, step)))
    }

    fn acts(&mut self, state: &State, now: Moment, is: impl Fn(&What) -> bool) -> bool {
        let faults = self.scenario.faults.iter().enumerate();
        let acting: Vec<usize> =
            faults.filter(|(_, fault)| is(&fault.what) && fault.since(state, now).is_some()).map(|(place, _)| place).collect();
        self.tried |= !acting.is_empty();
        self.steps_tried.extend(&acting);
        !acting.is_empty()
    }

    fn firing(&mut self, state: &State, now: Moment) -> Firing {
        let fires = self.acts(state, now, |what| matches!(what, What::Trigger(pick) if come_true(&state.runbook, pick).alerts));
        Firing { count: u32::from(fires), names: fires.then(|| "rehearsed".to_owned()).into_iter().collect() }
    }

    fn is_down(&mut self, state: &State, id: &SourceId, now: Moment) -> bool {
        let health = state.runbook.sources.get(id).is_some_and(|source| matches!(source.kind, SourceKind::Health { .. }));
        self.acts(state, now, |what| match what {
            What::SourceDown(pick) => source_is(&state.runbook, pick, id),
            What::Trigger(pick) => come_true(&state.runbook, pick)
                .health
                .iter()
                .any(|(named, up)| !up && named.as_ref().map_or(health, |named| named == id)),
            What::Metric(..) | What::StepFails(_) | What::StepHangs(_) => false,
        })
    }
}

impl StandIn for Play {
    /// A step that hangs ends with its timeout, or not at all.
    fn step(&mut self, state: &State, step: &Step, attempt: u32, now: Moment) -> Vec<(Span, Event)> {
        self.hear();
        let takes = takes(step);
        let mut will = vec![(Span(takes.0 / 2), printed(step, attempt))];
        // What runs in the background goes on until it is stopped.
        if step.kind.background().is_some() {
            return will;
        }
        let hangs = self.hangs(state, &step.id, now);
        let timeout = step.timeout.filter(|timeout| *timeout < takes || hangs);
        if let Some(after) = timeout {
            let why = Failure::TimedOut { after };
            will.push((after, Event::StepFailed { step: step.id.clone(), attempt, why, ended: None }));
        } else if !hangs {
            will.extend(captured(step, attempt).map(|event| (takes, event)));
            will.push((takes, self.end(state, step, attempt, now)));
        }
        will
    }

    fn poll(&mut self, state: &State, source: &SourceId, now: Moment) -> Event {
        self.hear();
        let metrics: Vec<_> = state.runbook.metrics.iter().filter(|(_, metric)| metric.asks(source)).collect();
        let down = self.is_down(state, source, now);
        let readings = metrics.into_iter().map(|(id, metric)| {
            let reading = if down {
                Reading::Missing("rehearsed: no answer".to_owned())
            } else {
                match self.numbers.reading(&self.scenario, state, id, now, &mut self.tried) {
                    Reading::Number(value) => Reading::of(metric.side(source, value)),
                    none => none,
                }
            };
            (id.clone(), reading)
        });
        let readings = readings.collect();
        let outcome = if down { Outcome::Down { why: "rehearsed: no answer".to_owned() } } else { Outcome::Up { status: 200 } };
        let kind = state.runbook.sources.get(source).map(|source| &source.kind);
        let knows_alerts = matches!(kind, Some(SourceKind::Prometheus { .. } | SourceKind::Alertmanager { .. }));
        let alerts = (knows_alerts && !down).then(|| self.firing(state, now));
        let during = state.asked_at(source).cloned();
        let (source, took, notes) = (source.clone(), Span(3), Vec::new());
        Event::SourcePolled { source, took, outcome, readings, during, notes, alerts, ages: std::collections::BTreeMap::new() }
    }
}

/// As long as it says, and otherwise as such a step usually does.
fn takes(step: &Step) -> Span {
    let usual = if matches!(step.kind, StepKind::Http(_)) { REQUEST } else { SCRIPT };
    if let Some(span) = step.kind.own_length() {
        return span;
    }
    step.duration.map_or_else(|| step.timeout.map_or(usual, |timeout| Span(timeout.0 / 2).min(usual)), |planned| planned.expected)
}

/// What later steps use is there.
fn captured(step: &Step, attempt: u32) -> Option<Event> {
    let values = step.capture.iter().map(|capture| (capture.name.clone(), "rehearsed".to_owned())).collect();
    (!step.capture.is_empty()).then(|| Event::ValuesCaptured { step: step.id.clone(), attempt, values })
}

/// What is expected in the output is in it.
fn printed(step: &Step, attempt: u32) -> Event {
    let mut lines = vec!["rehearsed: nothing was run".to_owned()];
    lines.extend(step.expect.contains.iter().map(|text| crate::text::clean_line(text).into_owned()));
    Event::StepOutput { step: step.id.clone(), attempt, output: Output { lines, ..Output::default() } }
}
