//! `--format json`: all findings of all files as one document.

use std::path::PathBuf;

use serde::Serialize;

use super::Checked;
use crate::cli::out;
use crate::runbook::problem::Problem;

#[derive(Serialize)]
struct Document<'d> {
    files: usize,
    errors: usize,
    warnings: usize,
    findings: Vec<Finding<'d>>,
}

/// Lines and columns count from 1, columns in characters.
#[derive(Serialize)]
struct Finding<'d> {
    file: String,
    line: usize,
    column: usize,
    end_column: usize,
    severity: &'static str,
    rule: &'d str,
    message: &'d str,
    /// What would be right.
    expected: Option<&'d str>,
    /// The known name that is likeliest meant.
    nearest: Option<&'d str>,
}

pub(super) fn print(checked: &[(&PathBuf, Checked)]) -> anyhow::Result<()> {
    let findings: Vec<Finding<'_>> =
        checked.iter().flat_map(|(file, checked)| of(&file.display().to_string(), checked)).collect();
    let of_severity = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let document = Document { files: checked.len(), errors: of_severity("error"), warnings: of_severity("warning"), findings };
    out::line(&serde_json::to_string_pretty(&document)?)?;
    Ok(())
}

fn of<'c>(file: &str, checked: &'c Checked) -> Vec<Finding<'c>> {
    match checked {
        Checked::Unread(why) => vec![Finding {
            file: file.to_owned(),
            line: 1,
            column: 1,
            end_column: 1,
            severity: "error",
            rule: "unreadable",
            message: why,
            expected: None,
            nearest: None,
        }],
        Checked::Wrong(problems) => problems.problems.iter().map(|problem| finding(file, "error", "invalid", problem)).collect(),
        Checked::Good(_, warnings) => {
            let each = warnings.warnings.iter();
            each.map(|warning| finding(file, "warning", warning.rule.name, &warning.problem)).collect()
        }
    }
}

fn finding<'c>(file: &str, severity: &'static str, rule: &'c str, problem: &'c Problem) -> Finding<'c> {
    let expected = problem.help.as_deref();
    let nearest = expected.and_then(|help| help.strip_prefix("did you mean `")?.split('`').next());
    Finding {
        file: file.to_owned(),
        line: problem.line,
        column: problem.column,
        end_column: problem.column + problem.width,
        severity,
        rule,
        message: &problem.what,
        expected,
        nearest,
    }
}
