//! What one screen has still to be told. A screen that reads slowly delays nobody but itself.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::link::Update;
use crate::room::Record;

/// Records that may wait for a screen before it is let go.
const WAITING_MAX: usize = 200_000;

/// The engine's side of a screen.
#[derive(Debug)]
pub(super) struct Screen {
    updates: Option<mpsc::Sender<Update>>,
    records: Vec<Arc<Record>>,
    answers: Vec<Update>,
}

impl Screen {
    pub(super) fn new(updates: mpsc::Sender<Update>) -> Self {
        Self { updates: Some(updates), records: Vec::new(), answers: Vec::new() }
    }

    pub(super) fn records(&mut self, records: &[Arc<Record>]) {
        if self.updates.is_some() {
            self.records.extend_from_slice(records);
        }
        self.flush();
    }

    /// An answer comes after the records that it speaks of.
    pub(super) fn answer(&mut self, answer: Update) {
        if self.updates.is_some() {
            self.answers.push(answer);
        }
        self.flush();
    }

    /// Hands over what the screen has room for.
    pub(super) fn flush(&mut self) {
        let Some(updates) = &self.updates else { return };
        if !self.records.is_empty() {
            match updates.try_send(Update::Records(std::mem::take(&mut self.records))) {
                Ok(()) => {}
                Err(TrySendError::Full(Update::Records(records))) => {
                    self.records = records;
                    if self.records.len() > WAITING_MAX {
                        self.let_go();
                    }
                    return;
                }
                Err(TrySendError::Full(_) | TrySendError::Closed(_)) => return self.let_go(),
            }
        }
        while let Some(answer) = self.answers.first() {
            match updates.try_send(answer.clone()) {
                Ok(()) => drop(self.answers.remove(0)),
                Err(TrySendError::Full(_)) => return,
                Err(TrySendError::Closed(_)) => return self.let_go(),
            }
        }
    }

    fn let_go(&mut self) {
        self.updates = None;
        self.records = Vec::new();
        self.answers = Vec::new();
    }
}
