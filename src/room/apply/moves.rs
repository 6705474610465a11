//! Where sources are, that are elsewhere in some phases: what was measured at one address says nothing about another.

use crate::id::{PhaseId, SourceId};
use crate::room::state::{Ending, Stage, State};
use crate::runbook::model::Address;
use crate::time::Moment;

/// Follows the plan: from the moment it is where a source has another address, nothing of that source is known.
pub(super) fn follow(state: &mut State, at: Moment) {
    if state.runbook.sources.values().all(|source| source.kind.address().is_none_or(|address| address.during.is_empty())) {
        return;
    }
    let place = match &state.stage {
        Stage::Planned => None,
        Stage::Underway { phase } => state.runbook.phases.get(*phase).map(|phase| phase.id.clone()),
        Stage::RollingBack | Stage::Ended(Ending::RolledBack { .. }, _) => Some(PhaseId::new(Address::ROLLBACK)),
        Stage::Ended(Ending::Completed, _) => state.runbook.phases.last().map(|phase| phase.id.clone()),
        // What was abandoned is left where it was.
        Stage::Ended(Ending::Abandoned { .. }, _) => return,
    };
    let runbook = state.runbook.clone();
    for (id, source) in &runbook.sources {
        if let Some(address) = source.kind.address() {
            move_to(state, id, address.at(place.as_ref()).1, at);
        }
    }
}

/// Samples stay, to be drawn; what is judged, compared and counted begins anew.
fn move_to(state: &mut State, id: &SourceId, to: Option<&PhaseId>, at: Moment) {
    let other = state.elsewhere(id, to);
    let Some(source) = state.sources.get_mut(id) else { return };
    source.asked = to.cloned();
    if !other {
        return;
    }
    source.health.move_to(at, to.cloned());
    source.alerts.move_to(at, to.cloned());
    (source.last, source.since) = (None, None);
    source.alert_names.clear();
    let runbook = state.runbook.clone();
    for (metric, _) in runbook.metrics.iter().filter(|(_, metric)| metric.asks(id)) {
        state.sides.remove(metric);
        if let Some(history) = state.metrics.get_mut(metric) {
            history.move_to(at, to.cloned());
        }
    }
}

/// Whether a poll is to be taken in. One that was on its way when the plan moved on tells of where the source was.
pub(super) fn takes_in(state: &mut State, id: &SourceId, during: Option<&PhaseId>, at: Moment) -> bool {
    if matches!(state.stage, Stage::Ended(Ending::Abandoned { .. }, _)) {
        move_to(state, id, during, at);
    }
    !state.elsewhere(id, during)
}

impl State {
    /// Whether the address for this phase is not the one that the source is to be asked at now.
    pub(in crate::room) fn elsewhere(&self, id: &SourceId, during: Option<&PhaseId>) -> bool {
        let address = self.runbook.sources.get(id).and_then(|source| source.kind.address());
        let (Some(address), Some(source)) = (address, self.sources.get(id)) else { return false };
        address.at(during).0 != address.at(source.asked.as_ref()).0
    }

    /// The phase for whose own address the source is to be asked now.
    pub fn asked_at(&self, id: &SourceId) -> Option<&PhaseId> {
        self.sources.get(id)?.asked.as_ref()
    }
}
