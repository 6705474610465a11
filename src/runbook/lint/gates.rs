//! Gates against bands: one that passes what the screen calls critical contradicts it. Gates against roles: a poll of a
//! role that nobody holds waits for nobody.

use super::Lint;
use super::plan::written;
use super::rules::{GATE_TOO_LOOSE, NOBODY_VOTES, VERIFY_TOO_LOOSE};
use crate::id::MetricId;
use crate::measure::criterion::{Limit, Op, Test};
use crate::measure::metric::{Bands, Range};
use crate::measure::show;
use crate::runbook::clash::{any, clash, compared};
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Gate, Phase, Role, Then};
use crate::runbook::written::entry;

/// Held by who has the conn.
const COMMANDER: &str = "commander";

impl Lint<'_> {
    pub(super) fn gates(&mut self, root: &Node) {
        let phases = written(root);
        let runbook = self.runbook;
        for phase in &runbook.phases {
            let (Some(gate), Some(written)) = (&phase.gate, phases.value(phase, "gate")) else { continue };
            if let Some(require) = entry(written, "require") {
                self.gate(phase, gate, &require.value);
            }
            if let Some(poll) = entry(written, "poll") {
                self.poll(gate, &poll.value);
            }
        }
    }

    /// What was bad enough to go back for cannot be the proof that it helped.
    pub(super) fn verify(&mut self, root: &Node) {
        let runbook = self.runbook;
        let written = entry(root, "rollback").and_then(|rollback| entry(&rollback.value, "verify"));
        let (Some(rollback), Some(written)) = (&runbook.rollback, written) else { return };
        for (place, criterion) in rollback.verify.iter().enumerate() {
            for passes in criterion.test.needed().into_iter().filter_map(compared) {
                // One that fires early, after an hour of it, says nothing while another one fires later.
                let about = |test: &Test| any(test).into_iter().filter_map(compared).any(|one| one.0 == passes.0);
                let firing = runbook.triggers.iter().filter(|one| one.then != Then::Notify && about(&one.when.test));
                let clashes: Option<Vec<_>> = firing.map(|one| Some((one, clash(passes, &one.when.test)?))).collect();
                let found = clashes.and_then(|all| all.into_iter().next());
                let (Some((trigger, (id, _, limit))), Some(metric)) = (found, runbook.metrics.get(passes.0)) else { continue };
                let at = match &written.value.value {
                    Value::List(nodes) => nodes.get(place).map_or_else(|| written.value.head(), |node| node.extent),
                    Value::Nothing | Value::Text { .. } | Value::Map(_) => written.value.extent,
                };
                let what = format!("this holds at values of `{id}` at which the trigger \"{}\" fires", trigger.title);
                let help = format!("it fires at {}: ask for less than that", show::number(limit, &metric.unit));
                self.warn(&VERIFY_TOO_LOOSE, at, what, help);
            }
        }
    }

    /// Where the runbook says who holds roles, one that it names nobody for was forgotten. Where it says so of none, the
    /// commander gives them to who is there.
    fn poll(&mut self, gate: &Gate, poll: &Node) {
        let runbook = self.runbook;
        if !runbook.roles.values().any(Role::is_staffed) {
            return;
        }
        for (place, id) in gate.poll.iter().enumerate() {
            let Some(role) = runbook.roles.get(id) else { continue };
            let is_it = |named: &str| named.eq_ignore_ascii_case(id.as_str()) || named.eq_ignore_ascii_case(&role.title);
            let has_contact = runbook.contacts.iter().any(|contact| contact.role.as_deref().is_some_and(is_it));
            if role.is_staffed() || id.as_str() == COMMANDER || has_contact {
                continue;
            }
            let at = match &poll.value {
                Value::List(nodes) => nodes.get(place).map_or_else(|| poll.head(), |node| node.extent),
                Value::Nothing | Value::Text { .. } | Value::Map(_) => poll.extent,
            };
            let what = format!("nobody is named for `{id}`, whose vote this gate waits for");
            self.warn(
                &NOBODY_VOTES,
                at,
                what,
                format!("name who holds `{id}` with `people:` or `group:`, or a contact with this role"),
            );
        }
    }

    fn gate(&mut self, phase: &Phase, gate: &Gate, require: &Node) {
        let runbook = self.runbook;
        let tests: Vec<&Test> = gate.require.iter().flat_map(|criterion| criterion.test.needed()).collect();
        for (place, criterion) in gate.require.iter().enumerate() {
            for test in criterion.test.needed() {
                let Some((id, metric)) = of(test).and_then(|id| runbook.metrics.get_key_value(id)) else { continue };
                let bands = metric.bands_in(Some(&phase.id));
                // One that is strict is enough, wherever it stands.
                if !is_loose(test, bands) || tests.iter().any(|other| guards(other, id, bands)) {
                    continue;
                }
                let Some(critical) = bands.critical else { continue };
                let at = match &require.value {
                    Value::List(nodes) => nodes.get(place).map_or_else(|| require.head(), |node| node.extent),
                    Value::Nothing | Value::Text { .. } | Value::Map(_) => require.extent,
                };
                let said = show::range(&critical, &metric.unit);
                let what = format!("this passes at values of `{id}` that are critical, {said}");
                self.warn(&GATE_TOO_LOOSE, at, what, "ask for less than that, or add `no critical metrics`");
            }
        }
    }
}

fn of(test: &Test) -> Option<&MetricId> {
    if let Test::Compare { metric, limit: Limit::Fixed(_), .. } = test { Some(metric) } else { None }
}

/// Whether the critical band begins before the limit is reached.
fn is_loose(test: &Test, bands: &Bands) -> bool {
    let Test::Compare { op, limit: Limit::Fixed(limit), .. } = test else { return false };
    let Some(Range { low, high }) = bands.critical else { return false };
    match (op, low, high) {
        (Op::Less | Op::AtMost, Some(end), _) => *limit > end.value || (*limit == end.value && *op == Op::AtMost && end.included),
        (Op::More | Op::AtLeast, _, Some(end)) => {
            *limit < end.value || (*limit == end.value && *op == Op::AtLeast && end.included)
        }
        (Op::Less | Op::AtMost, None, _) | (Op::More | Op::AtLeast, _, None) | (Op::Equal | Op::NotEqual, _, _) => false,
    }
}

/// Whether this alone keeps the gate shut while the metric is critical.
fn guards(test: &Test, id: &MetricId, bands: &Bands) -> bool {
    match test {
        Test::NoCritical { .. } => true,
        Test::Target { metric, .. } => metric == id,
        Test::Compare { metric, limit: Limit::Fixed(_), op: Op::Less | Op::AtMost, .. } => {
            metric == id && bands.critical.is_some_and(|range| range.low.is_some()) && !is_loose(test, bands)
        }
        Test::Compare { metric, limit: Limit::Fixed(_), op: Op::More | Op::AtLeast, .. } => {
            metric == id && bands.critical.is_some_and(|range| range.high.is_some()) && !is_loose(test, bands)
        }
        Test::Compare { .. }
        | Test::Change { .. }
        | Test::Health { .. }
        | Test::Uptime { .. }
        | Test::NoAlerts { .. }
        | Test::Due { .. }
        | Test::Complete { .. }
        | Test::Confirmed { .. }
        | Test::All(_)
        | Test::Any(_)
        | Test::Not(_) => false,
    }
}
