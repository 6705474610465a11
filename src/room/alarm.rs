//! Who is to be told when something turns bad: by how bad it is, the channels that are for it.

use crate::id::{ChannelId, MetricId};
use crate::measure::history::History;
use crate::measure::metric::{Band, Metric};
use crate::measure::reading::Reading;
use crate::room::event::Event;
use crate::room::state::{Stage, State, TriggerState};
use crate::runbook::model::{Channel, Severity};

/// `tell #deployment, page shop`: whom to tell; nothing where no channel is for it.
pub fn tell(state: &State, severity: Severity) -> Option<String> {
    let whom: Vec<_> = state.runbook.told(severity).map(Channel::reach).collect();
    (!whom.is_empty()).then(|| whom.join(", "))
}

/// Where a message goes: `tell #deployment, update https://status.example`.
pub fn reach(state: &State, to: &[ChannelId]) -> String {
    let channels = to.iter().filter_map(|id| state.runbook.channels.get(id));
    let said = channels.map(Channel::reach).collect::<Vec<_>>().join(", ");
    if said.is_empty() { "tell whoever has to know".to_owned() } else { said }
}

/// How bad it is now, by what has fired and what is under way.
pub fn severity(state: &State) -> Option<Severity> {
    match state.stage {
        Stage::RollingBack => return Some(Severity::Rollback),
        Stage::Ended(..) => return None,
        Stage::Planned | Stage::Underway { .. } => {}
    }
    let fired = |id| matches!(state.triggers.get(id), Some(TriggerState::Fired { .. }));
    let fired = state.runbook.triggers.iter().filter(|trigger| fired(&trigger.id));
    fired.map(|trigger| trigger.then.severity()).max()
}

/// The band that a metric leaves, where it was in one, and the one that it enters. That it is normal when it is first
/// measured is no news.
pub(super) fn entered(state: &State, metric: &Metric, history: &History, reading: &Reading) -> Option<(Option<Band>, Band)> {
    let Reading::Number(value) = reading else { return None };
    let was = history.newest().and_then(|sample| sample.reading.number());
    let bands = metric.bands_in(state.phase_of_bands());
    let (old, new) = (was.and_then(|was| bands.of(was)), bands.of(*value)?);
    let measured_before = || history.iter().any(|sample| history.counts(sample) && sample.reading.number().is_some());
    let no_news = old == Some(new) || (old.is_none() && new == Band::Normal && !measured_before());
    (!no_news).then_some((old, new))
}

/// How bad it is that a metric entered this band.
pub(super) fn of_band(band: Band) -> Option<Severity> {
    match band {
        Band::Critical => Some(Severity::Critical),
        Band::Warning => Some(Severity::Warning),
        Band::Between | Band::Normal => None,
    }
}

/// What somebody has to be told of once this event is applied: `error rate is critical: page shop`.
pub fn calls(state: &State, event: &Event) -> Vec<String> {
    let Event::SourcePolled { source, readings, during, .. } = event else { return Vec::new() };
    if state.elsewhere(source, during.as_ref()) {
        return Vec::new();
    }
    let call = |(id, reading): &(MetricId, Reading)| {
        let metric = state.runbook.metrics.get(id)?;
        let (_, band) = entered(state, metric, state.metrics.get(id)?, reading)?;
        let (severity, title) = (of_band(band)?, &metric.title);
        let how = if severity == Severity::Critical { "critical" } else { "in its warning band" };
        Some(format!("{title} is {how}: {}", tell(state, severity)?))
    };
    readings.iter().filter_map(call).collect()
}
