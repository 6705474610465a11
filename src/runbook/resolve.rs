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
    for (name, var) in runbook.vars.iter().filter(|(_, var)| !var.at_rollback) {
        match given_value(name, var, given, env) {
            None => problems.push(missing(name, var)),
            Some(value) => match unusable(&value) {
                Some(why) => problems.push(format!("the value of `{name}` cannot be used: {why}")),
                None => {
                    values.0.insert(name.clone(), value);
                }
            },
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// A value that a person is asked for before the room begins, since nothing else gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub name: VarName,
    pub ask: String,
    pub about: Option<String>,
    /// What is typed is neither shown nor recorded.
    pub secret: bool,
    /// So many characters at most, where there is a limit.
    pub longest: Option<usize>,
}

impl Question {
    /// Why this answer can't be the value.
    pub fn flaw(&self, answer: &str) -> Option<String> {
        if answer.trim().is_empty() {
            return Some("it needs a value: type it, then Enter".to_owned());
        }
        if let Some(longest) = self.longest.filter(|longest| answer.trim().chars().count() > *longest) {
            return Some(format!("it has at most {longest} characters"));
        }
        unusable(answer).map(|why| format!("it cannot be used: {why}"))
    }
}

/// What is to be asked before the room can begin, in the order of the runbook.
pub fn questions(runbook: &Runbook, given: &[(String, String)], env: &dyn Fn(&str) -> Option<String>) -> Vec<Question> {
    let unknown = |(name, var): &(&VarName, &Var)| !var.at_rollback && given_value(name, var, given, env).is_none();
    let question = |(name, var): (&VarName, &Var)| {
        let (ask, about) = (var.ask.clone()?, var.about.clone());
        Some(Question { name: name.clone(), ask, about, secret: var.secret, longest: None })
    };
    runbook.vars.iter().filter(unknown).filter_map(question).collect()
}

fn given_value(name: &VarName, var: &Var, given: &[(String, String)], env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let said = given.iter().rev().find(|(other, _)| other == name.as_str()).map(|(_, value)| value.clone());
    said.or_else(|| from_env(var, env)).or_else(|| var.default.clone())
}

fn unusable(value: &str) -> Option<String> {
    let bad = value.len() > VALUE_BYTES_MAX || value.contains('\0');
    bad.then(|| format!("it has a NUL character or more than {VALUE_BYTES_MAX} bytes"))
}

/// An environment variable that is empty counts as one that is not set.
fn from_env(var: &Var, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    var.env.as_deref().and_then(env).filter(|value| !value.is_empty())
}

fn missing(name: &VarName, var: &Var) -> String {
    let about = var.ask.as_ref().or(var.about.as_ref()).map(|about| format!(" ({about})")).unwrap_or_default();
    match &var.env {
        // A secret on the command line is in the shell's history and in `ps`.
        Some(env) if var.secret => format!("`{name}`{about} has no value: set {env} in the environment"),
        Some(env) => format!("`{name}`{about} has no value: give `--var {name}=…`, or set {env} in the environment"),
        None => format!("`{name}`{about} has no value: give `--var {name}=…`"),
    }
}
