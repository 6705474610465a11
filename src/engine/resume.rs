//! A room that is taken up again on its journal, after the process that ran it has gone.
//!
//! What the journal holds is folded; what ran is found again by who holds it, is known to have ended, or is lost. Manual steps
//! and waits go on, a bake counts on from the last record, and a rollback that counts down begins to count anew: nobody had
//! the time to veto it.

use std::io;
use std::path::{Path, PathBuf};

use crate::engine::actor::{Engine, Setup};
use crate::engine::clock::SystemClock;
use crate::engine::steps::Before;
use crate::engine::writer::Writer;
use crate::id::OperatorId;
use crate::journal::storage::Storage;
use crate::journal::{self, Journal, JournalError, Resumed, Torn};
use crate::room::event::Event;
use crate::room::state::StepStatus;
use crate::room::{State, follow};
use crate::runbook::template::Values;
use crate::runbook::{self, Problems, Runbook};

/// Why a room can't be taken up again. Nothing was changed, except that a torn end may have been cut off its journal.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    #[error(transparent)]
    Journal(JournalError),
    #[error("the journal does not begin with the opening of a room")]
    NotOpened,
    #[error("the runbook in the journal can't be read by this version of warroom: {0}")]
    Runbook(Problems),
}

impl From<journal::ResumeError> for ResumeError {
    fn from(error: journal::ResumeError) -> Self {
        match error {
            journal::ResumeError::Journal(error) => Self::Journal(error),
            journal::ResumeError::NotOpened => Self::NotOpened,
            journal::ResumeError::Runbook(problems) => Self::Runbook(problems),
        }
    }
}

/// A room as its journal has it, owned by this process from here on.
#[derive(Debug)]
pub struct Found {
    pub state: State,
    /// What a crash left at the end of the journal, and was cut: to be said when the room goes on.
    pub torn: Option<Torn>,
    journal: Journal,
    folder: PathBuf,
}

/// Takes possession of the room in `folder`. Nothing in it is started or changed before an [`Engine`] runs that was
/// [told so](Engine::resuming).
pub fn resume(storage: &dyn Storage, folder: &Path) -> Result<Found, ResumeError> {
    let Resumed { journal, state, torn, .. } = journal::resume(storage, folder)?;
    Ok(Found { state, torn, journal, folder: folder.to_owned() })
}

/// How the room in `folder` was left, without taking possession of it and without changing anything.
pub fn look(storage: &dyn Storage, folder: &Path) -> Result<State, ResumeError> {
    Ok(journal::look(storage, folder)?)
}

/// The runbook as it is in the journal, to find out by which variables have to be given again.
pub fn runbook(state: &State) -> Result<Runbook, ResumeError> {
    runbook::load(&state.opened.file, &state.opened.runbook).map_err(ResumeError::Runbook)
}

/// The values that are in the journal: all but the secrets.
pub fn given(state: &State) -> Vec<(String, String)> {
    let values = state.opened.values.iter();
    values.map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect()
}

impl Found {
    /// A clock by which room time goes on.
    pub fn clock(&self) -> SystemClock {
        SystemClock::resumed(self.state.at, self.state.clock_offset)
    }

    /// `values` are all of them, secrets too.
    pub fn setup(self, values: Values) -> io::Result<Setup> {
        Ok(Setup { state: self.state, writer: Writer::start(self.journal)?, values, folder: self.folder })
    }

    /// The same for a simulation, whose disk takes no time.
    pub fn setup_in_task(self, values: Values) -> Setup {
        Setup { state: self.state, writer: Writer::start_in_task(self.journal), values, folder: self.folder }
    }
}

impl Engine {
    /// Says that the room was begun by another process, and is taken up again by this operator on this host, of which `boot`
    /// tells one start from the next.
    #[must_use]
    pub fn resuming(mut self, operator: OperatorId, host: String, boot: String, torn: Option<Torn>) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let torn = torn.map(|torn| torn.bytes);
        self.resumed = Some(Event::Resumed { operator, host, boot, version, torn });
        self
    }

    /// Records that the room goes on, and finds what ran.
    pub(super) async fn take_up(&mut self) {
        let Some(resumed) = self.resumed.take() else { return };
        self.record(vec![resumed]).await;
        let counted_anew = follow::counted_anew(&self.state, self.outside.clock.now());
        self.record(counted_anew).await;
        let runbook = self.state.runbook.clone();
        for step in runbook.all_steps().filter(|step| step.kind.runs_outside()) {
            let Some(now) = self.state.steps.get(&step.id) else { continue };
            let StepStatus::Running { started, cancelled, .. } = now.status else { continue };
            let (attempt, before) = (now.attempt, Before { started, cancelled: cancelled.is_some(), heard: now.heard });
            self.run_step(&step.id, attempt, Some(before));
            if cancelled.is_some()
                && let Some(running) = self.running.get(&(step.id.clone(), attempt))
            {
                // It was told to end, and the room ended before it could see to it.
                running.cancel();
            }
        }
    }
}
