//! What was normal before the deployment: taken by the room itself at T, so that later values have something to stand against.

use serde::{Deserialize, Serialize};

use crate::id::MetricId;
use crate::measure::history::{History, Piece};
use crate::measure::metric::{Baseline, Metric};
use crate::room::event::Event;
use crate::room::state::State;
use crate::time::{Moment, Span};

/// A baseline as it was taken at T.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The mean; nothing where there were too few samples for one.
    pub value: Option<f64>,
    /// Numbers measured in that time, and how many it takes.
    pub samples: u32,
    pub needed: u32,
    pub over: Span,
    /// The end of that time.
    pub at: Moment,
}

/// When baselines are taken: at T, or at the start where that comes later.
fn due_at(state: &State) -> Option<Moment> {
    state.started.max(state.t0.filter(|_| state.started.is_some()))
}

/// The baselines that are due at `now`.
pub(super) fn due(state: &State, now: Moment) -> Vec<Event> {
    let Some(at) = due_at(state).filter(|at| now >= *at) else { return Vec::new() };
    let open = state.runbook.metrics.iter().filter(|(id, _)| !state.baselines.contains_key(*id));
    let taken = open.filter_map(|(id, metric)| Some((id, take(state, id, metric, at)?)));
    taken.map(|(metric, taken)| Event::BaselineTaken { metric: metric.clone(), taken }).collect()
}

/// What the baseline of a metric would be if T were at `at`; nothing where the runbook wants none taken.
pub fn take(state: &State, id: &MetricId, metric: &Metric, at: Moment) -> Option<Taken> {
    let Some(Baseline::Before(over)) = metric.baseline else { return None };
    let every = state.runbook.every(id).unwrap_or(Span::SECOND);
    // Half of the samples that there could be.
    let needed = u32::try_from(over.0 / every.0.max(1) / 2).unwrap_or(u32::MAX).max(2);
    let (sum, samples) = state.metrics.get(id).map_or((0.0, 0), |history| numbers(history, at - over, at));
    let value = (samples >= needed).then(|| sum / f64::from(samples));
    Some(Taken { value, samples, needed, over, at })
}

/// The sum of the numbers between two moments, and how many they are.
fn numbers(history: &History, from: Moment, to: Moment) -> (f64, u32) {
    let within = history.pieces().map(Piece::digest).filter(|piece| piece.from > from && piece.to <= to);
    within.fold((0.0, 0), |(sum, count), piece| (sum + piece.sum, count + piece.numbers))
}

impl State {
    /// What a metric is compared with, or why that is not known.
    pub fn baseline_of(&self, id: &MetricId) -> Result<f64, String> {
        match self.runbook.metrics.get(id).and_then(|metric| metric.baseline) {
            None => Err(format!("the runbook gives {id} none")),
            Some(Baseline::Fixed(value)) => Ok(value),
            Some(Baseline::Before(over)) => match self.baselines.get(id) {
                None => Err(format!("it is taken at T, from the {over} before")),
                Some(Taken { value: Some(value), .. }) => Ok(*value),
                Some(taken) => Err(taken.too_few()),
            },
        }
    }
}

impl Taken {
    /// `3 samples in the 15:00 before T, and it takes 90`
    pub fn too_few(&self) -> String {
        let samples = if self.samples == 1 { "1 sample".to_owned() } else { format!("{} samples", self.samples) };
        format!("{samples} in the {} before T, and it takes {}", self.over, self.needed)
    }
}
