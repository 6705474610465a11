//! `warroom check`: every problem of every file, and an exit code.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::out::{self, count};
use crate::cli::{DONE, FAILED};
use crate::runbook::{self, Runbook};

/// Runbooks larger than this are refused unread.
pub(super) const FILE_MAX: u64 = 4 * 1024 * 1024;

pub(super) fn check(files: &[PathBuf]) -> anyhow::Result<u8> {
    let mut code = DONE;
    for file in files {
        match load(file) {
            Ok(runbook) => out::line(&format!("{}: good. {}", out::name(file), summary(&runbook)))?,
            Err(error) => {
                out::error(&format!("{error:#}"));
                code = FAILED;
            }
        }
    }
    Ok(code)
}

fn summary(runbook: &Runbook) -> String {
    let phases = count(runbook.phases.len() as u64, "phase");
    let steps = count(runbook.all_steps().count() as u64, "step");
    let back = runbook
        .rollback
        .as_ref()
        .map_or_else(|| "no rollback".to_owned(), |rollback| format!("rollback within {}", rollback.budget));
    format!("\"{}\": {phases}, {steps}, {back}", out::quoted(&runbook.title))
}

/// Reads and checks a runbook; the error holds all of its problems.
pub(super) fn load(file: &Path) -> anyhow::Result<Runbook> {
    let text = read(file)?;
    runbook::load(&file.display().to_string(), &text).map_err(|problems| anyhow::anyhow!("{problems}"))
}

/// The text of a runbook file.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    let name = out::name(file);
    let about = std::fs::metadata(file).with_context(|| format!("can't read the runbook {name}"))?;
    if about.is_dir() {
        anyhow::bail!("can't read the runbook {name}: it is a folder");
    }
    if about.len() > FILE_MAX {
        anyhow::bail!("{name} has {} bytes; a runbook has at most {FILE_MAX}", about.len());
    }
    let bytes = std::fs::read(file).with_context(|| format!("can't read the runbook {name}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = String::from_utf8_lossy(&error.as_bytes()[..good]).lines().count().max(1);
        anyhow::anyhow!("{name}:{line} is not UTF-8 text (byte {good}); save the file as UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_good_is_summed_up_without_what_its_title_would_do_to_a_terminal() {
        let step = "{ id: one, steps: [ { run: x } ] }";
        let text = format!("warroom: 1\ntitle: \"A\\e]0;owned\\a\"\nphases: [ {step} ]\n");
        let runbook = runbook::load("x.yaml", &text).unwrap();
        assert_eq!(summary(&runbook), "\"A\\e]0;owned\\a\": 1 phase, 1 step, no rollback");
    }
}
