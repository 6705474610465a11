//! Stories about the runbook file: what a good one becomes, and what is said about a bad one.

mod broken;
mod hostile;
mod limits;
mod plan;
mod problems;
mod shown;
mod values;

use crate::runbook::{Runbook, load};

/// The plan of DESIGN's sketch.
const MOSHIMOSHI: &str = include_str!("moshimoshi.yaml");

fn good(text: &str) -> Runbook {
    load("good.yaml", text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Everything that is said about `text`: place, what, help.
fn told(text: &str) -> Vec<String> {
    let problems = load("bad.yaml", text).expect_err("a runbook with something wrong in it").problems;
    let line = |problem: crate::runbook::Problem| {
        let help = problem.help.map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{}:{}+{} {}{help}", problem.line, problem.column, problem.width, problem.what)
    };
    problems.into_iter().map(line).collect()
}

/// A plan around `section`, which begins at line 4.
fn with(section: &str) -> String {
    format!("warroom: 1\ntitle: Test\nphases: [ {{ id: one, steps: [ {{ run: 'true' }} ] }} ]\n{section}\n")
}

/// A plan with one phase whose only step is `step`, at line 5, column 7.
fn with_step(step: &str) -> String {
    format!("warroom: 1\ntitle: Test\nvars: {{ version: 1.10 }}\nphases: [ {{ id: one, steps: [\n      {step}\n] }} ]\n")
}
