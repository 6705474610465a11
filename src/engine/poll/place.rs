//! Where the deployment stands, for sources that are elsewhere in some phases.

use tokio::sync::watch;

use crate::id::PhaseId;
use crate::room::State;
use crate::room::state::{Ending, Stage};
use crate::runbook::model::Address;

/// Told by the room, watched by the pollers.
#[derive(Debug)]
pub struct Place(watch::Sender<Option<PhaseId>>);

impl Place {
    pub fn of(state: &State) -> Self {
        let place = Self::nowhere();
        place.follow(state);
        place
    }

    /// For a source by itself.
    pub fn nowhere() -> Self {
        Self(watch::channel(None).0)
    }

    /// Tells the pollers where `state` is, when that is somewhere else.
    pub fn follow(&self, state: &State) {
        self.0.send_if_modified(|known| {
            let now = place(state, known.as_ref());
            let moved = *known != now;
            *known = now;
            moved
        });
    }

    /// One that a test moves about.
    #[cfg(test)]
    pub(super) fn to_be_told() -> (Self, watch::Sender<Option<PhaseId>>) {
        let teller = watch::channel(None).0;
        (Self(teller.clone()), teller)
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<PhaseId>> {
        self.0.subscribe()
    }
}

/// Before the start it is in no phase; what was abandoned is left where it was.
fn place(state: &State, known: Option<&PhaseId>) -> Option<PhaseId> {
    match &state.stage {
        Stage::Planned => None,
        Stage::Underway { phase } => state.runbook.phases.get(*phase).map(|phase| phase.id.clone()),
        Stage::RollingBack | Stage::Ended(Ending::RolledBack { .. }, _) => Some(PhaseId::new(Address::ROLLBACK)),
        Stage::Ended(Ending::Completed, _) => state.runbook.phases.last().map(|phase| phase.id.clone()),
        Stage::Ended(Ending::Abandoned { .. }, _) => known.cloned(),
    }
}
