//! Limits that contradict each other: a gate that lets pass what a trigger rolls back, a criterion that asks for the worse.

use super::Check;
use crate::id::{InOrder, MetricId};
use crate::measure::criterion::{Op, Test};
use crate::measure::metric::{Better, Metric};
use crate::measure::show;
use crate::runbook::clash::{Compared, any, clash, compared};
use crate::runbook::file::{Extent, Node, Value};
use crate::runbook::model::{Gate, Phase, Then, Trigger};
use crate::runbook::written::{Written, entry};

impl Check<'_> {
    pub(super) fn contradictions(
        &mut self,
        metrics: &InOrder<MetricId, Metric>,
        (phases, phases_node): (&[Phase], Option<&Node>),
        (triggers, triggers_node): (&[Trigger], Option<&Node>),
    ) {
        let trigger_nodes = items(triggers_node);
        // Where something could not be read there are problems enough, and places no longer match.
        if trigger_nodes.len() != triggers.len() {
            return;
        }
        let written = Written::of(phases_node);
        let failures = std::mem::take(&mut self.failures);
        let fails = failures.iter().filter_map(|failure| {
            let phase = phases.iter().find(|phase| failure.during.contains(&phase.id))?;
            Some((failure, written.value(phase, "fail")?))
        });
        let watching: Vec<(&Trigger, &Node)> = triggers.iter().zip(trigger_nodes).chain(fails).collect();
        for (trigger, node) in &watching {
            let at = value(node, "when").map_or_else(|| node.head(), |node| node.extent);
            for test in any(&trigger.when.test) {
                self.wrong_way(metrics, test, at, false);
            }
        }
        for phase in phases {
            let (Some(gate), Some(node)) = (&phase.gate, written.value(phase, "gate")) else { continue };
            let armed = watching.iter().filter(|(one, _)| one.during.is_empty() || one.during.contains(&phase.id));
            self.gate_against(metrics, gate, value(node, "require"), &armed.copied().collect::<Vec<_>>());
        }
        self.failures = failures;
    }

    fn gate_against(
        &mut self,
        metrics: &InOrder<MetricId, Metric>,
        gate: &Gate,
        require: Option<&Node>,
        armed: &[(&Trigger, &Node)],
    ) {
        let nodes = require.map(|node| if let Value::List(nodes) = &node.value { nodes.iter().collect() } else { vec![node] });
        for (criterion, node) in gate.require.iter().zip(nodes.unwrap_or_default()) {
            for test in criterion.test.needed() {
                self.wrong_way(metrics, test, node.extent, true);
                let Some(compared) = compared(test) else { continue };
                for (trigger, trigger_node) in armed {
                    self.looser(metrics, compared, node.extent, trigger, trigger_node);
                }
            }
        }
    }

    /// Passing is for what is good, firing for what is bad.
    fn wrong_way(&mut self, metrics: &InOrder<MetricId, Metric>, test: &Test, at: Extent, should_be_good: bool) {
        let Test::Compare { metric: id, op, .. } = test else { return };
        let Some(better) = metrics.get(id).and_then(|metric| metric.better) else { return };
        let asks_for = match op {
            Op::Less | Op::AtMost => Better::Lower,
            Op::More | Op::AtLeast => Better::Higher,
            Op::Equal | Op::NotEqual => return,
        };
        if (asks_for == better) == should_be_good {
            return;
        }
        let word = if better == Better::Lower { "lower" } else { "higher" };
        let what = if should_be_good { "this passes when it is worse" } else { "this comes true when it is better" };
        self.say(at, format!("{what}: `{id}` says `better: {word}`"), "turn the sign round, or correct the metric");
    }

    fn looser(&mut self, metrics: &InOrder<MetricId, Metric>, gate: Compared, at: Extent, trigger: &Trigger, node: &Node) {
        if trigger.then == Then::Notify {
            return;
        }
        let (Some((id, _, limit)), Some(metric)) = (clash(gate, &trigger.when.test), metrics.get(gate.0)) else { return };
        let line = self.notes.line(node.head());
        let limit = show::number(limit, &metric.unit);
        let help = format!("it fires at {limit}, line {line}: the gate's limit belongs on the good side of that");
        self.say(at, format!("the gate lets pass a value of {id} at which the trigger \"{}\" fires", trigger.title), help);
    }
}

fn items(node: Option<&Node>) -> Vec<&Node> {
    if let Some(Value::List(nodes)) = node.map(|node| &node.value) { nodes.iter().collect() } else { Vec::new() }
}

fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entry(node, key).map(|entry| &entry.value)
}
