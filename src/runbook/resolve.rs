//! Where each variable's value comes from: the command line, then the environment, then its default.

use crate::id::VarName;
use crate::runbook::model::{Runbook, Var};
use crate::runbook::notes::suggest;
use crate::runbook::template::Values;

/// The longest value, in bytes: it has to fit into a child's environment.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// The values to run with, or all that is missing. `given` is what `--var` said; of two the last counts.
pub fn resolve(
    runbook: &Runbook,
    given: &[(String, String)],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Values, Vec<String>> {
    let mut problems = Vec::new();
    for (name, _) in given {
        if !runbook.vars.contains_key(name.as_str()) {
            let help = suggest(name, runbook.vars.keys().map(VarName::as_str));
            let help = help.map_or_else(|| ": the runbook has no `vars:`".to_owned(), |help| format!(": {help}"));
            problems.push(format!("the runbook has no variable `{name}`{help}"));
        }
    }
    let mut values = Values::default();
    for (name, var) in &runbook.vars {
        let said = given.iter().rev().find(|(other, _)| other == name.as_str()).map(|(_, value)| value.clone());
        if var.at_rollback {
            continue;
        }
        match said.or_else(|| from_env(var, env)).or_else(|| var.default.clone()) {
            None => problems.push(missing(name, var)),
            Some(value) if value.len() > VALUE_BYTES_MAX || value.contains('\0') => {
                problems.push(format!(
                    "the value of `{name}` cannot be used: it has a NUL character or more than {VALUE_BYTES_MAX} bytes"
                ));
            }
            Some(value) => {
                values.0.insert(name.clone(), value);
            }
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// An environment variable that is empty counts as one that is not set.
fn from_env(var: &Var, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    var.env.as_deref().and_then(env).filter(|value| !value.is_empty())
}

fn missing(name: &VarName, var: &Var) -> String {
    let about = var.about.as_ref().map(|about| format!(" ({about})")).unwrap_or_default();
    match &var.env {
        // A secret on the command line is in the shell's history and in `ps`.
        Some(env) if var.secret => format!("`{name}`{about} has no value: set {env} in the environment"),
        Some(env) => format!("`{name}`{about} has no value: give `--var {name}=…`, or set {env} in the environment"),
        None => format!("`{name}`{about} has no value: give `--var {name}=…`"),
    }
}
