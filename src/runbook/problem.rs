//! What is wrong with a runbook, and where.

use std::fmt;

/// One thing wrong: where, what, what was expected, and the nearest known name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// How many characters to underline; at least 1.
    pub width: usize,
    /// Lower case, no full stop: `unknown metric `eror_rate``.
    pub what: String,
    /// What would be right: `did you mean `error_rate`? metrics are defined at line 20`.
    pub help: Option<String>,
}

/// The problems of one file, with the text they point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    pub file: String,
    pub text: String,
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{}:{}:{}  {}", self.file, problem.line, problem.column, problem.what)?;
        }
        Ok(())
    }
}
