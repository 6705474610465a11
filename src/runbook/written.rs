//! Where the phases of a checked runbook are written: one text may stand for several of them, and one may use another's.

use super::check::called;
use super::file::{Entry, Node, Value};
use super::model::Phase;

/// The list behind `phases:`.
pub(super) struct Written<'n>(&'n [Node]);

impl<'n> Written<'n> {
    pub(super) fn of(phases: Option<&'n Node>) -> Self {
        match phases.map(|node| &node.value) {
            Some(Value::List(nodes)) => Self(nodes),
            Some(Value::Nothing | Value::Text { .. } | Value::Map(_)) | None => Self(&[]),
        }
    }

    /// The mapping that the phase was made from.
    pub(super) fn node(&self, phase: &Phase) -> Option<&'n Node> {
        self.0.get(phase.written?)
    }

    /// What stands behind `key` of the phase, or else of the one that it uses.
    pub(super) fn value(&self, phase: &Phase, key: &str) -> Option<&'n Node> {
        let mut node = self.node(phase)?;
        // A circle was told of already.
        for _ in 0..self.0.len() {
            if let Some(entry) = entry(node, key) {
                return Some(&entry.value);
            }
            let Value::Text { text, .. } = &entry(node, "use")?.value.value else { return None };
            node = self.0.iter().find(|other| called(other).is_some_and(|id| *id == **text))?;
        }
        None
    }
}

pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    match &node.value {
        Value::Map(entries) => entries.iter().find(|entry| &*entry.key == key),
        Value::Nothing | Value::Text { .. } | Value::List(_) => None,
    }
}
