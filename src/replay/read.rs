//! Reading a recording while its beginning is already looked at.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::journal::storage::DiskStorage;
use crate::journal::{self, JournalError, Torn};
use crate::replay::records::Records;
use crate::replay::times::Times;
use crate::room::{Event, Record, State, apply, snapshot};

/// A recording no longer than this is read before anything of it is shown, so that one that is damaged is not shown at all.
const FIRST_BYTES: u64 = 1 << 20;

/// Later parts, so that the screen has little to do for each of them.
const PART_BYTES: u64 = 4 << 20;

/// Parts that may wait for the screen.
const WAITING_MAX: usize = 4;

/// Records between two states that are folded on the way, so that moving the play head is quick wherever it goes.
const STRETCH: usize = 1 << 15;

/// What the reading thread tells.
#[derive(Debug)]
pub enum Heard {
    Part(Box<Part>),
    End { torn: Option<Torn> },
    Failed(JournalError),
}

/// Some more of a recording.
#[derive(Debug)]
pub struct Part {
    pub(super) records: Records,
    pub(super) times: Times,
    /// What everything up to here comes to.
    pub(super) state: Option<State>,
    /// How much of the journal is read, of 100.
    pub(super) percent: u8,
}

/// What is still to come of a recording.
#[derive(Debug)]
pub struct Coming(Receiver<Heard>);

impl Coming {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let (tell, heard) = channel(WAITING_MAX);
        let path = path.to_owned();
        thread::Builder::new().name("reading".to_owned()).spawn(move || read(&path, &tell))?;
        Ok(Self(heard))
    }

    /// `None` after the last.
    pub async fn next(&mut self) -> Option<Heard> {
        self.0.recv().await
    }

    /// The same for who has nothing else to do.
    pub fn wait(&mut self) -> Option<Heard> {
        self.0.blocking_recv()
    }
}

/// Tells all of the recording, until nobody listens any more.
fn read(path: &Path, tell: &Sender<Heard>) {
    let mut part = Parts { records: Records::default(), times: Times::default(), told: 0, count: 0, kept: 0, state: None };
    let last = (|| {
        let sizes = journal::sizes(&DiskStorage, path)?;
        let mut reader = journal::open(&DiskStorage, path)?.of_any_format();
        reader.blocks(|place, records| {
            part.add(records);
            let before: u64 = sizes.iter().filter(|(segment, _)| *segment < place.segment).map(|(_, bytes)| bytes).sum();
            let read = before + place.offset;
            let all: u64 = sizes.iter().map(|(_, bytes)| bytes).sum();
            if read - part.told < if part.told == 0 { FIRST_BYTES } else { PART_BYTES } {
                return ControlFlow::Continue(());
            }
            part.told = read;
            let percent = (read.saturating_mul(100) / all.max(1)).min(99) as u8;
            part.tell(percent, tell)
        })?;
        Ok(reader.torn())
    })();
    let heard = match last {
        Err(error) => Heard::Failed(error),
        Ok(torn) => Heard::End { torn },
    };
    // What was read before a damage is worth a look, where it is long.
    let shown = matches!(heard, Heard::End { .. }) || part.told > 0;
    if !shown || part.tell(100, tell).is_continue() {
        drop(tell.blocking_send(heard));
    }
}

/// What was read and not told yet.
struct Parts {
    records: Records,
    times: Times,
    /// Bytes that were told of.
    told: u64,
    count: usize,
    /// How many records the last state had that was told.
    kept: usize,
    state: Option<State>,
}

impl Parts {
    fn add(&mut self, records: &mut Vec<Record>) {
        for record in records.iter() {
            if let (None, Event::Opened(opened)) = (&self.state, &record.event) {
                // What is wrong with its runbook is told by who shows it.
                let runbook = snapshot::runbook_of(opened).ok();
                self.state = runbook.map(|runbook| State::open(opened, record.at, Arc::new(runbook)));
            }
            if let Some(state) = &mut self.state {
                apply(state, record);
            }
        }
        self.times.note(records);
        self.count += records.len();
        self.records.take(records);
    }

    fn tell(&mut self, percent: u8, tell: &Sender<Heard>) -> ControlFlow<()> {
        let state = (percent == 100 || self.count - self.kept >= STRETCH).then(|| self.state.clone()).flatten();
        if state.is_some() {
            self.kept = self.count;
        }
        let part = Part { records: std::mem::take(&mut self.records), times: self.times.take(), state, percent };
        if tell.blocking_send(Heard::Part(Box::new(part))).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
