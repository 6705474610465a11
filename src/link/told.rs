//! What is told to many at once: put into words once, shared by all.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::room::event::Event;
use crate::room::{Record, State, snapshot};

/// Records that were made durable together.
#[derive(Clone, Debug)]
pub struct Batch(Arc<Told>);

#[derive(Debug)]
struct Told {
    records: Vec<Arc<Record>>,
    text: OnceLock<Option<Arc<str>>>,
}

impl Batch {
    pub fn of(records: Vec<Arc<Record>>) -> Self {
        Self(Arc::new(Told { records, text: OnceLock::new() }))
    }

    /// All of it as one JSON array: whoever asks first makes it.
    pub fn json(&self) -> Option<Arc<str>> {
        let make = || serde_json::to_string(&self.0.records).ok().map(Arc::from);
        self.0.text.get_or_init(make).clone()
    }

    /// About how many bytes of memory it holds.
    pub fn weight(&self) -> usize {
        self.iter().map(|record| weight(record)).sum()
    }
}

impl Deref for Batch {
    type Target = [Arc<Record>];

    fn deref(&self) -> &Self::Target {
        &self.0.records
    }
}

fn weight(record: &Record) -> usize {
    const USUAL: usize = 400;
    match &record.event {
        Event::StepOutput { output, .. } => USUAL + output.lines.iter().map(|line| line.len() + 24).sum::<usize>(),
        Event::Opened(opened) => USUAL + opened.runbook.len(),
        _ => USUAL,
    }
}

/// The room as it stood at a moment.
#[derive(Clone, Debug)]
pub struct Picture(Arc<Stood>);

#[derive(Debug)]
struct Stood {
    state: State,
    text: OnceLock<Arc<str>>,
}

impl Picture {
    pub fn of(state: State) -> Self {
        Self(Arc::new(Stood { state, text: OnceLock::new() }))
    }

    /// All of it as JSON: whoever asks first makes it, which may take a while.
    pub fn json(&self) -> Arc<str> {
        let make = || String::from_utf8(snapshot::save(&self.0.state)).map_or_else(|_| Arc::from(""), Arc::from);
        self.0.text.get_or_init(make).clone()
    }

    pub fn state(&self) -> &State {
        &self.0.state
    }
}
