//! Taking a room up again: the state that its journal comes to, and the journal to be written on.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crate::journal::storage::Storage;
use crate::journal::write::Opening;
use crate::journal::{FILE, Journal, JournalError, Reader, Torn, segment, snapshot};
use crate::room::snapshot::runbook_of;
use crate::room::{Event, Record, State, apply};
use crate::runbook::Problems;

/// A room as it was left.
#[derive(Debug)]
pub struct Resumed {
    pub journal: Journal,
    pub state: State,
    /// What a crash left of lines that were being written: nobody has acted on it, and it is kept beside.
    pub torn: Option<Torn>,
    /// Records that were folded to get there; the others were in a snapshot.
    pub folded: u64,
}

/// Why a room can't be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the journal does not begin with an opened room")]
    NotOpened,
    #[error("the runbook in the journal can't be read:\n{0}")]
    Runbook(#[from] Problems),
}

/// Opens the journal in `folder` to go on with it, with the state it comes to: from the snapshot beside it, where one can be
/// relied on, and the records after that; else from all of them. Only what is read is checked; `verify` reads all.
pub fn resume(storage: &dyn Storage, folder: &Path) -> Result<Resumed, ResumeError> {
    let opening = Opening::of(storage, folder)?;
    let (state, reader, count) = come_to(storage, folder)?;
    Ok(Resumed { journal: opening.journal(&reader)?, state, torn: reader.torn(), folded: count })
}

/// The state that the journal in `folder` comes to. It is not opened to go on with, and nothing is cut.
pub fn look(storage: &dyn Storage, folder: &Path) -> Result<State, ResumeError> {
    come_to(storage, folder).map(|(state, ..)| state)
}

type Read = Reader<Box<dyn BufRead>>;

/// The state, where reading came to, and how many records were folded to get there.
fn come_to(storage: &dyn Storage, folder: &Path) -> Result<(State, Read, u64), ResumeError> {
    let path = folder.join(FILE);
    let (mut state, mut reader) = match snapshot::kept(storage, folder) {
        Some((state, place)) => (Some(state), segment::open_from(storage, &path, place)?),
        None => (None, segment::open(storage, &path)?),
    };
    let mut count = 0;
    let mut outcome = Ok(());
    reader.blocks(|_, records| {
        count += records.len() as u64;
        outcome = records.iter().try_for_each(|record| fold(&mut state, record));
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    outcome?;
    let state = state.ok_or(JournalError::Empty)?;
    Ok((state, reader, count))
}

fn fold(state: &mut Option<State>, record: &Record) -> Result<(), ResumeError> {
    let state = match (&mut *state, &record.event) {
        (Some(state), _) => state,
        (None, Event::Opened(opened)) => state.insert(State::open(opened, record.at, Arc::new(runbook_of(opened)?))),
        (None, _) => return Err(ResumeError::NotOpened),
    };
    apply(state, record);
    Ok(())
}
