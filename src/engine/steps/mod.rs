//! Running the steps that machines do: scripts and requests.
//!
//! For: starting what a step says, telling what it prints and how it ended, and stopping it when asked.
//! May not touch: the room. It is handed a [`Job`] and sends [`Report`]s; the last one is always how the step ended.
//! Start reading at [`start`].
//!
//! Exit code 0 is a success only where the plan expects no more than that. Secrets are masked before anything leaves here.

pub mod capture;
pub(super) mod environment;
pub mod expect;
pub mod mask;
mod report;
pub(super) mod request;
mod script;

#[cfg(test)]
mod found_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::engine::Outside;
use crate::engine::spool::{self, SPOOL_MAX, Spool};
use crate::engine::steps::mask::Mask;
use crate::engine::steps::report::Reporter;
use crate::id::{RoomId, StepId, VarName};
use crate::room::event::{Done, Event, Failure};
use crate::runbook::model::{Runbook, Step, StepKind};
use crate::runbook::template::Values;
use crate::time::Moment;

/// What all steps of a room have in common. It holds secrets, and so can't be printed.
pub struct Setting {
    pub room: RoomId,
    /// The room's folder: scripts and output are kept in it.
    pub folder: PathBuf,
    /// Where scripts run; `None` is the folder the program was started in.
    pub dir: Option<PathBuf>,
    pub values: Values,
    pub mask: Mask,
    /// The variable that holds why the rollback was started.
    pub reason: Option<VarName>,
}

impl Setting {
    pub fn new(runbook: &Runbook, values: Values, room: RoomId, folder: PathBuf) -> Self {
        let secrets = runbook.vars.iter().filter(|(_, var)| var.secret).filter_map(|(name, _)| values.0.get(name));
        let mask = Mask::new(secrets.map(String::as_str));
        let reason = runbook.vars.iter().find(|(_, var)| var.at_rollback).map(|(name, _)| name.clone());
        Self { room, folder, dir: None, values, mask, reason }
    }

    /// The values that one step finds: the room's, what was captured so far, its own, and the rollback's reason.
    pub fn values_for(&self, step: &Step, captured: &BTreeMap<VarName, String>, reason: Option<&str>) -> Values {
        let mut values = self.values.clone();
        values.0.extend(captured.iter().map(|(name, value)| (name.clone(), value.clone())));
        if let (Some(name), Some(reason)) = (&self.reason, reason) {
            values.0.insert(name.clone(), reason.to_owned());
        }
        let own: Vec<_> = step.with.iter().map(|(name, value)| (name.clone(), value.render(&values))).collect();
        values.0.extend(own);
        values
    }
}

/// One attempt of one step.
#[derive(Clone)]
pub struct Job {
    pub step: Step,
    pub attempt: u32,
    pub setting: Arc<Setting>,
    /// What its texts and its environment are made with, secrets included.
    pub values: Values,
    /// Why the rollback was started, for its steps: they find it as `WARROOM_REASON`.
    pub reason: Option<String>,
    /// What the journal came to with the start of this attempt: its script finds it as `WARROOM_ANCHOR`, to send it on.
    pub anchor: String,
    /// What an earlier process of this room knew of the attempt: it is not started, but found again.
    pub before: Option<Before>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    pub started: Moment,
    /// It had been told to stop.
    pub cancelled: bool,
    /// Bytes of its output that are in the journal.
    pub heard: u64,
}

/// How an attempt ended, or that nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    Done(Done),
    Failed(Failure),
    Lost(String),
}

impl From<Result<Done, Failure>> for Ending {
    fn from(result: Result<Done, Failure>) -> Self {
        result.map_or_else(Self::Failed, Self::Done)
    }
}

/// Something the room must hear of: an [`Event::StepOutput`], and at the end a `StepDone` or a `StepFailed`. Where our own
/// code broke down the end is a `StepLost`, for the child may run on.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub step: StepId,
    pub attempt: u32,
    pub event: Event,
}

/// Stops a step. Letting go of it stops nothing.
#[derive(Debug)]
pub struct Cancel(watch::Sender<bool>);

/// The step's end of it.
#[derive(Clone, Debug)]
pub struct Cancelled(watch::Receiver<bool>);

pub fn cancel() -> (Cancel, Cancelled) {
    let (sender, receiver) = watch::channel(false);
    (Cancel(sender), Cancelled(receiver))
}

impl Cancel {
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}

impl Cancelled {
    /// Returns when the step is to stop, and never if nobody can say so any more.
    pub(in crate::engine) async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Starts a `run` or an `http` step in a task of its own.
pub fn start(job: Job, outside: Outside, reports: mpsc::Sender<Report>) -> Cancel {
    let (cancel, cancelled) = cancel();
    let (step, attempt) = (job.step.id.clone(), job.attempt);
    let running = tokio::spawn(run(job, outside, reports.clone(), cancelled));
    tokio::spawn(async move {
        let Err(error) = running.await else { return };
        tracing::error!("{step} broke down: {error}");
        let why = "the room's own code broke down".to_owned();
        let event = Event::StepLost { step: step.clone(), attempt, why };
        // Without a listener there is no room that could be told.
        let _ = reports.send(Report { step, attempt, event }).await;
    });
    cancel
}

/// Runs a step to its end, which is the last report.
pub async fn run(job: Job, outside: Outside, reports: mpsc::Sender<Report>, cancelled: Cancelled) {
    let mut reporter = reporter(&job, &outside, reports).await;
    let ending = match &job.step.kind {
        StepKind::Run { .. } => script::run(&job, &outside, &mut reporter, cancelled).await,
        StepKind::Http(_) if job.before.is_some() => {
            Ending::Lost("the room ended while the request was on its way; it may have been carried out".to_owned())
        }
        StepKind::Http(request) => request::run(&job, request, &outside, &mut reporter, cancelled).await.into(),
        StepKind::Manual { .. }
        | StepKind::Wait { .. }
        | StepKind::Bake { .. }
        | StepKind::Until { .. }
        | StepKind::Message { .. }
        | StepKind::Choose { .. }
        | StepKind::Group => {
            let what = format!("a step of the kind `{}` is not for a machine to do", job.step.kind.word());
            Ending::Failed(Failure::Broken { what })
        }
    };
    reporter.end(ending).await;
}

async fn reporter(job: &Job, outside: &Outside, reports: mpsc::Sender<Report>) -> Reporter {
    let (step, mask) = (job.step.id.clone(), job.setting.mask.clone());
    // What a script prints is kept by who holds it; and of a request that is lost the log is left as it is.
    if matches!(job.step.kind, StepKind::Run { .. }) || job.before.is_some() {
        return Reporter::new(step, job.attempt, mask, None, reports).from(job.before.map_or(0, |before| before.heard));
    }
    let path = spool::path(&job.setting.folder, &job.step.id, job.attempt);
    match Spool::create(&path, SPOOL_MAX, Arc::clone(&outside.clock)) {
        Ok(spool) => Reporter::new(step, job.attempt, mask, Some(spool), reports),
        // A full disk must not stand in the way of a rollback.
        Err(error) => {
            let spool = Spool::nowhere(Arc::clone(&outside.clock));
            let mut reporter = Reporter::new(step, job.attempt, mask, Some(spool), reports);
            let file = path.strip_prefix(&job.setting.folder).unwrap_or(&path).display();
            let what = format!("warroom: the output is not kept on disk, {file} in the room's folder can't be written: {error}");
            reporter.say(&what).await;
            reporter
        }
    }
}
