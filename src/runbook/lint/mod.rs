//! What a good runbook may still say that an experienced commander would ask about, the afternoon before.
//!
//! For: warnings, each by a rule with a name, at its place in the file, unless the runbook says that it is meant.
//! May not touch: the disk, PATH, the environment: what this machine has is asked through [`Here`]. No script is run.
//! Start reading at [`examine`]; `rules` is the table, `walk` goes through the file, `scripts` looks into shell code.

mod allow;
mod captured;
mod gates;
mod lengths;
mod place;
mod placeholders;
mod plan;
mod rules;
mod scripts;
mod shell;
#[cfg(test)]
mod tests;
mod texts;
mod vars;
mod verdicts;
mod walk;

use std::fmt;

pub use rules::{RULES, Rule, rule};
pub(super) use scripts::wanted;

use super::file::{Extent, Node};
use super::load::{with_tree, without_mark};
use super::model::Runbook;
use super::notes::{IntoHelp, Notes};
use super::problem::{Problem, Problems};
use crate::id::SourceId;

/// More than so many are not kept.
const WARNINGS_MAX: usize = 1_000;

/// What the machine has on which a runbook is checked.
#[derive(Clone, Copy)]
pub struct Here<'h> {
    /// Whether the environment has a variable of this name.
    pub env: &'h dyn Fn(&str) -> bool,
    /// Whether a program of this name can be started.
    pub program: &'h dyn Fn(&str) -> bool,
    /// The sources that were asked and did not answer as they should, with what came; nothing where none was asked.
    pub down: Option<&'h [(SourceId, String)]>,
}

/// One thing to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub rule: &'static Rule,
    pub problem: Problem,
}

/// The warnings about one file, in its order, with the text they point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warnings {
    pub file: String,
    pub text: String,
    pub warnings: Vec<Warning>,
}

/// The runbook and what there is to ask about it. Without `here`, nothing is said about what this machine has not.
pub fn examine(file_name: &str, text: &str, here: Option<Here<'_>>) -> Result<(Runbook, Warnings), Problems> {
    let (runbook, root) = with_tree(file_name, text)?;
    let text = without_mark(text);
    let mut lint = Lint { text, notes: Notes::on(text), runbook: &runbook, here, found: Vec::new() };
    lint.all(&root);
    let found = std::mem::take(&mut lint.found);
    let found = lint.allowed(found, file_name)?;
    let warnings = found.into_iter().take(WARNINGS_MAX).map(|one| {
        let problem = lint.notes.problem(text, one.at, &one.what, one.help.as_deref());
        Warning { rule: one.rule, problem }
    });
    let warnings = warnings.collect();
    Ok((runbook, Warnings { file: file_name.to_owned(), text: text.to_owned(), warnings }))
}

struct Lint<'t> {
    text: &'t str,
    notes: Notes,
    runbook: &'t Runbook,
    here: Option<Here<'t>>,
    found: Vec<Found>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    at: Extent,
    rule: &'static Rule,
    what: String,
    help: Option<String>,
}

impl Lint<'_> {
    fn all(&mut self, root: &Node) {
        let mut names = vars::Names::of(self.runbook);
        let mut captured = Vec::new();
        let of_text = &mut |text: walk::Text<'_>| {
            captured.extend(vars::captured(&text));
            names.flow.gives(&text);
        };
        let mut values = Vec::new();
        walk::walk(root, of_text, &mut |one| values.extend(vars::name_of_a_value(&one)));
        names.declared.extend(values);
        names.declared.extend(captured);
        walk::walk(root, &mut |text| self.text(&text, &mut names), &mut |_| {});
        self.vars(root, &names);
        self.captured(&names.flow);
        self.plan(root);
        self.lengths(root);
        self.gates(root);
        self.verify(root);
        self.verdicts(root);
        self.down(root);
        self.found.sort_by_key(|one| (one.at.start, one.at.end));
        // An alias leads to the same place more than once.
        self.found.dedup();
    }

    fn warn(&mut self, rule: &'static Rule, at: Extent, what: impl Into<String>, help: impl IntoHelp) {
        if self.found.len() < WARNINGS_MAX * 4 {
            self.found.push(Found { at, rule, what: what.into(), help: help.into_help() });
        }
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |one: &Warning| {
            let Warning { rule, problem } = one.clone();
            Problem { what: format!("warning: {} [{}]", problem.what, rule.name), ..problem }
        };
        let problems = self.warnings.iter().map(said).collect();
        Problems { file: self.file.clone(), text: self.text.clone(), problems }.fmt(f)
    }
}
