//! `capture:` what is taken from a step's output for the steps after it, also those of the rollback.

use crate::id::VarName;
use crate::runbook::check::Check;
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Capture, CaptureFrom, StepKind};

impl Check<'_> {
    /// `capture: backup`, or `capture: { backup: 'written to (\S+)', rows: $.count }`.
    pub(super) fn capture(&mut self, node: &Node, kind: &StepKind) -> Vec<Capture> {
        match &node.value {
            Value::Text { text, .. } => {
                self.var_name(text, node.extent);
                vec![Capture { name: VarName::new(text), from: CaptureFrom::LastLine }]
            }
            Value::Map(entries) if kind.by_hand() => {
                let at = entries.first().map_or(node.extent, |entry| entry.key_extent);
                self.say(at, "a person types one value", "write `capture: name`");
                Vec::new()
            }
            Value::Map(entries) => {
                let mut all = Vec::new();
                for entry in entries {
                    self.var_name(&entry.key, entry.key_extent);
                    let from = self.capture_from(&entry.value);
                    all.push(Capture { name: VarName::new(&entry.key), from });
                }
                all
            }
            Value::Nothing | Value::List(_) => {
                let help = "write `capture: name`, or `capture: { name: 'a regular (expression)' }`";
                self.say(node.head(), format!("what to capture was expected; this is {}", node.noun()), help);
                Vec::new()
            }
        }
    }

    fn capture_from(&mut self, node: &Node) -> CaptureFrom {
        let text = self.raw(node);
        if text.starts_with("$.") || text.starts_with("$[") {
            self.json_path(&text, node.extent);
            return CaptureFrom::Json(text.to_string());
        }
        CaptureFrom::Pattern(self.expression(node))
    }

    /// Every name that some step captures, before the first step is read: a rollback may use what a phase captures.
    pub(in crate::runbook::check) fn declare_captures(&mut self, node: &Node) {
        match &node.value {
            Value::List(nodes) => nodes.iter().for_each(|node| self.declare_captures(node)),
            Value::Map(entries) => {
                for entry in entries {
                    match (&*entry.key, &entry.value.value) {
                        ("capture", Value::Text { text, .. }) => self.declare_capture(text, &entry.value),
                        ("capture", Value::Map(named)) => {
                            for one in named {
                                self.declare_capture(&one.key, &entry.value);
                            }
                        }
                        ("run" | "background" | "watch" | "env" | "headers" | "body", _) => {}
                        _ => self.declare_captures(&entry.value),
                    }
                }
            }
            Value::Nothing | Value::Text { .. } => {}
        }
    }

    fn declare_capture(&mut self, name: &str, node: &Node) {
        // Two steps may capture the same: the later one counts. A variable that is given is something else.
        if self.names.vars.get(name).is_some_and(|var| !var.captured) {
            let help = "a variable is given at the start: capture under another name";
            self.say(node.extent, format!("`{name}` is a variable already"), help);
        }
        let captured = crate::runbook::names::VarName { secret: false, captured: true };
        let _ = self.names.vars.add(name, node.extent, captured);
    }
}
