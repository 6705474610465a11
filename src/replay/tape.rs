//! The state at any place of a recording.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::replay::ReplayError;
use crate::replay::records::Records;
use crate::room::{Event, Record, State, apply};
use crate::runbook::Runbook;

/// States kept along the way. Going back folds at most the stretch between two of them.
const KEYFRAMES_MAX: usize = 32;

/// A shorter stretch is folded faster than a state is copied.
const STRETCH_MIN: usize = 512;

fn stretch(records: usize) -> usize {
    (records / KEYFRAMES_MAX + 1).max(STRETCH_MIN)
}

/// The state as the fold of the first `position` records.
#[derive(Debug)]
pub(super) struct Tape {
    records: Records,
    state: State,
    position: usize,
    stretch: usize,
    keyframes: BTreeMap<usize, State>,
}

impl Tape {
    /// At the first record, which opens the room.
    pub(super) fn new(records: Records, runbook: Arc<Runbook>) -> Result<Self, ReplayError> {
        let Some(first @ Record { at, event: Event::Opened(opened), .. }) = records.first() else {
            return Err(ReplayError::NotOpened);
        };
        let mut state = State::open(opened, *at, runbook);
        apply(&mut state, first);
        let stretch = stretch(records.len());
        Ok(Self { state: state.clone(), position: 1, stretch, keyframes: BTreeMap::from([(1, state)]), records })
    }

    /// More was read; `state` is what all of it comes to, where that was folded on the way.
    pub(super) fn grow(&mut self, records: Records, state: Option<State>) {
        self.records.extend(records);
        self.stretch = stretch(self.records.len());
        if let Some(state) = state {
            self.keep(self.records.len(), state);
        }
    }

    /// When there are too many, every other one goes; never the first, from which all can be folded.
    fn keep(&mut self, position: usize, state: State) {
        self.keyframes.insert(position, state);
        if self.keyframes.len() > 2 * KEYFRAMES_MAX {
            let mut place = 0;
            self.keyframes.retain(|_, _| {
                place += 1;
                place % 2 == 1
            });
        }
    }

    pub(super) fn records(&self) -> &Records {
        &self.records
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Makes the state that of the first `position` records: from the keyframe before it, or from here where that
    /// is nearer.
    pub(super) fn move_to(&mut self, position: usize) {
        let target = position.clamp(1, self.records.len());
        let near = self.keyframes.range(..=target).next_back();
        if let Some((place, state)) = near
            && (target < self.position || *place > self.position)
        {
            self.state.clone_from(state);
            self.position = *place;
        }
        let mut kept = Vec::new();
        for record in self.records.at(self.position..target.max(self.position)) {
            apply(&mut self.state, record);
            self.position += 1;
            if self.position.is_multiple_of(self.stretch) && !self.keyframes.contains_key(&self.position) {
                kept.push((self.position, self.state.clone()));
            }
        }
        for (position, state) in kept {
            self.keep(position, state);
        }
    }
}
