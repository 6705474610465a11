//! Variables: declared and not used, read from an environment that has them not.

use std::collections::{BTreeSet, HashMap};

use super::Lint;
use super::captured::{Flow, is_needed};
use super::place::Places;
use super::rules::{MISSING_ENV, UNUSED_VAR};
use super::shell::is_name;
use super::walk::{Named, Text};
use crate::runbook::file::{Node, Value};
use crate::runbook::model::Runbook;
use crate::runbook::words::forms::ReadBy;

/// The names that a runbook gives to values, and which of them it uses.
pub(super) struct Names {
    pub(super) declared: BTreeSet<String>,
    used: BTreeSet<String>,
    /// Programs that scripts call and this machine has or has not.
    pub(super) programs: HashMap<String, bool>,
    /// Where values are captured and used.
    pub(super) flow: Flow,
}

impl Names {
    pub(super) fn of(runbook: &Runbook) -> Self {
        let declared = runbook.vars.keys().map(|name| name.as_str().to_owned()).collect();
        Self { declared, used: BTreeSet::new(), programs: HashMap::new(), flow: Flow::default() }
    }

    pub(super) fn is_used(&mut self, name: &str) {
        if !self.used.contains(name) {
            self.used.insert(name.to_owned());
        }
    }

    /// `{{ name }}` in any text; in what only the checker reads, a name alone.
    pub(super) fn used_in(&mut self, file: &str, text: &Text<'_>) {
        let mut rest = text.value;
        while let Some(open) = rest.find("{{") {
            let Some(length) = rest[open..].find("}}") else { break };
            let name = rest[open + 2..open + length].trim();
            self.is_used(name);
            if is_needed(text) {
                let start = text.value.len() - rest.len() + open;
                self.flow.uses(text, name, Places::of(file, text.node, text.value).extent(start..start + length + 2));
            }
            rest = &rest[open + length + 2..];
        }
        if text.form.read_by == ReadBy::Checker {
            for word in text.value.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
                if self.declared.contains(word) {
                    self.is_used(word);
                }
            }
        }
    }
}

/// The table calls the names of values `NAME`: variables, a step's environment, what it captures.
pub(super) fn name_of_a_value((word, entry, _): &Named<'_>) -> Option<String> {
    (*word == "NAME").then(|| entry.key.to_string())
}

/// `capture: backup` gives a name to what a step prints.
pub(super) fn captured(text: &Text<'_>) -> Option<String> {
    (text.key.name == "capture" && is_name(text.value)).then(|| text.value.to_owned())
}

impl Lint<'_> {
    pub(super) fn vars(&mut self, root: &Node, names: &Names) {
        let Value::Map(sections) = &root.value else { return };
        let Some(Value::Map(entries)) = sections.iter().find(|entry| &*entry.key == "vars").map(|entry| &entry.value.value)
        else {
            return;
        };
        for entry in entries {
            if !names.used.contains(&*entry.key) {
                let help = "use it as `{{ name }}` or `$name`, or remove it";
                self.warn(&UNUSED_VAR, entry.key_extent, format!("`{}` is never used", entry.key), help);
            }
            let Some(var) = self.runbook.vars.get(&*entry.key) else { continue };
            let (Some(env), None, Some(here)) = (&var.env, &var.default, self.here) else { continue };
            if !(here.env)(env) {
                let at = match &entry.value.value {
                    Value::Map(keys) => {
                        keys.iter().find(|key| &*key.key == "env").map_or(entry.key_extent, |key| key.value.extent)
                    }
                    Value::Nothing | Value::Text { .. } | Value::List(_) => entry.key_extent,
                };
                let help = format!("`export {env}=…` before `warroom run`, or give `{}` a default", entry.key);
                self.warn(&MISSING_ENV, at, format!("the environment has no `{env}`"), help);
            }
        }
    }
}
