//! `vars:` what the plan is run with.

use indexmap::IndexMap;

use super::Check;
use crate::id::VarName as Name;
use crate::runbook::file::{Entry, Extent, Node, Value};
use crate::runbook::model::Var;
use crate::runbook::names::VarName;
use crate::runbook::words;

/// What a script's environment holds already: a variable of that name would change what the script runs, or how.
const TAKEN: &[&str] =
    &["PATH", "HOME", "IFS", "PWD", "SHELL", "USER", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "CDPATH"];

impl Check<'_> {
    pub(super) fn vars(&mut self, node: Option<&Node>) -> IndexMap<Name, Var> {
        let entries = self.entries(node, "variables");
        entries.iter().map(|entry| (Name::new(&entry.key), self.var(entry))).collect()
    }

    fn var(&mut self, entry: &Entry) -> Var {
        self.var_name(&entry.key, entry.key_extent);
        let bare = |default| Var { about: None, default, env: None, secret: false, ask: None, at_rollback: false };
        let var = match &entry.value.value {
            // `version:` alone is a variable that has to be given at the start.
            Value::Nothing => bare(None),
            Value::Text { .. } => bare(Some(self.default(&entry.value))),
            Value::List(_) => {
                self.say(entry.value.head(), "a list cannot be the value of a variable", "write a text, or a number");
                bare(None)
            }
            Value::Map(_) => self.long_var(&entry.value).unwrap_or_else(|| bare(None)),
        };
        // The file already refuses the same key twice in one mapping.
        let _ = self.names.vars.add(&entry.key, entry.key_extent, VarName { secret: var.secret, captured: false });
        var
    }

    fn long_var(&mut self, node: &Node) -> Option<Var> {
        let fields = self.fields(node, &words::VAR)?;
        let var = Var {
            about: fields.get("about").map(|node| self.raw(node).to_string()),
            default: fields.get("default").map(|node| self.default(node)),
            env: fields.get("env").map(|node| self.env_name(node)),
            secret: fields.get("secret").is_some_and(|node| self.flag(node)),
            ask: fields.get("ask").map(|node| self.raw(node).trim().to_owned()),
            at_rollback: fields
                .get("when")
                .is_some_and(|node| self.choice(node, &[("start", false), ("rollback", true)]) == Some(true)),
        };
        self.at_rollback(&fields, &var);
        if let (true, Some(default)) = (var.secret, fields.entry("default")) {
            let help = "a runbook is no place for a secret: take it from the environment with `env: NAME`";
            self.say(default.key_extent, "a secret with a default", help);
        }
        Some(var)
    }

    /// One value is known when a rollback begins: why.
    fn at_rollback(&mut self, fields: &super::fields::Fields<'_>, var: &Var) {
        let Some(entry) = fields.entry("when").filter(|_| var.at_rollback) else { return };
        if var.secret || var.env.is_some() || var.default.is_some() {
            let help = "it is what the person says who starts the rollback: leave out `default`, `env` and `secret`";
            self.say(entry.key_extent, "a value that is asked for at the rollback", help);
        }
        if let Some(first) = self.names.reason.replace(entry.key_extent) {
            self.notes.say_twice(entry.key_extent, "a second value that is asked for at the rollback", first);
        }
    }

    /// A value is used as it is; variables in it are not filled in.
    fn default(&mut self, node: &Node) -> String {
        let text = self.raw(node);
        if let Some(start) = text.find("{{") {
            let at = self.inside(node, start..start + 2);
            self.say(
                at,
                "a variable inside the value of a variable",
                "write the value out, or use both variables where they are needed",
            );
        }
        text.to_string()
    }

    fn env_name(&mut self, node: &Node) -> String {
        let name = self.raw(node);
        if !name.is_empty() && !is_env_name(&name) {
            let help = "write the name alone, without `$`: letters, digits and `_`";
            self.say(node.extent, format!("`{name}` cannot be an environment variable"), help);
        }
        name.to_string()
    }

    /// A variable reaches scripts as an environment variable, so that it is named like one.
    pub(super) fn var_name(&mut self, name: &str, at: Extent) {
        if !is_env_name(name) {
            let help = "it becomes an environment variable of the scripts: letters, digits and `_`";
            self.say(at, format!("`{name}` cannot be the name of a variable"), help);
        } else if TAKEN.contains(&name) || name.starts_with("LD_") {
            self.say(at, format!("the shell itself uses `{name}`"), "choose another name");
        }
    }
}

pub(super) fn is_env_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && !name.as_bytes()[0].is_ascii_digit()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
